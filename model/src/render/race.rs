//! The race diagram: a counterexample in the form of a kernel commit message, at most [`WIDTH`] columns wide.

use super::lanes::{Event, Head, draw};
use super::runs::{Run, runs};
use super::teller::{Teller, Told};
use super::{check, runs, wrap};
use crate::lang::program::Kind;
use crate::lang::source::SourceMap;
use crate::system::System;
use crate::trace::{Replay, Trace, TraceKind};

/// Columns of a commit message.
pub const WIDTH: usize = 72;

/// A replayed trace and the system that it runs on.
pub struct Subject<'a> {
    /// The system.
    pub system: &'a System,
    /// Its sources.
    pub sources: &'a SourceMap,
    /// The trace.
    pub trace: &'a Trace,
    /// The trace, replayed.
    pub replay: &'a Replay,
}

impl<'a> Subject<'a> {
    /// The same system and trace, seen in another run.
    pub(super) fn with<'b>(&self, replay: &'b Replay) -> Subject<'b>
    where
        'a: 'b,
    {
        Subject { system: self.system, sources: self.sources, trace: self.trace, replay }
    }

    /// Whether a file belongs to the proposal: neither to the base kernel nor to the scenario.
    pub(super) fn is_proposals(&self, file: u32) -> bool {
        let name = self.sources.name(file);
        !name.starts_with("model/kernel/") && !name.contains(": context ") && !name.ends_with(": init")
    }
}

/// The diagram of a trace.
pub fn race(subject: &Subject) -> String {
    let mut lines = Vec::new();
    for run in runs(subject) {
        lines.extend(sentences(&run.heading));
        lines.extend(picture(subject, &run));
        lines.extend(sentences(&run.ending));
        lines.extend(run.heading.first().map(|_| String::new()));
    }
    lines.extend(sentences(&runs::ending(subject)));
    lines.extend(wrap(&verdict(subject), WIDTH - 4).into_iter().map(|line| format!("  {line}")));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn picture(subject: &Subject, run: &Run) -> Vec<String> {
    let subject = subject.with(run.replay.as_ref());
    let teller = Teller::new(&subject, &run.classes);
    let start = teller.start();
    draw(&events(&subject, &teller.all()), &heads(subject.system), ("page", &start), run.mark.as_ref())
}

/// The lines of the steps that are drawn.
fn events(subject: &Subject, told: &[Told]) -> Vec<Event> {
    let mut events = Vec::new();
    for (number, (step, told)) in subject.replay.steps.iter().zip(told).enumerate().filter(|(_, (_, told))| told.drawn)
    {
        let last = told.lines.len().saturating_sub(1);
        for (at, (depth, text)) in told.lines.iter().enumerate() {
            let state = if at == last { told.state.clone() } else { String::new() };
            let (context, number, depth, text) = (step.context, number + 1, *depth, text.clone());
            events.push(Event { context, number, depth, text, state });
        }
    }
    events
}

/// What heads the column of each context.
pub(super) fn heads(system: &System) -> Vec<Head> {
    let contexts = system.program().contexts.iter();
    contexts.map(|context| Head { name: context.name.clone(), kind: kind(context.kind) }).collect()
}

/// What a context is, in a word.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Task => "task",
        Kind::Kworker => "kworker",
        Kind::Softirq => "softirq",
        Kind::Device => "device",
    }
}

fn sentences(all: &[String]) -> Vec<String> {
    let wrapped = all.iter().flat_map(|text| {
        let lines = wrap(text, WIDTH - 6).into_iter().enumerate();
        lines.map(|(number, line)| format!("{}{line}", if number == 0 { "   " } else { "     " }))
    });
    wrapped.collect()
}

/// `107 steps, 4 switches`
pub(super) fn length(subject: &Subject) -> String {
    let (steps, switches) = (subject.replay.steps.len(), subject.replay.switches());
    format!("{}, {}", check::steps(steps), check::switches(switches))
}

/// The last line: the claim, what it says, how long the run is.
pub(super) fn verdict(subject: &Subject) -> String {
    let Trace { claim, sentence, .. } = subject.trace;
    let length = length(subject);
    match &subject.trace.kind {
        TraceKind::Premise => format!("--- {claim}, put to the test: {sentence} ({length}) ---"),
        _ => format!("*** {claim}: {sentence} ({length}) ***"),
    }
}
