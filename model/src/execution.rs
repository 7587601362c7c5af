//! Executions of real code: what each step did to memory, and whether memory can do that.
//!
//! There is no program to replay: the code is Rust, and its backend a model of weak memory. What can be held against an
//! execution without either is coherence: each word by itself must be explained by some order of all its accesses, each
//! thread's in the order in which it made them. Whether one order explains all words *together* tells the two kinds of
//! failure apart: an interleaving, which every machine shows, and an execution that takes weak memory.

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::trace::{Trace, TraceKind};

/// What a step of real code did to memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryEvent {
    /// The word, by its name in the model; empty for a barrier.
    pub word: String,
    /// What it did.
    pub effect: MemoryEffect,
    /// How much order comes with it.
    pub order: MemoryOrder,
    /// Whether it saw another value than the one that was stored last before it in the trace.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
}

/// What an access did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MemoryEffect {
    /// A load.
    Load {
        /// What it saw.
        saw: i32,
    },
    /// A store.
    Store {
        /// What it stored.
        value: i32,
    },
    /// A read-modify-write.
    Update {
        /// What it saw.
        saw: i32,
        /// What it stored, at once.
        value: i32,
    },
    /// Takes a lock.
    Lock,
    /// Drops a lock.
    Unlock,
    /// A barrier that stands by itself.
    Barrier,
}

/// How much order comes with an access, or how much a barrier gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MemoryOrder {
    /// None.
    Relaxed,
    /// What comes later stays behind it.
    Acquire,
    /// What came before stays in front of it.
    Release,
    /// Both, and no more.
    AcquireRelease,
    /// Everything.
    Full,
}

/// An execution that was replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// Memory after each step, as the trace has the steps.
    pub memory: Vec<BTreeMap<String, i32>>,
    /// Whether one order of all accesses explains it: an interleaving.
    pub interleaving: bool,
}

/// Why an execution is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecutionError {
    /// The trace is a run of a program.
    #[error("the trace is no execution of real code")]
    Program,
    /// A step has no memory event, or one without its word.
    #[error("step {0}: there is no word that it touches")]
    Word(usize),
    /// A word that the trace does not begin with.
    #[error("step {0}: `{1}` is not among the words at the start")]
    Unknown(usize, String),
    /// The stale mark says something else than the values.
    #[error("step {0}: `{1}` holds {2} here, and the trace says otherwise")]
    Stale(usize, String, i32),
    /// No order of a word's accesses explains what was seen.
    #[error("`{0}` is not coherent: no order of its accesses explains what was seen")]
    Incoherent(String),
}

/// The values that memory has.
type Memory = BTreeMap<String, i32>;

/// Replays an execution.
///
/// # Errors
/// Memory cannot do that, or the trace contradicts itself.
pub fn replay(trace: &Trace) -> Result<Execution, ExecutionError> {
    let TraceKind::Execution { start, rest } = &trace.kind else { return Err(ExecutionError::Program) };
    let memory = in_order(trace, start)?;
    for word in start.keys() {
        let only = |event: &&MemoryEvent| event.word == *word;
        if !explained(&threads(trace, only), start, rest, &[word]) {
            return Err(ExecutionError::Incoherent(word.clone()));
        }
    }
    let all: Vec<&String> = start.keys().collect();
    let interleaving = explained(&threads(trace, |event| !event.word.is_empty()), start, rest, &all);
    Ok(Execution { memory, interleaving })
}

/// Memory after each step, in the order of the trace; locks count as 1 while they are held.
fn in_order(trace: &Trace, start: &Memory) -> Result<Vec<Memory>, ExecutionError> {
    let mut memory = start.clone();
    let mut after = Vec::new();
    for (number, step) in trace.steps.iter().enumerate() {
        let event = step.memory.as_ref().ok_or(ExecutionError::Word(number + 1))?;
        if event.effect != MemoryEffect::Barrier {
            let unknown = || ExecutionError::Unknown(number + 1, event.word.clone());
            let value = memory.get_mut(&event.word).ok_or_else(unknown)?;
            if event.effect.saw().is_some_and(|saw| saw != *value) != event.stale {
                return Err(ExecutionError::Stale(number + 1, event.word.clone(), *value));
            }
            *value = event.effect.leaves().unwrap_or(*value);
        } else if !event.word.is_empty() {
            return Err(ExecutionError::Word(number + 1));
        }
        after.push(memory.clone());
    }
    Ok(after)
}

impl MemoryEffect {
    /// The value that it must find.
    fn saw(&self) -> Option<i32> {
        match self {
            MemoryEffect::Load { saw } | MemoryEffect::Update { saw, .. } => Some(*saw),
            MemoryEffect::Lock => Some(0),
            MemoryEffect::Unlock => Some(1),
            MemoryEffect::Store { .. } | MemoryEffect::Barrier => None,
        }
    }

    /// The value that it leaves.
    fn leaves(&self) -> Option<i32> {
        match self {
            MemoryEffect::Store { value } | MemoryEffect::Update { value, .. } => Some(*value),
            MemoryEffect::Lock => Some(1),
            MemoryEffect::Unlock => Some(0),
            MemoryEffect::Load { .. } | MemoryEffect::Barrier => None,
        }
    }
}

