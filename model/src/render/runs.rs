//! The runs that a trace shows, and what is said below each: one, or one for each edge of a lock cycle.

use std::borrow::Cow;

use super::lanes::Mark;
use super::race::Subject;
use super::{cause, lasso};
use crate::trace::{self, LockRun, Replay, TraceKind};

/// A run, and how it is told.
pub(super) struct Run<'a> {
    /// What it shows, in sentences; nothing where there is one run only.
    pub heading: Vec<String>,
    /// The run.
    pub replay: Cow<'a, Replay>,
    /// Lock classes that it is about.
    pub classes: Vec<u16>,
    /// Where it begins to go round.
    pub mark: Option<Mark>,
    /// What is said below it, in sentences.
    pub ending: Vec<String>,
}

/// The runs of a trace.
pub(super) fn runs<'a>(subject: &Subject<'a>) -> Vec<Run<'a>> {
    let (classes, mark, ending) = match &subject.trace.kind {
        TraceKind::Step | TraceKind::Premise => (Vec::new(), None, Vec::new()),
        TraceKind::Hang { stuck } => {
            let waits = cause::waits(subject, stuck);
            (waits.classes.clone(), None, cause::sentences(&waits))
        }
        TraceKind::Lasso { stem, .. } => {
            let mark = lasso::mark(subject, *stem as usize);
            (lasso::classes(subject), Some(mark), lasso::sentences(subject))
        }
        TraceKind::LockOrder { edges } => return lock_order(subject, edges),
        // `execution` draws these: they have no system to replay on
        TraceKind::Execution { .. } => return Vec::new(),
    };
    vec![Run { heading: Vec::new(), replay: Cow::Borrowed(subject.replay), classes, mark, ending }]
}

/// What is said below all runs: the lock cycle, the crash.
pub(super) fn ending(subject: &Subject) -> Vec<String> {
    let mut sentences = Vec::new();
    if let TraceKind::LockOrder { edges } = &subject.trace.kind {
        let chain: Vec<&str> = edges.iter().chain(edges.first()).map(|edge| edge.held.as_str()).collect();
        sentences.push(format!("possible circular locking dependency: {}", chain.join(" -> ")));
    }
    sentences.extend(cause::crash(subject));
    sentences
}

/// Each edge of a lock cycle, with the run that leads to it.
fn lock_order<'a>(subject: &Subject<'a>, edges: &[LockRun]) -> Vec<Run<'a>> {
    let names = &subject.system.program().lock_classes;
    let class = |name: &String| names.iter().position(|class| class == name).map(|class| class as u16);
    let classes: Vec<u16> = edges.iter().filter_map(|edge| class(&edge.held)).collect();
    let mut runs = Vec::new();
    for (number, edge) in edges.iter().enumerate() {
        let LockRun { held, awaited, context, .. } = edge;
        let heading = format!("{}. {held} -> {awaited}: {context} holds the first, awaits the second", number + 1);
        // A run that does not replay has no picture; `trace::replay` refused it before.
        let Ok(replay) = trace::run(subject.system, edge.initial, &edge.steps) else { continue };
        let ending = cause::sentences(&cause::waits(&subject.with(&replay), std::slice::from_ref(context)));
        let (heading, classes) = (vec![heading], classes.clone());
        runs.push(Run { heading, replay: Cow::Owned(replay), classes, mark: None, ending });
    }
    runs
}
