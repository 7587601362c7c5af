//! The engines that are measured, each as it runs alone in a process of its own.

use std::borrow::Cow;
use std::path::Path;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};
use pinright_model::actors::KernelModel;
use pinright_model::fused::{FusedModel, Machine, Packed};
use pinright_model::promela::spin::{SpinLimits, SpinSearch, search};
use pinright_model::question::questions;
use pinright_model::search::liveness::{Wanted, examine};
use pinright_model::search::{Coverage, Limits, explore};
use pinright_model::system::System;
use stateright::{Checker, Model, Property};

use super::fire::fire;
use super::subject::Subject;

/// Who searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// Ours for claims on states, on so many threads.
    Ours(usize),
    /// Not an engine: two of ours at once, each alone in its process. What two cores give at most.
    Pair,
    /// Not a search: the steps that ours fires, and the memory that it judges.
    Fire,
    /// Ours on one thread, one state kept for all that differ by a renaming of like objects and contexts.
    Symmetric,
    /// Ours on one thread, and then its search for hangs.
    Hangs,
    /// The same, and then all liveness claims.
    Live,
    /// stateright's breadth-first search on the same packed states.
    Stateright,
    /// The same on actors.
    Actors,
    /// SPIN.
    Spin(Mode),
}

/// How SPIN searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Full,
    Reduced,
    Collapse,
}

impl Mode {
    pub const ALL: [Mode; 3] = [Mode::Full, Mode::Reduced, Mode::Collapse];

    pub fn search(self) -> SpinSearch {
        match self {
            Mode::Full => SpinSearch::Depth,
            Mode::Reduced => SpinSearch::Reduced,
            Mode::Collapse => SpinSearch::Collapse,
        }
    }
}

impl Engine {
    /// In the order of the first round. What says most comes first, for a run that is interrupted.
    pub const ALL: [Engine; 12] = [
        Engine::Ours(1),
        Engine::Symmetric,
        Engine::Ours(2),
        Engine::Pair,
        Engine::Hangs,
        Engine::Stateright,
        Engine::Spin(Mode::Reduced),
        Engine::Fire,
        Engine::Live,
        Engine::Spin(Mode::Full),
        Engine::Spin(Mode::Collapse),
        Engine::Actors,
    ];

    /// As the command line calls it.
    pub fn word(self) -> String {
        format!("{self:?}").to_lowercase().replace(['(', ')'], "-").trim_end_matches('-').into()
    }

    /// As the page calls it.
    pub fn title(self) -> String {
        match self {
            Engine::Ours(1) => "this engine".into(),
            Engine::Ours(threads) => format!("this engine, {threads} threads"),
            Engine::Symmetric => "this engine, with symmetry".into(),
            Engine::Pair => "this engine, two runs at once".into(),
            Engine::Fire => "firing and judging alone".into(),
            Engine::Hangs => "this engine, with hangs".into(),
            Engine::Live => "this engine, with hangs and liveness".into(),
            Engine::Stateright => "stateright BFS, same packed states".into(),
            Engine::Actors => "stateright BFS, `ActorModel`".into(),
            Engine::Spin(Mode::Full) => "SPIN, full".into(),
            Engine::Spin(Mode::Reduced) => "SPIN, partial order reduction".into(),
            Engine::Spin(Mode::Collapse) => "SPIN, full, COLLAPSE".into(),
        }
    }
}

/// What one run cost.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Cost {
    /// States found.
    pub states: u64,
    /// User and system time of the search alone, in seconds.
    pub cpu: f64,
    /// Wall-clock time of the same.
    pub wall: f64,
    /// What the search added to the peak of resident memory, in bytes.
    pub memory: u64,
    /// Pairs of values of memory and a component from which steps were fired, where that is what was measured.
    pub pairs: Option<u64>,
}

/// What SPIN may use in one run. Its stack is no longer than it must be, since it is cleared before the search begins.
pub fn spin_limits(subject: &Subject, mode: Mode, memory: u64, seconds: u64) -> SpinLimits {
    let time = std::time::Duration::from_secs(seconds);
    let depth = subject.states.saturating_mul(2).min(u32::MAX.into()) as u32;
    SpinLimits { time, megabytes: (memory >> 20) as u32, optimise: 2, search: mode.search(), depth }
}

/// Runs one engine, in this process.
///
/// # Errors
/// Why there is no result, for the reader of the page.
pub fn run(engine: Engine, subject: &Subject, dir: &Path, memory: u64, seconds: u64) -> Result<Cost, String> {
    match engine {
        Engine::Ours(threads) => ours(subject, &Limits { threads, ..limits(memory) }),
        Engine::Symmetric => ours(subject, &Limits { symmetry: true, ..limits(memory) }),
        Engine::Hangs => ours(subject, &Limits { hangs: true, ..limits(memory) }),
        Engine::Live => live(subject, &Limits { hangs: true, ..limits(memory) }),
        Engine::Fire => Ok(fire(&system(subject)?)),
        Engine::Pair => Err("two processes measure it, not one".into()),
        Engine::Stateright => {
            let compiled = subject.compile();
            let model = FusedModel::new(compiled.program, compiled.sources).map_err(|e| e.to_string())?;
            Ok(stateright(model))
        }
        Engine::Actors => {
            let compiled = subject.compile();
            let model = KernelModel::new(compiled.program, compiled.sources).map_err(|e| e.to_string())?;
            Ok(stateright(model))
        }
        Engine::Spin(mode) => spin(dir, spin_limits(subject, mode, memory, seconds)),
    }
}

