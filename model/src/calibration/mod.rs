//! The calibration: each order of steps that the kernel relies on, broken in turn, and what must come of it.
//!
//! Here is the reading and trying of cases; `named` has the races that people described, and where each must show.
//!
//! A case is a patch to the kernel of the model (`model/calibration/*.patch`). Its trailers say where it is tried and which
//! verdicts change; every other verdict must stay what it is. A model that does not notice is too weak to be believed.

mod named;

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};

use crate::corpus::{Corpus, CorpusError, Edits};
use crate::patch::{Patch, PatchError};
use crate::proposal::Composition;
use crate::review::{Job, aggregate, run_case};
use crate::scenario::Population;
use crate::search::Limits;
use crate::verdict::{Case, Verdict};

pub use named::{NamedTrace, Open, named_traces, open};

static CASES: Dir = include_dir!("$CARGO_MANIFEST_DIR/calibration");

/// One order, broken.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The file's name without its ending: `e01-i`.
    pub name: String,
    /// The order: `E1`.
    pub order: String,
    /// The patch.
    pub patch: Patch,
    /// The composition that it is tried in.
    pub proposal: String,
    /// The populations that it is tried in.
    pub populations: Vec<Population>,
    /// The claims whose violation the order's source names.
    pub named: Vec<String>,
    /// Every verdict that changes, and what it becomes.
    pub changes: BTreeMap<String, String>,
}

/// Why a case cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// Its trailers say too little, or name what does not exist.
    #[error("{name}: {reason}")]
    Trailers {
        /// The case.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The patch does not apply.
    #[error("{0}: {1}")]
    Patch(String, PatchError),
    /// The patched kernel does not parse.
    #[error("{0}: {1}")]
    Corpus(String, CorpusError),
    /// The patched kernel does not compile.
    #[error("{0} in {1} does not compile:\n{2}")]
    Compile(String, String, String),
}

/// What came of a case.
pub struct Outcome {
    /// Verdicts over its populations without the patch, by claim.
    pub before: BTreeMap<String, &'static str>,
    /// The same with the patch.
    pub after: BTreeMap<String, &'static str>,
    /// The patched cases, for their runs.
    pub cases: Vec<Case>,
}

impl Outcome {
    /// The verdicts that changed, and what they became.
    pub fn changes(&self) -> BTreeMap<String, String> {
        let changed = self.after.iter().filter(|(claim, word)| self.before.get(*claim) != Some(word));
        changed.map(|(claim, word)| (claim.clone(), (*word).to_string())).collect()
    }

    /// Whether every population was searched to the end.
    pub fn complete(&self) -> bool {
        self.cases.iter().all(|case| case.complete)
    }

    /// The shortest run to a claim's violation, with its population.
    pub fn run(&self, claim: &str) -> Option<(&Case, &crate::verdict::Violation)> {
        let violations = self.cases.iter().filter_map(|case| {
            let (_, verdict) = case.verdicts.iter().find(|(id, _)| id == claim)?;
            match verdict {
                Verdict::Violated(violation) => Some((case, &**violation)),
                _ => None,
            }
        });
        violations.min_by_key(|(_, violation)| violation.steps)
    }
}

/// All cases, by name.
///
/// # Errors
/// The first whose trailers cannot be understood.
pub fn calibrations(corpus: &Corpus) -> Result<Vec<Calibration>, CalibrationError> {
    let mut cases = Vec::new();
    for file in CASES.files().filter(|file| file.path().extension().is_some_and(|ending| ending == "patch")) {
        let name = file.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        cases.push(Calibration::read(corpus, &name, file.contents_utf8().unwrap_or_default())?);
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

/// `NAME=VALUE`
fn define(text: &str) -> Option<(String, i64)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim().to_string(), value.trim().parse().ok()?))
}

fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_string).collect()
}

