//! Breadth-first search, level by level: the first run to a violation is a shortest one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::store::{ROOT, Store};
use super::*;
use crate::system::{End, Outcome, Pc, Scratch, System};

/// States expanded between two looks at the clock.
const PERIOD: usize = 4096;

/// A violation: the state from which it happens, and the step that does it; `None` if the state itself violates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub state: u32,
    pub step: Option<(u16, u32)>,
}

/// The graph as far as it was explored.
pub(super) struct Graph<'a> {
    pub system: &'a System,
    pub store: Store,
    /// Where the successors of each expanded state begin in `edges`.
    pub starts: Vec<u32>,
    pub edges: Vec<u32>,
    /// Contexts that can step in each expanded state.
    pub enabled: Vec<u64>,
    /// The first state in which a context stands at a step, by context and step.
    pub reached: Vec<Vec<u32>>,
}

struct Search<'a> {
    graph: Graph<'a>,
    found: BTreeMap<u16, Found>,
    witnessed: ClaimSet,
    cuts: BTreeSet<Cut>,
    transitions: u64,
    /// The state being expanded.
    current: Vec<u64>,
}

/// Explores the system. `progress` is called now and then; it returns false to interrupt.
///
/// Deterministic: the result depends on the system and, where a bound is hit, on the bound.
pub fn explore(system: &System, limits: &Limits, progress: &mut dyn FnMut(Progress) -> bool) -> Exploration {
    let started = Instant::now();
    let mut scratch = system.scratch();
    let mut search = Search::new(system);
    search.seed(&mut scratch);
    let (mut depth, mut level_end) = (0, search.graph.store.len());
    let mut levels = vec![level_end as u64];
    let mut bound = None;
    let mut next = 0;
    while next < search.graph.store.len() && bound.is_none() {
        if next == level_end {
            depth += 1;
            levels.push((search.graph.store.len() - level_end) as u64);
            level_end = search.graph.store.len();
        }
        search.expand(next, &mut scratch);
        next += 1;
        if next.is_multiple_of(PERIOD) {
            let frontier = (search.graph.store.len() - next) as u64;
            let report = Progress {
                states: search.graph.store.len() as u64,
                transitions: search.transitions,
                frontier,
                depth,
                levels: levels.clone(),
                elapsed: started.elapsed(),
            };
            bound = search.bound(limits, progress(report));
        }
    }
    Exploration { levels, ..search.finish(next, depth, bound, scratch, started) }
}

impl<'a> Search<'a> {
    fn new(system: &'a System) -> Self {
        let contexts = &system.program().contexts;
        Search {
            graph: Graph {
                system,
                store: Store::new(system.layout().words()),
                starts: Vec::new(),
                edges: Vec::new(),
                enabled: Vec::new(),
                reached: contexts.iter().map(|c| vec![ROOT; c.code.steps.len()]).collect(),
            },
            found: BTreeMap::new(),
            witnessed: ClaimSet::default(),
            cuts: BTreeSet::new(),
            transitions: 0,
            current: Vec::new(),
        }
    }

    fn seed(&mut self, scratch: &mut Scratch) {
        let system = self.graph.system;
        let (states, violated) = system.beginnings();
        for state in states {
            let (index, _) = self.graph.store.insert(&state, ROOT);
            self.note(index, (violated, ClaimSet::default()));
            system.load(&state, scratch);
            let judged = system.judge(scratch);
            self.note(index, judged);
            for context in 0..system.program().contexts.len() {
                self.reach(context, system.pcs(scratch)[context], index);
            }
        }
    }

    /// Takes every step that is enabled in a state.
    fn expand(&mut self, index: usize, scratch: &mut Scratch) {
        let system = self.graph.system;
        let mut state = std::mem::take(&mut self.current);
        state.clear();
        state.extend_from_slice(self.graph.store.state(index));
        self.graph.starts.push(self.graph.edges.len() as u32);
        let mut enabled = 0u64;
        system.load(&state, scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, scratch, context, &mut |scratch, choice, outcome| {
                enabled |= self.record(index as u32, &state, scratch, context, choice, outcome);
            });
        }
        self.graph.enabled.push(enabled);
        self.current = state;
    }

    /// Notes one transition; yields the contexts that made progress by it.
    fn record(
        &mut self,
        index: u32,
        state: &[u64],
        scratch: &mut Scratch,
        context: usize,
        choice: u32,
        outcome: &Outcome,
    ) -> u64 {
        let system = self.graph.system;
        self.transitions += 1;
        self.witnessed = self.witnessed.union(outcome.witnessed);
        for claim in outcome.violated.iter() {
            let step = Some((context as u16, choice));
            self.found.entry(claim).or_insert(Found { state: index, step });
        }
        let mut progress = 1 << context;
        match &outcome.end {
            End::Cut(cut) => {
                self.cuts.insert(cut.clone());
            }
            // A path that ends in a crash counts as progress for everybody: S0 tells of it, no hang does.
            End::Crash(..) => progress = u64::MAX,
            End::At(pc) => {
                let next = system.next(state, scratch, context, outcome);
                let (next, new) = self.graph.store.insert(next, index);
                self.graph.edges.push(next);
                if new {
                    let judged = system.judge_changed(scratch);
                    self.note(next, judged);
                    self.reach(context, *pc, next);
                }
            }
        }
        progress
    }

    fn note(&mut self, index: u32, (violated, exercised): (ClaimSet, ClaimSet)) {
        self.witnessed = self.witnessed.union(exercised);
        for claim in violated.iter() {
            self.found.entry(claim).or_insert(Found { state: index, step: None });
        }
    }

    fn reach(&mut self, context: usize, pc: Pc, index: u32) {
        if let Pc::At(step) = pc {
            let first = &mut self.graph.reached[context][usize::from(step)];
            *first = (*first).min(index);
        }
    }

    fn bytes(&self) -> u64 {
        let graph = &self.graph;
        let edges = graph.edges.capacity() * 4 + graph.starts.capacity() * 4 + graph.enabled.capacity() * 8;
        graph.store.bytes() + edges as u64
    }

    fn bound(&self, limits: &Limits, go_on: bool) -> Option<Bound> {
        if !go_on {
            return Some(Bound::Interrupted);
        }
        if self.bytes() > limits.memory {
            return Some(Bound::Memory(limits.memory));
        }
        limits.deadline.is_some_and(|deadline| Instant::now() > deadline).then_some(Bound::Time)
    }

    fn finish(
        self,
        expanded: usize,
        depth: u32,
        bound: Option<Bound>,
        mut scratch: Scratch,
        started: Instant,
    ) -> Exploration {
        let (states, bytes) = (self.graph.store.len() as u64, self.bytes());
        let coverage = match bound {
            Some(bound) if expanded < self.graph.store.len() => {
                Coverage::Cut { bound, frontier: states - expanded as u64 }
            }
            _ => Coverage::Complete(Complete { states, depth }),
        };
        let closed = matches!(coverage, Coverage::Complete(_)) && self.cuts.is_empty();
        let hangs = if closed { hang::find(&self.graph, &mut scratch) } else { Vec::new() };
        let paths = self.found.iter().map(|(claim, found)| (*claim, path::to(&self.graph, *found, &mut scratch)));
        let violations = paths.collect();
        let lock_cycles = locks::cycles(&self.graph, &mut scratch);
        Exploration {
            coverage,
            states,
            transitions: self.transitions,
            depth,
            levels: Vec::new(),
            violations,
            hangs,
            lock_cycles,
            witnessed: self.witnessed,
            cuts: self.cuts,
            covered: scratch.covered,
            bytes,
            elapsed: started.elapsed(),
        }
    }
}
