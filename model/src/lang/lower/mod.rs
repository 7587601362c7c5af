//! Lowering: inlines what a context runs into a control-flow graph of steps.
//!
//! `emit` holds the code under construction, `place`, `expr`, `stmt`, `call` and `params` translate the language,
//! `nesting` and `liveness` finish a code. Every piece of code goes through [`Lowerer::finish`].

mod call;
mod emit;
mod expr;
mod ghosts;
mod liveness;
mod nesting;
mod pairs;
mod params;
mod place;
mod program;
mod stmt;

pub(crate) use call::INTRINSICS;
pub use emit::{Lowerer, MAX_STEPS};
pub(super) use liveness::RegSet;
pub(crate) use liveness::{defs_uses, successors};
pub use program::{ContextSpec, MmSpec, lower};

/// Parameters that a claim function may have.
pub const MAX_PARAMS: usize = 4;
