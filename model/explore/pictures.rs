//! `explore pictures`: the pictures of the documentation, from what is recorded and counted.

use std::path::{Path, PathBuf};

use pinright_checks::cost::{Cost, PRICED};
use pinright_model::corpus::Corpus;
use pinright_model::render::{Bar, Verdicts, bar_picture, matrix_picture, span, thousands};
use pinright_model::report::recorded_key;
use serde_json::Value;

use crate::args::PicturesArgs;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::select;

/// Writes all pictures to a folder.
pub fn run(args: &PicturesArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    write(&args.out, "matrix.svg", &matrix(&corpus))?;
    write(&args.out, "cost.svg", &cost())?;
    let table = args.out.join("growth.json");
    if table.is_file() {
        let name = table.display().to_string();
        let picture = growth(&select::read(&table)?).ok_or_else(|| {
            Failure::input(format!("{name} is no table of growth\nwrite it with explore scale P --format json"))
        })?;
        write(&args.out, "growth.svg", &picture)?;
    }
    Ok(Output::new(format!("wrote the pictures in {}\n", args.out.display()), Exit::Holds))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path: PathBuf = folder.join(name);
    let failed = |error: std::io::Error| {
        Failure::usage(format!("{}: {error}\nwrite the name of a folder that can be written", path.display()))
    };
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, text)).map_err(failed)
}

/// The recorded verdicts of every built-in proposal in every reading.
fn matrix(corpus: &Corpus) -> String {
    let claims: Vec<String> = corpus.claims().into_iter().map(|claim| claim.id).collect();
    let mut rows: Vec<Verdicts> = Vec::new();
    for proposal in corpus.proposals() {
        let readings: Vec<&str> = proposal.reading.iter().map(|reading| reading.name.as_str()).collect();
        for reading in if readings.len() > 1 { readings } else { vec![""] } {
            let record = proposal.recorded.get(recorded_key(proposal, reading));
            let verdict = |claim: &String| record.and_then(|record| record.get(claim)).cloned().unwrap_or_default();
            // What no search decided is not recorded.
            let known = |verdict: String| if verdict.is_empty() { "undecided".into() } else { verdict };
            let name =
                if reading.is_empty() { proposal.name.clone() } else { format!("{} ({reading})", proposal.name) };
            rows.push((name, claims.iter().map(|claim| known(verdict(claim))).collect()));
        }
    }
    matrix_picture("Recorded verdicts: proposals in all readings, and claims", &claims, &rows)
}

/// What a pin and its release take in each counter scheme.
fn cost() -> String {
    let mut bars = Vec::new();
    for scheme in PRICED {
        for (operation, Cost { rmws, lines, sections, .. }) in (scheme.count)() {
            bars.push(Bar {
                name: format!("{}: {operation}", scheme.name),
                value: (rmws + 2 * sections) as f64,
                words: [(rmws, "atomic"), (sections, "lock section"), (lines, "line")].map(number).join(", "),
                kind: usize::from(sections > 0),
            });
        }
    }
    let note = "Bars: atomics, and two for each lock section. Counted in the schemes' text, not timed.";
    bar_picture("What counting a pin takes, by scheme and operation", note, &bars, false)
}

/// `2 atomics`
fn number((count, one): (usize, &str)) -> String {
    span((count, count), one)
}

/// States of each population of a table of growth; nothing if it is none.
fn growth(text: &str) -> Option<String> {
    let report: Value = serde_json::from_str(text).ok()?;
    let table = report.get("tables")?.get(0)?;
    let mut bars = Vec::new();
    for row in table.get("rows")?.as_array()? {
        let states = row.get("states")?.as_u64()?;
        let complete = row.get("complete")?.as_bool()?;
        let size = ["page", "mm", "context"].map(|one| {
            let count = row.get(format!("{one}s")).and_then(Value::as_u64).unwrap_or(0);
            number((count as usize, one))
        });
        let step = row.get("step")?.as_str()?;
        let name = if step.is_empty() { table.get("scenario")?.as_str()?.to_string() } else { format!("+ {step}") };
        let more = if complete { "" } else { "more than " };
        bars.push(Bar {
            name,
            value: states as f64,
            words: format!("{more}{} ({})", thousands(states), size.join(", ")),
            kind: usize::from(!complete),
        });
    }
    let title = format!("States of {} as its population grows", table.get("proposal")?.as_str()?);
    Some(bar_picture(&title, "Logarithmic. Where a bound ended the search, there are more.", &bars, true))
}
