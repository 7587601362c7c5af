//! Coverage: which lines, branches and decisions of the sources ran, and which never did.
//!
//! `collect` reads it off a program and the ops that a search executed. Here: what it consists of, and how coverages
//! of several populations add up; `report` is its form in reports. Coverage decides no verdict.

mod collect;
pub mod report;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

pub use collect::collect;

/// What ran of the proposal and of the base kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The proposal's files.
    pub proposal: Sources,
    /// The base kernel's files, as far as the proposal does not replace them.
    pub base: Sources,
}

/// What ran of some files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Lines with code, by file and number, and the contexts that ran them.
    pub lines: BTreeMap<(String, usize), BTreeSet<String>>,
    /// Conditions, `&&` and `||` taken apart: `false` and `true`.
    pub branches: BTreeMap<Place, Outcomes>,
    /// Free choices with their values, and the answers to "is it pinned".
    pub decisions: BTreeMap<Place, Outcomes>,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// File.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What stands there.
    pub text: String,
}

/// What could come out, and whether it ever did.
pub type Outcomes = BTreeMap<String, bool>;

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tally {
    /// Those that ran.
    pub ran: usize,
    /// All.
    pub of: usize,
}

impl Coverage {
    /// Adds what ran elsewhere.
    pub fn add(&mut self, other: &Coverage) {
        self.proposal.add(&other.proposal);
        self.base.add(&other.base);
    }
}

impl Sources {
    /// Adds what ran elsewhere.
    pub fn add(&mut self, other: &Sources) {
        for (line, contexts) in &other.lines {
            self.lines.entry(line.clone()).or_default().extend(contexts.iter().cloned());
        }
        add_outcomes(&mut self.branches, &other.branches);
        add_outcomes(&mut self.decisions, &other.decisions);
    }

    /// Lines.
    pub fn lines(&self) -> Tally {
        Tally { ran: self.lines.values().filter(|contexts| !contexts.is_empty()).count(), of: self.lines.len() }
    }

    /// Lines that never ran.
    pub fn never_ran(&self) -> impl Iterator<Item = &(String, usize)> {
        self.lines.iter().filter(|(_, contexts)| contexts.is_empty()).map(|(line, _)| line)
    }

    /// Outcomes of conditions.
    pub fn branches(&self) -> Tally {
        tally(&self.branches)
    }

    /// Outcomes of decisions.
    pub fn decisions(&self) -> Tally {
        tally(&self.decisions)
    }
}

fn add_outcomes(all: &mut BTreeMap<Place, Outcomes>, other: &BTreeMap<Place, Outcomes>) {
    for (place, outcomes) in other {
        let known = all.entry(place.clone()).or_default();
        for (outcome, seen) in outcomes {
            *known.entry(outcome.clone()).or_default() |= seen;
        }
    }
}

fn tally(places: &BTreeMap<Place, Outcomes>) -> Tally {
    let outcomes = || places.values().flat_map(|outcomes| outcomes.values());
    Tally { ran: outcomes().filter(|seen| **seen).count(), of: outcomes().count() }
}

/// The outcomes that never were.
pub fn missing(outcomes: &Outcomes) -> Vec<String> {
    outcomes.iter().filter(|(_, seen)| !**seen).map(|(outcome, _)| outcome.clone()).collect()
}
