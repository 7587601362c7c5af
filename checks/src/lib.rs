//! Real Rust implementations of the counter schemes, to be checked under loom and shuttle and held against the model.

pub mod litmus;
