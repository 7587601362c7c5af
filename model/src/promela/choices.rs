//! What a step chooses. A `d_step` chooses nothing, so each way to choose is an option of its own: a number, of which
//! each choice on the path takes the next digit.
//!
//! How many digits a path takes may not be known before it is run. Then a step has [`OPTIONS`] options, and a path
//! that needs more tells of itself: the search is incomplete then, and says so.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Body, Purpose};
use super::flow::Flow;
use super::{Export, Refusal};
use crate::lang::program::*;

/// Options of a step at most; each repeats the statements of the step.
pub(super) const OPTIONS: u32 = 256;

/// Scratch variables that steps share: each step leaves them as it found them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shared {
    /// A value on its way to memory.
    Value,
    /// What is left of the choice.
    Choice,
    /// How many ways to choose there were so far.
    Ways,
    /// Rounds of loops inside the step.
    Rounds,
}

impl Shared {
    pub const ALL: [Shared; 4] = [Shared::Value, Shared::Choice, Shared::Ways, Shared::Rounds];

    pub fn name(self) -> &'static str {
        match self {
            Shared::Value => "t_value",
            Shared::Choice => "t_choice",
            Shared::Ways => "t_ways",
            Shared::Rounds => "t_rounds",
        }
    }

    /// What it holds between steps.
    pub fn initially(self) -> u8 {
        u8::from(self == Shared::Ways)
    }

    pub fn declaration(self) -> String {
        let keyword = if self == Shared::Ways { "int" } else { "short" };
        format!("{keyword} {} = {};\n", self.name(), self.initially())
    }
}

/// How a step chooses.
pub(super) struct Choosing {
    /// Options that it has.
    pub options: u32,
    /// Whether a path may need more.
    pub counted: bool,
    /// Whether it may choose more than once.
    several: bool,
}

impl Choosing {
    /// How the step of `flow` chooses.
    pub fn of(export: &Export, context: usize, flow: &Flow, ranges: &[Range]) -> Self {
        let ways = |op: &Op| ways(export, context, ranges, op);
        let choosers: BTreeMap<usize, u32> =
            flow.ops.iter().filter_map(|at| Some((*at, ways(flow.op(*at))?))).collect();
        let repeats = choosers.keys().any(|at| flow.repeats(*at));
        let bound = if repeats { u32::MAX } else { longest(flow, &choosers) };
        let several = repeats || choosers.len() > 1;
        Choosing { options: bound.min(OPTIONS), counted: bound > OPTIONS, several }
    }

    /// The options of what all contexts do before their first steps.
    pub fn together(export: &Export, each: impl Iterator<Item = u32>) -> Result<u32, Refusal> {
        let options = each.fold(1, u32::saturating_mul);
        if options <= OPTIONS {
            return Ok(options);
        }
        let feature = format!("more than {OPTIONS} ways to choose before the first steps");
        let chooses = |c: &&usize| export.program.contexts[**c].code.ops.iter().any(is_choice);
        let context = (0..export.program.contexts.len()).collect::<Vec<_>>().iter().find(chooses).copied().unwrap_or(0);
        let first = export.program.contexts[context].code.ops.iter().position(is_choice).unwrap_or(0);
        Err(export.refuse(context, first, &feature))
    }
}

pub(super) fn is_choice(op: &Op) -> bool {
    matches!(op, Op::Nondet { .. } | Op::CurrentMm { .. })
}

/// How many ways an op has; `None` if it is no choice.
fn ways(export: &Export, context: usize, ranges: &[Range], op: &Op) -> Option<u32> {
    match op {
        Op::Nondet { n: Operand::Imm(n), .. } => Some(u32::from((*n).max(1) as u16)),
        Op::Nondet { n: Operand::Reg(n), .. } => Some(u32::from(ranges[usize::from(*n)].high.max(1) as u16)),
        Op::CurrentMm { .. } if export.program.contexts[context].mm == CurrentMm::Any => {
            Some(u32::from(export.places.mms()) + 1)
        }
        _ => None,
    }
}

/// The most ways that a path through the step has; no choice is on a cycle.
fn longest(flow: &Flow, choosers: &BTreeMap<usize, u32>) -> u32 {
    let mut most: BTreeMap<usize, u32> = BTreeMap::new();
    let mut changed = true;
    while changed {
        changed = false;
        for &at in flow.ops.iter().rev() {
            let after = flow.successors(at).iter().filter_map(|next| most.get(next)).max().copied().unwrap_or(1);
            let here = after.saturating_mul(choosers.get(&at).copied().unwrap_or(1));
            changed |= most.insert(at, here) != Some(here);
        }
    }
    most.get(&flow.entry).copied().unwrap_or(1)
}

impl Body<'_> {
    /// Says how choices are printed: by a variable where there may be several, or where there is one anyway.
    pub fn prepare_choices(&mut self, choosing: &Choosing, variable: bool) {
        let choice = (variable || choosing.several).then_some(Shared::Choice);
        let ways = choosing.counted.then_some(Shared::Ways);
        self.shared.extend(choice.into_iter().chain(ways));
    }

    /// `dst` takes the next digit of the choice.
    pub(super) fn choose(&mut self, at: usize, dst: Reg, n: Operand) {
        let n = self.operand(at, n);
        let bound = match n.constant() {
            Some(n) => n.max(1).to_string(),
            None => format!("({0} < 1 -> 1 : {0})", n.text),
        };
        self.digit(dst, &bound);
    }

    fn digit(&mut self, dst: Reg, bound: &str) {
        if self.shared.contains(&Shared::Ways) {
            self.text(format!("if\n:: t_ways <= {OPTIONS} -> t_ways = t_ways * {bound}\n:: else -> skip\nfi"));
        }
        if !self.shared.contains(&Shared::Choice) {
            return self.text(format!("@{dst}@ = @choice@ % {bound}"));
        }
        // The bound may stand in the register that takes the digit.
        self.shared.insert(Shared::Value);
        self.text(format!("t_value = {bound}"));
        self.text(format!("@{dst}@ = t_choice % t_value"));
        self.text("t_choice = t_choice / t_value".into());
    }

    pub(super) fn current_mm(&mut self, at: usize, dst: Reg) {
        let Purpose::Step(context) = self.purpose else { return };
        match self.export.program.contexts[context].mm {
            CurrentMm::Fixed(mm) => self.define(at, dst, super::expr::Expr::number(mm)),
            CurrentMm::Any => self.digit(dst, &(self.export.places.mms() + 1).to_string()),
            CurrentMm::OfCpu(cpu) => self.define(at, dst, self.export.places.mm_of_cpu(cpu)),
        }
    }
}

/// The statement that a path needed more options than there are.
pub(super) fn enough(shared: &BTreeSet<Shared>) -> Option<String> {
    let counted = shared.contains(&Shared::Ways);
    counted.then(|| format!("if\n:: t_ways > {OPTIONS} -> short_of_options()\n:: else -> skip\nfi"))
}
