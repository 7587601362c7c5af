//! One step of one context: the only semantics. Who may step, with which choices, and the state afterwards; the ops of a
//! step are `execute`'s.

use super::execute::{Running, Stop, Unwatched, Watch};
use super::layout::Pc;
use super::{ClaimSet, Scratch, State, System};
use crate::lang::program::*;

/// Why a path was not followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Cut {
    /// A member left its width: pool and offset.
    Member(u16, u16),
    /// A local left its width: context and register.
    Local(u16, Reg),
    /// A step did not end: context and op.
    Endless(u16, Target),
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The context stands there now.
    At(Pc),
    /// The path ends: claim S0.
    Crash(Crash, Target),
    /// The path is not followed.
    Cut(Cut),
}

/// What a step did, beside memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Claims that it violated.
    pub violated: ClaimSet,
    /// Claims that it exercised.
    pub witnessed: ClaimSet,
    /// Number of choices that this path through the step offered (1 without `nondet`).
    pub choices: u32,
}

/// The result of firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// The step is not enabled: with this choice, of so many that its path offered before it had to wait.
    Blocked(u32),
    /// It was taken.
    Done(Outcome),
}

impl System {
    /// The states before any step: several where a context chooses before its first step.
    pub fn initial(&self) -> Vec<State> {
        self.beginnings().0
    }

    /// The initial states, and what already happened on the way to them: claims that local code before the first
    /// step violates.
    pub fn beginnings(&self) -> (Vec<State>, ClaimSet) {
        let mut scratch = self.scratch();
        let mut violated = ClaimSet::default();
        let mut states = vec![vec![0u64; self.layout.words()].into_boxed_slice()];
        for (cell, slot) in self.layout.cells.iter().enumerate() {
            if let Some(slot) = slot {
                slot.set(&mut states[0], self.initial_cells[cell]);
            }
        }
        for context in 0..self.program.contexts.len() {
            let mut next = Vec::new();
            for state in &states {
                let (mut choice, mut most) = (0, 1);
                while choice < most {
                    self.load(state, &mut scratch);
                    let fired = self.run_from(&mut scratch, context, 0, choice, &mut Unwatched);
                    if let Some(Fired::Done(outcome)) = fired {
                        most = most.max(outcome.choices);
                        violated = violated.union(outcome.violated);
                        self.pack(state, &mut scratch, context, &outcome);
                        self.rollback(&mut scratch);
                        next.push(scratch.packed.clone().into_boxed_slice());
                    }
                    choice += 1;
                }
            }
            states = next;
        }
        states.sort();
        states.dedup();
        (states, violated)
    }

    /// Unpacks a state into working memory.
    pub fn load(&self, state: &[u64], scratch: &mut Scratch) {
        for (cell, slot) in scratch.cells.iter_mut().zip(&self.layout.cells) {
            if let Some(slot) = slot {
                *cell = slot.get(state);
            }
        }
        for (context, pc) in scratch.pcs.iter_mut().enumerate() {
            *pc = self.layout.pc(state, context);
        }
        scratch.undo.clear();
        scratch.sticky = ClaimSet(self.layout.sticky.map_or(0, |bits| bits.get(state)));
        scratch.dead = self.layout.dead.is_some_and(|bits| bits.get(state) == 1);
    }

    /// Executes the next step of `context` on the loaded state. Memory then holds the result, until
    /// [`System::rollback`]; [`System::next`] packs it.
    pub fn fire(&self, state: &[u64], scratch: &mut Scratch, context: usize, choice: u32) -> Fired {
        self.fire_watched(state, scratch, context, choice, &mut Unwatched).unwrap_or(Fired::Blocked(1))
    }

    /// The same, op by op under the eyes of `watch`; `None` if it forbade one, and nothing has changed then.
    pub(super) fn fire_watched(
        &self,
        state: &[u64],
        scratch: &mut Scratch,
        context: usize,
        choice: u32,
        watch: &mut impl Watch,
    ) -> Option<Fired> {
        let Pc::At(step) = scratch.pcs[context] else { return Some(Fired::Blocked(1)) };
        if scratch.dead || !self.cpu_allows(scratch, context) {
            return Some(Fired::Blocked(1));
        }
        for local in &self.layout.contexts[context].locals[usize::from(step)] {
            scratch.regs[usize::from(local.reg)] = local.slot.get(state);
        }
        let at = self.program.contexts[context].code.steps[usize::from(step)].at;
        scratch.covered[context][at as usize].note_outcome(1);
        self.run_from(scratch, context, at + 1, choice, watch)
    }

    /// Takes every step that `context` can take from the loaded state, one choice after the other; the state is the
    /// loaded one again afterwards. How many choices there are depends on the path: after one that offers few,
    /// another may still offer more, so the most seen counts, and a path's choices beyond its own number are repeats.
    pub fn each_choice(
        &self,
        state: &[u64],
        scratch: &mut Scratch,
        context: usize,
        f: &mut dyn FnMut(&mut Scratch, u32, &Outcome),
    ) {
        let pc = scratch.pcs[context];
        let (mut choice, mut most) = (0, 1);
        while choice < most {
            match self.fire(state, scratch, context, choice) {
                // Another choice may do what this one has to wait for.
                Fired::Blocked(choices) => most = most.max(choices),
                Fired::Done(outcome) => {
                    most = most.max(outcome.choices);
                    if choice < outcome.choices {
                        f(scratch, choice, &outcome);
                    }
                    self.rollback(scratch);
                    scratch.pcs[context] = pc;
                }
            }
            choice += 1;
        }
    }

