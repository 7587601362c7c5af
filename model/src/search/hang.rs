//! Hangs: contexts in the middle of something that can never take another step, whatever the others do.

use std::collections::BTreeMap;

use super::path::{Hit, Path, Walk};
use crate::system::symmetry::Element;
use crate::system::{Pc, State};

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

/// Looks backward over the closed graph: which contexts can still step from each state.
pub(super) fn find<const W: usize>(walk: &mut Walk<W>) -> Vec<Hang> {
    let (future, most) = future(walk);
    let idle = !stuck_from_the_start(walk, most);
    let mut kinds: BTreeMap<Kind, Stuck<W>> = BTreeMap::new();
    let mut depth = 0;
    while !walk.level(depth).is_empty() {
        for index in walk.level(depth) {
            if idle && future[index] == most {
                continue;
            }
            let key = walk.search.store.key(index);
            // Most contexts that cannot step any more are over, parked or idle.
            if walk.expander.busy(&walk.search.space, &key) & !future[index] != 0 {
                note(walk, index, depth, future[index], &mut kinds);
            }
        }
        depth += 1;
    }
    let mut hangs: Vec<Hang> = Vec::new();
    for ((context, pc, parked), stuck) in kinds {
        let path = walk.run_to(&stuck.hit, stuck.depth, None, Some(&stuck.end));
        hangs.push(Hang { context, pc, stuck: stuck.contexts, parked, path });
    }
    hangs.sort_by_key(|hang| hang.path.steps.len());
    hangs
}

/// Whether somebody who never steps in any state is in the middle of something.
fn stuck_from_the_start<const W: usize>(walk: &Walk<W>, most: u64) -> bool {
    let system = walk.search.space.system;
    let mut never = (0..system.program().contexts.len()).filter(|context| most >> context & 1 == 0);
    let initial = system.initial();
    let stands = |context: usize, state: &State| system.unfinished(context, system.layout().pc(state, context));
    never.any(|context| initial.iter().any(|state| stands(context, state)))
}

/// Notes the hangs of a state and of its images, if they are new, or if the state is smaller than the one known at the
/// same depth.
fn note<const W: usize>(walk: &Walk<W>, index: usize, depth: u32, future: u64, kinds: &mut BTreeMap<Kind, Stuck<W>>) {
    let (search, system) = (walk.search, walk.search.space.system);
    let key = search.store.key(index);
    let known = search.space.state(&key);
    let hit = Hit { key, state: walk.state(&key) };
    let mut note = |end: &[u64], future: u64| {
        let contexts = system.program().contexts.len();
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
    for element in search.space.symmetry.elements().iter().skip(1) {
        note(&element.state(system, &known), image(element, future, system.program().contexts.len()));
    }
}

/// The images of a set of contexts. Bits of no context, of a crash, stay.
fn image(element: &Element, contexts: u64, count: usize) -> u64 {
    let images = (0..count).filter(|context| contexts >> context & 1 == 1).map(|context| 1 << element.context(context));
    images.fold(contexts >> count << count, |all, image: u64| all | image)
}

/// The contexts whose images are in a set.
fn origin(element: &Element, contexts: u64, count: usize) -> u64 {
    let origins = (0..count).filter(|context| contexts >> element.context(*context) & 1 == 1);
    origins.fold(contexts >> count << count, |all, context| all | 1 << context)
}

/// Per state, the contexts that can step there or later: the least fixpoint, reached in a few sweeps, backward and forward
/// in turn. And those who step anywhere: more cannot be.
fn future<const W: usize>(walk: &mut Walk<W>) -> (Vec<u64>, u64) {
    let (edges, mut future) = edges(walk);
    let elements = walk.search.space.symmetry.elements();
    let count = walk.search.space.system.program().contexts.len();
    let some = future.iter().fold(0, |all, mask| all | mask);
    let most = elements.iter().skip(1).fold(some, |most, element| most | image(element, some, count));
    let (mut changed, mut backward) = (true, true);
    while changed {
        changed = false;
        for step in 0..future.len() {
            let index = if backward { future.len() - 1 - step } else { step };
            if future[index] == most {
                continue;
            }
            let after = edges.of(index).fold(future[index], |mask, (next, by)| match by {
                0 => mask | future[next],
                _ => mask | origin(&elements[by], future[next], count),
            });
            changed |= after != future[index];
            future[index] = after;
        }
        backward = !backward;
    }
    (future, most)
}

/// Every edge of the closed graph: 4 bytes each, and 8 a state. (Measured on stores-two-mms with a second flusher: to
/// find the edges anew in each of the sweeps took four times as long as the search itself.)
struct Edges {
    starts: Vec<usize>,
    targets: Vec<u32>,
    /// The element that makes where each edge leads its target; none if there are no others.
    by: Vec<u8>,
}

impl Edges {
    fn of(&self, index: usize) -> impl Iterator<Item = (usize, usize)> {
        let end = self.starts.get(index + 1).map_or(self.targets.len(), |end| *end);
        let edges = self.starts[index]..end;
        edges.map(|edge| (self.targets[edge] as usize, self.by.get(edge).copied().unwrap_or_default().into()))
    }
}

/// The edges, and who can step from each state.
fn edges<const W: usize>(walk: &mut Walk<W>) -> (Edges, Vec<u64>) {
    let search = walk.search;
    let mut edges = Edges { starts: Vec::with_capacity(search.store.len()), targets: Vec::new(), by: Vec::new() };
    let mut enabled = Vec::with_capacity(search.store.len());
    // Here it matters which element leads to the least image.
    let mut quotient = walk.expander.quotient.take();
    for index in 0..search.store.len() {
        edges.starts.push(edges.targets.len());
        let successors = walk.expander.successors(&search.space, &search.store.key(index), 0, |_, next| {
            let mut least = *next;
            // Every number of a closed graph fits.
            let by = quotient.as_mut().map(|quotient| {
                let reduced = quotient.reduce(&search.space, &mut least);
                reduced.ok().and_then(|()| quotient.between(&search.space, next, &least)).unwrap_or_default()
            });
            // The graph is closed: there is no other answer.
            let Some(target) = search.store.find(&least) else { return };
            edges.targets.push(target as u32);
            edges.by.extend(by.map(|by| by as u8));
        });
        enabled.push(successors.map_or(0, |(_, enabled)| enabled));
    }
    walk.expander.quotient = quotient;
    (edges, enabled)
}
