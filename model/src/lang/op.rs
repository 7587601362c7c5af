//! The instruction set of programs.
//!
//! [`Op::Step`] cuts the code of a context into steps; everything up to the next one happens at once. What an op does is
//! the system's to say (`system::execute`), and the reference interpreter's.

use super::ast::{BinaryOp, UnaryOp};

/// Index of a register (a local or a temporary) of a context.
pub type Reg = u16;

/// Index of an op in its code.
pub type Target = u32;

/// An operand: a constant or a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operand {
    /// A constant. Object pointers are index + 1, NULL is 0.
    Imm(i16),
    /// A register.
    Reg(Reg),
}

/// A run-time array index inside an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// The index value.
    pub value: Operand,
    /// Cells of one element.
    pub stride: u16,
    /// Number of elements; outside of it the path crashes.
    pub len: u16,
}

/// A member of an object: one cell, or the first of a structure's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Pool of the object.
    pub pool: u16,
    /// The object (index + 1; 0 crashes).
    pub object: Operand,
    /// Offset in the object.
    pub offset: u16,
    /// Array index, if it is not constant.
    pub index: Option<Index>,
}

/// Why a path ends in claim S0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Crash {
    /// `BUG()`, `BUG_ON(c)`.
    Bug,
    /// A NULL pointer was followed.
    Null,
    /// An array index was out of range.
    Bounds,
    /// A pool entry was used while it is free.
    Freed,
}

/// A nesting counter of a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nest {
    /// `preempt_disable`, spinlocks.
    Preempt,
    /// `local_bh_disable`.
    BottomHalf,
    /// `local_irq_disable`.
    Irq,
}

/// What kernel C says about the fairness of a step. Without a word, a step that could be taken all the time is taken in
/// the end, and one that takes a lock even if it could be taken again and again only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// `await_fair()`: whoever waits is not overtaken for ever.
    Served,
    /// `nondet_fair()`: whoever asks again and again is told true in the end.
    Chosen,
    /// `unfair()`: the step need not ever happen.
    Nothing,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A step begins: a program counter can stand here.
    Step,
    /// Nothing (what is left of an op that turned out not to be needed).
    Nop,
    /// `dst = src`
    Copy {
        /// Destination.
        dst: Reg,
        /// Source.
        src: Operand,
    },
    /// `dst` is a declared local without a value.
    Undef {
        /// The local.
        dst: Reg,
    },
    /// `dst = op a`
    Unary {
        /// Destination.
        dst: Reg,
        /// Operator: not, negation or complement.
        op: UnaryOp,
        /// Operand.
        a: Operand,
    },
    /// `dst = a op b`
    Binary {
        /// Destination.
        dst: Reg,
        /// Operator, no `&&` or `||`.
        op: BinaryOp,
        /// Left operand.
        a: Operand,
        /// Right operand.
        b: Operand,
    },
    /// `dst = &pool[index]`; out of range crashes.
    ObjectAt {
        /// Destination.
        dst: Reg,
        /// Index.
        index: Operand,
        /// Objects in the pool.
        len: u16,
    },
    /// `dst = *place`
    Load {
        /// Destination.
        dst: Reg,
        /// Source.
        place: Place,
    },
    /// `*place = src`
    Store {
        /// Destination.
        place: Place,
        /// Value.
        src: Operand,
    },
    /// Go on at the target.
    Jump(Target),
    /// Go on at `then` if `cond` is not 0, else at `other`.
    Branch {
        /// Condition.
        cond: Operand,
        /// If not zero.
        then: Target,
        /// If zero.
        other: Target,
    },
    /// `dst` is any of 0..n-1; for n < 1 it is 0.
    Nondet {
        /// Destination.
        dst: Reg,
        /// Number of choices.
        n: Operand,
    },
    /// The step is not enabled unless `cond`.
    Await {
        /// Condition.
        cond: Operand,
    },
    /// Claim (index into [`Program::claims`]) is violated unless `cond`.
    Check {
        /// Claim.
        claim: u16,
        /// Condition.
        cond: Operand,
    },
    /// Claim was exercised if `cond`.
    Witness {
        /// Claim.
        claim: u16,
        /// Condition.
        cond: Operand,
    },
    /// Claim S0 is violated and the path ends.
    Crash(Crash),
    /// `might_sleep()`; gone after the nesting analysis.
    MightSleep,
    /// Nesting goes up or down; gone after the nesting analysis.
    Nesting {
        /// Which counter.
        what: Nest,
        /// Up or down.
        up: bool,
    },
    /// A lock of this class (index into [`Program::lock_classes`]) is awaited and taken in this step.
    Acquire {
        /// Class.
        class: u16,
        /// Whether it waits: a trylock makes no edge in the lock order.
        blocking: bool,
    },
    /// A lock of this class is released.
    Release {
        /// Class.
        class: u16,
    },
    /// What liveness may expect of the step it stands in; gone after the nesting analysis.
    Expect(Expectation),
    /// The head of a forever loop, or the start of a context: idle until the next step.
    Idle,
    /// `dst = current->mm` of a context that has no mm of its own.
    CurrentMm {
        /// Destination.
        dst: Reg,
        /// The register that keeps a choice until the context is idle again.
        kept: Reg,
    },
    /// `dst = pool_get(pool)`: the first free entry, or NULL.
    PoolGet {
        /// Destination.
        dst: Reg,
        /// Pool.
        pool: u16,
    },
    /// `pool_put(p)`; a free entry crashes.
    PoolPut {
        /// Pool.
        pool: u16,
        /// Entry.
        object: Operand,
    },
    /// The context stops here for ever, legally.
    Park,
    /// The context is over.
    End,
    /// The result of a claim function.
    Return(Operand),
}

