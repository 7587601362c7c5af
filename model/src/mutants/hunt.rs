//! The search for a verdict that a mutant changes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::sites::Mutant;
use crate::calibration::composition;
use crate::compile::compile;
use crate::corpus::Corpus;
use crate::proposal::Composition;
use crate::review::{CaseError, Job, run_case};
use crate::scenario::Population;
use crate::search::Limits;
use crate::threads::side_by_side;
use crate::verdict::Case;

/// What the base's statements are tried in: nobody asks about pins, everybody does, pins are counted after the fact, hardware
/// faults by itself.
const BASE: [&str; 5] = ["v4.20", "v6.18", "t10-g3-w5b", "t10-g0-w5b", "a1"];
/// Populations with more states than this are left out where no other number is asked for: a hunt goes through all the
/// others for every survivor.
pub const MOST_STATES: u64 = 20_000;
/// How many times as many states a mutant may have before its search is given up, ...
const GROWTH: u64 = 8;
/// ... and how many beyond that.
const ROOM: u64 = 60_000;
/// Memory for one search, in bytes.
const MEMORY: u64 = 1 << 30;

/// Where a mutant can be tried: a composition and a population, and what is found there without it.
pub struct Place {
    /// The composition: `v4.20`, `w3:a`.
    pub proposal: String,
    /// The population: `stores/cow`.
    pub scenario: String,
    files: Vec<String>,
    /// Hooks of the base that its files define.
    hooks: Vec<String>,
    /// Functions of the base that its files call.
    called: Vec<String>,
    /// [`Program::behaviour`](crate::lang::program::Program::behaviour) without a mutant.
    behaviour: u64,
    words: Words,
    ran: Ran,
    /// With the lines of the base covered exactly: at least as many as an ordinary search has.
    states: u64,
}

/// What a place says of a mutant.
enum Told {
    /// It makes no difference to the program here: constants switch off what it changes.
    Same,
    /// No verdict changes.
    Unnoticed,
    /// A verdict changes.
    Noticed(Killer),
}

/// Whether a line ran, for each line that has something to run.
type Ran = BTreeMap<(String, usize), bool>;

/// The word of each claim's verdict.
type Words = BTreeMap<String, &'static str>;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A verdict changed.
    Killed(Killer),
    /// It does not compile; why.
    NotViable(String),
    /// No population runs what it changes, or none has another program with it.
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
    /// Whether the places were named: then a mutant is tried in all of them that run it.
    named: bool,
}

impl<'a> Hunt<'a> {
    /// Everywhere: every built-in composition in every population that has so many states.
    ///
    /// # Errors
    /// A built-in proposal that does not compile.
    pub fn everywhere(corpus: &'a Corpus, states: RangeInclusive<u64>, threads: usize) -> Result<Self, CaseError> {
        let scenarios: Vec<String> = corpus
            .all_scenarios()
            .flat_map(|scenario| scenario.populations())
            .map(|population| population.name)
            .collect();
        let pair = |proposal: String| scenarios.iter().map(move |scenario| (proposal.clone(), scenario.clone()));
        let all = names(corpus).into_iter().flat_map(pair).collect();
        let mut hunt = Self::within(corpus, all, *states.end(), threads)?;
        hunt.places.retain(|place| states.contains(&place.states));
        hunt.named = false;
        Ok(hunt)
    }

    /// Searches these places, compositions and populations, without a mutant, `threads` at a time; smallest first
    /// afterwards. Those that have more than `most` states are left out.
    ///
    /// # Errors
    /// A composition that does not compile.
    pub fn within(
        corpus: &'a Corpus,
        places: BTreeSet<(String, String)>,
        most: u64,
        threads: usize,
    ) -> Result<Self, CaseError> {
        let pairs: Vec<(String, String)> = places.into_iter().collect();
        let found = side_by_side(&pairs, threads, |(proposal, scenario)| Place::new(corpus, proposal, scenario, most));
        let mut places: Vec<Place> = found.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        places.sort_by(|a, b| (a.states, &a.proposal, &a.scenario).cmp(&(b.states, &b.proposal, &b.scenario)));
        Ok(Hunt { corpus, places, named: true })
    }

