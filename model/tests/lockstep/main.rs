//! The reference interpreter against the packed engine, on every reading of every built-in proposal.
//!
//! They share the syntax tree and nothing after it. Compared is what both know: memory, violated claims, and where
//! each context stands; locals are left out, since only the packed engine knows which are dead. Small populations
//! are compared as whole graphs, all populations on walks, and in states made of parts of what walks meet.

#[path = "../common/few.rs"]
mod few;
#[path = "../common/jobs.rs"]
mod jobs;
#[path = "../common/readings.rs"]
mod readings;
#[path = "../common/source.rs"]
mod source;

mod dice;
mod engine;
mod graphs;
mod interpreted;
mod packed;
mod random;
mod show;

mod sources;
mod walk;

use std::collections::BTreeSet;

use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::reference::Interpreter;
use pinright_model::scenario::Population;
use pinright_model::system::System;

use dice::{Dice, seed};
use graphs::Summary;
use packed::Packed;
use random::{Scatter, Scattered};
use show::Teller;
use walk::{Plan, Walked, Walker};

/// More states than this take the interpreter too long.
const LIMIT: usize = 6_000;

/// A reading in a population.
struct Pair {
    reading: Composition,
    population: Population,
}

impl Pair {
    fn name(&self) -> String {
        format!("{} in {}", self.reading.title(), self.population.name)
    }

    fn compile(&self, corpus: &Corpus) -> (Compiled, Packed) {
        let compiled = compile(corpus, &self.reading, &self.population);
        let compiled = compiled.unwrap_or_else(|e| panic!("{}: {}", self.name(), e.render(false)));
        let system = System::new(compiled.program.clone(), true).unwrap_or_else(|e| panic!("{}: {e}", self.name()));
        (compiled, Packed::new(system))
    }
}

fn interpreter(compiled: &Compiled) -> Interpreter<'_> {
    Interpreter::new(&compiled.program.unit, &compiled.contexts, &compiled.init)
}

fn pairs(corpus: &Corpus, populations: &[Population]) -> Vec<Pair> {
    let pair = |reading: &Composition, population: &Population| Pair {
        reading: reading.clone(),
        population: population.clone(),
    };
    let readings = readings::readings(corpus);
    readings.iter().flat_map(|reading| populations.iter().map(|population| pair(reading, population))).collect()
}

/// Both engines' complete graphs; `None` if there are more than `limit` states.
fn same_graph(corpus: &Corpus, pair: &Pair, limit: usize) -> Result<Option<Summary>, String> {
    let (compiled, packed) = pair.compile(corpus);
    let same = graphs::compare(&interpreter(&compiled), &packed, &compiled.sources, limit);
    same.map_err(|fault| format!("{}: {fault}", pair.name()))
}

/// Walks through a pair; yields what was compared, and how many places there are to stand.
fn same_walks(corpus: &Corpus, pair: &Pair, plan: Plan) -> Result<(Walked, usize), String> {
    let (compiled, packed) = pair.compile(corpus);
    let interpreter = interpreter(&compiled);
    let walker = Walker::new(&interpreter, &packed, Teller::new(packed.system(), &compiled.sources));
    let walked = walker.run(plan, seed(&pair.name())).map_err(|fault| format!("{}, {fault}", pair.name()))?;
    Ok((walked, packed.places()))
}

/// Random states of a pair, out of parts of those that short walks meet.
fn same_anywhere(corpus: &Corpus, pair: &Pair, plan: Plan, states: usize) -> Result<Scattered, String> {
    let (compiled, packed) = pair.compile(corpus);
    let interpreter = interpreter(&compiled);
    let teller = || Teller::new(packed.system(), &compiled.sources);
    let walker = Walker::new(&interpreter, &packed, teller());
    let told = |fault| format!("{}, {fault}", pair.name());
    let (_, met) = walker.meet(plan, seed(&pair.name())).map_err(told)?;
    let scatter = Scatter { interpreter: &interpreter, packed: &packed, teller: teller(), met };
    scatter.run(states, &mut Dice(seed(&pair.name()))).map_err(told)
}

/// The results of jobs that all went well.
fn all_well<T>(results: Vec<Result<T, String>>) -> Vec<T> {
    let (well, faults): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    let faults: Vec<String> = faults.into_iter().filter_map(Result::err).collect();
    assert!(
        faults.is_empty(),
        "{} differences\n{}",
        faults.len(),
        faults.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n")
    );
    well.into_iter().filter_map(Result::ok).collect()
}

