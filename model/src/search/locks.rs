//! The lock order: an edge from each class held to each class awaited, over all states found; cycles violate S14.

use std::collections::BTreeMap;

use super::notes::NEVER;
use super::path::{Path, Walk};
use crate::system::Pc;

/// A class of locks is awaited while another is held.
#[derive(Clone, Debug)]
pub struct LockEdge {
    /// Class held (index into [`crate::lang::program::Program::lock_classes`]).
    pub held: u16,
    /// Class awaited.
    pub awaited: u16,
    /// Who does it.
    pub context: u16,
    /// A shortest run to it.
    pub path: Path,
}

/// Where an edge occurs first: how deep, by whom, at which step.
type Edges = BTreeMap<(u16, u16), (u32, u16, u16)>;

/// The elementary cycles, shortest first per pair of classes, each as its edges.
pub(super) fn cycles<const W: usize>(walk: &mut Walk<W>) -> Vec<Vec<LockEdge>> {
    let edges = edges(walk);
    let mut cycles: Vec<Vec<(u16, u16)>> = Vec::new();
    for &(held, awaited) in edges.keys() {
        if let Some(back) = shortest(&edges, awaited, held) {
            let mut cycle = vec![(held, awaited)];
            cycle.extend(back);
            let smallest = cycle.iter().min().copied();
            if let Some(at) = cycle.iter().position(|e| Some(*e) == smallest) {
                cycle.rotate_left(at);
            }
            if !cycles.contains(&cycle) {
                cycles.push(cycle);
            }
        }
    }
    let mut edge = |key: &(u16, u16)| {
        let (depth, context, step) = edges[key];
        LockEdge { held: key.0, awaited: key.1, context, path: run_to_step(walk, depth, context, step) }
    };
    cycles.iter().map(|cycle| cycle.iter().map(&mut edge).collect()).collect()
}

/// Every edge, with the first step at which it occurs.
fn edges<const W: usize>(walk: &Walk<W>) -> Edges {
    let mut edges = Edges::new();
    let program = walk.search.space.system.program();
    for (context, steps) in walk.search.noted.reached.iter().enumerate() {
        let infos = &program.contexts[context].code.steps;
        for (step, &depth) in steps.iter().enumerate().filter(|(_, depth)| **depth != NEVER) {
            for &held in &infos[step].attrs.held {
                for &awaited in &infos[step].awaits {
                    let here = (depth, context as u16, step as u16);
                    let first = edges.entry((held, awaited)).or_insert(here);
                    *first = (*first).min(here);
                }
            }
        }
    }
    edges
}

/// A shortest run to a state in which a context stands at a step.
fn run_to_step<const W: usize>(walk: &mut Walk<W>, depth: u32, context: u16, step: u16) -> Path {
    let (system, symmetry) = (walk.search.space.system, &walk.search.space.symmetry);
    let stands = |state: &[u64]| system.layout().pc(state, usize::from(context)) == Pc::At(step);
    // A state stands for all its images.
    let image = |state: &[u64]| {
        let mut images = symmetry.elements().iter().map(|element| element.state(system, state).into_vec());
        if stands(state) { Some(state.to_vec()) } else { images.find(|image| stands(image)) }
    };
    let level = walk.search.levels.level(depth);
    let hit = walk.smallest(level, |walk, key| image(&walk.search.space.state(key)).is_some());
    hit.map_or(Path { initial: 0, steps: Vec::new() }, |hit| {
        walk.run_to(&hit, depth, None, image(&hit.state).as_deref())
    })
}

/// A shortest way over edges from one class to another; empty if they are the same.
fn shortest(edges: &Edges, from: u16, to: u16) -> Option<Vec<(u16, u16)>> {
    let mut ways = BTreeMap::from([(from, Vec::new())]);
    let mut queue = std::collections::VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            return ways.remove(&at);
        }
        for &(held, awaited) in edges.keys().filter(|(held, _)| *held == at) {
            if !ways.contains_key(&awaited) {
                let mut way = ways[&at].clone();
                way.push((held, awaited));
                ways.insert(awaited, way);
                queue.push_back(awaited);
            }
        }
    }
    None
}
