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
use crate::platform::{Platform, Word};
use crate::record::{Access, Effect, Paid, Recorder, Tally};

mod lock;
mod thread;

pub use lock::{Data, Spinlock};
pub use thread::set_thread;
use thread::this_thread;

/// What the threads of one execution share beside the scheme's memory.
#[derive(Clone, Default)]
pub struct Kernel(Arc<Inner>);

#[derive(Default)]
struct Inner {
    recorder: Recorder,
    tally: Tally,
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

    /// The order that was asked for so far.
    pub fn paid(&self) -> Paid {
        self.0.tally.paid()
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
        self.barrier();
        match () {
            () if self.mutated(site, Change::Relax) => {}
            () if self.mutated(site, Change::AcquireRelease) => P::fence(Ordering::AcqRel),
            () => P::fence(Ordering::SeqCst),
        }
    }

    /// `smp_mb__after_atomic()`, `smp_mb__before_atomic()`: behind or before a void read-modify-write.
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
        self.barrier();
        if !self.mutated(site, Change::Relax) {
            P::fence(Ordering::Acquire);
        }
    }

    /// `smp_wmb()`, between two stores.
    pub fn smp_wmb<P: Platform>(&self, site: &'static str) {
        self.barrier();
        if !self.mutated(site, Change::Relax) {
            P::fence(Ordering::Release);
        }
    }

    fn barrier(&self) {
        if !self.0.silent {
            self.0.tally.barrier();
        }
    }

    fn turn<P: Platform>(&self) {
        if let Some(turns) = &self.0.turns {
            turns.wait(this_thread::<P>());
        }
    }

    fn note<P: Platform>(&self, word: &'static str, site: &'static str, effect: Effect) {
        if self.0.silent {
            return;
        }
        self.0.recorder.push(Access { thread: this_thread::<P>(), word, site, effect });
        if let Some(turns) = &self.0.turns {
            turns.done();
        }
    }
}

/// `atomic_t`, a flag, a pointer: a word that is only accessed with marked accesses.
pub struct Atomic<P: Platform> {
    kernel: Kernel,
    name: &'static str,
    word: P::Word,
}

/// How strong a read-modify-write is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strength {
    Void,
    Acquire,
    Release,
    Full,
}

impl Strength {
    /// The order of the operation itself; a full one stands between fences.
    fn order(self) -> Ordering {
        match self {
            Strength::Void | Strength::Full => Ordering::Relaxed,
            Strength::Acquire => Ordering::Acquire,
            Strength::Release => Ordering::Release,
        }
    }

    /// The order of the operation where no fences stand around it.
    fn order_alone(self) -> Ordering {
        if self == Strength::Full { Ordering::SeqCst } else { self.order() }
    }
}

