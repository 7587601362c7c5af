//! Every proposal, in every reading, in small scenarios.
//!
//! A model takes seconds to compile for SPIN, whatever its size. So each composition takes one population, a
//! different one each, until every small one was used; `PINRIGHT_SPIN=all` takes all of them,
//! those with WORD in their names for `PINRIGHT_SPIN=WORD`. `PINRIGHT_SPIN_STATES` says how many states are small.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
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

use super::compare;

/// Populations of more states are left to longer runs.
const STATES: u64 = 6_000;

/// What is to be compared, however long it takes: "all", or a part of a name.
fn wish() -> Option<String> {
    std::env::var("PINRIGHT_SPIN").ok()
}

/// A program that is small enough.
struct Small {
    name: String,
    program: Program,
}

/// Whether a search ends before it has found too many states.
fn is_small(program: &Program, bound: u64) -> bool {
    let system = System::new(program.clone(), true).unwrap_or_else(|e| panic!("{e}"));
    let found = explore(&system, &Limits::default(), &mut |progress| progress.states <= bound);
    matches!(found.coverage, Coverage::Complete(_)) && found.states <= bound
}

/// Small programs: one of each composition, each time from a later population on; or all there are.
fn small_programs(corpus: &Corpus, bound: u64, wish: Option<&str>) -> Vec<Small> {
    let compositions = corpus.proposals().flat_map(|p| p.compositions(corpus).unwrap_or_else(|e| panic!("{e}")));
    let populations: Vec<Population> = corpus.scenarios().flat_map(|s| s.populations()).collect();
    let mut small = Vec::new();
    for (turn, composition) in compositions.enumerate() {
        let later = populations.iter().cycle().skip(turn % populations.len()).take(populations.len());
        let wanted = |name: &str| wish.is_none_or(|wish| wish == "all" || name.contains(wish));
        let programs = later.filter_map(|population| {
            let name = format!("{} in {}", composition.title(), population.name);
            if !wanted(&name) {
                return None;
            }
            // Whether everything compiles is another test's business.
            let program = compile(corpus, &composition, population).ok()?.program;
            is_small(&program, bound).then_some(Small { name, program })
        });
        small.extend(programs.take(if wish.is_some() { usize::MAX } else { 1 }));
    }
    small
}

/// Each composition in every eighth population, a different eighth each time; or in all of them.
#[test]
fn everything_is_exported() {
    let corpus = Corpus::load().unwrap_or_else(|e| panic!("{e}"));
    let compositions: Vec<Composition> =
        corpus.proposals().flat_map(|p| p.compositions(&corpus).unwrap_or_else(|e| panic!("{e}"))).collect();
    let started = Instant::now();
    let (mut models, mut bytes) = (0, 0);
    for (row, population) in corpus.scenarios().flat_map(|s| s.populations()).enumerate() {
        for (column, composition) in compositions.iter().enumerate() {
            if wish().is_none() && (row + column) % 8 != 0 {
                continue;
            }
            let Ok(compiled) = compile(&corpus, composition, &population) else { continue };
            let system = System::new(compiled.program.clone(), true).unwrap_or_else(|e| panic!("{e}"));
            let model = export(&compiled.program, system.initial_cells(), Judging::Reported);
            let model = model.unwrap_or_else(|e| panic!("{}", e.diagnostic().render(&compiled.sources, false)));
            models += 1;
            bytes += model.len();
        }
    }
    println!("{models} models, {bytes} bytes in {:?}", started.elapsed());
}

/// Times of all comparisons together.
#[derive(Default)]
struct Times {
    ours: Duration,
    compiling: Duration,
    searching: Duration,
    states: u64,
}

#[test]
#[ignore = "slow: one gcc and one pan run per proposal; cargo test --test spin -- --ignored"]
fn proposals_agree() {
    if !is_installed() {
        println!("skipped: spin is not installed");
        return;
    }
    let bound = std::env::var("PINRIGHT_SPIN_STATES").ok().and_then(|n| n.parse().ok()).unwrap_or(STATES);
    let corpus = Corpus::load().unwrap_or_else(|e| panic!("{e}"));
    let jobs = small_programs(&corpus, bound, wish().as_deref());
    let started = Instant::now();
    let (next, times, faults) = (AtomicUsize::new(0), Mutex::new(Times::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, |n| n.get()) {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    run(job, &times, &faults);
                }
            });
        }
    });
    let times = times.into_inner().expect("no panic with the lock held");
    println!(
        "{} models, {} states in {:?}: our search {:?}, SPIN's {:?}, its compilation {:?}",
        jobs.len(),
        times.states,
        started.elapsed(),
        times.ours,
        times.searching,
        times.compiling
    );
    let faults = faults.into_inner().expect("no panic with the lock held");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(!jobs.is_empty());
}

fn run(job: &Small, times: &Mutex<Times>, faults: &Mutex<Vec<String>>) {
    match compare(&job.name, &job.program) {
        Ok(compared) => {
            println!(
                "{}: {} states, {} transitions, SPIN {} in {:?} of {} bytes",
                job.name,
                compared.ours.states,
                compared.ours.transitions,
                compared.spin.transitions,
                compared.spin.searching,
                compared.spin.vector
            );
            let mut times = times.lock().expect("no panic with the lock held");
            times.ours += compared.ours.elapsed;
            times.searching += compared.spin.searching;
            times.compiling += compared.spin.compiling;
            times.states += compared.ours.states;
        }
        Err(fault) => {
            println!("{fault}");
            faults.lock().expect("no panic with the lock held").push(fault);
        }
    }
}
