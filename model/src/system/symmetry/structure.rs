//! Steps whose code is plainly the same after a renaming: op by op, register by register. The quick half of the proof.
//!
//! Sound because every op keeps to its sorts: what names an object that moves is only copied, compared for equality,
//! stored where such pointers are stored, and followed.

use crate::lang::ast::{BinaryOp, UnaryOp};
use crate::lang::program::*;

use super::renaming::{Renaming, Sort};

/// Two codes under a renaming.
pub(super) struct Structure<'a> {
    pub program: &'a Program,
    pub renaming: &'a Renaming,
    /// Where each cell goes inside of its object, per pool.
    pub offsets: &'a [Vec<u32>],
    /// Which ops of ours may run.
    pub runs: &'a [bool],
    /// What the registers of both hold.
    pub sorts: (&'a [Sort], &'a [Sort]),
    pub ours: &'a Code,
    pub theirs: &'a Code,
}

impl Structure<'_> {
    /// The steps that follow two steps, in pairs, if the code up to there is the same.
    pub(super) fn step(&self, from: u16, to: u16) -> Option<Vec<(u16, u16)>> {
        let (a, b) = (&self.ours.steps[usize::from(from)], &self.theirs.steps[usize::from(to)]);
        if a.at != b.at || a.live != b.live {
            return None;
        }
        let mut next = Vec::new();
        let mut seen = Vec::new();
        let mut stack = vec![a.at as usize + 1];
        while let Some(at) = stack.pop() {
            if seen.contains(&at) || !*self.runs.get(at)? {
                continue;
            }
            seen.push(at);
            if let (Some(Op::Step), Some(Op::Step)) = (self.ours.ops.get(at), self.theirs.ops.get(at)) {
                next.push((self.ours.step_of[at], self.theirs.step_of[at]));
                continue;
            }
            if !self.op(self.ours.ops.get(at)?, self.theirs.ops.get(at)?) {
                return None;
            }
            stack.extend(crate::lang::lower::successors(&self.ours.ops, at).into_iter().flatten());
        }
        let same_live =
            |(a, b): &(u16, u16)| self.ours.steps[usize::from(*a)].live == self.theirs.steps[usize::from(*b)].live;
        next.iter().all(same_live).then_some(next)
    }

    /// Whether an op, renamed, is another one.
    fn op(&self, ours: &Op, theirs: &Op) -> bool {
        match (ours, theirs) {
            (Op::Copy { dst, src }, Op::Copy { dst: to, src: other }) => {
                self.written(*dst, *to) && self.operand(self.sort(*dst), *src, *other)
            }
            (Op::Unary { dst, op, a }, Op::Unary { dst: to, op: other, a: b }) => {
                // NULL stays NULL: only `!` may ask that of an object.
                let asked = *op == UnaryOp::Not && self.asked(*a, *b);
                op == other && self.number(*dst, *to) && (asked || self.operand(Sort::Number, *a, *b))
            }
            (Op::Binary { dst, op, a, b }, Op::Binary { dst: to, op: other, a: c, b: d }) => {
                let sort = self.compared(*op, *a, *b);
                op == other && self.number(*dst, *to) && self.operand(sort, *a, *c) && self.operand(sort, *b, *d)
            }
            (Op::Load { dst, place }, Op::Load { dst: to, place: other }) => {
                self.written(*dst, *to) && self.place(place, other) && self.cell(place) == Some(self.sort(*dst))
            }
            (Op::Store { place, src }, Op::Store { place: other, src: value }) => {
                let sort = self.cell(place);
                self.place(place, other) && sort.is_some_and(|sort| self.operand(sort, *src, *value))
            }
            (Op::Branch { cond, then, other }, Op::Branch { cond: c, then: t, other: o }) => {
                (then, other) == (t, o) && self.asked(*cond, *c)
            }
            (Op::Await { cond }, Op::Await { cond: other }) => self.asked(*cond, *other),
            (Op::Check { claim, cond }, Op::Check { claim: same, cond: other })
            | (Op::Witness { claim, cond }, Op::Witness { claim: same, cond: other }) => {
                claim == same && self.asked(*cond, *other)
            }
            (Op::Nondet { dst, n }, Op::Nondet { dst: to, n: other }) => {
                self.number(*dst, *to) && self.operand(Sort::Number, *n, *other)
            }
            (Op::ObjectAt { dst, index, .. }, Op::ObjectAt { index: other, .. }) => {
                // A number becomes a pointer: only where objects stay.
                ours == theirs && self.sort(*dst) == Sort::Number && self.operand(Sort::Number, *index, *other)
            }
            (Op::PoolPut { pool, object }, Op::PoolPut { pool: same, object: other }) => {
                pool == same && self.operand(self.effective(Sort::Object(*pool)), *object, *other)
            }
            (Op::PoolGet { pool, .. }, Op::PoolGet { .. }) => {
                // The first free entry: only where entries stay.
                ours == theirs && self.effective(Sort::Object(*pool)) == Sort::Number
            }
            _ => plain(ours) && ours == theirs,
        }
    }

    /// The same register is written on both sides.
    fn written(&self, dst: Reg, to: Reg) -> bool {
        dst == to && self.sort(dst) == self.effective(self.sorts.1[usize::from(to)])
    }

    fn number(&self, dst: Reg, to: Reg) -> bool {
        self.written(dst, to) && self.sort(dst) == Sort::Number
    }

    /// Whether two operands stand for the same thing of this sort.
    fn operand(&self, sort: Sort, ours: Operand, theirs: Operand) -> bool {
        match (ours, theirs) {
            (Operand::Imm(a), Operand::Imm(b)) => self.renaming.value(sort, a) == b,
            (Operand::Reg(a), Operand::Reg(b)) => a == b && self.sort(a) == sort,
            _ => false,
        }
    }

    /// Whether two operands are 0 in the same cases.
    fn asked(&self, ours: Operand, theirs: Operand) -> bool {
        match (ours, theirs) {
            (Operand::Imm(a), Operand::Imm(b)) => (a == 0) == (b == 0),
            // Element 0 may become another one.
            _ => self.of(ours) != Sort::Element && self.operand(self.of(ours), ours, theirs),
        }
    }

    /// What both sides of an operator must be: of one sort if they are compared for equality, else numbers.
    fn compared(&self, op: BinaryOp, a: Operand, b: Operand) -> Sort {
        let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        match (equality, a, b) {
            (true, Operand::Reg(_), _) => self.of(a),
            (true, _, Operand::Reg(_)) => self.of(b),
            _ => Sort::Number,
        }
    }

    fn of(&self, operand: Operand) -> Sort {
        match operand {
            Operand::Imm(_) => Sort::Number,
            Operand::Reg(reg) => self.sort(reg),
        }
    }

    fn sort(&self, reg: Reg) -> Sort {
        self.effective(self.sorts.0[usize::from(reg)])
    }

    /// Objects that all stay are as good as numbers.
    fn effective(&self, sort: Sort) -> Sort {
        match sort {
            Sort::Object(_) if self.renaming.keeps(sort) => Sort::Number,
            sort => sort,
        }
    }

    /// Whether a place, renamed, is another one. An index that is computed is left to the other half of the proof where
    /// elements move.
    fn place(&self, ours: &Place, theirs: &Place) -> bool {
        let object = self.effective(Sort::Object(ours.pool));
        let index = match (ours.index, theirs.index) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                let numbers = self.renaming.elements.is_empty() && (a.stride, a.len) == (b.stride, b.len);
                numbers && self.operand(Sort::Number, a.value, b.value)
            }
            _ => false,
        };
        let same = ours.pool == theirs.pool
            && self.offsets[usize::from(ours.pool)][usize::from(ours.offset)] == u32::from(theirs.offset);
        same && index && self.operand(object, ours.object, theirs.object)
    }

    /// What the cells of a place hold, if they all hold the same.
    fn cell(&self, place: &Place) -> Option<Sort> {
        let cells = &self.program.pools[usize::from(place.pool)].cells;
        let (elements, stride) = place.index.map_or((1, 0), |index| (index.len, index.stride));
        let offsets = (0..elements).map(|element| usize::from(place.offset + element * stride));
        let mut sorts = offsets.map(|offset| self.effective(self.renaming.sort(&cells[offset])));
        let first = sorts.next()?;
        sorts.all(|sort| sort == first).then_some(first)
    }
}

/// Ops that touch no register and no memory.
fn plain(op: &Op) -> bool {
    !matches!(op, Op::Return(_) | Op::CurrentMm { .. }) && crate::lang::lower::defs_uses(op).1.is_empty()
}
