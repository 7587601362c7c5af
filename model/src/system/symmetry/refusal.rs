//! What symmetry does not preserve.

use super::Symmetry;

/// What a search is to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// Claims on states and steps, crashes, widths, hangs, the order of locks. They name no object and no context.
    Safety,
    /// Liveness under fairness that is granted to each context.
    FairLiveness,
    /// The fewest switches between contexts.
    Switches,
    /// The number of states or of transitions, compared with an engine that knows no symmetry.
    Counts,
    /// A graph of states as they are, for a person or for another program.
    Graph,
}

/// A combination that would give wrong answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("symmetry cannot be used for {what}: {reason}; search without it")]
pub struct Refusal {
    what: &'static str,
    reason: &'static str,
}

impl Symmetry {
    /// Whether a property may be decided on canonical states only.
    ///
    /// # Errors
    /// Why not, for the user.
    pub fn allows(&self, property: Property) -> Result<(), Refusal> {
        if self.is_trivial() { Ok(()) } else { property.allows_symmetry() }
    }
}

impl Property {
    /// Whether it may be decided on canonical states only, where there are others.
    ///
    /// # Errors
    /// Why not, for the user.
    pub fn allows_symmetry(self) -> Result<(), Refusal> {
        let (what, reason) = match self {
            Property::Safety => return Ok(()),
            Property::FairLiveness => (
                "liveness under fairness",
                "a cycle of canonical states may change which context is which on the way round, so that it does not \
                 show which contexts step in it",
            ),
            Property::Switches => (
                "runs with the fewest switches",
                "who stepped last is part of what is searched, and a canonical state may give that context another name",
            ),
            Property::Counts => ("a comparison of counts", "it visits one state for all that differ by a renaming"),
            Property::Graph => ("a graph of states", "its edges would lead to renamed states"),
        };
        Err(Refusal { what, reason })
    }
}
