//! What became of each mutant, on record.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hunt::{Fate, Killer};

/// The record, as it is stored in `model/mutants/record.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// When the hunt was: an ISO date.
    pub date: String,
    /// By the mutant's id.
    pub mutants: BTreeMap<String, Entry>,
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

/// A mutant that nobody notices, and why that is as it should be.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivor {
    /// Ids of mutants that share the reason.
    pub mutants: Vec<String>,
    /// The reason.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Survivors {
    #[serde(default)]
    survivor: Vec<Survivor>,
}

/// The list of survivors.
///
/// # Errors
/// What is wrong with the list.
pub fn survivors(text: &str) -> Result<Vec<Survivor>, String> {
    toml::from_str::<Survivors>(text).map(|list| list.survivor).map_err(|error| error.to_string())
}
