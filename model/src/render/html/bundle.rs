//! Races as data for the page: states as differences, and everything that recurs told once and named by its number.
//!
//! A page shows states only by applying these differences one after the other. All of them come from a replay.

use std::hash::Hash;

use indexmap::IndexSet;
use serde::{Serialize, Serializer};

use crate::lang::ast::Span;
use crate::lang::program::CellInfo;
use crate::render::lanes::{Event, lanes};
use crate::render::race::{Subject, heads, kind, length, verdict};
use crate::render::runs::{self, Run, runs};
use crate::render::teller::{Teller, Told};
use crate::system::{StepSite, System};
use crate::trace::{Replayed, TraceKind};

/// Things that recur, each once; their numbers are their places in the list.
#[derive(Debug)]
struct Shared<T: Hash + Eq>(IndexSet<T>);

impl<T: Hash + Eq + Serialize> Serialize for Shared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<T: Hash + Eq> Default for Shared<T> {
    fn default() -> Self {
        Shared(IndexSet::new())
    }
}

impl<T: Hash + Eq> Shared<T> {
    /// The number of a thing, which is added if it is new.
    fn number(&mut self, thing: T) -> usize {
        self.0.insert_full(thing).0
    }
}

/// Some races and what they share.
#[derive(Debug, Default, Serialize)]
pub struct Bundle {
    /// Names and texts of the sources in which some step stands.
    sources: Shared<(String, String)>,
    /// Names of functions, lines of the drawing, states of the page in words.
    texts: Shared<String>,
    /// Values of cells in words.
    values: Shared<String>,
    /// Cells of memory.
    cells: Shared<Cell>,
    /// Cells that make up a memory.
    layouts: Shared<Vec<usize>>,
    /// Calls in progress: the one around it (0: none, else its number and one), function, source, line of the call.
    frames: Shared<(usize, usize, usize, usize)>,
    /// Where steps stand: call (as in `frames`), source, line.
    sites: Shared<(usize, usize, usize)>,
    /// Differences of two memories: cell, value, cell, value, ...
    effects: Shared<Vec<usize>>,
    /// How steps are told: whether they are drawn, the nesting and text of each line, the page in words.
    tellings: Shared<Telling>,
    /// Steps: context, site, effect, telling.
    steps: Shared<(usize, usize, usize, usize)>,
    /// The races.
    races: Vec<Race>,
}

/// How a step is told, as in [`Bundle`].
type Telling = (bool, Vec<(usize, usize)>, usize);

/// A cell of memory: object, member, `f`lag, `p`ointer or `n`umber, whether it is specification only, and what it is
/// called when it is zero.
#[derive(Debug, PartialEq, Eq, Hash, Serialize)]
struct Cell(String, String, char, bool, usize);

/// A race.
#[derive(Debug, Serialize)]
struct Race {
    proposal: String,
    reading: String,
    scenario: String,
    claim: String,
    sentence: String,
    /// Name and kind of each context.
    contexts: Vec<(String, &'static str)>,
    runs: Vec<RunData>,
    /// What is said below all runs; the verdict is the last.
    ending: Vec<String>,
    /// What a running kernel did meanwhile, if the run explains a recording.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Seen>,
}

/// An event of a running kernel, in words.
#[derive(Debug, Serialize)]
pub(super) struct Seen {
    /// How many steps of the run lie before it.
    pub behind: usize,
    /// Its number, from 1.
    pub number: usize,
    /// Who it happened to.
    pub who: String,
    /// The function and whether it begins or ends, or what the recorded program said.
    pub what: String,
    /// The page as it was.
    pub page: String,
}

/// A run of a race: one, or one for each edge of a lock cycle.
#[derive(Debug, Serialize)]
struct RunData {
    heading: Vec<String>,
    layout: usize,
    /// What differs from a memory of zeros at the beginning.
    start: usize,
    /// The page at the beginning, in words.
    page: String,
    /// Columns of the drawing: the contexts in each.
    lanes: Vec<Vec<usize>>,
    steps: Vec<usize>,
    /// Claims that a step violates and the one before it does not: number of the step, from 1, and ids.
    violated: Vec<(usize, Vec<String>)>,
    /// A line across the drawing: behind how many steps, and what it says.
    mark: Option<(usize, &'static str)>,
    /// The step behind which a run that goes round for ever begins again.
    again: Option<u32>,
    ending: Vec<String>,
}

impl Bundle {
    /// Adds a race and returns its number.
    pub fn add(&mut self, subject: &Subject) -> usize {
        let mut ending = runs::ending(subject);
        ending.push(verdict(subject));
        self.add_with(subject, ending, Vec::new())
    }

    /// Adds a run of which nothing is claimed yet.
    pub fn add_path(&mut self, subject: &Subject) -> usize {
        let mut ending = runs::ending(subject);
        ending.push(length(subject));
        self.add_with(subject, ending, Vec::new())
    }

    /// Adds a run beside what a running kernel did.
    pub(super) fn add_beside(&mut self, subject: &Subject, ending: String, events: Vec<Seen>) -> usize {
        self.add_with(subject, vec![ending], events)
    }

