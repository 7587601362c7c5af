//! What loom can be believed about the kernel's memory orderings.
//!
//! Litmus tests whose outcome herd7 decided by the kernel's memory model are run under loom, by the rules in [`rules`]:
//! equal, or on the list of known differences with a reason.

pub mod ast;
pub mod corpus;
pub mod expected;
pub mod explore;
pub mod lex;
pub mod parse;
pub mod refusal;
pub mod rules;
pub mod run;
pub mod validate;
