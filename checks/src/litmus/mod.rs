//! What loom can be believed about the kernel's memory orderings.
//!
//! Two tables, both checked by tests. The first holds loom against the kernel's memory model: litmus tests whose outcome
//! herd7 decided are run under loom by the rules in [`rules`]. The second pins what loom and shuttle themselves can and
//! cannot see of C11. `docs/litmus.md` is generated from both.

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
