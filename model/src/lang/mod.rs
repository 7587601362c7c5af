//! The front end: from kernel C to a program.

pub mod ast;
pub mod diag;
pub mod source;
