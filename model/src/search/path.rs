//! Runs: from a state back to the start, level by level, and forward again as steps.
//!
//! No parents are kept. A state's predecessor stands one level nearer to the start, and looking through that level is
//! cheap: violations lie near the start, where levels are small. Of several predecessors the one is taken whose step is
//! by the context that steps next, so that runs switch less; then the smallest state, so that runs do not depend on the
//! order in which threads found them.
//!
//! Where a state stands for all its images, so does the way back: it is made a run in the other direction.

use std::collections::BTreeMap;

use super::bfs::Search;
use super::expand::Expander;
use super::key::{Key, KeyLayout};
use crate::system::symmetry::{Element, Symmetry};
use crate::system::{ClaimSet, End, Scratch, System};

/// A run: an initial state and steps, each a context and its choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Which of the system's initial states, in their order.
    pub initial: usize,
    /// Steps.
    pub steps: Vec<(u16, u32)>,
}

/// A search that is over, and the means to look at its states again.
pub(super) struct Walk<'s, 'a, const W: usize> {
    pub search: &'s Search<'a, W>,
    pub expander: Expander,
    /// What memory violates: in any state, and in a state that rests.
    judged: BTreeMap<u32, (ClaimSet, ClaimSet)>,
}

/// A state that was looked for; states compare by their packed form, in which canonical ones are canonical whatever the
/// numbers of their parts.
#[derive(Clone, Debug)]
pub(super) struct Hit<const W: usize> {
    pub key: Key<W>,
    pub state: Vec<u64>,
}

impl<'s, 'a, const W: usize> Walk<'s, 'a, W> {
    pub fn new(search: &'s Search<'a, W>, expander: Expander) -> Self {
        Walk { search, expander, judged: BTreeMap::new() }
    }

    /// The run of `steps` steps that violates a claim.
    pub fn violation(&mut self, claim: u16, steps: u32) -> Path {
        if let Some(before) = steps.checked_sub(1)
            && let Some(hit) =
                self.smallest(self.search.levels.level_expanded(before), |walk, key| walk.violates_next(key, claim))
        {
            return self.run_to(&hit, before, Some(claim), None);
        }
        match self.smallest(self.search.levels.level(steps), |walk, key| walk.violates(key, claim)) {
            Some(hit) => self.run_to(&hit, steps, None, None),
            // Local code before the first step did it.
            None => Path { initial: 0, steps: Vec::new() },
        }
    }

    fn violates_next(&mut self, key: &Key<W>, claim: u16) -> bool {
        self.expander.look(&self.search.space, key).0.contains(claim)
    }

    fn violates(&mut self, key: &Key<W>, claim: u16) -> bool {
        let space = &self.search.space;
        let memory = space.layout.fields[0].get(key);
        let scratch = &mut self.expander.scratch;
        let (always, resting) = *self.judged.entry(memory).or_insert_with(|| {
            let state = space.dictionary().parts[0].value(memory).to_vec();
            space.system.load(&state, scratch);
            (space.system.judge_memory_wholly(scratch), space.system.judge_resting_memory(scratch))
        });
        always.contains(claim) || resting.contains(claim) && self.expander.look(space, key).1
    }

    /// The smallest of some states of which `wanted` says so.
    pub fn smallest(
        &mut self,
        keys: impl Iterator<Item = Key<W>>,
        mut wanted: impl FnMut(&mut Self, &Key<W>) -> bool,
    ) -> Option<Hit<W>> {
        let mut best: Option<Hit<W>> = None;
        for key in keys {
            if wanted(self, &key) {
                let state = self.state(&key);
                if best.as_ref().is_none_or(|best| state < best.state) {
                    best = Some(Hit { key, state });
                }
            }
        }
        best
    }

    /// A state by its key; of all that it stands for, the one that `system` calls canonical, so that it does not depend on
    /// numbers.
    pub fn state(&self, key: &Key<W>) -> Vec<u64> {
        let space = &self.search.space;
        space.system.canonical(&space.symmetry, &space.state(key)).into_vec()
    }

