//! Runs that go round for ever: how they are stored, and what makes one a counterexample.

use super::replay::take;
use super::{Trace, TraceKind};
use crate::question::questions;
use crate::search::liveness::{Contexts, Duties, Fairness, Processes, Round, Wanted};
use crate::system::{Pc, State, System};

/// How a lasso violates the claim that it is about.
pub fn lasso_kind(system: &System, wanted: &Wanted, round: &Round, fairness: Fairness) -> TraceKind {
    let (context, objects) = about(system, wanted);
    TraceKind::Lasso { stem: round.stem as u32, context, objects, fairness }
}

/// The context or the objects that a question is about, by name.
fn about(system: &System, wanted: &Wanted) -> (Option<String>, Vec<String>) {
    match wanted {
        Wanted::Leaves { context, .. } => {
            (Some(system.program().contexts[usize::from(*context)].name.clone()), Vec::new())
        }
        Wanted::LeadsTo { pair, objects, .. } => {
            let pools = &system.program().leads_to[*pair].from.params;
            let objects = pools.iter().zip(objects);
            (None, objects.map(|(pool, object)| system.object_name(usize::from(*pool), *object)).collect())
        }
    }
}

/// A state of the run: where every context stands, who can step, and whether something is asked for and whether it is
/// there, per question.
struct Seen {
    state: State,
    pcs: Vec<Pc>,
    able: Processes,
    asks: Vec<(bool, bool)>,
}

/// Goes along the stem and once around the cycle. The cycle must close on the same state; behind a state that asks for
/// something, none may be what it asked for; and whoever fairness lets step must step on the cycle.
pub(super) fn confirm(system: &System, trace: &Trace, claim: u16) -> Result<(), String> {
    let TraceKind::Lasso { stem, context, objects, fairness } = &trace.kind else { return Ok(()) };
    let mut asked = questions(system, claim);
    asked.retain(|wanted| about(system, wanted) == (context.clone(), objects.clone()));
    let contexts = Contexts::of(system).ok_or("there are too many contexts")?;
    let stem = *stem as usize;
    if stem > trace.steps.len() {
        return Err(format!("its cycle begins behind step {stem}, and there are {}", trace.steps.len()));
    }
    let (seen, stepped) = walk(system, &contexts, trace, &asked, stem);
    let last = seen.last().ok_or("it has no state")?;
    if last.state != seen[stem].state {
        return Err(format!("its end is not the state behind step {stem}: it does not go round"));
    }
    if !(0..asked.len()).any(|question| waits(&seen, stem, question)) {
        return Err(format!("nothing that claim {} asks for stays away", trace.claim));
    }
    let duties = seen[stem..].iter().map(|seen| contexts.duties(&seen.pcs, seen.able));
    match kept_waiting(duties, *fairness) & !stepped {
        0 => Ok(()),
        owed => Err(format!("it is not fair: {} must step", name(system, owed.trailing_zeros() as usize))),
    }
}

/// The states of the run, and who steps on its cycle. Every step is known to be enabled.
fn walk(system: &System, contexts: &Contexts, trace: &Trace, asked: &[Wanted], stem: usize) -> (Vec<Seen>, Processes) {
    let Some(mut state) = system.initial().get(trace.initial as usize).cloned() else { return (Vec::new(), 0) };
    let mut scratch = system.scratch();
    let mut seen = vec![look(system, contexts, asked, &state)];
    let mut stepped = 0;
    for (number, step) in trace.steps.iter().enumerate() {
        let Some(context) = system.program().contexts.iter().position(|c| c.name == step.context) else { break };
        if number >= stem {
            stepped |= contexts.stepping(context, system.layout().pc(&state, context), step.choice);
        }
        if take(system, &mut state, &mut scratch, context, step.choice).is_err() {
            break;
        }
        seen.push(look(system, contexts, asked, &state));
    }
    (seen, stepped)
}

fn look(system: &System, contexts: &Contexts, asked: &[Wanted], state: &State) -> Seen {
    let mut scratch = system.scratch();
    system.load(state, &mut scratch);
    let pcs = system.pcs(&scratch).to_vec();
    let asks = asked.iter().map(|wanted| wanted.asks(system, &mut scratch)).collect();
    let mut able = 0;
    for (context, &pc) in pcs.iter().enumerate() {
        system.each_choice(state, &mut scratch, context, &mut |_, choice, _| {
            able |= contexts.stepping(context, pc, choice);
        });
    }
    Seen { state: state.clone(), pcs, able, asks }
}

/// Whether some state up to the cycle asks, and from there on none is what it asks for.
fn waits(seen: &[Seen], stem: usize, question: usize) -> bool {
    let there = seen.iter().rposition(|seen| seen.asks[question].1);
    let from = there.map_or(0, |last| last + 1);
    from <= stem && seen[from..].iter().any(|seen| seen.asks[question].0)
}

/// Processes that have to step on a cycle with these duties.
fn kept_waiting(duties: impl Iterator<Item = Duties>, fairness: Fairness) -> Processes {
    let (mut without_break, mut again_and_again) = (!0, 0);
    for (weak, strong) in duties.map(|duties| duties.at(fairness)) {
        without_break &= weak;
        again_and_again |= strong;
    }
    without_break | again_and_again
}

fn name(system: &System, process: usize) -> String {
    match system.program().contexts.get(process) {
        Some(context) => context.name.clone(),
        None => "a fair choice".into(),
    }
}
