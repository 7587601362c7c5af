//! The growth table of `explore scale`.

use super::{Style, Table, span, thousands, wrap};
use crate::scale::{Change, GrowthRow, GrowthTable, ScaleReport};

/// Columns of running text.
const WIDTH: usize = 100;

/// All tables, one after the other.
pub fn scale(report: &ScaleReport, style: Style) -> String {
    report.tables.iter().map(|table| growth(table, style)).collect::<Vec<_>>().join("\n")
}

fn growth(table: &GrowthTable, style: Style) -> String {
    let reading = if table.reading.is_empty() { String::new() } else { format!(" ({})", table.reading) };
    let mut out = format!("{}{reading} in {}:\n\n", table.proposal, table.scenario);
    out.push_str(&figures(table));
    out.push_str(&bounds(table));
    out.push_str(&changes(table, style));
    out
}

fn figures(table: &GrowthTable) -> String {
    let mut rows = Table::new();
    rows.row([
        "",
        "grew by",
        "pages",
        "mms",
        "contexts",
        "states",
        "",
        "transitions",
        "depth",
        "bits",
        "time",
        "B/state",
        "",
    ]);
    for (number, row) in table.rows.iter().enumerate() {
        rows.row([
            &number.to_string(),
            &grew_by(row),
            &row.pages.to_string(),
            &row.mms.to_string(),
            &row.contexts.to_string(),
            &thousands(row.states),
            &factor(table, row),
            &thousands(row.transitions),
            &row.depth.to_string(),
            &row.bits.to_string(),
            &format!("{:.1} s", row.milliseconds as f64 / 1000.0),
            &row.bytes_per_state.to_string(),
            &seen(row),
        ]);
    }
    rows.render(2)
}

/// Whether every state was seen, and under how many renamings states counted as one.
fn seen(row: &GrowthRow) -> String {
    let symmetry = if row.symmetry > 1 { format!(", symmetry of {}", row.symmetry) } else { String::new() };
    format!("{}{symmetry}", if row.complete { "complete" } else { "cut" })
}

fn grew_by(row: &GrowthRow) -> String {
    match (row.axis, row.from) {
        (Some(axis), Some(from)) => format!("{from} + {}: {}", axis.word(), row.step),
        _ => "-".into(),
    }
}

/// How many times the states of the row that it grew from; at least, where the search was cut.
fn factor(table: &GrowthTable, row: &GrowthRow) -> String {
    let Some(from) = row.from else { return String::new() };
    let times = row.states as f64 / table.rows[from].states.max(1) as f64;
    format!("{}x{times:.1}", if row.complete { "" } else { ">" })
}

fn bounds(table: &GrowthTable) -> String {
    let cut = table.rows.iter().enumerate().filter_map(|(number, row)| Some((number, row.bound.as_ref()?)));
    let lines: String = cut.map(|(number, bound)| format!("  row {number} was cut: {bound}\n")).collect();
    let limited = table.rows.iter().any(|row| row.limited);
    let rest = if limited { "  what would grow from a row that a limit ended was not searched\n" } else { "" };
    if lines.is_empty() { lines } else { format!("\n{lines}{rest}") }
}

/// What changed, row by row; then the claims of which every row says the same.
fn changes(table: &GrowthTable, style: Style) -> String {
    let mut rows = Table::new();
    for change in &table.changes {
        let first = if change.first_violated { "   for the first time" } else { "" };
        let after = style.verdict(&change.after, &change.after);
        let after = format!("{after}{}{first}", steps(table, change));
        rows.row([&format!("row {}", change.row), &change.claim, &format!("{} ->", change.before), &after]);
    }
    let changed = rows.render(2);
    let changed = if changed.is_empty() { "  no verdict changed\n".into() } else { changed };
    format!("\n{changed}{}", same(table))
}

fn steps(table: &GrowthTable, change: &Change) -> String {
    let steps = table.rows[change.row].verdicts.get(&change.claim).and_then(|verdict| verdict.steps);
    steps.map_or(String::new(), |steps| format!(" in {}", span((steps, steps), "step")))
}

fn same(table: &GrowthTable) -> String {
    let Some(first) = table.rows.first() else { return String::new() };
    let changed = |claim: &String| table.changes.iter().any(|change| change.claim == *claim);
    let words = ["violated", "holds", "vacuous", "undecided", "n/a"].iter().filter_map(|word| {
        let claims = first.verdicts.iter().filter(|(claim, v)| v.verdict == **word && !changed(claim));
        let claims: Vec<&str> = claims.map(|(claim, _)| claim.as_str()).collect();
        (!claims.is_empty()).then(|| format!("{word}: {}", claims.join(" ")))
    });
    let lines = words.flat_map(|text| wrap(&text, WIDTH - 14)).collect::<Vec<_>>();
    lines.iter().map(|line| format!("  every row, {line}\n")).collect()
}
