//! Reports and races as markdown, for issues, wikis and merge requests.

use super::check::{covered, warranty};
use super::race::{Subject, race};
use super::thousands;
use crate::report::{Difference, ReadingReport, Report};

/// A race: what it is about, then the diagram.
pub fn markdown_race(subject: &Subject) -> String {
    let trace = subject.trace;
    let reading = if trace.reading.is_empty() { String::new() } else { format!(" ({})", trace.reading) };
    let title = format!("{}{reading}: {}, {}", trace.proposal, trace.claim, trace.sentence);
    format!("### {}\n\nIn `{}`:\n\n{}", text(&title), trace.scenario, fenced(&race(subject)))
}

/// A report; `races` are diagrams to show below it, each with a title.
pub fn markdown(report: &Report, races: &[(String, String)]) -> String {
    let mut out = String::new();
    if report.readings.len() > 1 {
        out.push_str(&matrix(report));
    }
    report.readings.iter().for_each(|reading| out.push_str(&verdicts(report, reading)));
    if report.command == "review" {
        out.push_str(&differences(&report.differences));
    }
    for (title, race) in races {
        out.push_str(&format!("### {}\n\n{}\n", text(title), fenced(race)));
    }
    out.push_str(&fenced(&covered(&report.coverage)));
    out
}

fn matrix(report: &Report) -> String {
    let ids: Vec<&str> = report.claims.iter().map(|claim| claim.id.as_str()).collect();
    let mut out = format!("| | {} |\n|---|{}\n", ids.join(" | "), "---|".repeat(ids.len()));
    for reading in &report.readings {
        let words: Vec<&str> = reading.cells.iter().map(|cell| bold(&cell.verdict)).collect();
        out.push_str(&format!("| {} | {} |\n", text(&reading.title()), words.join(" | ")));
    }
    out + "\n"
}

/// A violated claim must be seen without colours.
fn bold(verdict: &str) -> &str {
    if verdict == "violated" { "**violated**" } else { verdict }
}

fn verdicts(report: &Report, reading: &ReadingReport) -> String {
    let mut out = format!("## {}\n\n{} states\n\n", text(&reading.title()), thousands(reading.states));
    out.push_str("| claim | what it says | verdict | what stands behind it |\n|---|---|---|---|\n");
    for cell in &reading.cells {
        let sentence = report.claims.iter().find(|claim| claim.id == cell.claim).map_or("", |claim| &claim.sentence);
        let (sentence, behind) = (text(sentence), text(&warranty(cell)));
        out.push_str(&format!("| {} | {sentence} | {} | {behind} |\n", cell.claim, bold(&cell.verdict)));
    }
    out + "\n"
}

fn differences(all: &[Difference]) -> String {
    if all.is_empty() {
        return "Every verdict is as recorded and expected.\n\n".into();
    }
    let mut out = String::from("| differs | claim | found | said to be | by |\n|---|---|---|---|---|\n");
    for Difference { proposal, reading, claim, by, wanted, found, .. } in all {
        out.push_str(&format!(
            "| {} | {claim} | {found} | {wanted} | {by} |\n",
            text(&format!("{proposal} {reading}"))
        ));
    }
    out + "\n"
}

/// A block that is shown as it is. Its fence is longer than any in the text.
fn fenced(block: &str) -> String {
    let longest = block.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}\n{}\n{fence}\n", block.trim_end())
}

/// Text in which markdown sees no markup, and no end of a table's cell.
fn text(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if matches!(character, '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '#' | '\\' | '~') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup_and_fences_are_long_enough() {
        assert_eq!(text("a|b_c*"), "a\\|b\\_c\\*");
        assert!(fenced("x ``` y").starts_with("````\n"));
    }
}
