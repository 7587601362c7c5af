//! Goes along a trace again, step by step, through `fire`: a step that is not enabled ends it.

use std::collections::HashSet;

use super::{LockRun, Trace, TraceKind, TraceStep, VERSION, VERSION_OF_RUNS};
use crate::lang::program::Crash;
use crate::notation::Key;
use crate::system::{CellChange, End, Fired, Pc, State, StepSite, System, site_of};

/// Why a trace does not replay.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The trace is about contexts that the scenario does not have.
    #[error("step {step}: the scenario has no context `{context}`")]
    Context {
        /// Number of the step, from 1.
        step: usize,
        /// The name.
        context: String,
        /// Those that it has.
        known: String,
    },
    /// A step cannot be taken.
    #[error("step {step}: `{context}` cannot step here: {reason}")]
    NotEnabled {
        /// Number of the step, from 1.
        step: usize,
        /// The context.
        context: String,
        /// Why.
        reason: String,
    },
    /// A run to an edge of a lock cycle does not go through.
    #[error("edge {edge} of the lock cycle: {error}")]
    Edge {
        /// Number of the edge, from 1.
        edge: usize,
        /// Why.
        error: Box<ReplayError>,
    },
    /// A lasso or a hang about what is too large to be looked through.
    #[error(
        "more than {MAX_CONTINUATIONS} states follow, and `{0}` has not stepped in them: nobody can say that it hangs"
    )]
    TooLarge(String),
    /// The run goes through, but the claim is not violated at its end.
    #[error("the run goes through, but claim {0} is not violated at its end")]
    NotViolated(String),
    /// The run goes through, but does not put the claim to the test.
    #[error("the run goes through, but does not put claim {0} to the test at its end")]
    NotExercised(String),
    /// The run goes through, but it is no fair lasso about the claim.
    #[error("the run goes through, but {0}")]
    Lasso(String),
    /// The program has no such claim.
    #[error("there is no claim `{0}`")]
    Claim(String),
    /// The initial state does not exist.
    #[error("there is no initial state {0}")]
    Initial(u32),
    /// The trace is an execution of real code.
    #[error("the trace is an execution of real code, and no run of a program")]
    Execution,
    /// The format is of another version.
    #[error("the trace has format version {0}; this program reads versions {VERSION_OF_RUNS} to {VERSION}")]
    Version(u32),
}

/// A hang is confirmed by all that can follow it. Those that a search tells leave less open.
const MAX_CONTINUATIONS: usize = 1_000_000;

impl ReplayError {
    /// The keys of the trace that lead to what it is about.
    pub fn place(&self) -> Vec<Key<'static>> {
        let step = |number: usize| vec![Key::Name("steps"), Key::Index(number - 1)];
        match self {
            Self::Context { step: number, .. } | Self::NotEnabled { step: number, .. } => {
                [step(*number), vec![Key::Name("context")]].concat()
            }
            Self::Edge { edge, error } => {
                let path = ["kind", "lock_order", "edges"].map(Key::Name).to_vec();
                [path, vec![Key::Index(edge - 1)], error.place()].concat()
            }
            Self::NotViolated(_) | Self::NotExercised(_) | Self::Claim(_) => vec![Key::Name("claim")],
            Self::Lasso(_) | Self::TooLarge(_) | Self::Execution => vec![Key::Name("kind")],
            Self::Initial(_) => vec![Key::Name("initial")],
            Self::Version(_) => vec![Key::Name("version")],
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Context { known, .. } => format!("the contexts are {known}"),
            Self::NotEnabled { .. }
            | Self::NotViolated(_)
            | Self::NotExercised(_)
            | Self::Lasso(_)
            | Self::TooLarge(_) => {
                "if nobody edited the trace, the program has changed since: `explore check` finds out what it does today".into()
            }
            Self::Edge { error, .. } => error.help(),
            Self::Claim(_) => "`explore list claims` shows the claims of the base; a proposal declares its own".into(),
            Self::Initial(_) => "the initial states are numbered from 0; most programs have only that".into(),
            Self::Execution => "`explore replay` explores it again".into(),
            Self::Version(_) => "take the `explore` that wrote it, or write it anew".into(),
        }
    }
}

/// A step that was replayed.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Index of the context.
    pub context: usize,
    /// Where it stood.
    pub site: StepSite,
    /// What changed in memory.
    pub changes: Vec<CellChange>,
    /// The member that it read and its value, where it is plain to see.
    pub read: Option<(String, String)>,
    /// Memory afterwards.
    pub cells: Vec<i16>,
    /// Where every context stands afterwards.
    pub pcs: Vec<Pc>,
    /// Ids of claims that this step, or the state it leads to, violates.
    pub violated: Vec<String>,
    /// Ids of claims that it puts to the test.
    pub exercised: Vec<String>,
    /// Why and where the path crashed here, if it did.
    pub crashed: Option<(Crash, StepSite)>,
}

