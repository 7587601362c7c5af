//! A report as JUnit XML, which every CI system shows: a suite per reading, a test case per claim.
//!
//! In a check a violated claim fails, and an undecided one is an error: nobody knows. In a review a verdict fails that is
//! not the recorded or expected one. What nothing put to the test is skipped.

use super::check::warranty;
use crate::report::{CellReport, Difference, ReadingReport, Report};

/// What a test case holds.
struct Outcome {
    /// `failure`, `error`, `skipped`; none if it passed.
    element: Option<&'static str>,
    message: String,
}

/// A report as one document.
pub fn junit(report: &Report) -> String {
    let suites: Vec<(String, [usize; 4])> = report.readings.iter().map(|reading| suite(report, reading)).collect();
    let sum = suites.iter().fold([0; 4], |sum, (_, counts)| std::array::from_fn(|at| sum[at] + counts[at]));
    let suites: String = suites.into_iter().map(|(text, _)| text).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"explore {}\"{}>\n{suites}</testsuites>\n",
        escaped(&report.command),
        counted(sum)
    )
}

/// A suite, and how many tests, failures, errors and skipped ones it has.
fn suite(report: &Report, reading: &ReadingReport) -> (String, [usize; 4]) {
    let title = escaped(&reading.title());
    let mut counts = [0; 4];
    let mut cases = String::new();
    for cell in &reading.cells {
        let outcome = outcome(report, reading, cell);
        counts[0] += 1;
        for (count, element) in counts[1..].iter_mut().zip(["failure", "error", "skipped"]) {
            *count += usize::from(outcome.element == Some(element));
        }
        let sentence = report.claims.iter().find(|claim| claim.id == cell.claim).map_or("", |claim| &claim.sentence);
        let name = escaped(&format!("{} {sentence}", cell.claim));
        cases.push_str(&format!("    <testcase classname=\"{title}\" name=\"{name}\"{}", inside(&outcome)));
    }
    (format!("  <testsuite name=\"{title}\"{}>\n{cases}  </testsuite>\n", counted(counts)), counts)
}

fn counted([tests, failures, errors, skipped]: [usize; 4]) -> String {
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

fn inside(outcome: &Outcome) -> String {
    let message = escaped(&outcome.message);
    match outcome.element {
        Some(element) => format!(">\n      <{element} message=\"{message}\"/>\n    </testcase>\n"),
        None if message.is_empty() => "/>\n".into(),
        None => format!(">\n      <system-out>{message}</system-out>\n    </testcase>\n"),
    }
}

fn outcome(report: &Report, reading: &ReadingReport, cell: &CellReport) -> Outcome {
    let differs = |difference: &&Difference| {
        let of = (&difference.proposal, &difference.reading, &difference.claim);
        of == (&reading.proposal, &reading.reading, &cell.claim)
    };
    let difference = report.differences.iter().find(differs);
    let element = match (cell.verdict.as_str(), report.command.as_str()) {
        ("undecided", _) => Some("error"),
        (_, "review") if difference.is_some() => Some("failure"),
        ("violated", "check") => Some("failure"),
        ("vacuous" | "n/a", _) => Some("skipped"),
        _ => None,
    };
    let wanted = difference.map(|difference| format!("; {}: {}", difference.by, difference.wanted)).unwrap_or_default();
    Outcome { element, message: format!("{}: {}{wanted}", cell.verdict, warranty(cell)) }
}

/// For texts and attributes. Characters that XML has no way to write become question marks.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(' '),
            character if character < ' ' || matches!(character, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            character => out.push(character),
        }
    }
    out
}
