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
        let fairly = self.demands(context, pc).chooses_fairly(context, choice);
        1 << context | if fairly { self.chooser(context) } else { 0 }
    }

    /// The process that is a context's fair choices; none if it makes none.
    pub(super) fn chooser(&self, context: usize) -> Processes {
        let at = self.choosers.iter().position(|chooser| *chooser == context);
        at.map_or(0, |at| 1 << (self.system.program().contexts.len() + at))
    }

    /// What fairness demands where these processes can step.
    pub fn duties(&self, pcs: &[Pc], able: Processes) -> Duties {
        let demands = pcs.iter().enumerate().map(|(context, pc)| self.demands(context, *pc));
        demands.fold(Demands::default(), Demands::and).duties(self, able)
    }

    /// What fairness demands of a context that stands there. Nobody has to make a system call; whatever else begins was
    /// asked for.
    pub(super) fn demands(&self, context: usize, pc: Pc) -> Demands {
        let mut demands = Demands::default();
        let Some(step) = self.step(context, pc) else { return demands };
        let kind = self.system.program().contexts[context].kind;
        let call = kind == Kind::Task && (step.attrs.idle || step.attrs.fresh);
        match (call || step.fairness.optional, step.fairness.served) {
            (true, _) => {}
            (_, true) => demands.awaits = 1 << context,
            _ => demands.weak = 1 << context,
        }
        demands.chosen = u64::from(step.fairness.chosen) << context;
        demands
    }

    fn step(&self, context: usize, pc: Pc) -> Option<&StepInfo> {
        let Pc::At(step) = pc else { return None };
        self.system.program().contexts[context].code.steps.get(usize::from(step))
    }
}

/// What fairness demands of contexts that stand somewhere, as far as they can step there: a bit each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demands {
    /// [`Duties::weak`].
    weak: Processes,
    /// [`Duties::awaits`].
    awaits: Processes,
    /// Those that make a fair choice there.
    chosen: Processes,
}

impl Demands {
    /// Of the ones and the others.
    pub fn and(self, others: Demands) -> Demands {
        Demands {
            weak: self.weak | others.weak,
            awaits: self.awaits | others.awaits,
            chosen: self.chosen | others.chosen,
        }
    }

    /// Whether a context that steps with this choice is told true by a choice that is made fairly.
    pub fn chooses_fairly(self, context: usize, choice: u32) -> bool {
        self.chosen >> context & 1 == 1 && choice & 1 == 1
    }

    /// The duties where these processes can step.
    pub fn duties(self, contexts: &Contexts, able: Processes) -> Duties {
        let choosers = !((1 << contexts.system.program().contexts.len()) - 1);
        Duties { weak: self.weak & able, awaits: self.awaits & able, strong: able & choosers }
    }
}