/// A run that was replayed.
#[derive(Clone, Debug)]
pub struct Replay {
    /// Memory before the first step.
    pub initial: Vec<i16>,
    /// Steps.
    pub steps: Vec<Replayed>,
    /// The packed state at the end.
    pub last: State,
}

impl Replay {
    /// How often the context that steps changes.
    pub fn switches(&self) -> usize {
        self.steps.windows(2).filter(|pair| pair[0].context != pair[1].context).count()
    }
}

/// How often the context that steps changes in a run.
pub fn switches(steps: &[(u16, u32)]) -> usize {
    steps.windows(2).filter(|pair| pair[0].0 != pair[1].0).count()
}

/// Replays a trace on a system and confirms that its claim is violated.
///
/// # Errors
/// The first step that is not enabled, or that the claim is not violated.
pub fn replay(system: &System, trace: &Trace) -> Result<Replay, ReplayError> {
    let claim = system.program().claim(&trace.claim).ok_or_else(|| ReplayError::Claim(trace.claim.clone()))?;
    let run = run(system, trace.initial, &trace.steps)?;
    let confirmed = match &trace.kind {
        TraceKind::Step => at_end(system, trace.initial, &run, claim, false),
        TraceKind::Premise => at_end(system, trace.initial, &run, claim, true),
        TraceKind::Hang { stuck } => all_hang(system, &run.last, stuck)?,
        TraceKind::LockOrder { edges } => lock_order(system, edges)?,
        TraceKind::Lasso { .. } => {
            super::lasso::confirm(system, trace, claim).map_err(ReplayError::Lasso)?;
            true
        }
        TraceKind::Execution { .. } => return Err(ReplayError::Execution),
    };
    let id = || system.program().claims[usize::from(claim)].decl.id.clone();
    match (confirmed, &trace.kind) {
        (true, _) => Ok(run),
        (false, TraceKind::Premise) => Err(ReplayError::NotExercised(id())),
        (false, _) => Err(ReplayError::NotViolated(id())),
    }
}

/// Whether the last step, or the state at the end, violates a claim; or, if asked for that, puts it to the test.
fn at_end(system: &System, initial: u32, run: &Replay, claim: u16, exercised: bool) -> bool {
    if let Some(last) = run.steps.last() {
        let told = if exercised { &last.exercised } else { &last.violated };
        return told.contains(&system.program().claims[usize::from(claim)].decl.id);
    }
    let (states, before) = system.beginnings();
    let Some(state) = states.get(initial as usize) else { return false };
    let mut scratch = system.scratch();
    system.load(state, &mut scratch);
    let judged = system.judge(&mut scratch);
    (if exercised { judged.1 } else { before.union(judged.0) }).contains(claim)
}

/// Takes named steps one by one.
///
/// # Errors
/// The first step that is not enabled.
pub fn run(system: &System, initial: u32, steps: &[TraceStep]) -> Result<Replay, ReplayError> {
    let start = system.initial().get(initial as usize).cloned().ok_or(ReplayError::Initial(initial))?;
    let mut scratch = system.scratch();
    system.load(&start, &mut scratch);
    let mut replay = Replay { initial: system.cells(&scratch).to_vec(), steps: Vec::new(), last: start };
    for (number, step) in steps.iter().enumerate() {
        let contexts = &system.program().contexts;
        let Some(context) = contexts.iter().position(|c| c.name == step.context) else {
            let known = contexts.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(ReplayError::Context { step: number + 1, context: step.context.clone(), known });
        };
        if replay.steps.last().is_some_and(|last| last.crashed.is_some()) {
            let reason = format!("the run ends with step {number}, which crashes");
            return Err(ReplayError::NotEnabled { step: number + 1, context: step.context.clone(), reason });
        }
        let replayed = take(system, &mut replay.last, &mut scratch, context, step.choice)
            .map_err(|reason| ReplayError::NotEnabled { step: number + 1, context: step.context.clone(), reason })?;
        replay.steps.push(replayed);
    }
    Ok(replay)
}

