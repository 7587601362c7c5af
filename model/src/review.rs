//! Reviews: compositions × populations, judged case by case, and the cells of the matrix.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::compile::{CompileError, compile};
use crate::corpus::Corpus;
use crate::coverage::Coverage;
use crate::lang::program::Program;
use crate::lang::slice::{Wanted, slice};
use crate::proposal::Composition;
use crate::question::questions;
use crate::scenario::Population;
use crate::search::liveness::Findings;
use crate::search::{
    Ask, Checkpoint, Exploration, Fewest, Limits, Progress, RestoreError, Snapshot, explore_asking, fewest_switches,
};
use crate::system::{ClaimSet, System};
use crate::trace::search_identity;
use crate::verdict::{Case, Judgement, Shape, Verdict, Violation, applicable, undecided_in_the_end};

/// One case to be searched.
#[derive(Clone)]
pub struct Job {
    /// The composition.
    pub composition: Composition,
    /// Whether it is built in: then traces need not carry its text.
    pub built_in: bool,
    /// The population.
    pub population: Population,
    /// Ids of the claims that are asked for; all if `None`.
    pub claims: Option<BTreeSet<String>>,
    /// Whether what those claims do not need is left out of the search.
    pub slice: bool,
    /// Whether the lines of the base kernel are covered as exactly as the proposal's: then fewer branches are left out.
    pub covers_base: bool,
    /// Whether one state is kept for all that differ by a renaming of like contexts and objects.
    pub symmetry: UseSymmetry,
    /// Whether violations are told by the run with the fewest context switches, not by a shortest one.
    pub fewest_switches: bool,
}

impl Job {
    /// A case in which all claims are asked for.
    pub fn new(composition: Composition, built_in: bool, population: Population) -> Self {
        Job {
            composition,
            built_in,
            population,
            claims: None,
            slice: true,
            covers_base: false,
            symmetry: UseSymmetry::default(),
            fewest_switches: false,
        }
    }

    /// The claims to be judged: those that are asked for and say something here.
    fn wanted(&self, program: &Program) -> BTreeSet<u16> {
        let asked = |index: &u16| {
            let id = &program.claims[usize::from(*index)].decl.id;
            self.claims.as_ref().is_none_or(|claims| claims.contains(id))
        };
        applicable(program, &self.population).into_iter().filter(asked).collect()
    }
}

/// When symmetry is used, where some is proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UseSymmetry {
    /// Never.
    Never,
    /// Where no claim asks about fair runs: those need a graph of all states anyway.
    #[default]
    WherePays,
    /// Always. Claims about fair runs are decided by a search of their own, of all states.
    Always,
}

/// Why a case could not be searched.
#[derive(Debug)]
pub enum CaseError {
    /// Its kernel C does not compile.
    Compile(Box<CompileError>),
    /// `init` does not run through.
    Init(String),
}

impl std::fmt::Display for CaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CaseError::Compile(error) => f.write_str(&error.render(false)),
            CaseError::Init(reason) => f.write_str(reason),
        }
    }
}

/// Who keeps a search, so that it can go on in another run of the program. `identity` names what is searched.
pub trait Keeper {
    /// Whether anything is kept at all. If not, nobody asks what is searched.
    fn keeps(&self) -> bool {
        true
    }
    /// What was kept of it, if there is something.
    fn kept(&mut self, _identity: &str) -> Option<Checkpoint> {
        None
    }
    /// What was kept belongs to something else: the search begins anew.
    fn refused(&mut self, _error: &RestoreError) {}
    /// May keep the search as it is now; `last` if this is how it ends.
    fn keep(&mut self, _identity: &str, _search: &dyn Snapshot, _last: bool) {}
}

/// Nothing is kept.
impl Keeper for () {
    fn keeps(&self) -> bool {
        false
    }
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
    run_case_kept(corpus, job, limits, progress, &mut ())
}

/// As [`run_case`], from where a search of the same case was kept.
///
/// # Errors
/// Kernel C that does not compile.
pub fn run_case_kept(
    corpus: &Corpus,
    job: &Job,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> bool,
    keeper: &mut dyn Keeper,
) -> Result<Case, CaseError> {
    let compiled = compile(corpus, &job.composition, &job.population).map_err(CaseError::Compile)?;
    let build = |program: Program| System::new(program, false).map_err(|e| CaseError::Init(e.to_string()));
    let sliced = |claims: &BTreeSet<u16>| match job.slice {
        true => {
            let base = if job.covers_base { 0..compiled.base_files } else { 0..0 };
            let covered = base.chain(compiled.proposal_files.iter().copied()).collect();
            build(slice(&compiled.program, &Wanted { claims: claims.clone(), covered }))
        }
        false => build(compiled.program.clone()),
    };
    let wanted = job.wanted(&compiled.program);
    let searched = sliced(&wanted)?;
    let bits = searched.layout().bits().0;
    // Judged on the whole program: traces replay there, and lines are counted there. A slice keeps the numbers of ops.
    let system = build(compiled.program.clone())?;
    let fair = wanted.iter().any(|claim| !questions(&searched, *claim).is_empty());
    let symmetry = match job.symmetry {
        UseSymmetry::Never => false,
        UseSymmetry::WherePays => !fair,
        UseSymmetry::Always => true,
    };
    let limits = &Limits { symmetry, ..limits.clone() };
    let mut ask = |found: &Exploration| {
        let open = undecided_in_the_end(&system, &job.population, &wanted, found);
        open.iter().flat_map(|claim| questions(&searched, *claim)).collect()
    };
    let (found, live) = explore_from(&searched, limits, progress, keeper, &mut ask);
    let fewest = job.fewest_switches.then(|| fewest(&searched, &wanted, &found, limits, progress));
    let judgement = Judgement {
        system: &system,
        compiled: &compiled,
        composition: &job.composition,
        built_in: job.built_in,
        population: &job.population,
        wanted: &wanted,
        found: &found,
        fewest: fewest.as_ref(),
        live: &live,
        hash: OnceCell::new(),
    };
    Ok(Case { bits, ..judgement.case() })
}

