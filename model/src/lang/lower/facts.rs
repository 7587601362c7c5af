//! What is known of registers where a code is copied for each case.

use super::super::ast::{BinaryOp, UnaryOp};
use super::super::program::*;
use super::super::resolve::binary;

/// What is known of a register that is still read. Without it, the code after a trylock could not tell the path that
/// took the lock from the one that did not, nor the caller of page_mkwrite() whether it came back with the page locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Fact {
    /// A function returned it, or a branch showed that it is 0.
    Is(i16),
    /// A branch showed it.
    NotZero,
}

impl Fact {
    pub(super) fn truth(self) -> bool {
        self != Fact::Is(0)
    }
}

pub(super) type Facts = std::collections::BTreeMap<Reg, Fact>;

/// Registers that arithmetic changes: following their values would unroll loops.
pub(super) fn counters(code: &Code) -> Vec<bool> {
    let mut computed = vec![false; code.regs.len()];
    for op in &code.ops {
        if let Op::Binary { dst, op: BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Shl, .. } = op {
            computed[usize::from(*dst)] = true;
        }
    }
    let mut counters = computed.clone();
    for op in &code.ops {
        if let Op::Copy { dst, src: Operand::Reg(src) } = op
            && computed[usize::from(*src)]
        {
            counters[usize::from(*dst)] = true;
        }
    }
    counters
}

/// What an op makes of what is known.
pub(super) fn learn(op: &Op, counters: &[bool], facts: &mut Facts) {
    let value = |operand: &Operand| match operand {
        Operand::Imm(value) => Some(Fact::Is(*value)),
        Operand::Reg(reg) => facts.get(reg).copied(),
    };
    let known = match op {
        Op::Copy { src: Operand::Reg(src), .. } => facts.get(src).copied(),
        Op::Copy { src: Operand::Imm(imm), .. } => Some(Fact::Is(*imm)),
        Op::Unary { op: UnaryOp::Not, a, .. } => value(a).map(|v| Fact::Is(i16::from(!v.truth()))),
        Op::Binary { op, a, b, .. } => fold(*op, value(a), value(b)),
        _ => None,
    };
    if let (Some(dst), _) = super::liveness::defs_uses(op) {
        match known.filter(|_| !counters[usize::from(dst)]) {
            Some(known) => facts.insert(dst, known),
            None => facts.remove(&dst),
        };
    }
}

fn fold(op: BinaryOp, a: Option<Fact>, b: Option<Fact>) -> Option<Fact> {
    match (op, a?, b?) {
        (BinaryOp::Ne, Fact::NotZero, Fact::Is(0)) => Some(Fact::Is(1)),
        (BinaryOp::Eq, Fact::NotZero, Fact::Is(0)) => Some(Fact::Is(0)),
        (op, Fact::Is(a), Fact::Is(b)) => {
            let value = binary(op, i64::from(a), i64::from(b))?;
            i16::try_from(value).ok().map(Fact::Is)
        }
        _ => None,
    }
}
