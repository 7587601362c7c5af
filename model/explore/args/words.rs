//! What an option can be, where it is one of some words.

use clap::ValueEnum;

/// How the answer to a recording is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ValidationForm {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// One page: the events of the kernel between the steps of the model.
    Html,
}

/// The formats that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A stored counterexample.
    Trace,
    /// `--format json` of check and review.
    Report,
    /// `--format json` of real.
    Real,
    /// `--format json` of scale.
    Scale,
    /// `--format json` of validate.
    Validation,
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportForm {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// One page: the matrix, and each violated cell opens its race, step by step.
    Html,
    /// For issues and merge requests.
    Markdown,
    /// For CI systems: a suite per reading, a test case per claim.
    Junit,
}

/// How text is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Style {
    /// For a terminal.
    Terminal,
    /// A reply to a list, in 72 columns: the protocol's lines quoted, verdicts, the race.
    Lkml,
}

/// Whose code is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// The proposal's files.
    Proposal,
    /// The base kernel's.
    Base,
}

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// Built-in proposals and their readings.
    Proposals,
    /// Parts to compose.
    Parts,
    /// Claims.
    Claims,
    /// Scenarios and their populations.
    Scenarios,
}

/// How a trace is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Drawing {
    /// The race, in 72 columns.
    Race,
    /// The trace as it is stored.
    Json,
    /// Every state, in the Informal Trace Format that Apalache and Quint read.
    Itf,
    /// One page to step through it, with every state and the source.
    Html,
    /// A Mermaid sequence diagram.
    Mermaid,
    /// The race, for issues and merge requests.
    Markdown,
}
