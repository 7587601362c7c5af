//! Every proposal, in every reading, in small scenarios.
//!
//! A model is translated and compiled for seconds, longer the more code its contexts run, and then searched in no
//! time. So by default each reading is compared in few contexts. The slow test takes every reading in every population
//! in which it has few states. `PINRIGHT_SPIN=WORD` takes only those with WORD in their names, and
//! `PINRIGHT_SPIN_STATES` says how many states are few.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::lang::program::Program;
use pinright_model::promela::spin::is_installed;
use pinright_model::promela::{Judging, export};
use pinright_model::proposal::Composition;
use pinright_model::scenario::Population;
use pinright_model::search::{Coverage, Limits, explore};
use pinright_model::system::System;

use super::few::FEW;
use super::jobs::on_all_cores;
use super::readings::{corpus, populations, readings};
use super::{Compared, Fault, compare};

/// Populations of more states are left to longer runs.
const STATES: u64 = 6_000;

/// What is to be compared: a part of a name.
fn wish() -> Option<String> {
    std::env::var("PINRIGHT_SPIN").ok()
}

fn is_wanted(name: &str, wish: Option<&str>) -> bool {
    wish.is_none_or(|wish| name.contains(wish))
}

/// A program to be compared.
struct Job {
    reading: String,
    population: String,
    program: Program,
}

impl Job {
    fn new(corpus: &Corpus, reading: &Composition, population: &Population) -> Option<Self> {
        // Whether everything compiles is another test's business.
        let program = compile(corpus, reading, population).ok()?.program;
        Some(Job { reading: reading.title(), population: population.name.clone(), program })
    }

    fn name(&self) -> String {
        format!("{} in {}", self.reading, self.population)
    }
}

/// Whether a search ends before it has found too many states.
fn is_small(program: &Program, bound: u64) -> bool {
    let system = System::new(program.clone(), true).unwrap_or_else(|e| panic!("{e}"));
    let found = explore(&system, &Limits::default(), &mut |progress| progress.states <= bound);
    matches!(found.coverage, Coverage::Complete(_)) && found.states <= bound
}

/// Every reading in every population in which it has few states.
fn whole_populations(corpus: &Corpus, bound: u64, wish: Option<&str>) -> Vec<Job> {
    let populations = populations(corpus);
    let readings = readings(corpus);
    let pairs = readings.iter().flat_map(|reading| populations.iter().map(move |population| (reading, population)));
    let wanted: Vec<_> = pairs
        .filter(|(reading, population)| is_wanted(&format!("{} in {}", reading.title(), population.name), wish))
        .collect();
    let jobs = on_all_cores(&wanted, |(reading, population)| {
        Job::new(corpus, reading, population).filter(|job| is_small(&job.program, bound))
    });
    jobs.into_iter().flatten().collect()
}

/// Each reading with few contexts: a pin that meets another path, and one that is released; in turn.
fn few_contexts(corpus: &Corpus) -> Vec<Job> {
    let (races, releases) = FEW.split_at(FEW.len() / 2);
    let readings = readings(corpus);
    let both = readings.iter().enumerate().flat_map(|(turn, reading)| {
        [&races[turn % races.len()], &releases[turn / races.len() % releases.len()]].map(|few| (reading, few))
    });
    both.filter_map(|(reading, few)| Job::new(corpus, reading, &few.population(corpus))).collect()
}

/// Each composition in every eighth population, a different eighth each time; or in all of them.
#[test]
fn everything_is_exported() {
    let corpus = corpus();
    let readings = readings(&corpus);
    let started = Instant::now();
    let (mut models, mut bytes) = (0, 0);
    for (row, population) in populations(&corpus).iter().enumerate() {
        for (column, reading) in readings.iter().enumerate() {
            if wish().is_none() && (row + column) % 8 != 0 {
                continue;
            }
            let Ok(compiled) = compile(&corpus, reading, population) else { continue };
            let system = System::new(compiled.program.clone(), true).unwrap_or_else(|e| panic!("{e}"));
            let model = export(&compiled.program, system.initial_cells(), Judging::Reported);
            let model = model.unwrap_or_else(|e| panic!("{}", e.diagnostic().render(&compiled.sources, false)));
            models += 1;
            bytes += model.len();
        }
    }
    println!("{models} models, {bytes} bytes in {:?}", started.elapsed());
}

