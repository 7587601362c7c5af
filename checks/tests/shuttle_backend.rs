//! What shuttle itself sees: sequential consistency, and all of it.
//!
//! A binary of its own: shuttle installs a panic hook for the whole process, which loom's executions would fill with noise.

use pinright_checks::backends::{C11, interleavings, shapes};

#[test]
fn shuttle_shows_of_every_shape_what_the_table_says() {
    for shape in shapes() {
        let found = shape.on_shuttle();
        println!("{}: {} executions", shape.name(), found.executions);
        assert_eq!(shape.answer(&found), Ok(shape.expected_of_shuttle()), "{}", shape.name());
    }
}

/// So "sequential consistency only" is the whole reason. A loop that waits is cut off, but not before it showed everything.
/// Threads that race for plain memory are not interleaved there, for shuttle does not know of it.
#[test]
fn shuttle_shows_every_interleaving_and_nothing_else() {
    for shape in shapes().filter(|shape| shape.row.c11 != C11::Undefined) {
        assert_eq!(shape.on_shuttle().answers, interleavings(shape), "{}", shape.name());
    }
}
