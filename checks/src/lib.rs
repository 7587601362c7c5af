//! The counter schemes as real concurrent Rust: one source for real threads, for loom and for shuttle.
//!
//! `platform` has the three backends, `kernel` the kernel's words over them (atomics, spinlocks, barriers), `record` what
//! each execution did. A scheme in `schemes` reads like the kernel's code and names every access by its site; a
//! `mutants` entry changes one site. `run` explores all executions. `spec` compiles the same protocol from kernel C,
//! and `judge` holds every execution against it, step by step. `backends` has what loom and shuttle themselves can see.

pub mod backends;
pub mod conduct;
pub mod cost;
pub mod judge;
pub mod kernel;
pub mod linear;
pub mod lines;
pub mod litmus;
pub mod measure;
pub mod mutants;
pub mod platform;
pub mod record;
pub mod report;
pub mod run;
pub mod schemes;
pub mod seen;
pub mod spec;
pub mod tables;
pub mod trace;
