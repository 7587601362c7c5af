//! Properties of a system, each of the form "from P, eventually Q".

use crate::system::{Pc, Scratch, System};

/// A property of a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A context that is in the middle of one of these steps comes to another one, or ends.
    Leaves {
        /// The claim that says so.
        claim: u16,
        /// The context.
        context: u16,
        /// Its steps, each in or out.
        inside: Vec<bool>,
    },
    /// What a pair of claim functions says about some objects.
    LeadsTo {
        /// The claim that says so.
        claim: u16,
        /// Index of the pair.
        pair: usize,
        /// The objects (index + 1).
        objects: Vec<i16>,
    },
}

impl Wanted {
    /// The claim that says so.
    pub fn claim(&self) -> u16 {
        match self {
            Wanted::Leaves { claim, .. } | Wanted::LeadsTo { claim, .. } => *claim,
        }
    }

    /// The part of a state that the property is about: 0 for memory, then the components.
    pub(super) fn part(&self, system: &System) -> usize {
        match self {
            Wanted::Leaves { context, .. } => {
                let context = usize::from(*context);
                let of = system.components().iter().position(|component| component.contexts.contains(&context));
                of.map_or(0, |component| component + 1)
            }
            Wanted::LeadsTo { .. } => 0,
        }
    }

    /// Whether the loaded state asks for something, and whether it is what was asked for.
    pub fn asks(&self, system: &System, scratch: &mut Scratch) -> (bool, bool) {
        match self {
            Wanted::Leaves { context, inside, .. } => {
                let context = usize::from(*context);
                let pc = system.pcs(scratch)[context];
                let begun = system.attrs(context, pc).is_some_and(|attrs| !attrs.idle && !attrs.fresh);
                let inside = begun && matches!(pc, Pc::At(step) if inside[usize::from(step)]);
                (inside, !inside)
            }
            Wanted::LeadsTo { pair, objects, .. } => system.asks(scratch, &system.program().leads_to[*pair], objects),
        }
    }
}
