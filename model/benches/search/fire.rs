//! What firing costs: the steps that our search fires, once each, with everything around them left out.

use hashbrown::HashSet;
use nix::sys::resource::UsageWho;
use pinright_model::system::{Component, End, State, System};

use super::engine::{Cost, measured};

/// Fires the steps of each component from each pair of its values and memory's, packs what comes out, and judges each
/// memory that is new, as our search does. States are found before, and not by our search.
pub fn fire(system: &System) -> Cost {
    let states = reachable(system);
    let pairs = pairs(system, &states);
    let mut scratch = system.scratch();
    let (mut judged, mut words) = (HashSet::new(), 0u64);
    let (_, cost) = measured(UsageWho::RUSAGE_SELF, || {
        for (component, state) in &pairs {
            system.load(state, &mut scratch);
            for &context in &system.components()[*component].contexts {
                system.each_choice(state, &mut scratch, context, &mut |scratch, _, outcome| {
                    if let End::At(_) = outcome.end {
                        let memory = part(system.next(state, scratch, context, outcome), &[system.memory()]);
                        words ^= memory[0];
                        if judged.insert(memory) {
                            words ^= system.judge_memory_changed(scratch).0.0;
                        }
                    }
                });
            }
        }
        (states.len() as u64, ())
    });
    std::hint::black_box(words);
    Cost { pairs: Some(pairs.len() as u64), ..cost }
}

/// The bits of some components.
fn part(state: &[u64], components: &[&Component]) -> State {
    let mask = |word: usize| components.iter().fold(0, |mask, component| mask | component.mask[word]);
    state.iter().enumerate().map(|(index, word)| word & mask(index)).collect()
}

/// One state for each pair of values of a component and of memory.
fn pairs<'s>(system: &System, states: &'s HashSet<State>) -> Vec<(usize, &'s State)> {
    let mut pairs = Vec::new();
    for (index, component) in system.components().iter().enumerate() {
        let mut known = HashSet::new();
        let new = states.iter().filter(|state| known.insert(part(state, &[system.memory(), component])));
        pairs.extend(new.map(|state| (index, state)));
    }
    pairs
}

fn reachable(system: &System) -> HashSet<State> {
    let mut scratch = system.scratch();
    let mut known: HashSet<State> = system.initial().into_iter().collect();
    let mut todo: Vec<State> = known.iter().cloned().collect();
    while let Some(state) = todo.pop() {
        system.load(&state, &mut scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, context, &mut |scratch, _, outcome| {
                if !matches!(outcome.end, End::At(_)) {
                    return;
                }
                let next = system.next(&state, scratch, context, outcome);
                if !known.contains(next) {
                    known.insert(next.into());
                    todo.push(next.into());
                }
            });
        }
    }
    known
}
