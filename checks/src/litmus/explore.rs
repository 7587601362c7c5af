//! One way to run loom: to the end, counted, and deaf to the environment.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use loom::model::Builder;

/// loom counts the main thread and allows 5.
pub const MAX_THREADS: usize = 4;

/// An exploration that needs more executions than this is a mistake in the test, not patience.
const MAX_EXECUTIONS: u64 = 2_000_000;

/// A complete exploration.
#[derive(Debug, Clone, Default)]
pub struct Explored<T> {
    /// How many executions loom made.
    pub executions: u64,
    /// How often each outcome was seen. Executions that returned None are not among them.
    pub outcomes: BTreeMap<T, u64>,
}

/// Runs `program` under loom in every way that loom knows.
///
/// It returns only if all of them were run: loom's bounds, each of which ends an exploration without saying so, are off,
/// and the environment variables that would set them are refused.
///
/// # Panics
///
/// If such a variable is set, if `program` panics, or if there are more executions than any test here should need.
pub fn explore<T, F>(program: F) -> Explored<T>
where
    T: Ord + Send + 'static,
    F: Fn() -> Option<T> + Send + Sync + 'static,
{
    if let Err(refusal) = refuse_bounds(std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned())) {
        panic!("{refusal}");
    }
    let explored = Arc::new(Mutex::new(Explored { executions: 0, outcomes: BTreeMap::new() }));
    let seen = Arc::clone(&explored);
    unbounded().check(move || {
        let outcome = program();
        let mut seen = seen.lock().unwrap();
        seen.executions += 1;
        assert!(
            seen.executions <= MAX_EXECUTIONS,
            "more than {MAX_EXECUTIONS} executions: give the test fewer accesses"
        );
        if let Some(outcome) = outcome {
            *seen.outcomes.entry(outcome).or_default() += 1;
        }
    });
    std::mem::replace(&mut *explored.lock().unwrap(), Explored { executions: 0, outcomes: BTreeMap::new() })
}

/// A builder whose exploration has no other end than its completion.
fn unbounded() -> Builder {
    let mut builder = Builder::new();
    builder.max_duration = None;
    builder.max_permutations = None;
    builder.preemption_bound = None;
    builder.checkpoint_file = None;
    builder
}

/// loom reads its bounds from the environment: whoever set one would believe in an exploration that never was.
pub(crate) fn refuse_bounds(names: impl IntoIterator<Item = String>) -> Result<(), String> {
    match names.into_iter().find(|name| name.starts_with("LOOM_MAX_") || name.starts_with("LOOM_CHECKPOINT_")) {
        Some(name) => Err(format!("{name} is set, explorations here are complete or not at all: unset it")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_from_the_environment_is_refused_by_name() {
        for name in ["LOOM_MAX_DURATION", "LOOM_MAX_PREEMPTIONS", "LOOM_MAX_BRANCHES", "LOOM_CHECKPOINT_FILE"] {
            let refusal = refuse_bounds(["PATH".to_string(), name.to_string()]).unwrap_err();
            assert!(refusal.starts_with(name), "{refusal}");
        }
        assert_eq!(refuse_bounds(["LOOM_LOG".to_string()]), Ok(()));
    }

    #[test]
    fn the_builder_has_no_bound_that_ends_an_exploration_early() {
        let builder = unbounded();
        assert_eq!((builder.max_duration, builder.max_permutations, builder.preemption_bound), (None, None, None));
    }
}
