//! What can be asked about a system. The path is all there is to know: every question brings its own, and it is replayed.

use std::time::{Duration, Instant};

use pinright_model::ahead::{Ahead, Bounds, ahead};
use pinright_model::compile::Compiled;
use pinright_model::lang::source::SourceMap;
use pinright_model::render::{self, Bundle, Subject};
use pinright_model::review::Job;
use pinright_model::search::Path;
use pinright_model::system::{InitError, System};
use pinright_model::trace::{self, Header, Replay, TraceKind, TraceStep};
use serde_json::{Value, json};

/// Steps that a path may have.
const LONGEST: usize = 5_000;
/// States and time of a search from one state.
const STATES: usize = 400_000;
const TIME: Duration = Duration::from_secs(30);

/// Why a question is not answered, for people.
#[derive(Debug)]
pub struct Refusal(pub String);

/// A system, and what it is made of.
pub struct Session {
    system: System,
    sources: SourceMap,
    job: Job,
}

/// A path and what it does.
struct Walk {
    path: Path,
    replay: Replay,
}

impl Session {
    /// Builds the system.
    ///
    /// # Errors
    /// `init` does not run through.
    pub fn new(compiled: Compiled, job: Job) -> Result<Self, InitError> {
        Ok(Session { system: System::new(compiled.program, false)?, sources: compiled.sources, job })
    }

    /// `t3-w5 (b) in pin/overwrite`
    pub fn title(&self) -> String {
        format!("{} in {}", self.job.composition.title(), self.job.population.name)
    }

    /// The page.
    pub fn page(&self) -> String {
        let lead = "Every state is computed by the semantics that the search uses. Choose what happens next; go back to any \
                    step and choose otherwise.";
        let claims = self.system.program().claims.iter().map(|claim| &claim.decl);
        // The others are about what never happens: no single step violates them.
        let safety = claims.filter(|claim| !claim.id.starts_with('L'));
        let safety: Vec<(String, String)> = safety.map(|claim| (claim.id.clone(), claim.sentence.clone())).collect();
        render::html_live(&self.title(), lead, &safety)
    }

    /// The run along a path, as the page takes it.
    pub fn run(&self, path: &str) -> Result<String, Refusal> {
        let walk = self.walk(path)?;
        let trace = self.make(&walk.path, 0, TraceKind::Step);
        let subject = Subject { system: &self.system, sources: &self.sources, trace: &trace, replay: &walk.replay };
        let mut bundle = Bundle::default();
        bundle.add_path(&subject);
        Ok(json!({ "bundle": bundle }).to_string())
    }

    /// The steps that can follow a path.
    pub fn next(&self, path: &str) -> Result<String, Refusal> {
        let walk = self.walk(path)?;
        let crashed = walk.replay.steps.last().is_some_and(|step| step.crashed.is_some());
        let steps = if crashed { Vec::new() } else { self.possible(&walk) };
        let told = steps.into_iter().filter_map(|step| self.told(&walk, step)).collect::<Vec<Value>>();
        Ok(json!({ "next": told }).to_string())
    }

    /// Whether a claim can be violated behind a path, and the shortest way to it.
    pub fn search(&self, path: &str, claim: &str) -> Result<String, Refusal> {
        let walk = self.walk(path)?;
        let number = self.system.program().claim(claim);
        let number = number.ok_or_else(|| Refusal(format!("there is no claim `{claim}`")))?;
        let bounds = Bounds { states: STATES, deadline: Instant::now() + TIME };
        let found = match ahead(&self.system, &walk.replay.last, number, bounds) {
            Ahead::Found(steps) => json!({ "steps": steps }),
            Ahead::Never { states } => json!({ "complete": true, "states": states }),
            Ahead::Undecided { states } => json!({ "complete": false, "states": states }),
        };
        Ok(found.to_string())
    }

