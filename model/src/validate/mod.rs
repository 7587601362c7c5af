//! Held against running kernels: is there a run of the model whose observable page state explains what a kernel did?
//!
//! `recording` reads what a kernel did, one event a line.

pub mod recording;
