//! A slice says of the wanted claims what the whole program says: same verdicts, same shortest runs, same lines.

#[path = "common/few.rs"]
mod few;
#[path = "common/jobs.rs"]
mod jobs;
#[path = "common/readings.rs"]
#[allow(dead_code)]
mod readings;

use std::collections::BTreeSet;

use few::FEW;
use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::lang::program::Program;
use pinright_model::lang::slice::{Wanted, slice};
use pinright_model::proposal::Composition;
use pinright_model::scenario::Population;
use pinright_model::search::liveness::Findings;
use pinright_model::search::{Exploration, Hang, Limits, LockEdge, Path, explore_quietly};
use pinright_model::system::System;
use pinright_model::verdict::{Case, Judgement, Verdict};

fn all(program: &Program) -> BTreeSet<u16> {
    (0..program.claims.len() as u16).collect()
}

/// The sets of claims that are asked for: each alone, every second one, all.
fn sets(program: &Program) -> Vec<BTreeSet<u16>> {
    let all = all(program);
    let mut sets: Vec<BTreeSet<u16>> = all.iter().map(|claim| BTreeSet::from([*claim])).collect();
    sets.push(all.iter().copied().filter(|claim| claim % 2 == 0).collect());
    sets.push(BTreeSet::new());
    sets.push(all);
    sets
}

/// A composition in a population, searched whole.
struct Whole {
    compiled: Compiled,
    system: System,
    composition: Composition,
    population: Population,
    found: Exploration,
    case: Case,
}

impl Whole {
    fn new(corpus: &Corpus, composition: &Composition, population: &Population) -> Self {
        let compiled = compile(corpus, composition, population).unwrap_or_else(|e| panic!("{}", e.render(false)));
        let system = System::new(compiled.program.clone(), false).unwrap_or_else(|e| panic!("{e}"));
        let found = explore_quietly(&system, &Limits::default());
        let case = Judgement {
            system: &system,
            compiled: &compiled,
            composition,
            built_in: true,
            population,
            wanted: &all(&compiled.program),
            found: &found,
            fewest: None,
            live: &Findings::default(),
            hash: Default::default(),
        }
        .case();
        let (composition, population) = (composition.clone(), population.clone());
        Whole { compiled, system, composition, population, found, case }
    }

    fn name(&self) -> String {
        format!("{} in {}", self.composition.title(), self.population.name)
    }

    fn slice(&self, claims: &BTreeSet<u16>) -> System {
        let wanted = Wanted { claims: claims.clone(), covered: self.compiled.proposal_files.clone() };
        System::new(slice(&self.compiled.program, &wanted), false).unwrap_or_else(|e| panic!("{e}"))
    }

    /// What differs in a slice, in words.
    fn differences(&self, claims: &BTreeSet<u16>) -> Vec<String> {
        let found = explore_quietly(&self.slice(claims), &Limits::default());
        let mut differences = Vec::new();
        let mut differ = |what: &str, differs: bool| {
            if differs {
                differences.push(format!("{}, claims {claims:?}: {what}", self.name()));
            }
        };
        differ("more states than the whole program has", found.states > self.found.states);
        differ("cuts", found.cuts != self.found.cuts);
        differ("lock cycles", cycles(&found) != cycles(&self.found));
        differ("hangs", hangs(&found) != hangs(&self.found));
        let strange = found.violations.keys().any(|claim| !claims.contains(claim) && !self.certain(*claim));
        differ("a violation of a claim that nobody asked for", strange);
        for claim in claims {
            let (here, there) = (found.violations.get(claim), self.found.violations.get(claim));
            let length = |path: Option<&Path>| path.map(|path| path.steps.len());
            differ("the length of the shortest run", length(here) != length(there));
        }
        let case = Judgement {
            system: &self.system,
            compiled: &self.compiled,
            composition: &self.composition,
            built_in: true,
            population: &self.population,
            wanted: claims,
            found: &found,
            fewest: None,
            live: &Findings::default(),
            hash: Default::default(),
        }
        .case();
        differ("lines reachable", case.ran.proposal.lines != self.case.ran.proposal.lines);
        for claim in claims {
            let (id, here) = &case.verdicts[usize::from(*claim)];
            let there = &self.case.verdicts[usize::from(*claim)].1;
            differ(id, said(here) != said(there));
        }
        differences
    }

    /// Claims that the engine watches, whoever asks: a crash, and counts below zero at stores that stay anyway.
    fn certain(&self, claim: u16) -> bool {
        ["S0", "S7", "S13"].contains(&self.compiled.program.claims[usize::from(claim)].decl.id.as_str())
    }
}

/// Who hangs where, after how many steps. Which of several equally short runs is told depends on what a state holds.
fn hangs(found: &Exploration) -> Vec<String> {
    let said = |hang: &Hang| format!("{} {:?} {} {}", hang.context, hang.pc, hang.parked, hang.path.steps.len());
    found.hangs.iter().map(said).collect()
}