    /// The run to a state at this depth, or to its image `end`; and one step more, that violates `claim`.
    pub fn run_to(&mut self, hit: &Hit<W>, depth: u32, claim: Option<u16>, end: Option<&[u64]>) -> Path {
        let last = claim.and_then(|claim| self.violating_step(&hit.state, claim));
        let back = self.back(hit, depth, last.map(|(context, _)| context));
        let (system, symmetry) = (self.search.space.system, &self.search.space.symmetry);
        let scratch = &mut self.expander.scratch;
        let mut run = Run::forward(system, symmetry, &back, scratch);
        if let Some(end) = end {
            run = run.renamed_to(system, symmetry, end);
        }
        let mut path = run.path(system, scratch);
        path.steps.extend(claim.and_then(|claim| self.violating_step(run.end(), claim)));
        path
    }

    /// The first step from a state that violates a claim.
    fn violating_step(&mut self, state: &[u64], claim: u16) -> Option<(u16, u32)> {
        let system = self.search.space.system;
        let scratch = &mut self.expander.scratch;
        system.load(state, scratch);
        let mut found = None;
        for context in 0..system.program().contexts.len() {
            system.each_choice(state, scratch, context, &mut |_, choice, outcome| {
                if found.is_none() && outcome.violated.contains(claim) {
                    found = Some((context as u16, choice));
                }
            });
        }
        found
    }

    /// From a state back to the start: the states, first to last, each with who steps to the next one.
    fn back(&mut self, hit: &Hit<W>, depth: u32, mut next: Option<u16>) -> Vec<Stand> {
        let mut back = vec![Stand { state: hit.state.clone(), steps: next }];
        let mut at = hit.clone();
        for level in (0..depth).rev() {
            let Some((before, context)) = self.predecessor(&at, level, next) else { break };
            back.push(Stand { state: before.state.clone(), steps: Some(context) });
            (at, next) = (before, Some(context));
        }
        back.reverse();
        back
    }

    /// A state of a level from which a step leads to `target`, and whose step that is.
    fn predecessor(&mut self, target: &Hit<W>, level: u32, next: Option<u16>) -> Option<(Hit<W>, u16)> {
        let mut best: Option<(bool, Hit<W>, u16)> = None;
        let layout = &self.search.space.layout;
        let images = self.images(&target.key).into_iter().map(|image| numbers_of(layout, &image));
        let images: Vec<Vec<u32>> = images.collect();
        let mut numbers = Vec::new();
        for key in self.search.levels.level_expanded(level) {
            layout.unpack(&key, &mut numbers);
            if !images.iter().any(|image| is_near(image, &numbers)) || !self.leads(&key, &target.key, level) {
                continue;
            }
            let state = self.state(&key);
            let Some((switches, context)) = self.step_by(&state, &target.state, next) else { continue };
            let better = |(known, hit, _): &(bool, Hit<W>, u16)| (switches, &state) < (*known, &hit.state);
            if best.as_ref().is_none_or(better) {
                best = Some((switches, Hit { key, state }, context));
            }
        }
        best.map(|(_, hit, context)| (hit, context))
    }

    /// The keys of all images of a state.
    fn images(&mut self, key: &Key<W>) -> Vec<Key<W>> {
        let space = &self.search.space;
        match &mut self.expander.quotient {
            Some(quotient) => quotient.orbit(space, key),
            None => vec![*key],
        }
    }

    /// Whether a step leads from a state to another one.
    fn leads(&mut self, key: &Key<W>, target: &Key<W>, depth: u32) -> bool {
        let mut leads = false;
        let all = self.expander.successors(&self.search.space, key, depth, |_, successor| leads |= successor == target);
        all.is_ok() && leads
    }

    /// Who steps from one state to the other, or to an image of it, and whether that is another context than `next`,
    /// which steps there: `next` if there is a choice, else the first.
    fn step_by(&mut self, from: &[u64], to: &[u64], next: Option<u16>) -> Option<(bool, u16)> {
        let (system, symmetry) = (self.search.space.system, &self.search.space.symmetry);
        let mut by: Option<(bool, u16)> = None;
        for &context in system.components().iter().flat_map(|component| &component.contexts) {
            for (_, reached) in steps(system, from, context, &mut self.expander.scratch) {
                for renamed in renamings(system, symmetry, &reached, to) {
                    let image = renamed.map_or(context, |element| element.context(context));
                    let switches = next.is_some_and(|next| usize::from(next) != image);
                    if by.is_none_or(|(known, _)| known && !switches) {
                        by = Some((switches, context as u16));
                    }
                }
            }
        }
        by
    }
}

