//! Registers: what they can hold, and which Promela variables they share.
//!
//! A register that lives at some step head is part of the state; two of them share a variable only if no step
//! touches both. All others are scratch: they begin and end every step as zero.

use std::collections::{BTreeMap, BTreeSet};

use super::expr::{ANY, binary_range, unary_range};
use crate::lang::program::*;

/// How a value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Storage {
    Bit,
    Byte,
    Short,
}

impl Storage {
    pub fn of(range: Range) -> Self {
        match (range.low, range.high) {
            (0.., ..=1) => Storage::Bit,
            (0.., ..=255) => Storage::Byte,
            _ => Storage::Short,
        }
    }

    pub fn keyword(self) -> &'static str {
        match self {
            Storage::Bit => "bit",
            Storage::Byte => "byte",
            Storage::Short => "short",
        }
    }
}

/// What each register can hold, in the middle of a step too: at step heads it keeps to the range of its type.
pub(super) fn ranges(program: &Program, code: &Code) -> Vec<Range> {
    let mut ranges: Vec<Range> = code.regs.iter().map(|reg| reg.range).collect();
    for round in 0.. {
        let mut grown = false;
        for op in &code.ops {
            let Some((dst, result)) = assigned(program, &ranges, op) else { continue };
            let known = &mut ranges[usize::from(dst)];
            if known.contains(result.low) && known.contains(result.high) {
                continue;
            }
            grown = true;
            // A register that still grows goes round a loop: no bound is known.
            let hull = Range { low: known.low.min(result.low), high: known.high.max(result.high) };
            *known = if round < ROUNDS { hull } else { ANY };
        }
        if !grown {
            break;
        }
    }
    ranges
}

/// How often ranges may grow before a register is taken to hold anything.
const ROUNDS: usize = 4;

/// The register that an op sets, and what it sets it to.
fn assigned(program: &Program, ranges: &[Range], op: &Op) -> Option<(Reg, Range)> {
    let of = |operand: &Operand| match operand {
        Operand::Imm(value) => Range { low: *value, high: *value },
        Operand::Reg(reg) => ranges[usize::from(*reg)],
    };
    Some(match op {
        Op::Copy { dst, src } => (*dst, of(src)),
        Op::Unary { dst, op, a } => (*dst, unary_range(*op, of(a))),
        Op::Binary { dst, op, a, b } => (*dst, binary_range(*op, of(a), of(b))),
        Op::ObjectAt { dst, len, .. } => (*dst, Range { low: 0, high: *len as i16 }),
        Op::Load { dst, place } => {
            (*dst, program.pools[usize::from(place.pool)].cells[usize::from(place.offset)].range)
        }
        Op::Nondet { dst, n } => (*dst, Range { low: 0, high: of(n).high.saturating_sub(1).max(0) }),
        _ => return None,
    })
}

/// Variables that scratch registers use, over all steps.
#[derive(Default)]
pub(super) struct Scratch {
    used: BTreeMap<Storage, usize>,
}

impl Scratch {
    /// Gives each register of one step a variable of its own.
    pub fn assign(&mut self, registers: impl Iterator<Item = (Reg, Storage)>) -> BTreeMap<Reg, String> {
        let mut next: BTreeMap<Storage, usize> = BTreeMap::new();
        let mut names = BTreeMap::new();
        for (reg, storage) in registers {
            let index = next.entry(storage).or_default();
            names.insert(reg, format!("t_{}{index}", storage.keyword()));
            *index += 1;
            let used = self.used.entry(storage).or_default();
            *used = (*used).max(*index);
        }
        names
    }

    pub fn declarations(&self) -> String {
        let each = self.used.iter().flat_map(|(storage, used)| {
            let keyword = storage.keyword();
            (0..*used).map(move |i| format!("{keyword} t_{keyword}{i};\n"))
        });
        each.collect()
    }
}

/// Gives the registers of one context that live at step heads their variables: `together` are the registers
/// of each step, which must differ.
pub(super) fn share(
    prefix: &str,
    kept: &BTreeSet<Reg>,
    storage: &dyn Fn(Reg) -> Storage,
    together: &[BTreeSet<Reg>],
) -> BTreeMap<Reg, String> {
    let mut taken: BTreeMap<Reg, BTreeSet<usize>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for &reg in kept {
        let class = storage(reg);
        let taken_here = taken.remove(&reg).unwrap_or_default();
        let slot = (0..).find(|slot| !taken_here.contains(slot)).unwrap_or(0);
        names.insert(reg, format!("{prefix}_{}{slot}", class.keyword()));
        for step in together.iter().filter(|step| step.contains(&reg)) {
            for &other in step.iter().filter(|o| **o > reg && storage(**o) == class) {
                taken.entry(other).or_default().insert(slot);
            }
        }
    }
    names
}

/// Declarations of shared variables; their names begin with their type after the prefix.
pub(super) fn declare(prefix: &str, names: &BTreeMap<Reg, String>) -> String {
    let distinct: BTreeSet<&String> = names.values().collect();
    let line = |name: &&String| {
        let kind = name[prefix.len() + 1..].trim_end_matches(|c: char| c.is_ascii_digit());
        format!("{kind} {name};\n")
    };
    distinct.iter().map(line).collect()
}

/// Puts variables in the place of registers (`@7@`).
pub(super) fn substitute(text: &str, names: &BTreeMap<Reg, String>) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, part) in text.split('@').enumerate() {
        let name = if i % 2 == 1 { part.parse().ok().and_then(|reg: Reg| names.get(&reg)) } else { None };
        out += name.map_or(part, String::as_str);
    }
    out
}

/// The registers that a text mentions.
pub(super) fn mentioned(text: &str) -> impl Iterator<Item = Reg> {
    text.split('@').skip(1).step_by(2).filter_map(|part| part.parse().ok())
}
