//! The machine: does one thing of a continuation after the other, and stops before each step.

use super::super::lang::ast::{Name, Span};
use super::super::lang::diag::Diagnostic;
use super::super::lang::program::{Crash, Kind};
use super::Interpreter;
use super::memory::{Cell, Memory, Stored, refused, ty_of};
use super::state::{Call, Context, Local, Place, Slot, Task, Ty, Value};

/// Things done in one step before we call it an endless loop.
const FUEL: usize = 200_000;

/// Why the machine does not go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// An `await` does not hold: the step is not enabled.
    Blocked,
    /// Claim S0 is violated and the path ends.
    Crash(Crash),
    /// A value left its width: the path is cut.
    Cut(String),
    /// A choice among so many is to be made.
    Choice(u32),
    /// The program is none.
    Refused(Diagnostic),
}

/// The result of doing something.
pub(super) type Run<T> = Result<T, Stop>;

impl From<Crash> for Stop {
    fn from(crash: Crash) -> Self {
        Stop::Crash(crash)
    }
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Stop::Refused(diagnostic)
    }
}

/// `current->mm` of a context in the state in which it steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mm {
    /// This one, from 1; 0 is NULL.
    Fixed(i32),
    /// Any, or NULL.
    Any,
    /// That of the task on its CPU, which is this while the context runs.
    OfTask(i32),
}

/// One context at work on a memory.
pub(super) struct Machine<'m, 'a> {
    pub world: &'m Interpreter<'a>,
    pub memory: Memory,
    pub context: Context<'a>,
    pub kind: Kind,
    pub mm: Mm,
    /// `init` may write const members.
    pub initialising: bool,
    /// Choices to make, in order.
    pub script: Vec<u32>,
    /// How many of them were made.
    pub chosen: usize,
    /// Claims violated, in order.
    pub violated: Vec<usize>,
    /// Claims exercised, in order.
    pub witnessed: Vec<usize>,
}

