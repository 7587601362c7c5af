//! What is stored in the repository is what a review finds: verdicts and counterexamples.

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::Folder;
use pinright_model::corpus::Corpus;
use pinright_model::report::recorded_key;
use serde_json::Value;

/// The names of the counterexamples in a folder.
fn traces(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".json")).collect()
}

/// Holds a review against what is stored; the names of the traces that it wrote.
fn finds_what_is_stored(args: &[&str], folder: &Folder) -> BTreeSet<String> {
    let run = folder.explore(&[args, &["--format", "json"]].concat());
    let report: Value = serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr()));
    assert_eq!(report["differences"], Value::Array(Vec::new()));
    let undecided = report["readings"].as_array().expect("readings").iter().any(|reading| {
        let cells = reading["cells"].as_array().expect("cells");
        cells.iter().any(|cell| cell["verdict"] == "undecided")
    });
    run.exits(if undecided { 75 } else { 0 });

    let found = folder.path().join("traces");
    for name in traces(&found) {
        let text = |folder: &Path| std::fs::read_to_string(folder.join(&name)).unwrap_or_default();
        assert!(text(&found) == text(&stored()), "{name} is another run now");
    }
    traces(&found)
}

fn stored() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("traces")
}

/// The readings of the review without arguments. Others are searched by the oracles in few contexts, and their stored
/// runs are replayed; all of them in all populations take three times as long.
#[test]
fn every_verdict_of_the_plain_review_is_the_recorded_one_and_its_stored_traces_are_the_shortest() {
    let folder = Folder::new("plain-review");
    let found = finds_what_is_stored(&["review"], &folder);
    assert!(found.len() > 50, "{found:?}");
}

/// Of every reading, in the plain review or not: what is recorded as violated has a run that shows it, and no run is
/// stored of anything else. (That each of them replays, and violates its claim, `traces.rs` sees.)
#[test]
fn every_recorded_violation_has_its_stored_trace_and_nothing_else_has_one() {
    let corpus = Corpus::load().expect("the corpus loads");
    let mut expected = BTreeSet::new();
    for proposal in corpus.proposals() {
        for composition in proposal.compositions(&corpus).expect("it composes") {
            let recorded = proposal.recorded.get(recorded_key(proposal, &composition.reading)).expect("it is recorded");
            let violated = recorded.iter().filter(|(_, verdict)| *verdict == "violated");
            expected.extend(violated.map(|(claim, _)| format!("{}.{claim}.json", composition.slug())));
        }
    }
    assert!(expected.len() > 500, "{}", expected.len());
    assert_eq!(traces(&stored()), expected);
}

/// `explore review --all --record` writes both anew, after their changes were understood.
#[test]
#[ignore = "three minutes on two cores"]
fn every_verdict_is_the_recorded_one_and_every_stored_trace_is_the_shortest() {
    let folder = Folder::new("review");
    let found = finds_what_is_stored(&["review", "--all"], &folder);
    assert_eq!(found, traces(&stored()));
}
