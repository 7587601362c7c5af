//! Coverage as text: figures, what no population ran, and an annotated listing as gcov prints it.

use crate::coverage::Tally;
use crate::coverage::report::{CodeCoverage, FileListing, ListedLine, Missed, SideCoverage};

/// Letters of a condition that are shown.
const SHOWN: usize = 60;

/// One line of figures.
pub(super) fn figures(coverage: &CodeCoverage) -> String {
    let proposal = match coverage.proposal.lines.of {
        0 => String::new(),
        _ => format!("{} of the proposal; ", side(&coverage.proposal)),
    };
    format!("  ran: {proposal}{} of the base kernel\n", side(&coverage.base))
}

fn side(side: &SideCoverage) -> String {
    let figures = [("lines", side.lines), ("branches", side.branches), ("decisions", side.decisions)];
    let figures = figures.iter().filter(|(_, tally)| tally.of > 0);
    figures.map(|(what, Tally { ran, of })| format!("{what} {ran}/{of}")).collect::<Vec<_>>().join(", ")
}

/// Every line of the listed files: how many contexts ran it, `never`, or `-` where there is no code; below it the
/// outcomes that never were.
pub(super) fn listing(coverage: &CodeCoverage) -> String {
    coverage.listing.iter().map(file).collect()
}

fn file(listing: &FileListing) -> String {
    let lines = listing.lines.iter().zip(1..).map(|(line, number)| annotated(line, number));
    format!("\n{:>9}:{:>5}:{}\n{}", "contexts", "line", listing.file, lines.collect::<String>())
}

fn annotated(line: &ListedLine, number: usize) -> String {
    let ran = match line.ran_by.as_ref().map(|contexts| contexts.len()) {
        None => "-".into(),
        Some(0) => "never".into(),
        Some(count) => count.to_string(),
    };
    let missed: String = line.missed.iter().map(outcome).collect();
    format!("{}\n{missed}", format!("{ran:>9}:{number:>5}:{}", line.text).trim_end())
}

fn outcome(missed: &Missed) -> String {
    let mut text: String = missed.text.chars().take(SHOWN).collect();
    if text.len() < missed.text.len() {
        text.push_str("...");
    }
    format!("{:>9} {text}: never {}\n", missed.kind, missed.never.join(", "))
}
