//! Held against running kernels: is there a run of the model whose observable page state explains what a kernel did?
//!
//! `recording` reads what a kernel did, one event a line. `program` tells from it what the recorded program did, and makes the
//! population that the model runs; `flights` pairs bios. `words` maps functions and `observe` observables, `crossings` reads
//! words off steps, `shadow` follows what the model has no members for. `search` keeps the states that remain possible, and
//! `answer` says what comes of it and `report` says it for programs, `confirmed` which steps of the base kernel a real kernel has taken.

mod answer;
mod confirmed;
mod crossings;
mod flights;
mod observe;
mod program;
pub mod recording;
mod report;
mod search;
mod shadow;
pub mod words;

pub use answer::{Answer, Model, Refusal, Rejection, Run, Verdict, Violation, counterexamples, understand, validate};
pub use confirmed::{Confirmed, Line};
pub use flights::Flights;
pub use observe::Difference;
pub use program::{Operation, Program, Task};
pub use report::ValidationReport;
