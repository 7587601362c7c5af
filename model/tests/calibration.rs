//! The first calibration: the kernel as it was, without pins, breaks nothing, and not because nothing happened.

use std::collections::BTreeMap;

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::review::{Job, aggregate, run_case};
use pinright_model::scenario::Population;
use pinright_model::search::Limits;

/// The populations without a pinner that keep (`cow` false) or change a block's place.
fn without_pins(corpus: &Corpus, cow: bool) -> Vec<Population> {
    let all = corpus.scenarios().flat_map(|scenario| scenario.populations());
    all.filter(|population| !population.offers.contains("pin") && population.offers.contains("cow") == cow).collect()
}

/// The verdicts of v4.20 on each claim, over some populations.
fn verdicts(corpus: &Corpus, populations: &[Population]) -> BTreeMap<String, &'static str> {
    let composition = Composition { proposal: "v4.20".into(), reading: String::new(), files: Vec::new() };
    let mut words: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for population in populations {
        let job = Job::new(composition.clone(), true, population.clone());
        let case = run_case(corpus, &job, &Limits::default(), &mut |_| true);
        let case = case.unwrap_or_else(|_| panic!("{} compiles", population.name));
        assert!(case.complete, "every state of {}", population.name);
        for (claim, verdict) in &case.verdicts {
            words.entry(claim.clone()).or_default().push(verdict.word());
        }
    }
    words.into_iter().map(|(claim, words)| (claim, aggregate(&words))).collect()
}

/// What cannot be judged without a pin, or without the storage.
fn not_applicable(cow: bool) -> Vec<&'static str> {
    let needs_pin = ["S4o1", "S5k", "S6", "S6p", "S7", "S9", "S17", "L6"];
    needs_pin.into_iter().chain((!cow).then_some("S15")).collect()
}

#[track_caller]
fn every_claim_holds(cow: bool) {
    let corpus = Corpus::load().expect("the corpus loads");
    let populations = without_pins(&corpus, cow);
    assert!(!populations.is_empty());
    for (claim, word) in verdicts(&corpus, &populations) {
        let expected = if not_applicable(cow).contains(&claim.as_str()) { "n/a" } else { "holds" };
        assert_eq!(word, expected, "{claim}");
    }
}

#[test]
fn v4_20_without_pins_breaks_nothing_where_blocks_stay_in_place() {
    every_claim_holds(false);
}

#[test]
fn v4_20_without_pins_breaks_nothing_where_blocks_move() {
    every_claim_holds(true);
}
