//! Reports: what a check or a review found, as data. The text form and the JSON form are made of this.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::corpus::Corpus;
use crate::coverage::report::CodeCoverage;
use crate::lang::resolve::ClaimDecl;
use crate::proposal::{Expectation, Proposal};
use crate::review::{Cell, Row, aggregate};
use crate::search::liveness::Fairness;
use crate::trace::Wait;
use crate::vacuity::{Finding, findings};
use crate::verdict::{Needs, Shape, Verdict};

/// The format's version; goes up when a member is added or changes its meaning.
pub const VERSION: u32 = 6;

/// What liveness rests on.
const FAIRNESS: &str = "weak: whoever could step all the time does; strong at awaits of locks and wait bits; an I/O \
                        completes; data writes of devices and system calls need never happen; hangs need no fairness";

/// What a run of `explore check` or `explore review` found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Format version.
    pub version: u32,
    /// `check` or `review`.
    pub command: String,
    /// What was assumed, and what was not covered.
    pub coverage: Coverage,
    /// The claims, in the order of the cells.
    pub claims: Vec<ClaimReport>,
    /// One entry per reading of each proposal.
    pub readings: Vec<ReadingReport>,
    /// Proposals of which every reading violates a claim.
    pub broken: Vec<String>,
    /// Where verdicts differ from what is recorded or expected (review only).
    pub differences: Vec<Difference>,
    /// Predictions without a source that did not come true (review only).
    pub mispredicted: Vec<Difference>,
}

/// What verdicts rest on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Coverage {
    /// The memory model.
    pub memory_model: String,
    /// Whether states are kept whole, so that no collision can hide one.
    pub exact: bool,
    /// Reductions of the state space.
    pub reductions: Vec<String>,
    /// What liveness means here.
    pub fairness: String,
    /// Counters that cut a path above their width, and the most that each holds. The cut makes open claims undecided.
    pub widths: BTreeMap<String, i16>,
    /// Constants that proposals define, such as a bias, with the values that were searched.
    pub constants: BTreeMap<String, i64>,
    /// Populations searched.
    pub populations: Vec<String>,
}

/// A claim.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClaimReport {
    /// `S5`
    pub id: String,
    /// What it says.
    pub sentence: String,
    /// What follows when it breaks.
    pub consequence: String,
    /// Who asked for it.
    pub source: String,
}

/// One reading of a proposal.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReadingReport {
    /// Proposal: a name, a composition of parts, or a path.
    pub proposal: String,
    /// Reading; empty if there is only one.
    pub reading: String,
    /// One verdict per claim.
    pub cells: Vec<CellReport>,
    /// What says less than it seems to: claims that nothing put to the test, code that never ran.
    pub findings: Vec<Finding>,
    /// What ran of the code.
    pub code: CodeCoverage,
    /// States over all populations.
    pub states: u64,
}

/// A verdict over all populations.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CellReport {
    /// Claim id.
    pub claim: String,
    /// `violated`, `undecided`, `holds`, `vacuous` or `n/a`.
    pub verdict: String,
    /// What was searched, where the verdict is `holds` or `vacuous`.
    pub complete: Option<Complete>,
    /// The shortest violation, or the one with the fewest context switches if that was asked for.
    pub violation: Option<ViolationReport>,
    /// Why it is undecided or n/a.
    pub reason: Option<String>,
    /// The verdict in each population.
    pub cases: Vec<CaseReport>,
    /// The fairness that it needs to hold, if it is about liveness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<NeedsReport>,
}

/// The fairness that a claim about liveness needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NeedsReport {
    /// The least that is enough, in every population.
    pub fairness: Fairness,
    /// Steps of the shortest run that less would allow; none where no fairness is needed.
    pub without: Option<usize>,
}

/// A verdict in one population.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CaseReport {
    /// Scenario, with its variant.
    pub scenario: String,
    /// `violated`, `undecided`, `holds`, `vacuous` or `n/a`.
    pub verdict: String,
    /// Steps of the violation that is told there.
    pub steps: Option<usize>,
    /// Why it is undecided or n/a.
    pub reason: Option<String>,
}

