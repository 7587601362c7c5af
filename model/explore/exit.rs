//! Exit codes, and what ends the program before it has a result.

use std::process::ExitCode;

use pinright_model::corpus::CorpusError;
use pinright_model::report::{ReadingReport, Report};

/// Exit codes; `--help` documents them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Every claim holds, or every verdict is as recorded.
    Holds = 0,
    /// A verdict of the review differs from what is recorded or expected.
    Differs = 1,
    /// The command line names what does not exist.
    Usage = 2,
    /// Somebody waits for ever (L2).
    Deadlock = 11,
    /// A safety claim is violated.
    Safety = 12,
    /// A liveness claim (L1, L5, L6) is violated.
    Liveness = 13,
    /// Nothing ever put a claim, or a line of the proposal, to the test.
    Vacuous = 20,
    /// Kernel C, or a trace, that is none.
    BadInput = 65,
    /// A defect of this program.
    Internal = 70,
    /// A limit or Ctrl-C ended a search.
    Undecided = 75,
}

/// For `--help`.
pub const HELP: &str = "\
Exit codes:
   0  check: all claims hold; review: every verdict is as recorded and expected; replay: confirmed;
      scale: every state seen, and no claim violated in a larger population only;
      validate: some proposal that was asked for has a run that explains the recording
   1  review: a verdict differs from what is recorded or expected;
      scale: a claim is violated in a larger population only;
      validate: no proposal that was asked for has one
   2  usage: an unknown command, flag or name, or a file that cannot be read
  11  a deadlock (L2)
  12  a safety claim is violated
  13  a liveness claim (L1, L5, L6) is violated
  20  vacuous: a claim holds, but nothing ever put it to the test; or lines of the proposal never ran, or its
      conditions came out in one way only
  65  bad input: kernel C that does not compile, a trace that does not replay; what was found besides is printed
  70  an internal error
  75  undecided: a limit or Ctrl-C ended a search
A violation (the lowest of its codes) goes before 75, 75 before 20, 20 before 0.
A proposal with several readings is broken when every reading is.";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// The code of a check: the lowest of its violations where every reading is broken, else that of the readings
/// that are not.
pub fn of_check(report: &Report) -> Exit {
    let sound: Vec<&ReadingReport> = report.readings.iter().filter(|reading| !reading.violated()).collect();
    let readings = if sound.is_empty() { report.readings.iter().collect() } else { sound };
    let cells = || readings.iter().flat_map(|reading| &reading.cells);
    let violated = cells().filter(|cell| cell.verdict == "violated").map(|cell| of_claim(&cell.claim));
    let any = |word: &str| cells().any(|cell| cell.verdict == word);
    match violated.min_by_key(|exit| *exit as u8) {
        Some(exit) => exit,
        None if any("undecided") => Exit::Undecided,
        None if !any("holds") || vacuous(&readings) => Exit::Vacuous,
        None => Exit::Holds,
    }
}

fn vacuous(readings: &[&ReadingReport]) -> bool {
    readings.iter().flat_map(|reading| &reading.findings).any(|finding| finding.kind.is_vacuous())
}

fn of_claim(claim: &str) -> Exit {
    match claim {
        "L2" => Exit::Deadlock,
        claim if claim.starts_with('L') => Exit::Liveness,
        _ => Exit::Safety,
    }
}

/// The code of a review: undecided verdicts alone are no difference, but no agreement either.
pub fn of_review(report: &Report) -> Exit {
    let undecided = report.readings.iter().flat_map(|reading| &reading.cells).any(|cell| cell.verdict == "undecided");
    if report.differences.iter().any(|difference| difference.found != "undecided") {
        Exit::Differs
    } else if undecided {
        Exit::Undecided
    } else {
        Exit::Holds
    }
}

/// Why there is no result.
#[derive(Debug)]
pub struct Failure {
    /// For people, on stderr.
    pub message: String,
    /// The code.
    pub exit: Exit,
}

impl Failure {
    /// The command line names what does not exist.
    pub fn usage(message: impl Into<String>) -> Self {
        Failure { message: message.into(), exit: Exit::Usage }
    }

    /// A file that is not what it should be.
    pub fn input(message: impl Into<String>) -> Self {
        Failure { message: message.into(), exit: Exit::BadInput }
    }

    /// A defect.
    pub fn internal(message: impl Into<String>) -> Self {
        Failure { message: message.into(), exit: Exit::Internal }
    }

    /// Prints the message and yields the code.
    pub fn print(self) -> ExitCode {
        crate::output::diagnose(&format!("error: {}", self.message.trim_end()));
        self.exit.into()
    }
}

impl From<CorpusError> for Failure {
    fn from(error: CorpusError) -> Self {
        Failure::internal(error.to_string())
    }
}
