//! The ops of one step as Promela statements. Labels and `goto` carry control: a `d_step` takes both.

use std::collections::{BTreeMap, BTreeSet};

use super::Export;
use super::choices::Shared;
use super::expr::{Expr, undefined};
use super::flow::{Flow, defines};
use crate::lang::ast::{BinaryOp, UnaryOp};
use crate::lang::program::*;

/// Whose ops they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A step of this context.
    Step(usize),
    /// A claim function: it crashes into "not true", and yields a value.
    Judge,
}

/// Where a step leaves its straight path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    Crash,
    Cut,
    /// It cannot be taken now.
    Blocked,
}

/// A line of the body.
#[derive(Clone, Debug)]
pub(super) enum Line {
    Label(String),
    Text(String),
    /// The context arrives at a place; the op is a step head, `End` or `Park`.
    Land {
        at: usize,
        place: usize,
    },
}

/// Rounds of loops in one step: more than the bound on ops that the system sets lets through.
const ROUNDS: u32 = 30_000;

/// The statements of one step, registers still in the form `@7@`.
pub(super) struct Body<'a> {
    pub(super) export: &'a Export<'a>,
    pub(super) flow: &'a Flow<'a>,
    ranges: &'a [Range],
    prefix: &'a str,
    pub(super) purpose: Purpose,
    /// Values that are printed where they are used, by user and register.
    folded: BTreeMap<(usize, Reg), Expr>,
    placed: BTreeSet<usize>,
    /// Conditions of exits that were not taken on the way here, and still do not hold.
    refuted: Vec<Expr>,
    pub lines: Vec<Line>,
    /// Ops that may violate a claim.
    pub blames: BTreeSet<(usize, u16)>,
    /// Ops at which the step may crash or be cut.
    pub exits: BTreeSet<(usize, Exit)>,
    /// Claims of which a step tells at its end, since it may still turn out to wait.
    pub noted: BTreeSet<u16>,
    /// Scratch variables that steps share, as far as this one uses them.
    pub shared: BTreeSet<Shared>,
}

impl<'a> Body<'a> {
    pub fn new(
        export: &'a Export<'a>,
        flow: &'a Flow<'a>,
        ranges: &'a [Range],
        prefix: &'a str,
        purpose: Purpose,
    ) -> Self {
        Body {
            export,
            flow,
            ranges,
            prefix,
            purpose,
            folded: BTreeMap::new(),
            placed: BTreeSet::new(),
            refuted: Vec::new(),
            lines: Vec::new(),
            blames: BTreeSet::new(),
            exits: BTreeSet::new(),
            noted: BTreeSet::new(),
            shared: BTreeSet::new(),
        }
    }

    /// Writes all ops of the flow.
    pub fn write(&mut self) {
        let mut pending = vec![(self.flow.entry, Vec::new())];
        while let Some((start, refuted)) = pending.pop() {
            if !self.placed.contains(&start) {
                self.refuted = refuted;
                self.chain(start, &mut pending);
            }
        }
    }

    /// Writes ops in a straight line; branches not taken go to `pending`.
    fn chain(&mut self, mut at: usize, pending: &mut Pending) {
        loop {
            let label = self.label(at);
            if !self.placed.insert(at) {
                self.count_round(at);
                return self.text(format!("goto {label}"));
            }
            if !self.flow.is_alone(at) {
                self.refuted.clear();
            }
            self.lines.push(Line::Label(label));
            match self.op(at, pending) {
                Some(next) => at = next,
                None => return,
            }
        }
    }

    pub fn label(&self, at: usize) -> String {
        format!("{}_{at}", self.prefix)
    }

    pub(super) fn text(&mut self, text: String) {
        self.lines.push(Line::Text(text));
    }

    /// Writes one op; yields the one that follows it directly.
    fn op(&mut self, at: usize, pending: &mut Pending) -> Option<usize> {
        match self.flow.op(at) {
            Op::Step => self.land(at, usize::from(self.flow.code.step_of[at])),
            Op::End => self.land(at, self.flow.code.steps.len()),
            Op::Park => self.land(at, self.flow.code.steps.len() + 1),
            Op::Crash(_) => {
                let label = self.exit(at, Exit::Crash);
                self.text(format!("goto {label}"));
                None
            }
            Op::Return(value) => {
                let value = self.operand(at, *value);
                let prefix = self.prefix;
                self.text(match value.constant() {
                    Some(0) => format!("goto {prefix}_bad"),
                    Some(_) => format!("goto {prefix}_good"),
                    None => format!("if\n:: {} -> goto {prefix}_good\n:: else -> goto {prefix}_bad\nfi", value.text),
                });
                None
            }
            Op::Branch { cond, .. } => self.branch(at, *cond, pending),
            op => {
                self.straight(at, op);
                Some(self.flow.next(at))
            }
        }
    }

