//! One step of one context: the only semantics.

use super::layout::Pc;
use super::{ClaimSet, InitError, Scratch, State, System};
use crate::lang::ast::{BinaryOp, UnaryOp};
use crate::lang::program::*;
use crate::lang::resolve::{Overflow, binary};

/// Ops that one step may execute; a counted loop over objects needs far fewer.
const FUEL: u32 = 100_000;

/// Why a path was not followed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Cut {
    /// A member left its width: pool and offset.
    Member(u16, u16),
    /// A local left its width: context and register.
    Local(u16, Reg),
    /// A step did not end: context and op.
    Endless(u16, Target),
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The context stands there now.
    At(Pc),
    /// The path ends: claim S0.
    Crash(Crash, Target),
    /// The path is not followed.
    Cut(Cut),
}

/// What a step did, beside memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Claims that it violated.
    pub violated: ClaimSet,
    /// Claims that it exercised.
    pub witnessed: ClaimSet,
    /// Number of choices that this path through the step offered (1 without `nondet`).
    pub choices: u32,
}

/// The result of firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fired {
    /// The step is not enabled: with this choice, of so many that its path offered before it had to wait.
    Blocked(u32),
    /// It was taken.
    Done(Outcome),
}

/// Where execution of ops stops.
enum Stop {
    Blocked,
    Forbidden,
    End(End),
    Return(i16),
}

/// Sees each op before it is executed, and may forbid it. The plain way watches nothing and costs nothing.
pub(super) trait Watch {
    fn allows(&mut self, system: &System, scratch: &Scratch, op: &Op) -> bool;
}

struct Unwatched;

impl Watch for Unwatched {
    #[inline(always)]
    fn allows(&mut self, _: &System, _: &Scratch, _: &Op) -> bool {
        true
    }
}

/// The choice of a step, digit by digit: each `nondet(n)` takes the next digit, to base n, lowest first.
struct Choices {
    rest: u32,
    radix: u32,
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
struct Running<'a> {
    code: &'a Code,
    context: Option<usize>,
    choices: Choices,
    violated: ClaimSet,
    witnessed: ClaimSet,
}

impl System {
    /// The states before any step: several where a context chooses before its first step.
    pub fn initial(&self) -> Vec<State> {
        self.beginnings().0
    }

    /// The initial states, and what already happened on the way to them: claims that local code before the first
    /// step violates.
    pub fn beginnings(&self) -> (Vec<State>, ClaimSet) {
        let mut scratch = self.scratch();
        let mut violated = ClaimSet::default();
        let mut states = vec![vec![0u64; self.layout.words()].into_boxed_slice()];
        for (cell, slot) in self.layout.cells.iter().enumerate() {
            if let Some(slot) = slot {
                slot.set(&mut states[0], self.initial_cells[cell]);
            }
        }
        for context in 0..self.program.contexts.len() {
            let mut next = Vec::new();
            for state in &states {
                let (mut choice, mut most) = (0, 1);
                while choice < most {
                    self.load(state, &mut scratch);
                    let fired = self.run_from(&mut scratch, context, 0, choice, &mut Unwatched);
                    if let Some(Fired::Done(outcome)) = fired {
                        most = most.max(outcome.choices);
                        violated = violated.union(outcome.violated);
                        self.pack(state, &mut scratch, context, &outcome);
                        self.rollback(&mut scratch);
                        next.push(scratch.packed.clone().into_boxed_slice());
                    }
                    choice += 1;
                }
            }
            states = next;
        }
        states.sort();
        states.dedup();
        (states, violated)
    }

    /// Unpacks a state into working memory.
    pub fn load(&self, state: &[u64], scratch: &mut Scratch) {
        for (cell, slot) in scratch.cells.iter_mut().zip(&self.layout.cells) {
            if let Some(slot) = slot {
                *cell = slot.get(state);
            }
        }
        for (context, pc) in scratch.pcs.iter_mut().enumerate() {
            *pc = self.layout.pc(state, context);
        }
        scratch.undo.clear();
        scratch.sticky = ClaimSet(self.layout.sticky.map_or(0, |bits| bits.get(state)));
        scratch.dead = self.layout.dead.is_some_and(|bits| bits.get(state) == 1);
    }