/// A violation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ViolationReport {
    /// Scenario, with its variant.
    pub scenario: String,
    /// Steps of the run.
    pub steps: usize,
    /// How often the context changes in it.
    pub switches: usize,
    /// Whether it is certain that no run violates the claim there with fewer switches, if that was asked for. False: a
    /// bound ended the search for one, and this is a shortest run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none_with_fewer: Option<bool>,
    /// Where the trace was written.
    pub trace: Option<String>,
    /// Who waits for whom, if it is a hang.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<Wait>,
}

/// The populations behind a verdict, every state of which was seen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Complete {
    /// States over all of them.
    pub states: u64,
    /// How many there are.
    pub populations: usize,
    /// Fewest and most physical pages.
    pub pages: (usize, usize),
    /// Fewest and most address spaces.
    pub mms: (usize, usize),
    /// Fewest and most contexts.
    pub contexts: (usize, usize),
    /// Fewest and most contexts that never end.
    pub forever: (usize, usize),
    /// Fewest and most renamings of like contexts and objects under which states counted as one; 1: each for itself.
    pub symmetry: (usize, usize),
}

/// A verdict that is not what somebody said it would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// Proposal.
    pub proposal: String,
    /// Reading; empty if there is only one.
    pub reading: String,
    /// Claim.
    pub claim: String,
    /// Only in this scenario; empty for all.
    pub scenario: String,
    /// `recorded`, `expected` or `predicted`.
    pub by: String,
    /// The verdict there; empty if none is recorded.
    pub wanted: String,
    /// The verdict found.
    pub found: String,
    /// Who said so.
    pub source: String,
}

impl Report {
    /// The report on some rows; `only` are the claims to report, empty for all.
    pub fn new(command: &str, claims: &[ClaimDecl], rows: &[Row], only: &[String]) -> Self {
        let wanted = |id: &str| only.is_empty() || only.iter().any(|claim| claim == id);
        let claims: Vec<ClaimDecl> = claims.iter().filter(|claim| wanted(&claim.id)).cloned().collect();
        let readings: Vec<ReadingReport> = rows.iter().map(|row| ReadingReport::of(row, &claims)).collect();
        Report {
            version: VERSION,
            command: command.into(),
            coverage: Coverage::of(rows),
            claims: claims.iter().map(ClaimReport::of).collect(),
            broken: broken(&readings),
            readings,
            differences: Vec::new(),
            mispredicted: Vec::new(),
        }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        // String keys only: there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Compares with what the built-in proposals record and expect. `whole`: every population was searched;
    /// without it only verdicts that name a searched scenario can be compared.
    pub fn compare(&mut self, corpus: &Corpus, whole: bool) {
        for reading in &self.readings {
            let Some(proposal) = corpus.proposal(&reading.proposal) else { continue };
            if whole {
                self.differences.extend(recorded(proposal, reading));
            }
            self.differences.extend(differing(&proposal.expected, reading, whole, "expected"));
            self.mispredicted.extend(differing(&proposal.prediction, reading, whole, "predicted"));
        }
    }
}

impl ClaimReport {
    fn of(claim: &ClaimDecl) -> Self {
        let ClaimDecl { id, sentence, consequence, source, .. } = claim.clone();
        ClaimReport { id, sentence, consequence, source }
    }
}

impl Coverage {
    fn of(rows: &[Row]) -> Self {
        let mut populations: Vec<String> = Vec::new();
        let names = rows.iter().filter_map(|row| row.cells.first()).flat_map(|cell| &cell.cases);
        for (name, _) in names {
            if !populations.contains(name) {
                populations.push(name.clone());
            }
        }
        Coverage {
            memory_model: "sequential consistency".into(),
            exact: true,
            reductions: reductions(rows),
            fairness: FAIRNESS.into(),
            widths: rows.iter().flat_map(|row| row.widths.clone()).collect(),
            constants: rows.iter().flat_map(|row| row.constants.clone()).collect(),
            populations,
        }
    }
}

/// The reductions that some search used.
fn reductions(rows: &[Row]) -> Vec<String> {
    let order = rows.iter().flat_map(|row| &row.shapes).map(|shape| shape.symmetry).max();
    order.filter(|order| *order > 1).map(|order| format!("symmetry of up to {order}")).into_iter().collect()
}

impl ReadingReport {
    fn of(row: &Row, claims: &[ClaimDecl]) -> Self {
        let cells = row.cells.iter().filter(|cell| claims.iter().any(|claim| claim.id == cell.claim));
        ReadingReport {
            proposal: row.composition.proposal.clone(),
            reading: row.composition.reading.clone(),
            cells: cells.map(|cell| CellReport::of(cell, &row.shapes)).collect(),
            findings: findings(row, claims),
            code: CodeCoverage::of(&row.ran),
            states: row.states,
        }
    }

