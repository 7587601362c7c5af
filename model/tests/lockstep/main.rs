//! The reference interpreter against the packed engine, on every reading of every built-in proposal.
//!
//! They share the syntax tree and nothing after it. Compared is what both know: memory, violated claims, and where
//! each context stands; locals are left out, since only the packed engine knows which are dead. Small populations
//! are compared as whole graphs, all populations on walks.

#[path = "../common/few.rs"]
mod few;
#[path = "../common/jobs.rs"]
mod jobs;
#[path = "../common/readings.rs"]
mod readings;
#[path = "../common/source.rs"]
mod source;

mod engine;
mod interpreted;
mod packed;
mod show;

mod sources;
mod walk;

use std::collections::BTreeSet;

use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::reference::{Exploration, Interpreter, LimitReached};
use pinright_model::scenario::Population;
use pinright_model::system::System;

use packed::Packed;
use show::Teller;
use walk::{Plan, Walked, Walker, seed};

/// More whole states than this take the interpreter too long.
const LIMIT: usize = 200_000;

/// The claim that a graph exercises if somebody pins in it.
const PINNED: &str = "S7";

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

/// Both engines' complete graphs, if they are the same; `None` if there are more than `limit` whole states.
fn same_graph(corpus: &Corpus, pair: &Pair, limit: usize) -> Result<Option<Exploration>, String> {
    let (compiled, packed) = pair.compile(corpus);
    let Some(ours) = packed.explore(limit) else { return Ok(None) };
    let interpreted = match interpreter(&compiled).explore(limit * 4) {
        Ok(interpreted) => interpreted,
        Err(LimitReached::States) => return Ok(None),
        Err(LimitReached::Refused(e)) => {
            return Err(format!("{}: the interpreter refuses: {}", pair.name(), e.message));
        }
    };
    let same = Teller::new(packed.system(), &compiled.sources).graphs(&interpreted, &ours);
    same.map(|()| Some(ours)).map_err(|fault| format!("{}: {fault}", pair.name()))
}

/// Walks through a pair; yields what was compared, and how many places there are to stand.
fn same_walks(corpus: &Corpus, pair: &Pair, plan: Plan) -> Result<(Walked, usize), String> {
    let (compiled, packed) = pair.compile(corpus);
    let interpreter = interpreter(&compiled);
    let walker = Walker::new(&interpreter, &packed, Teller::new(packed.system(), &compiled.sources));
    let walked = walker.run(plan, seed(&pair.name())).map_err(|fault| format!("{}, {fault}", pair.name()))?;
    Ok((walked, packed.places()))
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

/// Compares complete graphs of every reading in these populations, and asserts that each reading had one.
fn compare_graphs(populations: &[Population], limit: usize) {
    let corpus = readings::corpus();
    let pairs = pairs(&corpus, populations);
    let graphs = all_well(jobs::on_all_cores(&pairs, |pair| same_graph(&corpus, pair, limit)));
    let mut total = [0; 5];
    let (mut compared, mut pinned) = (BTreeSet::new(), BTreeSet::new());
    for (pair, graph) in pairs.iter().zip(&graphs) {
        let Some(graph) = graph else { continue };
        let counts = [1, graph.states.len(), graph.edges.len(), graph.crashes.len(), graph.cuts.len()];
        total.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
        compared.insert(pair.reading.title());
        if graph.witnessed.contains(PINNED) {
            pinned.insert(pair.reading.title());
        }
        println!(
            "{}: {} states, {} edges, {} crashes, {} cuts, violated {:?}, witnessed {:?}",
            pair.name(),
            counts[1],
            counts[2],
            counts[3],
            counts[4],
            graph.violated,
            graph.witnessed
        );
    }
    let [graphs, states, edges, crashes, cuts] = total;
    println!(
        "{} readings, {graphs} graphs of {}: {states} states, {edges} edges, {crashes} crashes, {cuts} cuts",
        compared.len(),
        pairs.len()
    );
    assert_eq!(compared.len(), readings::readings(&corpus).len(), "every reading in one population at least");
    assert_eq!(pinned, compared, "every reading pins somewhere");
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

#[test]
fn graphs_of_small_sources_are_the_same() {
    let (mut crashes, mut cuts, mut claims) = (0, 0, BTreeSet::new());
    for small in sources::all() {
        let source = small.source();
        let packed = Packed::new(System::new(source.lower(), true).unwrap_or_else(|e| panic!("{}: {e}", small.name)));
        let interpreter = Interpreter::new(&source.unit, &source.contexts, &source.init);
        let interpreted = interpreter.explore(LIMIT).unwrap_or_else(|e| panic!("{}: {e:?}", small.name));
        let ours = packed.explore(LIMIT).unwrap_or_else(|| panic!("{}: too many states", small.name));
        let same = Teller::new(packed.system(), &source.sources).graphs(&interpreted, &ours);
        same.unwrap_or_else(|fault| panic!("{}: {fault}", small.name));
        println!("{}: {} states, {} edges, {:?}", small.name, ours.states.len(), ours.edges.len(), ours.violated);
        crashes += ours.crashes.len();
        cuts += ours.cuts.len();
        claims.extend(ours.violated.into_keys());
    }
    println!("{crashes} crashes, {cuts} cuts, violated {claims:?}");
    assert!(crashes > 0 && cuts > 0 && claims.len() == 6);
}

#[test]
fn small_graphs_are_the_same() {
    let corpus = readings::corpus();
    compare_graphs(&few::FEW.map(|few| few.population(&corpus)), 20_000);
}

#[test]
fn walks_offer_the_same_steps() {
    compare_walks(Plan { walks: 2, steps: 60 });
}

#[test]
#[ignore = "slow: complete graphs of every population that is small enough"]
fn larger_graphs_are_the_same() {
    compare_graphs(&readings::populations(&readings::corpus()), LIMIT);
}

#[test]
#[ignore = "slow: long walks"]
fn long_walks_offer_the_same_steps() {
    compare_walks(Plan { walks: 8, steps: 400 });
}