impl Calibration {
    /// Reads a case of that name.
    ///
    /// # Errors
    /// Trailers that are missing, or that name no scenario.
    pub fn read(corpus: &Corpus, name: &str, text: &str) -> Result<Self, CalibrationError> {
        let patch = Patch::parse(text);
        let wrong = |reason: String| CalibrationError::Trailers { name: name.into(), reason };
        let trailer = |trailer: &str| {
            let value = patch.trailer(trailer);
            value.map(str::to_string).ok_or_else(|| wrong(format!("the trailer {trailer}: is missing")))
        };
        let defines: Option<BTreeMap<String, i64>> =
            words(patch.trailer("Define").unwrap_or_default()).iter().map(|text| define(text)).collect();
        let defines = defines.ok_or_else(|| wrong("the trailer Define: wants NAME=VALUE".into()))?;
        let mut populations = Vec::new();
        for scenario in words(&trailer("Scenario")?) {
            let found = match corpus.scenario(&scenario) {
                Some(scenario) => scenario.populations(),
                None => corpus.population(&scenario).into_iter().collect(),
            };
            if found.is_empty() {
                return Err(wrong(format!("there is no scenario {scenario}")));
            }
            populations.extend(found.into_iter().map(|population| population.with(&defines)));
        }
        let named = words(patch.trailer("Violates").unwrap_or_default());
        let mut changes: BTreeMap<String, String> =
            named.iter().map(|claim| (claim.clone(), "violated".into())).collect();
        for (trailer, word) in [("Also", "violated"), ("Mends", "holds"), ("Idle", "vacuous")] {
            changes.extend(
                words(patch.trailer(trailer).unwrap_or_default()).into_iter().map(|claim| (claim, word.into())),
            );
        }
        let (order, proposal) = (trailer("Order")?, patch.trailer("Proposal").unwrap_or("v4.20").to_string());
        Ok(Calibration { name: name.into(), order, proposal, populations, named, changes, patch })
    }

    /// Searches the populations with and without the patch.
    ///
    /// # Errors
    /// A patch that does not apply or does not compile.
    pub fn run(&self, corpus: &Corpus, limits: &Limits) -> Result<Outcome, CalibrationError> {
        let before = self.cases(corpus, limits)?;
        let cases = self.cases(&self.patched()?, limits)?;
        Ok(Outcome { before: verdicts(&before), after: verdicts(&cases), cases })
    }

    /// The model with the patch.
    ///
    /// # Errors
    /// A patch that does not apply, or whose result does not parse.
    pub fn patched(&self) -> Result<Corpus, CalibrationError> {
        let edits: Edits = self.patch.edits().map_err(|error| CalibrationError::Patch(self.name.clone(), error))?;
        Corpus::edited(&edits).map_err(|error| CalibrationError::Corpus(self.name.clone(), error))
    }

    fn cases(&self, corpus: &Corpus, limits: &Limits) -> Result<Vec<Case>, CalibrationError> {
        let wrong = |reason: String| CalibrationError::Trailers { name: self.name.clone(), reason };
        let composition = composition(corpus, &self.proposal).map_err(wrong)?;
        let search = |population: &Population| {
            let job = Job::new(composition.clone(), true, population.clone());
            let case = run_case(corpus, &job, limits, &mut |_| true);
            case.map_err(|error| {
                CalibrationError::Compile(self.name.clone(), population.name.clone(), error.to_string())
            })
        };
        self.populations.iter().map(search).collect()
    }
}

/// What a name means: a proposal, one of its readings (`w3:a`), or parts.
///
/// # Errors
/// A proposal, a reading or a part that does not exist.
pub fn composition(corpus: &Corpus, name: &str) -> Result<Composition, String> {
    let (proposal, reading) = name.split_once(':').unwrap_or((name, ""));
    let Some(known) = corpus.proposal(proposal) else {
        return Composition::of_parts(corpus, proposal);
    };
    let mut compositions = known.compositions(corpus)?.into_iter();
    compositions.find(|composition| composition.reading == reading).ok_or_else(|| format!("there is no reading {name}"))
}

/// The verdict of each claim over all cases.
fn verdicts(cases: &[Case]) -> BTreeMap<String, &'static str> {
    let mut words: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for (claim, verdict) in cases.iter().flat_map(|case| &case.verdicts) {
        words.entry(claim.clone()).or_default().push(verdict.word());
    }
    words.into_iter().map(|(claim, words)| (claim, aggregate(&words))).collect()
}
