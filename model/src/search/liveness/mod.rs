//! Liveness: "from P, eventually Q", on the strongly connected components of a closed graph.
//!
//! It is violated by a lasso: a run to a state where P holds, then states in which Q never holds, and at last a cycle
//! that fairness allows to be repeated for ever. Everything here works on the small trait [`Graph`]; `system_graph` makes
//! one of a system, with `contexts` as its processes, and `wanted` says what can be asked of it. `components` finds
//! strongly connected components, `fair` those that a fair cycle can stay in, `lasso` builds the run.
//!
//! A process is a bit: whatever fairness speaks about. A run may also stop for ever (it stutters), where nothing that
//! can happen has to. This is the check of Lichtenstein and Pnueli (POPL 1985) for one response property, with strong
//! fairness as in Emerson and Lei (1987): states that ask for what a component cannot give are taken out, and the rest
//! is decomposed again.

mod components;
mod contexts;
mod fair;
mod lasso;
mod system_graph;
mod wanted;

use serde::{Deserialize, Serialize};

pub use contexts::Contexts;
pub(in crate::search) use system_graph::decide;
pub use system_graph::{Findings, Liveness, Missing, Round, examine};
pub use wanted::Wanted;

/// Properties and processes, a bit each.
const MOST: usize = 64;

/// Processes, a bit each.
pub type Processes = u64;

/// How much fairness is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fairness {
    /// None: everybody may stop for ever, anywhere.
    None,
    /// Weak: whoever can step from some point on without a break does step.
    Weak,
    /// Weak, and strong where a process waits for a lock or a wait bit: whoever can go on again and again does.
    StrongAwaits,
}

/// What fairness demands in a state. Only processes that can step there are in these sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duties {
    /// They step if they are in this set without a break.
    pub weak: Processes,
    /// They step if they are in this set again and again; the awaits of locks and wait bits.
    pub awaits: Processes,
    /// As `awaits`, under weak fairness already: a choice that is made fairly, such as an I/O that completes.
    pub strong: Processes,
}

impl Duties {
    /// Those that must not be kept waiting without a break, and those that must not be kept waiting again and again.
    pub fn at(self, fairness: Fairness) -> (Processes, Processes) {
        match fairness {
            Fairness::None => (0, 0),
            Fairness::Weak => (self.weak | self.awaits, self.strong),
            Fairness::StrongAwaits => (self.weak, self.strong | self.awaits),
        }
    }
}

/// A transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The state it leads to; `None` where the run ends in another way, which no liveness claim is about.
    pub to: Option<u32>,
    /// Processes that step by it.
    pub by: Processes,
}

/// A finite graph of all reachable states, each state numbered.
pub trait Graph {
    /// Number of states.
    fn states(&self) -> usize;
    /// The states that runs begin in.
    fn initial(&self) -> &[u32];
    /// Number of transitions out of a state.
    fn degree(&self, state: u32) -> usize;
    /// One of them.
    fn edge(&self, state: u32, index: usize) -> Edge;
    /// What fairness demands in a state.
    fn duties(&self, state: u32) -> Duties;

    /// Calls `f` for each transition that leads to a state, with its index.
    fn each(&self, state: u32, mut f: impl FnMut(usize, u32, Processes)) {
        for index in 0..self.degree(state) {
            let edge = self.edge(state, index);
            if let Some(to) = edge.to {
                f(index, to, edge.by);
            }
        }
    }
}

/// One property: from each state where `from` holds, eventually one where `until` holds.
pub struct Response<'a> {
    /// P.
    pub from: &'a dyn Fn(u32) -> bool,
    /// Q.
    pub until: &'a dyn Fn(u32) -> bool,
}

/// A transition of a run: the state it leaves, and its index there.
pub type Taken = (u32, usize);

/// A run that violates a response property and can go on for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasso {
    /// The state that it begins in.
    pub initial: u32,
    /// The way to the cycle.
    pub stem: Vec<Taken>,
    /// The cycle. Empty: nothing happens any more, and nothing has to.
    pub cycle: Vec<Taken>,
}

/// What is known about a response property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds; the least fairness that is enough, and a lasso that the next weaker one allows.
    Holds {
        /// The least fairness that is enough.
        needs: Fairness,
        /// What could happen with less of it; `None` if no fairness is needed at all.
        without: Option<Lasso>,
    },
    /// It is violated, even by a run that is fair in every respect.
    Violated(Lasso),
}

/// Decides a response property.
pub fn respond(graph: &impl Graph, property: &Response) -> Answer {
    let region = lasso::Region::new(graph, property);
    let found = |fairness| lasso::find(graph, &region, fairness);
    if let Some(lasso) = found(Fairness::StrongAwaits) {
        return Answer::Violated(lasso);
    }
    let weaker = [(Fairness::Weak, Fairness::StrongAwaits), (Fairness::None, Fairness::Weak)];
    for (assumed, needs) in weaker {
        if let Some(lasso) = found(assumed) {
            return Answer::Holds { needs, without: Some(lasso) };
        }
    }
    Answer::Holds { needs: Fairness::None, without: None }
}
