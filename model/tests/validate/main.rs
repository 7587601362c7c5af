//! What the model says of what running kernels did.

mod common;
mod reading;
