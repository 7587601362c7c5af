//! What the model says of a recording: one line per proposal, the claims that the kernel broke, and the kernel's events with
//! the model's steps between them.

use super::{Table, place, wrap};
use crate::trace::{self, position, steps_of};
use crate::validate::recording::{Event, PageState, Recording, phase_word};
use crate::validate::{Answer, Refusal, Rejection, Run, Verdict, Violation};

/// Columns of reasons.
const WIDTH: usize = 100;
/// Reasons that are told: a wrong path differs in more and more.
const MOST_REASONS: usize = 4;

/// The answers of several proposals to one recording.
pub fn validation(recording: &Recording, answers: &[(String, Result<Answer, Refusal>)]) -> String {
    let header = &recording.header;
    let mut text = format!(
        "{}: the program `{}` on Linux {}, {} events\n\n",
        recording.name, header.trace, header.kernel, header.events
    );
    let mut table = Table::new();
    for (title, answer) in answers {
        let (word, reason) = row(recording, answer);
        let lines = wrap(&reason, WIDTH);
        table.row([title, word, lines.first().map_or("", String::as_str)]);
        lines.iter().skip(1).for_each(|line| table.row(["", "", line]));
    }
    text.push_str(&table.render(0));
    for (title, answer) in answers {
        if let Ok(Answer { verdict: Verdict::Accepted { violations, perhaps, .. }, .. }) = answer {
            text.push_str(&broken(recording, title, violations));
            if !perhaps.is_empty() {
                text.push_str(&format!("  perhaps also {}: nothing in the recording tells\n", perhaps.join(", ")));
            }
        }
    }
    text
}

/// The verdict in a word, and why.
fn row(recording: &Recording, answer: &Result<Answer, Refusal>) -> (&'static str, String) {
    match answer {
        Ok(Answer { verdict: Verdict::Accepted { run, .. }, .. }) => {
            ("accepted", format!("a run of {} steps explains every event", run.path.steps.len()))
        }
        Ok(Answer { verdict: Verdict::Rejected(rejection), .. }) => ("rejected", reason(recording, rejection)),
        Err(refusal) => ("no answer", refusal.to_string()),
    }
}

/// Why a recording is rejected: what the kernel did, and what the model could have done.
pub(super) fn reason(recording: &Recording, rejection: &Rejection) -> String {
    let event = told_at(recording, rejection.event);
    let differ = rejection.differences.iter().take(MOST_REASONS);
    let differ: Vec<String> = differ.map(|d| format!("{} {}, not {}", d.name, d.kernel, d.model)).collect();
    let crash = if rejection.crashes { "; some run crashes here" } else { "" };
    match (differ.is_empty(), rejection.instead.is_empty()) {
        (false, _) => format!("{event}: the kernel has {}{crash}", differ.join("; ")),
        (true, false) => format!("{event}: the model would do this first: {}{crash}", rejection.instead.join(", or ")),
        (true, true) => format!("{event}: nobody in the model comes to it{crash}"),
    }
}

/// `event 61 (seq 720), bio_endio() entry`
pub(super) fn told_at(recording: &Recording, index: usize) -> String {
    let event = &recording.events[index];
    format!("event {} (seq {}), {}", index + 1, event.seq, happening(event))
}

/// What an event is about, in words.
pub(super) fn happening(event: &Event) -> String {
    match &event.op {
        Some(op) => format!("\"{op}\""),
        None => format!("{}() {}", event.function, phase_word(event.phase)),
    }
}

/// The claims that the kernel's own events violate.
fn broken(recording: &Recording, title: &str, violations: &[Violation]) -> String {
    if violations.is_empty() {
        return format!("\n{title}: the kernel violates no claim here\n");
    }
    let mut table = Table::new();
    for violation in violations {
        let by = if violation.certain { "" } else { " (other runs explain it without)" };
        let at = format!("before {}{by}", told_at(recording, violation.event));
        table.row([&violation.claim, &violation.sentence, &at]);
    }
    format!("\n{title}: the kernel violates\n{}", table.render(2))
}

/// A run of the model beside the kernel's events: each event with the page as it was, and above it the steps that lie before.
pub fn beside(recording: &Recording, answer: &Answer) -> String {
    let (run, last) = (answer.run(), answer.reached(recording));
    let steps = steps(answer, run);
    let mut table = Table::new();
    table.row(["", "who", "does", "page"]);
    for (index, event) in recording.events.iter().enumerate().take(last) {
        for ((context, step), _) in steps.iter().zip(&run.events).filter(|(_, before)| **before == index) {
            table.row(["", context, step, ""]);
        }
        let who = format!("{} [{}]", event.task, event.comm);
        table.row([&(index + 1).to_string(), &who, &happening(event), &page(&event.state)]);
    }
    table.render(0)
}

/// The context and the place of each step, as their author knows it: not in a primitive of the headers.
fn steps(answer: &Answer, run: &Run) -> Vec<(String, String)> {
    let (system, sources) = (&answer.model.system, &answer.model.compiled.sources);
    // the search found the run: it goes through
    let replay = trace::run(system, run.path.initial as u32, &steps_of(system, sources, &run.path));
    let replay = replay.map(|replay| replay.steps).unwrap_or_default();
    let steps = replay.iter().map(|step| {
        let context = &system.program().contexts[step.context].name;
        let function = step.site.calls.last().map_or("", |(function, _)| function);
        (format!("  {context}"), format!("  {} {function}()", position(sources, place(sources, &step.site))))
    });
    steps.collect()
}

/// The page of an event in a few words.
pub(super) fn page(state: &PageState) -> String {
    let flags = [
        (state.locked, "locked"),
        (state.dirty, "dirty"),
        (state.writeback, "writeback"),
        (state.pins > 0, "pinned"),
        (!state.lru, "off LRU"),
    ];
    let mut words: Vec<String> = flags.iter().filter(|(set, _)| *set).map(|(_, word)| (*word).to_string()).collect();
    if !state.buffers {
        words.push("no buffers".into());
    }
    words.push(match (state.pte.this, state.pte.w, state.pte.d) {
        (false, ..) => "not mapped".into(),
        (true, false, _) => "ro".into(),
        (true, true, false) => "rw".into(),
        (true, true, true) => "rw dirty pte".into(),
    });
    words.push(format!("refs {} {:#x}", state.refs, state.data));
    words.join(" ")
}
