//! The races that people described: in which kernel each must show, and in which it must be gone.

use include_dir::Dir;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{CASES, Calibration, CalibrationError, calibrations, composition};
use crate::corpus::Corpus;
use crate::review::{Job, run_case};
use crate::search::Limits;
use crate::trace::Trace;
use crate::verdict::Verdict;

/// A race that has a name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedTrace {
    /// `T1`
    pub name: String,
    /// What happens.
    pub title: String,
    /// The claim that it breaks.
    pub claim: String,
    /// The population in which it happens.
    pub scenario: String,
    /// The case of the calibration whose patch is needed.
    #[serde(default)]
    pub patch: Option<String>,
    /// Functions that its run goes through, the innermost ones, in this order.
    pub through: Vec<String>,
    /// Proposals that show it.
    pub shown: Vec<String>,
    /// Proposals that do not: the claim holds there, completely, and was put to the test.
    #[serde(default)]
    pub gone: Vec<String>,
}

/// An order or a race that the model cannot express.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// `E20`
    pub name: String,
    /// What it is about.
    pub title: String,
    /// What the model lacks.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Traces {
    trace: Vec<NamedTrace>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opens {
    open: Vec<Open>,
}

/// The races that have a name.
///
/// # Errors
/// A list that does not parse.
pub fn named_traces() -> Result<Vec<NamedTrace>, CalibrationError> {
    parsed::<Traces>(&CASES, "traces.toml").map(|list| list.trace)
}

/// What cannot be expressed.
///
/// # Errors
/// A list that does not parse.
pub fn open() -> Result<Vec<Open>, CalibrationError> {
    parsed::<Opens>(&CASES, "open.toml").map(|list| list.open)
}

fn parsed<T: DeserializeOwned>(dir: &Dir, path: &str) -> Result<T, CalibrationError> {
    let text = dir.get_file(path).and_then(|file| file.contents_utf8()).unwrap_or_default();
    toml::from_str(text)
        .map_err(|error: toml::de::Error| CalibrationError::Trailers { name: path.into(), reason: error.to_string() })
}

impl NamedTrace {
    /// The verdict on the claim in a proposal.
    ///
    /// # Errors
    /// A name that means nothing, or a patch that does not apply or compile.
    pub fn verdict(&self, corpus: &Corpus, proposal: &str, limits: &Limits) -> Result<Verdict, CalibrationError> {
        let wrong = |reason: String| CalibrationError::Trailers { name: self.name.clone(), reason };
        let patched = self.patched(corpus)?;
        let corpus = patched.as_ref().unwrap_or(corpus);
        let composition = composition(corpus, proposal).map_err(wrong)?;
        let population = match corpus.scenario(&self.scenario) {
            Some(scenario) => scenario.populations().into_iter().next(),
            None => corpus.population(&self.scenario),
        };
        let population = population.ok_or_else(|| wrong(format!("there is no scenario {}", self.scenario)))?;
        let case = run_case(corpus, &Job::new(composition, true, population), limits, &mut |_| true);
        let compile = |error: crate::review::CaseError| {
            CalibrationError::Compile(self.name.clone(), self.scenario.clone(), error.to_string())
        };
        let verdicts = case.map_err(compile)?.verdicts;
        let found = verdicts.into_iter().find(|(claim, _)| *claim == self.claim);
        found.map(|(_, verdict)| verdict).ok_or_else(|| wrong(format!("there is no claim {}", self.claim)))
    }

    fn patched(&self, corpus: &Corpus) -> Result<Option<Corpus>, CalibrationError> {
        let Some(name) = &self.patch else { return Ok(None) };
        let case = calibrations(corpus)?.into_iter().find(|case| case.name == *name);
        let unknown =
            || CalibrationError::Trailers { name: self.name.clone(), reason: format!("there is no case {name}") };
        case.as_ref().map(Calibration::patched).ok_or_else(unknown)?.map(Some)
    }

    /// The first function of `through` that the run does not come to in its place; `None` if it is the race that is meant.
    pub fn strays(&self, trace: &Trace) -> Option<&str> {
        let mut steps = trace.steps.iter();
        self.through.iter().find(|function| !steps.any(|step| step.function == **function)).map(String::as_str)
    }
}