pub(super) fn take(
    system: &System,
    state: &mut State,
    scratch: &mut crate::system::Scratch,
    context: usize,
    choice: u32,
) -> Result<Replayed, String> {
    system.load(state, scratch);
    let before = system.cells(scratch).to_vec();
    let pc = system.pcs(scratch)[context];
    let Some(site) = system.site(context, pc) else {
        return Err("it is over".into());
    };
    let Fired::Done(outcome) = system.fire(state, scratch, context, choice) else {
        return Err(match system.cpu_allows(scratch, context) {
            true => {
                format!("it waits in {}", site.calls.last().map_or("its code".into(), |(name, _)| format!("{name}()")))
            }
            false => "something else on its CPU goes first".into(),
        });
    };
    if choice >= outcome.choices {
        return Err(match outcome.choices {
            1 => format!("there is nothing to choose, and the trace takes choice {choice}"),
            several => format!("its choices are 0 to {}, and the trace takes {choice}", several - 1),
        });
    }
    if let End::Cut(cut) = &outcome.end {
        return Err(format!("a value left its width ({cut:?})"));
    }
    let read = system.read_by(scratch, context, pc);
    let read = read.map(|cell| (system.cell_name(cell), system.value_name(cell, before[cell])));
    let next: State = system.next(state, scratch, context, &outcome).into();
    let code = &system.program().contexts[context].code;
    let crashed = match outcome.end {
        End::Crash(crash, at) => Some((crash, site_of(code, at))),
        _ => None,
    };
    let (mut violated, mut exercised) = (outcome.violated, outcome.witnessed);
    if crashed.is_none() {
        let judged = system.judge(scratch);
        (violated, exercised) = (violated.union(judged.0), exercised.union(judged.1));
    }
    let cells = system.cells(scratch).to_vec();
    let pcs = system.pcs(scratch).to_vec();
    system.rollback(scratch);
    *state = next;
    let id = |claim: u16| system.program().claims[usize::from(claim)].decl.id.clone();
    Ok(Replayed {
        context,
        site,
        changes: system.changes(&before, &cells),
        read,
        cells,
        pcs,
        violated: violated.iter().map(id).collect(),
        exercised: exercised.iter().map(id).collect(),
        crashed,
    })
}

/// Whether every one of these contexts hangs; nobody hangs where none is named.
fn all_hang(system: &System, state: &State, stuck: &[String]) -> Result<bool, ReplayError> {
    for name in stuck {
        if !hangs(system, state, name)? {
            return Ok(false);
        }
    }
    Ok(!stuck.is_empty())
}

/// Whether a context is in the middle of something and no continuation lets it step: searched forward, exactly.
fn hangs(system: &System, state: &State, name: &str) -> Result<bool, ReplayError> {
    let Some(context) = system.program().contexts.iter().position(|c| c.name == name) else { return Ok(false) };
    if !system.unfinished(context, system.layout().pc(state, context)) {
        return Ok(false);
    }
    let mut scratch = system.scratch();
    let mut seen = HashSet::from([state.clone()]);
    let mut todo = vec![state.clone()];
    while let Some(state) = todo.pop() {
        system.load(&state, &mut scratch);
        let mut stepped = false;
        for other in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, other, &mut |scratch, _, outcome| {
                stepped |= other == context || !matches!(outcome.end, End::At(_));
                let next: State = system.next(&state, scratch, other, outcome).into();
                if seen.insert(next.clone()) {
                    todo.push(next);
                }
            });
        }
        if stepped {
            return Ok(false);
        }
        if seen.len() > MAX_CONTINUATIONS {
            return Err(ReplayError::TooLarge(name.into()));
        }
    }
    Ok(true)
}

/// Whether the edges close a cycle, and each run ends with its context awaiting one class with the other held.
fn lock_order(system: &System, edges: &[LockRun]) -> Result<bool, ReplayError> {
    for (number, edge) in edges.iter().enumerate() {
        let next = &edges[(number + 1) % edges.len()];
        let run = run(system, edge.initial, &edge.steps);
        let run = run.map_err(|error| ReplayError::Edge { edge: number + 1, error: Box::new(error) })?;
        let contexts = &system.program().contexts;
        let Some(context) = contexts.iter().position(|c| c.name == edge.context) else { return Ok(false) };
        let Pc::At(step) = system.layout().pc(&run.last, context) else { return Ok(false) };
        let info = &contexts[context].code.steps[usize::from(step)];
        let class = |name: &str| system.program().lock_classes.iter().position(|c| c == name).map(|c| c as u16);
        let holds = class(&edge.held).is_some_and(|c| info.attrs.held.contains(&c));
        let awaits = class(&edge.awaited).is_some_and(|c| info.awaits.contains(&c));
        if !holds || !awaits || edge.awaited != next.held {
            return Ok(false);
        }
    }
    Ok(!edges.is_empty())
}
