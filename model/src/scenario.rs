//! Scenarios: populations. Which objects there are, and what each context runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::lang::program::Kind;

/// A scenario file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's stem.
    #[serde(skip_deserializing, default)]
    pub name: String,
    /// One line.
    pub title: String,
    /// Claims that this population was made for.
    #[serde(default)]
    pub brings: Vec<String>,
    /// What claims may need of it: pin, stable, cow, truncate, fsync, ...
    #[serde(default)]
    pub offers: BTreeSet<String>,
    /// Values of the headers' `#ifndef` constants.
    #[serde(default)]
    pub defines: BTreeMap<String, i64>,
    /// Kernel C that runs once before everything.
    #[serde(default)]
    pub init: String,
    /// Variations of the population, each searched on its own.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// The contexts.
    pub context: Vec<ContextEntry>,
}

/// A variation: other constants, other offers.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// Constants that differ.
    #[serde(default)]
    pub defines: BTreeMap<String, i64>,
    /// What it offers in addition.
    #[serde(default)]
    pub offers: BTreeSet<String>,
}

/// `mm = 0` or `mm = "any"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum MmEntry {
    /// Index into `mms`.
    Index(u8),
    /// `"any"`: any mm or NULL.
    Word(String),
}

/// A context as the file gives it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContextEntry {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// The CPU it is bound to.
    #[serde(default)]
    pub cpu: Option<u8>,
    /// Its mm.
    #[serde(default)]
    pub mm: Option<MmEntry>,
    /// Whether `run` is repeated for ever.
    #[serde(default)]
    pub forever: bool,
    /// Kernel C.
    pub run: String,
}

/// A scenario in one of its variants: what is searched.
#[derive(Clone, Debug)]
pub struct Population {
    /// `pin-reclaim` or `pin-reclaim/cow`.
    pub name: String,
    /// One line.
    pub title: String,
    /// Claims that it was made for.
    pub brings: Vec<String>,
    /// What it offers.
    pub offers: BTreeSet<String>,
    /// Constants.
    pub defines: BTreeMap<String, i64>,
    /// Those of them that the user changed; a trace keeps them.
    pub overrides: BTreeMap<String, i64>,
    /// Kernel C that runs once before everything.
    pub init: String,
    /// The contexts.
    pub contexts: Vec<ContextEntry>,
}

impl Population {
    /// The same population with other constants.
    #[must_use]
    pub fn with(mut self, overrides: &BTreeMap<String, i64>) -> Self {
        self.defines.extend(overrides.clone());
        self.overrides.extend(overrides.clone());
        self
    }
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// What is wrong, with line and column where the format knows them.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut scenario: Scenario = toml::from_str(text).map_err(|e| e.to_string())?;
        scenario.name = name.into();
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), String> {
        if self.context.is_empty() || self.context.len() > 60 {
            return Err(format!("{} contexts: a scenario has 1 to 60", self.context.len()));
        }
        let mut names = BTreeSet::new();
        let mut tasks = BTreeSet::new();
        for context in &self.context {
            if !names.insert(&context.name) {
                return Err(format!("two contexts are called `{}`: rename one", context.name));
            }
            if let Some(MmEntry::Word(word)) = &context.mm
                && word != "any"
            {
                return Err(format!("context `{}`: mm = \"{word}\"; write an index or \"any\"", context.name));
            }
            if let (Kind::Task, Some(cpu)) = (context.kind, context.cpu)
                && !tasks.insert(cpu)
            {
                return Err(format!("CPU {cpu} has two tasks: a CPU has at most one task and any number of softirqs"));
            }
        }
        Ok(())
    }

    /// The populations that this file describes.
    pub fn populations(&self) -> Vec<Population> {
        if self.variants.is_empty() {
            return vec![self.population(&Variant::default())];
        }
        self.variants.iter().map(|variant| self.population(variant)).collect()
    }

    fn population(&self, variant: &Variant) -> Population {
        let mut defines = self.defines.clone();
        defines.extend(variant.defines.clone());
        let name = match variant.name.as_str() {
            "" => self.name.clone(),
            variant => format!("{}/{variant}", self.name),
        };
        Population {
            name,
            title: self.title.clone(),
            brings: self.brings.clone(),
            offers: self.offers.union(&variant.offers).cloned().collect(),
            defines,
            overrides: BTreeMap::new(),
            init: self.init.clone(),
            contexts: self.context.clone(),
        }
    }
}
