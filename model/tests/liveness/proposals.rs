//! Lassos of built-in proposals: they replay, and what is changed in them is noticed.

use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::render::{Subject, itf, race};
use pinright_model::review::{Job, run_case};
use pinright_model::scenario::Population;
use pinright_model::search::Limits;
use pinright_model::search::liveness::Fairness;
use pinright_model::system::System;
use pinright_model::trace::{Replay, Trace, TraceKind, replay, waits};
use pinright_model::verdict::Verdict;

/// A proposal's reading in a population.
struct Case {
    composition: Composition,
    population: Population,
    verdicts: Vec<(String, Verdict)>,
    compiled: Compiled,
}

impl Case {
    fn new(proposal: &str, reading: &str, population: &str) -> Self {
        let corpus = Corpus::load().expect("the corpus loads");
        let known = corpus.proposal(proposal).expect("it is built in").compositions(&corpus).expect("its parts exist");
        let composition = known.into_iter().find(|c| c.reading == reading).expect("it has this reading");
        let population = corpus.population(population).expect("it is built in");
        let job = Job::new(composition.clone(), true, population.clone());
        let case = run_case(&corpus, &job, &Limits::default(), &mut |_| true).unwrap_or_else(|e| panic!("{e:?}"));
        let compiled = compile(&corpus, &composition, &population).unwrap_or_else(|_| panic!("it compiles"));
        Case { composition, population, verdicts: case.verdicts, compiled }
    }

    fn verdict(&self, claim: &str) -> &Verdict {
        &self.verdicts.iter().find(|(id, _)| id == claim).expect("it is declared").1
    }

    #[track_caller]
    fn violation(&self, claim: &str) -> Trace {
        match self.verdict(claim) {
            Verdict::Violated(violation) => violation.trace.clone(),
            other => {
                panic!("{claim} is {} with {} in {}", other.word(), self.composition.title(), self.population.name)
            }
        }
    }

    fn system(&self) -> System {
        System::new(self.compiled.program.clone(), false).expect("init runs")
    }
}

/// The seed's hybrid: between the count's end and the bit's, another page's pin comes.
fn hybrid() -> Case {
    Case::new("seed-hybrid", "a", "two-pages")
}