    /// The path as a trace: its last step must violate a claim, or put one to the test.
    pub fn trace(&self, path: &str) -> Result<String, Refusal> {
        let walk = self.walk(path)?;
        let last = walk.replay.steps.last();
        let violated = last.and_then(|step| step.violated.first()).map(|claim| (claim, TraceKind::Step));
        let told = violated.or_else(|| last.and_then(|step| step.exercised.first()).map(|c| (c, TraceKind::Premise)));
        let why =
            "a trace ends with a step that violates a claim or puts one to the test: step on, or back to one that does";
        let (claim, kind) = told.ok_or_else(|| Refusal(why.into()))?;
        let number = self.system.program().claim(claim).ok_or_else(|| Refusal(why.into()))?;
        Ok(self.make(&walk.path, number, kind).to_json())
    }

    fn make(&self, path: &Path, claim: u16, kind: TraceKind) -> trace::Trace {
        let Job { composition, built_in, population, .. } = &self.job;
        let program = &trace::program_hash(self.system.program());
        let header = Header { composition, built_in: *built_in, population, claim, program };
        trace::make(&self.system, &self.sources, &header, path, kind)
    }

    /// Replays a path such as `0.0,2.1`: context and choice of each step, by their numbers.
    fn walk(&self, path: &str) -> Result<Walk, Refusal> {
        let parts: Vec<&str> = path.split(',').filter(|part| !part.is_empty()).collect();
        if parts.len() > LONGEST {
            return Err(Refusal(format!("a path may have {LONGEST} steps, and this one has {}", parts.len())));
        }
        let steps: Option<Vec<(u16, u32)>> = parts.iter().map(|part| step(part)).collect();
        let steps =
            steps.ok_or_else(|| Refusal("a path is written 0.0,2.1: context and choice of each step".into()))?;
        let replay = self.replay(&steps)?;
        Ok(Walk { path: Path { initial: 0, steps }, replay })
    }

    fn replay(&self, steps: &[(u16, u32)]) -> Result<Replay, Refusal> {
        let contexts = &self.system.program().contexts;
        let named = steps.iter().map(|(context, choice)| {
            let context = contexts.get(usize::from(*context))?.name.clone();
            Some(TraceStep { context, function: String::new(), at: String::new(), choice: *choice, memory: None })
        });
        let named: Option<Vec<TraceStep>> = named.collect();
        let named = named.ok_or_else(|| Refusal(format!("contexts are numbered 0 to {}", contexts.len() - 1)))?;
        trace::run(&self.system, 0, &named).map_err(|error| Refusal(error.to_string()))
    }

    /// Contexts that can step, with each of their choices.
    fn possible(&self, walk: &Walk) -> Vec<(u16, u32)> {
        let mut scratch = self.system.scratch();
        let state = &walk.replay.last;
        self.system.load(state, &mut scratch);
        let mut steps = Vec::new();
        for context in 0..self.system.program().contexts.len() {
            let mut note = |_: &mut _, choice, _: &_| steps.push((context as u16, choice));
            self.system.each_choice(state, &mut scratch, context, &mut note);
        }
        steps
    }

    /// A step that can follow, and what it does; nothing where a value leaves its width.
    fn told(&self, walk: &Walk, (context, choice): (u16, u32)) -> Option<Value> {
        let steps = [walk.path.steps.as_slice(), &[(context, choice)]].concat();
        let replay = self.replay(&steps).ok()?;
        let last = replay.steps.last()?;
        let changes = last.changes.iter().map(|change| format!("{}: {} -> {}", change.name, change.from, change.to));
        let function = last.site.calls.last().map_or("its code", |(function, _)| function.as_str());
        let at = trace::position(&self.sources, trace::place(&self.sources, &last.site));
        Some(json!({
            "context": context,
            "choice": choice,
            "name": self.system.program().contexts[usize::from(context)].name,
            "text": format!("{function}() {at}"),
            "changes": changes.collect::<Vec<String>>(),
            "violated": last.violated,
        }))
    }
}

/// `2.1`
fn step(text: &str) -> Option<(u16, u32)> {
    let (context, choice) = text.split_once('.')?;
    Some((context.parse().ok()?, choice.parse().ok()?))
}
