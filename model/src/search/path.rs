//! Runs: from the index of a state back to the start, and forward again as steps.

use super::bfs::{Found, Graph};
use super::store::ROOT;
use crate::system::{End, Scratch};

/// A run: an initial state and steps, each a context and its choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Which of the system's initial states, in their order.
    pub initial: usize,
    /// Steps.
    pub steps: Vec<(u16, u32)>,
}

/// The run to a violation. Parents are first discoverers, so it is a shortest one.
pub(super) fn to(graph: &Graph, found: Found, scratch: &mut Scratch) -> Path {
    let mut chain = vec![found.state as usize];
    while let Some(parent) = chain.last().map(|last| graph.store.parent(*last)).filter(|p| *p != ROOT) {
        chain.push(parent as usize);
    }
    chain.reverse();
    let first = graph.store.state(chain[0]);
    let initial = graph.system.initial().iter().position(|s| **s == *first).unwrap_or(0);
    let steps = chain.windows(2).filter_map(|pair| step(graph, pair[0], pair[1], scratch));
    Path { initial, steps: steps.chain(found.step).collect() }
}

/// The first step, by context and choice, that leads from one state to the other.
fn step(graph: &Graph, from: usize, to: usize, scratch: &mut Scratch) -> Option<(u16, u32)> {
    let system = graph.system;
    let (from, to) = (graph.store.state(from), graph.store.state(to));
    system.load(from, scratch);
    let mut found = None;
    for context in 0..system.program().contexts.len() {
        system.each_choice(from, scratch, context, &mut |scratch, choice, outcome| {
            let ends = matches!(outcome.end, End::At(_));
            if found.is_none() && ends && system.next(from, scratch, context, outcome) == to {
                found = Some((context as u16, choice));
            }
        });
        if found.is_some() {
            break;
        }
    }
    found
}
