//! What is stored in the repository is what a review finds: verdicts and counterexamples.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::Folder;
use serde_json::Value;

/// The names of the counterexamples in a folder.
fn traces(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".json")).collect()
}

/// `explore review --all --record` writes both anew, after their changes were understood.
#[test]
fn every_verdict_is_the_recorded_one_and_every_stored_trace_is_the_shortest() {
    let folder = Folder::new("review");
    let run = folder.explore(&["review", "--all", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr()));
    assert_eq!(report["differences"], Value::Array(Vec::new()));
    let undecided = report["readings"].as_array().expect("readings").iter().any(|reading| {
        let cells = reading["cells"].as_array().expect("cells");
        cells.iter().any(|cell| cell["verdict"] == "undecided")
    });
    run.exits(if undecided { 75 } else { 0 });

    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let found = folder.path().join("traces");
    assert_eq!(traces(&found), traces(&stored));
    for name in traces(&found) {
        let text = |folder: &Path| std::fs::read_to_string(folder.join(&name)).expect("a trace");
        assert!(text(&found) == text(&stored), "{name} is another run now");
    }
}

#[test]
fn a_plain_review_finds_what_the_whole_one_records() {
    let folder = Folder::new("plain-review");
    let run = folder.explore(&["review", "w8", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr()));
    assert_eq!(report["differences"], Value::Array(Vec::new()));
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    assert!(traces(&folder.path().join("traces")).is_subset(&traces(&stored)));
}
