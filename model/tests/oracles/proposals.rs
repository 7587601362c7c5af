//! Every reading of every built-in proposal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::scenario::Population;

use crate::roads::{Comparison, Figures, hold_together};

/// Populations that every reading keeps small: pages of two, a writer against fsync, a pin against truncate, and
/// direct I/O whose end interrupts the task on its CPU.
const SMALL: &[&str] = &["two-pages", "stores-fsync/cow", "pin-truncate", "dio-same-cpu"];

/// States up to which a reading is followed there.
const FEW: u64 = 30_000;

/// ... and in all other populations, by the long test.
const MANY: u64 = 40_000;

/// What was compared, by population.
#[derive(Default)]
struct Table {
    sums: BTreeMap<String, (usize, Figures)>,
    readings: BTreeSet<String>,
    too_large: Vec<String>,
    refused: Vec<String>,
}

impl Table {
    fn add(&mut self, reading: String, population: &str, comparison: Comparison) {
        let name = format!("{reading}, {population}");
        match comparison {
            Comparison::Same(figures) => {
                let (readings, sum) = self.sums.entry(population.into()).or_default();
                *readings += 1;
                sum.add(figures);
                self.readings.insert(reading);
            }
            Comparison::TooLarge => self.too_large.push(name),
            Comparison::Refused(refusal) => self.refused.push(format!("{name}: {refusal}")),
        }
    }

    fn print(&self) {
        println!("{:26} {:>8} {:>9} {:>6} {:>9}", "population", "readings", "packed", "dead", "actors");
        let mut total = (0, Figures::default());
        for (population, (readings, figures)) in &self.sums {
            print_row(population, *readings, figures);
            total.0 += readings;
            total.1.add(*figures);
        }
        print_row("in all", total.0, &total.1);
        println!("larger than the bound: {}", self.too_large.join("; "));
        println!("without an actor model: {}", self.refused.join("; "));
    }
}

fn print_row(population: &str, readings: usize, figures: &Figures) {
    let Figures { packed, dead, actors } = figures;
    println!("{population:26} {readings:>8} {packed:>9} {dead:>6} {actors:>9}");
}

fn readings(corpus: &Corpus) -> Vec<Composition> {
    corpus.proposals().flat_map(|proposal| proposal.compositions(corpus).expect("built-in readings")).collect()
}

/// Compares every reading in every population that `choose` takes.
fn compare(limit: u64, choose: impl Fn(&str) -> bool) -> Table {
    let corpus = Corpus::load().expect("what is built in parses");
    let all = corpus.scenarios().flat_map(|scenario| scenario.populations());
    let populations: Vec<Population> = all.filter(|population| choose(&population.name)).collect();
    let mut table = Table::default();
    for composition in readings(&corpus) {
        for population in &populations {
            let started = Instant::now();
            let name = format!("{}, {}", composition.title(), population.name);
            let compiled = compile(&corpus, &composition, population);
            let compiled = compiled.unwrap_or_else(|error| panic!("{}", error.render(false)));
            let comparison = hold_together(&name, &compiled.program, &compiled.sources, limit);
            if let Comparison::Same(figures) = &comparison {
                println!("{name}: {figures:?} in {:?}", started.elapsed());
            }
            table.add(composition.title(), &population.name, comparison);
        }
    }
    table.print();
    table
}

#[test]
fn every_reading_has_the_same_states_and_verdicts_on_every_road() {
    let table = compare(FEW, |name| SMALL.contains(&name));
    let corpus = Corpus::load().expect("what is built in parses");
    let all: BTreeSet<String> = readings(&corpus).iter().map(Composition::title).collect();
    assert_eq!(table.readings, all, "each reading is compared somewhere");
    assert!(table.refused.is_empty(), "the actor model carries every built-in reading");
    assert_eq!(table.sums.len(), SMALL.len(), "each population is small for some reading");
    for (population, (compared, _)) in &table.sums {
        assert!(compared * 10 >= all.len() * 9, "{population} is small for {compared} readings of {}", all.len());
    }
}

#[test]
#[ignore = "minutes: all other populations, as far as they stay small"]
fn every_reading_has_the_same_states_and_verdicts_in_larger_populations() {
    let table = compare(MANY, |name| !SMALL.contains(&name));
    assert!(table.refused.is_empty(), "the actor model carries every built-in reading");
    assert!(table.sums.len() > 20, "most populations are small enough for some reading");
}
