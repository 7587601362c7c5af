//! Each order of steps that the kernel relies on, broken in turn: what must come of it comes, and nothing else.

#[path = "common/document.rs"]
mod document;

use pinright_model::calibration::{Calibration, calibrations, named_traces, open};
use pinright_model::corpus::Corpus;
use pinright_model::patch::{Patch, PatchError};
use pinright_model::render::calibration_page;
use pinright_model::search::Limits;
use pinright_model::verdict::Verdict;

#[test]
fn an_order_that_is_broken_changes_the_verdicts_that_its_patch_names_and_no_others() {
    let corpus = Corpus::load().expect("the corpus loads");
    let mut rows = Vec::new();
    for case in calibrations(&corpus).expect("every case is understood") {
        let outcome = case.run(&corpus, &Limits::default()).unwrap_or_else(|error| panic!("{error}"));
        assert!(outcome.complete(), "{}: every state is seen", case.name);
        assert_eq!(outcome.changes(), case.changes, "{}", case.name);
        rows.push((case, outcome));
    }
    let races = named_traces().expect("the list is understood");
    let open = open().expect("the list is understood");
    document::documented("calibration.md", "orders", &calibration_page(&rows, &races, &open));
}

const CASE: &str = "\
Subject: [PATCH] rmap: nothing

Because.

Order: E1
Scenario: stores
";

#[test]
fn a_case_without_an_order_or_with_an_unknown_scenario_is_refused_by_name() {
    let corpus = Corpus::load().expect("the corpus loads");
    let refused = |text: &str| Calibration::read(&corpus, "mine", text).expect_err("refused").to_string();
    assert_eq!(refused(&CASE.replace("Order: E1\n", "")), "mine: the trailer Order: is missing");
    assert_eq!(refused(&CASE.replace("stores", "shops")), "mine: there is no scenario shops");
}

#[test]
fn a_patch_that_is_none_names_no_file_or_does_not_fit_is_refused() {
    let edits = |text: &str| Patch::parse(text).edits().expect_err("refused");
    assert!(matches!(edits(CASE), PatchError::Malformed(_)));
    let hunk = "---\n--- a/model/kernel/mm/rmap.c\n+++ b/model/kernel/mm/rmap.c\n@@ -1,1 +1,1 @@\n-nobody wrote this\n+nor this\n";
    assert!(matches!(edits(&format!("{CASE}\n{hunk}")), PatchError::DoesNotApply { .. }));
    let elsewhere = hunk.replace("rmap.c", "slab.c");
    assert_eq!(edits(&format!("{CASE}\n{elsewhere}")), PatchError::NoFile("model/kernel/mm/slab.c".into()));
}

#[test]
fn the_message_of_a_patch_is_its_subject_its_reasons_and_its_trailers() {
    let patch = Patch::parse(CASE);
    assert_eq!((patch.subject.as_str(), patch.reasons), ("rmap: nothing", vec!["Because.".to_string()]));
    assert_eq!(patch.trailers, [("Order".to_string(), "E1".to_string()), ("Scenario".into(), "stores".into())]);
}

#[test]
fn each_named_race_shows_where_it_must_and_is_gone_where_it_must_be() {
    let corpus = Corpus::load().expect("the corpus loads");
    let mut astray = Vec::new();
    for race in named_traces().expect("the list is understood") {
        let verdict = |proposal: &String| {
            race.verdict(&corpus, proposal, &Limits::default()).unwrap_or_else(|error| panic!("{error}"))
        };
        for proposal in &race.shown {
            let Verdict::Violated(violation) = verdict(proposal) else {
                panic!("{}: {proposal} does not violate {}", race.name, race.claim)
            };
            astray.extend(
                race.strays(&violation.trace).map(|to| format!("{} in {proposal} does not come to {to}", race.name)),
            );
        }
        for proposal in &race.gone {
            assert_eq!(verdict(proposal).word(), "holds", "{}: {} in {proposal}", race.name, race.claim);
        }
    }
    assert!(astray.is_empty(), "{astray:#?}");
}
