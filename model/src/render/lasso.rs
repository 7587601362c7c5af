//! Runs that go round for ever, in words.

use super::cause;
use super::lanes::Mark;
use super::race::Subject;
use crate::question::{call_in, calls_of};
use crate::search::liveness::Fairness;
use crate::trace::TraceKind;

/// Where the cycle begins.
pub(super) fn mark(subject: &Subject, stem: usize) -> Mark {
    let text = match subject.replay.steps.len() == stem {
        true => "here it stops: nobody has to step",
        false => "from here on again and again",
    };
    Mark { behind: stem, text }
}

/// Classes of the locks that are awaited throughout the cycle.
pub(super) fn classes(subject: &Subject) -> Vec<u16> {
    waiting(subject).map_or_else(Vec::new, |name| cause::waits(subject, &[name]).classes)
}

/// What never happens, who waits for what, and how fair the run is.
pub(super) fn sentences(subject: &Subject) -> Vec<String> {
    let TraceKind::Lasso { context, objects, fairness, .. } = &subject.trace.kind else { return Vec::new() };
    let claim = &subject.trace.claim;
    let mut sentences = vec![match context {
        Some(context) => format!("{context} never returns from {}()", call(subject, context)),
        None => format!("when_{claim}({0}) is true, and leads_to_{claim}({0}) never is", objects.join(", ")),
    }];
    sentences.extend(
        waiting(subject).iter().flat_map(|name| cause::sentences(&cause::waits(subject, std::slice::from_ref(name)))),
    );
    sentences.push(fair(*fairness).into());
    sentences
}

/// The call that the claim says returns.
fn call(subject: &Subject, context: &str) -> &'static str {
    let context = subject.system.program().contexts.iter().find(|other| other.name == context);
    context.and_then(|context| call_in(calls_of(&subject.trace.claim), &context.code)).unwrap_or_default()
}

/// The context whose call does not return, if it takes no step on the cycle.
fn waiting(subject: &Subject) -> Option<String> {
    let TraceKind::Lasso { stem, context: Some(name), .. } = &subject.trace.kind else { return None };
    let cycle = subject.trace.steps.get(*stem as usize..)?;
    cycle.iter().all(|step| step.context != *name).then(|| name.clone())
}

/// What a run with this much fairness may do.
fn fair(fairness: Fairness) -> &'static str {
    match fairness {
        Fairness::None => "unfair: somebody who could go on stops for ever",
        Fairness::Weak => {
            "weakly fair: whoever could go on all the time does; who waits for a lock or a wait bit is overtaken again \
             and again"
        }
        Fairness::StrongAwaits => {
            "fair: whoever could go on all the time does, and who waits for a lock or a wait bit gets it in the end"
        }
    }
}
