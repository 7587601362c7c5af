//! A litmus test as the parser understood it.

use super::rules::Rule;

/// One litmus test: threads that run at once, and the final state it asks about.
#[derive(Debug, Clone)]
pub struct Litmus {
    /// The name after `C` in the first line.
    pub name: String,
    /// Locations and their first values. What is not named here starts as 0.
    pub init: Vec<(String, i32)>,
    /// P0, P1, ...
    pub threads: Vec<Thread>,
    /// The state of the `exists` clause.
    pub exists: Condition,
}

/// One thread of a test.
#[derive(Debug, Clone)]
pub struct Thread {
    /// What it may name.
    pub parameters: Vec<Parameter>,
    /// What it does.
    pub body: Vec<Statement>,
}

/// A shared location or a lock that a thread may name.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, the same in every thread.
    pub name: String,
    /// A `spinlock_t`, not a word.
    pub is_lock: bool,
}

/// One statement.
#[derive(Debug, Clone)]
pub enum Statement {
    /// `r = e;`, with or without `int`.
    Assign(String, Expr),
    /// A call for its effect.
    Call(Call),
    /// `if (c) ... else ...`
    If(Expr, Vec<Statement>, Vec<Statement>),
}

/// One expression over registers and what primitives return.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A number.
    Number(i32),
    /// A local variable.
    Register(String),
    /// A primitive that returns something.
    Call(Box<Call>),
    /// `-e`
    Minus(Box<Expr>),
    /// `a OP b`
    Binary(Operator, Box<Expr>, Box<Expr>),
}

/// The operators that occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
}

/// One use of a kernel primitive.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where it stands in its file.
    pub line: usize,
    /// How loom runs it.
    pub rule: Rule,
    /// The location or lock, for all but fences.
    pub place: Option<String>,
    /// The other arguments, in the kernel's order.
    pub operands: Vec<Expr>,
}

/// A formula over the final state.
#[derive(Debug, Clone)]
pub enum Condition {
    /// `a /\ b`
    And(Box<Condition>, Box<Condition>),
    /// `a \/ b`
    Or(Box<Condition>, Box<Condition>),
    /// `~ a`
    Not(Box<Condition>),
    /// `0:r1=1`: what a thread's register holds at the end.
    Register(usize, String, i32),
    /// `x=1`: what a location holds at the end.
    Location(String, i32),
}

impl Condition {
    /// Visits the leaves.
    pub fn leaves<'a>(&'a self, visit: &mut impl FnMut(&'a Condition)) {
        match self {
            Condition::And(a, b) | Condition::Or(a, b) => {
                a.leaves(visit);
                b.leaves(visit);
            }
            Condition::Not(a) => a.leaves(visit),
            Condition::Register(..) | Condition::Location(..) => visit(self),
        }
    }
}
