//! A search of canonical states says what a search of all states says, and its runs are runs of the system.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::scenario::{ContextEntry, Population};
use pinright_model::search::{Exploration, Limits, Path, explore_quietly};
use pinright_model::system::{End, Fired, Pc, Ran, State, System};

use pinright_model::system::symmetry::Symmetry;

use crate::jobs;
use crate::source::{Source, task};

/// What is said, by names that do not depend on which states were kept.
#[derive(PartialEq, Debug)]
struct Said {
    depth: u32,
    violations: BTreeMap<u16, usize>,
    witnessed: u64,
    cuts: BTreeSet<String>,
    hangs: BTreeMap<(u16, Pc, bool), usize>,
    locks: Vec<Vec<(u16, u16, u16, usize)>>,
    covered: Vec<Vec<Ran>>,
}

fn said(found: &Exploration) -> Said {
    let edges = |cycle: &Vec<pinright_model::search::LockEdge>| {
        cycle.iter().map(|edge| (edge.held, edge.awaited, edge.context, edge.path.steps.len())).collect()
    };
    Said {
        depth: found.depth,
        violations: found.violations.iter().map(|(claim, path)| (*claim, path.steps.len())).collect(),
        witnessed: found.witnessed.0,
        cuts: found.cuts.iter().map(|cut| format!("{cut:?}")).collect(),
        hangs: found.hangs.iter().map(|h| ((h.context, h.pc, h.parked), h.path.steps.len())).collect(),
        locks: found.lock_cycles.iter().map(edges).collect(),
        covered: found.covered.clone(),
    }
}

/// Takes a run step by step; yields its last state, and the claims that its steps and states violate.
fn replay(system: &System, path: &Path) -> (State, pinright_model::system::ClaimSet) {
    let (states, mut violated) = system.beginnings();
    let mut state = states[path.initial].clone();
    let mut scratch = system.scratch();
    system.load(&state, &mut scratch);
    violated = violated.union(system.judge(&mut scratch).0);
    for &(context, choice) in &path.steps {
        let Fired::Done(outcome) = system.fire(&state, &mut scratch, context.into(), choice) else {
            panic!("context {context} cannot step so")
        };
        violated = violated.union(outcome.violated);
        if matches!(outcome.end, End::At(_)) {
            state = system.next(&state, &mut scratch, context.into(), &outcome).into();
            system.load(&state, &mut scratch);
            violated = violated.union(system.judge(&mut scratch).0);
        }
    }
    (state, violated)
}

fn assert_runs(name: &str, system: &System, found: &Exploration) {
    for (claim, path) in &found.violations {
        assert!(replay(system, path).1.contains(*claim), "{name}: claim {claim} is not violated by its run");
    }
    for hang in &found.hangs {
        let (state, _) = replay(system, &hang.path);
        for context in hang.stuck.iter().chain([&hang.context]) {
            let pc = system.layout().pc(&state, (*context).into());
            assert!(system.unfinished((*context).into(), pc), "{name}: {context} is not in the middle of something");
        }
        assert_eq!(system.layout().pc(&state, hang.context.into()), hang.pc, "{name}: where it hangs");
    }
    for edge in found.lock_cycles.iter().flatten() {
        let (state, _) = replay(system, &edge.path);
        let context = usize::from(edge.context);
        let Pc::At(step) = system.layout().pc(&state, context) else { panic!("{name}: no step") };
        let info = &system.program().contexts[context].code.steps[usize::from(step)];
        assert!(info.attrs.held.contains(&edge.held) && info.awaits.contains(&edge.awaited), "{name}: lock order");
    }
}

