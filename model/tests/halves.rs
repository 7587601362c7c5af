//! Devices that move half a page at a time: no claim asks which half is older, so no verdict may change.

use std::collections::BTreeMap;

use pinright_model::calibration::composition;
use pinright_model::corpus::Corpus;
use pinright_model::review::{Job, run_case};
use pinright_model::scenario::Population;
use pinright_model::search::Limits;

/// No tracking, the kernel of today, and a device that faults by itself.
const PROPOSALS: [&str; 3] = ["v4.20", "v6.18", "a1"];
/// Populations with a device that writes, writeback, and fsync or reclaim.
const POPULATIONS: [&str; 6] =
    ["pin/overwrite", "pin/cow-stable", "dio", "dio-fsync", "long-pin-fsync", "reclaim/ext4"];

fn words(corpus: &Corpus, proposal: &str, population: Population) -> (u64, BTreeMap<String, &'static str>) {
    let composition = composition(corpus, proposal).expect("a built-in proposal");
    let case = run_case(corpus, &Job::new(composition, true, population), &Limits::default(), &mut |_| true);
    let case = case.unwrap_or_else(|error| panic!("{error}"));
    (case.states, case.verdicts.iter().map(|(claim, verdict)| (claim.clone(), verdict.word())).collect())
}

#[test]
fn no_verdict_changes_where_devices_move_half_a_page_at_a_time() {
    let corpus = Corpus::load().expect("the corpus loads");
    let halves = BTreeMap::from([("HALVES".to_string(), 2)]);
    for name in POPULATIONS {
        let population = corpus.population(name).expect("a population");
        for proposal in PROPOSALS {
            let (states, whole) = words(&corpus, proposal, population.clone());
            let (more, half) = words(&corpus, proposal, population.clone().with(&halves));
            assert_eq!(whole, half, "{proposal} in {name}");
            assert!(more > states, "{proposal} in {name}: halves are states of their own ({more}, {states})");
        }
    }
}
