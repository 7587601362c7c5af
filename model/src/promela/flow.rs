//! The ops of one step: from its head to every next head, with what is live and what was changed on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::Cells;
use super::expr::may_be_undefined;
use crate::lang::program::*;

/// Something of the state that a step changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Register(Reg),
    Cell(usize),
    Claim(u16),
}

/// The ops of one step. Jumps and ops without meaning here are not among them.
pub(super) struct Flow<'a> {
    pub code: &'a Code,
    pub entry: usize,
    /// In order of discovery.
    pub ops: Vec<usize>,
    /// Ops from which an `await` can be reached, where the step must be tried to know whether it waits.
    pub tried: BTreeSet<usize>,
    preds: BTreeMap<usize, usize>,
    live_out: BTreeMap<usize, BTreeSet<Reg>>,
}

impl<'a> Flow<'a> {
    /// The step that begins with the op at `start`.
    pub fn new(code: &'a Code, start: usize) -> Self {
        let entry = settle(code, start);
        let (preds, live_out) = (BTreeMap::new(), BTreeMap::new());
        let mut flow = Flow { code, entry, ops: Vec::new(), tried: BTreeSet::new(), preds, live_out };
        let mut todo = vec![entry];
        while let Some(at) = todo.pop() {
            if flow.ops.contains(&at) {
                continue;
            }
            flow.ops.push(at);
            for next in flow.successors(at) {
                *flow.preds.entry(next).or_default() += 1;
                todo.push(next);
            }
        }
        flow.find_live();
        flow
    }

    /// The same, but its `await`s are ops like others: they read, and the step may end there.
    pub fn tried(mut self, waits: BTreeSet<usize>) -> Self {
        self.tried = waits;
        self.find_live();
        self
    }

    /// The op that follows a straight one.
    pub fn next(&self, at: usize) -> usize {
        settle(self.code, at + 1)
    }

    pub fn successors(&self, at: usize) -> Vec<usize> {
        match &self.code.ops[at] {
            Op::Step | Op::End | Op::Park | Op::Crash(_) | Op::Return(_) => Vec::new(),
            Op::Branch { then, other, .. } => {
                vec![settle(self.code, *then as usize), settle(self.code, *other as usize)]
            }
            _ => vec![self.next(at)],
        }
    }