    fn add_with(&mut self, subject: &Subject, ending: Vec<String>, events: Vec<Seen>) -> usize {
        let contexts = subject.system.program().contexts.iter();
        let runs = runs(subject).iter().map(|run| self.run(subject, run)).collect();
        let trace = subject.trace;
        self.races.push(Race {
            proposal: trace.proposal.clone(),
            reading: trace.reading.clone(),
            scenario: trace.scenario.clone(),
            claim: trace.claim.clone(),
            sentence: trace.sentence.clone(),
            contexts: contexts.map(|context| (context.name.clone(), kind(context.kind))).collect(),
            runs,
            ending,
            events,
        });
        self.races.len() - 1
    }

    fn run(&mut self, subject: &Subject, run: &Run) -> RunData {
        let subject = &subject.with(run.replay.as_ref());
        let teller = Teller::new(subject, &run.classes);
        let page = teller.start();
        let told = teller.all();
        let mut before = subject.replay.initial.as_slice();
        let mut steps = Vec::new();
        for (step, told) in subject.replay.steps.iter().zip(&told) {
            steps.push(self.step(subject, before, step, told));
            before = &step.cells;
        }
        let (layout, start) = self.memory(subject.system, &subject.replay.initial);
        let again = match &subject.trace.kind {
            TraceKind::Lasso { stem, .. } if (*stem as usize) < subject.replay.steps.len() => Some(*stem),
            _ => None,
        };
        RunData {
            heading: run.heading.clone(),
            layout,
            start,
            page,
            lanes: columns(subject),
            steps,
            violated: newly_violated(&subject.replay.steps),
            mark: run.mark.as_ref().map(|mark| (mark.behind, mark.text)),
            again,
            ending: run.ending.clone(),
        }
    }

    fn step(&mut self, subject: &Subject, before: &[i16], step: &Replayed, told: &Told) -> usize {
        let site = self.site(subject, &step.site);
        let effect = self.effect(subject.system, before, &step.cells);
        let lines = told.lines.iter().map(|(depth, text)| (*depth, self.texts.number(text.clone()))).collect();
        let telling = (told.drawn, lines, self.texts.number(told.state.clone()));
        let telling = self.tellings.number(telling);
        self.steps.number((step.context, site, effect, telling))
    }

    fn site(&mut self, subject: &Subject, site: &StepSite) -> usize {
        let mut frame = 0;
        for (function, call) in &site.calls {
            let (source, line) = self.line(subject, *call);
            let function = self.texts.number(function.clone());
            frame = self.frames.number((frame, function, source, line)) + 1;
        }
        let (source, line) = self.line(subject, site.span);
        self.sites.number((frame, source, line))
    }

    fn line(&mut self, subject: &Subject, span: Span) -> (usize, usize) {
        let name = subject.sources.name(span.file);
        let short = name.strip_prefix("model/kernel/").or(name.strip_prefix("model/")).unwrap_or(name);
        let source = (short.to_string(), subject.sources.text(span.file).to_string());
        (self.sources.number(source), subject.sources.line_col(span).0)
    }

    fn effect(&mut self, system: &System, before: &[i16], after: &[i16]) -> usize {
        let mut effect = Vec::new();
        for (at, value) in after.iter().enumerate().filter(|(at, value)| before[*at] != **value) {
            effect.extend([self.cell(system, at), self.values.number(system.value_name(at, *value))]);
        }
        self.effects.number(effect)
    }

    /// The layout of a memory, and how the memory differs from zeros.
    fn memory(&mut self, system: &System, cells: &[i16]) -> (usize, usize) {
        let told = (0..cells.len()).filter(|at| {
            let info = cell_info(system, *at);
            !info.constant || info.name == "index"
        });
        let layout: Vec<usize> = told.map(|at| self.cell(system, at)).collect();
        (self.layouts.number(layout), self.effect(system, &vec![0; cells.len()], cells))
    }

    fn cell(&mut self, system: &System, at: usize) -> usize {
        let (pool, object, _) = system.locate(at);
        let info = cell_info(system, at);
        let kind = match (info.pool, info.boolean) {
            (Some(_), _) => 'p',
            (None, true) => 'f',
            (None, false) => 'n',
        };
        let zero = self.values.number(system.value_name(at, 0));
        let object = system.object_name(pool, object as i16 + 1);
        self.cells.number(Cell(object, info.name.clone(), kind, info.ghost, zero))
    }
}

/// Columns for all contexts that step, those that are folded away included.
fn columns(subject: &Subject) -> Vec<Vec<usize>> {
    let event = |(number, step): (usize, &Replayed)| Event {
        context: step.context,
        number: number + 1,
        depth: 0,
        text: String::new(),
        state: String::new(),
    };
    let events: Vec<Event> = subject.replay.steps.iter().enumerate().map(event).collect();
    lanes(&events, &heads(subject.system))
}

fn cell_info(system: &System, at: usize) -> &CellInfo {
    let (pool, _, offset) = system.locate(at);
    &system.program().pools[pool].cells[offset]
}

/// Claims that a step violates and the one before it does not.
fn newly_violated(steps: &[Replayed]) -> Vec<(usize, Vec<String>)> {
    let mut before: &[String] = &[];
    let mut all = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let new: Vec<String> = step.violated.iter().filter(|id| !before.contains(id)).cloned().collect();
        if !new.is_empty() {
            all.push((number + 1, new));
        }
        before = &step.violated;
    }
    all
}