/// What was found in all comparisons together.
#[derive(Default)]
struct Tally {
    ours: Duration,
    translating: Duration,
    compiling: Duration,
    searching: Duration,
    states: u64,
    violations: usize,
    /// Readings compared at least once.
    readings: BTreeSet<String>,
    /// Models that the export refused, by what it cannot carry.
    refused: BTreeMap<String, usize>,
    faults: Vec<String>,
}

impl Tally {
    fn add(&mut self, job: &Job, result: Result<Compared, Fault>) {
        match result {
            Ok(Compared { ours, spin }) => {
                self.ours += ours.elapsed;
                self.translating += spin.translating;
                self.compiling += spin.compiling;
                self.searching += spin.searching;
                self.states += ours.states;
                self.violations += ours.violations.len();
                self.readings.insert(job.reading.clone());
            }
            Err(Fault::Refused(refusal)) => *self.refused.entry(refusal.feature).or_default() += 1,
            Err(fault) => self.faults.push(format!("{}: {fault}", job.name())),
        }
    }
}

/// Compares all jobs; every reading among them must have been compared.
fn compare_all(jobs: &[Job]) {
    let started = Instant::now();
    let results = on_all_cores(jobs, |job| {
        let result = compare(&job.name(), &job.program);
        match &result {
            Ok(Compared { ours, spin }) => println!(
                "{}: {} states, {} transitions, SPIN {} in {:?} of {} bytes",
                job.name(),
                ours.states,
                ours.transitions,
                spin.transitions,
                spin.searching,
                spin.vector
            ),
            Err(fault) => println!("{}: {fault}", job.name()),
        }
        result
    });
    let mut tally = Tally::default();
    jobs.iter().zip(results).for_each(|(job, result)| tally.add(job, result));
    println!(
        "{} readings, {} models, {} states, {} violated claims in {:?}: our search {:?}; spin {:?}, gcc {:?}, pan {:?}",
        tally.readings.len(),
        jobs.len(),
        tally.states,
        tally.violations,
        started.elapsed(),
        tally.ours,
        tally.translating,
        tally.compiling,
        tally.searching
    );
    println!("{} models refused: {:?}", tally.refused.values().sum::<usize>(), tally.refused);
    assert!(tally.faults.is_empty(), "{}", tally.faults.join("\n"));
    let wanted: BTreeSet<String> = jobs.iter().map(|job| job.reading.clone()).collect();
    assert_eq!(tally.readings, wanted, "every reading is compared at least once");
}

#[test]
fn every_reading_agrees_in_few_contexts() {
    if !is_installed() {
        return println!("skipped: spin is not installed");
    }
    let corpus = corpus();
    let mut jobs = few_contexts(&corpus);
    let wanted: BTreeSet<&str> = jobs.iter().map(|job| job.reading.as_str()).collect();
    assert_eq!(wanted.len(), readings(&corpus).len());
    jobs.retain(|job| is_wanted(&job.name(), wish().as_deref()));
    compare_all(&jobs);
}

#[test]
#[ignore = "slow: whole populations; cargo test --test spin -- --ignored"]
fn proposals_agree() {
    if !is_installed() {
        return println!("skipped: spin is not installed");
    }
    let bound = std::env::var("PINRIGHT_SPIN_STATES").ok().and_then(|n| n.parse().ok()).unwrap_or(STATES);
    let jobs = whole_populations(&corpus(), bound, wish().as_deref());
    assert!(!jobs.is_empty());
    compare_all(&jobs);
}
