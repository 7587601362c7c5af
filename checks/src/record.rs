//! What an execution did: every access of every thread, in the order in which it took effect.
//!
//! The log is a `std` mutex, which neither loom nor shuttle sees: no switch point, no happens-before. Both switch threads
//! before an access and never behind it, so that an access and its entry are one. Under loom a load may still return an
//! old value: an entry says what was seen, not what was current.

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
    /// Nobody runs yet, and this is the value.
    Start(i32),
    /// Nobody runs any more, and this is the value.
    Rest(i32),
    /// It took a lock.
    Lock,
    /// It is about to drop a lock.
    Unlock,
    /// A barrier that stands by itself, and touches no word.
    Fence,
    /// A call of the scheme begins.
    Invoke(Call),
    /// It is over, with this answer.
    Return(bool),
}

/// A call of a counting scheme, on this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Pins it; the answer is whether it could be had.
    Pin(usize),
    /// Drops a pin.
    Unpin(usize),
    /// Is it pinned?
    Query(usize),
    /// Hands a pin over.
    Pass,
    /// Takes a pin over; the answer is whether there was one.
    Take,
}

/// How much order comes with an access, or how much a barrier gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// None.
    Relaxed,
    /// What comes later stays behind it: `smp_load_acquire()`, `smp_rmb()`, taking a lock.
    Acquire,
    /// What came before stays in front of it: `smp_store_release()`, `smp_wmb()`, dropping a lock.
    Release,
    /// Both, and no more: a full one that a mutant has weakened.
    AcquireRelease,
    /// Everything: `smp_mb()`, a read-modify-write that yields a value.
    Full,
}

/// An access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, schemars::JsonSchema)]
pub struct Access {
    /// The thread, from 0.
    pub thread: usize,
    /// The word, by its name in the model: `pages[0]._refcount`; empty for a barrier and for the limits of a call.
    pub word: &'static str,
    /// Where in the scheme: `try_get_page: add unless zero`.
    pub site: &'static str,
    /// What it did.
    pub effect: Effect,
    /// How much order comes with it.
    pub order: Order,
}

impl Access {
    /// What a word holds while nobody runs: `Start` or `Rest`.
    pub fn by_nobody(word: &'static str, effect: Effect) -> Self {
        Access { thread: 0, word, site: "nobody runs", effect, order: Order::Relaxed }
    }

    /// Whether a thread touched a word.
    pub fn is_step(&self) -> bool {
        use Effect::{Load, Lock, Rmw, Store, Unlock};
        matches!(self.effect, Load(_) | Store(_) | Rmw(..) | Lock | Unlock)
    }
}

/// What makes two executions different ones: what touched memory, and what memory held at the end. A barrier is no
/// access, and neither are the limits of a call: where they stand among other threads' accesses makes no other history.
pub fn history(log: &[Access]) -> Vec<Access> {
    log.iter().filter(|access| access.is_step() || matches!(access.effect, Effect::Rest(_))).cloned().collect()
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
