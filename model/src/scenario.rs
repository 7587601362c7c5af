//! Scenarios: populations. Which objects there are, and what each context runs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::lang::ast::Span;
use crate::lang::program::Kind;
use crate::notation::{Fault, Key, Notation};

/// More contexts than that do not fit a state.
const MAX_CONTEXTS: usize = 60;

/// What claims ask for (`NEEDS_PIN`, ...), and what scenarios say of themselves besides.
const OFFERS: [&str; 7] = ["pin", "stable", "cow", "truncate", "fsync", "munmap", "reclaim"];

/// A scenario file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's stem.
    #[serde(skip_deserializing, default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// One line.
    pub title: String,
    /// Claims that this population was made for.
    #[serde(default)]
    pub brings: Vec<String>,
    /// What claims may need of it: pin, stable, cow, truncate, fsync, ...
    #[serde(default)]
    pub offers: BTreeSet<String>,
    /// Whether it is searched where no scenario is named.
    #[serde(default = "yes")]
    pub plain: bool,
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

fn yes() -> bool {
    true
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
#[serde(untagged, expecting = "invalid value: this, expected an index, `mm = 0` for &mms[0], or `mm = \"any\"`")]
pub enum MmEntry {
    /// Index into `mms`.
    Index(u8),
    /// `"any"`: any mm or NULL.
    Word(String),
}

/// A context as the file gives it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
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

impl ContextEntry {
    /// Looks at one context; `before` are the names and CPUs of those before it, `at` finds its keys.
    fn check(
        &self,
        at: &dyn Fn(&str) -> Span,
        before: &mut BTreeSet<String>,
        notation: &Notation,
    ) -> Result<(), Fault> {
        let name = &self.name;
        if name.trim().is_empty() || name.contains(char::is_control) {
            return Err(notation.fault(
                at("name"),
                "a context without a name",
                "name it: races have a column for each",
            ));
        }
        if !before.insert(name.clone()) {
            return Err(notation.fault(at("name"), format!("two contexts are called `{name}`"), "rename one"));
        }
        if let (Kind::Task, Some(cpu)) = (self.kind, self.cpu)
            && !before.insert(format!("\0cpu {cpu}"))
        {
            let help = "a CPU has at most one task and any number of softirqs: take another number, or none";
            return Err(notation.fault(at("cpu"), format!("CPU {cpu} has two tasks"), help));
        }
        self.check_mm(at("mm"), notation)
    }

    fn check_mm(&self, at: Span, notation: &Notation) -> Result<(), Fault> {
        let Some(MmEntry::Word(word)) = &self.mm else { return Ok(()) };
        if word != "any" {
            let help = "write an index, `mm = 0` for &mms[0], or `mm = \"any\"`, or leave it out";
            return Err(notation.fault(at, format!("`{word}` is no mm"), help));
        }
        let (reason, help) = match (self.kind, self.cpu) {
            (Kind::Task, _) => (
                "a task has one mm for its whole life, and `any` is a new one each time",
                "write its index, `mm = 0` for &mms[0]; leave it out for a kernel thread, which has none",
            ),
            (Kind::Device, _) => ("a device has no `current`", "leave `mm` out"),
            (Kind::Softirq, Some(_)) => (
                "a softirq bound to a CPU sees the mm of the task there, and not any",
                "leave `mm` out, or `cpu`: an unbound softirq sees any mm or none",
            ),
            (Kind::Softirq, None) | (Kind::Kworker, _) => return Ok(()),
        };
        Err(notation.fault(at, reason, help))
    }
}

/// A scenario in one of its variants: what is searched.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The scenario file of this population alone, without what the user changed; none if it cannot be written.
    pub fn scenario_text(&self) -> Option<String> {
        let scenario = Scenario {
            // the file's
            name: String::new(),
            title: self.title.clone(),
            brings: self.brings.clone(),
            offers: self.offers.clone(),
            plain: true,
            defines: self.defines.clone(),
            init: self.init.clone(),
            variants: Vec::new(),
            context: self.contexts.clone(),
        };
        toml::to_string(&scenario).ok()
    }

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
    /// What is wrong, where, and what to write instead.
    pub fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        let file = format!("{name}.toml");
        let notation = Notation { name: &file, text };
        let mut scenario: Scenario = toml::from_str(text).map_err(|error| notation.toml(&error))?;
        scenario.name = name.into();
        scenario.check(&notation)?;
        Ok(scenario)
    }

    fn check(&self, notation: &Notation) -> Result<(), Fault> {
        if self.context.is_empty() || self.context.len() > MAX_CONTEXTS {
            let message = format!("{} contexts: a scenario has 1 to {MAX_CONTEXTS}", self.context.len());
            let help = "write a table `[[context]]` for each, with `name`, `kind` and `run`";
            return Err(notation.fault(notation.key(&[Key::Name("context")]), message, help));
        }
        let mut before = BTreeSet::new();
        for (index, context) in self.context.iter().enumerate() {
            let at = |key: &str| notation.key(&[Key::Name("context"), Key::Index(index), Key::Name(key)]);
            context.check(&at, &mut before, notation)?;
        }
        self.check_offers(notation, &self.offers, &[Key::Name("offers")])?;
        self.check_variants(notation)
    }

    fn check_variants(&self, notation: &Notation) -> Result<(), Fault> {
        for (index, variant) in self.variants.iter().enumerate() {
            let path = [Key::Name("variants"), Key::Index(index), Key::Name("name")];
            let name = &variant.name;
            if name.is_empty() || name.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ',')) {
                let help = "write one word: it stands behind the slash, as in pin/overwrite";
                return Err(notation.fault(notation.key(&path), format!("`{name}` is no name of a variant"), help));
            }
            if self.variants[..index].iter().any(|other| other.name == *name) {
                let message = format!("two variants are called `{name}`");
                return Err(notation.fault(notation.key(&path), message, "rename one"));
            }
            let offers = [path[0], path[1], Key::Name("offers")];
            self.check_offers(notation, &variant.offers, &offers)?;
        }
        Ok(())
    }

    /// What nobody offers makes claims n/a without a word, so it must not be misspelt.
    fn check_offers(&self, notation: &Notation, offers: &BTreeSet<String>, path: &[Key]) -> Result<(), Fault> {
        let Some(unknown) = offers.iter().find(|offer| !OFFERS.contains(&offer.as_str())) else { return Ok(()) };
        let help = format!("a scenario offers some of {}", OFFERS.join(", "));
        Err(notation.fault(notation.key(path), format!("no claim asks for `{unknown}`"), help))
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
