//! Every state of a model, by the roads that models have: level by level, and stateright's own search.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use pinright_model::fused::Packed;
use pinright_model::lang::program::Program;
use pinright_model::search::{Coverage, Exploration, Limits, explore};
use pinright_model::system::System;
use stateright::{Checker, Model};

/// Steps of the shortest run to a violation, by claim.
pub type Verdicts = BTreeMap<String, usize>;

/// What a model turned out to be.
pub struct Survey<S> {
    /// Every state, with the number of its successors.
    pub states: HashMap<S, u32>,
    pub verdicts: Verdicts,
}

impl<S> Survey<S> {
    pub fn transitions(&self) -> u64 {
        self.states.values().map(|&successors| u64::from(successors)).sum()
    }
}

/// Goes through a model level by level: stateright's search does not give shortest runs, this one does.
pub fn survey<M: Packed>(model: &M) -> Survey<M::State>
where
    M::State: Clone + Eq + Hash,
{
    let mut survey = Survey { states: HashMap::new(), verdicts: Verdicts::new() };
    let mut level = model.init_states();
    survey.states.extend(level.iter().map(|state| (state.clone(), 0)));
    for depth in 0.. {
        let mut next = Vec::new();
        for state in &level {
            for claim in model.machine().violated(&model.packed(state)).iter() {
                survey.verdicts.entry(model.machine().claim(claim).into()).or_insert(depth);
            }
            let successors = model.next_states(state);
            survey.states.insert(state.clone(), successors.len() as u32);
            for successor in successors {
                if !survey.states.contains_key(&successor) {
                    survey.states.insert(successor.clone(), 0);
                    next.push(successor);
                }
            }
        }
        if next.is_empty() {
            return survey;
        }
        level = next;
    }
    unreachable!("a level is empty before the depths run out")
}

/// What stateright's own breadth-first search counts, and the properties that it finds violated.
pub fn stateright<M>(model: M) -> (usize, BTreeSet<String>)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync,
    M::Action: Clone + PartialEq,
{
    let checker = model.checker().spawn_bfs().join();
    let violated = checker.discoveries().into_keys().map(String::from).collect();
    (checker.unique_state_count(), violated)
}

/// The packed search with sticky states; `None` if there are more than `limit`.
pub fn packed(program: &Program, limit: u64) -> Option<Exploration> {
    let system = System::new(program.clone(), true).expect("init runs through");
    let exploration = explore(&system, &Limits::default(), &mut |progress| progress.states <= limit);
    let complete = matches!(exploration.coverage, Coverage::Complete(_)) && exploration.states <= limit;
    complete.then_some(exploration)
}

/// What the packed search says of the claims.
pub fn verdicts(program: &Program, exploration: &Exploration) -> Verdicts {
    let found = exploration.violations.iter();
    found.map(|(claim, path)| (program.claims[usize::from(*claim)].decl.id.clone(), path.steps.len())).collect()
}
