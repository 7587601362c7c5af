//! The report of `explore review`: the matrix, the broken claims, the differences.

use super::check::{covered, warranty};
use super::{Style, Table, coverage, thousands, wrap};
use crate::report::{Difference, ReadingReport, Report};

/// Columns of the matrix.
const WIDTH: usize = 100;

/// One symbol per verdict.
const SYMBOLS: [(&str, &str); 5] =
    [("violated", "X"), ("holds", "."), ("vacuous", "v"), ("undecided", "?"), ("n/a", "-")];

/// A review.
pub fn review(report: &Report, style: Style) -> String {
    let mut out = matrix(report, style);
    out.push_str(&legend(report));
    for reading in &report.readings {
        out.push_str(&format!("\n{}: {} states\n", reading.title(), thousands(reading.states)));
        out.push_str(&broken_claims(report, reading));
        out.push_str(&other_claims(reading));
        out.push_str(&coverage::figures(&reading.code));
    }
    out.push_str(&names("\nbroken in every reading", &report.broken));
    out.push_str(&differences("differences", &report.differences));
    out.push_str(&differences("predictions without a source that did not come true", &report.mispredicted));
    out.push_str(&next(report));
    out.push('\n');
    out.push_str(&covered(&report.coverage));
    out
}

/// How to see a race of which a trace was written.
fn next(report: &Report) -> String {
    let cells = report.readings.iter().flat_map(|reading| &reading.cells);
    let trace = cells.filter_map(|cell| cell.violation.as_ref()).find_map(|violation| violation.trace.as_ref());
    trace
        .map(|path| format!("to see a race: explore trace {path}\nto go along it: explore replay {path}\n"))
        .unwrap_or_default()
}

/// Rows are readings, columns claims. Where the names of the claims are too wide, they run downward.
fn matrix(report: &Report, style: Style) -> String {
    let titles: Vec<String> = report.readings.iter().map(ReadingReport::title).collect();
    let margin = titles.iter().map(|title| title.chars().count()).max().unwrap_or(0);
    let ids: Vec<&str> = report.claims.iter().map(|claim| claim.id.as_str()).collect();
    let wide = margin + ids.iter().map(|id| id.len() + 1).sum::<usize>() <= WIDTH;
    let widths: Vec<usize> = ids.iter().map(|id| if wide { id.len() } else { 1 }).collect();
    let mut out = if wide { across(margin, &ids) } else { downward(margin, &ids) };
    for (title, reading) in titles.iter().zip(&report.readings) {
        let mut line = format!("{title:margin$}");
        for (id, width) in ids.iter().zip(&widths) {
            let word = reading.cells.iter().find(|c| c.claim == **id).map_or("n/a", |c| c.verdict.as_str());
            line.push_str(&format!("{}{}", " ".repeat(*width), style.verdict(word, symbol(word))));
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

fn symbol(word: &str) -> &'static str {
    SYMBOLS.iter().find(|(verdict, _)| *verdict == word).map_or("-", |(_, symbol)| symbol)
}

fn across(margin: usize, ids: &[&str]) -> String {
    let ids: String = ids.iter().map(|id| format!(" {id}")).collect();
    format!("{:margin$}{ids}\n", "")
}

fn downward(margin: usize, ids: &[&str]) -> String {
    let height = ids.iter().map(|id| id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for row in 0..height {
        let line: String = ids.iter().map(|id| format!(" {}", id.chars().nth(row).unwrap_or(' '))).collect();
        out.push_str(format!("{:margin$}{line}", "").trim_end());
        out.push('\n');
    }
    out
}

fn legend(report: &Report) -> String {
    let symbols: Vec<String> = SYMBOLS.iter().map(|(word, symbol)| format!("{symbol} {word}")).collect();
    let mut table = Table::new();
    for claim in &report.claims {
        table.row([&claim.id, &claim.sentence]);
    }
    format!("\n{}\n\n{}", symbols.join("   "), table.render(2))
}

fn broken_claims(report: &Report, reading: &ReadingReport) -> String {
    let mut table = Table::new();
    for cell in reading.cells.iter().filter(|cell| cell.verdict == "violated") {
        let claim = report.claims.iter().find(|claim| claim.id == cell.claim);
        table.row([&cell.claim, claim.map_or("", |c| c.sentence.as_str()), &warranty(cell)]);
    }
    table.render(2)
}

/// What stands behind the verdicts that come without a race; claims of which the same can be said share a line.
fn other_claims(reading: &ReadingReport) -> String {
    let mut table = Table::new();
    for word in ["holds", "vacuous", "undecided"] {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for cell in reading.cells.iter().filter(|cell| cell.verdict == word) {
            let behind = warranty(cell);
            match groups.iter_mut().find(|(known, _)| *known == behind) {
                Some((_, claims)) => claims.push(&cell.claim),
                None => groups.push((behind, vec![&cell.claim])),
            }
        }
        groups.iter().for_each(|(behind, claims)| table.row([word, &claims.join(" "), behind]));
    }
    table.render(2)
}

fn names(title: &str, names: &[String]) -> String {
    match names {
        [] => format!("{title}: none\n"),
        names => format!("{title}: {}\n", names.join(", ")),
    }
}

fn differences(title: &str, all: &[Difference]) -> String {
    if all.is_empty() {
        return format!("{title}: none\n");
    }
    let mut out = format!("{title}:\n");
    for words in all.iter().map(difference_words) {
        for (number, line) in wrap(&words, WIDTH - 6).into_iter().enumerate() {
            let indent = if number == 0 { 2 } else { 6 };
            out.push_str(&format!("{}{line}\n", " ".repeat(indent)));
        }
    }
    out
}

fn in_brackets(reading: &str) -> String {
    if reading.is_empty() { String::new() } else { format!(" ({reading})") }
}

fn difference_words(difference: &Difference) -> String {
    let Difference { proposal, reading, claim, scenario, by, wanted, found, source } = difference;
    let reading = in_brackets(reading);
    let scenario = if scenario.is_empty() { String::new() } else { format!(" in {scenario}") };
    let source = if source.is_empty() { String::new() } else { format!(" [{source}]") };
    let wanted = if wanted.is_empty() { "nothing" } else { wanted };
    format!("{proposal}{reading} {claim}{scenario}: {found}; {by}: {wanted}{source}")
}