/// What our search may use; it looks for no hangs, as the other engines do not.
fn limits(memory: u64) -> Limits {
    Limits { memory, hangs: false, ..Limits::default() }
}

fn system(subject: &Subject) -> Result<System, String> {
    System::new(subject.compile().program, true).map_err(|e| e.to_string())
}

fn ours(subject: &Subject, limits: &Limits) -> Result<Cost, String> {
    let system = system(subject)?;
    let (found, cost) = measured(UsageWho::RUSAGE_SELF, || {
        let found = explore(&system, limits, &mut |_| true);
        (found.states, found)
    });
    complete(&found.coverage).map(|()| cost)
}

fn live(subject: &Subject, limits: &Limits) -> Result<Cost, String> {
    let system = system(subject)?;
    let claims = 0..system.program().claims.len() as u16;
    let asked: Vec<Wanted> = claims.flat_map(|claim| questions(&system, claim)).collect();
    if asked.is_empty() {
        return Err("no liveness claim is about it".into());
    }
    let ((found, answers), cost) = measured(UsageWho::RUSAGE_SELF, || {
        let found = explore(&system, limits, &mut |_| true);
        (found.states, (found, examine(&system, limits, asked, &mut |_| true)))
    });
    complete(&found.coverage)?;
    answers.missing.map_or(Ok(cost), |why| Err(format!("stopped: {why:?}")))
}

fn complete(coverage: &Coverage) -> Result<(), String> {
    match coverage {
        Coverage::Complete(_) => Ok(()),
        Coverage::Cut { bound, .. } => Err(format!("stopped: {bound:?}")),
    }
}

fn spin(dir: &Path, limits: SpinLimits) -> Result<Cost, String> {
    let (found, cost) = measured(UsageWho::RUSAGE_CHILDREN, || {
        let found = search(dir, limits);
        (found.as_ref().map_or(0, |found| found.states), found)
    });
    found.map_err(|e| e.to_string())?;
    Ok(cost)
}

/// A model with one property instead of one per claim: every state is judged once, as in the other engines. The second
/// one always holds; without it stateright stops once the first has failed.
struct Judged<M>(M);

impl<M: Packed> Model for Judged<M> {
    type State = M::State;
    type Action = M::Action;

    fn init_states(&self) -> Vec<M::State> {
        self.0.init_states()
    }

    fn actions(&self, state: &M::State, actions: &mut Vec<M::Action>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &M::State, action: M::Action) -> Option<M::State> {
        self.0.next_state(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let holds = |model: &Self, state: &M::State| {
            let machine: &Machine = model.0.machine();
            let state: Cow<[u64]> = model.0.packed(state);
            machine.violated(&state).is_empty()
        };
        vec![Property::always("no claim is violated", holds), Property::always("the search goes on", |_, _| true)]
    }
}

fn stateright<M>(model: M) -> Cost
where
    M: Packed + Send + Sync + 'static,
    M::State: Clone + std::fmt::Debug + std::hash::Hash + PartialEq + Send + Sync,
    M::Action: Clone + std::fmt::Debug + PartialEq + Send + Sync,
{
    let (_, cost) = measured(UsageWho::RUSAGE_SELF, || {
        let checker = Judged(model).checker().threads(1).spawn_bfs().join();
        (checker.unique_state_count() as u64, checker)
    });
    cost
}

/// Does something, and says what it cost. The work yields its number of states.
pub fn measured<T>(who: UsageWho, work: impl FnOnce() -> (u64, T)) -> (T, Cost) {
    let (before, started) = (usage(who), std::time::Instant::now());
    let (states, result) = work();
    let (after, wall) = (usage(who), started.elapsed().as_secs_f64());
    let seconds = |time: TimeVal| time.num_microseconds() as f64 / 1e6;
    let cpu = |usage: &Usage| seconds(usage.user_time()) + seconds(usage.system_time());
    // Linux tells kibibytes.
    let memory = (after.max_rss() - before.max_rss()).unsigned_abs() << 10;
    (result, Cost { states, cpu: cpu(&after) - cpu(&before), wall, memory, pairs: None })
}

fn usage(who: UsageWho) -> Usage {
    getrusage(who).unwrap_or_else(|e| panic!("getrusage: {e}"))
}

/// The engine of this word.
pub fn named(word: &str) -> Option<Engine> {
    Engine::ALL.into_iter().find(|engine| engine.word() == word)
}
