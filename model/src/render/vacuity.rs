//! What says less than it seems to, as text.

use super::Table;
use crate::vacuity::{Finding, Kind};

/// Findings kind by kind, a line each; nothing if there are none.
pub(super) fn findings(findings: &[Finding]) -> String {
    let kinds = [
        (Kind::NeverExercised, "claims that nothing put to the test, since this never happened:"),
        (Kind::NeverAskedWhilePinned, "nobody was ever asked about a pinned page, since this never happened:"),
        (Kind::NeverReached, "lines that no population ran:"),
        (Kind::AlwaysTrue, "conditions that were true whenever they were asked:"),
        (Kind::AlwaysFalse, "conditions that were false whenever they were asked:"),
    ];
    let listed = kinds.iter().map(|(kind, heading)| of_kind(findings, *kind, heading)).collect::<String>();
    listed + &absent(findings)
}

fn of_kind(findings: &[Finding], kind: Kind, heading: &str) -> String {
    let mut table = Table::new();
    let mut any = false;
    for finding in findings.iter().filter(|finding| finding.kind == kind) {
        let place = finding.at.as_ref().map(|at| format!("{}:{}", at.file, at.line));
        let place = place.or(finding.claim.clone()).unwrap_or_default();
        table.row([&place, &finding.text]);
        any = true;
    }
    if any { format!("\n  {heading}\n{}", table.render(4)) } else { String::new() }
}

/// The claims that lack a hook, hook by hook, in one line.
fn absent(findings: &[Finding]) -> String {
    let mut hooks: Vec<(&str, Vec<&str>)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.kind == Kind::HookAbsent) {
        let claim = finding.claim.as_deref().unwrap_or_default();
        match hooks.iter_mut().find(|(hook, _)| *hook == finding.text) {
            Some((_, claims)) => claims.push(claim),
            None => hooks.push((&finding.text, vec![claim])),
        }
    }
    let lines = hooks.iter().map(|(hook, claims)| format!("    {hook}: {}\n", claims.join(", ")));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n  claims that say nothing without a hook:\n{lines}") }
}
