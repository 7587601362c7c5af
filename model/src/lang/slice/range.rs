//! What values a register can hold, whatever the path: an interval per register, over all ops that write it.

use super::super::ast::{BinaryOp, UnaryOp};
use super::super::lower::defs_uses;
use super::*;

/// Anything that a register can hold.
const ANY: Range = Range { low: i16::MIN, high: i16::MAX };
/// Rounds after which a register that still grows is taken to hold anything: a counter of a loop.
const ROUNDS: usize = 8;

/// Intervals of the registers of one code.
pub(super) struct Ranges<'a> {
    program: &'a Program,
    regs: Vec<Option<Range>>,
}

impl<'a> Ranges<'a> {
    pub(super) fn new(program: &'a Program, code: &Code) -> Self {
        let mut ranges = Ranges { program, regs: vec![None; code.regs.len()] };
        for _ in 0..ROUNDS {
            if ranges.grow(code, hull).is_empty() {
                return ranges;
            }
        }
        // What depends on a register that grows without end grows later: go on until nothing does.
        while !ranges.grow(code, |_, _| ANY).is_empty() {}
        ranges
    }

    /// One round over the ops; the registers that grew.
    fn grow(&mut self, code: &Code, join: impl Fn(Range, Range) -> Range) -> Vec<Reg> {
        let mut grown = Vec::new();
        for op in &code.ops {
            let Some((dst, new)) = defs_uses(op).0.zip(self.value(op)) else { continue };
            let old = self.regs[usize::from(dst)];
            if old.is_some_and(|old| hull(old, new) == old) {
                continue;
            }
            self.regs[usize::from(dst)] = Some(old.map_or(new, |old| join(old, new)));
            grown.push(dst);
        }
        grown
    }

    /// What an operand can be. A register that nobody writes can be anything.
    pub(super) fn of(&self, operand: Operand) -> Range {
        match operand {
            Operand::Imm(value) => Range { low: value, high: value },
            Operand::Reg(reg) => self.regs[usize::from(reg)].unwrap_or(ANY),
        }
    }

    /// The same while intervals are being found: nothing is known of a register that nobody has written so far.
    fn so_far(&self, operand: Operand) -> Option<Range> {
        match operand {
            Operand::Reg(reg) => self.regs[usize::from(reg)],
            operand => Some(self.of(operand)),
        }
    }

    /// What an op writes to its register; `None` if it cannot run yet.
    pub(super) fn value(&self, op: &Op) -> Option<Range> {
        Some(match op {
            Op::Copy { src, .. } => self.so_far(*src)?,
            Op::Unary { op, a, .. } => unary(*op, self.so_far(*a)?),
            Op::Binary { op, a, b, .. } => binary(*op, self.so_far(*a)?, self.so_far(*b)?),
            Op::ObjectAt { len, .. } => Range { low: 1, high: *len as i16 },
            Op::Load { place, .. } => self.cells(place),
            Op::Nondet { n, .. } => Range { low: 0, high: (self.so_far(*n)?.high.max(1)) - 1 },
            Op::CurrentMm { .. } => Range { low: 0, high: self.mms() },
            Op::PoolGet { pool, .. } => Range { low: 0, high: self.program.pools[usize::from(*pool)].len as i16 },
            Op::Undef { .. } => return None,
            _ => ANY,
        })
    }

    fn mms(&self) -> i16 {
        self.program.pools.iter().find(|pool| pool.tag == "mm_struct").map_or(0, |pool| pool.len as i16)
    }

    /// What memory can hold at a place: its width, and 0, with which all memory begins.
    fn cells(&self, place: &Place) -> Range {
        let cells = &self.program.pools[usize::from(place.pool)].cells;
        offsets(place).fold(Range { low: 0, high: 0 }, |all, offset| hull(all, cells[offset].range))
    }
}

pub(super) fn inside(inner: Range, outer: Range) -> bool {
    outer.contains(inner.low) && outer.contains(inner.high)
}

fn hull(a: Range, b: Range) -> Range {
    Range { low: a.low.min(b.low), high: a.high.max(b.high) }
}

fn unary(op: UnaryOp, a: Range) -> Range {
    match op {
        UnaryOp::Not => Range::BOOL,
        _ if a.low == i16::MIN => ANY,
        UnaryOp::Neg => Range { low: -a.high, high: -a.low },
        _ => Range { low: !a.high, high: !a.low },
    }
}

/// The least number with all bits set that is not smaller than one that is not negative.
fn ones(value: i16) -> i16 {
    i16::MAX.checked_shr((value.leading_zeros() - 1).min(15)).unwrap_or(0)
}

fn binary(op: BinaryOp, a: Range, b: Range) -> Range {
    use BinaryOp::*;
    match op {
        Eq | Ne | Lt | Le | Gt | Ge | And | Or => Range::BOOL,
        Add => Range { low: a.low.saturating_add(b.low), high: a.high.saturating_add(b.high) },
        Sub => Range { low: a.low.saturating_sub(b.high), high: a.high.saturating_sub(b.low) },
        // A mask that is not negative bounds the result, whatever the other side is.
        BitAnd if a.low >= 0 && b.low >= 0 => Range { low: 0, high: a.high.min(b.high) },
        BitAnd if a.low >= 0 => Range { low: 0, high: a.high },
        BitAnd if b.low >= 0 => Range { low: 0, high: b.high },
        BitOr | BitXor if a.low >= 0 && b.low >= 0 => Range { low: 0, high: ones(a.high | b.high) },
        Mul if a.low >= 0 && b.low >= 0 => {
            Range { low: a.low.saturating_mul(b.low), high: a.high.saturating_mul(b.high) }
        }
        _ => ANY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every operand of small intervals, computed: the interval of the result must hold each of them.
    #[test]
    fn the_interval_of_a_bit_operation_holds_every_result() {
        let intervals = || (-4i16..=5).flat_map(|low| (low..=5).map(move |high| Range { low, high }));
        for op in [BinaryOp::BitAnd, BinaryOp::BitOr, BinaryOp::BitXor] {
            for (a, b) in intervals().flat_map(|a| intervals().map(move |b| (a, b))) {
                let bound = binary(op, a, b);
                for (x, y) in (a.low..=a.high).flat_map(|x| (b.low..=b.high).map(move |y| (x, y))) {
                    let result = match op {
                        BinaryOp::BitAnd => x & y,
                        BinaryOp::BitOr => x | y,
                        _ => x ^ y,
                    };
                    assert!(bound.contains(result), "{x} {op:?} {y} = {result} is not in {bound:?}");
                }
            }
        }
        assert_eq!([0, 1, 2, 3, 4, 200].map(ones), [0, 1, 3, 3, 7, 255]);
    }
}
