//! The graph of a system, and what is asked about it.
//!
//! It is built apart from the search for safety, because it keeps every edge with who steps: for populations of up to a
//! million states or so. Where a bound is hit or a path was cut, nothing holds; but a lasso is one all
//! the same, because what can happen in the states that it visits is known.

use std::hash::Hasher;
use std::time::Instant;

use hashbrown::HashTable;

use super::contexts::Contexts;
use super::{Answer, Duties, Edge, Fairness, Graph, Lasso, MOST, Processes, Response, Wanted, respond};
use crate::search::{Limits, Path, Progress};
use crate::system::{Cut, End, Outcome, Scratch, System};

/// States expanded between two looks at the clock.
const PERIOD: usize = 4096;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The graph needs more than this many bytes.
    Memory(u64),
    /// The time limit.
    Time,
    /// The user.
    Interrupted,
    /// A path was cut.
    Cut(Cut),
    /// More properties or processes than there are bits.
    TooMany,
}

/// A run that goes round for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// The whole run, once around.
    pub path: Path,
    /// Steps before the cycle.
    pub stem: usize,
}

/// What is known about one property.
#[derive(Clone, Debug)]
pub enum Liveness {
    /// It holds.
    Holds {
        /// The least fairness that is enough.
        needs: Fairness,
        /// What could happen with less.
        without: Option<Round>,
    },
    /// It is violated, fairly.
    Violated(Round),
}

/// What is known about the properties that were asked.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// One answer for each property; only violations if something is missing.
    pub answers: Vec<(Wanted, Liveness)>,
    /// Whether some state asked for it, for each property.
    pub asked: Vec<bool>,
    /// Why a property without an answer is open.
    pub missing: Option<Missing>,
    /// States of the graph.
    pub states: u64,
}

/// Decides properties of a system. `go_on` is told now and then, and returns false to interrupt.
pub fn examine(
    system: &System,
    limits: &Limits,
    wanted: Vec<Wanted>,
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> Findings {
    if wanted.is_empty() {
        return Findings::default();
    }
    let missing = |missing| Findings { missing: Some(missing), ..Findings::default() };
    let Some(contexts) = Contexts::of(system).filter(|_| wanted.len() <= MOST) else {
        return missing(Missing::TooMany);
    };
    let mut builder = Builder::new(system, contexts, &wanted);
    let missing = builder.build(limits, go_on).err().or(builder.cut.take());
    let mut graph = builder.graph;
    graph.keep_expanded();
    let mut findings = Findings { states: graph.duties.len() as u64, missing, ..Findings::default() };
    for (bit, wanted) in wanted.into_iter().enumerate() {
        let from = |state: u32| graph.from[state as usize] >> bit & 1 == 1;
        let until = |state: u32| graph.until[state as usize] >> bit & 1 == 1;
        let asked = (0..graph.duties.len() as u32).any(|state| from(state) && !until(state));
        let answer = match respond(&graph, &Response { from: &from, until: &until }) {
            Answer::Holds { needs, without } => {
                Liveness::Holds { needs, without: without.map(|lasso| graph.round(&lasso)) }
            }
            Answer::Violated(lasso) => Liveness::Violated(graph.round(&lasso)),
        };
        if findings.missing.is_none() || matches!(answer, Liveness::Violated(_)) {
            findings.answers.push((wanted, answer));
            findings.asked.push(asked);
        }
    }
    findings
}

/// A transition as it is stored.
#[derive(Clone, Copy)]
struct Step {
    to: u32,
    context: u16,
    fairly: bool,
    choice: u32,
}

/// No state that is known: the path ends in a crash, and S0 tells of it, or it was not followed.
const ELSEWHERE: u32 = u32::MAX;

/// The graph.
#[derive(Default)]
struct Closed {
    initial: Vec<u32>,
    starts: Vec<usize>,
    steps: Vec<Step>,
    duties: Vec<Duties>,
    /// Properties that each state asks for, and that it fulfils.
    from: Vec<u64>,
    until: Vec<u64>,
    /// The bit of each context's fair choices.
    choosers: Vec<Processes>,
}

impl Graph for Closed {
    fn states(&self) -> usize {
        self.duties.len()
    }

    fn initial(&self) -> &[u32] {
        &self.initial
    }

    fn degree(&self, state: u32) -> usize {
        self.end(state) - self.starts[state as usize]
    }

    fn edge(&self, state: u32, index: usize) -> Edge {
        let step = self.steps[self.starts[state as usize] + index];
        let context = usize::from(step.context);
        let fairly = if step.fairly { self.choosers[context] } else { 0 };
        Edge { to: (step.to != ELSEWHERE).then_some(step.to), by: 1 << context | fairly }
    }

    fn duties(&self, state: u32) -> Duties {
        self.duties[state as usize]
    }
}

impl Closed {
    fn end(&self, state: u32) -> usize {
        self.starts.get(state as usize + 1).copied().unwrap_or(self.steps.len())
    }

    /// Forgets states whose steps are not known: a run may go there, and nothing is said of what follows.
    fn keep_expanded(&mut self) {
        let expanded = self.duties.len() as u32;
        self.initial.retain(|state| *state < expanded);
        self.steps.iter_mut().filter(|step| step.to >= expanded).for_each(|step| step.to = ELSEWHERE);
    }

    fn round(&self, lasso: &Lasso) -> Round {
        let taken = lasso.stem.iter().chain(&lasso.cycle);
        let steps = taken.map(|(state, index)| self.steps[self.starts[*state as usize] + index]);
        let steps = steps.map(|step| (step.context, step.choice)).collect();
        let initial = self.initial.iter().position(|state| *state == lasso.initial).unwrap_or_default();
        Round { path: Path { initial, steps }, stem: lasso.stem.len() }
    }

    fn bytes(&self) -> u64 {
        let steps = self.steps.capacity() * size_of::<Step>() + self.starts.capacity() * size_of::<usize>();
        let asked = (self.from.capacity() + self.until.capacity()) * size_of::<u64>();
        (steps + asked + self.duties.capacity() * size_of::<Duties>()) as u64
    }
}

/// Explores, breadth first.
struct Builder<'a> {
    system: &'a System,
    contexts: Contexts<'a>,
    wanted: &'a [Wanted],
    words: usize,
    /// The state being expanded.
    current: Vec<u64>,
    states: Vec<u64>,
    table: HashTable<u32>,
    graph: Closed,
    /// A path that was cut.
    cut: Option<Missing>,
}

