//! Searches: jobs on all cores, limits, Ctrl-C, and traces on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pinright_model::corpus::Corpus;
use pinright_model::report::Report;
use pinright_model::review::{CaseError, Job, Row, UseSymmetry, Watch, rows, run_all};
use pinright_model::search::Limits;
use pinright_model::trace::Trace;
use pinright_model::verdict::Case;

use crate::args::SearchFlags;
use crate::exit::Failure;
use crate::output::stderr_colour;

/// What the searches came to.
pub struct Found {
    /// One row per composition.
    pub rows: Vec<Row>,
    /// What is wrong with the input of some of them, for people; mostly nothing.
    pub faults: Vec<String>,
}

/// Searches every job and puts the results together. `watch` is told how it goes.
pub fn search(corpus: &Corpus, jobs: &[Job], flags: &SearchFlags, watch: &dyn Watch) -> Result<Found, Failure> {
    let limits = limits(flags.memory, flags.time)?;
    let stop = interruptible();
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let threads = flags.threads.unwrap_or(cores);
    let results = run_all(corpus, jobs, &limits, threads, &stop, watch);
    let (cases, faults) = cases(corpus, jobs, results);
    if cases.is_empty() && !faults.is_empty() {
        return Err(Failure::input(faults.join("\n")));
    }
    Ok(Found { rows: rows(&cases), faults })
}

/// When symmetry is used.
pub fn symmetry(flags: &SearchFlags) -> UseSymmetry {
    match (flags.no_symmetry, flags.symmetry) {
        (true, _) => UseSymmetry::Never,
        (false, true) => UseSymmetry::Always,
        (false, false) => UseSymmetry::WherePays,
    }
}

/// A flag that Ctrl-C sets.
pub fn interruptible() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let handler = Arc::clone(&stop);
    // SIGTERM and SIGHUP count too. Without a handler they still end the program, only without what was found so far.
    let _ = ctrlc::set_handler(move || handler.store(true, Ordering::Relaxed));
    stop
}

/// What was typed of limits: GiB of memory, seconds from now.
pub fn limits(memory: f64, time: Option<f64>) -> Result<Limits, Failure> {
    if memory.is_nan() || memory <= 0.0 {
        return Err(Failure::usage("--memory: write how many GiB a search may use, more than 0"));
    }
    let seconds = time.map(Duration::try_from_secs_f64).transpose();
    let seconds = seconds.map_err(|_| Failure::usage("--time: write a number of seconds, 0 or more"))?;
    let memory = (memory * f64::from(1 << 30)) as u64;
    let deadline = seconds.and_then(|seconds| Instant::now().checked_add(seconds));
    Ok(Limits { memory, deadline, ..Limits::default() })
}

type Outcome = Option<Result<Case, CaseError>>;

/// A proposal that compiles in some populations keeps what was found there. The others were not searched, so that it
/// holds nothing; one that compiles nowhere has no row.
fn cases(corpus: &Corpus, jobs: &[Job], results: Vec<Outcome>) -> (Vec<Case>, Vec<String>) {
    let claims: Vec<String> = corpus.claims().into_iter().map(|claim| claim.id).collect();
    let compiled = |(job, result): (&Job, &Outcome)| (!matches!(result, Some(Err(_)))).then(|| job.composition.title());
    let somewhere: BTreeSet<String> = jobs.iter().zip(&results).filter_map(compiled).collect();
    let mut cases = Vec::new();
    let mut faults: Vec<String> = Vec::new();
    for (job, result) in jobs.iter().zip(results) {
        let unsearched = |why| Case::unsearched(&job.composition, &job.population, &claims, why);
        match result {
            Some(Ok(case)) => cases.push(case),
            None => cases.push(unsearched("interrupted before the search began")),
            Some(Err(error)) => {
                faults.push(fault(job, &error));
                let kept = somewhere.contains(&job.composition.title());
                cases.extend(kept.then(|| unsearched("does not compile in some population")));
            }
        }
    }
    // The same fault in the same text is found in every population.
    faults.sort();
    faults.dedup();
    (cases, faults)
}

/// What is wrong with a case, for people.
pub fn fault(job: &Job, error: &CaseError) -> String {
    match error {
        CaseError::Compile(error) => {
            format!("{} does not compile\n{}", job.composition.title(), error.render(stderr_colour()))
        }
        CaseError::Init(reason) => format!("{} in {}: {reason}", job.composition.title(), job.population.name),
    }
}

/// The counterexample that is told of each violated cell that is reported.
pub fn told<'a>(rows: &'a [Row], report: &Report) -> BTreeMap<(usize, String), &'a Trace> {
    let mut traces = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        for cell in row.cells.iter().filter(|cell| report.claims.iter().any(|claim| claim.id == cell.claim)) {
            if let Some((_, violation)) = cell.told() {
                traces.insert((index, cell.claim.clone()), &violation.trace);
            }
        }
    }
    traces
}

/// Removes counterexamples of claims that are no longer violated, after a search of everything.
pub fn sweep(rows: &[Row], report: &Report, folder: &Path) {
    for (row, reading) in rows.iter().zip(&report.readings) {
        let settled = reading.cells.iter().filter(|cell| !matches!(cell.verdict.as_str(), "violated" | "undecided"));
        for cell in settled {
            // Most were never there.
            let _ = std::fs::remove_file(file(folder, row, &cell.claim));
        }
    }
}

fn file(folder: &Path, row: &Row, claim: &str) -> PathBuf {
    folder.join(format!("{}.{claim}.json", row.composition.slug()))
}

/// Writes the counterexamples that are told and enters their paths in the report.
pub fn write_traces(rows: &[Row], report: &mut Report, folder: &Path) -> Result<(), Failure> {
    let traces = told(rows, report);
    if traces.is_empty() {
        return Ok(());
    }
    let failed = |path: &Path, error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for ((index, claim), trace) in traces {
        let path = file(folder, &rows[index], &claim);
        std::fs::write(&path, trace.to_json()).map_err(|error| failed(&path, error))?;
        let cell = report.readings[index].cells.iter_mut().find(|cell| cell.claim == claim);
        if let Some(violation) = cell.and_then(|cell| cell.violation.as_mut()) {
            violation.trace = Some(path.display().to_string());
        }
    }
    Ok(())
}