impl Operand {
    fn renamed(self, name: &mut dyn FnMut(Reg) -> Reg) -> Self {
        match self {
            Operand::Imm(value) => Operand::Imm(value),
            Operand::Reg(reg) => Operand::Reg(name(reg)),
        }
    }
}

impl Place {
    fn renamed(self, name: &mut dyn FnMut(Reg) -> Reg) -> Self {
        let index = self.index.map(|index| Index { value: index.value.renamed(name), ..index });
        Place { object: self.object.renamed(name), index, ..self }
    }
}

impl Op {
    /// The same op with other registers.
    #[must_use]
    pub fn renamed(&self, name: &mut dyn FnMut(Reg) -> Reg) -> Op {
        match *self {
            Op::Copy { dst, src } => Op::Copy { src: src.renamed(name), dst: name(dst) },
            Op::Undef { dst } => Op::Undef { dst: name(dst) },
            Op::Unary { dst, op, a } => Op::Unary { op, a: a.renamed(name), dst: name(dst) },
            Op::Binary { dst, op, a, b } => Op::Binary { op, a: a.renamed(name), b: b.renamed(name), dst: name(dst) },
            Op::ObjectAt { dst, index, len } => Op::ObjectAt { len, index: index.renamed(name), dst: name(dst) },
            Op::Load { dst, place } => Op::Load { place: place.renamed(name), dst: name(dst) },
            Op::Store { place, src } => Op::Store { place: place.renamed(name), src: src.renamed(name) },
            Op::Branch { cond, then, other } => Op::Branch { cond: cond.renamed(name), then, other },
            Op::Nondet { dst, n } => Op::Nondet { n: n.renamed(name), dst: name(dst) },
            Op::Await { cond } => Op::Await { cond: cond.renamed(name) },
            Op::Check { claim, cond } => Op::Check { claim, cond: cond.renamed(name) },
            Op::Witness { claim, cond } => Op::Witness { claim, cond: cond.renamed(name) },
            Op::CurrentMm { dst, kept } => Op::CurrentMm { dst: name(dst), kept: name(kept) },
            Op::PoolGet { dst, pool } => Op::PoolGet { pool, dst: name(dst) },
            Op::PoolPut { pool, object } => Op::PoolPut { pool, object: object.renamed(name) },
            Op::Return(value) => Op::Return(value.renamed(name)),
            Op::Step | Op::Nop | Op::Jump(_) | Op::Crash(_) | Op::MightSleep | Op::Nesting { .. } => self.clone(),
            Op::Acquire { .. } | Op::Release { .. } | Op::Expect(_) | Op::Idle | Op::Park | Op::End => self.clone(),
        }
    }
}