/// Yields the number of states without and with symmetry, and the order of the group.
fn assert_same(name: &str, system: &System) -> (u64, u64, usize) {
    let plain = explore_quietly(system, &Limits::default());
    let reduced = explore_quietly(system, &Limits { symmetry: true, ..Limits::default() });
    let (all, fewer) = (said(&plain), said(&reduced));
    assert!(all.covered == fewer.covered, "{name}: what ran");
    assert_eq!(all, fewer, "{name}");
    assert!(reduced.states * reduced.symmetry as u64 >= plain.states, "{name}: too few states");
    assert_runs(name, system, &reduced);
    let threads = explore_quietly(system, &Limits { symmetry: true, threads: 2, ..Limits::default() });
    let words = |found: Exploration| format!("{:?}", Exploration { elapsed: Duration::ZERO, bytes: 0, ..found });
    let order = reduced.symmetry;
    let states = reduced.states;
    assert!(words(threads) == words(reduced), "{name}: threads");
    (plain.states, states, order)
}

fn population(corpus: &Corpus, name: &str, contexts: &[&str], again: &[&str]) -> Population {
    let mut population = corpus.population(name).unwrap_or_else(|| panic!("no {name}"));
    population.contexts.retain(|context| contexts.is_empty() || contexts.contains(&context.name.as_str()));
    for (number, name) in again.iter().enumerate() {
        let again = population.contexts.iter().find(|context| context.name == *name).expect("a context").clone();
        population.contexts.push(ContextEntry { name: format!("{name}{}", number + 2), ..again });
    }
    population
}

fn system(corpus: &Corpus, reading: &Composition, population: &Population) -> System {
    let compiled = compile(corpus, reading, population).unwrap_or_else(|e| panic!("{}", e.render(false)));
    System::new(compiled.program, false).unwrap_or_else(|e| panic!("{e}"))
}

/// Contexts to keep of a built-in population, all if none is named, and those that there are once more.
type Grown = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Populations with like contexts: of one group they have two elements, of three contexts six.
const LIKE: [Grown; 5] = [
    ("two-pages", &[], &[]),
    ("munmap", &["munmap", "flusher", "rdma"], &["munmap"]),
    ("pin-truncate", &["truncate", "rdma"], &["truncate"]),
    ("stores-fsync/overwrite", &["fsync", "store"], &["fsync"]),
    ("long-pin-fsync/cow", &["fsync"], &["fsync", "fsync"]),
];

fn readings(corpus: &Corpus) -> Vec<Composition> {
    corpus.proposals().flat_map(|p| p.compositions(corpus).expect("its readings")).collect()
}

/// Every reading in each population; says what each group saves.
fn assert_same_everywhere(populations: &[Grown], wanted: impl Fn(&Composition) -> bool) {
    let corpus = Corpus::load().expect("the corpus");
    let readings: Vec<Composition> = readings(&corpus).into_iter().filter(|reading| wanted(reading)).collect();
    let jobs: Vec<(&Composition, &Grown)> =
        readings.iter().flat_map(|reading| populations.iter().map(move |population| (reading, population))).collect();
    jobs::on_all_cores(&jobs, |(reading, (name_of, contexts, again))| {
        let system = system(&corpus, reading, &population(&corpus, name_of, contexts, again));
        let name = format!("{} in {name_of}, again {again:?}", reading.title());
        let (states, fewer, order) = assert_same(&name, &system);
        // Nothing is proved of these two pages.
        let known = *name_of == "two-pages" && ["a1", "w3-a1 (a)", "w3-a1 (b)"].contains(&&*reading.title());
        assert!(order > 1 || known, "{name}: no symmetry");
        println!("{name}: symmetry of {order}, {fewer} of {states} states");
    });
}

#[test]
fn every_proposal_has_the_same_verdicts_lengths_and_coverage_with_symmetry() {
    assert_same_everywhere(&LIKE, |_| true);
}

#[test]
#[ignore = "minutes; larger populations"]
fn every_proposal_has_the_same_verdicts_in_larger_populations_with_symmetry() {
    let larger: [Grown; 4] = [
        ("stores/cow", &[], &["store"]),
        ("munmap", &[], &["munmap"]),
        ("stores-fsync/cow", &[], &["fsync"]),
        ("pin-truncate", &[], &["truncate", "truncate"]),
    ];
    assert_same_everywhere(&larger, |_| true);
}

