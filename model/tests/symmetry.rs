//! Symmetry: what is used as one is one, and a search of canonical states gives the same verdicts.

#[path = "common/readings.rs"]
#[allow(dead_code)]
mod readings;
#[path = "common/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::scenario::Population;
use pinright_model::system::symmetry::{Property, Symmetry};
use pinright_model::system::{ClaimSet, End, State, System};
use source::{Source, task};

/// A successor, and the claims that the step or the state violates.
type Successor = (Option<State>, ClaimSet);

fn successors(system: &System, state: &State) -> Vec<Vec<Successor>> {
    let mut scratch = system.scratch();
    (0..system.program().contexts.len())
        .map(|context| {
            let mut all = Vec::new();
            system.load(state, &mut scratch);
            system.each_choice(state, &mut scratch, context, &mut |scratch, _, outcome| match outcome.end {
                End::At(_) => {
                    let next: State = system.next(state, scratch, context, outcome).into();
                    let judged = system.judge(scratch).0;
                    all.push((Some(next), outcome.violated.union(judged)));
                }
                _ => all.push((None, outcome.violated)),
            });
            all.sort();
            all.dedup();
            all
        })
        .collect()
}

/// A search that knows nothing but states: how many there are, and the least depth at which each claim is violated.
fn search(system: &System, canonical: impl Fn(State) -> State) -> (usize, BTreeMap<u16, usize>) {
    let (initial, violated) = system.beginnings();
    let mut depths: BTreeMap<u16, usize> = violated.iter().map(|claim| (claim, 0)).collect();
    let mut seen: HashMap<State, usize> = HashMap::new();
    let mut queue = VecDeque::new();
    for state in initial.into_iter().map(&canonical) {
        if seen.insert(state.clone(), 0).is_none() {
            queue.push_back(state);
        }
    }
    while let Some(state) = queue.pop_front() {
        let depth = seen[&state] + 1;
        for (next, violated) in successors(system, &state).into_iter().flatten() {
            for claim in violated.iter() {
                depths.entry(claim).or_insert(depth);
            }
            if let Some(next) = next.map(&canonical)
                && !seen.contains_key(&next)
            {
                seen.insert(next.clone(), depth);
                queue.push_back(next);
            }
        }
    }
    (seen.len(), depths)
}

/// Some reachable states: every `nth` of the first ones that are found.
fn sample(system: &System, most: usize, nth: usize) -> Vec<State> {
    let mut seen: BTreeSet<State> = system.initial().into_iter().collect();
    let mut order: Vec<State> = seen.iter().cloned().collect();
    let mut next = 0;
    while next < order.len() && order.len() < most {
        for (state, _) in successors(system, &order[next].clone()).into_iter().flatten() {
            if let Some(state) = state.filter(|state| seen.insert(state.clone())) {
                order.push(state);
            }
        }
        next += 1;
    }
    order.into_iter().step_by(nth).collect()
}

/// The independent oracle: the image of what a context does is what its image does in the image.
fn assert_symmetric(name: &str, system: &System, symmetry: &Symmetry, most: usize, nth: usize) {
    for state in sample(system, most, nth) {
        let ours = successors(system, &state);
        let least = system.canonical(symmetry, &state);
        assert_eq!(system.canonical(symmetry, &least), least, "{name}: canonical of canonical");
        for element in symmetry.elements() {
            let image = element.state(system, &state);
            assert_eq!(system.canonical(symmetry, &image), least, "{name}: one orbit, two canonical states");
            let theirs = successors(system, &image);
            for (context, ours) in ours.iter().enumerate() {
                let mut renamed: Vec<Successor> = ours
                    .iter()
                    .map(|(next, claims)| (next.as_ref().map(|next| element.state(system, next)), *claims))
                    .collect();
                renamed.sort();
                assert_eq!(renamed, theirs[element.context(context)], "{name}: successors of {context}");
            }
        }
    }
}

/// Verdicts and shortest depths agree; each canonical state stands for at most as many as the group has elements.
fn assert_same_verdicts(name: &str, system: &System, symmetry: &Symmetry) -> (usize, usize) {
    let (states, depths) = search(system, |state| state);
    let (fewer, reduced) = search(system, |state| system.canonical(symmetry, &state));
    assert_eq!(depths, reduced, "{name}: depths");
    assert!(fewer * symmetry.elements().len() >= states, "{name}: {fewer} of {states} are too few");
    (states, fewer)
}

fn system(corpus: &Corpus, proposal: &str, population: &Population) -> System {
    let readings = readings::readings(corpus);
    let reading = readings.iter().find(|reading| reading.title().starts_with(proposal));
    let reading = reading.unwrap_or_else(|| panic!("no {proposal}"));
    let compiled = compile(corpus, reading, population).unwrap_or_else(|e| panic!("{}", e.render(false)));
    System::new(compiled.program, false).unwrap_or_else(|e| panic!("{e}"))
}

/// A built-in population with some of its contexts.
fn population(corpus: &Corpus, name: &str, contexts: &[&str]) -> Population {
    let mut population = corpus.population(name).unwrap_or_else(|| panic!("no {name}"));
    population.contexts.retain(|context| contexts.contains(&context.name.as_str()));
    population.contexts.iter_mut().for_each(|context| context.forever = false);
    population
}

