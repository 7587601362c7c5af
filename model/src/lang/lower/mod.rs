//! Lowering: inlines what a context runs into a control-flow graph of steps.
//!
//! `emit` holds the code under construction; `place`, `expr`, `stmt`, `loops`, `call`, `intrinsic` and `params` translate the
//! language; `nesting`, with its `facts`, and `liveness` finish a code. Every piece of code goes through [`Lowerer::finish`].

mod call;
mod emit;
mod expr;
mod facts;
mod ghosts;
mod intrinsic;
mod liveness;
mod loops;
mod nesting;
mod pairs;
mod params;
mod place;
mod program;
mod stmt;

pub use emit::{Lowerer, MAX_STEPS};
pub(crate) use intrinsic::INTRINSICS;
pub(super) use liveness::RegSet;
pub(crate) use liveness::{defs_uses, successors};
pub use program::{ContextSpec, MmSpec, lower};

/// Parameters that a claim function may have.
pub const MAX_PARAMS: usize = 4;
