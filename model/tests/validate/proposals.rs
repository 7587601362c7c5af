//! Which of the built-in proposals explain which recording.

use std::collections::BTreeMap;

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::validate::{Verdict, validate};

use crate::common::{NAMES, documented, recording, right};

/// The readings that accept a recording, by name.
fn accepting(corpus: &Corpus, readings: &[Composition], name: &str) -> Vec<String> {
    let recording = recording(name);
    let accepts = |reading: &&Composition| {
        let answer = validate(corpus, reading, &recording);
        let answer = answer.unwrap_or_else(|refusal| panic!("{name}, {}: {refusal}", reading.title()));
        matches!(answer.verdict, Verdict::Accepted { .. })
    };
    readings.iter().filter(accepts).map(Composition::title).collect()
}

/// Those of each recording, and how many readings there are.
fn all() -> (BTreeMap<&'static str, Vec<String>>, usize) {
    let corpus = Corpus::load().expect("the corpus loads");
    let readings = corpus.proposals().map(|proposal| proposal.compositions(&corpus).expect("it is whole"));
    let readings: Vec<Composition> = readings.collect::<Vec<_>>().concat();
    let some = |names: &[&'static str]| -> Vec<(&'static str, Vec<String>)> {
        names.iter().map(|name| (*name, accepting(&corpus, &readings, name))).collect()
    };
    let (front, back) = NAMES.split_at(NAMES.len() / 2);
    let (front, back) = std::thread::scope(|scope| {
        let back = scope.spawn(|| some(back));
        (some(front), back.join().expect("no panic"))
    });
    (front.into_iter().chain(back).collect(), readings.len())
}

#[test]
fn the_right_proposal_is_among_those_that_explain_a_recording_and_a_pin_tells_them_apart() {
    let (accepted, count) = all();
    let mut text = "| recording | proposals with a run for it |\n|---|---|\n".to_string();
    for (name, readings) in &accepted {
        assert!(readings.iter().any(|reading| reading == right(name)), "{name}: {readings:?}");
        let other = if right(name) == "v6.18" { "v6.1" } else { "v6.18" };
        if name.contains("_dio_") {
            assert!(!readings.iter().any(|reading| reading == other), "{name}: {other} has a run too");
        }
        let some = if readings.len() == count { format!("all {count}") } else { readings.join(", ") };
        text += &format!("| {name} | {some} |\n");
    }
    documented("kernel-traces.md", "proposals", &text);
}
