//! Recordings are read strictly, and every fault names file, line and remedy.

use pinright_model::validate::recording::Recording;

use crate::common::{all, recording, text};

#[test]
fn every_recording_is_read_and_says_the_same_when_it_is_written_again() {
    for name in all() {
        let first = recording(name);
        let again = Recording::parse(&first.name, &first.to_json_lines()).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(first, again, "{name}");
        let json = |text: &str| -> Vec<serde_json::Value> {
            text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
        };
        for (old, new) in json(&text(name)).iter().zip(json(&first.to_json_lines())) {
            assert_eq!(without_zeros(old), without_zeros(&new), "{name}");
        }
    }
}

/// A pte that maps nothing may be written with or without its other bits.
fn without_zeros(value: &serde_json::Value) -> serde_json::Value {
    let mut value = value.clone();
    if let Some(pte) = value.pointer_mut("/state/pte").and_then(|pte| pte.as_object_mut()) {
        pte.retain(|_, bit| *bit != 0);
    }
    if value["retval"].is_null() {
        value.as_object_mut().map(|event| event.remove("retval"));
    }
    value
}

/// What the reader says of a text in which the first occurrence of `old` is `new`.
#[track_caller]
fn said_of(old: &str, new: &str) -> String {
    let text = text("6.12-ext4_base");
    assert!(text.contains(old), "{old}");
    let fault = Recording::parse("base.jsonl", &text.replacen(old, new, 1)).expect_err("this is no recording");
    fault.render(false)
}

#[track_caller]
fn told(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` in {said}");
    }
}

#[test]
fn a_key_that_nobody_knows_is_named_with_its_line_and_the_nearest_known() {
    told(&said_of("\"dirty\":0", "\"dirtty\":0"), &["base.jsonl:2", "`dirtty`", "did you mean `dirty`"]);
}

#[test]
fn a_flag_is_zero_or_one() {
    told(&said_of("\"dirty\":0", "\"dirty\":2"), &["base.jsonl:2", "a flag is 0 or 1"]);
}

#[test]
fn lost_events_make_a_recording_worthless() {
    told(&said_of("\"lost\": 0", "\"lost\": 3"), &["base.jsonl:1", "3 events are missing", "record it again"]);
}

#[test]
fn a_recording_that_was_cut_off_is_refused() {
    let text = text("6.12-ext4_base");
    let cut: String = text.split_inclusive('\n').take(50).collect();
    let fault = Recording::parse("base.jsonl", &cut).expect_err("half a recording").render(false);
    told(&fault, &["100 events, and there are 49", "take the whole file"]);
    let fault = Recording::parse("base.jsonl", &text[..text.len() / 2]).expect_err("half a line").render(false);
    told(&fault, &["base.jsonl:5", "cut off"]);
}

#[test]
fn events_stand_in_their_order() {
    told(&said_of("\"seq\":8,", "\"seq\":6,"), &["base.jsonl:4", "event 6 stands behind 7"]);
}

#[test]
fn a_kernel_whose_functions_nobody_knows_is_refused() {
    told(
        &said_of("\"kernel\": \"6.12\"", "\"kernel\": \"6.18\""),
        &["base.jsonl:1", "`6.18` is not known here", "`6.1`"],
    );
}

#[test]
fn another_file_is_no_recording() {
    for text in ["", "hello\n", "{}\n", "[1]\n", "\n"] {
        let fault = Recording::parse("x", text).expect_err("no recording").render(false);
        assert!(fault.contains("help"), "{fault}");
    }
}
