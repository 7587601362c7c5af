//! What the search takes for granted, and what it promises.

mod checkpoints;
mod hangs;
#[path = "../common/jobs.rs"]
mod jobs;
#[path = "../common/source.rs"]
mod source;
mod switches;
mod symmetry;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::search::{Limits, explore_quietly};
use pinright_model::system::{Component, End, State, System};

/// Populations of all shapes: softirqs on a task's CPU, several mms, choices, truncate.
const POPULATIONS: [(&str, &str); 5] = [
    ("t3-w5", "dio-same-cpu"),
    ("v4.20", "long-pin-fsync/cow"),
    ("w8", "pin/overwrite"),
    ("t6b-w5", "two-pages"),
    ("v4.20", "dirty-unlocked-truncate"),
];

fn system((proposal, population): (&str, &str)) -> System {
    let corpus = Corpus::load().expect("the corpus");
    let proposal = corpus.proposal(proposal).expect("a proposal");
    let composition = &proposal.compositions(&corpus).expect("its readings")[0];
    let population = corpus.population(population).expect("a population");
    let compiled = compile(&corpus, composition, &population).expect("it compiles");
    System::new(compiled.program, false).expect("it starts")
}

#[test]
fn the_number_of_threads_changes_nothing_that_is_reported() {
    jobs::on_all_cores(&POPULATIONS, |population| {
        let system = system(*population);
        let found = [1, 2, 5].map(|threads| {
            let mut found = explore_quietly(&system, &Limits { threads, ..Limits::default() });
            (found.elapsed, found.bytes) = (Duration::ZERO, 0);
            format!("{found:?}")
        });
        // Too long to be shown where two differ.
        assert!(found[1] == found[0], "{population:?}: two threads");
        assert!(found[2] == found[0], "{population:?}: five threads");
    });
}

/// Every state that can be reached, found without the search.
fn reachable(system: &System, most: usize) -> HashSet<State> {
    let mut scratch = system.scratch();
    let mut found: HashSet<State> = system.initial().into_iter().collect();
    let mut frontier: Vec<State> = found.iter().cloned().collect();
    while let Some(state) = frontier.pop().filter(|_| found.len() < most) {
        system.load(&state, &mut scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(&state, &mut scratch, context, &mut |scratch, _, outcome| {
                if matches!(outcome.end, End::At(_)) {
                    let next: State = system.next(&state, scratch, context, outcome).into();
                    if found.insert(next.clone()) {
                        frontier.push(next);
                    }
                }
            });
        }
    }
    found
}

fn only(state: &[u64], component: &Component) -> Vec<u64> {
    state.iter().zip(&component.mask).map(|(word, mask)| word & mask).collect()
}

/// What the contexts of a component can do from a state, as far as it concerns the component and memory, and what else
/// of the state it changes.
fn effects(system: &System, state: &[u64], component: &Component) -> BTreeSet<String> {
    let mut scratch = system.scratch();
    let mut effects = BTreeSet::new();
    system.load(state, &mut scratch);
    for &context in &component.contexts {
        system.each_choice(state, &mut scratch, context, &mut |scratch, choice, outcome| {
            let next: Vec<u64> = system.next(state, scratch, context, outcome).to_vec();
            let (mine, memory) = (only(&next, component), only(&next, system.memory()));
            let others = system.components().iter().filter(|other| other.contexts != component.contexts);
            let moved = others.filter(|other| only(&next, other) != only(state, other)).count();
            effects.insert(format!("{context} {choice} {outcome:?} {mine:?} {memory:?} moves {moved}"));
        });
    }
    effects
}

/// Asserts that pairs of values determine effects; yields how many pairs were seen more than once.
fn assert_pairs_determine_effects(name: &str, system: &System) -> usize {
    let mut known: BTreeMap<(usize, Vec<u64>, Vec<u64>), BTreeSet<String>> = BTreeMap::new();
    let mut shared = 0;
    for state in reachable(system, 4_000) {
        for (index, component) in system.components().iter().enumerate() {
            let found = effects(system, &state, component);
            assert!(found.iter().all(|effect| effect.ends_with("moves 0")), "{name}: {found:?}");
            let pair = (index, only(&state, component), only(&state, system.memory()));
            match known.get(&pair) {
                Some(same) => {
                    shared += 1;
                    assert_eq!(*same, found, "{name}: component {index}");
                }
                None => drop(known.insert(pair, found)),
            }
        }
    }
    shared
}

#[test]
fn what_a_component_does_follows_from_its_value_and_memory_and_moves_nothing_else() {
    jobs::on_all_cores(&POPULATIONS, |population| {
        let shared = assert_pairs_determine_effects(population.1, &system(*population));
        assert!(shared > 1_000, "{population:?}: {shared} pairs were seen twice");
    });
}

/// A softirq that reads twice before it writes: memory does not tell whether it has interrupted the task on its CPU.
const READS_FIRST: &str = "struct page { unsigned n : 2; }; struct page pages[1];
static void count(void) { pages[0].n = 1; pages[0].n = 0; }
static void look(void) { unsigned seen = pages[0].n; seen = pages[0].n; pages[0].n = 0; }";

#[test]
fn contexts_of_one_cpu_are_one_component_for_they_keep_each_other_from_stepping() {
    let task = source::task("count();").on(0).forever();
    let softirq = source::softirq("look();").on(0).forever();
    let elsewhere = source::task("count();").forever();
    let source = source::Source::new(READS_FIRST, &[task, elsewhere, softirq]);
    let system = System::new(source.lower(), false).expect("it starts");
    let contexts: Vec<&[usize]> = system.components().iter().map(|component| &component.contexts[..]).collect();
    assert_eq!(contexts, [&[0, 2][..], &[1][..]]);
    assert!(assert_pairs_determine_effects("reads first", &system) > 0);
}

/// Contexts that choose before their first step: 12 values each.
const CHOOSES: &str = "struct page { unsigned n : 4; }; struct page pages[1];
static void choose(void) { int i = nondet(12); pages[0].n = i; }";

#[test]
fn no_initial_state_is_lost_however_many_there_are() {
    let contexts = [source::task("choose();"), source::task("choose();"), source::task("choose();")];
    let source = source::Source::new(CHOOSES, &contexts);
    let system = System::new(source.lower(), false).expect("it starts");
    assert_eq!(system.initial().len(), 12 * 12 * 12);
    let found = explore_quietly(&system, &Limits::default());
    assert_eq!(found.states as usize, reachable(&system, usize::MAX).len());
}
