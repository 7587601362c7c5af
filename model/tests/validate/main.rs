//! What the model says of what running kernels did.

mod accepted;
mod common;
mod coverage;
mod mutants;
mod proposals;
mod reading;
