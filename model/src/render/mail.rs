//! A reply to a list: the lines of the protocol that a race runs through, quoted, then verdicts and the race. No line is
//! wider than [`WIDTH`]; nothing needs more than plain text.

use std::collections::BTreeSet;

use super::check::{steps, switches};
use super::race::{Subject, WIDTH, race};
use super::{span, thousands, wrap};
use crate::lang::ast::Span;
use crate::report::{CellReport, ReadingReport, Report};
use crate::trace::TraceKind;

/// Columns of a tab.
const TAB: usize = 8;
/// Columns of a quoted line behind its mark.
const QUOTED: usize = WIDTH - 2;
/// Where the sentences of the verdicts begin.
const INDENT: usize = 17;

/// What a reply shows of a race.
pub struct Shown {
    /// The functions of the proposal that it runs through, each with its lines as they are quoted.
    quotes: Vec<(Span, Vec<String>)>,
    /// Its claim, and what follows when it breaks.
    lead: Vec<String>,
    /// The diagram.
    race: String,
    /// How to go along it again.
    command: String,
}

impl Shown {
    /// Of a trace that was replayed. `command`: what replays it, if it was stored.
    pub fn new(subject: &Subject, command: Option<String>) -> Self {
        Shown {
            quotes: quotes(subject),
            lead: wrap(&lead(subject), WIDTH),
            race: race(subject),
            command: command.unwrap_or_default(),
        }
    }
}

/// A reply about one race.
pub fn reply_to_race(shown: &Shown) -> String {
    format!("{}{}", quoted(std::slice::from_ref(shown)), told(shown))
}

/// A reply about what a check found of one reading.
pub fn reply(report: &Report, reading: &ReadingReport, shown: &[Shown]) -> String {
    let mut out = quoted(shown);
    let lead = format!("{}: {}", reading.title(), searched(report, reading));
    wrap(&lead, WIDTH).iter().for_each(|line| out.push_str(&format!("{line}\n")));
    out.push('\n');
    for cell in reading.cells.iter().filter(|cell| cell.verdict != "n/a") {
        let claim = report.claims.iter().find(|claim| claim.id == cell.claim);
        out.push_str(&verdict(cell, claim.map_or("", |claim| claim.sentence.as_str())));
    }
    for shown in shown {
        out.push('\n');
        out.push_str(&told(shown));
    }
    out.push('\n');
    let coverage = &report.coverage;
    let not = format!("Not covered: weak memory (the model is {}), larger populations.", coverage.memory_model);
    wrap(&not, WIDTH).iter().for_each(|line| out.push_str(&format!("{line}\n")));
    out
}

/// `every interleaving in 12 populations of 1 to 2 pages and 3 to 6 contexts, 1,234,567 states`
fn searched(report: &Report, reading: &ReadingReport) -> String {
    let populations = span((report.coverage.populations.len(), report.coverage.populations.len()), "population");
    let undecided = reading.cells.iter().any(|cell| cell.verdict == "undecided");
    let all = if undecided { "interleavings, not all of them," } else { "every interleaving" };
    format!("{all} in {populations}, {} states", thousands(reading.states))
}

/// ` S5    violated  no data is lost (107 steps, 7 switches)`
fn verdict(cell: &CellReport, sentence: &str) -> String {
    let length = cell.violation.as_ref().map(|v| format!(" ({}, {})", steps(v.steps), switches(v.switches)));
    let text = format!("{sentence}{}", length.unwrap_or_default());
    let head = format!(" {:<5} {:<9}", cell.claim, cell.verdict);
    let lines = wrap(&text, WIDTH - INDENT).into_iter().enumerate();
    lines.map(|(number, line)| format!("{:INDENT$}{line}\n", if number == 0 { &head } else { "" })).collect()
}

