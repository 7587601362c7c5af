//! Populations so small that slow engines see all of them: a few contexts of a built-in one.

use pinright_model::corpus::Corpus;
use pinright_model::scenario::Population;

/// Some contexts of a built-in population, each running once.
#[derive(Clone, Copy, Debug)]
pub struct Few {
    pub population: &'static str,
    pub contexts: &'static [&'static str],
}

/// A pinner and one that may not overlook the pin, three times; then a pin that is released, three times.
pub const FEW: [Few; 6] = [
    Few { population: "pin-truncate", contexts: &["rdma", "truncate"] },
    Few { population: "pin/cow-stable", contexts: &["rdma", "flusher"] },
    Few { population: "reclaim/ext4", contexts: &["rdma", "kswapd"] },
    Few { population: "pin/cow-stable", contexts: &["rdma", "nic"] },
    Few { population: "dio-same-cpu", contexts: &["dio", "dma", "dio_end"] },
    Few { population: "dio", contexts: &["dio", "dma", "dio_end"] },
];

impl Few {
    /// The population.
    pub fn population(&self, corpus: &Corpus) -> Population {
        let mut few = corpus.population(self.population).unwrap_or_else(|| panic!("no {}", self.population));
        few.contexts.retain(|context| self.contexts.contains(&context.name.as_str()));
        assert_eq!(few.contexts.len(), self.contexts.len(), "{self:?}");
        few.contexts.iter_mut().for_each(|context| context.forever = false);
        few.name = format!("{} of {}", self.contexts.join(", "), self.population);
        few
    }
}
