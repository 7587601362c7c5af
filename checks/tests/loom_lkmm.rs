//! The kernel's memory model beside loom: every litmus test in `checks/litmus/` has herd7's outcome, or a reason.

use std::collections::BTreeMap;

use pinright_checks::litmus::corpus::{Checked, Corpus, Finding};
use pinright_checks::litmus::expected::Verdict;
use pinright_checks::mutants::Killer;
use pinright_checks::schemes::ALL;
use rayon::prelude::*;

#[test]
fn loom_agrees_with_herd7_on_every_test_but_the_known_differences() {
    let corpus = Corpus::load().unwrap_or_else(|why| panic!("{why}"));
    let mut wrong = corpus.unmatched();
    let mut counts = BTreeMap::new();
    let mut executions = 0;
    let names: Vec<&String> = corpus.sources.keys().filter(|name| corpus.expected.tests.contains_key(*name)).collect();
    let checked: Vec<Checked> = names.par_iter().map(|name| timed(&corpus, name)).collect();
    for checked in checked {
        executions += checked.executions;
        let kind = match checked.finding {
            Finding::Equal => "equal",
            Finding::Known(_) => "known differences",
            Finding::Refused(why) => {
                println!("refused: {why}");
                "refused"
            }
            Finding::Wrong(why) => {
                wrong.push(why);
                "wrong"
            }
        };
        *counts.entry(kind).or_insert(0u32) += 1;
    }
    println!("{} tests, {counts:?}, {executions} executions", corpus.sources.len());
    assert!(wrong.is_empty(), "{} of {} are not as recorded:\n{}", wrong.len(), corpus.sources.len(), wrong.join("\n"));
}

fn timed(corpus: &Corpus, name: &str) -> Checked {
    let started = std::time::Instant::now();
    let checked = corpus.check(name);
    if std::env::var_os("LITMUS_TIMES").is_some() {
        println!("{name} {} executions {} ms", checked.executions, started.elapsed().as_millis());
    }
    checked
}

/// A mutant that names a test of the kernel's memory model lives or dies as herd7 says of the same change.
#[test]
fn mutants_live_and_die_by_the_kernels_memory_model() {
    let corpus = Corpus::load().unwrap_or_else(|why| panic!("{why}"));
    let mut named = 0;
    for mutant in ALL.iter().flat_map(|scheme| scheme.mutants) {
        let Some(test) = mutant.lkmm else { continue };
        let record = corpus.expected.tests.get(test).unwrap_or_else(|| panic!("there is no test {test}"));
        let dies = !matches!(mutant.killer, Killer::Equivalent(_));
        assert_eq!(record.herd7 == Verdict::Sometimes, dies, "{test}: {mutant:?}");
        named += 1;
    }
    assert!(named >= 40, "{named} mutants have a test of the kernel's memory model");
}
