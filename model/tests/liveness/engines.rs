//! The reference interpreter and the packed system say the same of `when_` and `leads_to_` functions.

use std::collections::{BTreeSet, HashSet};

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::lang::lower::ContextSpec;
use pinright_model::question::questions;
use pinright_model::reference::{Interpreter, Outcome};
use pinright_model::search::liveness::Wanted;
use pinright_model::system::{End, State, System};

/// Memory, and what every pair says of it: the claim, whether something is asked for, whether it is there.
type Answers = BTreeSet<(Vec<i32>, Vec<(String, bool, bool)>)>;

/// All that the packed system reaches.
fn packed(system: &System) -> Answers {
    let claims = 0..system.program().claims.len() as u16;
    let asked: Vec<_> = claims.flat_map(|claim| questions(system, claim)).collect();
    let pairs = asked.iter().filter(|wanted| matches!(wanted, Wanted::LeadsTo { .. }));
    let pairs: Vec<_> = pairs.collect();
    let mut answers = Answers::new();
    let mut scratch = system.scratch();
    let mut todo = system.initial();
    let mut seen: BTreeSet<State> = todo.iter().cloned().collect();
    while let Some(state) = todo.pop() {
        system.load(&state, &mut scratch);
        let memory = system.cells(&scratch).iter().map(|cell| i32::from(*cell)).collect();
        let told = pairs.iter().map(|wanted| {
            let (asks, is) = wanted.asks(system, &mut scratch);
            (system.program().claims[usize::from(wanted.claim())].decl.id.clone(), asks, is)
        });
        answers.insert((memory, told.collect()));
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, context, &mut |scratch, _, outcome| {
                if let End::At(_) = outcome.end {
                    let next: State = system.next(&state, scratch, context, outcome).into();
                    if seen.insert(next.clone()) {
                        todo.push(next);
                    }
                }
            });
        }
    }
    answers
}

/// All that the interpreter reaches.
fn interpreted(interpreter: &Interpreter) -> Answers {
    let mut answers = Answers::new();
    let mut todo = interpreter.initial().unwrap_or_else(|e| panic!("{}", e.message));
    let mut seen: HashSet<_> = todo.iter().cloned().collect();
    while let Some(state) = todo.pop() {
        let told = interpreter.asks(&state).unwrap_or_else(|e| panic!("{}", e.message));
        answers.insert((interpreter.project(&state).memory, told));
        for next in interpreter.successors(&state).unwrap_or_else(|e| panic!("{}", e.message)) {
            if let Outcome::State(state) = next.outcome
                && seen.insert(state.clone())
            {
                todo.push(state);
            }
        }
    }
    answers
}

#[test]
fn the_interpreter_asks_for_what_the_packed_system_asks_for() {
    let corpus = Corpus::load().expect("the corpus loads");
    let proposal = corpus.proposal("seed-hybrid").expect("it is built in");
    let composition = proposal.compositions(&corpus).expect("its parts exist").remove(0);
    let mut population = corpus.population("pin-truncate").expect("it is built in");
    population.contexts.retain(|context| context.name == "rdma");
    population.contexts.iter_mut().for_each(|context| context.forever = false);
    let compiled = compile(&corpus, &composition, &population).unwrap_or_else(|_| panic!("it compiles"));
    let contexts: &[ContextSpec] = &compiled.contexts;
    let interpreter = Interpreter::new(&compiled.program.unit, contexts, &compiled.init);
    let ours = packed(&System::new(compiled.program.clone(), false).expect("init runs"));
    assert_eq!(ours, interpreted(&interpreter));
    let answers: BTreeSet<_> = ours.iter().flat_map(|(_, answers)| answers).collect();
    assert!(answers.contains(&("L6".into(), true, false)), "{answers:?}");
    assert!(answers.contains(&("L6".into(), false, true)), "{answers:?}");
}
