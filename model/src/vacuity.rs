//! Vacuity: verdicts and lines of code that say less than they seem to.
//!
//! A claim that held because nothing happened is no good news. Here is what is told beside the verdicts; nothing here
//! decides one.

use schemars::JsonSchema;
use serde::Serialize;

use crate::coverage::Outcomes;
use crate::lang::resolve::ClaimDecl;
use crate::review::{Cell, Row};
use crate::verdict::{Absent, Verdict};

/// The claim about those who ask whether a page is pinned.
const DECISIONS: &str = "S6";

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A claim held, and nothing ever put it to the test.
    NeverExercised,
    /// Nobody ever asked whether a page is pinned while it was.
    NeverAskedWhilePinned,
    /// A line of the proposal never ran.
    NeverReached,
    /// A condition of the proposal was true whenever it was asked.
    AlwaysTrue,
    /// A condition of the proposal was false whenever it was asked.
    AlwaysFalse,
    /// A claim says nothing: the proposal lacks a hook.
    HookAbsent,
}

impl Kind {
    /// Whether something that was to be tested was not: what a check ends with its own exit code for.
    pub fn is_vacuous(self) -> bool {
        self != Kind::HookAbsent
    }
}

/// Something that says less than it seems to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// The claim that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Where it stands in the proposal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// What never happened, or the text that stands there.
    pub text: String,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct At {
    /// File.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// What is to be said about a row; `claims` are those that are reported.
pub fn findings(row: &Row, claims: &[ClaimDecl]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = row.cells.iter().filter_map(|cell| of_cell(cell, claims)).collect();
    findings.extend(of_lines(row));
    findings.extend(of_branches(row));
    findings
}

fn of_cell(cell: &Cell, claims: &[ClaimDecl]) -> Option<Finding> {
    let decl = claims.iter().find(|decl| decl.id == cell.claim)?;
    let about = |kind, text| Finding { kind, claim: Some(cell.claim.clone()), at: None, text };
    match cell.word {
        "vacuous" if cell.claim == DECISIONS => Some(about(Kind::NeverAskedWhilePinned, decl.premise.clone())),
        "vacuous" => Some(about(Kind::NeverExercised, decl.premise.clone())),
        "n/a" => cell.cases.iter().find_map(|(_, verdict)| match verdict {
            Verdict::NotApplicable(Absent::Hook(hook)) => Some(about(Kind::HookAbsent, format!("{hook}()"))),
            // The query is there, and no code that runs here asks it.
            Verdict::NotApplicable(Absent::Check) if cell.claim == DECISIONS => {
                Some(about(Kind::NeverAskedWhilePinned, decl.premise.clone()))
            }
            _ => None,
        }),
        _ => None,
    }
}

fn of_lines(row: &Row) -> impl Iterator<Item = Finding> {
    row.ran.proposal.never_ran().map(|(file, line)| {
        let text = row.composition.files.iter().find(|(name, _)| name == file).map_or("", |(_, text)| text);
        let text = text.lines().nth(line - 1).unwrap_or_default().trim().to_string();
        let at = Some(At { file: file.clone(), line: *line });
        Finding { kind: Kind::NeverReached, claim: None, at, text }
    })
}

/// Conditions that were asked, and came out in one way only. Those that were never asked stand in a line that never ran.
fn of_branches(row: &Row) -> impl Iterator<Item = Finding> {
    row.ran.proposal.branches.iter().filter_map(|(place, outcomes)| {
        let kind = one_way(outcomes)?;
        let at = Some(At { file: place.file.clone(), line: place.line });
        Some(Finding { kind, claim: None, at, text: place.text.clone() })
    })
}

fn one_way(outcomes: &Outcomes) -> Option<Kind> {
    let was = |word: &str| outcomes.get(word).copied().unwrap_or(false);
    match (was("true"), was("false")) {
        (true, false) => Some(Kind::AlwaysTrue),
        (false, true) => Some(Kind::AlwaysFalse),
        _ => None,
    }
}
