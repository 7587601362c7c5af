//! Every shape on real threads. Interpreted by miri, which reorders, this holds the column "C11" of the table.
//!
//! `cargo +nightly miri test -p pinright-checks --test std_backend`

use pinright_checks::backends::{Asked, C11, Seen, shapes};

/// Real threads rarely meet, however often they run; miri makes them meet, and is slow.
const TIMES: usize = if cfg!(miri) { 16 } else { 1_000 };

#[test]
fn real_threads_show_nothing_that_c11_forbids() {
    let decided = |asked| matches!(asked, Asked::Answers(_));
    for shape in shapes().filter(|shape| shape.row.c11 == C11::Forbidden && decided(shape.family.asked)) {
        let found = shape.on_threads(TIMES);
        assert_eq!(found.executions, TIMES);
        assert_eq!(shape.answer(&found), Ok(Seen::No), "{}", shape.name());
    }
}