    /// `t3-w5 (a)`
    pub fn title(&self) -> String {
        match self.reading.as_str() {
            "" => self.proposal.clone(),
            reading => format!("{} ({reading})", self.proposal),
        }
    }

    /// Whether a claim is violated.
    pub fn violated(&self) -> bool {
        self.cells.iter().any(|cell| cell.verdict == "violated")
    }
}

impl CellReport {
    fn of(cell: &Cell, shapes: &[Shape]) -> Self {
        let told = cell.told().map(|(scenario, violation)| ViolationReport {
            scenario: scenario.into(),
            steps: violation.steps,
            switches: violation.switches,
            none_with_fewer: violation.none_with_fewer,
            trace: None,
            waits: violation.waits.clone(),
        });
        let reason = cell.cases.iter().filter(|(_, verdict)| verdict.word() == cell.word);
        CellReport {
            claim: cell.claim.clone(),
            verdict: cell.word.into(),
            complete: matches!(cell.word, "holds" | "vacuous").then(|| Complete::of(cell, shapes)),
            violation: told,
            reason: reason.map(|(_, verdict)| verdict).find_map(reason_of),
            needs: NeedsReport::of(cell),
            cases: cell.cases.iter().map(|(scenario, verdict)| CaseReport::of(scenario, verdict)).collect(),
        }
    }
}

impl NeedsReport {
    /// The most that a population needs, and the shortest run there without it.
    fn of(cell: &Cell) -> Option<Self> {
        let needs: Vec<&Needs> = cell
            .cases
            .iter()
            .filter_map(|(_, verdict)| match verdict {
                Verdict::Holds(_, needs) => needs.as_deref(),
                _ => None,
            })
            .collect();
        let fairness = needs.iter().map(|needs| needs.fairness).max().filter(|_| cell.word == "holds")?;
        let runs = needs.iter().filter(|needs| needs.fairness == fairness);
        Some(NeedsReport { fairness, without: runs.filter_map(|n| n.without.as_ref()).map(|v| v.steps).min() })
    }
}

impl CaseReport {
    fn of(scenario: &str, verdict: &Verdict) -> Self {
        let steps = match verdict {
            Verdict::Violated(violation) => Some(violation.steps),
            _ => None,
        };
        CaseReport { scenario: scenario.into(), verdict: verdict.word().into(), steps, reason: reason_of(verdict) }
    }
}

fn reason_of(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Undecided(reason) => Some(reason.clone()),
        Verdict::NotApplicable(absent) => Some(absent.to_string()),
        _ => None,
    }
}

