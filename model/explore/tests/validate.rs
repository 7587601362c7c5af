//! `explore validate`: answers to recordings, and refusals of what is none.

mod common;

use common::{Folder, Run};

/// The path of a recording.
fn recording(name: &str) -> String {
    format!("{}/model/tests/kernel-traces/{name}.jsonl", env!("CARGO_MANIFEST_DIR"))
}

fn validate(folder: &str, args: &[&str]) -> Run {
    Folder::new(folder).explore(&[&["validate"], args].concat())
}

#[test]
fn without_a_proposal_all_are_tried_and_those_that_explain_the_recording_are_named() {
    let run = validate("validate-all", &[&recording("6.1-ext4_dio_reclaim1")]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let text = run.stdout();
    let of = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    assert!(of("v6.1 ").contains("accepted"), "{text}");
    assert!(of("v4.20 ").contains("rejected"), "{text}");
    assert!(of("v6.18 ").contains("the kernel has references 4, not 1027"), "{text}");
}

#[test]
fn claims_are_told_on_the_kernels_events() {
    let run = validate("validate-claims", &[&recording("6.12-ext4_dio_wb1"), "--against", "v6.18"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let text = run.stdout();
    let line = text.lines().find(|line| line.trim_start().starts_with("S2s")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("event 66 (seq 720), bio_endio() entry"), "{text}");
}

#[test]
fn the_run_stands_beside_the_events() {
    let run = validate("validate-run", &[&recording("6.12-ext4_base"), "--against", "v6.18", "--run"]);
    let text = run.stdout();
    assert!(text.contains("finish_mkwrite_fault()") && text.contains("__folio_start_writeback() return"), "{text}");
}

#[test]
fn programs_are_told_what_people_are() {
    let run = validate("validate-json", &[&recording("6.12-ext4_dio_reclaim1"), "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr()));
    assert_eq!((&report["kernel"], &report["program"]), (&"6.12".into(), &"dio_reclaim1".into()));
    let answers = report["answers"].as_array().expect("answers");
    let of = |name: &str| answers.iter().find(|answer| answer["reading"] == name).unwrap_or_else(|| panic!("{report}"));
    assert_eq!(of("v6.18")["verdict"], "accepted");
    assert!(
        of("v6.18")["violations"].as_array().is_some_and(|all| all.iter().any(|v| v["claim"] == "S5k")),
        "{report}"
    );
    let parted = &of("v4.20")["parted"];
    assert_eq!((parted["seq"].as_u64(), &parted["function"]), (Some(1055), &"try_grab_folio_fast".into()), "{parted}");
}

#[test]
fn a_page_is_of_one_reading() {
    let run = validate("validate-page", &[&recording("6.12-ext4_base"), "--format", "html"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().contains("--against"), "{}", run.stderr());
}

#[test]
fn a_rejection_says_where_and_exits_with_1() {
    let run = validate("validate-no", &[&recording("6.12-ext4_dio_reclaim1"), "--against", "v4.20"]);
    assert_eq!(run.code(), 1);
    assert!(run.stdout().contains("(seq 1055), try_grab_folio_fast() return"), "{}", run.stdout());
}

#[test]
fn a_stored_counterexample_of_a_recording_replays() {
    let folder = Folder::new("validate-traces");
    let recording = recording("6.12-ext4_dio_inval1");
    let run = folder.explore(&["validate", &recording, "--against", "v6.18", "--traces", "seen"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let replay = folder.explore(&["replay", "seen/6.12-ext4_dio_inval1.S17.json"]);
    assert_eq!(replay.code(), 0, "{}", replay.stderr());
    assert!(replay.stdout().contains("confirmed: S17"), "{}", replay.stdout());
    let trace = folder.explore(&["trace", "seen/6.12-ext4_dio_inval1.S17.json"]);
    assert!(trace.stdout().contains("*** S17"), "{}", trace.stdout());
}

#[test]
fn what_is_no_recording_is_refused_with_its_line() {
    let folder = Folder::new("validate-bad");
    let text = std::fs::read_to_string(recording("6.12-ext4_base")).expect("a recording");
    let file = folder.write("bad.jsonl", &text.replacen("\"locked\":0", "\"locked\":7", 1));
    let run = folder.explore(&["validate", &file]);
    assert_eq!(run.code(), 65);
    assert!(run.stderr().contains("bad.jsonl:2") && run.stderr().contains("a flag is 0 or 1"), "{}", run.stderr());
}

#[test]
fn an_operation_that_the_model_has_nothing_for_is_refused() {
    let folder = Folder::new("validate-op");
    let text = std::fs::read_to_string(recording("6.12-ext4_base")).expect("a recording");
    let file = folder.write("fork.jsonl", &text.replace("msync-", "fork-"));
    let run = folder.explore(&["validate", &file]);
    assert_eq!(run.code(), 65);
    assert!(run.stderr().contains("the model has nothing for `fork`"), "{}", run.stderr());
}

#[test]
fn a_run_is_of_one_reading() {
    let run = validate("validate-readings", &[&recording("6.12-ext4_base"), "--against", "t6b-w5", "--run"]);
    assert_eq!(run.code(), 2);
    assert!(run.stderr().contains("several readings"), "{}", run.stderr());
}
