//! The answer: a recording held against a kernel of the model.

use super::crossings::{Crossings, Label};
use super::flights::Flights;
use super::observe::Difference;
use super::program::{Program, written_elsewhere};
use super::recording::Recording;
use super::search::{Ending, Search, Stop};
use super::words;
use crate::compile::{Compiled, compile};
use crate::corpus::Corpus;
use crate::proposal::Composition;
use crate::search::Path;
use crate::system::{ClaimSet, System};
use crate::trace::{Header, Trace, TraceKind, VERSION_OF_POPULATIONS, make, program_hash};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The recording is about what the model has nothing for.
    #[error("event {seq}: {message}")]
    Recording {
        /// The event.
        seq: u64,
        /// What there is not.
        message: String,
    },
    /// The composition does not compile for the recorded program.
    #[error("{0}")]
    Composition(String),
    /// Too much remains possible.
    #[error("event {0}: too many states of the model remain possible")]
    TooMany(u64),
}

/// A claim that a run violates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its id.
    pub claim: String,
    /// What it says.
    pub sentence: String,
    /// The event, from 0, before which the run shown violates it.
    pub event: usize,
    /// The step of that run, from 1.
    pub step: usize,
    /// Whether every run that explains the recording violates it.
    pub certain: bool,
}

/// A run of the model, and where the events lie in it.
pub struct Run {
    /// The steps.
    pub path: Path,
    /// For each step, the index of the event that it lies before.
    pub events: Vec<usize>,
}

/// What the model says.
pub enum Verdict {
    /// It has a run that explains every event.
    Accepted {
        /// Such a run.
        run: Run,
        /// The claims that it violates.
        violations: Vec<Violation>,
        /// Claims, by id, that other runs which explain the recording violate besides: nothing shows whether the kernel did.
        perhaps: Vec<String>,
        /// States that were looked at.
        states: usize,
    },
    /// It has none.
    Rejected(Rejection),
}

/// Where the model and the kernel part.
pub struct Rejection {
    /// The index of the event.
    pub event: usize,
    /// Observables that differ, in the state that comes nearest.
    pub differences: Vec<Difference>,
    /// What could have been seen instead, in words.
    pub instead: Vec<String>,
    /// Whether a step before it crashes the model.
    pub crashes: bool,
    /// A run up to the event before.
    pub run: Run,
}

/// A recording held against a composition.
pub struct Answer {
    /// The composition's kernel, with the recorded program.
    pub model: Model,
    /// What it says.
    pub verdict: Verdict,
}

/// A composition's kernel that runs a recorded program.
pub struct Model {
    /// What it was made of.
    pub compiled: Compiled,
    /// Its states.
    pub system: System,
    /// The recorded program.
    pub program: Program,
}

impl Answer {
    /// The run that explains the recording, or as much of it as can be.
    pub fn run(&self) -> &Run {
        match &self.verdict {
            Verdict::Accepted { run, .. } => run,
            Verdict::Rejected(rejection) => &rejection.run,
        }
    }

    /// Events that were looked at: all, or those up to the one where model and kernel part.
    pub fn reached(&self, recording: &Recording) -> usize {
        match &self.verdict {
            Verdict::Accepted { .. } => recording.events.len(),
            Verdict::Rejected(rejection) => rejection.event + 1,
        }
    }
}

impl Model {
    /// Compiles a composition for a recorded program.
    ///
    /// # Errors
    /// It does not compile for that.
    pub fn of(corpus: &Corpus, composition: &Composition, program: Program) -> Result<Self, Refusal> {
        let compiled = compile(corpus, composition, &program.population);
        let compiled = compiled.map_err(|error| Refusal::Composition(error.render(false)))?;
        let system = System::new(compiled.program.clone(), false);
        let system = system.map_err(|error| Refusal::Composition(error.to_string()))?;
        Ok(Model { compiled, system, program })
    }

    /// Looks for a run that explains a recording of the program.
    ///
    /// # Errors
    /// Too much remains possible.
    pub fn explain(&self, recording: &Recording, flights: &Flights) -> Result<Verdict, Refusal> {
        let Model { compiled, system, program } = self;
        let crossings = Crossings::new(system, &compiled.sources, program, recording.header.kernel);
        let search = Search::new(system, crossings, recording, program, flights);
        let mut search = search.ok_or_else(|| Refusal::Composition("its kernel has no page".into()))?;
        match search.run() {
            Ending::Explained(nodes) => Ok(accepted(system, &search, &nodes)),
            Ending::Stopped(stop) => Ok(Verdict::Rejected(rejected(recording, &search, stop))),
            Ending::TooMany(event) => Err(Refusal::TooMany(recording.events[event].seq)),
        }
    }
}