/// The edges of lock cycles, with the lengths of the runs to them.
fn cycles(found: &Exploration) -> Vec<Vec<(u16, u16, usize)>> {
    let edge = |edge: &LockEdge| (edge.held, edge.awaited, edge.path.steps.len());
    found.lock_cycles.iter().map(|cycle| cycle.iter().map(edge).collect()).collect()
}

/// A verdict in words; the number of states is the search's own.
fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds(..) | Verdict::Vacuous(_) => verdict.word().into(),
        Verdict::Violated(violation) => format!("violated {}", violation.steps),
        Verdict::Undecided(reason) => format!("undecided {reason}"),
        Verdict::NotApplicable(absent) => format!("n/a {absent}"),
    }
}

/// States, bits and seconds of a search.
fn measured(system: &System) -> String {
    let found = explore_quietly(system, &Limits::default());
    format!("{} {} {:.2}", found.states, system.layout().bits().0, found.elapsed.as_secs_f64())
}

#[test]
#[ignore = "prints a table: states, bits and seconds per set of claims"]
fn table_of_what_slicing_saves() {
    let corpus = readings::corpus();
    for name in ["pin/cow-stable", "two-pins", "dio", "pin-truncate", "stores-fsync", "reclaim/ext4"] {
        let Some(population) = corpus.population(name) else { continue };
        for reading in readings::readings(&corpus).iter().step_by(9) {
            let compiled = compile(&corpus, reading, &population).unwrap_or_else(|e| panic!("{}", e.render(false)));
            let of = |program: Program| System::new(program, false).unwrap_or_else(|e| panic!("{e}"));
            let claims = &compiled.program.claims;
            println!("{} in {name}: whole {}", reading.title(), measured(&of(compiled.program.clone())));
            let applies = |claim: &u16| {
                let claim = &claims[usize::from(*claim)];
                claim.hooked && claim.decl.needs.iter().all(|need| population.offers.contains(need))
            };
            let all: BTreeSet<u16> = (0..claims.len() as u16).filter(applies).collect();
            let safety: BTreeSet<u16> =
                all.iter().copied().filter(|c| !claims[usize::from(*c)].decl.id.starts_with('S')).collect();
            let one = |id: &str| compiled.program.claim(id).into_iter().collect::<BTreeSet<u16>>();
            let sets = [
                ("applicable", all),
                ("L only", safety),
                ("S1", one("S1")),
                ("S4", one("S4")),
                ("S5", one("S5")),
                ("S6", one("S6")),
                ("S7", one("S7")),
                ("S10", one("S10")),
                ("S13", one("S13")),
            ];
            for (set, claims) in sets {
                let started = std::time::Instant::now();
                let wanted = Wanted { claims, covered: compiled.proposal_files.clone() };
                let sliced = slice(&compiled.program, &wanted);
                let spent = started.elapsed();
                println!("  {set}: {} (slicing {:.0} ms)", measured(&of(sliced)), spent.as_secs_f64() * 1e3);
            }
        }
    }
}

fn compare(corpus: &Corpus, cases: &[(Composition, Population)], every: usize) {
    let differences = jobs::on_all_cores(cases, |(composition, population)| {
        let whole = Whole::new(corpus, composition, population);
        let sets = sets(&whole.compiled.program);
        let asked = sets.iter().enumerate().filter(|(index, _)| index % every == 0 || *index + 3 >= sets.len());
        asked.flat_map(|(_, claims)| whole.differences(claims)).collect::<Vec<_>>()
    });
    let differences: Vec<String> = differences.into_iter().flatten().collect();
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

/// Every `nth` reading in each population of few contexts.
fn few_cases(corpus: &Corpus, nth: usize) -> Vec<(Composition, Population)> {
    let few: Vec<Population> = FEW.iter().map(|few| few.population(corpus)).collect();
    let readings = readings::readings(corpus);
    let pairs = readings.iter().enumerate().flat_map(|(i, reading)| few.iter().map(move |few| (i, reading, few)));
    let chosen = pairs.enumerate().filter(|(index, (reading, ..))| (index + reading).is_multiple_of(nth));
    chosen.map(|(_, (_, reading, few))| (reading.clone(), few.clone())).collect()
}

#[test]
fn a_slice_gives_the_verdicts_runs_and_lines_of_the_whole_program() {
    let corpus = readings::corpus();
    compare(&corpus, &few_cases(&corpus, 5), 6);
}

#[test]
#[ignore = "minutes: every reading of every proposal in each population of few contexts, each claim alone"]
fn every_claim_of_every_proposal_alone_is_as_in_the_whole_program() {
    let corpus = readings::corpus();
    compare(&corpus, &few_cases(&corpus, 1), 1);
}
