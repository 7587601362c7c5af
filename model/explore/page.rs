//! Reports with their races, in the forms that show them. Races are replayed, as every drawing is.

use std::collections::BTreeMap;

use pinright_model::corpus::Corpus;
use pinright_model::render::{self, Bundle, Shown};
use pinright_model::report::Report;
use pinright_model::review::Row;

use crate::check::{drawn, replayed};
use crate::exit::Failure;
use crate::work;

/// The page: the matrix, and the race of each violated cell.
pub fn html(corpus: &Corpus, rows: &[Row], report: &Report) -> Result<String, Failure> {
    let mut bundle = Bundle::default();
    let mut races = BTreeMap::new();
    for (cell, trace) in work::told(rows, report) {
        let race = replayed(corpus, trace, |subject| bundle.add(subject));
        races.insert(cell, race.map_err(|refused| Failure::internal(refused.to_string()))?);
    }
    Ok(render::html_review(report, &bundle, &races))
}

/// Tables, and for a check the diagrams.
pub fn markdown(corpus: &Corpus, rows: &[Row], report: &Report) -> Result<String, Failure> {
    let mut races = Vec::new();
    for ((index, claim), trace) in work::told(rows, report).into_iter().filter(|_| report.command == "check") {
        let race = drawn(corpus, trace).map_err(|refused| Failure::internal(refused.to_string()))?;
        races.push((format!("{} {claim}, in {}", rows[index].composition.title(), trace.scenario), race));
    }
    Ok(render::markdown(report, &races))
}

/// A reply to a list for each reading. It shows the race of each claim that was asked for, else the shortest one: a
/// reader wants one that convinces, not fifteen.
pub fn reply(corpus: &Corpus, rows: &[Row], report: &Report, asked: bool) -> Result<String, Failure> {
    let mut replies = Vec::new();
    for (number, reading) in report.readings.iter().enumerate() {
        let told = work::told(rows, report).into_iter().filter(|((index, _), _)| *index == number);
        let mut told: Vec<_> = told.map(|((_, claim), trace)| (claim, trace)).collect();
        told.sort_by_key(|(_, trace)| trace.steps.len());
        told.truncate(if asked { told.len() } else { 1 });
        let mut shown = Vec::new();
        for (claim, trace) in told {
            let cell = reading.cells.iter().find(|cell| cell.claim == claim).and_then(|cell| cell.violation.as_ref());
            let command =
                cell.and_then(|violation| violation.trace.as_ref()).map(|path| format!("explore replay {path}"));
            let race = replayed(corpus, trace, |subject| Shown::new(subject, command));
            shown.push(race.map_err(|refused| Failure::internal(refused.to_string()))?);
        }
        replies.push(render::reply(report, reading, &shown));
    }
    Ok(replies.join("\n"))
}
