//! Hangs, held to their definition: whoever is in the middle of something and steps in no state that can be reached.

use std::collections::{BTreeMap, HashMap, VecDeque};

use pinright_model::search::{Limits, explore_quietly};
use pinright_model::system::{End, Pc, State, System};

use crate::source::{Source, task};
use crate::{POPULATIONS, system};

/// Who hangs, where, whether somebody is parked meanwhile, and after how many steps at least.
type Hangs = BTreeMap<(u16, Pc, bool), usize>;

/// A state, its depth, and who steps there.
type Node = (State, usize, u64);

/// A graph of states, and what follows each of them. Knows nothing of the search.
fn graph(system: &System) -> (Vec<Node>, Vec<Vec<usize>>) {
    let mut scratch = system.scratch();
    let (mut numbers, mut states, mut after) = (HashMap::new(), Vec::new(), Vec::new());
    let mut queue = VecDeque::new();
    for state in system.initial() {
        numbers.insert(state.clone(), states.len());
        states.push((state.clone(), 0, 0));
        queue.push_back(state);
    }
    while let Some(state) = queue.pop_front() {
        let (at, mut next) = (numbers[&state], Vec::new());
        system.load(&state, &mut scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, context, &mut |scratch, _, outcome| match outcome.end {
                End::At(_) => {
                    let to: State = system.next(&state, scratch, context, outcome).into();
                    let depth = states[at].1 + 1;
                    let number = *numbers.entry(to.clone()).or_insert_with(|| {
                        states.push((to.clone(), depth, 0));
                        queue.push_back(to);
                        states.len() - 1
                    });
                    states[at].2 |= 1 << context;
                    next.push(number);
                }
                // A crash is told of otherwise, and counts as a step of everybody.
                End::Crash(..) => states[at].2 = u64::MAX,
                End::Cut(_) => states[at].2 |= 1 << context,
            });
        }
        after.push(next);
    }
    (states, after)
}

fn by_definition(system: &System) -> Hangs {
    let (states, after) = graph(system);
    let mut can: Vec<u64> = states.iter().map(|(_, _, steps)| *steps).collect();
    let mut changed = true;
    while changed {
        changed = false;
        for at in (0..can.len()).rev() {
            let all = after[at].iter().fold(can[at], |all, next| all | can[*next]);
            changed |= all != can[at];
            can[at] = all;
        }
    }
    let mut hangs = Hangs::new();
    for ((state, depth, _), can) in states.iter().zip(can) {
        let contexts = 0..system.program().contexts.len();
        let pcs: Vec<Pc> = contexts.map(|context| system.layout().pc(state, context)).collect();
        let parked = pcs.contains(&Pc::Parked);
        for (context, pc) in pcs.iter().enumerate() {
            if can >> context & 1 == 0 && system.unfinished(context, *pc) {
                let least = hangs.entry((context as u16, *pc, parked)).or_insert(*depth);
                *least = (*least).min(*depth);
            }
        }
    }
    hangs
}

/// Yields how many hangs there are.
fn assert_defined(name: &str, system: &System) -> usize {
    let found = explore_quietly(system, &Limits::default());
    assert!(found.complete().is_some(), "{name}: hangs are looked for in closed graphs only");
    let said: Hangs = found.hangs.iter().map(|h| ((h.context, h.pc, h.parked), h.path.steps.len())).collect();
    assert_eq!(said, by_definition(system), "{name}");
    said.len()
}

const WAITS: &str = "struct flags { unsigned chosen : 2; bool ticks; bool a; bool b; };\nstruct flags flag;\n\
    void lock_a(void)\n{\n\t__atomic {\n\t\tawait(!flag.a);\n\t\tflag.a = true;\n\t}\n}\n\
    void lock_b(void)\n{\n\t__atomic {\n\t\tawait(!flag.b);\n\t\tflag.b = true;\n\t}\n}\n\
    void choose(void)\n{\n\tflag.ticks = flag.ticks;\n\tflag.ticks = flag.ticks;\n\tflag.chosen = 1 + nondet(2);\n}\n\
    void tick(void)\n{\n\tflag.ticks = !flag.ticks;\n}\n\
    void wait_for(int value)\n{\n\tflag.ticks = flag.ticks;\n\tawait(flag.chosen == value);\n}\n\
    void ab(void)\n{\n\tlock_a();\n\tlock_b();\n\tflag.b = false;\n\tflag.a = false;\n}\n\
    void ba(void)\n{\n\tlock_b();\n\tlock_a();\n\tflag.a = false;\n\tflag.b = false;\n}\n";

#[test]
fn hangs_are_those_of_the_definition_where_each_way_on_frees_another_context() {
    let runs = |runs: &[(&'static str, bool)]| {
        let contexts: Vec<_> =
            runs.iter().map(|(run, ever)| if *ever { task(run).forever() } else { task(run) }).collect();
        System::new(Source::new(WAITS, &contexts).lower(), false).unwrap_or_else(|e| panic!("{e}"))
    };
    let (one, two, choose, tick) =
        (("wait_for(1);", false), ("wait_for(2);", false), ("choose();", false), ("tick();", true));
    let (ab, ba) = (("ab();", false), ("ba();", false));
    let none = runs(&[one, ("flag.chosen = 1;", false), tick]);
    assert_eq!(assert_defined("it comes", &none), 0);
    for (name, some) in [
        ("one of two", runs(&[one, two, choose])),
        ("one of two, while somebody goes round", runs(&[one, two, choose, tick])),
        ("nobody chooses", runs(&[one, tick])),
        ("locks", runs(&[ab, ba])),
        ("locks, while somebody goes round", runs(&[ab, ba, tick])),
    ] {
        assert!(assert_defined(name, &some) > 0, "{name}: nobody hangs");
    }
}

#[test]
fn hangs_of_built_in_populations_are_those_of_the_definition() {
    for population in &POPULATIONS[1..3] {
        assert_defined(&format!("{population:?}"), &system(*population));
    }
}
