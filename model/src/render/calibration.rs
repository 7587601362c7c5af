//! The tables of the calibration.

use crate::calibration::{Calibration, NamedTrace, Open, Outcome};

use super::table::Table;

/// A line per case: what is broken, what comes of it, and whether that is what was recorded.
pub fn calibration(rows: &[(Calibration, Outcome)]) -> String {
    let mut table = Table::new();
    table.row(["order", "case", "what is broken", "what comes of it", "compared"]);
    for (case, outcome) in rows {
        table.row([&case.order, &case.name, &case.patch.subject, &came_of(outcome), compared(case, outcome)]);
    }
    table.render(0)
}

/// The same and the rest of the calibration as markdown: the broken orders, the named races, what is open.
pub fn calibration_page(rows: &[(Calibration, Outcome)], races: &[NamedTrace], open: &[Open]) -> String {
    let mut page = String::from(
        "## Orders, broken\n\n| order | case | what is broken | in | what comes of it | why |\n|---|---|---|---|---|---|\n",
    );
    for (case, outcome) in rows {
        let cells = [&case.order, &case.name, &case.patch.subject, &place(case)];
        let cells = cells.map(|cell| cell.as_str()).join(" | ");
        page.push_str(&format!("| {cells} | {} | {} |\n", came_of(outcome), case.patch.reasons.join(" ")));
    }
    page.push_str("\n## Races that have a name\n\n| race | what happens | claim | in | shown by | gone in |\n|---|---|---|---|---|---|\n");
    for race in races {
        let patched = race.patch.as_ref().map(|patch| format!(", with {patch}.patch")).unwrap_or_default();
        let (shown, gone) = (race.shown.join(", "), race.gone.join(", "));
        page.push_str(&format!(
            "| {} | {} | {} | {}{patched} | {shown} | {gone} |\n",
            race.name, race.title, race.claim, race.scenario
        ));
    }
    page.push_str("\n## What cannot be expressed\n\n| | what it is about | what the model lacks |\n|---|---|---|\n");
    for open in open {
        page.push_str(&format!("| {} | {} | {} |\n", open.name, open.title, open.reason));
    }
    page
}

/// `v4.20: stores, with TLB=1`
fn place(case: &Calibration) -> String {
    let populations: Vec<&str> = case.populations.iter().map(|population| population.name.as_str()).collect();
    let defined = case.patch.trailer("Define").map(|defines| format!(", with {defines}")).unwrap_or_default();
    format!("{}: {}{defined}", case.proposal, populations.join(", "))
}

/// `S2s, S5 violated; S13 vacuous`, or `nothing`.
fn came_of(outcome: &Outcome) -> String {
    let changes = outcome.changes();
    let became = |word: &str| {
        let claims: Vec<&str> =
            changes.iter().filter(|(_, new)| *new == word).map(|(claim, _)| claim.as_str()).collect();
        (!claims.is_empty()).then(|| format!("{} {word}", claims.join(", ")))
    };
    let words: Vec<String> = ["violated", "holds", "vacuous", "undecided"].into_iter().filter_map(became).collect();
    if words.is_empty() { "nothing".into() } else { words.join("; ") }
}

/// The outcome against the record.
fn compared(case: &Calibration, outcome: &Outcome) -> &'static str {
    match (outcome.changes() == case.changes, outcome.complete()) {
        (false, _) => "DIFFERS",
        (true, true) => "as recorded",
        (true, false) => "as recorded, cut",
    }
}
