//! The lock order: an edge from each class held to each class awaited, over all states found; cycles violate S14.

use std::collections::BTreeMap;

use super::bfs::{Found, Graph};
use super::path::{self, Path};
use super::store::ROOT;
use crate::system::Scratch;

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

type Edges = BTreeMap<(u16, u16), (u32, u16)>;

/// The elementary cycles, shortest first per pair of classes, each as its edges.
pub(super) fn cycles(graph: &Graph, scratch: &mut Scratch) -> Vec<Vec<LockEdge>> {
    let edges = edges(graph);
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
    let edge = |key: &(u16, u16), scratch: &mut Scratch| {
        let (state, context) = edges[key];
        let path = path::to(graph, Found { state, step: None }, scratch);
        LockEdge { held: key.0, awaited: key.1, context, path }
    };
    cycles.iter().map(|cycle| cycle.iter().map(|key| edge(key, scratch)).collect()).collect()
}

/// Every edge, with the first state in which it occurs.
fn edges(graph: &Graph) -> Edges {
    let mut edges = Edges::new();
    for (context, steps) in graph.reached.iter().enumerate() {
        let infos = &graph.system.program().contexts[context].code.steps;
        for (step, &state) in steps.iter().enumerate().filter(|(_, state)| **state != ROOT) {
            for &held in &infos[step].attrs.held {
                for &awaited in &infos[step].awaits {
                    let first = edges.entry((held, awaited)).or_insert((state, context as u16));
                    *first = (*first).min((state, context as u16));
                }
            }
        }
    }
    edges
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
