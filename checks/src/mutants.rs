//! Mutants: one site of a scheme changed. Whoever kills a mutant shows that the site carries weight.

use serde::Serialize;

/// How a site is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A full or acquire or release operation becomes relaxed; a barrier becomes nothing.
    Relax,
    /// A full operation or barrier keeps what acquire and release give, and loses the rest.
    AcquireRelease,
    /// A read-modify-write becomes a load and a store.
    Tear,
    /// The operation is left out. What it would have yielded is what the code behind it hopes for.
    Omit,
    /// Two neighbours change places, or a test loses its condition: the scheme says what.
    Rewrite,
}

/// One site, changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Mutation {
    /// The site.
    pub site: &'static str,
    /// How.
    pub change: Change,
}

/// Who can see a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Killer {
    /// Needs weak memory: loom, and miri.
    WeakMemory,
    /// Shows in an interleaving: loom and shuttle.
    Interleaving,
    /// Nobody can: why it changes nothing.
    Equivalent(&'static str),
    /// Nobody here can, and yet it dies by the kernel's rules: what hides it.
    Unseen(&'static str),
}

/// A mutant of a check.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Mutant {
    /// What is changed.
    pub mutation: Mutation,
    /// The check that is expected to kill it.
    pub check: &'static str,
    /// Who can.
    pub killer: Killer,
    /// The test of the kernel's memory model that has the same change, where there is one: `L9-nowmb`.
    pub lkmm: Option<&'static str>,
}

impl Mutant {
    /// The same change in a test of the kernel's memory model.
    pub const fn lkmm(mut self, test: &'static str) -> Mutant {
        self.lkmm = Some(test);
        self
    }
}

/// A mutant that is expected to die.
pub const fn mutant(check: &'static str, site: &'static str, change: Change, killer: Killer) -> Mutant {
    Mutant { mutation: Mutation { site, change }, check, killer, lkmm: None }
}
