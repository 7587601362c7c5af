//! Reviews: compositions × populations, judged case by case, and the cells of the matrix.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::compile::{CompileError, compile};
use crate::corpus::Corpus;
use crate::proposal::Composition;
use crate::scenario::Population;
use crate::search::liveness::examine;
use crate::search::{Limits, Progress, explore};
use crate::system::System;
use crate::verdict::{Case, LineCoverage, Shape, Verdict, judge, undecided_in_the_end};

/// One case to be searched.
#[derive(Clone)]
pub struct Job {
    /// The composition.
    pub composition: Composition,
    /// Whether it is built in: then traces need not carry its text.
    pub built_in: bool,
    /// The population.
    pub population: Population,
}

/// Why a case could not be searched.
#[derive(Debug)]
pub enum CaseError {
    /// Its kernel C does not compile.
    Compile(Box<CompileError>),
    /// `init` does not run through.
    Init(String),
}

/// Compiles, searches and judges one case.
///
/// # Errors
/// Kernel C that does not compile.
pub fn run_case(
    corpus: &Corpus,
    job: &Job,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Case, CaseError> {
    let compiled = compile(corpus, &job.composition, &job.population).map_err(CaseError::Compile)?;
    let system = System::new(compiled.program.clone(), false).map_err(|e| CaseError::Init(e.to_string()))?;
    let found = explore(&system, limits, progress);
    let wanted = undecided_in_the_end(&system, &job.population, &found);
    let live = examine(&system, limits, wanted, progress);
    Ok(judge(&system, &compiled, &job.composition, job.built_in, &job.population, found, &live))
}

/// Who is told how a review goes on, from any thread.
pub trait Watch: Sync {
    /// A search goes on.
    fn progress(&self, _job: usize, _progress: Progress) {}
    /// A case is judged, or failed.
    fn done(&self, _job: usize, _result: &Result<Case, CaseError>) {}
}

/// Nobody is told.
impl Watch for () {}

/// Runs jobs on all cores. Results come in the order of the jobs; `watch` is told of each as it ends. Once `stop`
/// is set, running searches end undecided and the others are not begun.
pub fn run_all(
    corpus: &Corpus,
    jobs: &[Job],
    limits: &Limits,
    threads: usize,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> Vec<Option<Result<Case, CaseError>>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Case, CaseError>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { break };
                    let result = run_case(corpus, job, limits, &mut |progress| {
                        watch.progress(index, progress);
                        !stop.load(Ordering::Relaxed)
                    });
                    watch.done(index, &result);
                    if let Ok(mut slot) = results[index].lock() {
                        *slot = Some(result);
                    }
                }
            });
        }
    });
    results.into_iter().map(|slot| slot.into_inner().unwrap_or(None)).collect()
}

/// A cell of the matrix: one composition and one claim over all its populations.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The claim.
    pub claim: String,
    /// The verdict that counts.
    pub word: &'static str,
    /// The populations behind it, with their verdicts.
    pub cases: Vec<(String, Verdict)>,
}

impl Cell {
    /// The shortest violation, with its population.
    pub fn shortest(&self) -> Option<(&str, &crate::verdict::Violation)> {
        let violations = self.cases.iter().filter_map(|(population, verdict)| match verdict {
            Verdict::Violated(violation) => Some((population.as_str(), &**violation)),
            _ => None,
        });
        violations.min_by_key(|(_, violation)| violation.steps)
    }
}

/// The verdict over all populations: violated if any is; else undecided if any is; else holds if any case was
/// complete and exercised it; else vacuous; n/a if no population says anything.
pub fn aggregate(words: &[&str]) -> &'static str {
    let any = |word: &str| words.contains(&word);
    ["violated", "undecided", "holds", "vacuous"].into_iter().find(|word| any(word)).unwrap_or("n/a")
}

/// A row of the matrix: one composition.
pub struct Row {
    /// The composition.
    pub composition: Composition,
    /// Cells in the order of the claims.
    pub cells: Vec<Cell>,
    /// Lines of the proposal that no population ran: file and line.
    pub never_ran: Vec<(String, usize)>,
    /// States over all populations.
    pub states: u64,
    /// The size of each population, in the order of the cells' cases.
    pub shapes: Vec<Shape>,
    /// The counters that cut a path above their width, and the most that each holds.
    pub widths: BTreeMap<String, i16>,
    /// The constants that the proposal defines.
    pub constants: BTreeMap<String, i64>,
}

/// Puts cases together, one row per composition.
pub fn rows(cases: &[Case]) -> Vec<Row> {
    let mut order: Vec<String> = Vec::new();
    let mut groups: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        let title = case.composition.title();
        if !groups.contains_key(&title) {
            order.push(title.clone());
        }
        groups.entry(title).or_default().push(case);
    }
    order.iter().map(|title| row(&groups[title])).collect()
}

fn row(cases: &[&Case]) -> Row {
    let claims = cases[0].verdicts.iter().map(|(claim, _)| claim);
    let cells = claims.enumerate().map(|(index, claim)| {
        let words: Vec<&str> = cases.iter().map(|case| case.verdicts[index].1.word()).collect();
        let named = cases.iter().map(|case| (case.population.name.clone(), case.verdicts[index].1.clone()));
        Cell { claim: claim.clone(), word: aggregate(&words), cases: named.collect() }
    });
    let mut lines = LineCoverage::default();
    for case in cases {
        lines.reachable.extend(case.lines.reachable.iter().cloned());
        lines.ran.extend(case.lines.ran.iter().cloned());
    }
    Row {
        composition: cases[0].composition.clone(),
        cells: cells.collect(),
        never_ran: lines.reachable.difference(&lines.ran).cloned().collect(),
        states: cases.iter().map(|case| case.states).sum(),
        shapes: cases.iter().map(|case| case.shape).collect(),
        widths: cases.iter().flat_map(|case| case.widths.clone()).collect(),
        constants: cases.iter().flat_map(|case| case.constants.clone()).collect(),
    }
}