fn numbers_of<const W: usize>(layout: &KeyLayout, key: &Key<W>) -> Vec<u32> {
    let mut numbers = Vec::new();
    layout.unpack(key, &mut numbers);
    numbers
}

/// Whether a step may lead from one state to the other, by their numbers: it changes memory and one component, and most
/// states differ by more.
fn is_near(a: &[u32], b: &[u32]) -> bool {
    a[1..].iter().zip(&b[1..]).filter(|(a, b)| a != b).count() <= 1
}

/// A state of a run and who steps from it.
struct Stand {
    state: Vec<u64>,
    steps: Option<u16>,
}

/// Where each choice of a context leads.
fn steps(system: &System, from: &[u64], context: usize, scratch: &mut Scratch) -> Vec<(u32, Vec<u64>)> {
    let mut steps = Vec::new();
    system.load(from, scratch);
    system.each_choice(from, scratch, context, &mut |scratch, choice, outcome| {
        if matches!(outcome.end, End::At(_)) {
            steps.push((choice, system.next(from, scratch, context, outcome).to_vec()));
        }
    });
    steps
}

/// The elements that make one state the other; `None` is the one that changes nothing.
fn renamings<'s>(
    system: &System,
    symmetry: &'s Symmetry,
    from: &[u64],
    to: &[u64],
) -> impl Iterator<Item = Option<&'s Element>> {
    let others = symmetry.elements().iter().skip(1).filter(|element| *element.state(system, from) == *to);
    (from == to).then_some(None).into_iter().chain(others.map(Some).collect::<Vec<_>>())
}

/// A run: its states, and who steps from each but the last.
struct Run {
    states: Vec<Vec<u64>>,
    contexts: Vec<usize>,
}

impl Run {
    /// The run that goes through images of the states of `back`, from the first of them on. A state there may be the
    /// image of where the step before it leads; here, each step leads to the next state.
    fn forward(system: &System, symmetry: &Symmetry, back: &[Stand], scratch: &mut Scratch) -> Run {
        let mut run = Run { states: vec![back[0].state.clone()], contexts: Vec::new() };
        for pair in back.windows(2) {
            let (at, last) = (run.end().to_vec(), run.contexts.last().copied());
            let Some(steps_there) = pair[0].steps.map(usize::from) else { break };
            // Who that is here: if there is a choice, who stepped last.
            let here = renamings(system, symmetry, &pair[0].state, &at)
                .map(|element| element.map_or(steps_there, |element| element.context(steps_there)));
            let here: Vec<usize> = here.collect();
            let by = here.iter().find(|context| Some(**context) == last).or(here.first());
            let next = by.and_then(|by| {
                let reached = steps(system, &at, *by, scratch).into_iter();
                let mut reached = reached.map(|(_, state)| state);
                reached.find(|state| renamings(system, symmetry, state, &pair[1].state).next().is_some())
            });
            let (Some(by), Some(next)) = (by, next) else { break };
            run.contexts.push(*by);
            run.states.push(next);
        }
        run
    }

    fn end(&self) -> &[u64] {
        self.states.last().map(Vec::as_slice).unwrap_or_default()
    }

    /// The image of this run that ends in an image of its last state.
    fn renamed_to(self, system: &System, symmetry: &Symmetry, end: &[u64]) -> Run {
        let Some(Some(element)) = renamings(system, symmetry, self.end(), end).next() else { return self };
        Run {
            states: self.states.iter().map(|state| element.state(system, state).into_vec()).collect(),
            contexts: self.contexts.iter().map(|context| element.context(*context)).collect(),
        }
    }

    /// As an initial state and choices.
    fn path(&self, system: &System, scratch: &mut Scratch) -> Path {
        let initial = system.initial().iter().position(|state| **state == *self.states[0]).unwrap_or(0);
        let pairs = self.states.windows(2).zip(&self.contexts);
        let steps = pairs.filter_map(|(pair, context)| {
            let choice = system.choice_between(&pair[0], *context, &pair[1], scratch)?;
            Some((*context as u16, choice))
        });
        Path { initial, steps: steps.collect() }
    }
}