fn of_source(text: &str, runs: &[&'static str]) -> System {
    let contexts: Vec<_> = runs.iter().map(|run| task(run)).collect();
    System::new(Source::new(text, &contexts).lower(), false).unwrap_or_else(|e| panic!("{e}"))
}

const COUNTERS: &str = "struct counter { bool locked; unsigned value : 3; __ghost bool seen; };\n\
    struct counter counters[2];\n\
    CLAIM(S9, \"never three\", \"\", \"\", NEEDS_NOTHING);\n\
    bool always_S9(struct counter *counter)\n{\n\treturn counter->value < 2 || !counter->seen;\n}\n\
    void lock(struct counter *c)\n{\n\t__atomic {\n\t\tawait(!c->locked);\n\t\tc->locked = true;\n\t}\n}\n\
    void add(struct counter *c)\n{\n\tlock(c);\n\tc->value = c->value + 1;\n\t__atomic { c->locked = false; c->seen = true; }\n}\n";

#[test]
fn identical_contexts_are_interchangeable() {
    let system = of_source(COUNTERS, &["add(&counters[0]);", "add(&counters[0]);", "add(&counters[0]);"]);
    let symmetry = Symmetry::of(&system);
    assert_eq!(symmetry.elements().len(), 6);
    assert_symmetric("three adders", &system, &symmetry, 1000, 1);
    let (states, fewer) = assert_same_verdicts("three adders", &system, &symmetry);
    assert!(fewer * 3 < states, "{fewer} of {states}");
}

#[test]
fn contexts_of_interchangeable_objects_go_with_them() {
    let system = of_source(COUNTERS, &["add(&counters[0]);", "add(&counters[1]);"]);
    let symmetry = Symmetry::of(&system);
    assert_eq!(symmetry.elements().len(), 2);
    assert_symmetric("two counters", &system, &symmetry, 1000, 1);
    assert_same_verdicts("two counters", &system, &symmetry);
}

#[test]
fn a_number_that_stands_for_an_object_forbids_the_renaming() {
    let text = format!("{COUNTERS}void pick(unsigned which)\n{{\n\tcounters[which].value = which;\n}}\n");
    let system = of_source(&text, &["pick(0);", "pick(1);"]);
    assert!(Symmetry::of(&system).is_trivial());
}

#[test]
fn an_entry_that_is_taken_first_is_not_like_the_others() {
    let text = "struct thing { bool used; };\nstruct thing things[2];\nstruct holder { struct thing *thing; };\n\
        struct holder holders[1];\nvoid take(void)\n{\n\tholders[0].thing = pool_get(things);\n}\n";
    let system = of_source(text, &["take();"]);
    assert!(Symmetry::of(&system).is_trivial());
}

#[test]
fn liveness_under_fairness_refuses_symmetry_and_says_why() {
    let system = of_source(COUNTERS, &["add(&counters[0]);", "add(&counters[0]);"]);
    let symmetry = Symmetry::of(&system);
    assert!(symmetry.allows(Property::Safety).is_ok());
    let refusal = symmetry.allows(Property::FairLiveness).expect_err("a group of two").to_string();
    assert!(refusal.contains("search without it"), "{refusal}");
    let alone = of_source(COUNTERS, &["add(&counters[0]);"]);
    assert!(Symmetry::of(&alone).allows(Property::FairLiveness).is_ok());
}

#[test]
fn two_processes_that_store_to_one_page_are_interchangeable() {
    let corpus = readings::corpus();
    let population = population(&corpus, "stores-two-mms", &["store", "store1"]);
    for proposal in ["v4.20", "t3-g3-w5b", "a1"] {
        let system = system(&corpus, proposal, &population);
        let symmetry = Symmetry::of(&system);
        assert_eq!(symmetry.elements().len(), 2, "{proposal}");
        assert_symmetric(proposal, &system, &symmetry, 4000, 3);
        let (states, fewer) = assert_same_verdicts(proposal, &system, &symmetry);
        assert!(fewer * 3 < states * 2, "{fewer} of {states}");
    }
}

/// Every reading in populations that look symmetric: what cannot be proved is printed as `none`.
#[test]
#[ignore = "minutes; prints what each group saves"]
fn every_proposal_has_the_same_verdicts_with_symmetry() {
    let corpus = readings::corpus();
    let few =
        [("two-pins", ["rdma", "rdma1"]), ("two-pages", ["rdma", "rdma1"]), ("stores-two-mms", ["store", "store1"])];
    let populations = few.map(|(name, contexts)| population(&corpus, name, &contexts));
    for reading in readings::readings(&corpus) {
        let whole = ["two-pins", "two-pages"].into_iter().filter_map(|name| corpus.population(name));
        for population in populations.iter().cloned().chain(whole) {
            let compiled = compile(&corpus, &reading, &population).unwrap_or_else(|e| panic!("{}", e.render(false)));
            let system = System::new(compiled.program, false).unwrap_or_else(|e| panic!("{e}"));
            let started = std::time::Instant::now();
            let symmetry = Symmetry::of(&system);
            let spent = started.elapsed();
            let contexts = system.program().contexts.len();
            let name = format!("{} in {} of {contexts} contexts", reading.title(), population.name);
            if symmetry.is_trivial() {
                println!("{name}: none ({spent:.2?})");
                continue;
            }
            assert_symmetric(&name, &system, &symmetry, 2000, 17);
            let (states, fewer) = assert_same_verdicts(&name, &system, &symmetry);
            println!(
                "{name}: {} elements ({spent:.2?}), {states} states, {fewer} canonical",
                symmetry.elements().len()
            );
        }
    }
}
