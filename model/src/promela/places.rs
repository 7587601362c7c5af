//! Where contexts stand: program counters, who is idle, who may run.

use std::collections::BTreeSet;

use super::expr::Expr;
use crate::lang::program::*;

/// Program counters: step heads by index, then ended, parked, and not yet started.
pub(super) struct Places<'a> {
    program: &'a Program,
    names: Vec<String>,
}

impl<'a> Places<'a> {
    pub fn new(program: &'a Program) -> Self {
        let mut names: Vec<String> = Vec::new();
        for context in &program.contexts {
            let mut name = super::identifier(&context.name);
            while names.contains(&name) {
                name.push('_');
            }
            names.push(name);
        }
        Places { program, names }
    }

    /// The context's name as part of Promela's names.
    pub fn name(&self, context: usize) -> &str {
        &self.names[context]
    }

    pub fn counter(&self, context: usize) -> String {
        format!("pc_{}", self.names[context])
    }

    pub fn ended(&self, context: usize) -> usize {
        self.program.contexts[context].code.steps.len()
    }

    pub fn parked(&self, context: usize) -> usize {
        self.ended(context) + 1
    }

    pub fn unborn(&self, context: usize) -> usize {
        self.ended(context) + 2
    }

    /// Counters and the macros over them.
    pub fn declarations(&self) -> String {
        let mut text = String::new();
        for context in 0..self.names.len() {
            let (counter, unborn) = (self.counter(context), self.unborn(context));
            let storage = if unborn > 255 { "short" } else { "byte" };
            let (ended, parked) = (self.ended(context), self.parked(context));
            text += &format!(
                "{storage} {counter} = {unborn}; /* {ended}: over, {parked}: parked, {unborn}: not begun */\n"
            );
        }
        for context in 0..self.names.len() {
            let name = self.name(context);
            text += &format!("#define rests_{name} ({})\n", self.among(context, &|a| a.idle, true));
            text += &format!("#define active_{name} ({})\n", self.among(context, &|a| !a.idle && !a.fresh, false));
            let masked = self.among(context, &|a| a.irq > 0 || a.bottom_half > 0, false);
            text += &format!("#define masked_{name} ({masked})\n");
        }
        let all: Vec<String> = self.names.iter().map(|name| format!("rests_{name}")).collect();
        text + &format!("#define at_rest ({})\n", if all.is_empty() { "1".into() } else { all.join(" && ") })
    }

    /// That a context stands at a step whose attributes are such; or, with `over`, that it is over or parked.
    fn among(&self, context: usize, such: &dyn Fn(&StepAttrs) -> bool, over: bool) -> String {
        let steps = &self.program.contexts[context].code.steps;
        let mut places: BTreeSet<usize> = (0..steps.len()).filter(|i| such(&steps[*i].attrs)).collect();
        if over {
            places.extend([self.ended(context), self.parked(context)]);
        }
        let counter = self.counter(context);
        let runs: Vec<String> = runs(&places)
            .into_iter()
            .map(|(low, high)| match low == high {
                true => format!("{counter} == {low}"),
                false => format!("({counter} >= {low} && {counter} <= {high})"),
            })
            .collect();
        if runs.is_empty() { "0".into() } else { runs.join(" || ") }
    }

    /// Whether a context rests at a place: idle, over or parked.
    pub fn rests_at(&self, context: usize, place: usize) -> bool {
        self.program.contexts[context].code.steps.get(place).is_none_or(|step| step.attrs.idle)
    }

    /// The condition that the CPU rule puts on a step: a softirq runs to completion before anything else on its
    /// CPU, and does not start while the task there has interrupts or bottom halves off.
    pub fn cpu_allows(&self, context: usize, step: usize) -> String {
        let contexts = &self.program.contexts;
        let Some(cpu) = contexts[context].cpu else { return String::new() };
        let attrs = &contexts[context].code.steps[step].attrs;
        let starts = contexts[context].kind == Kind::Softirq && (attrs.idle || attrs.fresh);
        let others = (0..contexts.len()).filter(|o| *o != context && contexts[*o].cpu == Some(cpu));
        others
            .filter_map(|other| match contexts[other].kind {
                Kind::Softirq => Some(format!(" && !active_{}", self.name(other))),
                _ => starts.then(|| format!(" && !masked_{}", self.name(other))),
            })
            .collect()
    }

    /// `current->mm` of a context that sees its CPU's.
    pub fn mm_of_cpu(&self, cpu: u8) -> Expr {
        let is_task = |c: &&Context| c.kind == Kind::Task && c.cpu == Some(cpu);
        let position = self.program.contexts.iter().position(|c| is_task(&c));
        let Some(task) = position else { return Expr::number(0) };
        match self.program.contexts[task].mm {
            CurrentMm::Fixed(mm) if mm != 0 => {
                let text = format!("(rests_{} -> 0 : {mm})", self.name(task));
                Expr::given(text, Range { low: 0, high: mm })
            }
            _ => Expr::number(0),
        }
    }

    /// Objects of the pool of mms.
    pub fn mms(&self) -> u16 {
        self.program.pools.iter().find(|p| p.tag == "mm_struct").map_or(0, |p| p.len)
    }
}

/// Maximal runs of consecutive numbers.
fn runs(numbers: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some((_, high)) if *high + 1 == number => *high = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}
