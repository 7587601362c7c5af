//! What a whole state is made of: memory, and per context what is left to do.
//!
//! Owns the shape of a state and nothing that happens in it. A context's continuation is a stack of things to do,
//! a stack of values computed so far and the calls it is in; all of them refer to the syntax tree.

use std::hash::{Hash, Hasher};

use super::super::lang::ast::{BinaryOp, Expr, Name, Span, Stmt, UnaryOp};
use super::memory::Memory;

/// A node of the syntax tree. Two nodes are equal if they are the same one: what they say does not matter.
#[derive(Debug)]
pub(super) struct Node<'a, T: ?Sized>(pub &'a T);

impl<T: ?Sized> Clone for Node<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Node<'_, T> {}

impl<T: ?Sized> PartialEq for Node<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl<T: ?Sized> Eq for Node<'_, T> {}

impl<T: ?Sized> Hash for Node<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.0, state);
    }
}

/// A type, as far as values at run time depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ty {
    Void,
    Bool,
    /// Everything from `low` to `high`.
    Number {
        low: i32,
        high: i32,
    },
    /// NULL or an object of this pool.
    Object(usize),
    /// The address of something that is no object.
    Place,
    /// A structure by value.
    Struct(usize),
}

/// A member of an object, or the object as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub pool: usize,
    /// Number of the object, from 1; 0 is NULL and crashes when it is used.
    pub object: i32,
    pub offset: usize,
    pub ty: Ty,
    /// Array bounds that are not indexed yet.
    pub dims: Vec<usize>,
    /// An index on the way here was out of range: crashes when it is used.
    pub outside: bool,
}

/// A local that is about to be read or written, or some of its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Slot {
    pub scope: usize,
    pub index: usize,
    /// First cell, if the local is a structure.
    pub offset: usize,
    pub ty: Ty,
}

/// A value on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Void,
    Number(i32),
    /// `number` counts from 1; 0 is NULL.
    Object {
        pool: usize,
        number: i32,
    },
    Place(Place),
    Struct {
        layout: usize,
        cells: Vec<i32>,
    },
    Slot(Slot),
}

/// A local or parameter; no value before its first assignment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Local<'a> {
    pub name: &'a str,
    pub ty: Ty,
    pub value: Option<Value>,
}

/// A call that has not returned; the context's own code is the first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Call<'a> {
    pub function: &'a str,
    /// The name of the function where it is called.
    pub site: Span,
    pub ret: Ty,
    pub scopes: Vec<Vec<Local<'a>>>,
}

/// Something that is left to do. What evaluates an expression leaves one value; what says "pops" takes some.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Task<'a> {
    /// The statements from `next` on of a scope that is open; closes it after the last.
    Block {
        body: Node<'a, [Stmt]>,
        next: usize,
    },
    /// Opens a scope for these statements.
    Scope(Node<'a, [Stmt]>),
    Stmt(Node<'a, Stmt>),
    /// Closes the scope of a `for`.
    EndScope,
    /// Where `continue` goes on: the loop's own step, then its condition.
    Loop(Node<'a, Stmt>),
    /// The loop's condition.
    Test(Node<'a, Stmt>),
    /// Pops the loop's condition: its body, or out.
    Decide(Node<'a, Stmt>),
    /// Pops an `if`'s condition.
    Branch(Node<'a, Stmt>),
    /// Pops a `switch`'s value.
    Switch(Node<'a, Stmt>),
    /// Where `break` leaves a `switch`.
    EndSwitch,
    /// An `__atomic` that is a step.
    Atomic(Node<'a, Stmt>),
    /// The end of an `__atomic`.
    EndAtomic,
    /// Pops the initial value of a local.
    Declare(Node<'a, Stmt>),
    /// Pops the result.
    Return,
    /// A function's end: falling through returns nothing.
    EndCall,
    /// The head of a forever loop.
    Forever(Node<'a, [Stmt]>),
    /// The head of the loop of a work item's kworker.
    Work(usize),
    /// Waits until the work item is scheduled, and takes it.
    TakeWork(usize),

    /// Evaluates.
    Eval(Node<'a, Expr>),
    /// Finds out what is to be read or written, without doing so.
    Locate(Node<'a, Expr>),
    /// Pops a value that nobody wants.
    Drop,
    /// Reads what was located; `keep`: and leaves the location below the value.
    Load {
        span: Span,
        keep: bool,
    },
    /// Pops a value and the location that it is written to; leaves what was written.
    Store(Span),
    /// Pops a structure or a pointer, leaves the location of its member.
    Member(Node<'a, Name>),
    /// Pops index and array, leaves the element's location.
    Element(Span),
    /// Pops an index into a pool.
    ObjectAt {
        pool: usize,
    },
    /// Pops a location.
    AddressOf,
    /// Pops an operand.
    Unary(UnaryOp),
    /// Pops both operands.
    Binary(BinaryOp),
    /// Pops the left side of `&&` or `||`.
    Logic {
        op: BinaryOp,
        right: Node<'a, Expr>,
    },
    /// Makes 0 or 1 of a value.
    Truth,
    /// Pops the condition of `?:`.
    Choose(Node<'a, Expr>),
    /// Pops the old value in `++` and `--`, and the location below it.
    IncDec(Node<'a, Expr>),
    /// Pops a function's arguments.
    Enter(Node<'a, Expr>),
    /// `await(c)`
    Await {
        cond: Node<'a, Expr>,
        span: Span,
    },
    /// Pops the condition of an `await`.
    AwaitTest,
    /// Pops the condition of a `check` (else a `witness`) of this claim.
    Check {
        claim: usize,
        check: bool,
    },
    /// Pops the condition of a `BUG_ON`.
    BugOn,
    /// Pops the number of choices.
    Nondet,
    /// Pops an object.
    Idx,
    /// `pool_get(pool)`
    PoolGet {
        pool: usize,
        span: Span,
    },
    /// Pops what `pool_put` gives back.
    PoolPut(Span),
}

/// A context between two steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct Context<'a> {
    /// What is left to do, the next at the end. Nothing: the context is over.
    pub todo: Vec<Task<'a>>,
    pub values: Vec<Value>,
    pub calls: Vec<Call<'a>>,
    /// How many `__atomic`, `await`, `check` it is inside.
    pub atomic: u32,
    pub preempt: u32,
    pub bottom_half: u32,
    pub irq: u32,
    /// No step since the head of its forever loop.
    pub idle: bool,
    /// No step at all so far.
    pub fresh: bool,
    /// It stopped for ever, legally.
    pub parked: bool,
    /// Its choice of `current->mm`, until it is idle again.
    pub mm: Option<i32>,
}

impl Context<'_> {
    /// Forgets everything: the context is over (or parked).
    pub fn stop(&mut self, parked: bool) {
        *self = Context { parked, ..Context::default() };
    }
}

/// A whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State<'a> {
    pub(super) memory: Memory,
    pub(super) contexts: Vec<Context<'a>>,
    /// Claims violated on the way here, ascending.
    pub(super) violated: Vec<usize>,
}
