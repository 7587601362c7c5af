//! Who saw which mutant, as it was measured: shuttle's random scheduler, its PCT, and miri.
//!
//! None of the three is exhaustive: what they miss says something about them, and nothing about the mutant. What shuttle
//! draws from a fixed seed is tested by `shuttle_seen`. miri's column is a measurement, made by the ignored test of
//! `std_seen`; a test holds that it is about the mutants of today.

use crate::mutants::Mutant;
use crate::run::{Bound, Entry, Explored};
use crate::schemes::{ALL, Scheme};

/// A tool that draws executions.
#[derive(Clone, Copy)]
pub struct Tool {
    /// Its name.
    pub name: &'static str,
    /// The measurement: a line per mutant.
    pub text: &'static str,
}

/// All of them.
pub const TOOLS: [Tool; 3] = [
    Tool { name: "random", text: include_str!("seen/random.txt") },
    Tool { name: "PCT", text: include_str!("seen/pct.txt") },
    Tool { name: "miri", text: include_str!("seen/miri.txt") },
];

/// Executions that each tool of shuttle's draws for a mutant.
pub const DRAWN: usize = 2_000;

/// What stands in front of a mutant's numbers.
pub fn key(scheme: &Scheme, mutant: &Mutant) -> String {
    format!("{} | {} | {:?} | {}", scheme.name, mutant.mutation.site, mutant.mutation.change, mutant.check)
}

impl Tool {
    /// How many executions failed, of how many: `12/2000`.
    pub fn of(&self, scheme: &Scheme, mutant: &Mutant) -> Option<&'static str> {
        let key = key(scheme, mutant);
        self.text.lines().find_map(|line| line.strip_prefix(&key)?.strip_prefix(" | "))
    }
}

/// Measures every mutant; `explore` has the tool.
pub fn measure(explore: impl Fn(&Entry, &Mutant) -> Explored) -> String {
    let mutants = ALL.iter().flat_map(|scheme| scheme.mutants.iter().map(move |mutant| (scheme, mutant)));
    let line = |(scheme, mutant): (&Scheme, &Mutant)| {
        let check = scheme.checks.iter().find(|check| check.name == mutant.check)?;
        let explored = explore(check, mutant);
        Some(format!("{} | {}/{}\n", key(scheme, mutant), explored.failing(), explored.executions))
    };
    mutants.filter_map(line).collect()
}

/// shuttle's tools.
pub fn shuttle(bound: Bound) -> String {
    measure(|check, mutant| (check.explore)(bound, Some(mutant.mutation)))
}

/// Real threads, so many times.
pub fn std(times: usize) -> String {
    measure(|check, mutant| (check.stress)(times, Some(mutant.mutation)))
}
