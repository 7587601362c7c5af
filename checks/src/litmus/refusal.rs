//! Why a litmus test was not run.

use std::fmt;

/// A construct that is not understood: where it stands, what it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file, as the reader may open it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The construct by its name.
    pub what: String,
    /// What to do.
    pub advice: String,
}

impl Refusal {
    /// A refusal of `what` at `file:line`.
    pub fn new(file: &str, line: usize, what: impl Into<String>, advice: impl Into<String>) -> Refusal {
        Refusal { file: file.to_string(), line, what: what.into(), advice: advice.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.what, self.advice)
    }
}
