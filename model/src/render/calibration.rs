//! The table of the calibration.

use crate::calibration::{Calibration, Outcome};

use super::table::Table;

/// A line per case: what it breaks, where, what must come of it, and whether it does.
pub fn calibration(rows: &[(Calibration, Outcome)]) -> String {
    let mut table = Table::new();
    table.row(["order", "case", "what is broken", "becomes violated", "", "compared"]);
    for (case, outcome) in rows {
        let changes = outcome.changes();
        let violated: Vec<&str> =
            changes.iter().filter(|(_, word)| *word == "violated").map(|(id, _)| id.as_str()).collect();
        let other = changes.iter().filter(|(_, word)| *word != "violated");
        let other: Vec<String> = other.map(|(claim, word)| format!("{claim} {word}")).collect();
        let violated = if violated.is_empty() { "nothing".to_string() } else { violated.join(" ") };
        table.row([
            &case.order,
            &case.name,
            &case.patch.subject,
            &violated,
            &other.join(", "),
            compared(case, outcome),
        ]);
    }
    table.render(0)
}

/// The outcome against the record.
pub fn compared(case: &Calibration, outcome: &Outcome) -> &'static str {
    match (outcome.changes() == case.changes, outcome.complete()) {
        (false, _) => "DIFFERS",
        (true, true) => "as recorded",
        (true, false) => "as recorded, cut",
    }
}
