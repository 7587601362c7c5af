//! The graph of a system, and what is asked about it.
//!
//! It is made of a search of its own, because it keeps every edge with who steps, 12 bytes each. Where a bound is hit or a path was cut, nothing holds; but a lasso is one all
//! the same, because what can happen in the states that it visits is known.

use std::time::Duration;

use super::contexts::{Contexts, Demands};
use super::{Answer, Duties, Edge, Fairness, Graph, Lasso, MOST, Processes, Response, Wanted, respond};
use crate::search::bfs::{Clock, RunEnd, Search};
use crate::search::effect::By;
use crate::search::expand::Expander;
use crate::search::key::Key;
use crate::search::levels::Levels;
use crate::search::states::{Found, States};
use crate::search::{Bound, Limits, Path, Progress, Snapshot};
use crate::system::symmetry::Symmetry;
use crate::system::{Cut, System};

/// Words of keys that are too wide for one: more than any built-in population needs.
const WORDS: usize = 8;

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
    /// More properties, processes or values than there are bits.
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
    let narrow = examine_with::<1>(system, limits, &wanted, go_on);
    let findings = narrow.or_else(|| examine_with::<WORDS>(system, limits, &wanted, go_on));
    findings.unwrap_or_else(|| missing(Missing::TooMany))
}

