//! Liveness: the search for fair lassos, and what it says of systems.

mod engines;
mod graphs;
mod oracle;
mod proposals;
#[path = "../common/source.rs"]
mod source;
mod systems;
mod traps;
