//! Explorations: every execution of a check, on loom or shuttle, and what they showed.
//!
//! A check never panics inside an execution: what is wrong is collected, and asserted afterwards. So an exploration goes on
//! behind the first failure, and the shortest failing execution can be kept. Only a data race, which loom itself finds,
//! ends an exploration early.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::conduct::{Replayed, conduct};
use crate::kernel::{Kernel, set_thread};
use crate::linear::{Limit, calls};
use crate::litmus::explore::refuse_bounds;
use crate::mutants::Mutation;
use crate::platform::{Loom, Platform, Shuttle, Std};
use crate::record::{Access, history};
use crate::spec::{Counterexample, Spec};

/// A concurrent program with a property, on any platform.
pub trait Check: Send + Sync + 'static {
    /// What its threads share.
    type Shared<P: Platform>: Send + Sync + 'static;
    /// Its name, in a few words: `pin beside page_mkclean`.
    const NAME: &'static str;
    /// Number of threads.
    const THREADS: usize;
    /// Shared memory at the start.
    fn set_up<P: Platform>(kernel: &Kernel) -> Self::Shared<P>;
    /// What a thread does; the result goes to `judge`.
    fn run<P: Platform>(kernel: &Kernel, shared: &Self::Shared<P>, thread: usize) -> i32;
    /// Whether the end is a good one.
    ///
    /// # Errors
    /// What is wrong, in a sentence.
    fn judge<P: Platform>(shared: &Self::Shared<P>, results: &[i32]) -> Result<(), String>;
}

/// A check without its type, for tables.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name; mutants name the check that kills them by it.
    pub name: &'static str,
    /// Number of threads.
    pub threads: usize,
    /// Explores it.
    pub explore: fn(Bound, Option<Mutation>) -> Explored,
    /// Runs it so many times on real threads.
    pub stress: fn(usize, Option<Mutation>) -> Explored,
    /// Takes real threads along a run of the model.
    pub conduct: fn(&Spec, &Counterexample) -> Replayed,
}

/// The entry of a check.
pub const fn entry<C: Check>() -> Entry {
    Entry { name: C::NAME, threads: C::THREADS, explore: explore::<C>, stress: stress::<C>, conduct: conduct::<C> }
}

/// How far executions were explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// loom: every execution.
    Unbounded,
    /// loom: every execution with at most so many preemptions.
    Preemptions(usize),
    /// shuttle: every interleaving.
    Dfs,
    /// shuttle: so many random ones.
    Random(usize),
    /// shuttle: so many by probabilistic concurrency testing, for bugs of depth 2: deeper, short programs are hardly varied
    /// any more.
    Pct(usize),
}

/// An execution that ended badly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What is wrong.
    pub what: String,
    /// Everything that happened.
    pub log: Vec<Access>,
}

/// What an exploration showed.
#[derive(Clone, Debug, Default)]
pub struct Explored {
    /// Executions that ran to their end.
    pub executions: usize,
    /// Whether these were all within the bound: nothing cut the exploration short.
    pub complete: bool,
    /// How many executions ended in which way: results, and what was wrong.
    pub ends: BTreeMap<(Vec<i32>, Option<String>), usize>,
    /// Why the backend gave up, if it did: what it did not come to, nobody knows.
    pub cut: Option<String>,
    /// The shortest failing execution.
    pub failure: Option<Failure>,
    /// Executions that differ, with how often each came, for judges that look at whole histories.
    pub histories: BTreeMap<Vec<Access>, usize>,
    /// Calls of a counting scheme that differ, with how often each came, for testers of consistency.
    pub calls: BTreeMap<Vec<Limit>, usize>,
    /// Time.
    pub elapsed: Duration,
}

impl Explored {
    /// Whether every execution ended well, and there were some.
    pub fn holds(&self) -> bool {
        self.complete && self.failure.is_none() && self.executions > 0
    }

    /// How many executions ended badly.
    pub fn failing(&self) -> usize {
        self.ends.iter().filter(|((_, wrong), _)| wrong.is_some()).map(|(_, times)| times).sum()
    }

    fn add(&mut self, results: Vec<i32>, verdict: Result<(), String>, log: Vec<Access>) {
        self.executions += 1;
        let wrong = verdict.err();
        *self.ends.entry((results, wrong.clone())).or_default() += 1;
        if let Some(what) = wrong
            && self.failure.as_ref().is_none_or(|known| size(&log) < size(&known.log))
        {
            self.failure = Some(Failure { what, log: log.clone() });
        }
        *self.calls.entry(calls(&log)).or_default() += 1;
        *self.histories.entry(history(&log)).or_default() += 1;
    }
}

/// Of equally short executions, the one with the fewest switches is the easiest to read.
fn size(log: &[Access]) -> (usize, usize) {
    (log.len(), log.windows(2).filter(|pair| pair[0].thread != pair[1].thread).count())
}

/// One execution, from set-up to judgement.
fn execute<C: Check, P: Platform>(mutation: Option<Mutation>, into: &Mutex<Explored>) {
    let kernel = Kernel::new(mutation);
    let (results, verdict) = once::<C, P>(&kernel);
    let mut explored = into.lock().unwrap_or_else(PoisonError::into_inner);
    explored.add(results, verdict, kernel.log());
}