    /// The first choice with which a context steps from one packed state to the other.
    pub fn choice_between(&self, from: &[u64], context: usize, to: &[u64], scratch: &mut Scratch) -> Option<u32> {
        let mut found = None;
        self.load(from, scratch);
        self.each_choice(from, scratch, context, &mut |scratch, choice, outcome| {
            let ends = matches!(outcome.end, End::At(_));
            if found.is_none() && ends && self.next(from, scratch, context, outcome) == to {
                found = Some(choice);
            }
        });
        found
    }

    /// The state after the step that was just fired, packed. Judges are not consulted.
    pub fn next<'s>(&self, state: &[u64], scratch: &'s mut Scratch, context: usize, outcome: &Outcome) -> &'s [u64] {
        self.pack(state, scratch, context, outcome);
        &scratch.packed
    }

    /// Takes the fired step back: memory is that of the loaded state again.
    pub fn rollback(&self, scratch: &mut Scratch) {
        while let Some((cell, old)) = scratch.undo.pop() {
            scratch.cells[cell as usize] = old;
        }
    }

    /// A softirq runs to completion before anything else on its CPU, and does not start while the task there
    /// has interrupts or bottom halves off.
    pub(crate) fn cpu_allows(&self, scratch: &Scratch, context: usize) -> bool {
        if self.program.contexts[context].cpu.is_none() {
            return true;
        }
        let Some(bound) = self.cpus.iter().find(|bound| bound.contains(&context)) else { return true };
        let starting =
            self.program.contexts[context].kind == Kind::Softirq && !self.active(context, scratch.pcs[context]);
        bound.iter().filter(|other| **other != context).all(|&other| {
            let pc = scratch.pcs[other];
            if self.program.contexts[other].kind == Kind::Softirq {
                return !self.active(other, pc);
            }
            !starting || self.attrs(other, pc).is_none_or(|a| a.irq == 0 && a.bottom_half == 0)
        })
    }

    /// Whether a softirq has begun and is not through.
    fn active(&self, context: usize, pc: Pc) -> bool {
        self.attrs(context, pc).is_some_and(|a| !a.idle && !a.fresh)
    }

    fn run_from(
        &self,
        scratch: &mut Scratch,
        context: usize,
        at: Target,
        choice: u32,
        watch: &mut impl Watch,
    ) -> Option<Fired> {
        let mut running = Running::new(&self.program.contexts[context].code, Some(context), choice);
        let end = match self.execute(scratch, &mut running, at, watch) {
            stop @ (Stop::Blocked | Stop::Forbidden) => {
                self.rollback(scratch);
                return matches!(stop, Stop::Blocked).then_some(Fired::Blocked(running.choices.radix));
            }
            Stop::End(end) => end,
            Stop::Return(_) => End::At(Pc::Ended),
        };
        let (violated, witnessed) = self.told((running.violated, running.witnessed));
        let choices = running.choices.radix;
        let end = self.check_locals(scratch, context, end);
        Some(Fired::Done(Outcome { end, violated, witnessed, choices }))
    }

    /// Locals that do not fit cut the path.
    fn check_locals(&self, scratch: &Scratch, context: usize, end: End) -> End {
        let End::At(Pc::At(step)) = end else { return end };
        let locals = &self.layout.contexts[context].locals[usize::from(step)];
        let wide = locals.iter().find(|l| !l.range.contains(scratch.regs[usize::from(l.reg)]));
        match wide {
            Some(local) => End::Cut(Cut::Local(context as u16, local.reg)),
            None => end,
        }
    }

    fn pack(&self, state: &[u64], scratch: &mut Scratch, context: usize, outcome: &Outcome) {
        scratch.packed.copy_from_slice(state);
        for &(cell, _) in &scratch.undo {
            if let Some(slot) = self.layout.cells[cell as usize] {
                slot.set(&mut scratch.packed, scratch.cells[cell as usize]);
            }
        }
        let layout = &self.layout.contexts[context];
        layout.block.iter().for_each(|bits| bits.set(&mut scratch.packed, 0));
        let pc = match outcome.end {
            End::At(pc) => pc,
            End::Crash(..) | End::Cut(_) => Pc::Ended,
        };
        if let Pc::At(step) = pc {
            for local in &layout.locals[usize::from(step)] {
                local.slot.set(&mut scratch.packed, scratch.regs[usize::from(local.reg)]);
            }
        }
        self.layout.set_pc(&mut scratch.packed, context, pc);
        scratch.pcs[context] = pc;
        if let Some(bits) = self.layout.sticky {
            bits.set(&mut scratch.packed, scratch.sticky.union(outcome.violated).0);
        }
        if let (Some(bits), End::Crash(..)) = (self.layout.dead, &outcome.end) {
            bits.set(&mut scratch.packed, 1);
        }
    }

    /// The task of a CPU.
    pub(crate) fn task_on(&self, cpu: u8) -> Option<usize> {
        self.program.contexts.iter().position(|c| c.kind == Kind::Task && c.cpu == Some(cpu))
    }
}