/// The events of each thread that are wanted, in its order.
fn threads(trace: &Trace, wanted: impl Fn(&&MemoryEvent) -> bool) -> Vec<Vec<&MemoryEvent>> {
    let mut threads: BTreeMap<&str, Vec<&MemoryEvent>> = BTreeMap::new();
    for step in &trace.steps {
        let events = threads.entry(step.context.as_str()).or_default();
        events.extend(step.memory.as_ref().filter(&wanted));
    }
    threads.into_values().collect()
}

/// Whether some order of all these events explains what each saw, and what these words hold at the end.
fn explained(threads: &[Vec<&MemoryEvent>], start: &Memory, rest: &Memory, words: &[&String]) -> bool {
    let ends = |memory: &Memory| words.iter().all(|word| rest.get(*word).is_none_or(|value| memory[*word] == *value));
    let mut seen = HashSet::new();
    let mut frontier = vec![(vec![0; threads.len()], start.clone())];
    while let Some((done, memory)) = frontier.pop() {
        let over = done.iter().zip(threads).all(|(done, events)| *done == events.len());
        if over && ends(&memory) {
            return true;
        }
        if !seen.insert((done.clone(), memory.clone())) {
            continue;
        }
        for (thread, events) in threads.iter().enumerate() {
            let Some(event) = events.get(done[thread]) else { continue };
            let value = memory.get(&event.word).copied();
            if event.effect.saw().is_some_and(|saw| value != Some(saw)) {
                continue;
            }
            let (mut done, mut memory) = (done.clone(), memory.clone());
            done[thread] += 1;
            if let Some(value) = event.effect.leaves() {
                memory.insert(event.word.clone(), value);
            }
            frontier.push((done, memory));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{TraceStep, VERSION_OF_EXECUTIONS};

    fn trace(steps: &[(&str, &str, MemoryEffect, bool)], rest: &[(&str, i32)]) -> Trace {
        let steps = steps.iter().map(|(context, word, effect, stale)| TraceStep {
            context: (*context).into(),
            function: String::new(),
            at: String::new(),
            choice: 0,
            memory: Some(MemoryEvent {
                word: (*word).into(),
                effect: effect.clone(),
                order: MemoryOrder::Relaxed,
                stale: *stale,
            }),
        });
        let start = ["x", "y"].map(|word| (word.to_string(), 0)).into();
        Trace {
            version: VERSION_OF_EXECUTIONS,
            proposal: "checks".into(),
            reading: String::new(),
            files: Vec::new(),
            scenario: "SB".into(),
            population: None,
            defines: BTreeMap::new(),
            claim: "L1".into(),
            sentence: String::new(),
            kind: TraceKind::Execution { start, rest: rest.iter().map(|(w, v)| ((*w).into(), *v)).collect() },
            program: String::new(),
            initial: 0,
            steps: steps.collect(),
        }
    }

    const STORE: MemoryEffect = MemoryEffect::Store { value: 1 };

    fn load(saw: i32) -> MemoryEffect {
        MemoryEffect::Load { saw }
    }

    #[test]
    fn store_buffering_takes_weak_memory() {
        let steps = [
            ("t0", "x", STORE, false),
            ("t1", "y", STORE, false),
            ("t0", "y", load(0), true),
            ("t1", "x", load(0), true),
        ];
        assert_eq!(replay(&trace(&steps, &[])).map(|execution| execution.interleaving), Ok(false));
    }

    #[test]
    fn a_log_in_another_order_is_still_an_interleaving() {
        let steps = [("t0", "x", STORE, false), ("t1", "x", load(0), true)];
        assert_eq!(replay(&trace(&steps, &[])).map(|execution| execution.interleaving), Ok(true));
    }

    #[test]
    fn nobody_reads_the_new_value_and_then_the_old_one() {
        let steps = [("t0", "x", STORE, false), ("t1", "x", load(1), false), ("t1", "x", load(0), true)];
        assert_eq!(replay(&trace(&steps, &[])), Err(ExecutionError::Incoherent("x".into())));
    }

    #[test]
    fn nobody_reads_what_nobody_stored() {
        let steps = [("t1", "x", load(7), true)];
        assert_eq!(replay(&trace(&steps, &[])), Err(ExecutionError::Incoherent("x".into())));
    }

    #[test]
    fn a_stale_mark_that_lies_is_told() {
        let steps = [("t0", "x", STORE, true)];
        assert_eq!(replay(&trace(&steps, &[])), Err(ExecutionError::Stale(1, "x".into(), 0)));
        let steps = [("t0", "x", STORE, false), ("t1", "x", load(0), false)];
        assert_eq!(replay(&trace(&steps, &[])), Err(ExecutionError::Stale(2, "x".into(), 1)));
    }

    #[test]
    fn memory_at_the_end_is_what_somebody_stored_last() {
        let steps = [("t0", "x", STORE, false)];
        assert_eq!(replay(&trace(&steps, &[("x", 0)])), Err(ExecutionError::Incoherent("x".into())));
        assert!(replay(&trace(&steps, &[("x", 1)])).is_ok());
    }

    #[test]
    fn a_lock_is_not_taken_twice() {
        let lock = MemoryEffect::Lock;
        let steps = [("t0", "x", lock.clone(), false), ("t1", "x", lock, true)];
        assert_eq!(replay(&trace(&steps, &[])), Err(ExecutionError::Incoherent("x".into())));
    }
}
