//! The report of `explore review`: the matrix, the broken claims, the differences.

use super::check::{covered, warranty};
use super::{Style, Table, wrap};
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
    for reading in report.readings.iter().filter(|reading| reading.violated()) {
        out.push_str(&broken_claims(report, reading));
    }
    out.push_str(&names("\nbroken in every reading", &report.broken));
    out.push_str(&differences("differences", &report.differences));
    out.push_str(&differences("predictions without a source that did not come true", &report.mispredicted));
    out.push('\n');
    out.push_str(&covered(&report.coverage));
    out
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
    format!("\n{}\n{}", reading.title(), table.render(2))
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
    let unrecorded = |difference: &&Difference| difference.by == "recorded" && difference.wanted.is_empty();
    let single = all.iter().filter(|difference| !unrecorded(difference)).map(difference_words);
    let words: Vec<String> = not_recorded(all.iter().filter(unrecorded)).into_iter().chain(single).collect();
    for words in words {
        for (number, line) in wrap(&words, WIDTH - 6).into_iter().enumerate() {
            let indent = if number == 0 { 2 } else { 6 };
            out.push_str(&format!("{}{line}\n", " ".repeat(indent)));
        }
    }
    out
}

/// One line per reading that has verdicts without a record.
fn not_recorded<'a>(all: impl Iterator<Item = &'a Difference>) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for difference in all {
        let title = format!("{}{}", difference.proposal, in_brackets(&difference.reading));
        let words = format!("{} {}", difference.claim, difference.found);
        match lines.last_mut().filter(|(last, _)| *last == title) {
            Some((_, claims)) => claims.push(words),
            None => lines.push((title, vec![words])),
        }
    }
    lines.into_iter().map(|(title, claims)| format!("{title}: not recorded: {}", claims.join(", "))).collect()
}

fn in_brackets(reading: &str) -> String {
    if reading.is_empty() { String::new() } else { format!(" ({reading})") }
}

fn difference_words(difference: &Difference) -> String {
    let Difference { proposal, reading, claim, scenario, by, wanted, found, source } = difference;
    let reading = in_brackets(reading);
    let scenario = if scenario.is_empty() { String::new() } else { format!(" in {scenario}") };
    let source = if source.is_empty() { String::new() } else { format!(" [{source}]") };
    format!("{proposal}{reading} {claim}{scenario}: {found}; {by}: {wanted}{source}")
}
