//! Prints the level sizes of some built-in searches, one population a line: the recordings that the estimate of
//! remaining work is measured on (`model/tests/estimate/levels.txt`).

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::search::{Limits, explore_quietly};
use pinright_model::system::System;

/// Smaller searches are over before anybody asks.
const LEAST: u64 = 20_000;

fn main() {
    let corpus = Corpus::load().expect("the corpus loads");
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for proposal in corpus.proposals().filter(|p| wanted.contains(&p.name)) {
        let composition = proposal.compositions(&corpus).expect("it composes").remove(0);
        for population in corpus.scenarios().flat_map(|scenario| scenario.populations()) {
            let compiled = compile(&corpus, &composition, &population).expect("it compiles");
            let system = System::new(compiled.program, false).expect("init runs");
            let found = explore_quietly(&system, &Limits { memory: 2 << 30, ..Limits::default() });
            eprintln!("{} in {}: {} states in {:?}", composition.title(), population.name, found.states, found.elapsed);
            if found.complete().is_some() && found.states >= LEAST {
                let levels: Vec<String> = found.levels.iter().map(u64::to_string).collect();
                println!("{} in {}: {}", composition.title(), population.name, levels.join(" "));
            }
        }
    }
}