/// Explores from what was kept, if it belongs to this system.
fn explore_from(
    system: &System,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> bool,
    keeper: &mut dyn Keeper,
    ask: &mut Ask,
) -> (Exploration, Findings) {
    let identity = if keeper.keeps() { search_identity(system.program()) } else { String::new() };
    let mut from = keeper.kept(&identity);
    loop {
        let mut keep = |search: &dyn Snapshot, last| keeper.keep(&identity, search, last);
        match explore_asking(system, limits, from.take(), (&mut |now| progress(now), &mut keep), ask) {
            Ok(found) => return found,
            // Only a checkpoint is refused, and the next round has none.
            Err(error) => keeper.refused(&error),
        }
    }
}

/// The runs with the fewest switches to what a step or a state violates. They run in the slice as in the program.
fn fewest(
    system: &System,
    wanted: &BTreeSet<u16>,
    found: &Exploration,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> BTreeMap<u16, Fewest> {
    let violated = found.violations.keys().filter(|claim| wanted.contains(claim));
    let claims = violated.fold(ClaimSet::default(), |claims, claim| claims.union(ClaimSet::one(*claim)));
    match claims.is_empty() {
        true => BTreeMap::new(),
        false => fewest_switches(system, claims, limits, progress),
    }
}

/// Who is told how a review goes on, from any thread.
pub trait Watch: Sync {
    /// A search goes on.
    fn progress(&self, _job: usize, _progress: Progress) {}
    /// A case is judged, or failed.
    fn done(&self, _job: usize, _result: &Result<Case, CaseError>) {}
    /// Who keeps the search of a job.
    fn keeper(&self, _job: usize) -> Box<dyn Keeper + '_> {
        Box::new(())
    }
}

/// Nobody is told.
impl Watch for () {}

/// Runs jobs on so many threads: one search on each, or several threads for each search where there are fewer jobs.
/// Results come in the order of the jobs; `watch` is told of each as it ends. Once `stop` is set, running searches end
/// undecided and the others are not begun.
pub fn run_all(
    corpus: &Corpus,
    jobs: &[Job],
    limits: &Limits,
    threads: usize,
    stop: &AtomicBool,
    watch: &dyn Watch,
) -> Vec<Option<Result<Case, CaseError>>> {
    let limits = &Limits { threads: (threads / jobs.len().max(1)).max(1), ..limits.clone() };
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Case, CaseError>>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let ran = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else { break };
                    let mut progress = |progress| {
                        watch.progress(index, progress);
                        !stop.load(Ordering::Relaxed)
                    };
                    let mut keeper = watch.keeper(index);
                    let mut result = run_case_kept(corpus, job, limits, &mut progress, &mut *keeper);
                    add_up(&ran, &mut result);
                    watch.done(index, &result);
                    if let Ok(mut slot) = results[index].lock() {
                        *slot = Some(result);
                    }
                }
            });
        }
    });
    let mut results: Vec<_> = results.into_iter().map(|slot| slot.into_inner().unwrap_or(None)).collect();
    let mut ran = ran.into_inner().unwrap_or_default();
    for case in results.iter_mut().flatten().flatten() {
        case.ran = ran.remove(&case.composition.title()).unwrap_or_default();
    }
    results
}

/// Moves a case's coverage to that of its composition: kept apart, coverages would take more room than all else that a
/// review keeps. The first case of each composition gets the sum.
fn add_up(sums: &Mutex<BTreeMap<String, Coverage>>, result: &mut Result<Case, CaseError>) {
    if let (Ok(case), Ok(mut sums)) = (result, sums.lock()) {
        let ran = std::mem::take(&mut case.ran);
        sums.entry(case.composition.title()).or_default().add(&ran);
    }
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
    /// The violation that is told, with its population: the shortest, or where runs with few context switches were asked
    /// for, the one with the fewest.
    pub fn told(&self) -> Option<(&str, &Violation)> {
        let violations = || {
            self.cases.iter().filter_map(|(population, verdict)| match verdict {
                Verdict::Violated(violation) => Some((population.as_str(), &**violation)),
                _ => None,
            })
        };
        let asked = violations().any(|(_, violation)| violation.none_with_fewer.is_some());
        violations().min_by_key(|(_, violation)| (if asked { violation.switches } else { 0 }, violation.steps))
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
    /// What ran of the sources in any population.
    pub ran: Coverage,
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
    let mut ran = Coverage::default();
    cases.iter().for_each(|case| ran.add(&case.ran));
    Row {
        composition: cases[0].composition.clone(),
        cells: cells.collect(),
        ran,
        states: cases.iter().map(|case| case.states).sum(),
        shapes: cases.iter().map(|case| case.shape).collect(),
        widths: cases.iter().flat_map(|case| case.widths.clone()).collect(),
        constants: cases.iter().flat_map(|case| case.constants.clone()).collect(),
    }
}
