//! Scale: how a proposal's state space grows with its population, and whether a verdict changes on the way.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::compile::compile;
use crate::corpus::Corpus;
use crate::growth::{Axis, Step};
use crate::proposal::Composition;
use crate::review::{CaseError, Job, run_case};
use crate::scenario::Population;
use crate::search::{Limits, Progress};
use crate::verdict::{Case, Verdict};

/// The format's version; goes up when a member is added or changes its meaning.
pub const VERSION: u32 = 2;

/// What `explore scale` found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScaleReport {
    /// Format version.
    pub version: u32,
    /// One table per reading and population.
    pub tables: Vec<GrowthTable>,
}

/// One reading in one population and in larger ones.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GrowthTable {
    /// Proposal: a name, a composition of parts, or a path.
    pub proposal: String,
    /// Reading; empty if there is only one.
    pub reading: String,
    /// The population that grows.
    pub scenario: String,
    /// Its rows: first the population itself, then axis by axis one step upon the other.
    pub rows: Vec<GrowthRow>,
    /// Verdicts that are not those of the population that grew.
    pub changes: Vec<Change>,
}

/// One population.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GrowthRow {
    /// What grew; `null` for the first.
    pub axis: Option<Axis>,
    /// By what; empty for the first.
    pub step: String,
    /// The row that it grew from.
    pub from: Option<usize>,
    /// Physical pages.
    pub pages: usize,
    /// Address spaces.
    pub mms: usize,
    /// Contexts.
    pub contexts: usize,
    /// Renamings of like contexts and objects under which states counted as one; 1: each for itself.
    pub symmetry: usize,
    /// States found.
    pub states: u64,
    /// Transitions taken.
    pub transitions: u64,
    /// Steps to the deepest state.
    pub depth: u32,
    /// Bits of a state.
    pub bits: u32,
    /// Milliseconds of the search.
    pub milliseconds: u64,
    /// Bytes that the search held at its end, per state.
    pub bytes_per_state: u64,
    /// Whether every state was seen.
    pub complete: bool,
    /// Whether a limit or Ctrl-C ended the search: what would grow from here was not searched.
    pub limited: bool,
    /// Why it is not complete.
    pub bound: Option<String>,
    /// Verdicts by claim; steps of the shortest violation.
    pub verdicts: BTreeMap<String, GrowthVerdict>,
}

/// A verdict in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GrowthVerdict {
    /// `violated`, `undecided`, `holds`, `vacuous` or `n/a`.
    pub verdict: String,
    /// Steps of the shortest violation.
    pub steps: Option<usize>,
}

/// A verdict that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The claim.
    pub claim: String,
    /// The row, by its place in `rows`.
    pub row: usize,
    /// The verdict of the row that it grew from.
    pub before: String,
    /// Its own.
    pub after: String,
    /// Whether no row before it violates the claim, and this one does.
    pub first_violated: bool,
}

impl ScaleReport {
    /// The report as JSON.
    pub fn to_json(&self) -> String {
        // String keys only: there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Whether some row was not searched to its end.
    pub fn undecided(&self) -> bool {
        self.tables.iter().flat_map(|table| &table.rows).any(|row| !row.complete)
    }

    /// Whether a claim is violated that the population itself does not violate.
    pub fn breaks(&self) -> bool {
        self.tables.iter().flat_map(|table| &table.changes).any(|change| change.first_violated)
    }
}

/// What grows, and how far.
pub struct Plan<'a> {
    /// The composition.
    pub composition: &'a Composition,
    /// The population to begin with.
    pub population: &'a Population,
    /// The steps.
    pub steps: &'a [Step],
    /// Steps along each axis.
    pub most: usize,
    /// What each search may use.
    pub limits: &'a Limits,
}

/// Searches the population, then along each axis larger ones, until a search is cut: still larger ones would be cut
/// too. `progress` is told the name of each population; once it says no, no other is begun.
///
/// # Errors
/// Kernel C that does not compile.
pub fn grow(
    corpus: &Corpus,
    plan: &Plan,
    progress: &mut dyn FnMut(&str, Option<Progress>) -> bool,
) -> Result<GrowthTable, CaseError> {
    let mut rows = vec![row(corpus, plan, plan.population, None, progress)?];
    for axis in Axis::ALL {
        let steps: Vec<&Step> = plan.steps.iter().filter(|step| step.axis == axis).collect();
        let (mut population, mut from, mut begin) = (plan.population.clone(), 0, 0);
        for _ in 0..plan.most {
            let go_on = !rows[from].limited && progress(&population.name, None);
            let Some(number) = next(&steps, begin, &population).filter(|_| go_on) else { break };
            let step = steps[number];
            begin = number + 1;
            let compiled = compile(corpus, plan.composition, &population).map_err(CaseError::Compile)?;
            population = step.grow(&population, &compiled.program.unit.constants);
            rows.push(row(corpus, plan, &population, Some((step, from)), progress)?);
            from = rows.len() - 1;
        }
    }
    let (proposal, reading) = (plan.composition.proposal.clone(), plan.composition.reading.clone());
    Ok(GrowthTable { proposal, reading, scenario: plan.population.name.clone(), changes: changes(&rows), rows })
}

