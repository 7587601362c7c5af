//! Counterexamples of the model about counting, taken along by real threads: CONFIRMED, or the code is another protocol.

use pinright_checks::conduct::Replayed;
use pinright_checks::run::Entry;
use pinright_checks::schemes::{ALL, Scheme};
use pinright_checks::spec::{Counterexample, Spec, Text};

/// A check whose threads the model runs, too, and tells its specification of each pin.
struct Case {
    scheme: &'static str,
    check: &'static str,
    parts: &'static str,
    defines: &'static [(&'static str, i64)],
    threads: &'static [&'static [Op]],
    /// The claims about counting that the model finds violated: all of them.
    claims: &'static [&'static str],
}

/// What a thread does; the page.
#[derive(Clone, Copy)]
enum Op {
    Pin(usize),
    Unpin(usize),
    Query,
    /// Nothing more, for ever: a pin that stays.
    Park,
}
use Op::{Park, Pin, Query, Unpin};

/// The claims about counting; the others need a file system around the counter.
const COUNTING: [&str; 4] = ["S6", "S6p", "S7", "L6"];

const CASES: &[Case] = &[
    Case {
        scheme: "page_count",
        check: "pin that stays beside pin",
        parts: "T3c",
        defines: &[],
        threads: &[&[Pin(0), Unpin(0)], &[Pin(0), Park]],
        claims: &["S7"],
    },
    Case {
        scheme: "page_count",
        check: "query beside pin",
        parts: "T3c",
        defines: &[],
        threads: &[&[Pin(0), Unpin(0)], &[Pin(0), Query, Unpin(0)]],
        claims: &["S6"],
    },
    Case {
        scheme: "hybrid",
        check: "query beside pin",
        parts: "T6a",
        defines: &[],
        threads: &[&[Pin(0), Unpin(0)], &[Pin(0), Query, Unpin(0)]],
        claims: &["S6", "S7"],
    },
    Case {
        scheme: "hybrid",
        check: "two pages of a file, one thread",
        parts: "T6a",
        defines: &[("NR_PAGES", 2), ("NR_INDEX", 2)],
        threads: &[&[Pin(0), Pin(1), Unpin(0), Unpin(1)]],
        claims: &["S7", "L6"],
    },
    Case {
        scheme: "hybrid",
        check: "two mms, a thread each",
        parts: "T6b",
        defines: &[("NR_MMS", 2)],
        threads: &[&[Pin(0), Query, Unpin(0)], &[Pin(0), Query, Unpin(0)]],
        claims: &["S6", "S7"],
    },
];

/// Kernel C of a thread, with slots from `first` on, one for each page.
fn kernel_c(ops: &[Op], first: usize) -> String {
    let one = |op: &Op| match *op {
        Pin(page) => {
            let slot = first + page;
            format!("track_pin(&pages[{page}]); __atomic {{ spec_pinned(&slots[{slot}], &pages[{page}]); }} ")
        }
        Unpin(page) => {
            let slot = first + page;
            format!(
                "__atomic {{ spec_unpin_called(&slots[{slot}]); }} untrack_pin(&pages[{page}]); \
                 __atomic {{ spec_unpin_returned(&slots[{slot}]); }} "
            )
        }
        Query => "decide_pinned(&pages[0]); ".into(),
        Park => "park(); ".into(),
    };
    ops.iter().map(one).collect()
}

fn spec(case: &Case, parts: &'static str) -> Spec {
    let pages = case.defines.iter().find(|(name, _)| *name == "NR_PAGES").map_or(1, |(_, pages)| *pages) as usize;
    let texts: Vec<String> =
        case.threads.iter().enumerate().map(|(thread, ops)| kernel_c(ops, thread * pages)).collect();
    let mut defines = case.defines.to_vec();
    defines.push(("NR_SLOTS", (case.threads.len() * pages) as i64));
    let threads: Vec<&str> = texts.iter().map(String::as_str).collect();
    // A text lives as long as the test's process.
    let leak = |texts: Vec<&str>| -> &'static [&'static str] {
        Box::leak(texts.into_iter().map(|text| &*Box::leak(text.to_string().into_boxed_str())).collect())
    };
    let text = Text { parts, defines: Box::leak(defines.into_boxed_slice()), init: "", threads: leak(threads) };
    Spec::compile(&text).unwrap_or_else(|error| panic!("{parts}: {error}"))
}

/// The check of a scheme, broken ones first.
fn checks(scheme: &Scheme, name: &str) -> Vec<Entry> {
    let broken = scheme.broken.iter().map(|broken| broken.check);
    let all = broken.chain(scheme.checks.iter().copied());
    all.filter(|entry| entry.name == name).collect()
}

fn entries(case: &Case) -> Vec<Entry> {
    let scheme = ALL.iter().find(|scheme| scheme.name == case.scheme).expect("a scheme");
    checks(scheme, case.check)
}

fn of_claim<'a>(found: &'a [Counterexample], claim: &str) -> Option<&'a Counterexample> {
    found.iter().find(|counterexample| counterexample.claim == claim)
}

#[test]
fn what_the_model_finds_about_counting_is_confirmed_by_the_code() {
    for case in CASES {
        let spec = spec(case, case.parts);
        let found = spec.counterexamples();
        let counting: Vec<&Counterexample> =
            found.iter().filter(|found| COUNTING.contains(&found.claim.as_str())).collect();
        let claims: Vec<&str> = counting.iter().map(|found| found.claim.as_str()).collect();
        assert_eq!(claims, case.claims, "{}", case.check);
        let broken = entries(case)[0];
        for counterexample in counting {
            let claim = &counterexample.claim;
            assert_eq!((broken.conduct)(&spec, counterexample), Replayed::Confirmed, "{}: {claim}", case.check);
        }
    }
}

#[test]
fn code_with_a_lock_does_not_take_the_runs_of_a_protocol_without_one() {
    for case in CASES.iter().filter(|case| case.scheme == "page_count") {
        let spec = spec(case, case.parts);
        let found = spec.counterexamples();
        let [_, locked] = entries(case).try_into().ok().expect("a broken one, and one that holds");
        let counterexample = of_claim(&found, case.claims[0]).expect("a counterexample");
        assert!(matches!((locked.conduct)(&spec, counterexample), Replayed::NotReproduced(_)), "{}", case.check);
    }
}

#[test]
fn the_locked_count_has_no_counterexample_about_counting() {
    for case in CASES.iter().filter(|case| case.scheme == "page_count") {
        let found = spec(case, "T3b").counterexamples();
        assert!(["S6", "S7"].iter().all(|claim| of_claim(&found, claim).is_none()), "{}", case.check);
    }
}