/// `None` if keys of `W` words do not hold the states.
fn examine_with<const W: usize>(
    system: &System,
    limits: &Limits,
    wanted: &[Wanted],
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> Option<Findings> {
    let mut search = Search::<W>::new(system, Symmetry::none())?;
    let mut keep = |_: &dyn Snapshot, _| {};
    // One thread: the order of keys decides which of several lassos is found.
    let limits = Limits { threads: 1, ..limits.clone() };
    match search.run(&limits, &mut Clock::new(Duration::ZERO, go_on, &mut keep)) {
        RunEnd::Ended(bound) => {
            search.noted = search.notes();
            let expander = search.workers.swap_remove(0).expander;
            Some(decide(search, expander, bound, wanted.to_vec()))
        }
        RunEnd::TooWide => None,
    }
}

fn missing(why: Missing) -> Findings {
    Findings { missing: Some(why), ..Findings::default() }
}

/// Decides properties on the graph of a search that is over.
pub(in crate::search) fn decide<const W: usize>(
    search: Search<W>,
    expander: Expander,
    bound: Option<Bound>,
    wanted: Vec<Wanted>,
) -> Findings {
    if wanted.is_empty() {
        return Findings::default();
    }
    let system = search.space.system;
    let Some(contexts) = Contexts::of(system).filter(|_| wanted.len() <= MOST) else {
        return missing(Missing::TooMany);
    };
    let missing = match bound {
        None => search.noted.cuts.first().map(|cut| Missing::Cut(cut.clone())),
        Some(Bound::Memory(bytes)) => Some(Missing::Memory(bytes)),
        Some(Bound::Time) => Some(Missing::Time),
        Some(Bound::Interrupted) => Some(Missing::Interrupted),
    };
    let graph = Builder::new(contexts, search, expander, &wanted).build();
    let mut findings = Findings { states: graph.duties.len() as u64, missing, ..Findings::default() };
    for (bit, wanted) in wanted.into_iter().enumerate() {
        let (answer, asked) = graph.answer(bit);
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

/// No state whose steps are known: the path ends in a crash, and S0 tells of it, or it was not followed. A run may go
/// there, and nothing is said of what follows.
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

    /// What is known about one property, and whether some state asked for it.
    fn answer(&self, bit: usize) -> (Liveness, bool) {
        let from = |state: u32| self.from[state as usize] >> bit & 1 == 1;
        let until = |state: u32| self.until[state as usize] >> bit & 1 == 1;
        let asked = (0..self.duties.len() as u32).any(|state| from(state) && !until(state));
        let answer = match respond(self, &Response { from: &from, until: &until }) {
            Answer::Holds { needs, without } => {
                Liveness::Holds { needs, without: without.map(|lasso| self.round(&lasso)) }
            }
            Answer::Violated(lasso) => Liveness::Violated(self.round(&lasso)),
        };
        (answer, asked)
    }

    fn round(&self, lasso: &Lasso) -> Round {
        let taken = lasso.stem.iter().chain(&lasso.cycle);
        let steps = taken.map(|(state, index)| self.steps[self.starts[*state as usize] + index]);
        let steps = steps.map(|step| (step.context, step.choice)).collect();
        let initial = self.initial.iter().position(|state| *state == lasso.initial).unwrap_or_default();
        Round { path: Path { initial, steps }, stem: lasso.stem.len() }
    }
}

/// A search that is over, as a graph.
struct Builder<'a, const W: usize> {
    contexts: Contexts<'a>,
    search: Search<'a, W>,
    expander: Expander,
    /// What fairness demands of the contexts of each component, per value.
    demands: Vec<Vec<Demands>>,
    /// What each property asks for and takes, by the value of the part that it is about.
    questions: Vec<Question>,
}

/// A property by values of the part that it is about.
struct Question {
    /// Memory is 0, components follow.
    part: usize,
    /// Whether a value asks for something, and whether it is what was asked for.
    says: Vec<(bool, bool)>,
}

/// Steps whose states were not looked up yet, so that their cache misses overlap.
struct Pending<const W: usize>(Vec<(usize, Found<W>)>);

/// Steps that are looked up together.
const PASS: usize = 64;

impl<'a, const W: usize> Builder<'a, W> {
    fn new(contexts: Contexts<'a>, search: Search<'a, W>, expander: Expander, wanted: &[Wanted]) -> Self {
        let system = search.space.system;
        let dictionary = search.space.dictionary();
        let components = system.components().iter().zip(&dictionary.parts[1..]);
        let demands = components.map(|(component, values)| {
            let demands = |value: &[u64]| {
                let each = component.contexts.iter().map(|c| contexts.demands(*c, system.layout().pc(value, *c)));
                each.fold(Demands::default(), Demands::and)
            };
            values.iter().map(demands).collect()
        });
        let demands = demands.collect();
        let mut scratch = system.scratch();
        let questions = wanted.iter().map(|wanted| {
            let part = wanted.part(system);
            let says = dictionary.parts[part].iter().map(|value| {
                system.load(value, &mut scratch);
                wanted.asks(system, &mut scratch)
            });
            Question { part, says: says.collect() }
        });
        let questions = questions.collect();
        drop(dictionary);
        Builder { contexts, search, expander, demands, questions }
    }

    /// The graph of all states that were expanded.
    fn build(mut self) -> Closed {
        let system = self.search.space.system;
        let choosers = (0..system.program().contexts.len()).map(|context| self.contexts.chooser(context)).collect();
        let numbers = self.numbers();
        let levels = std::mem::replace(&mut self.search.levels, Levels::new(Vec::new()));
        let initial = (0..levels.level_expanded(0).count() as u32).collect();
        let mut graph = Closed { initial, choosers, ..Closed::default() };
        graph.steps.reserve_exact(self.search.transitions as usize);
        let mut pending = Pending(Vec::new());
        let mut parts = Vec::new();
        for key in (0..=levels.depth()).flat_map(|depth| levels.level_expanded(depth)) {
            self.search.space.layout.unpack(&key, &mut parts);
            self.ask(&parts, &mut graph);
            graph.starts.push(graph.steps.len());
            let demands = self.stand(&parts);
            let able = self.steps(&key, demands, &mut graph, &mut pending);
            graph.duties.push(demands.duties(&self.contexts, able));
            if pending.0.len() >= PASS {
                pending.look_up(&self.search.states, &numbers, &mut graph.steps);
            }
        }
        pending.look_up(&self.search.states, &numbers, &mut graph.steps);
        graph
    }

    /// The number of each state that was expanded, by its place: they are numbered by depth.
    fn numbers(&self) -> Vec<u32> {
        let (states, levels) = (&self.search.states, &self.search.levels);
        let mut numbers = vec![ELSEWHERE; states.places()];
        let expanded = (0..=levels.depth()).flat_map(|depth| levels.level_expanded(depth));
        let mut expanded = expanded.enumerate().peekable();
        let mut pass = Vec::new();
        while expanded.peek().is_some() {
            pass.extend(expanded.by_ref().take(PASS).map(|(number, key)| (number, states.touch(&key))));
            for (number, found) in pass.drain(..) {
                if let Some(place) = states.place(&found) {
                    numbers[place] = number as u32;
                }
            }
        }
        numbers
    }

    /// What fairness demands where the contexts stand.
    fn stand(&self, parts: &[u32]) -> Demands {
        let demands = self.demands.iter().zip(&parts[1..]).map(|(known, value)| known[*value as usize]);
        demands.fold(Demands::default(), Demands::and)
    }

    /// What a state asks for and fulfils.
    fn ask(&self, parts: &[u32], graph: &mut Closed) {
        let (mut from, mut until) = (0, 0);
        for (bit, question) in self.questions.iter().enumerate() {
            let (asks, is) = question.says[parts[question.part] as usize];
            from |= u64::from(asks) << bit;
            until |= u64::from(is) << bit;
        }
        graph.from.push(from);
        graph.until.push(until);
    }

    /// Adds the steps from a state, which lead elsewhere until they are looked up; yields the processes that can step there.
    fn steps(&mut self, key: &Key<W>, demands: Demands, graph: &mut Closed, pending: &mut Pending<W>) -> Processes {
        let (space, states) = (&self.search.space, &self.search.states);
        let Closed { steps, choosers, .. } = graph;
        let mut able = 0;
        let mut step = |taken: &By| {
            let (context, choice) = (taken.context(), taken.choice());
            let fairly = demands.chooses_fairly(context.into(), choice);
            able |= 1 << context | if fairly { choosers[usize::from(context)] } else { 0 };
            steps.push(Step { to: ELSEWHERE, context, fairly, choice });
            steps.len() - 1
        };
        // What was expanded has numbers that fit.
        let _ = self.expander.successors(space, key, 0, |taken, next| {
            pending.0.push((step(taken), states.touch(next)));
        });
        self.expander.nowhere(space, key, |taken| _ = step(taken));
        able
    }
}

impl<const W: usize> Pending<W> {
    /// Says where the steps lead; a state that was not found, or not expanded, is elsewhere.
    fn look_up(&mut self, states: &States<W>, numbers: &[u32], steps: &mut [Step]) {
        for (step, found) in self.0.drain(..) {
            steps[step].to = states.place(&found).map_or(ELSEWHERE, |place| numbers[place]);
        }
    }
}
