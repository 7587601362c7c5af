//! `explore review`: proposals against claims.

use std::path::{Path, PathBuf};

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::render;
use pinright_model::report::{Report, recorded_key};
use pinright_model::review::Job;

use crate::args::{ReportForm, ReviewArgs};
use crate::exit::{Failure, of_review};
use crate::output::{Output, diagnose, stdout_style};
use crate::screen::Screen;
use crate::work::Found;
use crate::{page, select, work};

/// Where proposals are in a source checkout.
const PROPOSALS: &str = "model/proposals";

/// Reviews proposals in all their readings and in all populations.
pub fn run(args: &ReviewArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let flags = &args.flags;
    let whole = flags.search.scenario.is_empty();
    if flags.record && !whole {
        return Err(Failure::usage("--record needs every scenario: leave --scenario out"));
    }
    if flags.record && !Path::new(PROPOSALS).is_dir() {
        return Err(Failure::usage(format!("--record writes to {PROPOSALS}: run it in a source checkout")));
    }
    let jobs = jobs(&corpus, args)?;
    let screen = Screen::of(&jobs, flags.search.verbose);
    let Found { rows, faults } = work::search(&corpus, &jobs, &flags.search, &screen)?;
    screen.clear();
    let mut report = Report::new("review", &corpus.claims(), &rows, &[]);
    if !flags.search.no_traces {
        work::write_traces(&rows, &mut report, &flags.search.traces)?;
        if whole && faults.is_empty() {
            work::sweep(&rows, &report, &flags.search.traces);
        }
    }
    report.compare(&corpus, whole && !flags.record);
    if flags.record && faults.is_empty() {
        record(&corpus, &report)?;
    }
    let text = match flags.search.format {
        ReportForm::Json => report.to_json(),
        ReportForm::Html => page::html(&corpus, &rows, &report)?,
        ReportForm::Markdown => page::markdown(&corpus, &rows, &report)?,
        ReportForm::Junit => render::junit(&report),
        ReportForm::Text => render::review(&report, stdout_style()),
    };
    Ok(Output::new(text, of_review(&report)).with(faults).into_file(flags.search.out.as_ref()))
}

fn jobs(corpus: &Corpus, args: &ReviewArgs) -> Result<Vec<Job>, Failure> {
    // What is recorded is recorded whole: a table covers all readings of its proposal.
    let all = args.flags.all || args.flags.record || !args.proposals.is_empty();
    let names: Vec<String> = match args.proposals.as_slice() {
        [] => corpus.proposals().filter(|p| all || p.review).map(|proposal| proposal.name.clone()).collect(),
        names => names.to_vec(),
    };
    let populations = select::populations(corpus, &args.flags.search.scenario)?;
    let mut jobs = Vec::new();
    for name in &names {
        let selected = select::proposal(corpus, name)?;
        for composition in selected.compositions.into_iter().filter(|c| all || covered(corpus, c)) {
            for population in &populations {
                let (composition, population) = (composition.clone(), population.clone());
                let job = Job::new(composition, selected.built_in, population);
                let search = &args.flags.search;
                jobs.push(Job { slice: !search.no_slice, symmetry: work::symmetry(search), ..job });
            }
        }
    }
    Ok(jobs)
}

/// Whether the plain review covers a reading.
fn covered(corpus: &Corpus, composition: &Composition) -> bool {
    let readings = corpus.proposal(&composition.proposal).map(|p| p.reading.as_slice()).unwrap_or_default();
    readings.iter().find(|r| r.name == composition.reading).is_none_or(|r| r.review)
}

/// Writes the verdicts to the `[recorded]` tables, the last in each proposal's file.
fn record(corpus: &Corpus, report: &Report) -> Result<(), Failure> {
    for proposal in corpus.proposals() {
        let readings = report.readings.iter().filter(|reading| reading.proposal == proposal.name);
        let mut tables = String::new();
        for reading in readings {
            tables.push_str(&format!("\n[recorded.{}]\n", recorded_key(proposal, &reading.reading)));
            // What a limit cut short says nothing about the proposal.
            for cell in reading.cells.iter().filter(|cell| cell.verdict != "undecided") {
                tables.push_str(&format!("{} = \"{}\"\n", cell.claim, cell.verdict));
            }
        }
        if !tables.is_empty() {
            rewrite(&PathBuf::from(PROPOSALS).join(format!("{}.toml", proposal.name)), &tables)?;
        }
    }
    Ok(())
}

fn rewrite(path: &Path, tables: &str) -> Result<(), Failure> {
    let text = select::read(path)?;
    let (before, after) = text.split_once("\n[recorded").unwrap_or((text.trim_end(), ""));
    let other = after.lines().find(|line| line.starts_with('[') && !line.starts_with("[recorded"));
    if let Some(other) = other {
        return Err(Failure::input(format!("{}: {other} stands behind [recorded]: move it up", path.display())));
    }
    let failed = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    std::fs::write(path, format!("{}\n{tables}", before.trim_end())).map_err(failed)?;
    diagnose(&format!("recorded {}", path.display()));
    Ok(())
}
