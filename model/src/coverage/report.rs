//! Coverage as reports carry it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Coverage, Outcomes, Place, Sources, Tally, missing};

/// What ran of the code behind a reading, in any population.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CodeCoverage {
    /// The proposal's own text.
    pub proposal: SideCoverage,
    /// The base kernel, as far as the proposal does not replace it.
    pub base: SideCoverage,
    /// Conditions and decisions of the proposal that did not come out in every way.
    pub missed: Vec<Missed>,
    /// Whole files, where a listing was asked for.
    pub listing: Vec<FileListing>,
}

/// Figures.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct SideCoverage {
    /// Lines with code.
    pub lines: Tally,
    /// Outcomes of conditions, two each.
    pub branches: Tally,
    /// Values of free choices, and answers to "is it pinned".
    pub decisions: Tally,
}

/// A condition or decision that did not come out in every way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Missed {
    /// `branch` or `decision`.
    pub kind: String,
    /// File.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// The condition, or what is decided.
    pub text: String,
    /// The outcomes that never were.
    pub never: Vec<String>,
}

/// A file with what ran of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FileListing {
    /// File.
    pub file: String,
    /// Its lines, all of them.
    pub lines: Vec<ListedLine>,
}

/// A line with what ran of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ListedLine {
    /// Its text.
    pub text: String,
    /// Names of the contexts that ran it, in any population; `null` where there is no code.
    pub ran_by: Option<BTreeSet<String>>,
    /// Conditions and decisions that begin here and did not come out in every way.
    pub missed: Vec<Missed>,
}

impl CodeCoverage {
    /// Without a listing.
    pub fn of(coverage: &Coverage) -> Self {
        CodeCoverage {
            proposal: SideCoverage::of(&coverage.proposal),
            base: SideCoverage::of(&coverage.base),
            missed: missed(&coverage.proposal),
            listing: Vec::new(),
        }
    }
}

impl SideCoverage {
    fn of(sources: &Sources) -> Self {
        SideCoverage { lines: sources.lines(), branches: sources.branches(), decisions: sources.decisions() }
    }
}

/// The files of one side that have code, with what ran of them; `text` yields the text of a file.
pub fn listing<'t>(sources: &Sources, text: &dyn Fn(&str) -> &'t str) -> Vec<FileListing> {
    let files: BTreeSet<&str> = sources.lines.keys().map(|(file, _)| file.as_str()).collect();
    let missed = missed(sources);
    files.into_iter().map(|file| list_file(sources, &missed, file, text(file))).collect()
}

fn list_file(sources: &Sources, missed: &[Missed], file: &str, text: &str) -> FileListing {
    let lines = text.lines().zip(1..).map(|(text, line)| ListedLine {
        text: text.into(),
        ran_by: sources.lines.get(&(file.to_string(), line)).cloned(),
        missed: missed.iter().filter(|missed| missed.file == file && missed.line == line).cloned().collect(),
    });
    FileListing { file: file.into(), lines: lines.collect() }
}

fn missed(sources: &Sources) -> Vec<Missed> {
    let mut all = kind_missed("branch", &sources.branches);
    all.extend(kind_missed("decision", &sources.decisions));
    all.sort_by_key(|missed| (missed.file.clone(), missed.line));
    all
}

fn kind_missed(kind: &str, places: &BTreeMap<Place, Outcomes>) -> Vec<Missed> {
    let missed = places.iter().map(|(place, outcomes)| Missed {
        kind: kind.into(),
        file: place.file.clone(),
        line: place.line,
        text: place.text.clone(),
        never: missing(outcomes),
    });
    missed.filter(|missed| !missed.never.is_empty()).collect()
}
