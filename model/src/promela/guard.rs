//! When a step is enabled: the ops up to its `await`, evaluated on paper.
//!
//! A `d_step` must not block in its middle, so what it waits for has to stand in front of it. Crashes on the
//! way to the `await` do not wait for anything.

use std::collections::{BTreeMap, BTreeSet};

use super::Export;
use super::Refusal;
use super::expr::{Expr, undefined};
use super::flow::Flow;
use super::registers::range_of;
use crate::lang::ast::BinaryOp;
use crate::lang::program::*;

/// Ops that are evaluated at most, over all paths, and length of the result.
const BUDGET: usize = 10_000;

/// The condition under which the step of `flow` is enabled; `None` if it always is.
pub(super) fn enabled(export: &Export, context: usize, flow: &Flow, trusted: &[bool]) -> Result<Option<Expr>, Refusal> {
    let waits = leads_to_await(flow);
    if !waits.contains(&flow.entry) {
        return Ok(None);
    }
    let mut guard = Guard { export, context, flow, trusted, waits, budget: BUDGET };
    let result = guard.from(flow.entry, BTreeMap::new())?;
    if result.text.len() > BUDGET {
        return Err(guard.refuse(flow.entry, "a condition to wait for that is too long for one expression"));
    }
    Ok(Some(result).filter(|guard| guard.constant() != Some(1)))
}

/// Ops from which an `await` can be reached inside the step.
fn leads_to_await(flow: &Flow) -> BTreeSet<usize> {
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
    trusted: &'a [bool],
    waits: BTreeSet<usize>,
    budget: usize,
}

type Known = BTreeMap<Reg, Expr>;

impl Guard<'_> {
    fn refuse(&self, at: usize, feature: &str) -> Refusal {
        self.export.refuse(self.context, at, feature)
    }

    /// Whether the step gets from the op at `at` to its end, given the registers known so far.
    fn from(&mut self, mut at: usize, mut known: Known) -> Result<Expr, Refusal> {
        let mut conditions: Vec<Condition> = Vec::new();
        let last = loop {
            if !self.waits.contains(&at) {
                break Expr::number(1);
            }
            self.budget = self.budget.saturating_sub(1);
            if self.budget == 0 {
                return Err(self.refuse(at, "an await behind a long computation"));
            }
            match self.flow.op(at) {
                Op::Branch { cond, .. } => break self.branch(at, *cond, known)?,
                Op::Await { cond } => conditions.push(Condition::Waits(self.value(&known, *cond))),
                op => conditions.extend(self.define(at, op, &mut known)?.map(Condition::Crashes)),
            }
            at = self.flow.next(at);
        };
        Ok(conditions.into_iter().rev().fold(last, |rest, condition| condition.before(rest)))
    }

    fn branch(&mut self, at: usize, cond: Operand, known: Known) -> Result<Expr, Refusal> {
        let cond = self.value(&known, cond);
        let targets = self.flow.successors(at);
        let (then, other) = (targets[0], targets[1]);
        match cond.constant() {
            Some(0) => self.from(other, known),
            Some(_) => self.from(then, known),
            None => {
                let yes = self.from(then, known.clone())?;
                let no = self.from(other, known)?;
                Ok(Expr::choose(&cond, &yes, &no))
            }
        }
    }

    fn value(&self, known: &Known, operand: Operand) -> Expr {
        match operand {
            Operand::Imm(value) => Expr::number(value),
            Operand::Reg(reg) => match known.get(&reg) {
                Some(expr) => expr.clone(),
                None => Expr::register(reg, range_of(self.flow.code, self.trusted, reg)),
            },
        }
    }

    /// Evaluates a straight op; yields the condition under which it crashes.
    fn define(&mut self, at: usize, op: &Op, known: &mut Known) -> Result<Option<Expr>, Refusal> {
        let mut crash = None;
        let (dst, expr) = match op {
            Op::Check { .. } => return Ok(None),
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
                CurrentMm::Any => return Err(self.refuse(at, "a choice before an await in one step")),
            },
            Op::Nondet { .. } => return Err(self.refuse(at, "a choice before an await in one step")),
            _ => return Err(self.refuse(at, "a write before an await in one step")),
        };
        known.insert(*dst, expr);
        Ok(crash)
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
