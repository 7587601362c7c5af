//! What a CPU allows, and whose mm a context sees.

use super::machine::Mm;
use super::state::State;
use super::{Actor, Interpreter};
use crate::lang::lower::MmSpec;
use crate::lang::program::Kind;

impl<'a> Interpreter<'a> {
    /// The rule of a CPU: a softirq runs to completion, and does not start while it is kept out.
    pub(super) fn may_step(&self, state: &State<'a>, who: usize) -> bool {
        let Some(cpu) = self.actors[who].cpu else { return true };
        let starts = self.actors[who].kind == Kind::Softirq && !self.is_active(state, who);
        let others = (0..self.actors.len()).filter(|&other| other != who && self.actors[other].cpu == Some(cpu));
        others.into_iter().all(|other| match self.actors[other].kind {
            Kind::Softirq => !self.is_active(state, other),
            _ => !starts || state.contexts[other].irq + state.contexts[other].bottom_half == 0,
        })
    }

    /// Whether a context is between its first step (since it was idle) and its end.
    fn is_active(&self, state: &State<'a>, who: usize) -> bool {
        let context = &state.contexts[who];
        !context.todo.is_empty() && !context.idle && !context.fresh
    }

    pub(super) fn current_mm(&self, state: &State<'a>, who: usize) -> Mm {
        let actor = &self.actors[who];
        match (actor.mm, actor.kind, actor.cpu) {
            (MmSpec::Index(index), _, _) => Mm::Fixed(i32::from(index) + 1),
            (MmSpec::Any, _, _) | (MmSpec::ByKind, Kind::Softirq, None) => Mm::Any,
            (MmSpec::ByKind, Kind::Softirq, Some(cpu)) => Mm::OfTask(self.mm_of_task(state, cpu)),
            (MmSpec::ByKind, _, _) => Mm::Fixed(0),
        }
    }

    /// The mm of the task on a CPU: NULL if it is idle, parked or over, or if there is none.
    fn mm_of_task(&self, state: &State<'a>, cpu: u8) -> i32 {
        let on_cpu = |actor: &Actor| actor.kind == Kind::Task && actor.cpu == Some(cpu);
        let Some(task) = self.actors.iter().position(on_cpu) else { return 0 };
        let context = &state.contexts[task];
        if context.idle || context.todo.is_empty() {
            return 0;
        }
        match self.actors[task].mm {
            MmSpec::Index(index) => i32::from(index) + 1,
            MmSpec::Any => context.mm.unwrap_or(0),
            MmSpec::ByKind => 0,
        }
    }
}