/// Holds a recording against a composition.
///
/// # Errors
/// See [`Refusal`].
pub fn validate(corpus: &Corpus, composition: &Composition, recording: &Recording) -> Result<Answer, Refusal> {
    let (program, flights) = understand(recording)?;
    let model = Model::of(corpus, composition, program)?;
    let verdict = model.explain(recording, &flights)?;
    Ok(Answer { model, verdict })
}

/// A counterexample for each claim that every run which explains the recording violates: the run up to there.
pub fn counterexamples(answer: &Answer, composition: &Composition, built_in: bool) -> Vec<Trace> {
    let Verdict::Accepted { run, violations, .. } = &answer.verdict else { return Vec::new() };
    let Model { compiled, system, program } = &answer.model;
    let population = &program.population;
    let program = &program_hash(system.program());
    let traces = violations.iter().filter(|violation| violation.certain).filter_map(|violation| {
        let claim = system.program().claim(&violation.claim)?;
        let header = Header { composition, built_in, population, claim, program };
        let path = Path { initial: run.path.initial, steps: run.path.steps[..violation.step].to_vec() };
        let trace = make(system, &compiled.sources, &header, &path, TraceKind::Step);
        Some(Trace { version: VERSION_OF_POPULATIONS, population: population.scenario_text(), ..trace })
    });
    traces.collect()
}

/// What a recording is about.
///
/// # Errors
/// The model has nothing for something in it.
pub fn understand(recording: &Recording) -> Result<(Program, Flights), Refusal> {
    let refused = |event: usize, message: String| Refusal::Recording { seq: recording.events[event].seq, message };
    let flights = Flights::of(&recording.events, recording.header.ended_by_free, &written_elsewhere(&recording.events));
    let flights = flights.map_err(|unpaired| refused(unpaired.event, unpaired.message))?;
    let program = Program::of(recording, &flights);
    let program = program.map_err(|error| Refusal::Recording { seq: error.seq, message: error.message })?;
    for (index, event) in recording.events.iter().enumerate() {
        let known =
            event.op.is_some() || super::flights::is_bio(event) || words::call(&event.function, event.phase).is_some();
        if !known {
            let message = format!("no row of model/src/validate/words.rs says where {}() is called", event.function);
            return Err(refused(index, message));
        }
    }
    Ok((program, flights))
}

fn accepted(system: &System, search: &Search, nodes: &[usize]) -> Verdict {
    let certain = nodes.iter().fold(None, |all: Option<ClaimSet>, node| {
        let here = search.claims(*node);
        Some(all.map_or(here, |all| ClaimSet(all.0 & here.0)))
    });
    let certain = certain.unwrap_or_default();
    // the run that violates least: what it violates and others do not is nothing that the recording shows
    let node = nodes.iter().copied().min_by_key(|node| search.claims(*node).0.count_ones()).unwrap_or_default();
    let (mut violations, mut step) = (Vec::new(), 0);
    for at in search.way(node) {
        let reached = &search.nodes[at];
        step += usize::from(reached.step.is_some());
        for claim in reached.violated.iter() {
            let decl = &system.program().claims[usize::from(claim)].decl;
            violations.push(Violation {
                claim: decl.id.clone(),
                sentence: decl.sentence.clone(),
                event: reached.event,
                step,
                certain: certain.contains(claim),
            });
        }
    }
    let any = nodes.iter().fold(ClaimSet::default(), |any, node| any.union(search.claims(*node)));
    let id = |claim: u16| system.program().claims[usize::from(claim)].decl.id.clone();
    let perhaps = any.without(search.claims(node)).iter().map(id).collect();
    Verdict::Accepted { run: run(search, node), violations, perhaps, states: search.nodes.len() }
}

fn rejected(recording: &Recording, search: &Search, stop: Stop) -> Rejection {
    Rejection {
        event: stop.event,
        differences: stop.differences,
        instead: stop.instead.iter().map(|label| words_of(recording, *label)).collect(),
        crashes: stop.crashes,
        run: run(search, stop.last),
    }
}

/// A label for people.
fn words_of(recording: &Recording, label: Label) -> String {
    match label {
        Label::Call(call) => format!("{} {}", call.function, super::recording::phase_word(call.phase)),
        Label::Said(index) => recording.events[index].op.clone().unwrap_or_default(),
    }
}

/// The steps on the way to a node.
fn run(search: &Search, node: usize) -> Run {
    let steps: Vec<_> = search.way(node).into_iter().map(|at| &search.nodes[at]).filter(|n| n.step.is_some()).collect();
    // a program of this kind begins in one state
    let path = Path { initial: 0, steps: steps.iter().filter_map(|node| node.step).collect() };
    Run { path, events: steps.iter().map(|node| node.event).collect() }
}
