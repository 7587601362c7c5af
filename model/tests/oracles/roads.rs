//! Holds the roads together.

use std::collections::{HashMap, HashSet};

use pinright_model::actors::{KernelModel, KernelState, Refusal};
use pinright_model::fused::{FusedModel, Packed};
use pinright_model::lang::program::Program;
use pinright_model::lang::source::SourceMap;
use pinright_model::search::Exploration;
use pinright_model::system::State;
use stateright::Model;
use stateright::actor::{Envelope, Network};

use crate::survey::{Survey, packed, stateright, survey, verdicts};

/// How many states each road counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// The packed search, and the fused model where nothing crashed.
    pub packed: usize,
    /// States in which the path ended in a crash: only the models have them.
    pub dead: usize,
    /// The actor model.
    pub actors: usize,
}

impl Figures {
    pub fn add(&mut self, other: Figures) {
        self.packed += other.packed;
        self.dead += other.dead;
        self.actors += other.actors;
    }
}

/// What came of a comparison.
pub enum Comparison {
    /// Every road leads to the same states and verdicts.
    Same(Figures),
    /// The program has more states than it may.
    TooLarge,
    /// The two roads on packed states agree, and there is no actor model.
    Refused(Refusal),
}

/// Compares all roads; panics where they part.
pub fn hold_together(name: &str, program: &Program, sources: &SourceMap, limit: u64) -> Comparison {
    let Some(exploration) = packed(program, limit) else { return Comparison::TooLarge };
    let (fused, dead) = hold_fused(name, program, sources, &exploration);
    match KernelModel::new(program.clone(), sources.clone()) {
        Err(refusal) => Comparison::Refused(refusal),
        Ok(model) => {
            let actors = hold_actors(name, model, &fused);
            Comparison::Same(Figures { packed: exploration.states as usize, dead, actors })
        }
    }
}

/// The fused model against the packed search; yields its states, and how many of them are behind a crash.
fn hold_fused(name: &str, program: &Program, sources: &SourceMap, expected: &Exploration) -> (Survey<State>, usize) {
    let model = FusedModel::new(program.clone(), sources.clone()).expect("init runs through");
    let fused = survey(&model);
    let system = model.machine().system();
    let dead = fused.states.keys().filter(|state| system.is_dead(state)).count();
    assert_eq!(fused.states.len(), expected.states as usize + dead, "{name}: states, fused and packed");
    assert_eq!(fused.verdicts, verdicts(program, expected), "{name}: shortest violations, fused and packed");
    if expected.cuts.is_empty() {
        // A path that was cut is a transition of the packed search, but leads to no state.
        assert_eq!(fused.transitions(), expected.transitions, "{name}: transitions, fused and packed");
    }
    hold_stateright(name, model, &fused);
    (fused, dead)
}

/// The actor model against the fused one; yields the number of its states.
fn hold_actors(name: &str, model: KernelModel, fused: &Survey<State>) -> usize {
    let actors = survey(&model);
    assert_eq!(model.fault().map(ToString::to_string), None, "{name}: actors and system");
    assert_eq!(actors.verdicts, fused.verdicts, "{name}: shortest violations, actors and fused");
    let mut senderless = HashMap::new();
    for (state, successors) in &actors.states {
        let whole: State = model.packed(state).as_ref().into();
        assert_eq!(Some(successors), fused.states.get(&whole), "{name}: successors, actors and fused");
        // Two actor states of one packed state are the same but for the senders.
        let stripped = without_senders(state);
        let first = senderless.entry(whole).or_insert_with(|| stripped.clone());
        assert_eq!(*first, stripped, "{name}: actor states that differ in more than a sender");
    }
    let missing: HashSet<_> = fused.states.keys().filter(|state| !senderless.contains_key(*state)).collect();
    assert!(missing.is_empty(), "{name}: actors miss {} of {} states", missing.len(), fused.states.len());
    hold_stateright(name, model, &actors);
    actors.states.len()
}

/// stateright's own search against our survey of the same model.
fn hold_stateright<M>(name: &str, model: M, survey: &Survey<M::State>)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + std::hash::Hash + Send + Sync,
    M::Action: Clone + PartialEq,
{
    let (unique, violated) = stateright(model);
    assert_eq!(unique, survey.states.len(), "{name}: states, by stateright");
    let found = violated.iter().eq(survey.verdicts.keys());
    assert!(found, "{name}: {violated:?} violated by stateright, {:?} by survey", survey.verdicts);
}

/// The state with each message as if its addressee had sent it.
fn without_senders(state: &KernelState) -> KernelState {
    let flights =
        state.flights().map(|envelope| Envelope { src: envelope.dst, dst: envelope.dst, msg: envelope.msg.clone() });
    let network = Network::new_unordered_nonduplicating(flights);
    let mut stripped = state.clone();
    stripped.actors.network = network;
    stripped
}
