//! Mutants: the kernel of the model and the parts, each with one statement deleted, swapped with its neighbour or weakened.
//!
//! `sites` finds what can be changed, `hunt` searches until a verdict changes. A statement whose absence no verdict notices
//! is one that the model might as well not have: it stands on a list, with the reason.

mod hunt;
mod record;
mod sites;

pub use hunt::{Fate, Hunt, Killer, MOST_STATES, Place};
pub use record::{Entry, Record, Survivor, survivors};
pub use sites::{Change, Mutant, mutants};
