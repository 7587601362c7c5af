//! Runs: from a state back to the start, level by level, and forward again as steps.
//!
//! No parents are kept. A state's predecessor stands one level nearer to the start, and looking through that level is
//! cheap: violations lie near the start, where levels are small. Of several predecessors the one is taken whose step is
//! by the context that steps next, so that runs switch less; then the smallest state, so that runs do not depend on the
//! order in which threads found them.

use std::collections::BTreeMap;

use super::bfs::Search;
use super::expand::Expander;
use super::key::Key;
use crate::system::ClaimSet;

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

/// A state that was looked for; states compare by their packed form.
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
            let last = self.violating_step(&hit.state, claim);
            return self.run_to(&hit, before, last);
        }
        match self.smallest(self.search.levels.level(steps), |walk, key| walk.violates(key, claim)) {
            Some(hit) => self.run_to(&hit, steps, None),
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

    /// The smallest of some states of which `wanted` says so.
    pub fn smallest(
        &mut self,
        keys: impl Iterator<Item = Key<W>>,
        mut wanted: impl FnMut(&mut Self, &Key<W>) -> bool,
    ) -> Option<Hit<W>> {
        let mut best: Option<Hit<W>> = None;
        for key in keys {
            if wanted(self, &key) {
                let state = self.search.space.state(&key);
                if best.as_ref().is_none_or(|best| state < best.state) {
                    best = Some(Hit { key, state });
                }
            }
        }
        best
    }

    /// The run to a state at this depth, and one step more if there is one.
    pub fn run_to(&mut self, hit: &Hit<W>, depth: u32, last: Option<(u16, u32)>) -> Path {
        let mut steps: Vec<(u16, u32)> = last.into_iter().collect();
        let mut at = hit.clone();
        for level in (0..depth).rev() {
            let next = steps.last().map(|(context, _)| *context);
            let Some((before, context)) = self.predecessor(&at.key, level, next) else { break };
            let (system, scratch) = (self.search.space.system, &mut self.expander.scratch);
            let choice = system.choice_between(&before.state, usize::from(context), &at.state, scratch);
            steps.extend(choice.map(|choice| (context, choice)));
            at = before;
        }
        steps.reverse();
        let initial = self.search.space.system.initial().iter().position(|state| **state == *at.state).unwrap_or(0);
        Path { initial, steps }
    }

    /// A state of a level from which a step leads to `target`, and whose step that is.
    fn predecessor(&mut self, target: &Key<W>, level: u32, next: Option<u16>) -> Option<(Hit<W>, u16)> {
        let mut best: Option<(bool, Hit<W>, u16)> = None;
        for key in self.search.levels.level_expanded(level) {
            let Some(context) = self.step_by(&key, target, level, next) else { continue };
            let (switches, state) = (next.is_some_and(|next| next != context), self.search.space.state(&key));
            let better = |(known, hit, _): &(bool, Hit<W>, u16)| (switches, &state) < (*known, &hit.state);
            if best.as_ref().is_none_or(better) {
                best = Some((switches, Hit { key, state }, context));
            }
        }
        best.map(|(_, hit, context)| (hit, context))
    }

    /// Who steps from one state to the other; if there is a choice, `next`, else the first.
    fn step_by(&mut self, key: &Key<W>, target: &Key<W>, depth: u32, next: Option<u16>) -> Option<u16> {
        let space = &self.search.space;
        // A step changes memory and one component: most states differ from the target by more.
        if space.layout.fields[1..].iter().filter(|field| field.get(key) != field.get(target)).count() > 1 {
            return None;
        }
        let mut by: Option<u16> = None;
        let successors = self.expander.successors(space, key, depth, |step, successor| {
            if successor == target && (by.is_none() || next == Some(step.context())) {
                by = Some(step.context());
            }
        });
        successors.ok().and(by)
    }
}