    /// Executes the next step of `context` on the loaded state. Memory then holds the result, until
    /// [`System::rollback`]; [`System::next`] packs it.
    pub fn fire(&self, state: &[u64], scratch: &mut Scratch, context: usize, choice: u32) -> Fired {
        self.fire_watched(state, scratch, context, choice, &mut Unwatched).unwrap_or(Fired::Blocked(1))
    }

    /// The same, op by op under the eyes of `watch`; `None` if it forbade one, and nothing has changed then.
    pub(super) fn fire_watched(
        &self,
        state: &[u64],
        scratch: &mut Scratch,
        context: usize,
        choice: u32,
        watch: &mut impl Watch,
    ) -> Option<Fired> {
        let Pc::At(step) = scratch.pcs[context] else { return Some(Fired::Blocked(1)) };
        if scratch.dead || !self.cpu_allows(scratch, context) {
            return Some(Fired::Blocked(1));
        }
        for local in &self.layout.contexts[context].locals[usize::from(step)] {
            scratch.regs[usize::from(local.reg)] = local.slot.get(state);
        }
        let at = self.program.contexts[context].code.steps[usize::from(step)].at;
        scratch.covered[context][at as usize].note_outcome(1);
        self.run_from(scratch, context, at + 1, choice, watch)
    }

    /// Takes every step that `context` can take from the loaded state, one choice after the other; the state is the
    /// loaded one again afterwards. How many choices there are depends on the path: after one that offers few,
    /// another may still offer more, so the most seen counts, and a path's choices beyond its own number are repeats.
    pub fn each_choice(
        &self,
        state: &[u64],
        scratch: &mut Scratch,
        context: usize,
        f: &mut dyn FnMut(&mut Scratch, u32, &Outcome),
    ) {
        let pc = scratch.pcs[context];
        let (mut choice, mut most) = (0, 1);
        while choice < most {
            match self.fire(state, scratch, context, choice) {
                // Another choice may do what this one has to wait for.
                Fired::Blocked(choices) => most = most.max(choices),
                Fired::Done(outcome) => {
                    most = most.max(outcome.choices);
                    if choice < outcome.choices {
                        f(scratch, choice, &outcome);
                    }
                    self.rollback(scratch);
                    scratch.pcs[context] = pc;
                }
            }
            choice += 1;
        }
    }

    /// The first choice with which a context steps from one packed state to the other.
    pub fn choice_between(&self, from: &[u64], context: usize, to: &[u64], scratch: &mut Scratch) -> Option<u32> {
        let mut found = None;
        self.load(from, scratch);
        self.each_choice(from, scratch, context, &mut |scratch, choice, outcome| {
            let ends = matches!(outcome.end, End::At(_));
            if found.is_none() && ends && self.next(from, scratch, context, outcome) == to {
                found = Some(choice);
            }
        });
        found
    }

