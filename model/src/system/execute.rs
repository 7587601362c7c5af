//! Ops, one after the other, on the memory and registers of a [`Scratch`]. Says where they stop; who runs them, and what
//! that means for a state, is `fire`'s.

use super::fire::{Cut, End};
use super::layout::Pc;
use super::{ClaimSet, InitError, Scratch, System};
use crate::lang::ast::{BinaryOp, UnaryOp};
use crate::lang::program::*;
use crate::lang::resolve::{Overflow, binary};

/// Ops that one step may execute; a counted loop over objects needs far fewer.
const FUEL: u32 = 100_000;

/// Where execution of ops stops.
pub(super) enum Stop {
    Blocked,
    Forbidden,
    End(End),
    Return(i16),
}

/// Sees each op before it is executed, and may forbid it. The plain way watches nothing and costs nothing.
pub(super) trait Watch {
    fn allows(&mut self, system: &System, scratch: &Scratch, op: &Op) -> bool;
}

pub(super) struct Unwatched;

impl Watch for Unwatched {
    #[inline(always)]
    fn allows(&mut self, _: &System, _: &Scratch, _: &Op) -> bool {
        true
    }
}

/// The choice of a step, digit by digit: each `nondet(n)` takes the next digit, to base n, lowest first.
pub(super) struct Choices {
    rest: u32,
    /// How many choices the path offered so far.
    pub radix: u32,
}

impl Choices {
    fn take(&mut self, n: i16) -> i16 {
        let n = u32::from(n.max(1) as u16);
        self.radix = self.radix.saturating_mul(n);
        let digit = self.rest % n;
        self.rest /= n;
        digit as i16
    }
}

/// Facts about the running code that ops need.
pub(super) struct Running<'a> {
    code: &'a Code,
    /// Whose code it is; `init` and claim functions are nobody's.
    context: Option<usize>,
    pub choices: Choices,
    pub violated: ClaimSet,
    pub witnessed: ClaimSet,
}

impl<'a> Running<'a> {
    pub fn new(code: &'a Code, context: Option<usize>, choice: u32) -> Self {
        let choices = Choices { rest: choice, radix: 1 };
        Running { code, context, choices, violated: ClaimSet::default(), witnessed: ClaimSet::default() }
    }
}

impl System {
    /// Runs ops from one on, until one of them ends the step.
    pub(super) fn execute(
        &self,
        scratch: &mut Scratch,
        running: &mut Running,
        start: Target,
        watch: &mut impl Watch,
    ) -> Stop {
        let mut at = start as usize;
        for _ in 0..FUEL {
            if let Some(context) = running.context {
                scratch.covered[context][at].note();
            }
            let op = &running.code.ops[at];
            if !watch.allows(self, scratch, op) {
                return Stop::Forbidden;
            }
            at += 1;
            match op {
                Op::Step => return Stop::End(End::At(Pc::At(running.code.step_of[at - 1]))),
                Op::Jump(target) => at = *target as usize,
                Op::Branch { cond, then, other } => {
                    let holds = read(scratch, *cond) != 0;
                    came_out(scratch, running, at - 1, u16::from(holds));
                    at = if holds { *then } else { *other } as usize;
                }
                Op::Await { cond } => {
                    let holds = read(scratch, *cond) != 0;
                    came_out(scratch, running, at - 1, u16::from(holds));
                    if !holds {
                        return Stop::Blocked;
                    }
                }
                Op::Crash(crash) => return self.crash(running, *crash, at - 1),
                Op::Park => return Stop::End(End::At(Pc::Parked)),
                Op::End => return Stop::End(End::At(Pc::Ended)),
                Op::Return(value) => return Stop::Return(read(scratch, *value)),
                op => {
                    if let Err(end) = self.simple(scratch, running, op, at - 1) {
                        return Stop::End(end);
                    }
                }
            }
        }
        Stop::End(End::Cut(Cut::Endless(running.context.unwrap_or(0) as u16, start)))
    }

    fn crash(&self, running: &mut Running, crash: Crash, at: usize) -> Stop {
        Stop::End(self.crash_end(running, crash, at))
    }

    fn crash_end(&self, running: &mut Running, crash: Crash, at: usize) -> End {
        if let Some(claim) = self.known.crash {
            running.violated.insert(claim);
        }
        End::Crash(crash, at as Target)
    }

