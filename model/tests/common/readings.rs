//! Every reading of every built-in proposal, and every built-in population.

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::scenario::Population;

/// What is built in.
pub fn corpus() -> Corpus {
    Corpus::load().unwrap_or_else(|e| panic!("{e}"))
}

/// Every reading of every proposal.
pub fn readings(corpus: &Corpus) -> Vec<Composition> {
    corpus.proposals().flat_map(|p| p.compositions(corpus).unwrap_or_else(|e| panic!("{e}"))).collect()
}

/// Every scenario in every variant.
pub fn populations(corpus: &Corpus) -> Vec<Population> {
    corpus.scenarios().flat_map(|s| s.populations()).collect()
}
