//! The shortest run that puts a claim to the test: held against a naive search, and replayed.

use std::collections::{HashSet, VecDeque};

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::premise::{Premise, premise};
use pinright_model::proposal::Composition;
use pinright_model::review::Job;
use pinright_model::search::Limits;
use pinright_model::system::{State, System};
use pinright_model::trace::{ReplayError, Trace, replay};

/// A proposal whose writeback asks, in small populations.
const CASES: [(&str, &str); 4] = [
    ("T10+G3+W5b", "pin-truncate"),
    ("T10+G3+W5b", "reclaim/ext4"),
    ("T3+G0+W5a", "one-block"),
    ("v4.20", "stores-fsync/overwrite-stable"),
];

fn job(corpus: &Corpus, proposal: &str, population: &str) -> Job {
    let composition = match corpus.proposal(proposal) {
        Some(known) => known.compositions(corpus).expect("it exists").remove(0),
        None => Composition::of_parts(corpus, proposal).expect("the parts exist"),
    };
    Job::new(composition, true, corpus.population(population).expect("it exists"))
}

fn system(corpus: &Corpus, job: &Job) -> System {
    let compiled = compile(corpus, &job.composition, &job.population).unwrap_or_else(|e| panic!("{}", e.render(false)));
    System::new(compiled.program, false).expect("init runs through")
}

/// For each claim the least number of steps to a witness, by going through all states of the whole program.
fn naively(system: &System) -> Vec<Option<usize>> {
    let mut least = vec![None; system.program().claims.len()];
    let mut scratch = system.scratch();
    let mut seen: HashSet<State> = system.initial().into_iter().collect();
    let mut queue: VecDeque<(State, usize)> = seen.iter().map(|state| (state.clone(), 0)).collect();
    for (state, _) in &queue {
        system.load(state, &mut scratch);
        system.judge(&mut scratch).1.iter().for_each(|claim| least[usize::from(claim)] = Some(0));
    }
    while let Some((state, depth)) = queue.pop_front() {
        system.load(&state, &mut scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, context, &mut |scratch, _, outcome| {
                let next: State = system.next(&state, scratch, context, outcome).into();
                let exercised = outcome.witnessed.union(system.judge(scratch).1);
                exercised.iter().for_each(|claim| {
                    least[usize::from(claim)].get_or_insert(depth + 1);
                });
                if seen.insert(next.clone()) {
                    queue.push_back((next, depth + 1));
                }
            });
        }
    }
    least
}

#[test]
fn no_run_that_puts_a_claim_to_the_test_is_shorter_and_none_is_found_where_there_is_none() {
    let corpus = Corpus::load().expect("the corpus loads");
    let mut never = 0;
    for (proposal, population) in CASES {
        let job = job(&corpus, proposal, population);
        let system = system(&corpus, &job);
        for (claim, least) in system.program().claims.iter().zip(naively(&system)) {
            let id = claim.decl.id.as_str();
            let found = premise(&corpus, &job, id, &Limits::default(), &mut |_| true);
            match found.unwrap_or_else(|error| panic!("{error}")) {
                Premise::Shown(trace) => assert_eq!(Some(trace.steps.len()), least, "{id}, {proposal}, {population}"),
                Premise::Never => assert_eq!((least, { never += 1 }), (None, ()), "{id}, {proposal}, {population}"),
                Premise::NotApplicable => {}
                Premise::Undecided => panic!("{id}, {proposal}, {population}: no bound was set"),
            }
        }
    }
    assert!(never > 0, "some claim is vacuous somewhere");
}

#[test]
fn such_a_run_replays_and_one_that_stops_a_step_before_does_not() {
    let corpus = Corpus::load().expect("the corpus loads");
    let job = job(&corpus, "T10+G3+W5b", "reclaim/ext4");
    let system = system(&corpus, &job);
    for claim in ["S6", "S7", "S9", "S5k"] {
        let found = premise(&corpus, &job, claim, &Limits::default(), &mut |_| true);
        let Ok(Premise::Shown(trace)) = found else { panic!("{claim} is put to the test") };
        replay(&system, &trace).unwrap_or_else(|error| panic!("{claim}: {error}"));
        let mut steps = trace.steps.clone();
        steps.pop();
        let refused = replay(&system, &Trace { steps, ..*trace });
        assert_eq!(refused.err(), Some(ReplayError::NotExercised(claim.into())));
    }
}
