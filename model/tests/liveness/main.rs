//! Liveness: the search for fair lassos, and what it says of systems.

mod graphs;
mod oracle;
mod traps;
