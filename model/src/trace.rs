//! Traces: a counterexample as data. States are not stored; they are re-derived by replaying through `fire`.
//!
//! Here is the format; `make` turns a search's runs into traces, and `replay` goes along them again.

mod lasso;
mod make;
mod replay;
mod waits;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::corpus::Corpus;
use crate::execution::MemoryEvent;
use crate::lang::resolve::nearest;
use crate::notation::{Fault, Key, Notation};
use crate::proposal::Composition;
use crate::scenario::{Population, Scenario};
use crate::search::liveness::Fairness;

pub use lasso::lasso_kind;
pub use make::{Header, end_of, lock_runs, make, place, position, program_hash, search_identity, steps_of};
pub use replay::{Replay, ReplayError, Replayed, replay, run, switches};
pub use waits::{Cause, Wait, Waits, waits};

/// The format's version; goes up when a member is added or changes its meaning. A trace has the lowest version that has
/// everything it needs, so that older readers keep what they can read.
pub const VERSION: u32 = 5;
/// The version of a program's run.
pub const VERSION_OF_RUNS: u32 = 1;
/// The version of an execution of real code: steps with memory events.
pub const VERSION_OF_EXECUTIONS: u32 = 2;
/// The version of a run that goes round for ever.
pub const VERSION_OF_LASSOS: u32 = 3;
/// The version of a run that puts a claim to the test.
pub const VERSION_OF_PREMISES: u32 = 4;
/// The version of a run of a population that is not built in: it carries its scenario.
pub const VERSION_OF_POPULATIONS: u32 = 5;

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
    /// A scenario in TOML that is not built in, such as a recorded program, so that the trace replays anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<String>,
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
    /// Reads a stored trace from the file `name`.
    ///
    /// # Errors
    /// Text that is no trace, or one of another version.
    pub fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        // The version first: a later format may have members that this one does not know.
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let notation = Notation { name, text };
        let versioned: Versioned = serde_json::from_str(text).map_err(|error| notation.json(&error))?;
        if !(VERSION_OF_RUNS..=VERSION).contains(&versioned.version) {
            let message = ReplayError::Version(versioned.version).to_string();
            return Err(notation.fault(
                notation.json_key(&[Key::Name("version")]),
                message,
                "write it anew with this `explore`",
            ));
        }
        serde_json::from_str(text).map_err(|error| notation.json(&error))
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
    pub fn case(&self, corpus: &Corpus) -> Result<(Composition, Population), NoCase> {
        let population = match &self.population {
            Some(text) => self.own_population(text)?,
            None => corpus.population(&self.scenario).ok_or_else(|| self.no_scenario(corpus))?,
        };
        Ok((self.composition(corpus)?, population.with(&self.defines)))
    }

    /// The population that the trace carries.
    fn own_population(&self, text: &str) -> Result<Population, NoCase> {
        let wrong = |message: String| NoCase {
            key: "population",
            message,
            help: "take the trace as `explore validate` wrote it: its scenario is one population in TOML".into(),
        };
        let scenario = Scenario::parse(&self.scenario, text);
        let scenario = scenario.map_err(|fault| wrong(format!("its scenario is none: {fault}")))?;
        let mut populations = scenario.populations();
        populations.pop().filter(|_| populations.is_empty()).ok_or_else(|| wrong("it has several populations".into()))
    }

    fn no_scenario(&self, corpus: &Corpus) -> NoCase {
        let known: Vec<String> = corpus.scenarios().flat_map(|s| s.populations()).map(|p| p.name).collect();
        let near = nearest(&self.scenario, known.iter().map(String::as_str));
        NoCase {
            key: "scenario",
            message: format!("there is no scenario `{}`", self.scenario),
            help: near.map_or("`explore list scenarios` shows those there are".into(), |near| {
                format!("did you mean `{near}`?")
            }),
        }
    }

    fn composition(&self, corpus: &Corpus) -> Result<Composition, NoCase> {
        let (proposal, reading) = (self.proposal.clone(), self.reading.clone());
        if !self.files.is_empty() {
            let files = self.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
            return Ok(Composition { proposal, reading, files });
        }
        let refused = |key, message, help: &str| NoCase { key, message, help: help.into() };
        let Some(known) = corpus.proposal(&proposal) else {
            if !proposal.contains('+') && corpus.part(&proposal).is_none() {
                let near = nearest(&proposal, corpus.proposals().map(|known| known.name.as_str()));
                let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                let help = format!("{near}A proposal that is not built in travels with its text, under `files`");
                return Err(refused("proposal", format!("there is no proposal `{proposal}`"), &help));
            }
            let composed = Composition::of_parts(corpus, &proposal);
            let help = "a proposal that is not built in travels with its text, under `files`";
            return composed.map_err(|message| refused("proposal", message, help));
        };
        let all = known.compositions(corpus);
        let all = all.map_err(|message| refused("proposal", message, "this is a defect of the built-in proposal"))?;
        let found = all.into_iter().find(|composition| composition.reading == reading);
        let message = format!("{proposal} has no reading `{reading}`");
        found.ok_or_else(|| refused("reading", message, "`explore list proposals` shows the readings"))
    }
}

/// A trace that names what is not built in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoCase {
    /// The key that names it.
    pub key: &'static str,
    /// What there is not.
    pub message: String,
    /// What to write instead.
    pub help: String,
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
    /// The last step puts it to the test, or leads to a state that does. Nothing is violated.
    Premise,
    /// After the last step these contexts can never step again.
    Hang {
        /// Names of the contexts, the one that the claim is about first.
        stuck: Vec<String>,
    },
    /// The run goes round for ever, fairly, and never comes to what the claim says it leads to.
    Lasso {
        /// How many steps lead to the cycle, which is the rest. All of them: it stops there, and nobody has to step.
        stem: u32,
        /// The context whose call does not return; none if the claim is about objects.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<String>,
        /// The objects that the claim's functions are asked about.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        objects: Vec<String>,
        /// The fairness of the run: with more of it, it may not exist.
        fairness: Fairness,
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