fn lead(subject: &Subject) -> String {
    let trace = subject.trace;
    let known = subject.system.program().claims.iter().find(|claim| claim.decl.id == trace.claim);
    let consequence = known.map(|claim| claim.decl.consequence.as_str()).filter(|text| !text.is_empty());
    let what = match trace.kind {
        TraceKind::Premise => "This puts the claim to the test",
        _ => "This can break",
    };
    let consequence = consequence.map(|text| format!("; when it breaks: {text}")).unwrap_or_default();
    format!("{what}: {}, {}{consequence}.", trace.claim, trace.sentence)
}

fn told(shown: &Shown) -> String {
    let lead: String = shown.lead.iter().map(|line| format!("{line}\n")).collect();
    let command = if shown.command.is_empty() { String::new() } else { format!("\nReplay: {}\n", shown.command) };
    format!("{lead}\n{}{command}", shown.race)
}

/// The functions that some of the races run through, each once.
fn quoted(shown: &[Shown]) -> String {
    let mut seen = BTreeSet::new();
    let all = shown.iter().flat_map(|shown| &shown.quotes);
    let new = all.filter(|(span, _)| seen.insert((span.file, span.start)));
    new.map(|(_, lines)| lines.iter().map(|line| format!("{line}\n")).collect::<String>() + ">\n").collect::<String>()
        + if seen.is_empty() { "" } else { "\n" }
}

/// The functions of the proposal in which steps of the race stand, in the order of the source.
fn quotes(subject: &Subject) -> Vec<(Span, Vec<String>)> {
    let functions = &subject.system.program().unit.functions;
    let calls = subject.replay.steps.iter().flat_map(|step| &step.site.calls);
    let spans = calls.filter_map(|(name, _)| functions.get(name)).map(|function| function.span);
    let mut own: Vec<Span> = spans.filter(|span| subject.is_proposals(span.file)).collect();
    own.sort_by_key(|span| (span.file, span.start));
    own.dedup();
    own.into_iter().map(|span| (span, subject.sources.snippet(span).lines().flat_map(quote).collect())).collect()
}

/// A line of kernel C as a mail quotes it; one that is too wide goes on below, two tabs further in.
fn quote(line: &str) -> Vec<String> {
    let text = spaced(line);
    let indent = text.len() - text.trim_start().len();
    let mut lines = Vec::new();
    let mut rest = text.trim().to_string();
    let mut margin = indent;
    while margin + rest.chars().count() > QUOTED {
        let room = QUOTED.saturating_sub(margin).max(1);
        let end = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
        let at = rest[..end].rfind(' ').unwrap_or(end);
        lines.push(format!("> {}{}", " ".repeat(margin), &rest[..at]));
        rest = rest[at..].trim_start().into();
        margin = (indent + 2 * TAB).min(QUOTED / 2);
    }
    lines.push(format!("> {}{rest}", " ".repeat(margin)).trim_end().into());
    lines
}

/// The line with tabs as spaces.
fn spaced(line: &str) -> String {
    let mut text = String::new();
    for character in line.chars() {
        match character {
            '\t' => text.push_str(&" ".repeat(TAB - text.chars().count() % TAB)),
            character => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_leads_to_the_next_column_of_eight() {
        assert_eq!(quote("\tif (a)\tb;"), [">         if (a)  b;"]);
        assert_eq!(quote(""), [">"]);
    }

    #[test]
    fn a_line_that_is_too_wide_goes_on_below_and_loses_nothing() {
        let wide = format!("\tif ({} && {})", "a".repeat(40), "b".repeat(40));
        let lines = quote(&wide);
        assert!(lines.len() == 2 && lines.iter().all(|line| line.len() <= WIDTH), "{lines:?}");
        let words: Vec<&str> = lines.iter().flat_map(|line| line[1..].split_whitespace()).collect();
        assert_eq!(words, wide.split_whitespace().collect::<Vec<_>>());
        assert!(quote(&"x".repeat(200)).iter().all(|line| line.len() <= WIDTH));
    }
}