fn stem_of(trace: &Trace) -> usize {
    match &trace.kind {
        TraceKind::Lasso { stem, .. } => *stem as usize,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lasso_replays_from_its_stored_form() {
    let case = hybrid();
    let trace = Trace::parse("L6.json", &case.violation("L6").to_json()).expect("it is a trace");
    let replayed: Replay = replay(&case.system(), &trace).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(replayed.steps.len(), trace.steps.len());
    assert!(stem_of(&trace) < trace.steps.len(), "it goes round");
}

#[test]
fn a_lasso_that_does_not_close_that_comes_to_q_or_that_is_unfair_is_refused() {
    let case = hybrid();
    let system = case.system();
    let trace = case.violation("L6");
    let refused = |trace: &Trace| replay(&system, trace).expect_err("it is refused").to_string();
    let with_stem = |new: u32| {
        let mut changed = trace.clone();
        if let TraceKind::Lasso { stem, .. } = &mut changed.kind {
            *stem = new;
        }
        changed
    };
    let stem = stem_of(&trace) as u32;
    assert!(refused(&with_stem(stem - 1)).contains("it does not go round"));
    assert!(refused(&with_stem(trace.steps.len() as u32 + 1)).contains("its cycle begins behind step"));
    // It stops in the middle of a call.
    let unfair = refused(&with_stem(trace.steps.len() as u32));
    assert!(unfair.contains("it is not fair: rdma"), "{unfair}");
    let mut other = trace.clone();
    if let TraceKind::Lasso { objects, .. } = &mut other.kind {
        *objects = vec!["pages[1]".into()];
    }
    assert!(refused(&other).contains("nothing that claim L6 asks for stays away"));
}

#[test]
fn a_run_that_is_fair_without_strong_awaits_only_is_refused_with_them() {
    let case = Case::new("t10-g3-w5b", "", "pin-truncate");
    let Verdict::Holds(_, Some(needs)) = case.verdict("L5") else { panic!("L5 is {}", case.verdict("L5").word()) };
    assert_eq!(needs.fairness, Fairness::StrongAwaits);
    let mut trace = needs.without.clone().expect("something can happen without").trace;
    let system = case.system();
    replay(&system, &trace).unwrap_or_else(|e| panic!("{e}"));
    if let TraceKind::Lasso { fairness, .. } = &mut trace.kind {
        *fairness = Fairness::StrongAwaits;
    }
    let refused = replay(&system, &trace).expect_err("it is refused").to_string();
    assert!(refused.contains("it is not fair: truncate"), "{refused}");
}

#[test]
fn the_race_marks_where_the_cycle_begins_and_itf_says_where_it_goes_back() {
    let case = hybrid();
    let (system, trace) = (case.system(), case.violation("L6"));
    let replayed = replay(&system, &trace).unwrap_or_else(|e| panic!("{e}"));
    let subject = Subject { system: &system, sources: &case.compiled.sources, trace: &trace, replay: &replayed };
    let picture = race(&subject);
    assert_eq!(picture.matches("from here on again and again").count(), 1, "{picture}");
    assert!(picture.lines().all(|line| line.chars().count() <= 72), "{picture}");
    let document: serde_json::Value = serde_json::from_str(&itf(&subject)).expect("it is JSON");
    assert_eq!(document["#meta"]["format"], "ITF");
    assert_eq!(document["loop"], stem_of(&trace));
    let states = document["states"].as_array().expect("it has states");
    // The last state's successor is the one that `loop` names.
    assert_eq!(states.len(), trace.steps.len());
    let vars: Vec<&str> = document["vars"].as_array().expect("vars").iter().filter_map(|v| v.as_str()).collect();
    for (index, state) in states.iter().enumerate() {
        assert_eq!(state["#meta"]["index"], index);
        let names = state.as_object().expect("a record").keys().filter(|name| *name != "#meta");
        assert_eq!(names.count(), vars.len());
        assert!(vars.iter().all(|name| state.get(name).is_some()));
    }
}

#[test]
fn a_hang_inside_a_call_is_a_lasso_too() {
    // What the search for hangs says, the search for lassos must say as well: a hang is a lasso that stands still.
    use pinright_model::question::questions;
    use pinright_model::search::liveness::{Liveness, examine};
    let case = Case::new("t3-w4", "a", "dio-fsync");
    let TraceKind::Hang { .. } = case.violation("L1").kind else { panic!("a hang is told as a hang") };
    let system = case.system();
    let claim = system.program().claim("L1").expect("it is declared");
    let findings = examine(&system, &Limits::default(), questions(&system, claim), &mut |_| true);
    let [(_, Liveness::Violated(round))] = &findings.answers[..] else { panic!("{:?}", findings.answers) };
    // The hang is told where it is bound to happen; the lasso goes on until fsync stands still.
    assert!(round.stem >= case.violation("L1").steps.len());
}

#[test]
fn a_deadlock_is_told_as_a_circle_in_which_each_waits_for_the_next() {
    let case = Case::new("t3-w4", "a", "dio-fsync");
    let Verdict::Violated(violation) = case.verdict("L2") else { panic!("L2 is {}", case.verdict("L2").word()) };
    let system = case.system();
    let replayed = replay(&system, &violation.trace).unwrap_or_else(|e| panic!("{e}"));
    let TraceKind::Hang { stuck } = &violation.trace.kind else { panic!("{:?}", violation.trace.kind) };
    let found = waits(&system, &case.compiled.sources, &replayed.last, stuck);
    assert_eq!(found.waits, violation.waits);
    let circle = found.circle().unwrap_or_else(|| panic!("no circle: {:#?}", found.waits));
    let mut contexts: Vec<&str> = circle.iter().map(|wait| wait.context.as_str()).collect();
    contexts.sort_unstable();
    assert_eq!(contexts, ["dio", "fsync"]);
    // fsync waits for the pin with the page lock held, which the release wants.
    let holder = circle.iter().find(|wait| wait.context == "fsync").expect("it is in the circle");
    assert_eq!(holder.holds, ["page lock"]);
    let subject =
        Subject { system: &system, sources: &case.compiled.sources, trace: &violation.trace, replay: &replayed };
    let picture = race(&subject);
    assert!(picture.contains("possible circular locking dependency"), "{picture}");
}