/// Runs the threads of a check once: the first on the calling thread, so that loom has one thread less to keep.
pub fn once<C: Check, P: Platform>(kernel: &Kernel) -> (Vec<i32>, Result<(), String>) {
    let shared = Arc::new(C::set_up::<P>(kernel));
    let results = Arc::new(Mutex::new(vec![0; C::THREADS]));
    let work = |thread: usize| {
        let (kernel, shared, results) = (kernel.clone(), Arc::clone(&shared), Arc::clone(&results));
        move || {
            set_thread::<P>(thread);
            let result = C::run::<P>(&kernel, &shared, thread);
            results.lock().unwrap_or_else(PoisonError::into_inner)[thread] = result;
        }
    };
    let handles: Vec<P::Handle> = (1..C::THREADS).map(|thread| P::spawn(work(thread))).collect();
    work(0)();
    handles.into_iter().for_each(P::join);
    let results = results.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let verdict = C::judge::<P>(&shared, &results);
    (results, verdict)
}

/// Explores a check.
pub fn explore<C: Check>(bound: Bound, mutation: Option<Mutation>) -> Explored {
    if let Err(bound) = refuse_bounds(std::env::vars().map(|(name, _)| name)) {
        panic!("{bound}");
    }
    let started = Instant::now();
    let found = Arc::new(Mutex::new(Explored::default()));
    let shared = Arc::clone(&found);
    let ended = match bound {
        Bound::Unbounded => loom(None, move || execute::<C, Loom>(mutation, &shared)),
        Bound::Preemptions(most) => loom(Some(most), move || execute::<C, Loom>(mutation, &shared)),
        Bound::Dfs => shuttle(Box::new(shuttle::scheduler::DfsScheduler::new(None, false)), move || {
            execute::<C, Shuttle>(mutation, &shared)
        }),
        Bound::Random(executions) => {
            shuttle(Box::new(shuttle::scheduler::RandomScheduler::new_from_seed(SEED, executions)), move || {
                execute::<C, Shuttle>(mutation, &shared)
            })
        }
        Bound::Pct(executions) => {
            shuttle(Box::new(shuttle::scheduler::PctScheduler::new_from_seed(SEED, 2, executions)), move || {
                execute::<C, Shuttle>(mutation, &shared)
            })
        }
    };
    let mut explored = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    explored.elapsed = started.elapsed();
    explored.complete = ended.is_ok();
    match ended {
        Ok(()) => {}
        // No execution is left to be judged; one that failed before has its log, and is kept.
        Err(what) if is_finding(&what) => drop(explored.failure.get_or_insert(Failure { what, log: Vec::new() })),
        Err(what) => explored.cut = Some(what),
    }
    explored
}

/// Whether a backend ended an exploration because of what it found, a race or a deadlock, and not because of a limit.
fn is_finding(message: &str) -> bool {
    // loom 0.7.3 rt/cell.rs, rt/execution.rs; shuttle says the latter, too
    ["Causality violation", "deadlock"].iter().any(|start| message.starts_with(start))
}

/// Explores a check as far as loom gets in seconds: two threads without a bound, more of them with bounds of preemptions
/// that go up to `most`, so that what fails does so with as few of them as can be. The last bound, and what it showed; the
/// executions are those of all bounds.
pub fn upwards(check: &Entry, mutation: Option<Mutation>) -> (Bound, Explored) {
    let most = match loom_bound(check.threads) {
        Bound::Preemptions(most) => most,
        bound => return (bound, (check.explore)(bound, mutation)),
    };
    let mut executions = 0;
    let mut preemptions = 0;
    loop {
        let bound = Bound::Preemptions(preemptions);
        let mut explored = (check.explore)(bound, mutation);
        executions += explored.executions;
        if preemptions == most || explored.failure.is_some() || explored.cut.is_some() {
            explored.executions = executions;
            return (bound, explored);
        }
        preemptions += 1;
    }
}

/// How far loom gets in seconds.
pub fn loom_bound(threads: usize) -> Bound {
    match threads {
        0..=2 => Bound::Unbounded,
        3 => Bound::Preemptions(3),
        _ => Bound::Preemptions(2),
    }
}

/// Random explorations are the same each time.
const SEED: u64 = 0x5EED;

/// Real threads, so many times.
pub fn stress<C: Check>(times: usize, mutation: Option<Mutation>) -> Explored {
    let started = Instant::now();
    let found = Mutex::new(Explored::default());
    (0..times).for_each(|_| execute::<C, Std>(mutation, &found));
    let mut explored = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    explored.elapsed = started.elapsed();
    explored
}

pub(crate) fn loom(preemptions: Option<usize>, f: impl Fn() + Send + Sync + 'static) -> Result<(), String> {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 100_000;
    caught(|| builder.check(f))
}

fn shuttle(
    scheduler: Box<dyn shuttle::scheduler::Scheduler + Send>,
    f: impl Fn() + Send + Sync + 'static,
) -> Result<(), String> {
    let mut config = shuttle::Config::new();
    config.failure_persistence = shuttle::FailurePersistence::None;
    caught(|| {
        shuttle::Runner::new(scheduler, config).run(f);
    })
}

/// The message of a panic. loom has no other way to tell of a race.
pub(crate) fn caught(f: impl FnOnce()) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_string())).unwrap_or_else(|| "panic".into())
    })
}
