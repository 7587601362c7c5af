//! What became of each mutant, on record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hunt::{Fate, Killer};

static RECORD: &str = include_str!("../../mutants/record.json");
static SURVIVORS: &str = include_str!("../../mutants/survivors.toml");

/// The record, as it is stored in `model/mutants/record.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// When the hunt was: an ISO date.
    pub date: String,
    /// By the mutant's id.
    pub mutants: BTreeMap<String, Entry>,
}

impl Record {
    /// What is on record of this model.
    ///
    /// # Errors
    /// What is wrong with the record.
    pub fn load() -> Result<Self, String> {
        serde_json::from_str(RECORD).map_err(|error| format!("model/mutants/record.json: {error}"))
    }
}

/// What became of one mutant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Entry {
    /// Composition, population, claim, its verdict before, its verdict after.
    Killed(String, String, String, String, String),
    /// It does not compile.
    NotViable,
    /// No population runs what it changes.
    NeverRan,
    /// No verdict changes.
    Survived,
}

impl Entry {
    /// Where a verdict changed, if one did.
    pub fn killer(&self) -> Option<Killer> {
        let Entry::Killed(proposal, scenario, claim, before, after) = self else { return None };
        let [proposal, scenario, claim, before, after] = [proposal, scenario, claim, before, after].map(String::clone);
        Some(Killer { proposal, scenario, claim, before, after })
    }
}

impl From<&Fate> for Entry {
    fn from(fate: &Fate) -> Self {
        match fate {
            Fate::Killed(Killer { proposal, scenario, claim, before, after }) => {
                Entry::Killed(proposal.clone(), scenario.clone(), claim.clone(), before.clone(), after.clone())
            }
            Fate::NotViable(_) => Entry::NotViable,
            Fate::NeverRan => Entry::NeverRan,
            Fate::Survived(_) => Entry::Survived,
        }
    }
}

/// Mutants that nobody notices, and why that is as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivor {
    /// Ids of mutants that share the reason. A `*` stands for any text.
    pub mutants: Vec<String>,
    /// The reason.
    pub reason: String,
}

impl Survivor {
    /// Whether the reason is that mutant's.
    pub fn covers(&self, id: &str) -> bool {
        self.mutants.iter().any(|pattern| matches(pattern, id))
    }
}

/// Whether a text is a pattern, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| matches(rest, &text[at..]))
        }),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivors {
    #[serde(default)]
    survivor: Vec<Survivor>,
}

/// The list of survivors, `model/mutants/survivors.toml`.
///
/// # Errors
/// What is wrong with the list.
pub fn survivors() -> Result<Vec<Survivor>, String> {
    toml::from_str::<Survivors>(SURVIVORS)
        .map(|list| list.survivor)
        .map_err(|error| format!("model/mutants/survivors.toml: {error}"))
}
