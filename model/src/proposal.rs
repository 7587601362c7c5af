//! Proposals: who proposed what, when, in which readings, and what is expected of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::corpus::Corpus;
use crate::notation::{Fault, Key, Notation};

/// What somebody may expect of a claim; nobody expects an undecided verdict.
const VERDICTS: [&str; 4] = ["holds", "violated", "vacuous", "n/a"];

/// One message id or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged, expecting = "invalid value: this, expected a text in quotes, or a list of them")]
pub enum OneOrMany {
    /// None.
    #[default]
    None,
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

fn yes() -> bool {
    true
}

/// A proposal file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What the user types.
    pub name: String,
    /// One line.
    pub title: String,
    /// Who.
    #[serde(default)]
    pub who: String,
    /// When, ISO date.
    #[serde(default)]
    pub when: String,
    /// Message ids.
    #[serde(default)]
    pub message_id: OneOrMany,
    /// Two or three sentences.
    #[serde(default)]
    pub summary: String,
    /// Whether a plain `explore review` covers it; `--all` covers every one.
    #[serde(default = "yes")]
    pub review: bool,
    /// The ways in which it can be read; broken means broken in every one.
    #[serde(default)]
    pub reading: Vec<Reading>,
    /// Verdicts that a source supports.
    #[serde(default)]
    pub expected: Vec<Expectation>,
    /// Verdicts that somebody predicts without a source that says so.
    #[serde(default)]
    pub prediction: Vec<Expectation>,
    /// Verdicts that this program found: reading -> claim -> verdict.
    #[serde(default)]
    pub recorded: BTreeMap<String, BTreeMap<String, String>>,
}

/// One way to read a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// `a`
    pub name: String,
    /// What it decides.
    #[serde(default)]
    pub title: String,
    /// Whether a plain `explore review` covers it.
    #[serde(default = "yes")]
    pub review: bool,
    /// Ids of its parts.
    #[serde(default)]
    pub parts: Vec<String>,
    /// Or a file of its own.
    #[serde(default)]
    pub whole: Option<String>,
}

/// A verdict expected, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Claim id.
    pub claim: String,
    /// violated, holds, vacuous, undecided.
    pub verdict: String,
    /// In this scenario only.
    #[serde(default)]
    pub scenario: Option<String>,
    /// In this reading only.
    #[serde(default)]
    pub reading: Option<String>,
    /// Who says so.
    #[serde(default)]
    pub source: String,
    /// Catalogue id of the race.
    #[serde(default)]
    pub race: Option<String>,
}

/// Kernel C that makes up one reading: file names and texts.
#[derive(Clone, Debug)]
pub struct Composition {
    /// `t3-w5`, `T6b+G3+W5b` or a path.
    pub proposal: String,
    /// The reading's name; empty if there is only one.
    pub reading: String,
    /// Files in order.
    pub files: Vec<(String, String)>,
}

impl Composition {
    /// `t3-w5 (a)`
    pub fn title(&self) -> String {
        match self.reading.as_str() {
            "" => self.proposal.clone(),
            reading => format!("{} ({reading})", self.proposal),
        }
    }

    /// The same without parentheses and folders, for file names: `t3-w5-a`.
    pub fn slug(&self) -> String {
        let stem = self.proposal.rsplit('/').next().unwrap_or_default();
        let stem = stem.strip_suffix(".c").unwrap_or(stem);
        let raw = match self.reading.as_str() {
            "" => stem.to_string(),
            reading => format!("{stem}-{reading}"),
        };
        raw.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
    }

    /// A composition of built-in parts such as `T6b+G3+W5b`.
    ///
    /// # Errors
    /// The part that does not exist, with the nearest that does.
    pub fn of_parts(corpus: &Corpus, name: &str) -> Result<Self, String> {
        let files = name.split('+').map(|id| part(corpus, id.trim())).collect::<Result<_, _>>()?;
        Ok(Composition { proposal: name.into(), reading: String::new(), files })
    }
}