/// A search that knows nothing but states and `System::canonical`: how many canonical states there are.
fn canonical_states(system: &System) -> usize {
    let symmetry = Symmetry::of(system);
    let mut scratch = system.scratch();
    let canonical = |state: &[u64]| system.canonical(&symmetry, state);
    let mut found: BTreeSet<State> = system.initial().iter().map(|state| canonical(state)).collect();
    let mut frontier: Vec<State> = found.iter().cloned().collect();
    while let Some(state) = frontier.pop() {
        system.load(&state, &mut scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, context, &mut |scratch, _, outcome| {
                if matches!(outcome.end, End::At(_)) {
                    let next = canonical(system.next(&state, scratch, context, outcome));
                    if found.insert(next.clone()) {
                        frontier.push(next);
                    }
                }
            });
        }
    }
    found.len()
}

#[test]
fn one_state_is_kept_for_all_that_differ_by_a_renaming() {
    let corpus = Corpus::load().expect("the corpus");
    let small = readings(&corpus).into_iter().filter(|reading| ["v4.20", "v6.18", "a1"].contains(&&*reading.title()));
    for reading in small {
        for (name, contexts, again) in [LIKE[2], LIKE[4]] {
            let system = system(&corpus, &reading, &population(&corpus, name, contexts, again));
            let reduced = explore_quietly(&system, &Limits { symmetry: true, ..Limits::default() });
            assert_eq!(reduced.states as usize, canonical_states(&system), "{} in {name}", reading.title());
        }
    }
}

/// Counters that are renamed with the contexts that use them: what memory holds moves too.
const COUNTERS: &str = "struct counter { bool locked; unsigned value : 2; struct counter *next; };\n\
    struct counter counters[3];\n\
    CLAIM(S9, \"never two\", \"\", \"\", NEEDS_NOTHING);\n\
    bool always_S9(struct counter *counter)\n{\n\treturn counter->value < 2;\n}\n\
    void lock(struct counter *c)\n{\n\t__atomic {\n\t\tawait(!c->locked);\n\t\tc->locked = true;\n\t}\n}\n\
    void unlock(struct counter *c)\n{\n\tc->locked = false;\n}\n\
    void add(struct counter *c, struct counter *d)\n{\n\tlock(c);\n\tc->next = d;\n\tlock(d);\n\
    \td->value = d->value + 1;\n\tunlock(d);\n\tc->next->value = c->next->value + 1;\n\tunlock(c);\n}\n";

fn of_source(text: &str, runs: &[&'static str]) -> System {
    let contexts: Vec<_> = runs.iter().map(|run| task(run)).collect();
    System::new(Source::new(text, &contexts).lower(), false).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn renamed_memory_gives_the_same_violations_hangs_and_cuts() {
    let ring =
        ["add(&counters[0], &counters[1]);", "add(&counters[1], &counters[2]);", "add(&counters[2], &counters[0]);"];
    let pair = ["add(&counters[0], &counters[1]);", "add(&counters[1], &counters[0]);"];
    let like =
        ["add(&counters[0], &counters[1]);", "add(&counters[0], &counters[1]);", "add(&counters[1], &counters[0]);"];
    let both = [pair[0], pair[0], pair[1], pair[1]];
    for (runs, order) in [(&ring[..], 3), (&pair, 2), (&like, 2), (&both, 8)] {
        let system = of_source(COUNTERS, runs);
        let (states, fewer, found) = assert_same(&format!("{runs:?}"), &system);
        assert_eq!(found, order, "{runs:?}");
        assert_eq!(fewer as usize, canonical_states(&system), "{runs:?}");
        assert!(fewer < states, "{runs:?}");
        let found = explore_quietly(&system, &Limits { symmetry: true, ..Limits::default() });
        assert!(!found.violations.is_empty(), "{runs:?}: two is never reached");
        assert!(!found.hangs.is_empty() || !found.cuts.is_empty(), "{runs:?}: nobody hangs");
    }
}
