//! What no run can change and where no run can go, as far as constants tell. A worker whose work nobody queues waits for
//! ever at its first step, and nothing need be said of what it would do.

use super::super::execute::{arithmetic, unary};
use super::super::{Pc, System};
use crate::lang::lower::{defs_uses, successors};
use crate::lang::program::*;

/// What is known of all reachable states.
pub(super) struct Reach {
    /// The value of each cell that never changes.
    pub fixed: Vec<Option<i16>>,
    /// Whether an op may be executed, per context.
    pub ops: Vec<Vec<bool>>,
}

/// The values of registers, as far as they are known.
type Known = Vec<Option<i16>>;

impl Reach {
    /// Less code that runs writes less, and less that is written lets less code run: until nothing changes. Every round
    /// is sound if the one before it was, and the first one says that all code runs.
    pub(super) fn of(system: &System) -> Self {
        let contexts = &system.program.contexts;
        let mut ops: Vec<Vec<bool>> = contexts.iter().map(|context| vec![true; context.code.ops.len()]).collect();
        loop {
            let fixed = fixed(system, &ops);
            let next: Vec<Vec<bool>> = (0..contexts.len()).map(|context| reached(system, context, &fixed)).collect();
            if next == ops {
                return Reach { fixed, ops };
            }
            ops = next;
        }
    }

    /// Whether a context may come to a step.
    pub(super) fn step(&self, system: &System, context: usize, step: u16) -> bool {
        self.ops[context][system.program.contexts[context].code.steps[usize::from(step)].at as usize]
    }
}

/// The value of each cell that never changes: nobody writes it, or nobody writes anything but what it holds from the
/// start.
fn fixed(system: &System, ops: &[Vec<bool>]) -> Vec<Option<i16>> {
    let mut varies = vec![false; system.initial_cells.len()];
    let contexts = system.program.contexts.iter().zip(ops);
    let run = contexts.flat_map(|(context, run)| context.code.ops.iter().zip(run).filter(|(_, run)| **run));
    for (op, _) in run {
        let (pool, offsets, object, value) = match op {
            Op::Store { place, src } => (place.pool, offsets(place), place.object, *src),
            Op::PoolGet { pool, .. } | Op::PoolPut { pool, .. } => {
                (*pool, (0..system.pools[usize::from(*pool)].size).collect(), Operand::Reg(0), Operand::Reg(0))
            }
            _ => continue,
        };
        let shape = system.pools[usize::from(pool)];
        for entry in 0..u32::from(shape.len) {
            if matches!(object, Operand::Imm(only) if only != entry as i16 + 1) {
                continue;
            }
            for offset in &offsets {
                let cell = (shape.base + entry * shape.size + offset) as usize;
                varies[cell] |= value != Operand::Imm(system.initial_cells[cell]);
            }
        }
    }
    let cells = varies.iter().zip(&system.initial_cells);
    cells.map(|(varies, value)| (!varies).then_some(*value)).collect()
}

fn offsets(place: &Place) -> Vec<u32> {
    let (elements, stride) = place.index.map_or((1, 0), |index| (u32::from(index.len), u32::from(index.stride)));
    (0..elements).map(|element| u32::from(place.offset) + element * stride).collect()
}

/// The ops of a context that may be executed.
fn reached(system: &System, context: usize, fixed: &[Option<i16>]) -> Vec<bool> {
    let code = &system.program.contexts[context].code;
    let nothing: Known = vec![None; code.regs.len()];
    let mut known: Vec<Option<Known>> = vec![None; code.ops.len()];
    let mut work = Vec::new();
    for state in system.initial() {
        if let Pc::At(step) = system.layout.pc(&state, context) {
            work.push((code.steps[usize::from(step)].at as usize, nothing.clone()));
        }
    }
    while let Some((at, before)) = work.pop() {
        // A step begins with the locals of any state.
        let before = if code.ops[at] == Op::Step { nothing.clone() } else { before };
        let joined = known[at].as_ref().map_or_else(|| before.clone(), |known| join(known, &before));
        if known[at].as_ref() == Some(&joined) {
            continue;
        }
        known[at] = Some(joined.clone());
        let (next, after) = follow(system, code, at, joined, fixed);
        work.extend(next.into_iter().map(|next| (next, after.clone())));
    }
    known.iter().map(Option::is_some).collect()
}

/// What is known on either way.
fn join(a: &Known, b: &Known) -> Known {
    a.iter().zip(b).map(|(a, b)| a.filter(|_| a == b)).collect()
}

/// The ops that may follow, and what is known then.
fn follow(system: &System, code: &Code, at: usize, mut known: Known, fixed: &[Option<i16>]) -> (Vec<usize>, Known) {
    let op = &code.ops[at];
    let value = |operand: &Operand| match operand {
        Operand::Imm(value) => Some(*value),
        Operand::Reg(reg) => known[usize::from(*reg)],
    };
    let next = match op {
        Op::Branch { cond, then, other } => match value(cond) {
            Some(0) => vec![*other as usize],
            Some(_) => vec![*then as usize],
            None => vec![*then as usize, *other as usize],
        },
        Op::Await { cond } if value(cond) == Some(0) => Vec::new(),
        _ => successors(&code.ops, at).into_iter().flatten().collect(),
    };
    let result = match op {
        Op::Copy { src, .. } => value(src),
        Op::Unary { op, a, .. } => value(a).map(|a| unary(*op, a)),
        Op::Binary { op, a, b, .. } => value(a).zip(value(b)).and_then(|(a, b)| arithmetic(*op, a, b)),
        Op::Load { place, .. } => match (place.index, value(&place.object)) {
            (None, Some(object)) if object > 0 => cell(system, place, object).and_then(|cell| fixed[cell]),
            _ => None,
        },
        _ => None,
    };
    if let Some(dst) = defs_uses(op).0 {
        known[usize::from(dst)] = result;
    }
    (next, known)
}

fn cell(system: &System, place: &Place, object: i16) -> Option<usize> {
    let shape = system.pools[usize::from(place.pool)];
    (object as u16 <= shape.len)
        .then(|| (shape.base + (object as u32 - 1) * shape.size + u32::from(place.offset)) as usize)
}
