//! The front end: from kernel C to a program.

pub mod ast;