impl Complete {
    fn of(cell: &Cell, shapes: &[Shape]) -> Self {
        let searched: Vec<(u64, Shape)> = cell
            .cases
            .iter()
            .zip(shapes)
            .filter_map(|((_, verdict), shape)| match verdict {
                Verdict::Holds(complete, _) | Verdict::Vacuous(complete) => Some((complete.states(), *shape)),
                _ => None,
            })
            .collect();
        let span = |of: fn(&Shape) -> usize| {
            let sizes = searched.iter().map(|(_, shape)| of(shape));
            (sizes.clone().min().unwrap_or(0), sizes.max().unwrap_or(0))
        };
        Complete {
            states: searched.iter().map(|(states, _)| states).sum(),
            populations: searched.len(),
            pages: span(|shape| shape.pages),
            mms: span(|shape| shape.mms),
            contexts: span(|shape| shape.contexts),
            forever: span(|shape| shape.forever),
            symmetry: span(|shape| shape.symmetry),
        }
    }
}

/// Proposals of which every reading is violated, in order of appearance.
fn broken(readings: &[ReadingReport]) -> Vec<String> {
    let mut order: Vec<&str> = Vec::new();
    let mut sound: BTreeMap<&str, bool> = BTreeMap::new();
    for reading in readings {
        if !order.contains(&reading.proposal.as_str()) {
            order.push(&reading.proposal);
        }
        *sound.entry(&reading.proposal).or_default() |= !reading.violated();
    }
    order.into_iter().filter(|name| !sound[name]).map(String::from).collect()
}

/// Under which name a reading's verdicts are recorded: the only reading of a proposal has one too.
pub fn recorded_key<'a>(proposal: &'a Proposal, reading: &'a str) -> &'a str {
    match reading {
        "" => proposal.reading.first().map_or("a", |only| only.name.as_str()),
        reading => reading,
    }
}

fn recorded(proposal: &Proposal, reading: &ReadingReport) -> Vec<Difference> {
    let records = proposal.recorded.get(recorded_key(proposal, &reading.reading));
    let cells = reading.cells.iter().filter_map(|cell| {
        let wanted = records.and_then(|records| records.get(&cell.claim)).cloned().unwrap_or_default();
        // What no search decided is not recorded: nothing to compare with. The exit code tells of it.
        let same = wanted == cell.verdict || wanted.is_empty() && cell.verdict == "undecided";
        (!same).then(|| difference(reading, &cell.claim, ["", "recorded", &wanted, &cell.verdict, ""]))
    });
    cells.collect()
}

fn differing(expectations: &[Expectation], reading: &ReadingReport, whole: bool, by: &str) -> Vec<Difference> {
    let key_matches =
        |e: &&Expectation| e.reading.as_deref().is_none_or(|r| reading.reading.is_empty() || r == reading.reading);
    let differences = expectations.iter().filter(key_matches).filter_map(|expectation| {
        let cell = reading.cells.iter().find(|cell| cell.claim == expectation.claim)?;
        let scenario = expectation.scenario.as_deref().unwrap_or_default();
        if scenario.is_empty() && !whole {
            return None;
        }
        let found = found_in(cell, scenario)?;
        let same = found == expectation.verdict && found != "undecided";
        let words = [scenario, by, &expectation.verdict, &found, &expectation.source];
        (!same).then(|| difference(reading, &cell.claim, words))
    });
    differences.collect()
}

/// The verdict in a scenario, over its variants; in all of them if it is empty. None if it was not searched.
fn found_in(cell: &CellReport, scenario: &str) -> Option<String> {
    if scenario.is_empty() {
        return Some(cell.verdict.clone());
    }
    let inside = |case: &&CaseReport| case.scenario == scenario || case.scenario.starts_with(&format!("{scenario}/"));
    let words: Vec<&str> = cell.cases.iter().filter(inside).map(|case| case.verdict.as_str()).collect();
    (!words.is_empty()).then(|| aggregate(&words).into())
}

fn difference(reading: &ReadingReport, claim: &str, words: [&str; 5]) -> Difference {
    let [scenario, by, wanted, found, source] = words.map(String::from);
    let (proposal, reading) = (reading.proposal.clone(), reading.reading.clone());
    Difference { proposal, reading, claim: claim.into(), scenario, by, wanted, found, source }
}
