//! The diagram of an execution of real code: a column per thread, memory on the right, at most [`WIDTH`] columns wide.

use std::collections::BTreeMap;

use super::lanes::{Event, Head, draw};
use super::race::WIDTH;
use super::{check, wrap};
use crate::execution::{Execution, MemoryEffect, MemoryEvent, MemoryOrder};
use crate::trace::{Trace, TraceKind, TraceStep};

/// The diagram of an execution that was replayed.
pub fn execution(trace: &Trace, execution: &Execution) -> String {
    let mut contexts: Vec<&str> = trace.steps.iter().map(|step| step.context.as_str()).collect();
    contexts.sort_unstable();
    contexts.dedup();
    let heads: Vec<Head> = contexts.iter().map(|name| Head { name: (*name).into(), kind: "thread" }).collect();
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    let mut events = Vec::new();
    for (number, step) in trace.steps.iter().enumerate() {
        let context = contexts.iter().position(|name| *name == step.context).unwrap_or(0);
        let event = |depth, text: String, state| Event { context, number: number + 1, depth, text, state };
        if last.insert(&step.context, &step.function) != Some(&step.function) {
            events.push(event(0, format!("{}()", step.function), String::new()));
        }
        if let Some(memory) = &step.memory {
            events.push(event(2, statement(memory), state(memory)));
        }
    }
    let mut lines = draw(&events, &heads, ("memory", &start(trace)), None);
    lines.extend(verdict(trace, execution));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// `_refcount: 1 -> 2`, `smp_mb()`, `pte[0] is 2, stale`
fn statement(event: &MemoryEvent) -> String {
    let word = short(&event.word);
    let stale = if event.stale { ", stale" } else { "" };
    match &event.effect {
        MemoryEffect::Load { saw } => format!("{word} is {saw}{stale}"),
        MemoryEffect::Store { value } => format!("{word} = {value}"),
        MemoryEffect::Update { saw, value } => format!("{word} {saw} -> {value}{stale}"),
        MemoryEffect::Lock => format!("lock {word}"),
        MemoryEffect::Unlock => format!("unlock {word}"),
        MemoryEffect::Barrier => barrier(event.order).into(),
    }
}

fn barrier(order: MemoryOrder) -> &'static str {
    match order {
        MemoryOrder::Full => "smp_mb()",
        MemoryOrder::Acquire => "smp_rmb()",
        MemoryOrder::Release => "smp_wmb()",
        MemoryOrder::AcquireRelease => "acquire and release",
        MemoryOrder::Relaxed => "barrier()",
    }
}

/// What memory holds from here on.
fn state(event: &MemoryEvent) -> String {
    match &event.effect {
        MemoryEffect::Store { value } | MemoryEffect::Update { value, .. } => format!("{} {value}", short(&event.word)),
        _ => String::new(),
    }
}

/// `_refcount` for `pages[0]._refcount`: these programs have one object of a kind, or number the word itself.
fn short(word: &str) -> &str {
    match word.split_once('.') {
        Some((object, member)) if object.ends_with("[0]") => member.trim_end_matches(".counter"),
        _ => word,
    }
}

fn start(trace: &Trace) -> String {
    let TraceKind::Execution { start, .. } = &trace.kind else { return String::new() };
    let touched = |word: &&String| trace.steps.iter().any(|step| touches(step, word));
    let words: Vec<String> =
        start.keys().filter(touched).map(|word| format!("{} {}", short(word), start[word])).collect();
    words.join(", ")
}

fn touches(step: &TraceStep, word: &str) -> bool {
    step.memory.as_ref().is_some_and(|event| event.word == word && !matches!(event.effect, MemoryEffect::Lock))
}

fn verdict(trace: &Trace, execution: &Execution) -> Vec<String> {
    let Trace { claim, sentence, steps, .. } = trace;
    let how = match execution.interleaving {
        true => "an interleaving",
        false => "no interleaving: it takes weak memory",
    };
    let text = format!("*** {claim}: {sentence} ({}, {how}) ***", check::steps(steps.len()));
    wrap(&text, WIDTH - 4).into_iter().map(|line| format!("  {line}")).collect()
}
