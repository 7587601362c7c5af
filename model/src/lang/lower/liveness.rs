//! Which registers matter where; what is read before it is assigned; loops that never take a step.

use smallvec::{SmallVec, smallvec};

use super::super::diag::Diagnostic;
use super::super::program::*;
use super::emit::{MAX_STEPS, too_many_steps};

/// Finishes a code: checks it, removes choices that nobody reads, and notes what is live at each step.
///
/// # Errors
/// See the module.
pub(super) fn finish(code: &mut Code, judging: bool) -> Result<(), Diagnostic> {
    if code.steps.len() > MAX_STEPS {
        let at = code.steps[MAX_STEPS].at;
        return Err(too_many_steps(error(code, at, String::new())));
    }
    if !judging {
        refuse_local_loops(code)?;
    }
    let mut live = live_out(code);
    while remove_dead(code, &live) {
        live = live_out(code);
    }
    for (at, op) in code.ops.iter().enumerate() {
        if let Op::Undef { dst } = op
            && live[at].contains(*dst)
        {
            return Err(unassigned(code, at as Target, *dst));
        }
    }
    code.step_of = vec![0; code.ops.len()];
    for (index, step) in code.steps.iter_mut().enumerate() {
        step.live = live[step.at as usize].iter().collect();
        code.step_of[step.at as usize] = index as u16;
    }
    Ok(())
}

/// A local that is read before it is assigned; one without a name is the result of a function.
fn unassigned(code: &Code, at: Target, reg: Reg) -> Diagnostic {
    let name = &code.regs[usize::from(reg)].name;
    if name.is_empty() {
        let function = &code.frames[code.origins[at as usize].frame as usize].function;
        return error(code, at, format!("`{function}` may end without a value, and its caller uses it"))
            .help("write `return value;` on every path");
    }
    error(code, at, format!("`{name}` may be read before it is assigned"))
        .label("declared here without a value")
        .help("give it a value where it is declared, or on every path")
}

fn error(code: &Code, at: Target, message: String) -> Diagnostic {
    let origin = code.origins[at as usize];
    Diagnostic::error(origin.span, message).calls(calls_of(code, origin))
}

/// The inline call stack of an op, innermost first.
pub(super) fn calls_of(code: &Code, origin: Origin) -> Vec<(String, super::super::ast::Span)> {
    let mut calls = Vec::new();
    let mut frame = Some(origin.frame);
    while let Some(index) = frame {
        let info = &code.frames[index as usize];
        if index != 0 {
            calls.push((info.function.clone(), info.call));
        }
        frame = info.parent;
    }
    calls
}

/// A set of registers. There is one for each op, and most contexts have fewer than 512 registers.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::lang) struct RegSet(SmallVec<[u64; 8]>);

impl RegSet {
    pub(in crate::lang) fn new(regs: usize) -> Self {
        RegSet(smallvec![0; regs.div_ceil(64)])
    }

    pub(in crate::lang) fn contains(&self, reg: Reg) -> bool {
        self.0[usize::from(reg) / 64] >> (reg % 64) & 1 == 1
    }

    pub(in crate::lang) fn insert(&mut self, reg: Reg) {
        self.0[usize::from(reg) / 64] |= 1 << (reg % 64);
    }

    pub(in crate::lang) fn remove(&mut self, reg: Reg) {
        self.0[usize::from(reg) / 64] &= !(1 << (reg % 64));
    }

    /// Keeps what is in both; whether that is less than before.
    pub(in crate::lang) fn intersect(&mut self, other: &RegSet) -> bool {
        let before = self.clone();
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
        *self != before
    }

    fn union(&mut self, other: &RegSet) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    fn iter(&self) -> impl Iterator<Item = Reg> + '_ {
        let words = self.0.iter().enumerate();
        words.flat_map(|(i, word)| (0..64).filter(move |b| word >> b & 1 == 1).map(move |b| (i * 64 + b) as Reg))
    }
}

/// Registers that an op reads: an object, an index and a value at most.
pub(crate) type Uses = SmallVec<[Reg; 3]>;

