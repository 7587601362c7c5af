//! What the checks of a scheme found, as data: verdicts in the model's words, each with its warranty.

use std::collections::BTreeMap;

use pinright_model::trace::Trace;
use schemars::JsonSchema;
use serde::Serialize;

use crate::run::{Bound, Entry, Explored, upwards};
use crate::schemes::{Broken, Scheme};
use crate::trace::trace;

/// The format's version; goes up when a member is added or changes its meaning.
pub const VERSION: u32 = 2;

/// What a run of `explore real` found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RealReport {
    /// Format version.
    pub version: u32,
    /// What loom's memory model leaves out.
    pub gaps: Vec<String>,
    /// One entry per scheme.
    pub schemes: Vec<SchemeReport>,
}

/// A scheme.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SchemeReport {
    /// Its name.
    pub name: String,
    /// One line.
    pub title: String,
    /// The kernel's functions that it mirrors.
    pub mirrors: String,
    /// Its checks.
    pub checks: Vec<CheckReport>,
}

/// A check under one backend and bound.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CheckReport {
    /// Its name.
    pub name: String,
    /// Threads.
    pub threads: usize,
    /// How far it was explored.
    pub bound: Bound,
    /// `holds`, `violated` or `undecided`.
    pub verdict: String,
    /// The race of the catalogue that is expected here; empty if the check is expected to hold.
    pub race: String,
    /// Why it is expected, with the source; empty if the check is expected to hold.
    pub because: String,
    /// Whether the race is a result of memory models alone: shown on no kernel.
    pub hypothesis: bool,
    /// Executions.
    pub executions: usize,
    /// Whether these were all within the bound.
    pub complete: bool,
    /// Ends that were seen: the threads' results, and how often.
    pub ends: BTreeMap<String, usize>,
    /// Why loom gave up, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// What is wrong with the shortest failing execution.
    pub wrong: Option<String>,
    /// The shortest failing execution; none if nothing failed, or the backend itself ended the exploration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution: Option<Trace>,
    /// The file that it was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// Gaps between loom and the kernel's memory model that no exploration closes.
const GAPS: [&str; 5] = [
    "load buffering: loom runs each thread in order",
    "old values in a read-modify-write: loom lets it read the newest store, even where it fails",
    "old values behind the last seven stores to a word, and behind a yield",
    "smp_wmb() and smp_rmb() are release and acquire fences, which order a little more than the kernel's",
    "a spinlock gives what a C11 mutex gives: the kernel's chains of unlock and lock give more",
];

impl RealReport {
    /// Runs the checks of some schemes; `told` hears of each before it begins.
    pub fn of(schemes: &[Scheme], told: &mut dyn FnMut(&str)) -> Self {
        let schemes = schemes.iter().map(|scheme| SchemeReport::of(scheme, told)).collect();
        RealReport { version: VERSION, gaps: GAPS.map(String::from).into(), schemes }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        // String keys only: there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl SchemeReport {
    fn of(scheme: &Scheme, told: &mut dyn FnMut(&str)) -> Self {
        let mut checks = Vec::new();
        for check in scheme.checks {
            told(&format!("{}: {}", scheme.name, check.name));
            checks.push(CheckReport::of(scheme, check, None));
        }
        for broken in scheme.broken {
            told(&format!("{}: {}, expected to fail", scheme.name, broken.check.name));
            checks.push(CheckReport::of(scheme, &broken.check, Some(broken)));
        }
        let [name, title, mirrors] = [scheme.name, scheme.title, scheme.mirrors].map(String::from);
        SchemeReport { name, title, mirrors, checks }
    }
}

impl CheckReport {
    fn of(scheme: &Scheme, check: &Entry, broken: Option<&Broken>) -> Self {
        let race = broken.map_or("", |broken| broken.race);
        let (bound, explored) = upwards(check, None);
        let failure = explored.failure.clone();
        CheckReport {
            name: check.name.into(),
            threads: check.threads,
            bound,
            verdict: verdict(bound, &explored).into(),
            race: race.into(),
            because: broken.map_or("", |broken| broken.because).into(),
            hypothesis: broken.is_some_and(|broken| broken.hypothesis),
            executions: explored.executions,
            complete: explored.complete,
            ends: ends(&explored),
            cut: explored.cut.clone(),
            wrong: failure.as_ref().map(|failure| failure.what.clone()),
            execution: failure
                .filter(|failure| !failure.log.is_empty())
                .map(|failure| trace(scheme, check.name, race, &failure)),
            trace: None,
        }
    }
}

/// Only an exploration of everything says "holds".
fn verdict(bound: Bound, explored: &Explored) -> &'static str {
    match (&explored.failure, bound) {
        (Some(_), _) => "violated",
        (None, Bound::Unbounded) if explored.holds() => "holds",
        _ => "undecided",
    }
}

fn ends(explored: &Explored) -> BTreeMap<String, usize> {
    let mut ends = BTreeMap::new();
    for ((results, _), times) in &explored.ends {
        *ends.entry(format!("{results:?}")).or_default() += times;
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Failure;

    fn explored(complete: bool, failure: Option<Failure>, cut: Option<String>) -> Explored {
        Explored { executions: 7, complete, failure, cut, ..Explored::default() }
    }

    #[test]
    fn only_an_exploration_of_everything_says_holds() {
        assert_eq!(verdict(Bound::Unbounded, &explored(true, None, None)), "holds");
        assert_eq!(verdict(Bound::Preemptions(3), &explored(true, None, None)), "undecided");
        assert_eq!(verdict(Bound::Unbounded, &explored(false, None, Some("too many branches".into()))), "undecided");
        assert_eq!(verdict(Bound::Unbounded, &Explored { complete: true, ..Explored::default() }), "undecided");
    }

    #[test]
    fn what_failed_is_violated_whatever_came_after() {
        let failure = Some(Failure { what: "lost".into(), log: Vec::new() });
        assert_eq!(verdict(Bound::Preemptions(2), &explored(false, failure, Some("given up".into()))), "violated");
    }
}