/// Compares complete graphs of every reading in those of these populations that have few enough states; each reading
/// must have one, and pin in one. Yields how many pairs were compared, and how many were too large.
fn compare_graphs(populations: &[Population], limit: usize) -> (usize, usize) {
    let corpus = readings::corpus();
    let pairs = pairs(&corpus, populations);
    let graphs = all_well(jobs::on_all_cores(&pairs, |pair| same_graph(&corpus, pair, limit)));
    let compared: Vec<(&Pair, Summary)> = pairs.iter().zip(graphs).filter_map(|(p, g)| Some((p, g?))).collect();
    let mut total = Summary::default();
    for (pair, graph) in &compared {
        println!("{}: {graph:?}", pair.name());
        total.add(graph);
    }
    let readings: BTreeSet<String> = compared.iter().map(|(pair, _)| pair.reading.title()).collect();
    let pinning = compared.iter().filter(|(_, graph)| graph.pins()).map(|(pair, _)| pair.reading.title());
    let Summary { states, edges, crashes, cuts, .. } = total;
    println!(
        "{} readings, {} graphs of {}: {states} states, {edges} edges, {crashes} crashes, {cuts} cuts",
        readings.len(),
        compared.len(),
        pairs.len()
    );
    assert_eq!(readings.len(), readings::readings(&corpus).len(), "every reading in one population at least");
    assert_eq!(pinning.collect::<BTreeSet<_>>(), readings, "every reading pins somewhere");
    (compared.len(), pairs.len() - compared.len())
}

/// Walks through every reading in every population.
fn compare_walks(plan: Plan) {
    let corpus = readings::corpus();
    let pairs = pairs(&corpus, &readings::populations(&corpus));
    let walks = all_well(jobs::on_all_cores(&pairs, |pair| same_walks(&corpus, pair, plan)));
    let sum = |count: fn(&(Walked, usize)) -> usize| walks.iter().map(count).sum::<usize>();
    let (steps, edges) = (sum(|w| w.0.steps), sum(|w| w.0.edges));
    let (stood, places) = (sum(|w| w.0.places), sum(|w| w.1));
    println!(
        "{} pairs, {} walks each: {steps} steps, {edges} edges, {stood} of {places} places",
        walks.len(),
        plan.walks
    );
    assert!(walks.iter().all(|(walked, _)| walked.steps > plan.steps / 2));
}

/// Compares random states of every reading, in one of `every` populations.
fn compare_anywhere(every: usize, plan: Plan, states: usize) {
    let corpus = readings::corpus();
    let populations = readings::populations(&corpus);
    let pairs = pairs(&corpus, &populations);
    let mut turn = 0;
    let pairs: Vec<Pair> = pairs
        .into_iter()
        .filter(|_| {
            turn += 1;
            // One further with each reading, so that all populations have their turn.
            (turn + turn / populations.len()).is_multiple_of(every)
        })
        .collect();
    let results = all_well(jobs::on_all_cores(&pairs, |pair| same_anywhere(&corpus, pair, plan, states)));
    let mut total = Scattered::default();
    results.iter().for_each(|one| total.add(one));
    println!("{} pairs: {total:?}", results.len());
    assert!(total.edges > total.states && total.crashes > 0 && total.stuck < total.states / 10, "{total:?}");
    let readings: BTreeSet<String> = pairs.iter().map(|pair| pair.reading.title()).collect();
    assert_eq!(readings.len(), readings::readings(&corpus).len(), "every reading");
}

#[test]
fn random_states_offer_the_same_steps() {
    compare_anywhere(8, Plan { walks: 2, steps: 40 }, 60);
}

#[test]
#[ignore = "slow: every population, more states; cargo test --test lockstep -- --ignored"]
fn more_random_states_offer_the_same_steps() {
    compare_anywhere(1, Plan { walks: 3, steps: 80 }, 300);
}

#[test]
fn graphs_of_small_sources_are_the_same() {
    let mut total = Summary::default();
    for small in sources::all() {
        let source = small.source();
        let packed = Packed::new(System::new(source.lower(), true).unwrap_or_else(|e| panic!("{}: {e}", small.name)));
        let interpreter = Interpreter::new(&source.unit, &source.contexts, &source.init);
        let same = graphs::compare(&interpreter, &packed, &source.sources, LIMIT);
        let graph = same.unwrap_or_else(|fault| panic!("{}: {fault}", small.name));
        let graph = graph.unwrap_or_else(|| panic!("{}: too many states", small.name));
        println!("{}: {graph:?}", small.name);
        total.add(&graph);
    }
    println!("{total:?}");
    assert!(total.crashes > 0 && total.cuts > 0 && total.violated.len() == 6, "every way to end, every claim");
}

#[test]
fn graphs_of_few_contexts_are_the_same() {
    let corpus = readings::corpus();
    let (_, too_large) = compare_graphs(&few::FEW.map(|few| few.population(&corpus)), LIMIT);
    assert_eq!(too_large, 0);
}

#[test]
fn walks_offer_the_same_steps() {
    compare_walks(Plan { walks: 2, steps: 60 });
}

#[test]
#[ignore = "slow: complete graphs of whole populations; cargo test --test lockstep -- --ignored"]
fn graphs_of_whole_populations_are_the_same() {
    compare_graphs(&readings::populations(&readings::corpus()), LIMIT);
}

#[test]
#[ignore = "slow: longer walks; cargo test --test lockstep -- --ignored"]
fn longer_walks_offer_the_same_steps() {
    compare_walks(Plan { walks: 4, steps: 200 });
}