    /// The state after the step that was just fired, packed. Judges are not consulted.
    pub fn next<'s>(&self, state: &[u64], scratch: &'s mut Scratch, context: usize, outcome: &Outcome) -> &'s [u64] {
        self.pack(state, scratch, context, outcome);
        &scratch.packed
    }

    /// Takes the fired step back: memory is that of the loaded state again.
    pub fn rollback(&self, scratch: &mut Scratch) {
        while let Some((cell, old)) = scratch.undo.pop() {
            scratch.cells[cell as usize] = old;
        }
    }

    /// A softirq runs to completion before anything else on its CPU, and does not start while the task there
    /// has interrupts or bottom halves off.
    pub(crate) fn cpu_allows(&self, scratch: &Scratch, context: usize) -> bool {
        if self.program.contexts[context].cpu.is_none() {
            return true;
        }
        let Some(bound) = self.cpus.iter().find(|bound| bound.contains(&context)) else { return true };
        let starting =
            self.program.contexts[context].kind == Kind::Softirq && !self.active(context, scratch.pcs[context]);
        bound.iter().filter(|other| **other != context).all(|&other| {
            let pc = scratch.pcs[other];
            if self.program.contexts[other].kind == Kind::Softirq {
                return !self.active(other, pc);
            }
            !starting || self.attrs(other, pc).is_none_or(|a| a.irq == 0 && a.bottom_half == 0)
        })
    }

    /// Whether a softirq has begun and is not through.
    fn active(&self, context: usize, pc: Pc) -> bool {
        self.attrs(context, pc).is_some_and(|a| !a.idle && !a.fresh)
    }

    fn run_from(
        &self,
        scratch: &mut Scratch,
        context: usize,
        at: Target,
        choice: u32,
        watch: &mut impl Watch,
    ) -> Option<Fired> {
        let mut running = Running {
            code: &self.program.contexts[context].code,
            context: Some(context),
            choices: Choices { rest: choice, radix: 1 },
            violated: ClaimSet::default(),
            witnessed: ClaimSet::default(),
        };
        let end = match self.execute(scratch, &mut running, at, watch) {
            stop @ (Stop::Blocked | Stop::Forbidden) => {
                self.rollback(scratch);
                return matches!(stop, Stop::Blocked).then_some(Fired::Blocked(running.choices.radix));
            }
            Stop::End(end) => end,
            Stop::Return(_) => End::At(Pc::Ended),
        };
        let (violated, witnessed) = self.told((running.violated, running.witnessed));
        let choices = running.choices.radix;
        let end = self.check_locals(scratch, context, end);
        Some(Fired::Done(Outcome { end, violated, witnessed, choices }))
    }

    /// Locals that do not fit cut the path.
    fn check_locals(&self, scratch: &Scratch, context: usize, end: End) -> End {
        let End::At(Pc::At(step)) = end else { return end };
        let locals = &self.layout.contexts[context].locals[usize::from(step)];
        let wide = locals.iter().find(|l| !l.range.contains(scratch.regs[usize::from(l.reg)]));
        match wide {
            Some(local) => End::Cut(Cut::Local(context as u16, local.reg)),
            None => end,
        }
    }

    fn pack(&self, state: &[u64], scratch: &mut Scratch, context: usize, outcome: &Outcome) {
        scratch.packed.copy_from_slice(state);
        for &(cell, _) in &scratch.undo {
            if let Some(slot) = self.layout.cells[cell as usize] {
                slot.set(&mut scratch.packed, scratch.cells[cell as usize]);
            }
        }
        let layout = &self.layout.contexts[context];
        layout.block.iter().for_each(|bits| bits.set(&mut scratch.packed, 0));
        let pc = match outcome.end {
            End::At(pc) => pc,
            End::Crash(..) | End::Cut(_) => Pc::Ended,
        };
        if let Pc::At(step) = pc {
            for local in &layout.locals[usize::from(step)] {
                local.slot.set(&mut scratch.packed, scratch.regs[usize::from(local.reg)]);
            }
        }
        self.layout.set_pc(&mut scratch.packed, context, pc);
        scratch.pcs[context] = pc;
        if let Some(bits) = self.layout.sticky {
            bits.set(&mut scratch.packed, scratch.sticky.union(outcome.violated).0);
        }
        if let (Some(bits), End::Crash(..)) = (self.layout.dead, &outcome.end) {
            bits.set(&mut scratch.packed, 1);
        }
    }

    fn execute(&self, scratch: &mut Scratch, running: &mut Running, start: Target, watch: &mut impl Watch) -> Stop {
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

    /// The task of a CPU.
    pub(crate) fn task_on(&self, cpu: u8) -> Option<usize> {
        self.program.contexts.iter().position(|c| c.kind == Kind::Task && c.cpu == Some(cpu))
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
        let mut running = Running {
            code: &self.program.init,
            context: None,
            choices: Choices { rest: 0, radix: 1 },
            violated: ClaimSet::default(),
            witnessed: ClaimSet::default(),
        };
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
        let mut running = Running {
            code: &judge.code,
            context: None,
            choices: Choices { rest: 0, radix: 1 },
            violated: ClaimSet::default(),
            witnessed: ClaimSet::default(),
        };
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

pub(super) fn read(scratch: &Scratch, operand: Operand) -> i16 {
    match operand {
        Operand::Imm(value) => value,
        Operand::Reg(reg) => scratch.regs[usize::from(reg)],
    }
}

pub(super) fn unary(op: UnaryOp, value: i16) -> i16 {
    match op {
        UnaryOp::Not => i16::from(value == 0),
        UnaryOp::Neg => value.wrapping_neg(),
        _ => !value,
    }
}

/// The value of a binary operator; `None` for a division by zero or a bad shift.
pub(super) fn arithmetic(op: BinaryOp, a: i16, b: i16) -> Option<i16> {
    let value = binary(op, i64::from(a), i64::from(b))?;
    Some(value.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16)
}