    /// A step that goes round a loop too often is cut, where it would not end.
    fn count_round(&mut self, at: usize) {
        if self.flow.repeats(at) {
            self.shared.insert(Shared::Rounds);
            self.text("t_rounds = t_rounds + 1".into());
            let label = self.exit(at, Exit::Cut);
            self.text(format!("if\n:: t_rounds > {ROUNDS} -> goto {label}\n:: else -> skip\nfi"));
        }
    }

    fn land(&mut self, at: usize, place: usize) -> Option<usize> {
        self.lines.push(Line::Land { at, place });
        None
    }

    fn branch(&mut self, at: usize, cond: Operand, pending: &mut Pending) -> Option<usize> {
        let cond = self.operand(at, cond);
        let targets = self.flow.successors(at);
        let (then, other) = (targets[0], targets[1]);
        match cond.constant() {
            Some(0) => return Some(other),
            Some(_) => return Some(then),
            None => {}
        }
        let label = self.label(then);
        self.count_round(at);
        self.text(format!("if\n:: {} -> goto {label}\n:: else -> skip\nfi", cond.text));
        pending.push((then, self.refuted.clone()));
        Some(other)
    }

    /// The label to which a step goes when it crashes or is cut.
    pub fn exit(&mut self, at: usize, exit: Exit) -> String {
        self.exits.insert((at, exit));
        match (self.purpose, exit) {
            (Purpose::Judge, _) => format!("{}_bad", self.prefix),
            (_, Exit::Crash) => format!("{}_crash", self.prefix),
            (_, Exit::Cut) => format!("{}_cut", self.prefix),
            (_, Exit::Blocked) => format!("{}_blocked", self.prefix),
        }
    }

    pub(super) fn leave_if(&mut self, at: usize, cond: Option<Expr>, exit: Exit) {
        let Some(cond) = cond.filter(|c| c.constant() != Some(0)) else { return };
        if self.refuted.iter().any(|known| known.text == cond.text) {
            return;
        }
        let label = self.exit(at, exit);
        self.text(format!("if\n:: {} -> goto {label}\n:: else -> skip\nfi", cond.text));
        self.refuted.push(cond);
    }

    /// An operand of the op at `at`.
    pub(super) fn operand(&mut self, at: usize, operand: Operand) -> Expr {
        match operand {
            Operand::Imm(value) => Expr::number(value),
            Operand::Reg(reg) => match self.folded.remove(&(at, reg)) {
                Some(expr) => expr,
                None => Expr::register(reg, self.ranges[usize::from(reg)]),
            },
        }
    }

    fn straight(&mut self, at: usize, op: &Op) {
        self.statement(at, op);
        let (defined, writes) = (defines(op), !self.export.cells.written_by(op).is_empty());
        self.refuted.retain(|cond| !(writes && cond.memory) && defined.is_none_or(|reg| !cond.regs.contains(&reg)));
    }

    fn statement(&mut self, at: usize, op: &Op) {
        match op {
            Op::Copy { dst, src } if self.wanted(at, *dst) => {
                let value = self.operand(at, *src);
                self.define(at, *dst, value);
            }
            Op::Unary { dst, op, a } if self.wanted(at, *dst) => {
                let value = Expr::unary(*op, &self.operand(at, *a));
                self.define(at, *dst, value);
            }
            Op::Binary { dst, op, a, b } => self.binary(at, *dst, *op, *a, *b),
            Op::ObjectAt { dst, index, len } => {
                let index = self.operand(at, *index);
                self.leave_if(at, self.export.out_of_range(&index, *len), Exit::Crash);
                self.define(at, *dst, self.export.object_at(&index, *len));
            }
            Op::Load { dst, place } => {
                let (object, index) = self.address(at, place);
                self.leave_if(at, self.export.cells.crashes(place, &object, index.as_ref()), Exit::Crash);
                self.define(at, *dst, self.export.cells.load(place, &object, index.as_ref()));
            }
            Op::Store { place, src } => self.store(at, place, *src),
            Op::Check { claim, cond } => self.check(at, *claim, *cond),
            Op::Nondet { dst, n } => self.choose(at, *dst, *n),
            Op::CurrentMm { dst, .. } => self.current_mm(at, *dst),
            Op::PoolGet { dst, pool } => self.pool_get(*dst, *pool),
            Op::PoolPut { pool, object } => self.pool_put(at, *pool, *object),
            Op::Await { cond } if self.flow.tried.contains(&at) => self.wait(at, *cond),
            _ => {}
        }
    }

