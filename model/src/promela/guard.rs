//! When a step is enabled: the ops up to its `await`, evaluated on paper.
//!
//! A `d_step` must not block in its middle, so what it waits for has to stand in front of it. Crashes on the
//! way to the `await` do not wait for anything. Where ops before the `await` write or choose, or the condition grows
//! too long, nothing stands in front: the step is tried, and put back if it cannot go on.

use std::collections::{BTreeMap, BTreeSet};

use super::Export;
use super::expr::{Expr, undefined};
use super::flow::Flow;
use crate::lang::ast::BinaryOp;
use crate::lang::program::*;

/// Ops that are evaluated at most, over all paths, and length of the result.
const BUDGET: usize = 10_000;

/// How a step waits.
pub(super) enum Waiting {
    /// Never.
    Never,
    /// For this condition, in front of the step.
    Before(Expr),
    /// In its middle: it must be tried to know.
    Within,
}

/// How the step of `flow` waits.
pub(super) fn waiting(export: &Export, context: usize, flow: &Flow, ranges: &[Range]) -> Waiting {
    let waits = leads_to_await(flow);
    if !waits.contains(&flow.entry) {
        return Waiting::Never;
    }
    let mut guard = Guard { export, context, flow, ranges, waits, budget: BUDGET };
    match guard.from(flow.entry, BTreeMap::new()) {
        Some(condition) if condition.constant() == Some(1) => Waiting::Never,
        Some(condition) if condition.text.len() <= BUDGET => Waiting::Before(condition),
        _ => Waiting::Within,
    }
}

/// Ops from which an `await` can be reached inside the step.
pub(super) fn leads_to_await(flow: &Flow) -> BTreeSet<usize> {
    let mut leads = BTreeSet::new();
    let mut changed = true;
    while changed {
        changed = false;
        for &at in &flow.ops {
            let waits =
                matches!(flow.op(at), Op::Await { .. }) || flow.successors(at).iter().any(|n| leads.contains(n));
            changed |= waits && leads.insert(at);
        }
    }
    leads
}

struct Guard<'a> {
    export: &'a Export<'a>,
    context: usize,
    flow: &'a Flow<'a>,
    ranges: &'a [Range],
    waits: BTreeSet<usize>,
    budget: usize,
}

type Known = BTreeMap<Reg, Expr>;

impl Guard<'_> {
    /// Whether the step gets from the op at `at` to its end, given the registers known so far; `None` if that cannot
    /// be said on paper.
    fn from(&mut self, mut at: usize, mut known: Known) -> Option<Expr> {
        let mut conditions: Vec<Condition> = Vec::new();
        let last = loop {
            if !self.waits.contains(&at) {
                break Expr::number(1);
            }
            self.budget = self.budget.checked_sub(1)?;
            match self.flow.op(at) {
                Op::Branch { cond, .. } => break self.branch(at, *cond, known)?,
                Op::Await { cond } => conditions.push(Condition::Waits(self.value(&known, *cond))),
                op => conditions.extend(self.define(op, &mut known)?.map(Condition::Crashes)),
            }
            at = self.flow.next(at);
        };
        Some(conditions.into_iter().rev().fold(last, |rest, condition| condition.before(rest)))
    }

    fn branch(&mut self, at: usize, cond: Operand, known: Known) -> Option<Expr> {
        let cond = self.value(&known, cond);
        let targets = self.flow.successors(at);
        let (then, other) = (targets[0], targets[1]);
        match cond.constant() {
            Some(0) => self.from(other, known),
            Some(_) => self.from(then, known),
            None => {
                let yes = self.from(then, known.clone())?;
                let no = self.from(other, known)?;
                Some(Expr::choose(&cond, &yes, &no))
            }
        }
    }

    fn value(&self, known: &Known, operand: Operand) -> Expr {
        match operand {
            Operand::Imm(value) => Expr::number(value),
            Operand::Reg(reg) => match known.get(&reg) {
                Some(expr) => expr.clone(),
                None => Expr::register(reg, self.ranges[usize::from(reg)]),
            },
        }
    }

    /// Evaluates a straight op; yields the condition under which it crashes. `None`: it chooses or writes.
    fn define(&mut self, op: &Op, known: &mut Known) -> Option<Option<Expr>> {
        let mut crash = None;
        let (dst, expr) = match op {
            Op::Check { .. } => return Some(None),
            Op::Copy { dst, src } => (dst, self.value(known, *src)),
            Op::Unary { dst, op, a } => (dst, Expr::unary(*op, &self.value(known, *a))),
            Op::Binary { dst, op, a, b } => {
                let (a, b) = (self.value(known, *a), self.value(known, *b));
                crash = undefined(*op, &b);
                (dst, Expr::binary(*op, &a, &b))
            }
            Op::ObjectAt { dst, index, len } => {
                let index = self.value(known, *index);
                crash = self.export.out_of_range(&index, *len);
                (dst, self.export.object_at(&index, *len))
            }
            Op::Load { dst, place } => {
                let object = self.value(known, place.object);
                let index = place.index.map(|i| self.value(known, i.value));
                crash = self.export.cells.crashes(place, &object, index.as_ref());
                (dst, self.export.cells.load(place, &object, index.as_ref()))
            }
            Op::CurrentMm { dst, .. } => match self.export.program.contexts[self.context].mm {
                CurrentMm::Fixed(mm) => (dst, Expr::number(mm)),
                CurrentMm::OfCpu(cpu) => (dst, self.export.places.mm_of_cpu(cpu)),
                CurrentMm::Any => return None,
            },
            _ => return None,
        };
        known.insert(*dst, expr);
        Some(crash)
    }
}

enum Condition {
    /// The step goes on only if this holds.
    Waits(Expr),
    /// If this holds the step crashes, which it can do at once.
    Crashes(Expr),
}

impl Condition {
    fn before(self, rest: Expr) -> Expr {
        match self {
            Condition::Crashes(crash) => Expr::choose(&crash, &Expr::number(1), &rest),
            Condition::Waits(cond) if rest.constant() == Some(1) => cond,
            Condition::Waits(cond) => Expr::binary(BinaryOp::And, &cond, &rest),
        }
    }
}