impl<P: Platform> Atomic<P> {
    /// A word by its name in the model.
    pub fn new(kernel: &Kernel, name: &'static str, value: i32) -> Self {
        Atomic { kernel: kernel.clone(), name, word: P::Word::new(value) }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value when nobody else runs; not an access.
    pub fn at_rest(&self) -> i32 {
        let value = self.word.load(Ordering::Relaxed);
        let access = Access { thread: 0, word: self.name, site: "at rest", effect: Effect::Rest(value) };
        self.kernel.0.recorder.push(access);
        value
    }

    fn note(&self, site: &'static str, effect: Effect) {
        self.kernel.note::<P>(self.name, site, effect);
    }

    /// `atomic_read()`, `READ_ONCE()`
    pub fn read(&self, site: &'static str) -> i32 {
        self.load(site, Ordering::Relaxed)
    }

    /// `smp_load_acquire()`
    pub fn read_acquire(&self, site: &'static str) -> i32 {
        self.load(site, Ordering::Acquire)
    }

    fn load(&self, site: &'static str, order: Ordering) -> i32 {
        let order = if self.kernel.mutated(site, Change::Relax) { Ordering::Relaxed } else { order };
        self.kernel.turn::<P>();
        let value = self.word.load(order);
        self.note(site, Effect::Load(value));
        value
    }

    /// `atomic_set()`, `WRITE_ONCE()`
    pub fn set(&self, site: &'static str, value: i32) {
        self.store(site, value, Ordering::Relaxed);
    }

    /// `smp_store_release()`, `atomic_set_release()`
    pub fn set_release(&self, site: &'static str, value: i32) {
        self.store(site, value, Ordering::Release);
    }

    fn store(&self, site: &'static str, value: i32, order: Ordering) {
        if self.kernel.mutated(site, Change::Omit) {
            return;
        }
        let order = if self.kernel.mutated(site, Change::Relax) { Ordering::Relaxed } else { order };
        self.kernel.turn::<P>();
        self.word.store(value, order);
        self.note(site, Effect::Store(value));
    }

    /// `atomic_add()`, `atomic_inc()`, `atomic_sub()`: no value, no order.
    pub fn add(&self, site: &'static str, value: i32) {
        let _ = self.update(site, Strength::Void, Update::Add(value));
    }

    /// `atomic_add_return()`, `atomic_sub_return()`: the new value, fully ordered.
    pub fn add_return(&self, site: &'static str, value: i32) -> i32 {
        found(self.update(site, Strength::Full, Update::Add(value))) + value
    }

    /// `atomic_fetch_add_release()`: the old value.
    pub fn fetch_add_release(&self, site: &'static str, value: i32) -> i32 {
        found(self.update(site, Strength::Release, Update::Add(value)))
    }

    /// `atomic_fetch_add_acquire()`: the old value.
    pub fn fetch_add_acquire(&self, site: &'static str, value: i32) -> i32 {
        found(self.update(site, Strength::Acquire, Update::Add(value)))
    }

    /// `atomic_sub_and_test()`, `atomic_dec_and_test()`: whether it is zero now; fully ordered.
    pub fn sub_and_test(&self, site: &'static str, value: i32) -> bool {
        found(self.update(site, Strength::Full, Update::Add(-value))) == value
    }

    /// `atomic_add_unless()`: fully ordered if it added.
    pub fn add_unless(&self, site: &'static str, value: i32, unless: i32) -> bool {
        self.update(site, Strength::Full, Update::AddUnless(value, unless)).is_ok()
    }

    /// `atomic_cmpxchg()`: the value that it found; fully ordered if that was `old`.
    pub fn cmpxchg(&self, site: &'static str, old: i32, new: i32) -> i32 {
        found(self.update(site, Strength::Full, Update::Exchange(old, new)))
    }

    /// `xchg()`, `test_and_set_bit()`, `test_and_clear_bit()` of a flag: the old value, fully ordered.
    pub fn xchg(&self, site: &'static str, value: i32) -> i32 {
        found(self.update(site, Strength::Full, Update::Swap(value)))
    }

    /// `set_bit()`, `clear_bit()`: a void read-modify-write of a flag that shares its word with others.
    pub fn set_flag(&self, site: &'static str, value: bool) {
        let _ = self.update(site, Strength::Void, Update::Swap(i32::from(value)));
    }

    /// `set_bit()` where several flags are named in one word.
    pub fn set_bits(&self, site: &'static str, bits: i32) {
        let _ = self.update(site, Strength::Void, Update::Or(bits));
    }

    /// `clear_bit()`, likewise.
    pub fn clear_bits(&self, site: &'static str, bits: i32) {
        let _ = self.update(site, Strength::Void, Update::AndNot(bits));
    }

    /// `test_and_set_bit_lock()`: whether the bits were clear; acquire.
    pub fn try_lock_bits(&self, site: &'static str, bits: i32) -> bool {
        found(self.update(site, Strength::Acquire, Update::Or(bits))) & bits == 0
    }

    /// `test_and_clear_bit()`: whether they were set; fully ordered.
    pub fn test_and_clear_bits(&self, site: &'static str, bits: i32) -> bool {
        found(self.update(site, Strength::Full, Update::AndNot(bits))) & bits != 0
    }

    /// `clear_bit_unlock()`, `xor_unlock_is_negative_byte()`: the word as it was; release.
    pub fn unlock_bits(&self, site: &'static str, bits: i32) -> i32 {
        found(self.update(site, Strength::Release, Update::AndNot(bits)))
    }

    /// A read-modify-write: `Ok` with the old value, or `Err` with the value for which there was nothing to store.
    fn update(&self, site: &'static str, strength: Strength, update: Update) -> Result<i32, i32> {
        if self.kernel.0.silent {
            return self.at_once(site, strength.order_alone(), update);
        }
        let changed = |change| self.kernel.mutated(site, change);
        if changed(Change::Omit) {
            return Ok(update.hoped_for(self.word.load(Ordering::Relaxed)));
        }
        let strength = if changed(Change::Relax) { Strength::Void } else { strength };
        let fence = if changed(Change::AcquireRelease) { Ordering::AcqRel } else { Ordering::SeqCst };
        self.kernel.turn::<P>();
        if strength == Strength::Full {
            P::fence(fence);
        }
        let result =
            if changed(Change::Tear) { self.torn(site, update) } else { self.at_once(site, strength.order(), update) };
        if strength == Strength::Full && result.is_ok() {
            P::fence(fence);
            self.kernel.0.tally.full();
        }
        result
    }

    fn at_once(&self, site: &'static str, order: Ordering, update: Update) -> Result<i32, i32> {
        let result = match update {
            Update::Add(value) => Ok(self.word.fetch_add(value, order)),
            Update::Swap(value) => Ok(self.word.swap(value, order)),
            Update::Or(bits) => Ok(self.word.fetch_or(bits, order)),
            Update::AndNot(bits) => Ok(self.word.fetch_and(!bits, order)),
            Update::Exchange(old, new) => self.word.compare_exchange(old, new, order),
            Update::AddUnless(value, unless) => self.add_in_loop(value, unless, order),
        };
        self.note(
            site,
            match result {
                Ok(old) => Effect::Rmw(old, update.result(old)),
                Err(old) => Effect::Load(old),
            },
        );
        result
    }

    /// lib/atomic, `atomic_fetch_add_unless()`: a plain load, then cmpxchg until nobody was faster.
    fn add_in_loop(&self, value: i32, unless: i32, order: Ordering) -> Result<i32, i32> {
        let mut old = self.word.load(Ordering::Relaxed);
        while old != unless {
            match self.word.compare_exchange(old, old + value, order) {
                Ok(_) => return Ok(old),
                Err(found) => old = found,
            }
        }
        Err(old)
    }

    fn torn(&self, site: &'static str, update: Update) -> Result<i32, i32> {
        let old = self.word.load(Ordering::Relaxed);
        self.note(site, Effect::Load(old));
        if !update.applies(old) {
            return Err(old);
        }
        let new = update.result(old);
        self.word.store(new, Ordering::Relaxed);
        self.note(site, Effect::Store(new));
        Ok(old)
    }
}

/// The value that a read-modify-write found, whether or not it stored.
fn found(result: Result<i32, i32>) -> i32 {
    result.unwrap_or_else(|old| old)
}

/// What a read-modify-write does.
#[derive(Clone, Copy)]
enum Update {
    Add(i32),
    Swap(i32),
    /// Sets bits.
    Or(i32),
    /// Clears bits.
    AndNot(i32),
    /// Stores the second where the first is.
    Exchange(i32, i32),
    /// Adds the first unless the second is there.
    AddUnless(i32, i32),
}

impl Update {
    fn applies(self, old: i32) -> bool {
        match self {
            Update::Add(_) | Update::Swap(_) | Update::Or(_) | Update::AndNot(_) => true,
            Update::Exchange(wanted, _) => old == wanted,
            Update::AddUnless(_, unless) => old != unless,
        }
    }

    fn result(self, old: i32) -> i32 {
        match self {
            Update::Add(value) | Update::AddUnless(value, _) => old + value,
            Update::Swap(new) | Update::Exchange(_, new) => new,
            Update::Or(bits) => old | bits,
            Update::AndNot(bits) => old & !bits,
        }
    }

    /// What the code behind an operation that was left out goes on with.
    fn hoped_for(self, old: i32) -> i32 {
        match self {
            Update::Exchange(wanted, _) => wanted,
            _ => old,
        }
    }
}
