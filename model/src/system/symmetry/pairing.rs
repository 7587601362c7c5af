//! Proves that one context, renamed, does what another does: every step, each where the other is then.

use super::super::{Cut, Pc};
use super::probe::{Effect, Goes, Known, Local, effects};
use super::prove::{Attempt, CASES, Side};
use super::renaming::Sort;
use super::structure::Structure;
use crate::lang::program::*;

/// Why the image of a path is not followed: told by the op and the register of that number.
pub(super) fn renamed_cut(cut: &Cut, context: u16, offset: impl Fn(u16, u16) -> u16) -> Cut {
    match cut {
        Cut::Member(pool, at) => Cut::Member(*pool, offset(*pool, *at)),
        Cut::Local(_, reg) => Cut::Local(context, *reg),
        Cut::Endless(_, op) => Cut::Endless(context, *op),
    }
}

/// What a context becomes.
#[derive(Clone)]
pub(super) struct Image {
    pub context: u16,
    /// Which step of that context each step becomes; `u16::MAX` where nothing leads.
    pub steps: Vec<u16>,
    /// Steps of which each op becomes the op with its number.
    pub plain: Vec<bool>,
}

/// The proof that one context, renamed, does what another does.
pub(super) struct Pairing<'a> {
    attempt: &'a Attempt<'a>,
    from: usize,
    to: usize,
    steps: Vec<Option<u16>>,
    /// Steps of which each op becomes the op with its number.
    plain: Vec<bool>,
    queue: Vec<u16>,
}

impl<'a> Pairing<'a> {
    pub(super) fn new(attempt: &'a Attempt<'a>, from: usize, to: usize) -> Self {
        let steps = attempt.system.program.contexts[from].code.steps.len();
        let (steps, plain) = (vec![None; steps], vec![true; steps]);
        Pairing { attempt, from, to, steps, plain, queue: Vec::new() }
    }

    pub(super) fn prove(mut self) -> Option<Image> {
        let system = self.attempt.system;
        for state in system.initial() {
            match (system.standing(&state, self.from).pc, system.standing(&state, self.to).pc) {
                (Pc::At(from), Pc::At(to)) if self.pair(from, to) => {}
                (Pc::At(_), _) | (_, Pc::At(_)) => return None,
                (from, to) if from != to => return None,
                _ => {}
            }
        }
        while let Some(step) = self.queue.pop() {
            if !self.step(step) {
                return None;
            }
        }
        // Steps that nothing leads to have no image, and need none.
        let steps = self.steps.iter().map(|step| step.unwrap_or(u16::MAX)).collect();
        Some(Image { context: self.to as u16, steps, plain: self.plain })
    }

    /// Notes that a step becomes another, unless that contradicts what is known. Where no run goes, nothing need be.
    fn pair(&mut self, from: u16, to: u16) -> bool {
        if !self.attempt.reach.step(self.attempt.system, self.from, from) {
            return true;
        }
        match self.steps[usize::from(from)] {
            Some(known) => known == to,
            None if self.steps.contains(&Some(to)) || !self.alike(from, to) => false,
            None => {
                self.steps[usize::from(from)] = Some(to);
                self.queue.push(from);
                true
            }
        }
    }

    /// What holds statically at two steps is the same: nesting, locks, functions, locals.
    fn alike(&self, from: u16, to: u16) -> bool {
        let system = self.attempt.system;
        let info = |context: usize, step: u16| &system.program.contexts[context].code.steps[usize::from(step)];
        let calls = |context: usize, step: u16| {
            let site = system.site(context, Pc::At(step));
            site.into_iter().flat_map(|site| site.calls).map(|(name, _)| name).collect::<Vec<_>>()
        };
        let (a, b) = (info(self.from, from), info(self.to, to));
        a.attrs == b.attrs
            && a.awaits == b.awaits
            && self.locals(self.from, from) == self.locals(self.to, to)
            && calls(self.from, from) == calls(self.to, to)
    }

    fn locals(&self, context: usize, step: u16) -> Vec<(Sort, Range)> {
        let code = &self.attempt.system.program.contexts[context].code;
        let sorts = &self.attempt.locals[context][usize::from(step)];
        let live = code.steps[usize::from(step)].live.iter().map(|reg| code.regs[usize::from(*reg)].range);
        sorts.iter().copied().zip(live).collect()
    }

    fn step(&mut self, from: u16) -> bool {
        let attempt = self.attempt;
        let Some(to) = self.steps[usize::from(from)] else { return false };
        if let Some(next) = self.same_code(from, to) {
            return next.into_iter().all(|(from, to)| self.pair(from, to));
        }
        self.plain[usize::from(from)] = false;
        let locals = self.locals(self.from, from);
        let mut known = Known::nothing(&attempt.reach.fixed, locals.len());
        let (a, b) = (self.from, self.to);
        let mut scratch = attempt.system.scratch();
        let same = &mut |known: &Known, image: &Known| {
            let ours = effects(attempt.system, &mut scratch, (a, from), known).map_err(Side::Ours)?;
            let theirs = effects(attempt.system, &mut scratch, (b, to), image).map_err(Side::Theirs)?;
            Ok(self.same(&ours, theirs))
        };
        attempt.for_all(&locals, &mut known, &mut { CASES }, same)
    }

    /// The steps that follow, in pairs, if the code of two steps is plainly the same: then no value need be tried.
    fn same_code(&self, from: u16, to: u16) -> Option<Vec<(u16, u16)>> {
        let Attempt { system, reach, renaming, offsets, registers, .. } = self.attempt;
        let code = |context: usize| &system.program.contexts[context].code;
        let (ours, theirs) = (code(self.from), code(self.to));
        let runs = &reach.ops[self.from];
        let sorts = (&registers[self.from][..], &registers[self.to][..]);
        Structure { program: &system.program, renaming, offsets, runs, sorts, ours, theirs }.step(from, to)
    }

    /// Whether the effects of one, renamed, are those of the other.
    fn same(&mut self, ours: &[Effect], mut theirs: Vec<Effect>) -> bool {
        let all = ours.iter().all(|effect| {
            let Some(at) = theirs.iter().position(|other| self.matches(effect, other)) else { return false };
            theirs.remove(at);
            true
        });
        all && theirs.is_empty()
    }

    fn matches(&mut self, ours: &Effect, theirs: &Effect) -> bool {
        let attempt = self.attempt;
        let image = |&(cell, value): &(usize, i16)| {
            (attempt.cells[cell] as usize, attempt.renaming.value(attempt.sorts[cell], value))
        };
        let mut writes: Vec<(usize, i16)> = ours.writes.iter().map(image).collect();
        writes.sort_unstable();
        if writes != theirs.writes || ours.claims != theirs.claims {
            return false;
        }
        if let (Goes::Cut(ours), Goes::Cut(theirs)) = (&ours.goes, &theirs.goes) {
            let offset = |pool: u16, offset: u16| attempt.offsets[usize::from(pool)][usize::from(offset)] as u16;
            return renamed_cut(ours, self.to as u16, offset) == *theirs;
        }
        let (Goes::At(from, locals), Goes::At(to, others)) = (&ours.goes, &theirs.goes) else {
            return ours.goes == theirs.goes;
        };
        let sorts = &attempt.locals[self.from][usize::from(*from)];
        let renamed = locals.iter().zip(sorts).map(|(local, sort)| match local {
            Local::Value(value) => Local::Value(attempt.renaming.value(*sort, *value)),
            same => *same,
        });
        renamed.eq(others.iter().copied()) && self.pair(*from, *to)
    }
}
