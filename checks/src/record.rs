//! What an execution did: every access of every thread, in the order in which it took effect.
//!
//! The log is a `std` mutex, which neither loom nor shuttle sees: no switch point, no happens-before. Both switch threads
//! before an access and never behind it, so that an access and its entry are one. Under loom a load may still return an
//! old value: an entry says what was seen, not what was current.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// What an access did to its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It saw this value. A failed read-modify-write is a load.
    Load(i32),
    /// It stored this value.
    Store(i32),
    /// It found the first value and stored the second, at once.
    Rmw(i32, i32),
    /// Nobody runs any more, and this is the value.
    Rest(i32),
    /// It took a lock.
    Lock,
    /// It is about to drop a lock.
    Unlock,
}

/// An access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
pub struct Access {
    /// The thread, from 0.
    pub thread: usize,
    /// The word, by its name in the model: `pages[0]._refcount`.
    pub word: &'static str,
    /// Where in the scheme: `try_get_page: add unless zero`.
    pub site: &'static str,
    /// What it did.
    pub effect: Effect,
}

/// The log of one execution.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Vec<Access>>);

impl Recorder {
    /// Adds an access.
    pub fn push(&self, access: Access) {
        // Interpreted, the mutex would order what the scheme leaves unordered.
        if !cfg!(miri) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(access);
        }
    }

    /// Everything so far.
    pub fn log(&self) -> Vec<Access> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the log does not tell, since it has values, and order is none: how much order the operations asked for.
#[derive(Debug, Default)]
pub struct Tally {
    full: AtomicUsize,
    barriers: AtomicUsize,
}

/// How much order was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Read-modify-writes that were fully ordered.
    pub full: usize,
    /// Barriers that stand by themselves.
    pub barriers: usize,
}

impl Tally {
    /// A read-modify-write was fully ordered.
    pub fn full(&self) {
        self.full.fetch_add(1, Ordering::Relaxed);
    }

    /// A barrier.
    pub fn barrier(&self) {
        self.barriers.fetch_add(1, Ordering::Relaxed);
    }

    /// The sums.
    pub fn paid(&self) -> Paid {
        Paid { full: self.full.load(Ordering::Relaxed), barriers: self.barriers.load(Ordering::Relaxed) }
    }
}
