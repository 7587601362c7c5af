//! The schemes, one per file. Each says which kernel function it mirrors and why each ordering is there.

pub mod gup_fast;

use crate::mutants::Mutant;
use crate::run::Entry;

/// A scheme with everything that is said of it.
#[derive(Clone, Copy)]
pub struct Scheme {
    /// What the user types: `gup_fast`.
    pub name: &'static str,
    /// One line.
    pub title: &'static str,
    /// The kernel's functions that it mirrors.
    pub mirrors: &'static str,
    /// Its checks. All of them hold for the scheme as it is.
    pub checks: &'static [Entry],
    /// Its mutants.
    pub mutants: &'static [Mutant],
}

/// All schemes.
pub const ALL: &[Scheme] = &[gup_fast::SCHEME];
