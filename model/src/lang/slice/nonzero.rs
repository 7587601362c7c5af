//! Which registers are not 0 where: a pointer that was followed, or asked for, is not NULL afterwards.

use super::super::ast::{BinaryOp, UnaryOp};
use super::super::lower::{RegSet, defs_uses, successors};
use super::range::Ranges;
use super::*;

/// Registers that are not 0 before each op, on every path; `None` where no path comes.
pub(super) struct Nonzero(Vec<Option<RegSet>>);

impl Nonzero {
    pub(super) fn new(code: &Code, ranges: &Ranges, before: &[Vec<usize>]) -> Self {
        let mut facts = vec![None; code.ops.len()];
        facts.iter_mut().take(1).for_each(|first| *first = Some(RegSet::new(code.regs.len())));
        let mut queue = vec![0];
        while let Some(at) = queue.pop() {
            let Some(known) = facts.get(at).cloned().flatten() else { continue };
            let [next, other] = successors(&code.ops, at);
            let after = after(code, ranges, at, known);
            for (next, then) in [(next, true), (other, false)] {
                let Some(next) = next else { continue };
                if meet(&mut facts[next], asked(code, before, at, then, &after)) {
                    queue.push(next);
                }
            }
        }
        Nonzero(facts)
    }

    /// Whether an operand is not 0 when an op is reached.
    pub(super) fn at(&self, at: usize, operand: Operand) -> bool {
        match (operand, &self.0[at]) {
            (Operand::Imm(value), _) => value != 0,
            (Operand::Reg(reg), Some(known)) => known.contains(reg),
            // What is never reached does nothing; taken for the worst.
            (Operand::Reg(_), None) => false,
        }
    }
}

/// Narrows what is known at an op to what this way to it knows too; whether that changed anything.
fn meet(fact: &mut Option<RegSet>, way: RegSet) -> bool {
    match fact {
        Some(known) => known.intersect(&way),
        None => {
            *fact = Some(way);
            true
        }
    }
}

/// What is known after an op, whatever comes next.
fn after(code: &Code, ranges: &Ranges, at: usize, mut known: RegSet) -> RegSet {
    let op = &code.ops[at];
    if let Op::Load { place: Place { object: Operand::Reg(pointer), .. }, .. }
    | Op::Store { place: Place { object: Operand::Reg(pointer), .. }, .. } = op
    {
        known.insert(*pointer);
    }
    let Some(dst) = defs_uses(op).0 else { return known };
    let nonzero = match op {
        Op::Copy { src: Operand::Reg(src), .. } => known.contains(*src),
        op => ranges.value(op).is_some_and(|range| range.low > 0),
    };
    if nonzero {
        known.insert(dst)
    } else {
        known.remove(dst)
    }
    known
}

/// The same on one way out of a branch that asks whether a register is 0.
fn asked(code: &Code, before: &[Vec<usize>], at: usize, then: bool, known: &RegSet) -> RegSet {
    let mut known = known.clone();
    let Op::Branch { cond: Operand::Reg(cond), .. } = code.ops[at] else { return known };
    if then {
        known.insert(cond);
    }
    if let Some((reg, nonzero)) = question(code, before, at, cond)
        && nonzero == then
    {
        known.insert(reg);
    }
    known
}

/// The register that `cond` compared with 0 just before a branch, and whether it is true where that is not 0.
fn question(code: &Code, before: &[Vec<usize>], branch: usize, cond: Reg) -> Option<(Reg, bool)> {
    let mut at = branch;
    let mut written = Vec::new();
    loop {
        // Only one way leads here: what was computed on it still holds.
        let [previous] = before[at][..] else { return None };
        let op = &code.ops[previous];
        let dst = defs_uses(op).0;
        if dst == Some(cond) {
            let (reg, nonzero) = match *op {
                Op::Unary { op: UnaryOp::Not, a: Operand::Reg(reg), .. } => (reg, false),
                Op::Binary { op: BinaryOp::Ne, a: Operand::Reg(reg), b: Operand::Imm(0), .. } => (reg, true),
                Op::Binary { op: BinaryOp::Eq, a: Operand::Reg(reg), b: Operand::Imm(0), .. } => (reg, false),
                _ => return None,
            };
            return (reg != cond && !written.contains(&reg)).then_some((reg, nonzero));
        }
        if matches!(op, Op::Step | Op::Branch { .. }) {
            return None;
        }
        written.extend(dst);
        at = previous;
    }
}
