//! What loom itself sees. If an upgrade fails here, loom's memory model has changed: every verdict of `loom_schemes` rests on
//! it, so the table in `backends` is to be measured and understood anew, not tuned.

use std::collections::BTreeSet;

use pinright_checks::backends::{C11, Seen, Shape, Step, interleavings, shape, shapes};

/// Unbounded, and to the end: an exploration that was cut short is no answer.
#[test]
fn loom_shows_of_every_shape_what_the_table_says() {
    for shape in shapes() {
        let found = shape.on_loom(None);
        println!("{}: {} executions", shape.name(), found.executions);
        assert_eq!(shape.answer(&found), Ok(shape.expected_of_loom()), "{}", shape.name());
    }
}

/// A thread that yields gives way, and so loses interleavings.
fn yields(shape: &Shape) -> bool {
    shape.row.threads.iter().any(|steps| steps.contains(&Step::Yield))
}

/// That there is nothing else to explore is loom's word; this checks it against interleavings found without loom.
#[test]
fn loom_misses_no_interleaving_but_where_a_thread_yields() {
    for shape in shapes() {
        let found = shape.on_loom(None);
        if found.error.is_none() {
            let missing: Vec<_> = interleavings(shape).difference(&found.answers).cloned().collect();
            assert_eq!(missing.is_empty(), !yields(&shape), "{}: {missing:?}", shape.name());
        }
    }
}

/// loom is safe to believe where it says "no" unless one of these is concerned.
#[test]
fn loom_misses_nothing_but_load_buffering_old_values_and_what_a_yield_drops() {
    let missed = |shape: &Shape| shape.row.c11 != C11::Forbidden && shape.expected_of_loom() == Seen::No;
    let names: Vec<String> = shapes().filter(missed).map(|shape| shape.name()).collect();
    let expected = [
        "SB of read-modify-writes, relaxed for the loads, too",
        "LB, relaxed",
        "MP, compare-exchange behind the flag, fails",
        "MP, fetch-add behind the flag",
        "the last but seven of ten stores, relaxed",
        "two loads, yield in between",
        "two loads behind the flag, yield in between",
    ];
    assert_eq!(names, expected);
}

#[test]
fn loom_keeps_the_last_seven_stores_of_a_word() {
    let found = shape("the last but six of ten stores, relaxed").on_loom(None);
    let behind_the_flag: Vec<i32> = found.answers.iter().filter(|seen| seen[0] == 1).map(|seen| seen[1]).collect();
    assert_eq!(behind_the_flag, [4, 5, 6, 7, 8, 9, 10]);
    // While the stores go on, each is the newest once.
    let meanwhile: Vec<i32> = found.answers.iter().filter(|seen| seen[0] == 0).map(|seen| seen[1]).collect();
    assert_eq!(meanwhile, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

/// A bound loses orders of threads, not old values: those need no preemption.
#[test]
fn without_a_preemption_the_main_thread_goes_first_and_with_one_sb_is_complete() {
    let answers = |name: &str, preemptions| shape(name).on_loom(preemptions).answers;
    for (name, none) in [("SB, relaxed", [[0, 0], [0, 1]].as_slice()), ("SB, SeqCst fences", &[[0, 1]])] {
        let none: BTreeSet<Vec<i32>> = none.iter().map(|seen| seen.to_vec()).collect();
        assert_eq!(answers(name, Some(0)), none, "{name}");
        assert_eq!(answers(name, Some(1)), answers(name, None), "{name}");
    }
}
