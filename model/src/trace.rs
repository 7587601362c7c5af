//! Traces: a counterexample as data. States are not stored; they are re-derived by replaying through `fire`.

use std::collections::{BTreeMap, HashSet};
use std::hash::{Hash, Hasher};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::Corpus;
use crate::execution::MemoryEvent;
use crate::lang::program::{Code, Crash, Program};
use crate::lang::source::SourceMap;
use crate::proposal::Composition;
use crate::scenario::Population;
use crate::search::{LockEdge, Path};
use crate::system::{CellChange, End, Fired, Pc, State, StepSite, System, site_of};

/// The format's version; goes up when a member is added or changes its meaning.
pub const VERSION: u32 = 1;

/// A counterexample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Format version.
    pub version: u32,
    /// Proposal: a built-in name, a composition of parts, or the path it was read from.
    pub proposal: String,
    /// Reading of the proposal; empty if it has one only.
    pub reading: String,
    /// Kernel C of a proposal that is not built in, so that the trace replays anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// Scenario, with its variant after a slash.
    pub scenario: String,
    /// Constants of the scenario that the user changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub defines: BTreeMap<String, i64>,
    /// Claim that is violated.
    pub claim: String,
    /// What the claim says.
    pub sentence: String,
    /// How it is violated.
    pub kind: TraceKind,
    /// Hash of the lowered program that made the trace. Another program may still replay it.
    pub program: String,
    /// Which initial state, where there are several.
    pub initial: u32,
    /// The run.
    pub steps: Vec<TraceStep>,
}

impl Trace {
    /// Reads a stored trace.
    ///
    /// # Errors
    /// Text that is no trace, or one of another version.
    pub fn parse(text: &str) -> Result<Self, String> {
        // The version first: a later format may have members that this one does not know.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let versioned: Versioned = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if versioned.version != VERSION {
            return Err(ReplayError::Version(versioned.version).to_string());
        }
        serde_json::from_str(text).map_err(|e| e.to_string())
    }

    /// The trace as it is stored.
    pub fn to_json(&self) -> String {
        // A trace has string keys only: there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What the trace is about.
    ///
    /// # Errors
    /// It names a proposal, a reading or a scenario that there is not.
    pub fn case(&self, corpus: &Corpus) -> Result<(Composition, Population), String> {
        let population = corpus.population(&self.scenario);
        let population = population.ok_or_else(|| format!("there is no scenario `{}`", self.scenario))?;
        Ok((self.composition(corpus)?, population.with(&self.defines)))
    }

    fn composition(&self, corpus: &Corpus) -> Result<Composition, String> {
        let (proposal, reading) = (self.proposal.clone(), self.reading.clone());
        if !self.files.is_empty() {
            let files = self.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
            return Ok(Composition { proposal, reading, files });
        }
        let Some(known) = corpus.proposal(&proposal) else { return Composition::of_parts(corpus, &proposal) };
        let all = known.compositions(corpus)?;
        let found = all.into_iter().find(|composition| composition.reading == reading);
        found.ok_or_else(|| format!("{proposal} has no reading `{reading}`"))
    }
}

/// A source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// How a claim is violated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TraceKind {
    /// The last step violates it, or leads to a state that does.
    Step,
    /// After the last step these contexts can never step again.
    Hang {
        /// Names of the contexts, the one that the claim is about first.
        stuck: Vec<String>,
    },
    /// The lock order has a cycle; the main run shows the first edge, these show the others.
    LockOrder {
        /// The edges, in the order of the cycle.
        edges: Vec<LockRun>,
    },
    /// Real code did this. It is no run of a program: each step has a memory event, and `execution` replays it.
    Execution {
        /// Words and their values before the first step.
        start: BTreeMap<String, i32>,
        /// Words and their values after the last, as far as somebody looked.
        rest: BTreeMap<String, i32>,
    },
}

