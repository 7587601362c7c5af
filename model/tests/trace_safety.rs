//! A stored trace is believed as far as its steps go: one that somebody edited, cut or reordered is refused at the first
//! step that is not enabled.
//!
//! The oracle lists, state by state, everything that could be done ([`System::each_choice`]), and looks for the first
//! step of the trace that is not among it; `replay` takes the named step only.

use std::path::Path;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::system::{End, State, System};
use pinright_model::trace::{ReplayError, Trace, TraceStep, replay};

/// Short runs of different programs; one goes round a lock, one has choices in most steps, one ends in a crash.
const TRACES: [&str; 4] = ["v4.20.S5k", "t3-w5-b.L2", "v4.20.S0", "t6a-w5-a.S7"];

struct Stored {
    name: &'static str,
    trace: Trace,
    system: System,
}

fn stored() -> Vec<Stored> {
    let corpus = Corpus::load().expect("the corpus");
    let read = |name: &'static str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../traces/{name}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let trace = Trace::parse(name, &text).expect("a trace");
        let (composition, population) = trace.case(&corpus).expect("a case");
        let program = compile(&corpus, &composition, &population).expect("kernel C").program;
        Stored { name, trace, system: System::new(program, false).expect("a system") }
    };
    TRACES.into_iter().map(read).collect()
}

/// The number, from 1, of the first step that no state on the way offers; `None` if all are offered.
fn first_not_offered(system: &System, trace: &Trace) -> Option<usize> {
    let mut state: State = system.initial()[trace.initial as usize].clone();
    let mut scratch = system.scratch();
    let mut over = false;
    for (number, step) in trace.steps.iter().enumerate() {
        let context = system.program().contexts.iter().position(|context| context.name == step.context);
        let Some(context) = context.filter(|_| !over) else { return Some(number + 1) };
        let mut next = None;
        system.load(&state, &mut scratch);
        system.each_choice(&state, &mut scratch, context, &mut |scratch, choice, outcome| {
            if choice == step.choice && !matches!(outcome.end, End::Cut(_)) {
                over = matches!(outcome.end, End::Crash(..));
                next = Some(system.next(&state, scratch, context, outcome).into());
            }
        });
        let Some(found) = next else { return Some(number + 1) };
        state = found;
    }
    None
}

/// Replays a changed trace; a refusal must name the step that the oracle names. Says whether it was refused for a step.
fn judged(stored: &Stored, steps: Vec<TraceStep>, what: &str) -> bool {
    let trace = Trace { steps, ..stored.trace.clone() };
    let expected = first_not_offered(&stored.system, &trace);
    let refused = match replay(&stored.system, &trace) {
        Err(ReplayError::NotEnabled { step, .. } | ReplayError::Context { step, .. }) => Some(step),
        _ => None,
    };
    assert_eq!(refused, expected, "{}, {what}", stored.name);
    refused.is_some()
}

#[test]
fn a_stored_trace_is_offered_step_by_step() {
    for stored in stored() {
        assert_eq!(first_not_offered(&stored.system, &stored.trace), None, "{}", stored.name);
        assert!(replay(&stored.system, &stored.trace).is_ok(), "{}", stored.name);
    }
}

#[test]
fn a_trace_with_a_step_left_out_is_refused_at_the_first_step_that_is_not_enabled() {
    for stored in stored() {
        let refused = (0..stored.trace.steps.len()).filter(|&at| {
            let mut steps = stored.trace.steps.clone();
            steps.remove(at);
            judged(&stored, steps, &format!("without step {}", at + 1))
        });
        assert!(refused.count() > 0, "{}", stored.name);
    }
}

#[test]
fn a_trace_with_two_steps_in_the_other_order_is_refused_at_the_first_step_that_is_not_enabled() {
    for stored in stored() {
        let refused = (1..stored.trace.steps.len()).filter(|&at| {
            let mut steps = stored.trace.steps.clone();
            steps.swap(at - 1, at);
            judged(&stored, steps, &format!("steps {at} and {} swapped", at + 1))
        });
        assert!(refused.count() > 0, "{}", stored.name);
    }
}

#[test]
fn a_trace_with_a_step_or_a_choice_of_another_is_refused_at_the_first_step_that_is_not_enabled() {
    for stored in stored() {
        let contexts = &stored.system.program().contexts;
        let mut refused = 0;
        for at in 0..stored.trace.steps.len() {
            for context in contexts {
                let mut steps = stored.trace.steps.clone();
                steps[at].context = context.name.clone();
                refused += usize::from(judged(&stored, steps, &format!("step {} by {}", at + 1, context.name)));
            }
            let mut steps = stored.trace.steps.clone();
            steps[at].choice += 1;
            refused += usize::from(judged(&stored, steps, &format!("another choice in step {}", at + 1)));
        }
        assert!(refused > 0, "{}", stored.name);
    }
}

#[test]
fn a_trace_that_is_cut_anywhere_confirms_nothing() {
    for stored in stored() {
        for len in 0..stored.trace.steps.len() {
            let trace = Trace { steps: stored.trace.steps[..len].to_vec(), ..stored.trace.clone() };
            assert!(first_not_offered(&stored.system, &trace).is_none());
            let replayed = replay(&stored.system, &trace);
            // A safety claim is broken by its last step; who hangs does so a few steps before a shortest run is over,
            // if at all.
            let early = matches!(stored.trace.kind, pinright_model::trace::TraceKind::Hang { .. });
            assert!(early || matches!(replayed, Err(ReplayError::NotViolated(_))), "{} cut at {len}", stored.name);
        }
    }
}

#[test]
fn a_trace_of_an_older_program_replays_if_its_steps_do() {
    for stored in stored() {
        let mut trace = stored.trace.clone();
        // Another program, other line numbers and names of functions, another wording of the claim, a later format.
        trace.program = "0123456789abcdef".into();
        trace.sentence = "as it was put then".into();
        trace.version = pinright_model::trace::VERSION;
        for step in &mut trace.steps {
            (step.at, step.function) = ("mm/gup.c:1".into(), "old_name".into());
        }
        let trace = Trace::parse("old.json", &trace.to_json()).expect("a trace");
        assert!(replay(&stored.system, &trace).is_ok(), "{}", stored.name);
    }
}
