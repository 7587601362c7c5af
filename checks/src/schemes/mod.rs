//! The schemes, one per file. Each says which kernel function it mirrors and why each ordering is there.

pub mod anon_exclusive;
pub mod counting;
pub mod dirty_skip;
pub mod folio;
pub mod fork;
pub mod gup_fast;
pub mod hybrid;
pub mod large_folio;
pub mod lookup;
pub mod mapcount_bias;
pub mod page_count;
pub mod pte;
pub mod reclaim;
pub mod refcount_bias;
pub mod unpin;
pub mod waiters;
pub mod writeback_barrier;

use crate::mutants::{Killer, Mutant};
use crate::run::Entry;

/// Declares the circumstances of a scheme's checks: types that implement the scheme's own trait `Scene`.
macro_rules! scenes {
    ($($(#[$doc:meta])* $name:ident, $text:literal $(, $constant:ident: $ty:ty = $value:expr)*;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl Scene for $name {
            const NAME: &'static str = $text;
            $(const $constant: $ty = $value;)*
        }
    )+};
}
pub(crate) use scenes;

/// A scheme with everything that is said of it.
#[derive(Clone, Copy)]
pub struct Scheme {
    /// What the user types: `gup_fast`.
    pub name: &'static str,
    /// Its file: what stands on top of it says why each ordering is there.
    pub source: &'static str,
    /// One line.
    pub title: &'static str,
    /// The kernel's functions that it mirrors.
    pub mirrors: &'static str,
    /// Its checks. All of them hold for the scheme as it is.
    pub checks: &'static [Entry],
    /// Its mutants.
    pub mutants: &'static [Mutant],
    /// What is known not to hold, with the race.
    pub broken: &'static [Broken],
    /// Checks that are programs of the model as well.
    pub programs: &'static [Program],
}

impl Scheme {
    /// What stands on top of its file: why each ordering is there.
    pub fn reasons(&self) -> String {
        let head = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        head.map(str::trim).collect::<Vec<_>>().join("\n")
    }
}

/// A check that fails: a proposal that did not work, or kernel code as it stands.
#[derive(Clone, Copy)]
pub struct Broken {
    /// The check.
    pub check: Entry,
    /// The race, by its name in the catalogue of races (`B06`) or of memory-ordering tests (`L9L`).
    pub race: &'static str,
    /// How the failing execution is judged.
    pub message: &'static str,
    /// Why it fails, with the source.
    pub because: &'static str,
    /// Whether this is a model's result that nobody has shown on a kernel.
    pub hypothesis: bool,
    /// Who sees it.
    pub shown_by: Killer,
}

/// A check whose threads perform the accesses of kernel C, one access for each step.
#[derive(Clone, Copy)]
pub struct Program {
    /// The check.
    pub check: Entry,
    /// Parts of the model that have the functions: `T3b`.
    pub part: &'static str,
    /// Constants of the population.
    pub defines: &'static [(&'static str, i64)],
    /// What each thread runs; thread i is a task of `mms[i]`, as far as there are that many.
    pub threads: &'static [&'static str],
}

/// All schemes. A static, so that every check is compiled once, here: of a constant each test binary would compile its own.
pub static ALL: &[Scheme] = &[
    page_count::SCHEME,
    mapcount_bias::SCHEME,
    hybrid::SCHEME,
    refcount_bias::SCHEME,
    large_folio::SCHEME,
    gup_fast::SCHEME,
    writeback_barrier::SCHEME,
    anon_exclusive::SCHEME,
    fork::SCHEME,
    unpin::SCHEME,
    dirty_skip::SCHEME,
    reclaim::SCHEME,
    lookup::SCHEME,
    waiters::SCHEME,
];