impl<'a> Machine<'_, 'a> {
    /// Takes the next step, and goes on until just before the one after it.
    pub fn step(&mut self) -> Run<()> {
        self.context.idle = false;
        self.context.fresh = false;
        if let Some(task) = self.context.todo.pop() {
            self.perform(task)?;
        }
        self.settle()
    }

    /// Local computation: goes on until just before the next step, or to the end.
    pub fn settle(&mut self) -> Run<()> {
        self.compute()?;
        if self.context.todo.is_empty() {
            let parked = self.context.parked;
            self.context.stop(parked);
        }
        self.check_locals()
    }

    /// Goes on until just before a step or until nothing is left.
    pub fn compute(&mut self) -> Run<()> {
        for _ in 0..FUEL {
            if next_step(self.world, &self.context).is_some() {
                return Ok(());
            }
            match self.context.todo.pop() {
                Some(task) => self.perform(task)?,
                None => return Ok(()),
            }
        }
        Err(refused(self.here(), "an endless loop without a step").into())
    }

    /// The locals of all calls must fit their types when a step ends.
    fn check_locals(&self) -> Run<()> {
        for local in self.context.calls.iter().flat_map(|call| &call.scopes).flatten() {
            if let (Ty::Number { low, high }, Some(Value::Number(value))) = (local.ty, &local.value)
                && !(low..=high).contains(value)
            {
                return Err(Stop::Cut(local.name.to_string()));
            }
        }
        Ok(())
    }

    /// Makes a choice among `count`; nothing is chosen where there is only one.
    pub fn choose(&mut self, count: u32) -> Run<u32> {
        if count <= 1 {
            return Ok(0);
        }
        let Some(&choice) = self.script.get(self.chosen) else { return Err(Stop::Choice(count)) };
        self.chosen += 1;
        Ok(choice)
    }

    /// Notes a violation of a claim, if the program declares it.
    pub fn violate(&mut self, id: &str) {
        self.violated.extend(self.world.claim(id));
    }

    /// S14: nothing may sleep where it cannot be scheduled.
    pub fn might_sleep(&mut self) {
        let context = &self.context;
        if self.kind == Kind::Softirq || context.preempt + context.bottom_half + context.irq > 0 {
            self.violate("S14");
        }
    }

    pub fn push(&mut self, task: Task<'a>) {
        self.context.todo.push(task);
    }

    pub fn give(&mut self, value: Value) {
        self.context.values.push(value);
    }

    /// The value on top.
    pub fn take(&mut self) -> Run<Value> {
        match self.context.values.pop() {
            Some(value) => Ok(value),
            None => Err(refused(self.here(), "an expression without a value").into()),
        }
    }

    /// The number on top; an object pointer counts as its number.
    pub fn take_number(&mut self) -> Run<i32> {
        match self.take()? {
            Value::Number(number) | Value::Object { number, .. } => Ok(number),
            _ => Err(refused(self.here(), "a number is wanted here").into()),
        }
    }

    pub fn take_truth(&mut self) -> Run<bool> {
        Ok(self.take_number()? != 0)
    }

    /// The innermost call, for diagnostics.
    pub fn here(&self) -> Span {
        self.context.calls.last().map_or(Span::default(), |call| call.site)
    }

    pub fn call(&mut self) -> Run<&mut Call<'a>> {
        self.context.calls.last_mut().ok_or_else(|| refused(Span::default(), "code outside of a call").into())
    }

    pub fn open_scope(&mut self) -> Run<()> {
        self.call()?.scopes.push(Vec::new());
        Ok(())
    }

    pub fn close_scope(&mut self) -> Run<()> {
        self.call()?.scopes.pop();
        Ok(())
    }

    /// Binds a name in the innermost scope, in the place of what it was bound to there.
    pub fn declare(&mut self, name: &'a str, ty: Ty, value: Option<Value>) -> Run<()> {
        let value = match (ty, value) {
            // Members of a structure are assigned one by one.
            (Ty::Struct(layout), None) => {
                Some(Value::Struct { layout, cells: vec![0; self.world.unit.structs[layout].size] })
            }
            (_, value) => value,
        };
        if let Some(scope) = self.call()?.scopes.last_mut() {
            scope.retain(|local| local.name != name);
            scope.push(Local { name, ty, value });
        }
        Ok(())
    }

    /// The local of this name in the innermost call.
    pub fn lookup(&self, name: &str) -> Option<Slot> {
        let scopes = &self.context.calls.last()?.scopes;
        scopes.iter().enumerate().rev().find_map(|(scope, locals)| {
            let index = locals.iter().position(|local| local.name == name)?;
            Some(Slot { scope, index, offset: 0, ty: locals[index].ty })
        })
    }

    pub fn local(&mut self, slot: Slot) -> Run<&mut Local<'a>> {
        let here = self.here();
        let scopes = &mut self.call()?.scopes;
        let local = scopes.get_mut(slot.scope).and_then(|scope| scope.get_mut(slot.index));
        local.ok_or_else(|| refused(here, "a local out of its scope").into())
    }

    /// The whole object `number` of a pool.
    pub fn whole(&self, pool: usize, number: i32) -> Place {
        let ty = Ty::Struct(self.world.unit.pools[pool].layout);
        Place { pool, object: number, offset: 0, ty, dims: Vec::new(), outside: false }
    }

    /// The member `name` of the structure at a place.
    pub fn member(&self, place: Place, name: &Name) -> Run<Place> {
        let unit = self.world.unit;
        let Ty::Struct(layout) = place.ty else {
            return Err(refused(name.span, "this has no members").into());
        };
        match unit.field(layout, &name.text) {
            Some(field) => Ok(Place {
                offset: place.offset + field.offset,
                ty: ty_of(&field.ty),
                dims: field.dims.clone(),
                ..place
            }),
            None => Err(refused(name.span, format!("no member `{}`", name.text)).into()),
        }
    }

    /// Cells of a value of this type.
    pub fn size(&self, ty: Ty) -> usize {
        match ty {
            Ty::Struct(layout) => self.world.unit.structs[layout].size,
            _ => 1,
        }
    }

    /// The value of this type that cells hold.
    pub fn value_of(ty: Ty, cells: Vec<i32>) -> Value {
        match ty {
            Ty::Struct(layout) => Value::Struct { layout, cells },
            Ty::Object(pool) => Value::Object { pool, number: cells[0] },
            _ => Value::Number(cells[0]),
        }
    }

    /// Reads memory.
    pub fn load(&mut self, place: &Place) -> Run<Value> {
        let cells = self.memory.read(place, self.size(place.ty))?;
        Ok(Self::value_of(place.ty, cells))
    }

    /// Writes memory.
    pub fn store(&mut self, place: &Place, value: &Value) -> Run<()> {
        let cells = match value {
            Value::Struct { cells, .. } => cells.clone(),
            Value::Number(number) | Value::Object { number, .. } => vec![*number],
            _ => return Err(refused(self.here(), "this cannot be stored").into()),
        };
        for (i, number) in cells.into_iter().enumerate() {
            let place = Place { offset: place.offset + i, ..place.clone() };
            let cell = &self.world.cells[place.pool][place.offset];
            match self.memory.write(&place, cell, number)? {
                Stored::Fits => {}
                Stored::BelowZero { refcount } => self.violate(if refcount { "S13" } else { "S7" }),
                Stored::TooLarge => return Err(Stop::Cut(cell.name.clone())),
            }
        }
        Ok(())
    }
}

/// Where the next step stands, if the next thing that the context does begins one.
pub(super) fn next_step(world: &Interpreter, context: &Context) -> Option<Span> {
    if context.atomic > 0 {
        return None;
    }
    let real = |depth: usize| match context.values.iter().rev().nth(depth) {
        Some(Value::Place(place)) => world.is_real(place),
        _ => false,
    };
    match context.todo.last()? {
        Task::Load { span, .. } => real(0).then_some(*span),
        Task::Store(span) => real(1).then_some(*span),
        Task::Atomic(stmt) => Some(stmt.0.span),
        Task::Await { span, .. } | Task::PoolGet { span, .. } | Task::PoolPut(span) => Some(*span),
        Task::TakeWork(work) => Some(world.unit.works[*work].function.span),
        _ => None,
    }
}

/// Whether an access to one of these cells is a step.
pub(super) fn real(cells: &[Cell]) -> bool {
    cells.iter().any(|cell| !cell.ghost && !cell.constant)
}
