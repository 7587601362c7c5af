//! Hangs in words: who waits, where, for what, and who holds it.

use super::race::Subject;
use crate::lang::program::{Context, StepInfo};
use crate::system::{Pc, StepSite};
use crate::trace::position;

/// One sentence per context that is stuck at the end of the run.
pub(super) fn waits(subject: &Subject, stuck: &[String]) -> Vec<String> {
    let contexts = &subject.system.program().contexts;
    let found = stuck.iter().filter_map(|name| contexts.iter().position(|context| context.name == *name));
    found.filter_map(|context| waiting(subject, context)).collect()
}

/// Classes of the locks that stuck contexts await or hold: their steps belong in the picture.
pub(super) fn classes(subject: &Subject, stuck: &[String]) -> Vec<u16> {
    let contexts = &subject.system.program().contexts;
    let found = stuck.iter().filter_map(|name| contexts.iter().position(|context| context.name == *name));
    let infos = found.filter_map(|context| info(subject, context));
    infos.flat_map(|info| info.awaits.iter().copied()).collect()
}

fn waiting(subject: &Subject, context: usize) -> Option<String> {
    let name = &subject.system.program().contexts[context].name;
    let info = info(subject, context)?;
    let site = subject.system.site(context, pc(subject, context))?;
    let place = place(subject, &site);
    if let Some(other) = interrupted_by(subject, context) {
        return Some(format!("{name} is interrupted by {other} {place}"));
    }
    let held = class_names(subject, &info.attrs.held);
    let holding = if held.is_empty() { String::new() } else { format!("; it holds {held}") };
    let what = match info.awaits.as_slice() {
        [] => format!("for {}", condition(subject, &site)),
        awaits => format!("for {}{}", class_names(subject, awaits), holders(subject, context, awaits)),
    };
    Some(format!("{name} waits {place} {what}{holding}"))
}

fn pc(subject: &Subject, context: usize) -> Pc {
    subject.system.layout().pc(&subject.replay.last, context)
}

fn info<'a>(subject: &'a Subject, context: usize) -> Option<&'a StepInfo> {
    let Pc::At(step) = pc(subject, context) else { return None };
    subject.system.program().contexts[context].code.steps.get(usize::from(step))
}

/// `in lock_page() (mm/filemap.c:12)`: the caller where the function itself is a primitive of the headers.
fn place(subject: &Subject, site: &StepSite) -> String {
    let function = site.calls.last().map(|(name, _)| format!("in {name}() ")).unwrap_or_default();
    let inner = site.calls.iter().rev().map(|(_, call)| *call).find(|call| !in_header(subject, call.file));
    let span = if in_header(subject, site.span.file) { inner.unwrap_or(site.span) } else { site.span };
    format!("{function}({})", position(subject.sources, span))
}

fn in_header(subject: &Subject, file: u32) -> bool {
    subject.sources.name(file).contains("/include/")
}

/// The text of the wait itself: `await(!page->locked)`.
fn condition(subject: &Subject, site: &StepSite) -> String {
    let text = subject.sources.line_text(site.span).trim().trim_end_matches(';');
    let inner = ["await(", "wait_event("].iter().find_map(|word| text.strip_prefix(word)?.strip_suffix(')'));
    inner.unwrap_or(text).into()
}

fn class_names(subject: &Subject, classes: &[u16]) -> String {
    let names = &subject.system.program().lock_classes;
    let mut words: Vec<&str> = classes.iter().filter_map(|class| names.get(usize::from(*class))).map(String::as_str).collect();
    words.dedup();
    words.join(" and ")
}

/// `, which flusher holds`
fn holders(subject: &Subject, context: usize, awaits: &[u16]) -> String {
    let contexts = &subject.system.program().contexts;
    let holds = |other: usize| info(subject, other).is_some_and(|i| i.attrs.held.iter().any(|c| awaits.contains(c)));
    let name = |other: usize| match other == context {
        true => "it".to_string(),
        false => contexts[other].name.clone(),
    };
    let names: Vec<String> = (0..contexts.len()).filter(|other| holds(*other)).map(name).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] if only == "it" => ", which it holds itself".into(),
        [only] => format!(", which {only} holds"),
        names => format!(", which {} hold", names.join(" and ")),
    }
}

/// The softirq that runs on this context's CPU and so keeps it from running.
fn interrupted_by<'a>(subject: &'a Subject, context: usize) -> Option<&'a str> {
    let contexts = &subject.system.program().contexts;
    let cpu = contexts[context].cpu?;
    let active = |(other, c): &(usize, &Context)| {
        let begun = info(subject, *other).is_some_and(|i| !i.attrs.idle && !i.attrs.fresh);
        *other != context && c.cpu == Some(cpu) && c.kind == crate::lang::program::Kind::Softirq && begun
    };
    contexts.iter().enumerate().find(active).map(|(_, c)| c.name.as_str())
}
