//! The front end: from kernel C to a program.

pub mod ast;
pub mod check;
pub mod diag;
mod habits;
pub mod lower;
pub mod op;
pub mod parse;
pub mod program;
pub mod resolve;
pub mod slice;
pub mod source;
pub mod walk;
