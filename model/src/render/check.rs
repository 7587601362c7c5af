//! The report of `explore check`: one line per claim with its warranty, what ran of the code, then what was covered.

use std::collections::BTreeMap;

use super::{Style, Table, coverage, span, thousands, vacuity, wrap};
use crate::report::{CellReport, Complete, Coverage, ReadingReport, Report, ViolationReport};
use crate::search::liveness::Fairness;

/// Columns of running text.
const WIDTH: usize = 100;

/// A report on one proposal, all its readings one after the other.
pub fn check(report: &Report, style: Style) -> String {
    let mut out = String::new();
    for reading in &report.readings {
        out.push_str(&heading(reading));
        out.push_str(&verdicts(report, reading, style));
        out.push_str(&coverage::figures(&reading.code));
        out.push_str(&vacuity::findings(&reading.findings));
        out.push_str(&coverage::listing(&reading.code));
        out.push('\n');
    }
    out.push_str(&summary(report));
    out.push_str(&covered(&report.coverage));
    out
}

fn heading(reading: &ReadingReport) -> String {
    format!("{}: {} states\n", reading.title(), thousands(reading.states))
}

fn verdicts(report: &Report, reading: &ReadingReport, style: Style) -> String {
    let mut table = Table::new();
    for cell in &reading.cells {
        let claim = report.claims.iter().find(|claim| claim.id == cell.claim);
        let sentence = claim.map_or("", |claim| claim.sentence.as_str());
        table.row([&cell.claim, sentence, &style.verdict(&cell.verdict, &cell.verdict), &warranty(cell)]);
    }
    table.render(2)
}

/// What stands behind a verdict.
pub(super) fn warranty(cell: &CellReport) -> String {
    let reason = cell.reason.clone().unwrap_or_default();
    match (cell.verdict.as_str(), &cell.violation, &cell.complete) {
        ("violated", Some(violation), _) => {
            let trace = violation.trace.as_deref().map(|path| format!("   {path}")).unwrap_or_default();
            format!("{}   in {}{trace}", length(violation), violation.scenario)
        }
        ("holds", _, Some(complete)) => format!("{}{}", complete_words(complete), needs(cell)),
        ("vacuous", _, Some(complete)) => format!("never put to the test; {}", complete_words(complete)),
        ("undecided", ..) => format!("{reason}{}", undecided_in(cell)),
        _ => reason,
    }
}

/// `31 steps, 2 switches, none with fewer`
fn length(violation: &ViolationReport) -> String {
    let certificate = match violation.none_with_fewer {
        None => "",
        Some(true) => ", none with fewer",
        Some(false) => ", fewer not ruled out: a bound ended the search for them",
    };
    format!("{}, {}{certificate}", steps(violation.steps), switches(violation.switches))
}

/// The fairness that a claim about liveness needs, in words.
fn needs(cell: &CellReport) -> String {
    match cell.needs.as_ref().map(|needs| (needs.fairness, needs.without)) {
        None => String::new(),
        Some((Fairness::None, _)) => "; no fairness needed".into(),
        Some((Fairness::Weak, _)) => "; weakly fair".into(),
        Some((Fairness::StrongAwaits, without)) => {
            let run = without.map(|count| format!(", {}", steps(count))).unwrap_or_default();
            format!("; with strongly fair locks and wait bits (violated without{run})")
        }
    }
}

/// `17 steps`
pub(super) fn steps(count: usize) -> String {
    span((count, count), "step")
}

/// `2 switches`
pub(super) fn switches(count: usize) -> String {
    format!("{count} {}", if count == 1 { "switch" } else { "switches" })
}

fn complete_words(complete: &Complete) -> String {
    let populations = match complete.populations {
        1 => String::new(),
        n => format!(" in {n} populations"),
    };
    let forever = match (complete.forever, complete.contexts) {
        ((0, 0), _) => String::new(),
        (forever, contexts) if forever == contexts => " forever".into(),
        ((low, high), _) if low == high => format!(" ({low} forever)"),
        ((low, high), _) => format!(" ({low} to {high} forever)"),
    };
    let states = thousands(complete.states);
    let (pages, mms, contexts) =
        (span(complete.pages, "page"), span(complete.mms, "mm"), span(complete.contexts, "context"));
    let symmetry = match complete.symmetry {
        (_, 0 | 1) => String::new(),
        (low, high) if low == high => format!(", symmetry of {high}"),
        (low, high) => format!(", symmetry of {} to {high}", low.max(1)),
    };
    format!("complete: {states} states{populations}, {pages}, {mms}, {contexts}{forever}{symmetry}, exact")
}

fn undecided_in(cell: &CellReport) -> String {
    let undecided: Vec<&str> =
        cell.cases.iter().filter(|c| c.verdict == "undecided").map(|c| c.scenario.as_str()).collect();
    match undecided.as_slice() {
        [] => String::new(),
        [only] => format!("   in {only}"),
        [first, rest @ ..] => format!("   in {first} and {} more", rest.len()),
    }
}

/// Whether the proposal is broken, where it has several readings.
fn summary(report: &Report) -> String {
    if report.readings.len() < 2 {
        return String::new();
    }
    let sound: Vec<String> = report.readings.iter().filter(|r| !r.violated()).map(ReadingReport::title).collect();
    match sound.as_slice() {
        [] => "broken in every reading\n\n".into(),
        sound => format!("not broken in every reading: {}\n\n", sound.join(", ")),
    }
}

/// What verdicts rest on: with a plus what was covered, with a minus what was not.
pub(super) fn covered(coverage: &Coverage) -> String {
    let mut lines = vec![("+", format!("populations: {}", coverage.populations.join(", ")))];
    lines.push(match coverage.reductions.as_slice() {
        [] => ("+", "no reduction: every interleaving of steps".into()),
        reductions => ("+", format!("reductions: {}", reductions.join(", "))),
    });
    lines.push(("+", "states kept whole: no hash stands for one".into()));
    lines.push(("+", format!("liveness: {}", coverage.fairness)));
    lines.push(("+", format!("counters up to: {} (beyond, claims are undecided)", values(&coverage.widths))));
    if !coverage.constants.is_empty() {
        lines.push(("+", format!("constants of the proposals: {}", values(&coverage.constants))));
    }
    lines.push(("-", format!("weak memory: the model is {}; barriers and RCU do nothing", coverage.memory_model)));
    lines.push(("-", "larger populations".into()));
    let lines = lines.iter().map(|(sign, text)| item(sign, text));
    format!("covered (+) and not covered (-):\n{}", lines.collect::<String>())
}

/// `page._refcount 62, page._mapcount 14`
fn values<V: std::fmt::Display>(values: &BTreeMap<String, V>) -> String {
    values.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
}

fn item(sign: &str, text: &str) -> String {
    let marks = [sign].into_iter().chain(std::iter::repeat(" "));
    wrap(text, WIDTH - 4).iter().zip(marks).map(|(line, mark)| format!("  {mark} {line}\n")).collect()
}