    pub fn op(&self, at: usize) -> &'a Op {
        &self.code.ops[at]
    }

    /// Whether control comes to an op from one op only.
    pub fn is_alone(&self, at: usize) -> bool {
        at != self.entry && self.preds.get(&at) == Some(&1)
    }

    /// Whether somebody reads `reg` after the op at `at`.
    pub fn live_after(&self, at: usize, reg: Reg) -> bool {
        self.live_out.get(&at).is_some_and(|live| live.contains(&reg))
    }

    fn find_live(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for i in (0..self.ops.len()).rev() {
                let at = self.ops[i];
                let out = self.computed_out(at);
                if self.live_out.get(&at) != Some(&out) {
                    self.live_out.insert(at, out);
                    changed = true;
                }
            }
        }
    }

    fn computed_out(&self, at: usize) -> BTreeSet<Reg> {
        if let Op::Step = self.op(at) {
            let step = self.code.step_of[at];
            return self.code.steps[usize::from(step)].live.iter().copied().collect();
        }
        let mut out = BTreeSet::new();
        for next in self.successors(at) {
            let mut live = self.live_out.get(&next).cloned().unwrap_or_default();
            let reads = self.reads(next);
            if let Some(dst) = defines(self.op(next)) {
                live.remove(&dst);
            }
            live.extend(reads);
            out.append(&mut live);
        }
        out
    }

    /// Registers that an op must read, once per reading: an op whose result nobody wants reads only what it
    /// needs to know whether it crashes.
    pub fn reads(&self, at: usize) -> Vec<Reg> {
        let op = self.op(at);
        let wanted = defines(op).is_some_and(|dst| self.live_after(at, dst));
        let operands = match op {
            Op::Copy { src: a, .. } | Op::Unary { a, .. } if wanted => vec![*a],
            Op::Binary { a, b, .. } if wanted => vec![*a, *b],
            Op::Binary { op, b, .. } if may_be_undefined(*op, *b) => vec![*b],
            Op::ObjectAt { index, .. } => vec![*index],
            Op::Load { place, .. } => address(place),
            Op::Store { place, src } => [address(place), vec![*src]].concat(),
            Op::Branch { cond, .. } | Op::Check { cond, .. } | Op::Return(cond) => vec![*cond],
            Op::Nondet { n, .. } => vec![*n],
            Op::PoolPut { object, .. } => vec![*object],
            Op::Await { cond } if self.tried.contains(&at) => vec![*cond],
            _ => Vec::new(),
        };
        operands.into_iter().filter_map(register).collect()
    }

    /// What may have been changed before each op: memory, claims, and of the registers those in `kept`.
    pub fn changed_before(
        &self,
        cells: &Cells,
        kept: &BTreeSet<Reg>,
        blames: &BTreeSet<(usize, u16)>,
    ) -> BTreeMap<usize, BTreeSet<Item>> {
        let mut before: BTreeMap<usize, BTreeSet<Item>> = BTreeMap::from([(self.entry, BTreeSet::new())]);
        let mut todo = vec![self.entry];
        while let Some(at) = todo.pop() {
            let mut after = before.get(&at).cloned().unwrap_or_default();
            after.extend(self.changes(at, cells, kept));
            after.extend(blames.iter().filter(|(op, _)| *op == at).map(|(_, claim)| Item::Claim(*claim)));
            for next in self.successors(at) {
                let known = before.contains_key(&next);
                let items = before.entry(next).or_default();
                let size = items.len();
                items.extend(after.iter().copied());
                if !known || items.len() > size {
                    todo.push(next);
                }
            }
        }
        before
    }

    fn changes(&self, at: usize, cells: &Cells, kept: &BTreeSet<Reg>) -> Vec<Item> {
        let op = self.op(at);
        let register = defines(op).filter(|dst| kept.contains(dst)).map(Item::Register);
        cells.written_by(op).into_iter().map(Item::Cell).chain(register).collect()
    }

    /// Whether the op at `at` can run twice in one step.
    pub fn repeats(&self, at: usize) -> bool {
        let mut seen = BTreeSet::new();
        let mut todo = self.successors(at);
        while let Some(here) = todo.pop() {
            if here == at {
                return true;
            }
            if seen.insert(here) {
                todo.extend(self.successors(here));
            }
        }
        false
    }
}

/// Which claims a value below zero violates.
pub(super) struct Signs {
    pub count: Option<u16>,
    pub refcount: Option<u16>,
}

impl Signs {
    pub fn claim(&self, info: &CellInfo) -> Option<u16> {
        if info.refcount { self.refcount } else { self.count }
    }
}

/// The register that an op writes.
pub(super) fn defines(op: &Op) -> Option<Reg> {
    match op {
        Op::Copy { dst, .. }
        | Op::Unary { dst, .. }
        | Op::Binary { dst, .. }
        | Op::ObjectAt { dst, .. }
        | Op::Load { dst, .. }
        | Op::Nondet { dst, .. }
        | Op::CurrentMm { dst, .. }
        | Op::PoolGet { dst, .. } => Some(*dst),
        _ => None,
    }
}

fn address(place: &Place) -> Vec<Operand> {
    [Some(place.object), place.index.map(|i| i.value)].into_iter().flatten().collect()
}

fn register(operand: Operand) -> Option<Reg> {
    match operand {
        Operand::Reg(reg) => Some(reg),
        Operand::Imm(_) => None,
    }
}

/// The first op from `at` on that means something here.
fn settle(code: &Code, mut at: usize) -> usize {
    // A cycle of jumps alone is refused when the program is made; the bound is for hostile input.
    for _ in 0..code.ops.len() {
        match &code.ops[at] {
            Op::Jump(target) => at = *target as usize,
            Op::Nop
            | Op::Undef { .. }
            | Op::Witness { .. }
            | Op::Idle
            | Op::Expect(_)
            | Op::Acquire { .. }
            | Op::Release { .. } => at += 1,
            _ => break,
        }
    }
    at
}
