//! What a scenario may switch on in the base kernel, against the same population without it.

use std::collections::BTreeMap;

use pinright_model::calibration::composition;
use pinright_model::corpus::Corpus;
use pinright_model::review::{Job, run_case};
use pinright_model::scenario::Population;
use pinright_model::search::Limits;

fn words(corpus: &Corpus, proposal: &str, population: Population) -> (u64, BTreeMap<String, &'static str>) {
    let composition = composition(corpus, proposal).expect("a built-in proposal");
    let case = run_case(corpus, &Job::new(composition, true, population), &Limits::default(), &mut |_| true);
    let case = case.unwrap_or_else(|error| panic!("{error}"));
    (case.states, case.verdicts.iter().map(|(claim, verdict)| (claim.clone(), verdict.word())).collect())
}

/// Searches the population with and without a constant: the verdicts must be the same, and the states must not.
fn changes_no_verdict(constant: &str, value: i64, populations: &[&str], proposals: &[&str]) {
    let corpus = Corpus::load().expect("the corpus loads");
    let set = BTreeMap::from([(constant.to_string(), value)]);
    for name in populations {
        let population = corpus.population(name).unwrap_or_else(|| panic!("no population {name}"));
        for proposal in proposals {
            let (states, without) = words(&corpus, proposal, population.clone());
            let (more, with) = words(&corpus, proposal, population.clone().with(&set));
            assert_eq!(without, with, "{proposal} in {name} with {constant}={value}");
            assert!(more > states, "{proposal} in {name}: {constant}={value} adds states ({more}, {states})");
        }
    }
}

/// No claim asks which half of a page is older.
#[test]
fn no_verdict_changes_where_devices_move_half_a_page_at_a_time() {
    let populations = ["pin/overwrite", "dio-fsync", "long-pin-fsync/cow", "reclaim/ext4"];
    changes_no_verdict("HALVES", 2, &populations, &["v4.20", "a1"]);
}

/// A page whose write is put off is dirty, prepared and tagged as it was before.
#[test]
fn no_verdict_changes_where_the_filesystem_may_put_off_a_write() {
    changes_no_verdict("REDIRTY", 1, &["pin/overwrite", "stores-truncate/overwrite", "drop-caches"], &["v4.20", "a1"]);
}

#[test]
fn a_hole_punch_writes_what_truncate_does_not_and_breaks_the_same_claims() {
    let corpus = Corpus::load().expect("the corpus loads");
    let searched = |name: &str| words(&corpus, "v4.20", corpus.population(name).expect("a population"));
    let ((punch, punched), (truncate, truncated)) = (searched("punch"), searched("truncate"));
    assert_eq!(punched, truncated);
    assert!(punch > truncate, "{punch} states, {truncate}");
}

/// Commit 5df397dec7c4, merged in 6.2: until then munmap() took the page out of the rmap while a CPU could still store
/// through its TLB, and page_mkclean() did not wait for the flush.
#[test]
fn munmap_lets_a_cpu_store_to_a_clean_page_through_its_tlb_until_the_rmap_waits_for_the_flush() {
    let corpus = Corpus::load().expect("the corpus loads");
    let population = |name: &str| corpus.population(name).expect("a population");
    let broken = |proposal: &str, name: &str| {
        let (_, words) = words(&corpus, proposal, population(name));
        words.into_iter().filter(|(_, word)| *word == "violated").map(|(claim, _)| claim).collect::<Vec<_>>()
    };
    assert_eq!(broken("v4.20", "tlb-munmap"), ["S2s", "S5"]);
    assert_eq!(broken("v6.18", "tlb-munmap"), [""; 0]);
    assert_eq!(broken("v4.20", "stores-munmap"), [""; 0], "without a TLB there is nothing to see");
}
