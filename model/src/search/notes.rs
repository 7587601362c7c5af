//! What a search notes on its way, beside the states: how few steps lead to what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::system::symmetry::Symmetry;
use crate::system::{ClaimSet, Cut, End, Outcome, Pc, Scratch, System};

/// Not reached.
pub(super) const NEVER: u32 = u32::MAX;

/// The notes of one thread, or of the whole search.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Notes {
    /// Steps of the shortest run to a violation, per claim.
    pub violations: BTreeMap<u16, u32>,
    /// Claims that were exercised.
    pub witnessed: ClaimSet,
    /// Paths that were not followed.
    pub cuts: BTreeSet<Cut>,
    /// Steps of the shortest run to each place where a context can stand, by context and step.
    pub reached: Vec<Vec<u32>>,
}

impl Notes {
    pub fn new(system: &System) -> Self {
        Notes {
            violations: BTreeMap::new(),
            witnessed: ClaimSet::default(),
            cuts: BTreeSet::new(),
            reached: system.program().contexts.iter().map(|c| vec![NEVER; c.code.steps.len()]).collect(),
        }
    }

    /// Notes a step from a state `depth` steps from the start; yields the contexts that make progress by it.
    pub fn step(&mut self, context: usize, outcome: &Outcome, depth: u32) -> u64 {
        self.witnessed = self.witnessed.union(outcome.witnessed);
        self.violated(outcome.violated, depth + 1);
        match &outcome.end {
            End::Cut(cut) => {
                self.cuts.insert(cut.clone());
                1 << context
            }
            // A path that ends in a crash counts as progress for everybody: S0 tells of it, no hang does.
            End::Crash(..) => u64::MAX,
            End::At(_) => 1 << context,
        }
    }

    /// Notes claims that a run of `steps` steps violates.
    pub fn violated(&mut self, claims: ClaimSet, steps: u32) {
        for claim in claims.iter() {
            let least = self.violations.entry(claim).or_insert(steps);
            *least = (*least).min(steps);
        }
    }

    /// Notes where the contexts of a component stand in the state in `scratch`.
    pub fn reached(&mut self, system: &System, component: usize, scratch: &Scratch, steps: u32) {
        for &context in &system.components()[component].contexts {
            if let Pc::At(step) = system.pcs(scratch)[context] {
                let least = &mut self.reached[context][usize::from(step)];
                *least = (*least).min(steps);
            }
        }
    }

    /// Notes the images of all that was noted: what happens in a state happens, renamed, in those that it stands for.
    pub fn close(&mut self, system: &System, symmetry: &Symmetry) {
        let (reached, cuts) = (self.reached.clone(), self.cuts.clone());
        for element in symmetry.elements().iter().skip(1) {
            self.cuts.extend(cuts.iter().map(|cut| element.cut(system, cut)));
            for (context, steps) in reached.iter().enumerate() {
                let images = &mut self.reached[element.context(context)];
                for (step, depth) in steps.iter().enumerate().filter(|(_, depth)| **depth != NEVER) {
                    let Some(image) = element.step(context, step) else { continue };
                    images[image] = images[image].min(*depth);
                }
            }
        }
    }

    /// Takes over what another thread noted.
    pub fn merge(&mut self, other: &Notes) {
        for (claim, steps) in &other.violations {
            self.violated(ClaimSet::one(*claim), *steps);
        }
        self.witnessed = self.witnessed.union(other.witnessed);
        self.cuts.extend(other.cuts.iter().cloned());
        for (mine, theirs) in self.reached.iter_mut().flatten().zip(other.reached.iter().flatten()) {
            *mine = (*mine).min(*theirs);
        }
    }
}
