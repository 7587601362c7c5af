//! Hangs in words: who waits, where, for what, and who holds it.

use super::race::Subject;
use crate::lang::program::Crash;
use crate::trace::{Cause, Wait, Waits, place, position};

/// Why contexts are stuck at the end of a run.
pub(super) fn waits(subject: &Subject, stuck: &[String]) -> Waits {
    crate::trace::waits(subject.system, subject.sources, &subject.replay.last, stuck)
}

/// One sentence for each context, then the circle in which they wait, as lockdep would tell it.
pub(super) fn sentences(waits: &Waits) -> Vec<String> {
    let parked = waits.parked.iter().map(|name| format!("{name} is parked for ever, legally"));
    waits.waits.iter().map(sentence).chain(parked).chain(circle(waits)).collect()
}

/// `fsync waits in lock_page() (mm/filemap.c:12) for page lock, which rdma holds; it holds mmap_sem`
fn sentence(wait: &Wait) -> String {
    let Wait { context, function, at, cause, holds, later } = wait;
    let function = if function.is_empty() { String::new() } else { format!("in {function}() ") };
    let waits = if *later { "then waits" } else { "waits" };
    let what = match cause {
        Cause::Softirq(other) => {
            return format!("{context} is interrupted by {other} {function}({at}){}", holding(holds));
        }
        Cause::Condition { text, writers } => format!("{text}{}", written_by(writers)),
        Cause::Locks { classes, holders } => format!("{}{}", classes.join(" and "), held_by(context, holders)),
    };
    format!("{context} {waits} {function}({at}) for {what}{}", holding(holds))
}

/// `; it holds mmap_sem`
fn holding(holds: &[String]) -> String {
    match holds {
        [] => String::new(),
        holds => format!("; it holds {}", holds.join(" and ")),
    }
}

/// `, which flusher holds`
fn held_by(context: &str, holders: &[String]) -> String {
    let names: Vec<&str> = holders.iter().map(|other| if other == context { "it" } else { other }).collect();
    match names.as_slice() {
        [] => String::new(),
        ["it"] => ", which it holds itself".into(),
        [only] => format!(", which {only} holds"),
        names => format!(", which {} hold", names.join(" and ")),
    }
}

/// `, which needs rdma to go on`
fn written_by(writers: &[String]) -> String {
    match writers {
        [] => String::new(),
        writers => format!(", which needs {} to go on", writers.join(" or ")),
    }
}

/// `possible circular locking dependency: page lock -> mmap_sem -> page lock`
fn circle(waits: &Waits) -> Option<String> {
    let circle = waits.circle()?;
    let links: Vec<&str> = circle.iter().map(|wait| awaited(wait)).collect();
    match links.as_slice() {
        [only] => Some(format!("possible recursive locking: {} takes {only} twice", circle[0].context)),
        links => {
            let first = links.last().copied().unwrap_or_default();
            Some(format!("possible circular locking dependency: {first} -> {}", links.join(" -> ")))
        }
    }
}

/// What a wait in a circle is for.
fn awaited(wait: &Wait) -> &str {
    match &wait.cause {
        Cause::Locks { classes, .. } => classes.first().map_or("", String::as_str),
        Cause::Softirq(_) => "the CPU",
        Cause::Condition { text, .. } => text,
    }
}

/// Why the path ends, if it does.
pub(super) fn crash(subject: &Subject) -> Vec<String> {
    let Some(step) = subject.replay.steps.last() else { return Vec::new() };
    let Some((crash, site)) = &step.crashed else { return Vec::new() };
    let what = match crash {
        Crash::Bug => "runs into BUG_ON()",
        Crash::Null => "follows a NULL pointer",
        Crash::Bounds => "uses an array index that is out of range",
        Crash::Freed => "uses a pool entry that is free",
    };
    let context = &subject.system.program().contexts[step.context].name;
    let function = site.calls.last().map(|(name, _)| format!(" in {name}()")).unwrap_or_default();
    let at = position(subject.sources, place(subject.sources, site));
    vec![format!("{context} {what}{function} ({at})")]
}