/// An edge of the lock order and a run to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LockRun {
    /// Class held.
    pub held: String,
    /// Class awaited.
    pub awaited: String,
    /// Context that does it.
    pub context: String,
    /// Which initial state.
    pub initial: u32,
    /// The run.
    pub steps: Vec<TraceStep>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceStep {
    /// Context that steps.
    pub context: String,
    /// Innermost function.
    pub function: String,
    /// File and line.
    pub at: String,
    /// The choice it makes; 0 where there is none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub choice: u32,
    /// What a step of real code did to memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryEvent>,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

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
    /// The run goes through, but the claim is not violated at its end.
    #[error("the run goes through, but claim {0} is not violated at its end")]
    NotViolated(String),
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
    #[error("the trace has format version {0}; this program reads version {VERSION}")]
    Version(u32),
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

/// Turns a run into named steps.
pub fn steps_of(system: &System, sources: &SourceMap, path: &Path) -> Vec<TraceStep> {
    let mut scratch = system.scratch();
    let mut state = system.initial()[path.initial].clone();
    let mut steps = Vec::new();
    for &(context, choice) in &path.steps {
        let context = usize::from(context);
        system.load(&state, &mut scratch);
        let pc = system.pcs(&scratch)[context];
        let site = system.site(context, pc);
        steps.push(named(system, sources, context, site.as_ref(), choice));
        if let Fired::Done(outcome) = system.fire(&state, &mut scratch, context, choice) {
            state = system.next(&state, &mut scratch, context, &outcome).into();
        }
        system.rollback(&mut scratch);
    }
    steps
}

fn named(system: &System, sources: &SourceMap, context: usize, site: Option<&StepSite>, choice: u32) -> TraceStep {
    let function = site.and_then(|s| s.calls.last()).map(|(name, _)| name.clone()).unwrap_or_default();
    let at = site.map(|s| position(sources, s.span)).unwrap_or_default();
    TraceStep { context: system.program().contexts[context].name.clone(), function, at, choice, memory: None }
}

/// `mm/gup.c:123`
pub fn position(sources: &SourceMap, span: crate::lang::ast::Span) -> String {
    let name = sources.name(span.file);
    let short = name.strip_prefix("model/kernel/").or(name.strip_prefix("model/")).unwrap_or(name);
    format!("{short}:{}", sources.line_col(span).0)
}

/// What a trace says about itself, beside its run.
pub struct Header<'a> {
    /// The composition.
    pub composition: &'a Composition,
    /// Whether it is built in.
    pub built_in: bool,
    /// The population.
    pub population: &'a Population,
    /// Index of the claim.
    pub claim: u16,
}

/// Makes a trace of a run.
pub fn make(system: &System, sources: &SourceMap, header: &Header, path: &Path, kind: TraceKind) -> Trace {
    let claim = &system.program().claims[usize::from(header.claim)].decl;
    let files = header.composition.files.iter().filter(|_| !header.built_in);
    Trace {
        version: VERSION,
        proposal: header.composition.proposal.clone(),
        reading: header.composition.reading.clone(),
        files: files.map(|(name, text)| File { name: name.clone(), text: text.clone() }).collect(),
        scenario: header.population.name.clone(),
        defines: header.population.overrides.clone(),
        claim: claim.id.clone(),
        sentence: claim.sentence.clone(),
        kind,
        program: program_hash(system.program()),
        initial: path.initial as u32,
        steps: steps_of(system, sources, path),
    }
}

/// The edges of a lock cycle as runs.
pub fn lock_runs(system: &System, sources: &SourceMap, cycle: &[LockEdge]) -> Vec<LockRun> {
    let class = |index: u16| system.program().lock_classes[usize::from(index)].clone();
    let runs = cycle.iter().map(|edge| LockRun {
        held: class(edge.held),
        awaited: class(edge.awaited),
        context: system.program().contexts[usize::from(edge.context)].name.clone(),
        initial: edge.path.initial as u32,
        steps: steps_of(system, sources, &edge.path),
    });
    runs.collect()
}

