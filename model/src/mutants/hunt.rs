//! The search for a verdict that a mutant changes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::sites::Mutant;
use crate::calibration::composition;
use crate::corpus::Corpus;
use crate::proposal::Composition;
use crate::review::{CaseError, Job, run_case};
use crate::scenario::Population;
use crate::search::Limits;
use crate::verdict::Case;

/// What the base's statements are tried in: nobody asks about pins, everybody does, hardware faults by itself.
const BASE: [&str; 4] = ["v4.20", "v6.18", "t10-g3-w5b", "a1"];
/// Time for one search of a mutant.
const PATIENCE: Duration = Duration::from_secs(20);
/// Memory for it, in bytes.
const MEMORY: u64 = 1 << 30;

/// Where a mutant can be tried: a composition and a population, and what is found there without it.
pub struct Place {
    /// The composition: `v4.20`, `w3:a`.
    pub proposal: String,
    /// The population: `stores/cow`.
    pub scenario: String,
    files: Vec<String>,
    words: BTreeMap<String, &'static str>,
    ran: BTreeSet<(String, usize)>,
    states: u64,
}

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A verdict changed.
    Killed(Killer),
    /// It does not compile; why.
    NotViable(String),
    /// No population runs what it changes.
    NeverRan,
    /// No verdict changed in so many places.
    Survived(usize),
}

/// The place where a verdict changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Killer {
    /// The composition.
    pub proposal: String,
    /// The population.
    pub scenario: String,
    /// The claim.
    pub claim: String,
    /// Its verdict without the mutant.
    pub before: String,
    /// Its verdict with it.
    pub after: String,
}

/// Everything that mutants are tried in.
pub struct Hunt<'a> {
    corpus: &'a Corpus,
    places: Vec<Place>,
}

impl<'a> Hunt<'a> {
    /// Searches every place without a mutant, smallest first afterwards.
    ///
    /// # Errors
    /// A built-in proposal that does not compile.
    pub fn new(corpus: &'a Corpus) -> Result<Self, CaseError> {
        let mut places = Vec::new();
        for proposal in names(corpus) {
            let composition = composition(corpus, &proposal).map_err(CaseError::Init)?;
            for population in corpus.all_scenarios().flat_map(|scenario| scenario.populations()) {
                let case = search(corpus, &composition, &population)?;
                if case.complete {
                    places.push(Place::new(&proposal, &composition, case));
                }
            }
        }
        places.sort_by_key(|place| place.states);
        Ok(Hunt { corpus, places })
    }

    /// Tries a mutant wherever it can matter, until a verdict changes.
    pub fn fate(&self, mutant: &Mutant) -> Fate {
        let places: Vec<&Place> = self.places.iter().filter(|place| place.can_tell(mutant)).collect();
        if places.is_empty() {
            return Fate::NeverRan;
        }
        let changed = match Corpus::edited(&mutant.edits()) {
            Ok(changed) => changed,
            Err(error) => return Fate::NotViable(error.to_string()),
        };
        for place in &places {
            match place.change(self.corpus, &changed) {
                Ok(None) => {}
                Ok(Some(killer)) => return Fate::Killed(killer),
                Err(error) => return Fate::NotViable(error.to_string()),
            }
        }
        Fate::Survived(places.len())
    }
}

/// The compositions of all built-in proposals, as [`composition`] reads them.
fn names(corpus: &Corpus) -> Vec<String> {
    let readings = corpus.proposals().flat_map(|proposal| match proposal.reading.as_slice() {
        [] | [_] => vec![proposal.name.clone()],
        readings => readings.iter().map(|reading| format!("{}:{}", proposal.name, reading.name)).collect(),
    });
    readings.collect()
}

fn search(corpus: &Corpus, composition: &Composition, population: &Population) -> Result<Case, CaseError> {
    let limits = Limits { memory: MEMORY, deadline: Instant::now().checked_add(PATIENCE), ..Limits::default() };
    run_case(corpus, &Job::new(composition.clone(), true, population.clone()), &limits, &mut |_| true)
}

fn words(case: &Case) -> BTreeMap<String, &'static str> {
    case.verdicts.iter().map(|(claim, verdict)| (claim.clone(), verdict.word())).collect()
}

impl Place {
    fn new(proposal: &str, composition: &Composition, case: Case) -> Self {
        let lines = case.ran.base.lines.iter().chain(&case.ran.proposal.lines);
        let ran = lines.filter(|(_, contexts)| !contexts.is_empty()).map(|(line, _)| line.clone()).collect();
        let files = composition.files.iter().map(|(name, _)| name.clone()).collect();
        let (words, states) = (words(&case), case.states);
        Place { proposal: proposal.into(), scenario: case.population.name, files, words, ran, states }
    }

    /// Whether what a mutant changes runs here. Statements of the base are tried in a few compositions.
    fn can_tell(&self, mutant: &Mutant) -> bool {
        let (first, last) = mutant.lines;
        let concerned = match mutant.file.starts_with("model/kernel/") {
            true => BASE.contains(&self.proposal.as_str()),
            false => self.files.contains(&mutant.file),
        };
        concerned && (first..=last).any(|line| self.ran.contains(&(mutant.file.clone(), line)))
    }

    /// The first verdict that another kernel changes here. A search that a limit cut says nothing.
    fn change(&self, corpus: &Corpus, changed: &Corpus) -> Result<Option<Killer>, CaseError> {
        let composition = composition(changed, &self.proposal).map_err(CaseError::Init)?;
        let Some(population) = corpus.population(&self.scenario) else { return Ok(None) };
        let case = search(changed, &composition, &population)?;
        if case.limited {
            return Ok(None);
        }
        let differs = words(&case).into_iter().find(|(claim, word)| self.words.get(claim) != Some(word));
        Ok(differs.map(|(claim, after)| Killer {
            proposal: self.proposal.clone(),
            scenario: self.scenario.clone(),
            before: self.words.get(&claim).copied().unwrap_or_default().into(),
            after: after.into(),
            claim,
        }))
    }
}
