//! Complete graphs of both engines.

use std::collections::{BTreeMap, BTreeSet};

use pinright_model::lang::source::SourceMap;
use pinright_model::reference::{Exploration, Interpreter, LimitReached};

use super::packed::Packed;
use super::show::Teller;

/// The claim that a graph exercises if somebody pins in it.
const PINNED: &str = "S7";

/// What was the same in two graphs. The graphs themselves are large.
#[derive(Debug, Default)]
pub struct Summary {
    pub states: usize,
    pub edges: usize,
    pub crashes: usize,
    pub cuts: usize,
    pub violated: BTreeMap<String, usize>,
    pub witnessed: BTreeSet<String>,
}

impl Summary {
    fn of(graph: Exploration) -> Self {
        Summary {
            states: graph.states.len(),
            edges: graph.edges.len(),
            crashes: graph.crashes.len(),
            cuts: graph.cuts.len(),
            violated: graph.violated,
            witnessed: graph.witnessed,
        }
    }

    /// Whether somebody pinned.
    pub fn pins(&self) -> bool {
        self.witnessed.contains(PINNED)
    }

    /// Adds another graph's counts, and its claims.
    pub fn add(&mut self, other: &Summary) {
        self.states += other.states;
        self.edges += other.edges;
        self.crashes += other.crashes;
        self.cuts += other.cuts;
        self.violated.extend(other.violated.clone());
        self.witnessed.extend(other.witnessed.clone());
    }
}

/// Explores with both engines, and tells what differs; `None` if the packed engine finds more than `limit` states.
pub fn compare(
    interpreter: &Interpreter,
    packed: &Packed,
    sources: &SourceMap,
    limit: usize,
) -> Result<Option<Summary>, String> {
    let Some(ours) = packed.explore(limit) else { return Ok(None) };
    // The interpreter also tells states apart by dead locals: a few in a hundred more where we measured.
    let interpreted = interpreter.explore(limit * 4).map_err(|error| match error {
        LimitReached::States => format!("{} states, but the interpreter finds no end", ours.raw_states),
        LimitReached::Refused(e) => format!("the interpreter refuses: {}", e.message),
    })?;
    Teller::new(packed.system(), sources).graphs(&interpreted, &ours)?;
    Ok(Some(Summary::of(ours)))
}