/// Replays a trace on a system and confirms that its claim is violated.
///
/// # Errors
/// The first step that is not enabled, or that the claim is not violated.
pub fn replay(system: &System, trace: &Trace) -> Result<Replay, ReplayError> {
    if trace.version != VERSION {
        return Err(ReplayError::Version(trace.version));
    }
    let claim = system.program().claim(&trace.claim).ok_or_else(|| ReplayError::Claim(trace.claim.clone()))?;
    let run = run(system, trace.initial, &trace.steps)?;
    let confirmed = match &trace.kind {
        TraceKind::Step => violated_at_end(system, trace.initial, &run, &trace.claim),
        TraceKind::Hang { stuck } => stuck.iter().all(|name| hangs(system, &run.last, name)),
        TraceKind::LockOrder { edges } => lock_order(system, edges)?,
        TraceKind::Execution { .. } => return Err(ReplayError::Execution),
    };
    match confirmed {
        true => Ok(run),
        false => Err(ReplayError::NotViolated(system.program().claims[usize::from(claim)].decl.id.clone())),
    }
}

fn violated_at_end(system: &System, initial: u32, run: &Replay, claim: &str) -> bool {
    match run.steps.last() {
        Some(last) => last.violated.iter().any(|id| id == claim),
        None => {
            let (states, before) = system.beginnings();
            let Some(state) = states.get(initial as usize) else { return false };
            let mut scratch = system.scratch();
            system.load(state, &mut scratch);
            let violated = before.union(system.judge(&mut scratch).0);
            violated.iter().any(|c| system.program().claims[usize::from(c)].decl.id == claim)
        }
    }
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
            return Err(ReplayError::Context { step: number + 1, context: step.context.clone() });
        };
        let replayed = take(system, &mut replay.last, &mut scratch, context, step.choice)
            .map_err(|reason| ReplayError::NotEnabled { step: number + 1, context: step.context.clone(), reason })?;
        replay.steps.push(replayed);
    }
    Ok(replay)
}

fn take(
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
        return Err("it is blocked".into());
    };
    if choice >= outcome.choices {
        return Err(format!("choice {choice} of {}", outcome.choices));
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
    let mut violated = outcome.violated;
    if crashed.is_none() {
        violated = violated.union(system.judge(scratch).0);
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
        crashed,
    })
}

/// Whether a context is in the middle of something and no continuation lets it step: searched forward, exactly.
fn hangs(system: &System, state: &State, name: &str) -> bool {
    let Some(context) = system.program().contexts.iter().position(|c| c.name == name) else { return false };
    if !system.unfinished(context, system.layout().pc(state, context)) {
        return false;
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
            return false;
        }
    }
    true
}

/// Whether the edges close a cycle, and each run ends with its context awaiting one class with the other held.
fn lock_order(system: &System, edges: &[LockRun]) -> Result<bool, ReplayError> {
    for (number, edge) in edges.iter().enumerate() {
        let next = &edges[(number + 1) % edges.len()];
        let run = run(system, edge.initial, &edge.steps)?;
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

/// A hash of the lowered program: ops and memory, not text, so that a comment changes nothing.
pub fn program_hash(program: &Program) -> String {
    let mut hasher = rustc_hash::FxHasher::default();
    for pool in &program.pools {
        (&pool.name, pool.len).hash(&mut hasher);
        pool.cells.iter().for_each(|cell| (&cell.name, cell.range).hash(&mut hasher));
    }
    for context in &program.contexts {
        context.name.hash(&mut hasher);
        hash_code(&context.code, &mut hasher);
    }
    hash_code(&program.init, &mut hasher);
    format!("{:016x}", hasher.finish())
}

fn hash_code(code: &Code, hasher: &mut impl Hasher) {
    code.ops.iter().for_each(|op| format!("{op:?}").hash(hasher));
}
