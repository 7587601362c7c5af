//! What can still happen from one state: the shortest run from there to a violation of a claim.
//!
//! A small search beside the real one: it begins anywhere, keeps parents, and is bounded by a number of states. It says
//! nothing about claims that are judged on what never happens, such as hangs.

use std::collections::HashSet;
use std::time::Instant;

use crate::system::{End, State, System};

/// When to give up.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// States to keep.
    pub states: usize,
    /// Point in time.
    pub deadline: Instant,
}

/// What a search from a state came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// A shortest run: context and choice of each step.
    Found(Vec<(u16, u32)>),
    /// Every state that can follow was seen, and no step violates the claim.
    Never {
        /// How many there are, the first included.
        states: usize,
    },
    /// A bound, or a value that left its width, ended the search.
    Undecided {
        /// States seen.
        states: usize,
    },
}

/// A state that was found, and the step that led to it.
struct Node {
    state: State,
    from: Option<(usize, u16, u32)>,
}

/// Looks for the shortest run from a state to a step that violates the claim, breadth first.
pub fn ahead(system: &System, from: &State, claim: u16, bounds: Bounds) -> Ahead {
    let mut nodes = vec![Node { state: from.clone(), from: None }];
    let mut known = HashSet::from([from.clone()]);
    let mut scratch = system.scratch();
    let mut cut = false;
    let mut at = 0;
    while at < nodes.len() {
        if nodes.len() > bounds.states || Instant::now() > bounds.deadline {
            return Ahead::Undecided { states: nodes.len() };
        }
        let state = nodes[at].state.clone();
        let mut violating = None;
        system.load(&state, &mut scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, context, &mut |scratch, choice, outcome| {
                if matches!(outcome.end, End::Cut(_)) {
                    cut = true;
                    return;
                }
                let next: State = system.next(&state, scratch, context, outcome).into();
                let crashed = matches!(outcome.end, End::Crash(..));
                let judged = if crashed { outcome.violated } else { outcome.violated.union(system.judge(scratch).0) };
                if violating.is_none() && judged.contains(claim) {
                    violating = Some((at, context as u16, choice));
                }
                if !crashed && known.insert(next.clone()) {
                    nodes.push(Node { state: next, from: Some((at, context as u16, choice)) });
                }
            });
        }
        if let Some(last) = violating {
            return Ahead::Found(run(&nodes, last));
        }
        at += 1;
    }
    match cut {
        true => Ahead::Undecided { states: nodes.len() },
        false => Ahead::Never { states: nodes.len() },
    }
}

/// The steps from the first state to the last one, backward over the parents.
fn run(nodes: &[Node], last: (usize, u16, u32)) -> Vec<(u16, u32)> {
    let mut steps = Vec::new();
    let mut step = Some(last);
    while let Some((parent, context, choice)) = step {
        steps.push((context, choice));
        step = nodes[parent].from;
    }
    steps.reverse();
    steps
}