/// The register that an op writes, and those that it reads.
pub(crate) fn defs_uses(op: &Op) -> (Option<Reg>, Uses) {
    let mut uses = Uses::new();
    let mut operand = |o: &Operand| {
        if let Operand::Reg(reg) = o {
            uses.push(*reg);
        }
    };
    let place_uses = |place: &Place, operand: &mut dyn FnMut(&Operand)| {
        operand(&place.object);
        if let Some(index) = &place.index {
            operand(&index.value);
        }
    };
    let def = match op {
        Op::Copy { dst, src } => {
            operand(src);
            Some(*dst)
        }
        Op::Undef { dst } => Some(*dst),
        Op::Unary { dst, a, .. } => {
            operand(a);
            Some(*dst)
        }
        Op::Binary { dst, a, b, .. } => {
            operand(a);
            operand(b);
            Some(*dst)
        }
        Op::ObjectAt { dst, index, .. } => {
            operand(index);
            Some(*dst)
        }
        Op::Load { dst, place } => {
            place_uses(place, &mut operand);
            Some(*dst)
        }
        Op::Store { place, src } => {
            place_uses(place, &mut operand);
            operand(src);
            None
        }
        Op::Branch { cond, .. } | Op::Await { cond } | Op::Check { cond, .. } | Op::Witness { cond, .. } => {
            operand(cond);
            None
        }
        Op::Nondet { dst, n } => {
            operand(n);
            Some(*dst)
        }
        Op::CurrentMm { dst, .. } | Op::PoolGet { dst, .. } => Some(*dst),
        Op::PoolPut { object, .. } => {
            operand(object);
            None
        }
        Op::Return(value) => {
            operand(value);
            None
        }
        _ => None,
    };
    (def, uses)
}

/// Ops that may come next.
pub(crate) fn successors(ops: &[Op], at: usize) -> [Option<usize>; 2] {
    match &ops[at] {
        Op::Jump(target) => [Some(*target as usize), None],
        Op::Branch { then, other, .. } => [Some(*then as usize), Some(*other as usize)],
        Op::End | Op::Park | Op::Crash(_) | Op::Return(_) => [None, None],
        _ => [(at + 1 < ops.len()).then_some(at + 1), None],
    }
}

/// Registers live before each op.
pub(super) fn live_in(code: &Code) -> Vec<RegSet> {
    live_ranges(code).0
}

/// Registers live after each op.
fn live_out(code: &Code) -> Vec<RegSet> {
    live_ranges(code).1
}

/// Registers live before and after each op.
fn live_ranges(code: &Code) -> (Vec<RegSet>, Vec<RegSet>) {
    let ops = &code.ops;
    let facts: Vec<_> = ops.iter().map(defs_uses).collect();
    let mut live_in = vec![RegSet::new(code.regs.len()); ops.len()];
    let mut live_out = live_in.clone();
    let mut before = RegSet::new(code.regs.len());
    let mut changed = true;
    while changed {
        changed = false;
        for at in (0..ops.len()).rev() {
            let out = &mut live_out[at];
            for next in successors(ops, at).into_iter().flatten() {
                out.union(&live_in[next]);
            }
            before.0.copy_from_slice(&out.0);
            if let Some(def) = facts[at].0 {
                before.remove(def);
            }
            facts[at].1.iter().for_each(|reg| before.insert(*reg));
            if before != live_in[at] {
                live_in[at].0.copy_from_slice(&before.0);
                changed = true;
            }
        }
    }
    (live_in, live_out)
}

/// Removes ops whose only effect is a register that nobody reads. A choice that nobody reads would split states.
/// Loads stay: their step and their NULL check are semantics.
fn remove_dead(code: &mut Code, live: &[RegSet]) -> bool {
    let mut removed = false;
    for (op, live) in code.ops.iter_mut().zip(live) {
        let dead = match op {
            Op::Copy { dst, .. }
            | Op::Unary { dst, .. }
            | Op::Binary { dst, .. }
            | Op::Nondet { dst, .. }
            | Op::CurrentMm { dst, .. }
            | Op::Undef { dst } => !live.contains(*dst),
            _ => false,
        };
        if dead {
            *op = Op::Nop;
            removed = true;
        }
    }
    removed
}

/// A cycle of ops outside of any step head would never let another context run.
fn refuse_local_loops(code: &Code) -> Result<(), Diagnostic> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Open,
        Done,
    }
    let mut marks: Vec<Option<Mark>> = vec![None; code.ops.len()];
    for start in 0..code.ops.len() {
        let mut stack = vec![(start, 0)];
        while let Some((at, child)) = stack.pop() {
            if child == 0 {
                if marks[at].is_some() {
                    continue;
                }
                marks[at] = Some(Mark::Open);
            }
            let next = successors(&code.ops, at)[child.min(1)].filter(|_| child < 2);
            if child >= 2 {
                marks[at] = Some(Mark::Done);
                continue;
            }
            stack.push((at, child + 1));
            let Some(next) = next.filter(|n| !matches!(code.ops[*n], Op::Step)) else { continue };
            match marks[next] {
                Some(Mark::Open) if !inside_step(code, next) => {
                    return Err(error(code, next as Target, "a loop without a step".into())
                        .label("this is repeated without touching shared memory")
                        .help("other contexts could never run: wait with await(cond), or count the rounds"));
                }
                Some(_) => {}
                None => stack.push((next, 0)),
            }
        }
    }
    Ok(())
}

/// Loops inside `__atomic` blocks are counted loops over objects; the system bounds them when it runs them.
fn inside_step(code: &Code, at: usize) -> bool {
    code.origins[at].atomic
}
