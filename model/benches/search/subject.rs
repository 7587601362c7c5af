//! What is searched: built-in populations, grown by repeating some of their contexts.

use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::scenario::ContextEntry;

/// A system to search.
#[derive(Debug)]
pub struct Subject {
    /// As the command line and the page call it.
    pub name: &'static str,
    /// About how many states it has: decides which engines are asked, and how often.
    pub states: u64,
    reading: &'static str,
    population: &'static str,
    /// Contexts that there are once more for each time that they stand here.
    again: &'static [&'static str],
}

/// 10,045, 890,846 and 15,711,494 states. The two larger ones differ in two contexts only, so that growth between them
/// is growth of one system.
pub const SUBJECTS: [Subject; 3] = [
    Subject { name: "small", states: 10_000, reading: "v4.20", population: "stores-fsync/overwrite", again: &[] },
    Subject { name: "medium", states: 1_000_000, reading: "v6.18", population: "munmap", again: &["munmap"] },
    Subject {
        name: "large",
        states: 10_000_000,
        reading: "v6.18",
        population: "munmap",
        again: &["munmap", "munmap", "nic"],
    },
];

impl Subject {
    /// The subject of this name.
    pub fn named(name: &str) -> Option<&'static Subject> {
        SUBJECTS.iter().find(|subject| subject.name == name)
    }

    /// `v6.18 in munmap, and once more munmap`
    pub fn title(&self) -> String {
        let again: Vec<String> = self.again.iter().map(|context| format!(", one more {context}")).collect();
        format!("{} in {}{}", self.reading, self.population, again.concat())
    }

    /// The program. The names above are part of the corpus.
    pub fn compile(&self) -> Compiled {
        let corpus = Corpus::load().unwrap_or_else(|e| panic!("{e}"));
        let mut readings = corpus.proposals().flat_map(|p| p.compositions(&corpus).unwrap_or_else(|e| panic!("{e}")));
        let reading = readings.find(|reading| reading.title() == self.reading);
        let reading = reading.unwrap_or_else(|| panic!("no reading {}", self.reading));
        let population = corpus.population(self.population);
        let mut population = population.unwrap_or_else(|| panic!("no population {}", self.population));
        for (number, name) in self.again.iter().enumerate() {
            let again = population.contexts.iter().find(|context| context.name == *name);
            let again = again.unwrap_or_else(|| panic!("no context {name} in {}", self.population)).clone();
            population.contexts.push(ContextEntry { name: format!("{name}{}", number + 2), ..again });
        }
        compile(&corpus, &reading, &population).unwrap_or_else(|e| panic!("{}", e.render(false)))
    }
}