    /// Ops that go on with the next one.
    #[inline]
    fn simple(&self, scratch: &mut Scratch, running: &mut Running, op: &Op, at: usize) -> Result<(), End> {
        match op {
            Op::Copy { dst, src } => scratch.regs[usize::from(*dst)] = read(scratch, *src),
            Op::Unary { dst, op, a } => scratch.regs[usize::from(*dst)] = unary(*op, read(scratch, *a)),
            Op::Binary { dst, op, a, b } => {
                let value = arithmetic(*op, read(scratch, *a), read(scratch, *b));
                let Some(value) = value else { return Err(self.crash_end(running, Crash::Bug, at)) };
                scratch.regs[usize::from(*dst)] = value;
            }
            Op::ObjectAt { dst, index, len } => {
                let index = read(scratch, *index);
                if !(0..*len as i16).contains(&index) {
                    return Err(self.crash_end(running, Crash::Bounds, at));
                }
                scratch.regs[usize::from(*dst)] = index + 1;
            }
            Op::Load { dst, place } => {
                let cell = self.cell(scratch, place).map_err(|crash| self.crash_end(running, crash, at))?;
                scratch.regs[usize::from(*dst)] = scratch.cells[cell];
            }
            Op::Store { place, src } => {
                let cell = self.cell(scratch, place).map_err(|crash| self.crash_end(running, crash, at))?;
                let value = read(scratch, *src);
                self.store(scratch, running, place, cell, value)?;
            }
            Op::Nondet { dst, n } => {
                let n = read(scratch, *n);
                let value = running.choices.take(n);
                came_out(scratch, running, at, value as u16);
                scratch.regs[usize::from(*dst)] = value;
            }
            Op::Check { claim, cond } if read(scratch, *cond) == 0 => running.violated.insert(*claim),
            Op::Witness { claim, cond } => {
                let holds = read(scratch, *cond) != 0;
                came_out(scratch, running, at, u16::from(holds));
                if holds {
                    running.witnessed.insert(*claim);
                }
            }
            Op::CurrentMm { dst, .. } => {
                let mm = self.current_mm(scratch, running);
                scratch.regs[usize::from(*dst)] = mm;
            }
            Op::PoolGet { dst, pool } => {
                let entry = self.pool_get(scratch, *pool);
                scratch.regs[usize::from(*dst)] = entry;
            }
            Op::PoolPut { pool, object } => {
                let object = read(scratch, *object);
                self.pool_put(scratch, *pool, object).map_err(|crash| self.crash_end(running, crash, at))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The memory cell of a place.
    #[inline]
    pub(super) fn cell(&self, scratch: &Scratch, place: &Place) -> Result<usize, Crash> {
        let pool = &self.pools[usize::from(place.pool)];
        let object = read(scratch, place.object);
        if object <= 0 {
            return Err(Crash::Null);
        }
        let base = pool.base + (object as u32 - 1) * pool.size;
        if let Some(live) = pool.live
            && scratch.cells[(base + live) as usize] == 0
        {
            return Err(Crash::Freed);
        }
        let mut cell = base + u32::from(place.offset);
        if let Some(index) = &place.index {
            let value = read(scratch, index.value);
            if !(0..index.len as i16).contains(&value) {
                return Err(Crash::Bounds);
            }
            cell += value as u32 * u32::from(index.stride);
        }
        Ok(cell as usize)
    }

    #[inline]
    fn store(
        &self,
        scratch: &mut Scratch,
        running: &mut Running,
        place: &Place,
        cell: usize,
        value: i16,
    ) -> Result<(), End> {
        let pool = &self.program.pools[usize::from(place.pool)];
        let offset = (cell as u32 - pool.base) as usize % pool.cells.len();
        let info = &pool.cells[offset];
        let Range { low, high } = info.range;
        let negative = value < 0 && low <= 0 && info.pool.is_none() && low >= -1;
        let span = i32::from(high) - i32::from(low) + 1;
        let value = match (info.range.contains(value), info.overflow) {
            (true, _) => value,
            (false, Overflow::Wrap) => ((i32::from(value) - i32::from(low)).rem_euclid(span) + i32::from(low)) as i16,
            (false, Overflow::Saturate) => value.clamp(low, high),
            (false, Overflow::Cut) if value < low => low,
            (false, Overflow::Cut) => return Err(End::Cut(Cut::Member(place.pool, offset as u16))),
        };
        if negative && info.overflow != Overflow::Wrap {
            let claim = if info.refcount { self.known.refcount } else { self.known.count };
            claim.into_iter().for_each(|claim| running.violated.insert(claim));
        }
        self.write(scratch, cell, value);
        Ok(())
    }

    #[inline]
    fn write(&self, scratch: &mut Scratch, cell: usize, value: i16) {
        let old = std::mem::replace(&mut scratch.cells[cell], value);
        if old != value {
            scratch.undo.push((cell as u32, old));
        }
    }

    fn current_mm(&self, scratch: &Scratch, running: &mut Running) -> i16 {
        let Some(context) = running.context else { return 0 };
        match self.program.contexts[context].mm {
            CurrentMm::Fixed(mm) => mm,
            CurrentMm::Any => {
                let mms = self.program.pools.iter().find(|p| p.tag == "mm_struct").map_or(0, |p| p.len);
                running.choices.take(mms as i16 + 1)
            }
            CurrentMm::OfCpu(cpu) => {
                let Some(task) = self.task_on(cpu) else { return 0 };
                match (self.unfinished(task, scratch.pcs[task]), self.program.contexts[task].mm) {
                    (true, CurrentMm::Fixed(mm)) => mm,
                    _ => 0,
                }
            }
        }
    }

    fn pool_get(&self, scratch: &mut Scratch, pool: u16) -> i16 {
        let shape = self.pools[usize::from(pool)];
        let Some(live) = shape.live else { return 0 };
        for object in 0..u32::from(shape.len) {
            let cell = (shape.base + object * shape.size + live) as usize;
            if scratch.cells[cell] == 0 {
                self.write(scratch, cell, 1);
                return object as i16 + 1;
            }
        }
        0
    }

    /// A returned entry is zeroed: what it held must not split states, and the next owner starts clean.
    fn pool_put(&self, scratch: &mut Scratch, pool: u16, object: i16) -> Result<(), Crash> {
        let shape = self.pools[usize::from(pool)];
        if object <= 0 {
            return Err(Crash::Null);
        }
        let base = shape.base + (object as u32 - 1) * shape.size;
        let live = shape.live.map(|live| (base + live) as usize);
        if live.is_some_and(|live| scratch.cells[live] == 0) {
            return Err(Crash::Freed);
        }
        for offset in 0..shape.size {
            let cell = (base + offset) as usize;
            if self.layout.cells[cell].is_some() {
                self.write(scratch, cell, 0);
            }
        }
        Ok(())
    }

    /// Memory after `init`.
    pub(super) fn run_init(&self) -> Result<Vec<i16>, InitError> {
        let mut scratch = self.scratch();
        scratch.cells = vec![0; self.program.memory_len()];
        scratch.regs = vec![0; self.program.init.regs.len()];
        let mut running = Running::new(&self.program.init, None, 0);
        match self.execute(&mut scratch, &mut running, 0, &mut Unwatched) {
            Stop::End(End::At(Pc::Ended)) => Ok(scratch.cells),
            Stop::End(End::Crash(crash, at)) => Err(InitError(format!("crashes ({crash:?}) at op {at}"))),
            Stop::End(End::Cut(cut)) => Err(InitError(format!("a value does not fit ({cut:?})"))),
            _ => Err(InitError("waits".into())),
        }
    }

    /// Runs a claim function on the memory in `scratch`.
    pub(super) fn evaluate(&self, scratch: &mut Scratch, judge: &Judge, objects: &[i16]) -> bool {
        self.evaluate_watched(scratch, judge, objects, &mut Unwatched).unwrap_or(false)
    }

    /// The same, op by op under the eyes of `watch`; `None` if it forbade one.
    pub(super) fn evaluate_watched(
        &self,
        scratch: &mut Scratch,
        judge: &Judge,
        objects: &[i16],
        watch: &mut impl Watch,
    ) -> Option<bool> {
        scratch.regs[..objects.len()].copy_from_slice(objects);
        let mut running = Running::new(&judge.code, None, 0);
        match self.execute(scratch, &mut running, 0, watch) {
            Stop::Forbidden => None,
            Stop::Return(value) => Some(value != 0),
            // A claim function that follows NULL cannot confirm anything: not true.
            _ => Some(false),
        }
    }
}

/// Notes the outcome of an op of a context.
#[inline]
fn came_out(scratch: &mut Scratch, running: &Running, at: usize, outcome: u16) {
    if let Some(context) = running.context {
        scratch.covered[context][at].note_outcome(outcome);
    }
}

#[inline]
pub(super) fn read(scratch: &Scratch, operand: Operand) -> i16 {
    match operand {
        Operand::Imm(value) => value,
        Operand::Reg(reg) => scratch.regs[usize::from(reg)],
    }
}

#[inline]
pub(super) fn unary(op: UnaryOp, value: i16) -> i16 {
    match op {
        UnaryOp::Not => i16::from(value == 0),
        UnaryOp::Neg => value.wrapping_neg(),
        _ => !value,
    }
}

/// The value of a binary operator; `None` for a division by zero or a bad shift.
#[inline]
pub(super) fn arithmetic(op: BinaryOp, a: i16, b: i16) -> Option<i16> {
    let value = binary(op, i64::from(a), i64::from(b))?;
    Some(value.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16)
}