impl Proposal {
    /// Reads the proposal file `name`.
    ///
    /// # Errors
    /// What is wrong, where, and what to write instead.
    pub fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        let notation = Notation { name, text };
        let proposal: Proposal = toml::from_str(text).map_err(|error| notation.toml(&error))?;
        proposal.check(&notation)?;
        Ok(proposal)
    }

    fn check(&self, notation: &Notation) -> Result<(), Fault> {
        let name = &self.name;
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':' | '+')) {
            let help = "write one word without `/`, `:` and `+`: it is what `explore check` takes";
            return Err(notation.fault(
                notation.key(&[Key::Name("name")]),
                format!("`{name}` is no name of a proposal"),
                help,
            ));
        }
        for (index, reading) in self.reading.iter().enumerate() {
            let at = |key| notation.key(&[Key::Name("reading"), Key::Index(index), Key::Name(key)]);
            if self.reading[..index].iter().any(|other| other.name == reading.name) {
                return Err(notation.fault(
                    at("name"),
                    format!("two readings are called `{}`", reading.name),
                    "rename one",
                ));
            }
        }
        self.check_verdicts(notation, "expected", &self.expected)?;
        self.check_verdicts(notation, "prediction", &self.prediction)
    }

    /// Looks whether the parts and files exist that the readings name; `name` and `text` are those of [`Self::parse`].
    ///
    /// # Errors
    /// The first that does not.
    pub fn check_parts(&self, corpus: &Corpus, name: &str, text: &str) -> Result<(), Fault> {
        let notation = Notation { name, text };
        for (index, reading) in self.reading.iter().enumerate() {
            let at = |key: &str| notation.key(&[Key::Name("reading"), Key::Index(index), Key::Name(key)]);
            for id in &reading.parts {
                let help = "`explore list parts` shows those there are";
                part(corpus, id).map_err(|message| notation.fault(at("parts"), message, help))?;
            }
            if let Some(whole) = reading.whole.as_ref().filter(|whole| corpus.whole(whole).is_none()) {
                let help = "write the name of a file in model/proposals, such as t2-implicit-count.c";
                return Err(notation.fault(at("whole"), format!("there is no file {whole}"), help));
            }
        }
        Ok(())
    }

    fn check_verdicts(&self, notation: &Notation, table: &str, expectations: &[Expectation]) -> Result<(), Fault> {
        for (index, expectation) in expectations.iter().enumerate() {
            let at = |key| notation.key(&[Key::Name(table), Key::Index(index), Key::Name(key)]);
            let verdict = &expectation.verdict;
            if !VERDICTS.contains(&verdict.as_str()) {
                let help = format!("write one of {}", VERDICTS.join(", "));
                return Err(notation.fault(at("verdict"), format!("`{verdict}` is no verdict"), help));
            }
            let Some(name) = &expectation.reading else { continue };
            if !self.reading.iter().any(|reading| reading.name == *name) {
                let readings: Vec<&str> = self.reading.iter().map(|reading| reading.name.as_str()).collect();
                let help = format!("the readings are: {}", readings.join(", "));
                return Err(notation.fault(at("reading"), format!("there is no reading `{name}`"), help));
            }
        }
        Ok(())
    }

    /// The compositions of its readings; a proposal without readings is the base kernel.
    ///
    /// # Errors
    /// A reading that names what does not exist.
    pub fn compositions(&self, corpus: &Corpus) -> Result<Vec<Composition>, String> {
        if self.reading.is_empty() {
            let (proposal, reading) = (self.name.clone(), String::new());
            return Ok(vec![Composition { proposal, reading, files: Vec::new() }]);
        }
        self.reading.iter().map(|reading| self.composition(corpus, reading)).collect()
    }

    fn composition(&self, corpus: &Corpus, reading: &Reading) -> Result<Composition, String> {
        let mut files = reading.parts.iter().map(|id| part(corpus, id)).collect::<Result<Vec<_>, _>>()?;
        if let Some(whole) = &reading.whole {
            let text = corpus.whole(whole).ok_or_else(|| format!("{}: there is no file {whole}", self.name))?;
            files.push((format!("model/proposals/{whole}"), text.into()));
        }
        let name = if self.reading.len() > 1 { reading.name.clone() } else { String::new() };
        Ok(Composition { proposal: self.name.clone(), reading: name, files })
    }
}

fn part(corpus: &Corpus, id: &str) -> Result<(String, String), String> {
    match corpus.part(id) {
        Some(part) => Ok((format!("model/{}", part.path), part.text.clone())),
        None if id.is_empty() => Err("a part is missing beside a `+`: write T6b+G3".into()),
        None => {
            let known = corpus.parts().map(|p| p.id.as_str());
            let near = crate::lang::resolve::nearest(id, known).map(|n| format!(": did you mean {n}?"));
            Err(format!("there is no part `{id}`{}", near.unwrap_or_default()))
        }
    }
}
