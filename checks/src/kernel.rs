//! The kernel's words for atomics, spinlocks and barriers, over any platform.
//!
//! Documentation/atomic_t.txt, "ORDERING": operations that yield no value order nothing; those that yield one are fully
//! ordered if they succeed, and order nothing if a condition made them fail. A full operation is a relaxed one between two
//! `SeqCst` fences: loom treats `SeqCst` accesses as acquire and release only, its fences are real. `smp_rmb()` and
//! `smp_wmb()` are acquire and release fences, which order a little more than the kernel's do: behind a void
//! read-modify-write, and before a load, they must not be relied on (`litmus` has the list).
//!
//! Every operation names its site. A mutation changes what happens there; the record tells what did.

use std::sync::Arc;
use std::sync::atomic::{Ordering, compiler_fence};

use crate::mutants::{Change, Mutation};
use crate::platform::Platform;
use crate::record::{Access, Call, Effect, Order, Recorder};

mod atomic;
mod lock;
mod thread;

pub use atomic::Atomic;
pub use lock::{Data, Spinlock};
pub use thread::set_thread;
use thread::this_thread;

/// What the threads of one execution share beside the scheme's memory.
#[derive(Clone, Default)]
pub struct Kernel(Arc<Inner>);

#[derive(Default)]
struct Inner {
    recorder: Recorder,
    silent: bool,
    mutation: Option<Mutation>,
    turns: Option<Box<dyn Turns>>,
}

/// Decides whose access comes next; the plain way lets the platform decide.
pub trait Turns: Send + Sync {
    /// Waits until it is the turn of `thread`.
    fn wait(&self, thread: usize);
    /// The access whose turn it was is over.
    fn done(&self);
}

impl Kernel {
    /// An execution in which this site is changed.
    pub fn new(mutation: Option<Mutation>) -> Self {
        Kernel(Arc::new(Inner { mutation, ..Inner::default() }))
    }

    /// An execution in which accesses come in a given order.
    pub fn conducted(turns: Box<dyn Turns>) -> Self {
        Kernel(Arc::new(Inner { turns: Some(turns), ..Inner::default() }))
    }

    /// An execution of real threads that is measured: nothing is recorded, nothing is changed, and a fully ordered
    /// operation has its order in the instruction instead of between fences, as in the kernel on x86-64 and on arm64 with
    /// LSE. What is left: up to three tests for each access, of flags that nobody writes, by a pointer in the word's own
    /// line.
    pub fn silent() -> Self {
        Kernel(Arc::new(Inner { silent: true, ..Inner::default() }))
    }

    /// Everything that happened so far.
    pub fn log(&self) -> Vec<Access> {
        self.0.recorder.log()
    }

    /// Whether a site is changed in this way.
    pub fn mutated(&self, site: &str, change: Change) -> bool {
        self.0.mutation.is_some_and(|mutation| mutation.site == site && mutation.change == change)
    }

    /// `smp_mb()`
    pub fn smp_mb<P: Platform>(&self, site: &'static str) {
        match () {
            () if self.mutated(site, Change::Relax) => {}
            () if self.mutated(site, Change::AcquireRelease) => self.fence::<P>(site, Order::AcquireRelease),
            () => self.fence::<P>(site, Order::Full),
        }
    }

    /// `smp_mb__after_atomic()`, `smp_mb__before_atomic()`: behind or before a read-modify-write.
    pub fn smp_mb_beside_atomic<P: Platform>(&self, site: &'static str) {
        if self.0.silent && cfg!(target_arch = "x86_64") {
            // arch/x86/include/asm/barrier.h: nothing, since a locked instruction is a barrier itself
            compiler_fence(Ordering::SeqCst);
        } else {
            self.smp_mb::<P>(site);
        }
    }

    /// `smp_rmb()`, between two loads.
    pub fn smp_rmb<P: Platform>(&self, site: &'static str) {
        if !self.mutated(site, Change::Relax) {
            self.fence::<P>(site, Order::Acquire);
        }
    }

    /// `smp_wmb()`, between two stores.
    pub fn smp_wmb<P: Platform>(&self, site: &'static str) {
        if !self.mutated(site, Change::Relax) {
            self.fence::<P>(site, Order::Release);
        }
    }

    fn fence<P: Platform>(&self, site: &'static str, order: Order) {
        P::fence(order.of_fence());
        self.record::<P>("", site, Effect::Fence, order);
    }

    fn turn<P: Platform>(&self) {
        if let Some(turns) = &self.0.turns {
            turns.wait(this_thread::<P>());
        }
    }

    /// A word comes into being.
    fn begin(&self, word: &'static str, value: i32) {
        if !self.0.silent {
            self.0.recorder.push(Access::by_nobody(word, Effect::Start(value)));
        }
    }

    /// A call of the scheme, with its limits in the record.
    pub fn call<P: Platform>(&self, call: Call, body: impl FnOnce() -> bool) -> bool {
        self.record::<P>("", "call", Effect::Invoke(call), Order::Relaxed);
        let answer = body();
        self.record::<P>("", "return", Effect::Return(answer), Order::Relaxed);
        answer
    }

    fn record<P: Platform>(&self, word: &'static str, site: &'static str, effect: Effect, order: Order) {
        if !self.0.silent {
            self.0.recorder.push(Access { thread: this_thread::<P>(), word, site, effect, order });
        }
    }

    fn note<P: Platform>(&self, word: &'static str, site: &'static str, effect: Effect, order: Order) {
        self.record::<P>(word, site, effect, order);
        if let Some(turns) = &self.0.turns {
            turns.done();
        }
    }
}

impl Order {
    fn of_fence(self) -> Ordering {
        match self {
            Order::Full => Ordering::SeqCst,
            _ => self.of_access(),
        }
    }

    /// The order of the operation itself; a full one stands between fences.
    fn of_access(self) -> Ordering {
        match self {
            Order::Relaxed | Order::Full => Ordering::Relaxed,
            Order::Acquire => Ordering::Acquire,
            Order::Release => Ordering::Release,
            Order::AcquireRelease => Ordering::AcqRel,
        }
    }
}
