//! All states, breadth first, and what of them is compared with the packed engine.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use super::machine::next_step;
use super::memory::Memory;
use super::state::State;
use super::{Interpreter, Outcome};
use crate::lang::ast::Span;
use crate::lang::diag::Diagnostic;

/// Where a context stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Position {
    /// Before a step.
    At {
        /// The functions it is in, outermost first, each with the name that calls it.
        path: Vec<(String, Span)>,
        /// The access, the `__atomic` statement, or the call of `await`, `pool_get` or `pool_put`.
        span: Span,
    },
    /// It is over.
    Ended,
    /// It stopped for ever, legally.
    Parked,
}

/// A state without locals: what every implementation of the language must agree on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Projection {
    /// Every cell by pool, object and offset; an object of a pool with `pool_get` is followed by whether it is taken.
    pub memory: Vec<i32>,
    /// Claims violated on the way here.
    pub violated: BTreeSet<String>,
    /// Where each context stands.
    pub positions: Vec<Position>,
}

/// Everything reachable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exploration {
    /// Projected states.
    pub states: BTreeSet<Projection>,
    /// Projected steps, each with the context that takes it.
    pub edges: BTreeSet<(Projection, usize, Projection)>,
    /// Steps that end in a crash (claim S0).
    pub crashes: BTreeSet<(Projection, usize)>,
    /// Steps that leave a width.
    pub cuts: BTreeSet<(Projection, usize)>,
    /// Whole states, locals included.
    pub raw_states: usize,
    /// Claims violated, with the least number of steps.
    pub violated: BTreeMap<String, usize>,
    /// Claims exercised.
    pub witnessed: BTreeSet<String>,
}

/// Why an exploration did not finish.
#[derive(Clone, Debug)]
pub enum LimitReached {
    /// There are more whole states than asked for.
    States,
    /// The language forbids the program.
    Refused(Box<Diagnostic>),
}

impl From<Diagnostic> for LimitReached {
    fn from(diagnostic: Diagnostic) -> Self {
        LimitReached::Refused(Box::new(diagnostic))
    }
}

impl<'a> Interpreter<'a> {
    /// What of a state is compared.
    pub fn project(&self, state: &State<'a>) -> Projection {
        Projection {
            memory: state.memory.flat(&self.allocated),
            violated: self.ids(state.violated.clone()).into_iter().collect(),
            positions: (0..self.actors.len()).map(|who| self.position(state, who)).collect(),
        }
    }

    /// A state out of parts, reachable or not: memory in the order of [`Projection::memory`], and each context as it
    /// stands in its own one of `states`. Nothing was violated on the way.
    pub fn assemble(&self, memory: &[i32], states: &[&State<'a>]) -> State<'a> {
        let contexts = states.iter().enumerate().map(|(who, state)| state.contexts[who].clone()).collect();
        let mut own = Memory::new(self.unit, &self.allocated);
        own.fill(memory, &self.allocated);
        State { memory: own, contexts, violated: Vec::new() }
    }

    fn position(&self, state: &State<'a>, who: usize) -> Position {
        let context = &state.contexts[who];
        if context.parked {
            return Position::Parked;
        }
        // The outermost call is the context's own code, which nobody calls.
        let calls = context.calls.iter().skip(1);
        let path = calls.map(|call| (call.function.to_string(), call.site)).collect();
        match next_step(self, context) {
            Some(span) => Position::At { path, span },
            None => Position::Ended,
        }
    }

    /// Every state that can be reached, breadth first; at most `limit` whole states.
    ///
    /// # Errors
    /// There are more, or the language forbids the program.
    pub fn explore(&self, limit: usize) -> Result<Exploration, LimitReached> {
        let mut found = Exploration::default();
        let mut seen = HashSet::new();
        let mut queue = VecDeque::new();
        for state in self.initial()? {
            for &claim in &state.violated {
                found.violated.insert(self.unit.claims[claim].id.clone(), 0);
            }
            found.witnessed.extend(self.ids(self.judge(&mut state.clone())?.1));
            if seen.insert(state.clone()) {
                queue.push_back((state, 0));
            }
        }
        while let Some((state, depth)) = queue.pop_front() {
            let here = self.project(&state);
            for next in self.successors(&state)? {
                for claim in next.violated {
                    found.violated.entry(claim).or_insert(depth + 1);
                }
                found.witnessed.extend(next.witnessed);
                match next.outcome {
                    Outcome::State(to) => {
                        found.edges.insert((here.clone(), next.context, self.project(&to)));
                        if seen.insert(to.clone()) {
                            queue.push_back((to, depth + 1));
                        }
                    }
                    Outcome::Crash(_) => {
                        found.crashes.insert((here.clone(), next.context));
                        found.violated.entry("S0".into()).or_insert(depth + 1);
                    }
                    Outcome::Cut(_) => {
                        found.cuts.insert((here.clone(), next.context));
                    }
                }
            }
            if seen.len() > limit {
                return Err(LimitReached::States);
            }
            found.states.insert(here);
        }
        found.raw_states = seen.len();
        Ok(found)
    }
}
