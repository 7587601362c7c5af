//! Failing executions as traces of the model's format, for `explore trace` and `explore replay`.

use std::collections::BTreeMap;

use pinright_model::execution::{MemoryEffect, MemoryEvent, MemoryOrder};
use pinright_model::trace::{Trace, TraceKind, TraceStep, VERSION_OF_EXECUTIONS};

use crate::record::{Access, Effect, Order};
use crate::run::{Failure, upwards};
use crate::schemes::{ALL, Scheme};

/// What stands before a scheme's name in a trace.
const CHECKS: &str = "checks/";

/// The trace of a failing execution; `claim` is the race that it shows, or empty.
pub fn trace(scheme: &Scheme, check: &str, race: &str, failure: &Failure) -> Trace {
    let noted = |wanted: fn(&Effect) -> Option<i32>| {
        let of = |access: &Access| wanted(&access.effect).map(|value| (access.word.to_string(), value));
        failure.log.iter().filter_map(of).collect::<BTreeMap<_, _>>()
    };
    let start = noted(|effect| if let Effect::Start(value) = effect { Some(*value) } else { None });
    let rest = noted(|effect| if let Effect::Rest(value) = effect { Some(*value) } else { None });
    let mut current = start.clone();
    let steps = failure.log.iter().filter_map(|access| step(access, &mut current)).collect();
    Trace {
        version: VERSION_OF_EXECUTIONS,
        proposal: format!("{CHECKS}{}", scheme.name),
        reading: String::new(),
        files: Vec::new(),
        scenario: check.into(),
        population: None,
        defines: BTreeMap::new(),
        claim: if race.is_empty() { "unexpected".into() } else { race.into() },
        sentence: failure.what.clone(),
        kind: TraceKind::Execution { start, rest },
        program: String::new(),
        initial: 0,
        steps,
    }
}

/// The file of a trace, where a scheme has several of one claim: `fork.L9L.2.json`, from 1.
pub fn file_name(trace: &Trace, number: usize) -> String {
    format!("{}.{}.{number}.json", trace.proposal.trim_start_matches(CHECKS), trace.claim)
}

/// Explores the check that a trace is of once more; whether it fails in the same way, step by step.
///
/// # Errors
/// There is no such check, or it does something else today.
pub fn explore_again(trace: &Trace) -> Result<(), String> {
    let name = trace.proposal.strip_prefix(CHECKS).unwrap_or(&trace.proposal);
    let scheme = ALL.iter().find(|scheme| scheme.name == name).ok_or(format!("there is no scheme `{name}`"))?;
    let broken = scheme.broken.iter().map(|broken| (&broken.check, broken.race));
    let mut checks = scheme.checks.iter().map(|check| (check, "")).chain(broken);
    let (check, race) = checks
        .find(|(check, _)| check.name == trace.scenario)
        .ok_or(format!("{name} has no check `{}`", trace.scenario))?;
    let (_, explored) = upwards(check, None);
    let failure = explored.failure.ok_or("the check holds today")?;
    match self::trace(scheme, check.name, race, &failure) == *trace {
        true => Ok(()),
        false => Err(format!("the shortest failing execution is another one today: {}", failure.what)),
    }
}

/// A step, unless nobody took it; `current` is what was stored last.
fn step(access: &Access, current: &mut BTreeMap<String, i32>) -> Option<TraceStep> {
    let effect = effect(access.effect)?;
    let value = current.get(access.word).copied();
    let (saw, left) = match effect {
        MemoryEffect::Load { saw } => (Some(saw), None),
        MemoryEffect::Update { saw, value } => (Some(saw), Some(value)),
        MemoryEffect::Store { value } => (None, Some(value)),
        MemoryEffect::Lock | MemoryEffect::Unlock | MemoryEffect::Barrier => (None, None),
    };
    if let Some(left) = left {
        current.insert(access.word.into(), left);
    }
    let stale = saw.is_some() && saw != value;
    Some(TraceStep {
        context: format!("t{}", access.thread),
        function: access.site.split(':').next().unwrap_or(access.site).into(),
        at: access.site.into(),
        choice: 0,
        memory: Some(MemoryEvent { word: access.word.into(), effect, order: order(access.order), stale }),
    })
}

fn effect(effect: Effect) -> Option<MemoryEffect> {
    match effect {
        Effect::Load(saw) => Some(MemoryEffect::Load { saw }),
        Effect::Store(value) => Some(MemoryEffect::Store { value }),
        Effect::Rmw(saw, value) => Some(MemoryEffect::Update { saw, value }),
        Effect::Lock => Some(MemoryEffect::Lock),
        Effect::Unlock => Some(MemoryEffect::Unlock),
        Effect::Fence => Some(MemoryEffect::Barrier),
        Effect::Start(_) | Effect::Rest(_) | Effect::Invoke(_) | Effect::Return(_) => None,
    }
}

fn order(order: Order) -> MemoryOrder {
    match order {
        Order::Relaxed => MemoryOrder::Relaxed,
        Order::Acquire => MemoryOrder::Acquire,
        Order::Release => MemoryOrder::Release,
        Order::AcquireRelease => MemoryOrder::AcquireRelease,
        Order::Full => MemoryOrder::Full,
    }
}