    /// What a mutant changes at the place where it was killed before, if anything.
    ///
    /// # Errors
    /// It does not compile there, or there is no such place.
    pub fn again(&self, mutant: &Mutant, killer: &Killer) -> Result<Option<Killer>, CaseError> {
        let here = |place: &&Place| place.proposal == killer.proposal && place.scenario == killer.scenario;
        let nowhere = || CaseError::Init(format!("there is no place {} {}", killer.proposal, killer.scenario));
        let place = self.places.iter().find(here).ok_or_else(nowhere)?;
        let changed = Corpus::edited(&mutant.edits()).map_err(|error| CaseError::Init(error.to_string()))?;
        match place.told(self.corpus, &changed)? {
            Told::Noticed(killer) => Ok(Some(killer)),
            Told::Same | Told::Unnoticed => Ok(None),
        }
    }

    /// How many places there are.
    pub fn places(&self) -> usize {
        self.places.len()
    }

    /// Tries a mutant wherever it can matter, until a verdict changes.
    pub fn fate(&self, mutant: &Mutant) -> Fate {
        let tells = |place: &&Place| place.runs_some(mutant) && (self.named || place.is_concerned(mutant));
        let places: Vec<&Place> = self.places.iter().filter(tells).collect();
        let mut tried = 0;
        let changed = match Corpus::edited(&mutant.edits()) {
            Ok(changed) => changed,
            Err(error) => return Fate::NotViable(error.to_string()),
        };
        for place in &places {
            match place.told(self.corpus, &changed) {
                Ok(Told::Same) => {}
                Ok(Told::Unnoticed) => tried += 1,
                Ok(Told::Noticed(killer)) => return Fate::Killed(killer),
                Err(error) => return Fate::NotViable(error.to_string()),
            }
        }
        match tried {
            0 => Fate::NeverRan,
            tried => Fate::Survived(tried),
        }
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

/// Searches until there are more states than `most`; yields whether the search ended before.
fn search(corpus: &Corpus, job: &Job, most: u64) -> Result<(Case, bool), CaseError> {
    let limits = Limits { memory: MEMORY, ..Limits::default() };
    let case = run_case(corpus, job, &limits, &mut |progress| progress.states <= most)?;
    let ended = !case.limited && case.states <= most;
    Ok((case, ended))
}

/// What the program of a place does.
fn behaviour(corpus: &Corpus, composition: &Composition, population: &Population) -> Result<u64, CaseError> {
    let compiled = compile(corpus, composition, population).map_err(CaseError::Compile)?;
    Ok(compiled.program.behaviour())
}

/// Whether a file defines a function: in the kernel's style, a definition begins a line.
fn defines(text: &str, function: &str) -> bool {
    let definition = |line: &str| line.starts_with(|c: char| c.is_ascii_alphabetic()) && !line.ends_with(';');
    text.lines().any(|line| definition(line) && calls(line, function))
}

/// Whether a function's name stands here with an argument list.
fn calls(text: &str, function: &str) -> bool {
    let part_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(function)
        .any(|(at, name)| !text[..at].ends_with(part_of_name) && text[at + name.len()..].starts_with('('))
}

fn words(case: &Case) -> Words {
    case.verdicts.iter().map(|(claim, verdict)| (claim.clone(), verdict.word())).collect()
}

impl Place {
    /// `None`: it is too large.
    fn new(corpus: &Corpus, proposal: &str, scenario: &str, most: u64) -> Result<Option<Self>, CaseError> {
        let composition = composition(corpus, proposal).map_err(CaseError::Init)?;
        let population = corpus.population(scenario);
        let population = population.ok_or_else(|| CaseError::Init(format!("there is no population {scenario}")))?;
        let job = Job { covers_base: true, ..Job::new(composition.clone(), true, population) };
        let (case, ended) = search(corpus, &job, most)?;
        if !ended {
            return Ok(None);
        }
        let behaviour = behaviour(corpus, &composition, &job.population)?;
        Ok(Some(Place::of(corpus, proposal, &composition, behaviour, case)))
    }

    fn of(corpus: &Corpus, proposal: &str, composition: &Composition, behaviour: u64, case: Case) -> Self {
        let lines = case.ran.base.lines.iter().chain(&case.ran.proposal.lines);
        let ran = lines.map(|(line, contexts)| (line.clone(), !contexts.is_empty())).collect();
        let files = composition.files.iter().map(|(name, _)| name.clone()).collect();
        let defined = |hook: &String| composition.files.iter().any(|(_, text)| defines(text, hook));
        let hooks = corpus.hooks().filter(defined).collect();
        let mentioned = |function: &String| composition.files.iter().any(|(_, text)| calls(text, function));
        let called = corpus.functions().map(|function| function.name.text.clone()).filter(mentioned).collect();
        let (words, states) = (words(&case), case.states);
        let (proposal, scenario) = (proposal.into(), case.population.name);
        Place { proposal, scenario, files, hooks, called, behaviour, words, ran, states }
    }

    /// Whether a mutant should be tried here. Statements of the base are tried in a few compositions; calls of a hook also
    /// in those that define it, and what a part calls in those that have the part.
    fn is_concerned(&self, mutant: &Mutant) -> bool {
        match mutant.file.starts_with("model/kernel/") {
            true => {
                BASE.contains(&self.proposal.as_str())
                    || self.hooks.iter().any(|hook| calls(&mutant.id, hook))
                    || self.called.contains(&mutant.function)
            }
            false => self.files.contains(&mutant.file),
        }
    }

    /// Whether what a mutant changes may run here. `init` runs everywhere, before anything that is noted. A jump is no line
    /// of its own, and what constants switch off is none at all: of those the program tells, once it is compiled.
    fn runs_some(&self, mutant: &Mutant) -> bool {
        let (first, last) = mutant.lines;
        let lines = (mutant.file.clone(), first)..=(mutant.file.clone(), last);
        let mut noted = self.ran.range(lines).map(|(_, ran)| *ran).peekable();
        mutant.function == "init" || noted.peek().is_none() || noted.any(|ran| ran)
    }

    /// What another kernel changes here.
    fn told(&self, corpus: &Corpus, changed: &Corpus) -> Result<Told, CaseError> {
        let composition = composition(changed, &self.proposal).map_err(CaseError::Init)?;
        let Some(population) = corpus.population(&self.scenario) else { return Ok(Told::Same) };
        if behaviour(changed, &composition, &population)? == self.behaviour {
            return Ok(Told::Same);
        }
        let job = Job::new(composition, true, population);
        let (case, ended) = search(changed, &job, self.states * GROWTH + ROOM)?;
        let change = first_change(&self.words, &words(&case), ended);
        Ok(change.map_or(Told::Unnoticed, |(claim, before, after)| {
            let (proposal, scenario) = (self.proposal.clone(), self.scenario.clone());
            Told::Noticed(Killer { proposal, scenario, claim, before: before.into(), after: after.into() })
        }))
    }
}

/// The first claim whose verdict changed, with the verdicts before and after. A search that was given up says nothing but
/// what it found violated.
fn first_change(before: &Words, after: &Words, ended: bool) -> Option<(String, &'static str, &'static str)> {
    let changed =
        |(claim, word): &(&String, &&'static str)| before.get(*claim) != Some(*word) && (ended || **word == "violated");
    let (claim, word) = after.iter().find(changed)?;
    Some((claim.clone(), before.get(claim).copied().unwrap_or_default(), word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[(&str, &'static str)]) -> Words {
        words.iter().map(|(claim, word)| (claim.to_string(), *word)).collect()
    }

    #[test]
    fn a_search_that_was_given_up_counts_for_what_it_found_violated_and_for_nothing_else() {
        let before = of(&[("S1", "holds"), ("S5", "holds"), ("S7", "violated")]);
        let after = of(&[("S1", "undecided"), ("S5", "violated"), ("S7", "undecided")]);
        assert_eq!(first_change(&before, &after, false), Some(("S5".into(), "holds", "violated")));
        assert_eq!(first_change(&before, &after, true), Some(("S1".into(), "holds", "undecided")));
        let nothing = of(&[("S1", "undecided"), ("S5", "undecided"), ("S7", "violated")]);
        assert_eq!(first_change(&before, &nothing, false), None);
    }
}
