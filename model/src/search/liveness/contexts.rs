//! The processes of a system, and what fairness demands of them where they stand.

use super::{Duties, MOST, Processes};
use crate::lang::program::{Kind, StepInfo};
use crate::system::{Pc, System};

/// What the processes of a system are: a bit for each context, then one for each that makes a fair choice.
pub struct Contexts<'a> {
    system: &'a System,
    choosers: Vec<usize>,
}

impl<'a> Contexts<'a> {
    /// Those of a system; `None` if there are too many.
    pub fn of(system: &'a System) -> Option<Self> {
        let contexts = system.program().contexts.iter().enumerate();
        let choosers = contexts.filter(|(_, context)| context.code.steps.iter().any(|step| step.fairness.chosen));
        let choosers: Vec<usize> = choosers.map(|(index, _)| index).collect();
        (system.program().contexts.len() + choosers.len() <= MOST).then_some(Contexts { system, choosers })
    }

    /// The processes that step when a context standing there steps with this choice.
    pub fn stepping(&self, context: usize, pc: Pc, choice: u32) -> Processes {
        let step = self.step(context, pc);
        let fairly = step.is_some_and(|step| step.fairness.chosen) && choice & 1 == 1;
        1 << context | if fairly { self.chooser(context) } else { 0 }
    }

    /// The process that is a context's fair choices; none if it makes none.
    pub(super) fn chooser(&self, context: usize) -> Processes {
        let at = self.choosers.iter().position(|chooser| *chooser == context);
        at.map_or(0, |at| 1 << (self.system.program().contexts.len() + at))
    }

    /// What fairness demands where these processes can step. Nobody has to make a system call; whatever else begins was
    /// asked for.
    pub fn duties(&self, pcs: &[Pc], able: Processes) -> Duties {
        let contexts = &self.system.program().contexts;
        let mut duties = Duties { strong: able & !((1 << contexts.len()) - 1), ..Duties::default() };
        for (context, &pc) in pcs.iter().enumerate().filter(|(context, _)| able >> context & 1 == 1) {
            let Some(step) = self.step(context, pc) else { continue };
            let call = contexts[context].kind == Kind::Task && (step.attrs.idle || step.attrs.fresh);
            match (call || step.fairness.optional, step.fairness.served) {
                (true, _) => {}
                (_, true) => duties.awaits |= 1 << context,
                _ => duties.weak |= 1 << context,
            }
        }
        duties
    }

    fn step(&self, context: usize, pc: Pc) -> Option<&StepInfo> {
        let Pc::At(step) = pc else { return None };
        self.system.program().contexts[context].code.steps.get(usize::from(step))
    }
}