    fn wanted(&self, at: usize, dst: Reg) -> bool {
        self.flow.live_after(at, dst)
    }

    /// `dst = value`, now, or where it is used if that is one place further down.
    pub(super) fn define(&mut self, at: usize, dst: Reg, value: Expr) {
        if !self.wanted(at, dst) {
            return;
        }
        match self.only_user(at, dst, &value) {
            Some(user) => {
                self.folded.insert((user, dst), value);
            }
            None => self.text(format!("@{dst}@ = {}", value.text)),
        }
    }

    /// The op in the same straight line that alone reads `dst`, if `value` is still the same there.
    fn only_user(&self, at: usize, dst: Reg, value: &Expr) -> Option<usize> {
        let mut here = at;
        loop {
            let next = match self.flow.successors(here)[..] {
                [next] if self.flow.is_alone(next) => next,
                _ => return None,
            };
            let op = self.flow.op(next);
            match self.flow.reads(next).iter().filter(|reg| **reg == dst).count() {
                0 => {}
                1 if prints_once(op, dst) || value.is_atom() && value.text.len() < 40 => {
                    let over = !self.flow.live_after(next, dst) || defines(op) == Some(dst);
                    return over.then_some(next);
                }
                _ => return None,
            }
            let defined = defines(op);
            if defined == Some(dst) || defined.is_some_and(|reg| value.regs.contains(&reg)) {
                return None;
            }
            if value.memory && !self.export.cells.written_by(op).is_empty() {
                return None;
            }
            here = next;
        }
    }

    fn binary(&mut self, at: usize, dst: Reg, op: BinaryOp, a: Operand, b: Operand) {
        let needed = self.wanted(at, dst) || super::expr::may_be_undefined(op, b);
        if !needed {
            return;
        }
        let b = self.operand(at, b);
        self.leave_if(at, undefined(op, &b), Exit::Crash);
        if self.wanted(at, dst) {
            let value = Expr::binary(op, &self.operand(at, a), &b);
            self.define(at, dst, value);
        }
    }

    fn check(&mut self, at: usize, claim: u16, cond: Operand) {
        let cond = self.operand(at, cond);
        if self.purpose == Purpose::Judge {
            return;
        }
        if cond.constant().is_some_and(|value| value != 0) {
            return;
        }
        let blame = self.blame(at, claim);
        match cond.constant() {
            Some(_) => self.text(blame),
            None => self.text(format!("if\n:: {} -> skip\n:: else -> {blame}\nfi", cond.text)),
        }
    }

    /// The step cannot be taken unless `cond`.
    fn wait(&mut self, at: usize, cond: Operand) {
        let cond = self.operand(at, cond);
        if cond.constant().is_none_or(|value| value == 0) {
            self.leave_if(at, Some(Expr::unary(UnaryOp::Not, &cond)), Exit::Blocked);
        }
    }

    /// The statement that a claim is violated. Nobody may hear of it yet if the step may still turn out to wait.
    pub(super) fn blame(&mut self, at: usize, claim: u16) -> String {
        self.blames.insert((at, claim));
        let name = self.export.claim(claim);
        if !self.flow.tried.contains(&at) {
            return format!("violated_{name}()");
        }
        self.noted.insert(claim);
        format!("noted_{name}()")
    }
}

/// Ops at which a straight line begins, with what is refuted there.
type Pending = Vec<(usize, Vec<Expr>)>;

/// Whether an op prints this operand only once.
fn prints_once(op: &Op, reg: Reg) -> bool {
    match op {
        Op::Binary { op, b, .. } => !(super::expr::may_be_undefined(*op, *b) && *b == Operand::Reg(reg)),
        Op::Store { place, src } => {
            *src == Operand::Reg(reg)
                && place.object != Operand::Reg(reg)
                && place.index.is_none_or(|i| i.value != Operand::Reg(reg))
        }
        Op::Copy { .. }
        | Op::Unary { .. }
        | Op::Branch { .. }
        | Op::Check { .. }
        | Op::Await { .. }
        | Op::Return(_) => true,
        _ => false,
    }
}
