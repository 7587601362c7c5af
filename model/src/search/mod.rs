//! Search: exact, breadth first, shortest counterexamples. Knows states and contexts, nothing of pages.
//!
//! A state is a tuple: `values` numbers what memory and each component can be, `key` packs the numbers, `states` is the
//! set of keys, in `table` if they are short, and `levels` keeps them by depth. `expand` finds successors, `rows` and
//! `effect` remember them; `quotient` takes states for one that differ by a renaming; `bfs` goes level by level, with
//! `workers` as its threads; `notes` keeps how near what was found. Afterwards `path` walks back to the start, `hang` looks
//! for contexts that cannot go on, `locks` for cycles in the lock order. `explore` is the whole of it; `checkpoint` writes
//! it down. `switches` and `liveness` are searches of their own, for runs with few context switches and for fair lassos.
//! Only a drained frontier makes a [`Complete`].

mod bfs;
mod checkpoint;
mod effect;
mod expand;
mod explore;
mod hang;
mod key;
mod levels;
pub mod liveness;
mod locks;
mod notes;
mod path;
mod quotient;
mod rows;
mod states;
mod switches;
mod table;
mod values;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::system::{ClaimSet, Cut, Ran, System};

pub use checkpoint::{Checkpoint, RestoreError, Snapshot};
pub use explore::{Ask, explore, explore_asking, explore_kept};
pub use hang::Hang;
pub use locks::LockEdge;
pub use path::Path;
pub use switches::{Fewest, fewest_switches};

/// What a search may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes for states and all that belongs to them.
    pub memory: u64,
    /// When to stop.
    pub deadline: Option<Instant>,
    /// Threads of one search.
    pub threads: usize,
    /// Whether to look for hangs in the closed graph.
    pub hangs: bool,
    /// Whether one state is kept for all that differ by a renaming of like objects and contexts.
    pub symmetry: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { memory: 4 << 30, deadline: None, threads: 1, hangs: true, symmetry: false }
    }
}

/// How far a search is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// States found.
    pub states: u64,
    /// Transitions taken.
    pub transitions: u64,
    /// States found but not expanded.
    pub frontier: u64,
    /// Steps from the start.
    pub depth: u32,
    /// States of each depth so far, the one being expanded included.
    pub levels: Vec<u64>,
    /// Since the search began.
    pub elapsed: Duration,
}

/// Is offered snapshots of a running search; told whether one is the last.
pub type Keep<'k> = dyn FnMut(&dyn Snapshot, bool) + 'k;

/// Proof that the frontier was drained. Only this module can make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    states: u64,
    depth: u32,
}

impl Complete {
    /// States in all.
    pub fn states(&self) -> u64 {
        self.states
    }

    /// Steps from the start to the farthest state.
    pub fn depth(&self) -> u32 {
        self.depth
    }
}

/// Why a search stopped before its frontier was drained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The memory limit, in bytes.
    Memory(u64),
    /// The time limit.
    Time,
    /// The user.
    Interrupted,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Every state was found and expanded.
    Complete(Complete),
    /// It stopped with states left to expand.
    Cut {
        /// Why.
        bound: Bound,
        /// States found but not expanded.
        frontier: u64,
    },
}

/// A step head that some context reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    /// Context.
    pub context: u16,
    /// Step.
    pub step: u16,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// How it ended.
    pub coverage: Coverage,
    /// States found.
    pub states: u64,
    /// Transitions taken.
    pub transitions: u64,
    /// Steps to the deepest state found.
    pub depth: u32,
    /// States of each depth that the search began to expand.
    pub levels: Vec<u64>,
    /// The shortest run to a violation, per claim.
    pub violations: BTreeMap<u16, Path>,
    /// Contexts that can get stuck for ever; empty unless the search is complete and nothing was cut.
    pub hangs: Vec<Hang>,
    /// Cycles in the lock order, each as its edges.
    pub lock_cycles: Vec<Vec<LockEdge>>,
    /// Claims that were exercised.
    pub witnessed: ClaimSet,
    /// Paths that were not followed, and why.
    pub cuts: BTreeSet<Cut>,
    /// How many renamings there were under which states counted as one: at most so many states are one. 1: none.
    pub symmetry: usize,
    /// What ran of each op, per context.
    pub covered: Vec<Vec<Ran>>,
    /// Bytes held for states, table and edges.
    pub bytes: u64,
    /// Time taken.
    pub elapsed: Duration,
}

impl Exploration {
    /// The proof of completeness, if every path was followed to its end.
    pub fn complete(&self) -> Option<&Complete> {
        match &self.coverage {
            Coverage::Complete(complete) if self.cuts.is_empty() => Some(complete),
            _ => None,
        }
    }
}

/// Explores without progress reports.
pub fn explore_quietly(system: &System, limits: &Limits) -> Exploration {
    explore(system, limits, &mut |_| true)
}
