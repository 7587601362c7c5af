//! What is made of a trace for readers and for other programs.

#[path = "../common/jobs.rs"]
mod jobs;

mod itf;
mod junit;
mod page;
mod snapshots;
mod stored;
mod ten;
