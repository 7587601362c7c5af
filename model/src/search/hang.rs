//! Hangs: contexts in the middle of something that can never take another step, whatever the others do.
//!
//! Say that a state is resolved if everybody in the middle of something can step now, or if some step leads to a resolved
//! state: whoever waits is still there then, and can go on at last. All but a few states are resolved at once. Those
//! that are not lead nowhere else, so they are a small closed graph, and who can still step in it is found exactly. All of
//! that is true of least images too: who can go on in the image can go on.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::key::Key;
use super::path::{Hit, Path, Walk};
use crate::system::Pc;
use crate::system::symmetry::Element;

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
    /// The image of that state in which they are stuck.
    end: Vec<u64>,
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
        let path = walk.run_to(&stuck.hit, stuck.depth, None, Some(&stuck.end));
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
    let (elements, count) = (walk.search.space.symmetry.elements(), walk.search.space.system.program().contexts.len());
    let mut future = states.iter().map(|(_, key)| walk.expander.stand(&walk.search.space, key).enabled).collect();
    let edges = edges(walk, states);
    loop {
        let before = Vec::clone(&future);
        for (state, edges) in edges.iter().enumerate() {
            let there = edges.iter().map(|(next, by)| {
                elements.get(*by).map_or(future[*next], |element| origin(element, future[*next], count))
            });
            future[state] = there.fold(future[state], |all, mask| all | mask);
        }
        if future == before {
            return future;
        }
    }
}

/// Where the steps of each state lead: a state, and the element that makes it of what is there.
fn edges<const W: usize>(walk: &mut Walk<W>, states: &States<W>) -> Vec<Vec<(usize, usize)>> {
    let numbers = states.iter().enumerate().map(|(number, (_, key))| (*key, number));
    let numbers: HashMap<Key<W>, usize, rustc_hash::FxBuildHasher> = numbers.collect();
    // Here it matters which element leads to the least image.
    let mut quotient = walk.expander.quotient.take();
    let space = &walk.search.space;
    let mut edges = Vec::with_capacity(states.len());
    for (depth, key) in states {
        let mut next = Vec::new();
        each_successor(walk, key, *depth, |there| {
            let mut least = *there;
            // Every number of a closed graph fits.
            let by = quotient.as_mut().and_then(|quotient| {
                let reduced = quotient.reduce(space, &mut least, |part| space.layout.fields[part].get(there));
                reduced.ok().and_then(|()| quotient.between(space, there, &least))
            });
            next.extend(numbers.get(&least).map(|number| (*number, by.unwrap_or_default())));
        });
        edges.push(next);
    }
    walk.expander.quotient = quotient;
    edges
}

/// The images of a set of contexts. Bits of no context, of a crash, stay.
fn image(element: &Element, contexts: u64, count: usize) -> u64 {
    let images = (0..count).filter(|context| contexts >> context & 1 == 1).map(|context| 1 << element.context(context));
    images.fold(beyond(contexts, count), |all, image: u64| all | image)
}

/// The contexts whose images are in a set.
fn origin(element: &Element, contexts: u64, count: usize) -> u64 {
    let origins = (0..count).filter(|context| contexts >> element.context(*context) & 1 == 1);
    origins.fold(beyond(contexts, count), |all, context| all | 1 << context)
}

fn beyond(contexts: u64, count: usize) -> u64 {
    contexts & u64::MAX.checked_shl(count as u32).unwrap_or_default()
}

/// Notes the hangs of a state and of its images, if they are new, or if the state is nearer or smaller than the one that
/// is known.
fn note<const W: usize>(walk: &Walk<W>, key: &Key<W>, depth: u32, future: u64, kinds: &mut BTreeMap<Kind, Stuck<W>>) {
    let (space, system) = (&walk.search.space, walk.search.space.system);
    let known = space.state(key);
    let hit = Hit { key: *key, state: walk.state(key) };
    let contexts = system.program().contexts.len();
    let mut note = |end: &[u64], future: u64| {
        let pcs: Vec<Pc> = (0..contexts).map(|context| system.layout().pc(end, context)).collect();
        let stuck = |context: &usize| future >> context & 1 == 0 && system.unfinished(*context, pcs[*context]);
        let stuck: Vec<u16> = (0..contexts).filter(stuck).map(|context| context as u16).collect();
        let parked = pcs.contains(&Pc::Parked);
        for &context in &stuck {
            let kind = (context, pcs[usize::from(context)], parked);
            let better = |known: &Stuck<W>| (depth, &*hit.state, end) < (known.depth, &*known.hit.state, &*known.end);
            if kinds.get(&kind).is_none_or(better) {
                let (hit, end) = (hit.clone(), end.to_vec());
                kinds.insert(kind, Stuck { depth, hit, end, contexts: stuck.clone() });
            }
        }
    };
    note(&known, future);
    for element in space.symmetry.elements().iter().skip(1) {
        note(&element.state(system, &known), image(element, future, contexts));
    }
}
