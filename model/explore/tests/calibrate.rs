//! `explore calibrate`: orders by name, against the record.

mod common;

use common::{Folder, Run};

fn calibrate(args: &[&str]) -> Run {
    Folder::new(args[0]).explore(&[&["calibrate"], args].concat())
}

#[test]
fn an_order_is_tried_in_each_of_its_cases_and_compared_with_the_record() {
    let run = calibrate(&["E2", "e08"]);
    assert_eq!(run.code(), 0);
    let text = run.stdout();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), 2, "{}", run.stdout());
    assert!(lines[0].contains("nothing") && lines[1].contains("S4 violated"), "{}", run.stdout());
    assert!(lines.iter().all(|line| line.ends_with("as recorded")), "{}", run.stdout());
}

#[test]
fn the_races_of_an_order_come_with_its_patch() {
    let run = calibrate(&["e08", "--races"]);
    assert!(run.stdout().contains("+++ b/model/kernel/fs/buffer.c"), "{}", run.stdout());
    assert!(run.stdout().contains("*** S4: a page does not change under writeback"), "{}", run.stdout());
}

#[test]
fn an_order_that_nobody_knows_is_refused_with_those_that_there_are() {
    let run = calibrate(&["E99"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().contains("there is no order or case E99; there are e01-i, "), "{}", run.stderr());
}
