//! Counterexamples of the model about counting, taken along by real threads: CONFIRMED, or the code is another protocol.

use pinright_checks::conduct::Replayed;
use pinright_checks::run::Entry;
use pinright_checks::schemes::{ALL, Scheme};
use pinright_checks::spec::{Spec, Text};

/// The check of a scheme, broken ones included.
fn check(scheme: &Scheme, name: &str) -> Vec<Entry> {
    let broken = scheme.broken.iter().map(|broken| broken.check);
    let all = broken.chain(scheme.checks.iter().copied());
    all.filter(|entry| entry.name == name).collect()
}

fn scheme(name: &str) -> Scheme {
    *ALL.iter().find(|scheme| scheme.name == name).expect("a scheme")
}

/// T3c beside a pin that stays. The specification is told of the pins, so that claim S7 can be judged.
const LOST_FLAG: Text = Text {
    parts: "T3c",
    defines: &[("NR_SLOTS", 2)],
    init: "",
    threads: &[
        "track_pin(&pages[0]); __atomic { spec_pinned(&slots[0], &pages[0]); } \
         __atomic { spec_unpin_called(&slots[0]); } untrack_pin(&pages[0]); \
         __atomic { spec_unpin_returned(&slots[0]); }",
        "track_pin(&pages[0]); __atomic { spec_pinned(&slots[1], &pages[0]); } park();",
    ],
};

#[test]
fn the_models_lost_flag_is_confirmed_by_the_code_without_a_lock() {
    let spec = Spec::compile(&LOST_FLAG).expect("kernel C");
    let found = spec.counterexamples();
    let lost = found.iter().find(|counterexample| counterexample.claim == "S7").expect("S7 is violated");
    let [unlocked, locked] = check(&scheme("page_count"), "pin that stays beside pin").try_into().ok().expect("two");
    assert_eq!((unlocked.conduct)(&spec, lost), Replayed::Confirmed);
    // The locked code is another protocol: its first access is the lock.
    assert!(matches!((locked.conduct)(&spec, lost), Replayed::NotReproduced(_)));
}

#[test]
fn the_locked_count_has_no_counterexample() {
    let spec = Spec::compile(&Text { parts: "T3b", ..LOST_FLAG }).expect("kernel C");
    assert!(spec.counterexamples().iter().all(|counterexample| counterexample.claim != "S7"));
}