impl<'a> Builder<'a> {
    fn new(system: &'a System, contexts: Contexts<'a>, wanted: &'a [Wanted]) -> Self {
        let choosers = (0..system.program().contexts.len()).map(|context| contexts.chooser(context)).collect();
        Builder {
            system,
            contexts,
            wanted,
            words: system.layout().words(),
            current: Vec::new(),
            states: Vec::new(),
            table: HashTable::new(),
            graph: Closed { choosers, ..Closed::default() },
            cut: None,
        }
    }

    fn build(&mut self, limits: &Limits, go_on: &mut dyn FnMut(Progress) -> bool) -> Result<(), Missing> {
        let mut scratch = self.system.scratch();
        let started = Instant::now();
        for state in self.system.initial() {
            let state = self.insert(&state);
            self.graph.initial.push(state);
        }
        let mut next = 0;
        while next < self.states.len() / self.words {
            self.expand(next, &mut scratch);
            next += 1;
            if next.is_multiple_of(PERIOD) {
                self.check(limits)?;
                if !go_on(self.progress(next, started)) {
                    return Err(Missing::Interrupted);
                }
            }
        }
        Ok(())
    }

    /// The depth is not counted here.
    fn progress(&self, expanded: usize, started: Instant) -> Progress {
        let states = self.states.len() / self.words;
        Progress {
            states: states as u64,
            transitions: self.graph.steps.len() as u64,
            frontier: (states - expanded) as u64,
            depth: 0,
            levels: Vec::new(),
            elapsed: started.elapsed(),
        }
    }

    fn check(&self, limits: &Limits) -> Result<(), Missing> {
        let table = self.table.capacity() * (size_of::<u32>() + 1);
        let states = self.states.capacity() * size_of::<u64>();
        if self.graph.bytes() + (table + states) as u64 > limits.memory {
            return Err(Missing::Memory(limits.memory));
        }
        match limits.deadline.is_some_and(|deadline| Instant::now() > deadline) {
            true => Err(Missing::Time),
            false => Ok(()),
        }
    }

    fn expand(&mut self, index: usize, scratch: &mut Scratch) {
        let system = self.system;
        let mut state = std::mem::take(&mut self.current);
        state.clear();
        state.extend_from_slice(&self.states[index * self.words..(index + 1) * self.words]);
        system.load(&state, scratch);
        let pcs = system.pcs(scratch).to_vec();
        self.ask(scratch);
        self.graph.starts.push(self.graph.steps.len());
        let mut able = 0;
        for (context, &pc) in pcs.iter().enumerate() {
            system.each_choice(&state, scratch, context, &mut |scratch, choice, outcome| {
                let by = self.contexts.stepping(context, pc, choice);
                able |= by;
                if let End::Cut(why) = &outcome.end {
                    self.cut.get_or_insert_with(|| Missing::Cut(why.clone()));
                }
                self.step(&state, scratch, context, (choice, by), outcome);
            });
        }
        self.graph.duties.push(self.contexts.duties(&pcs, able));
        self.current = state;
    }

    fn step(
        &mut self,
        state: &[u64],
        scratch: &mut Scratch,
        context: usize,
        (choice, by): (u32, Processes),
        outcome: &Outcome,
    ) {
        let to = match outcome.end {
            End::At(_) => {
                let system = self.system;
                self.insert(system.next(state, scratch, context, outcome))
            }
            _ => ELSEWHERE,
        };
        let fairly = by.count_ones() > 1;
        self.graph.steps.push(Step { to, context: context as u16, fairly, choice });
    }

    /// What the loaded state asks for and fulfils.
    fn ask(&mut self, scratch: &mut Scratch) {
        let (mut from, mut until) = (0, 0);
        for (bit, wanted) in self.wanted.iter().enumerate() {
            let (asks, is) = wanted.asks(self.system, scratch);
            from |= u64::from(asks) << bit;
            until |= u64::from(is) << bit;
        }
        self.graph.from.push(from);
        self.graph.until.push(until);
    }

    fn insert(&mut self, state: &[u64]) -> u32 {
        let (words, states) = (self.words, &self.states);
        let at = |index: u32| &states[index as usize * words..(index as usize + 1) * words];
        let hash = hash(state);
        if let Some(&index) = self.table.find(hash, |index| at(*index) == state) {
            return index;
        }
        let index = (states.len() / words) as u32;
        self.table.insert_unique(hash, index, |other| self::hash(at(*other)));
        self.states.extend_from_slice(state);
        index
    }
}

fn hash(state: &[u64]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    state.iter().for_each(|word| hasher.write_u64(*word));
    hasher.finish()
}