/// The next step that applies; after the last comes the first again.
fn next(steps: &[&Step], begin: usize, population: &Population) -> Option<usize> {
    let order = (begin..steps.len()).chain(0..begin.min(steps.len()));
    order.into_iter().find(|number| steps[*number].applies(population))
}

fn row(
    corpus: &Corpus,
    plan: &Plan,
    population: &Population,
    grown: Option<(&Step, usize)>,
    progress: &mut dyn FnMut(&str, Option<Progress>) -> bool,
) -> Result<GrowthRow, CaseError> {
    let job = Job::new(plan.composition.clone(), false, population.clone());
    let case = run_case(corpus, &job, plan.limits, &mut |now| progress(&population.name, Some(now)))?;
    Ok(GrowthRow {
        axis: grown.map(|(step, _)| step.axis),
        step: grown.map_or(String::new(), |(step, _)| step.name.clone()),
        from: grown.map(|(_, from)| from),
        pages: case.shape.pages,
        mms: case.shape.mms,
        contexts: case.shape.contexts,
        symmetry: case.shape.symmetry,
        states: case.states,
        transitions: case.transitions,
        depth: case.depth,
        bits: case.bits,
        milliseconds: case.elapsed.as_millis() as u64,
        bytes_per_state: case.bytes / case.states.max(1),
        complete: case.complete,
        limited: case.limited,
        bound: bound(&case),
        verdicts: case.verdicts.iter().map(|(claim, verdict)| (claim.clone(), GrowthVerdict::of(verdict))).collect(),
    })
}

/// Why a search is not complete: any undecided verdict tells it, and a search that violates everything has none.
fn bound(case: &Case) -> Option<String> {
    let reason = case.verdicts.iter().find_map(|(_, verdict)| match verdict {
        Verdict::Undecided(reason) => Some(reason.clone()),
        _ => None,
    });
    if case.complete { None } else { Some(reason.unwrap_or_else(|| "not every state was seen".into())) }
}

impl GrowthVerdict {
    fn of(verdict: &Verdict) -> Self {
        let steps = match verdict {
            Verdict::Violated(violation) => Some(violation.steps),
            _ => None,
        };
        GrowthVerdict { verdict: verdict.word().into(), steps }
    }
}

/// What changed from row to row, in the order of the rows.
fn changes(rows: &[GrowthRow]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Some(from) = row.from else { continue };
        for (claim, verdict) in &row.verdicts {
            let before = rows[from].verdicts.get(claim).map_or("n/a", |verdict| verdict.verdict.as_str());
            let violates = |row: &GrowthRow| row.verdicts.get(claim).is_some_and(|v| v.verdict == "violated");
            if before != verdict.verdict {
                changes.push(Change {
                    claim: claim.clone(),
                    row: index,
                    before: before.into(),
                    after: verdict.verdict.clone(),
                    first_violated: violates(row) && !rows[..index].iter().any(violates),
                });
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(from: Option<usize>, words: [&str; 2]) -> GrowthRow {
        let verdict = |word: &str| GrowthVerdict { verdict: word.into(), steps: None };
        let verdicts = BTreeMap::from([("S4".into(), verdict(words[0])), ("S5".into(), verdict(words[1]))]);
        GrowthRow {
            axis: from.map(|_| Axis::Pages),
            step: String::new(),
            from,
            pages: 1,
            mms: 1,
            contexts: 1,
            symmetry: 1,
            states: 1,
            transitions: 1,
            depth: 1,
            bits: 1,
            milliseconds: 1,
            bytes_per_state: 1,
            complete: true,
            limited: false,
            bound: None,
            verdicts,
        }
    }

    #[test]
    fn a_change_is_told_against_the_row_it_grew_from_and_the_first_violation_once() {
        let rows = [
            row(None, ["holds", "violated"]),
            row(Some(0), ["violated", "violated"]),
            row(Some(0), ["violated", "undecided"]),
        ];
        let told: Vec<(String, usize, bool)> =
            changes(&rows).into_iter().map(|change| (change.claim, change.row, change.first_violated)).collect();
        assert_eq!(told, [("S4".into(), 1, true), ("S4".into(), 2, false), ("S5".into(), 2, false)]);
    }
}
