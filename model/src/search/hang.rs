//! Hangs: contexts in the middle of something that can never take another step, whatever the others do.
//!
//! Say that a state is resolved if everybody in the middle of something can step now, or if some step leads to a resolved
//! state: whoever waits is still there then, and can go on at last. All but a few states are resolved at once. Those
//! that are not lead nowhere else, so they are a small closed graph, and who can still step in it is found exactly.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::key::Key;
use super::path::{Hit, Path, Walk};
use crate::system::Pc;

/// The first state from which a context can never step again.
#[derive(Clone, Debug)]
pub struct Hang {
    /// The context.
    pub context: u16,
    /// Where it stands.
    pub pc: Pc,
    /// Every context that is stuck in that state.
    pub stuck: Vec<u16>,
    /// Whether some context is parked there: it may be what the others wait for, legally.
    pub parked: bool,
    /// The run to that state.
    pub path: Path,
}

/// A state in which contexts are stuck.
struct Stuck<const W: usize> {
    depth: u32,
    hit: Hit<W>,
    contexts: Vec<u16>,
}

/// A hang: who, where, and whether somebody is parked meanwhile.
type Kind = (u16, Pc, bool);

/// States with their depth.
type States<const W: usize> = Vec<(u32, Key<W>)>;

/// A set of keys.
type Keys<const W: usize> = HashSet<Key<W>, rustc_hash::FxBuildHasher>;

/// The hangs of a closed graph, those with the shortest runs first.
pub(super) fn find<const W: usize>(walk: &mut Walk<W>) -> Vec<Hang> {
    let unresolved = unresolved(walk);
    let future = future(walk, &unresolved);
    let mut kinds: BTreeMap<Kind, Stuck<W>> = BTreeMap::new();
    for ((depth, key), future) in unresolved.iter().zip(future) {
        note(walk, key, *depth, future, &mut kinds);
    }
    let mut hangs: Vec<Hang> = Vec::new();
    for ((context, pc, parked), stuck) in kinds {
        let path = walk.run_to(&stuck.hit, stuck.depth, None);
        hangs.push(Hang { context, pc, stuck: stuck.contexts, parked, path });
    }
    hangs.sort_by_key(|hang| hang.path.steps.len());
    hangs
}

/// States that are not resolved, the deepest first.
fn unresolved<const W: usize>(walk: &mut Walk<W>) -> States<W> {
    let search = walk.search;
    let mut left = States::new();
    for depth in (0..=search.levels.depth()).rev() {
        let waiting = search.levels.level(depth).filter(|key| {
            let stance = walk.expander.stand(&search.space, key);
            stance.unfinished & !stance.enabled != 0
        });
        left.extend(waiting.map(|key| (depth, key)));
    }
    let mut open: Keys<W> = left.iter().map(|(_, key)| *key).collect();
    loop {
        let before = left.len();
        // Steps lead to deeper states mostly, and those were looked at already: a few rounds are enough.
        left.retain(|(depth, key)| {
            let mut resolved = false;
            each_successor(walk, key, *depth, |next| resolved = resolved || !open.contains(next));
            if resolved {
                open.remove(key);
            }
            !resolved
        });
        if left.len() == before {
            return left;
        }
    }
}

fn each_successor<const W: usize>(walk: &mut Walk<W>, key: &Key<W>, depth: u32, mut f: impl FnMut(&Key<W>)) {
    // The graph is closed: all numbers fit.
    let _ = walk.expander.successors(&walk.search.space, key, depth, |_, successor| f(successor));
}

/// Per state of a closed graph, the contexts that can step there or later: the least fixpoint, reached in a few sweeps.
fn future<const W: usize>(walk: &mut Walk<W>, states: &States<W>) -> Vec<u64> {
    let numbers = states.iter().enumerate().map(|(number, (_, key))| (*key, number));
    let numbers: HashMap<Key<W>, usize, rustc_hash::FxBuildHasher> = numbers.collect();
    let mut after: Vec<Vec<usize>> = Vec::with_capacity(states.len());
    let mut future: Vec<u64> = Vec::with_capacity(states.len());
    for (depth, key) in states {
        let mut next = Vec::new();
        each_successor(walk, key, *depth, |key| next.extend(numbers.get(key).copied()));
        after.push(next);
        future.push(walk.expander.stand(&walk.search.space, key).enabled);
    }
    loop {
        let mut changed = false;
        for (state, after) in after.iter().enumerate() {
            let all = after.iter().fold(future[state], |mask, next| mask | future[*next]);
            changed |= all != future[state];
            future[state] = all;
        }
        if !changed {
            return future;
        }
    }
}

/// Notes the hangs of a state, if they are new, or if the state is nearer or smaller than the one that is known.
fn note<const W: usize>(walk: &Walk<W>, key: &Key<W>, depth: u32, future: u64, kinds: &mut BTreeMap<Kind, Stuck<W>>) {
    let system = walk.search.space.system;
    let hit = Hit { key: *key, state: walk.search.space.state(key) };
    let contexts = system.program().contexts.len();
    let pcs: Vec<Pc> = (0..contexts).map(|context| system.layout().pc(&hit.state, context)).collect();
    let stuck = |context: &usize| future >> context & 1 == 0 && system.unfinished(*context, pcs[*context]);
    let stuck: Vec<u16> = (0..contexts).filter(stuck).map(|context| context as u16).collect();
    let parked = pcs.contains(&Pc::Parked);
    for &context in &stuck {
        let kind = (context, pcs[usize::from(context)], parked);
        let better = |known: &Stuck<W>| (depth, &hit.state) < (known.depth, &known.hit.state);
        if kinds.get(&kind).is_none_or(better) {
            kinds.insert(kind, Stuck { depth, hit: hit.clone(), contexts: stuck.clone() });
        }
    }
}
