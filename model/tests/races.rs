//! The races of 2018, each as (composition, scenario, claim): which protocol shows it, which one removes it.
//!
//! "Vanishes" means holds: complete, and exercised. The shortest trace of each race is stored below `traces/races`,
//! compared, and replayed. `UPDATE_TRACES=1 cargo test -p pinright-model --test races` writes them anew.

use std::path::PathBuf;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::review::{Job, run_case};
use pinright_model::scenario::Population;
use pinright_model::search::Limits;
use pinright_model::system::System;
use pinright_model::trace::{Trace, replay};
use pinright_model::verdict::{Case, Verdict};

/// `base` is v4.20 with the placeholder: no parts.
fn composition(corpus: &Corpus, name: &str) -> Composition {
    match name {
        "base" => Composition { proposal: "v4.20".into(), reading: String::new(), files: Vec::new() },
        name => match corpus.proposal(name) {
            Some(proposal) => proposal.compositions(corpus).expect("its parts exist").remove(0),
            None => Composition::of_parts(corpus, name).expect("its parts exist"),
        },
    }
}

fn population(corpus: &Corpus, name: &str) -> Population {
    let all = corpus.scenarios().flat_map(|s| s.populations());
    all.into_iter().find(|p| p.name == name).unwrap_or_else(|| panic!("there is no population {name}"))
}

fn case(corpus: &Corpus, protocol: &str, scenario: &str) -> Case {
    let job = Job::new(composition(corpus, protocol), true, population(corpus, scenario));
    let case = run_case(corpus, &job, &Limits::default(), &mut |_| true);
    case.unwrap_or_else(|_| panic!("{protocol} does not compile for {scenario}"))
}

fn verdict<'c>(case: &'c Case, claim: &str) -> &'c Verdict {
    let found = case.verdicts.iter().find(|(id, _)| id == claim);
    &found.unwrap_or_else(|| panic!("there is no claim {claim}")).1
}

/// The protocol breaks the claim; its shortest trace is the stored one, and replays on its own.
#[track_caller]
fn appears(race: &str, protocol: &str, scenario: &str, claim: &str) {
    let corpus = Corpus::load().expect("the corpus loads");
    let case = case(&corpus, protocol, scenario);
    let Verdict::Violated(violation) = verdict(&case, claim) else {
        panic!("{race}: {claim} is {} with {protocol} in {scenario}", verdict(&case, claim).word());
    };
    let trace = stored(race, protocol, claim, &violation.trace);
    let compiled = compile(&corpus, &composition(&corpus, protocol), &case.population).expect("compiles");
    let system = System::new(compiled.program, false).expect("init runs");
    let replayed = replay(&system, &trace).unwrap_or_else(|e| panic!("{race}: {e}"));
    assert_eq!(replayed.steps.len(), violation.steps);
}

/// The claim holds: every state was seen, and the claim was put to the test.
#[track_caller]
fn vanishes(race: &str, protocol: &str, scenario: &str, claim: &str) {
    let corpus = Corpus::load().expect("the corpus loads");
    let case = case(&corpus, protocol, scenario);
    assert!(case.complete, "{race}: the search of {protocol} in {scenario} is not complete");
    let word = verdict(&case, claim).word();
    assert_eq!(word, "holds", "{race}: {claim} with {protocol} in {scenario}");
}

fn stored(race: &str, protocol: &str, claim: &str, found: &Trace) -> Trace {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../traces/races");
    let path = folder.join(format!("{race}.{}.{claim}.json", protocol.replace('+', "-")));
    if std::env::var_os("UPDATE_TRACES").is_some() {
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        let text = serde_json::to_string_pretty(found).expect("a trace is JSON");
        std::fs::write(&path, text + "\n").expect("the trace can be written");
    }
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let stored: Trace = serde_json::from_str(&text).expect("a stored trace is a trace");
    assert_eq!(stored.steps.len(), found.steps.len(), "{race}: the shortest trace has another length now");
    stored
}

#[test]
fn b01_a_dirty_page_without_buffers_appears_without_a_reclaim_policy() {
    appears("b01", "base", "reclaim/ext4", "S1");
}

#[test]
fn b01_vanishes_when_reclaim_keeps_pinned_pages() {
    vanishes("b01", "T10+G3+W10", "reclaim/ext4", "S1");
}

#[test]
fn b05_counting_in_get_page_and_put_page_loses_pins() {
    appears("b05", "t2", "lookup", "S6");
    appears("b05", "t2", "lookup", "S7");
}

#[test]
fn b05_vanishes_when_pins_are_counted_explicitly() {
    vanishes("b05", "T3+G3+W5b", "lookup", "S6");
    vanishes("b05", "T3+G3+W5b", "lookup", "S7");
}

#[test]
fn b09_a_count_in_the_mapping_is_lost_by_truncate() {
    appears("b09", "T6a+G3+W5b", "truncate", "S7");
}

#[test]
fn b13_a_pin_slips_in_after_the_decision_without_a_recheck() {
    appears("b13", "T10+G0+W5b", "dio", "S6p");
    appears("b13", "T3+G0+W5b", "dio", "S6p");
}

#[test]
fn b13_vanishes_when_the_pte_is_read_again_and_writeback_asks_last() {
    vanishes("b13", "T10+G3+W5b", "dio", "S6p");
    vanishes("b13", "T3+G3+W5b", "dio", "S6p");
}

#[test]
fn b13_stays_when_writeback_asks_before_it_write_protects() {
    appears("b13", "T10+G3+W5a", "dio", "S6p");
    appears("b13", "T3+G3+W5a", "dio", "S6p");
}

#[test]
fn b17_page_mkwrite_in_the_completion_interrupt_sleeps_and_hangs() {
    appears("b17", "W3a", "dio", "S14");
    appears("b17", "W3a", "dio-same-cpu", "L2");
}

#[test]
fn b18_page_mkwrite_after_the_dma_comes_too_late_for_enospc() {
    appears("b18", "W3b", "one-block", "S3");
}

#[test]
fn b19a_waiting_for_pins_hangs_fsync_where_the_only_pin_parks() {
    appears("b19a", "T3+G0+W4", "long-pin-fsync/overwrite", "L1");
    appears("b19a", "W8", "long-pin-fsync/overwrite", "L1");
}

#[test]
fn b21_a_bounced_write_on_cow_storage_has_no_reservation() {
    appears("b21", "T10+G3+W7", "long-pin-fsync/cow", "S15");
}

#[test]
fn t7_a_direct_write_to_the_file_drops_a_pinned_page() {
    appears("t7", "base", "direct-write", "S17");
}

#[test]
fn t9_a_page_is_dirtied_without_its_lock_while_truncate_takes_it_away() {
    appears("t9", "base", "dirty-unlocked-truncate", "S11");
}

#[test]
fn b06_a_flag_that_is_cleared_after_the_count_is_lost() {
    appears("b06", "T3c+G0+W5b", "two-pins-long", "S7");
}
