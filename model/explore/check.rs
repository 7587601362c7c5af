//! `explore check`: one proposal against every claim.

use std::time::Duration;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::coverage::report::listing;
use pinright_model::lang::resolve::ClaimDecl;
use pinright_model::render::{self, Subject};
use pinright_model::report::Report;
use pinright_model::review::{CaseError, Job, Row};
use pinright_model::system::System;
use pinright_model::system::symmetry::Property;
use pinright_model::trace::{self, NoCase, ReplayError, Trace};

use crate::args::{CheckArgs, ReportForm, Side, Style};
use crate::checkpoints::{Folder, Kept};
use crate::exit::{Failure, of_check};
use crate::output::{Output, stdout_style};
use crate::screen::Screen;
use crate::work::Found;
use crate::{explain, page, select, work};

/// Checks a proposal in all its readings and in all populations of the chosen scenarios.
pub fn run(args: &CheckArgs) -> Result<Output, Failure> {
    if args.fewest_switches && args.search.symmetry {
        let refused = Property::Switches.allows_symmetry();
        refused.map_err(|refusal| Failure::usage(format!("--fewest-switches with --symmetry: {refusal}")))?;
    }
    let corpus = Corpus::load()?;
    let mut jobs = jobs(&corpus, args)?;
    let claims = claims(&corpus, &jobs)?;
    if let Some(name) = &args.explain {
        let explained = select::claims(&claims, std::slice::from_ref(name))?;
        let claim = claims.iter().find(|claim| explained.contains(&claim.id));
        let claim = claim.ok_or_else(|| Failure::internal(format!("{name} was found, and then it was not")))?;
        return explain::run(&corpus, &jobs, claim, &args.search);
    }
    let only = select::claims(&claims, &args.claim)?;
    if !only.is_empty() {
        jobs.iter_mut().for_each(|job| job.claims = Some(only.iter().cloned().collect()));
    }
    let screen = Screen::of(&jobs, args.search.verbose);
    let folder = args.checkpoint.as_deref().map(|path| Folder::new(path, Duration::from_secs(args.every)));
    let Found { rows, faults } = match folder {
        Some(folder) => work::search(&corpus, &jobs, &args.search, &Kept::new(&screen, &folder, &jobs))?,
        None => work::search(&corpus, &jobs, &args.search, &screen)?,
    };
    screen.clear();
    let mut report = Report::new("check", &claims, &rows, &only);
    if let Some(side) = args.coverage {
        list(&corpus, &rows, &mut report, side);
    }
    if !args.search.no_traces {
        work::write_traces(&rows, &mut report, &args.search.traces)?;
    }
    let text = match args.search.format {
        ReportForm::Json => report.to_json(),
        ReportForm::Html => page::html(&corpus, &rows, &report)?,
        ReportForm::Markdown => page::markdown(&corpus, &rows, &report)?,
        ReportForm::Junit => render::junit(&report),
        ReportForm::Text if args.style == Style::Lkml => page::reply(&corpus, &rows, &report, !args.claim.is_empty())?,
        ReportForm::Text => text(&corpus, &rows, &report),
    };
    Ok(Output::new(text, of_check(&report)).with(faults).into_file(args.search.out.as_ref()))
}

/// Enters the listings of what ran.
fn list(corpus: &Corpus, rows: &[Row], report: &mut Report, side: Side) {
    for (row, reading) in rows.iter().zip(&mut report.readings) {
        let of = match side {
            Side::Proposal => &row.ran.proposal,
            Side::Base => &row.ran.base,
        };
        reading.code.listing = listing(of, &|file| {
            let own = row.composition.files.iter().find(|(name, _)| name == file).map(|(_, text)| text.as_str());
            own.or_else(|| corpus.sources().named(file)).unwrap_or_default()
        });
    }
}

fn jobs(corpus: &Corpus, args: &CheckArgs) -> Result<Vec<Job>, Failure> {
    let selected = select::proposal(corpus, &args.proposal)?;
    let defines = select::defines(&args.define)?;
    let populations = select::populations(corpus, &args.search.scenario)?;
    let mut jobs = Vec::new();
    for composition in selected.compositions {
        for population in &populations {
            let population = population.clone().with(&defines);
            let job = Job::new(composition.clone(), selected.built_in, population);
            let (slice, symmetry) = (!args.search.no_slice, work::symmetry(&args.search));
            let (covers_base, fewest_switches) = (args.coverage == Some(Side::Base), args.fewest_switches);
            jobs.push(Job { slice, covers_base, symmetry, fewest_switches, ..job });
        }
    }
    Ok(jobs)
}

/// The claims, those that the proposal itself declares included. Errors in its text show here, before any search.
fn claims(corpus: &Corpus, jobs: &[Job]) -> Result<Vec<ClaimDecl>, Failure> {
    let mut claims: Vec<ClaimDecl> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for job in jobs.iter().filter(|job| {
        let new = !seen.contains(&job.composition.title());
        seen.push(job.composition.title());
        new
    }) {
        let compiled = compile(corpus, &job.composition, &job.population);
        let compiled = compiled.map_err(|error| Failure::input(work::fault(job, &CaseError::Compile(error))))?;
        let new = compiled.program.unit.claims.iter().filter(|claim| claims.iter().all(|c| c.id != claim.id));
        let new: Vec<ClaimDecl> = new.cloned().collect();
        claims.extend(new);
    }
    Ok(claims)
}

fn text(corpus: &Corpus, rows: &[Row], report: &Report) -> String {
    let mut text = render::check(report, stdout_style());
    for ((index, claim), trace) in work::told(rows, report) {
        // A counterexample that does not replay is a defect, but no reason to hide the verdicts.
        let picture = drawn(corpus, trace).unwrap_or_else(|refused| refused.to_string());
        text.push_str(&format!("\n{} {claim}, in {}:\n\n{picture}", rows[index].composition.title(), trace.scenario));
        let cell = report.readings[index].cells.iter().find(|cell| cell.claim == claim);
        if let Some(path) = cell.and_then(|cell| cell.violation.as_ref()).and_then(|v| v.trace.as_ref()) {
            text.push_str(&format!("  trace: {path}\n  replay: explore replay {path}\n"));
        }
    }
    text
}

/// Why a trace is not gone along again.
#[derive(Debug)]
pub enum Refused {
    /// It names what is not built in.
    Case(NoCase),
    /// The text that travels with it does not compile.
    Program(String),
    /// Its run does not go through, or shows nothing.
    Replay(ReplayError),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Refused::Case(case) => f.write_str(&case.message),
            Refused::Program(message) => f.write_str(message),
            Refused::Replay(error) => error.fmt(f),
        }
    }
}

/// The race diagram of a trace.
pub fn drawn(corpus: &Corpus, trace: &Trace) -> Result<String, Refused> {
    replayed(corpus, trace, render::race)
}

/// Replays a trace and hands it on.
pub fn replayed<T>(corpus: &Corpus, trace: &Trace, then: impl FnOnce(&Subject) -> T) -> Result<T, Refused> {
    let (composition, population) = trace.case(corpus).map_err(Refused::Case)?;
    let compiled = compile(corpus, &composition, &population);
    let compiled = compiled.map_err(|error| Refused::Program(error.render(crate::output::stderr_colour())))?;
    let system = System::new(compiled.program, false).map_err(|error| Refused::Program(error.to_string()))?;
    let replay = trace::replay(&system, trace).map_err(Refused::Replay)?;
    Ok(then(&Subject { system: &system, sources: &compiled.sources, trace, replay: &replay }))
}
