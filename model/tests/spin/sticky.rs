//! Claims on whole states that the states themselves remember: held against a search that is written out here.

use std::collections::HashSet;

use pinright_model::promela::spin::{SpinLimits, is_installed, run_within};
use pinright_model::promela::{Judging, export};
use pinright_model::system::{ClaimSet, End, State, System};

use super::Workshop;
use super::small::{self, task};

/// States, each with the claims on whole states that were violated on the way to it.
fn remembered(system: &System) -> usize {
    let mut scratch = system.scratch();
    let mut judged = |state: &State, before: ClaimSet| {
        system.load(state, &mut scratch);
        before.union(system.judge(&mut scratch).0)
    };
    let mut todo: Vec<(State, ClaimSet)> =
        system.initial().into_iter().map(|state| (state.clone(), judged(&state, ClaimSet::default()))).collect();
    let mut seen: HashSet<(State, ClaimSet)> = todo.iter().cloned().collect();
    while let Some((state, claims)) = todo.pop() {
        for next in successors(system, &state) {
            let claims = judged(&next, claims);
            if seen.insert((next.clone(), claims)) {
                todo.push((next, claims));
            }
        }
    }
    seen.len()
}

fn successors(system: &System, state: &State) -> Vec<State> {
    let mut scratch = system.scratch();
    let mut next = Vec::new();
    system.load(state, &mut scratch);
    for context in 0..system.program().contexts.len() {
        system.each_choice(state, &mut scratch, context, &mut |scratch, _, outcome| {
            if let End::At(_) = outcome.end {
                next.push(system.next(state, scratch, context, outcome).into());
            }
        });
    }
    next
}

#[test]
fn states_remember_what_was_violated() {
    if !is_installed() {
        return println!("skipped: spin is not installed");
    }
    let run = "bump(&pages[0]); pages[0].count.counter = 0; bump(&pages[1]);";
    let counter = small::program(small::COUNTER, &[task("a", run), task("b", "bump(&pages[0]);")]);
    let loops = small::program(small::LOOPS, &small::loops());
    for (name, program) in [("sticky-counter", counter), ("sticky-loops", loops)] {
        let system = System::new(program.clone(), true).unwrap_or_else(|e| panic!("{e}"));
        let model = export(&program, system.initial_cells(), Judging::Sticky).unwrap_or_else(|e| panic!("{e}"));
        let workshop = Workshop::new(name);
        let limits = SpinLimits { optimise: 0, ..SpinLimits::default() };
        let spin = run_within(&model, &workshop.0, limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(!spin.violations.is_empty(), "{name}");
        assert_eq!(spin.states, remembered(&system) as u64 + 1, "{name}");
    }
}
