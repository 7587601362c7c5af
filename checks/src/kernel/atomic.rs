//! Words that threads share, and every operation of Documentation/atomic_t.txt that a scheme needs.

use std::sync::atomic::Ordering;

use super::Kernel;
use crate::mutants::Change;
use crate::platform::{Platform, Word};
use crate::record::{Access, Effect, Order};

/// `atomic_t`, a flag, a pointer: a word that is only accessed with marked accesses.
pub struct Atomic<P: Platform> {
    kernel: Kernel,
    name: &'static str,
    word: P::Word,
}

impl<P: Platform> Atomic<P> {
    /// A word by its name in the model.
    pub fn new(kernel: &Kernel, name: &'static str, value: i32) -> Self {
        kernel.begin(name, value);
        Atomic { kernel: kernel.clone(), name, word: P::Word::new(value) }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The value when nobody else runs; not an access.
    pub fn at_rest(&self) -> i32 {
        let value = self.word.load(Ordering::Relaxed);
        self.kernel.0.recorder.push(Access::by_nobody(self.name, Effect::Rest(value)));
        value
    }

    fn note(&self, site: &'static str, effect: Effect, order: Order) {
        self.kernel.note::<P>(self.name, site, effect, order);
    }

    /// `atomic_read()`, `READ_ONCE()`
    pub fn read(&self, site: &'static str) -> i32 {
        self.load(site, Order::Relaxed)
    }

    /// `smp_load_acquire()`
    pub fn read_acquire(&self, site: &'static str) -> i32 {
        self.load(site, Order::Acquire)
    }

    fn load(&self, site: &'static str, order: Order) -> i32 {
        let order = if self.kernel.mutated(site, Change::Relax) { Order::Relaxed } else { order };
        self.kernel.turn::<P>();
        let value = self.word.load(order.of_access());
        self.note(site, Effect::Load(value), order);
        value
    }

    /// `atomic_set()`, `WRITE_ONCE()`
    pub fn set(&self, site: &'static str, value: i32) {
        self.store(site, value, Order::Relaxed);
    }

    /// `smp_store_release()`, `atomic_set_release()`
    pub fn set_release(&self, site: &'static str, value: i32) {
        self.store(site, value, Order::Release);
    }

    fn store(&self, site: &'static str, value: i32, order: Order) {
        if self.kernel.mutated(site, Change::Omit) {
            return;
        }
        let order = if self.kernel.mutated(site, Change::Relax) { Order::Relaxed } else { order };
        self.kernel.turn::<P>();
        self.word.store(value, order.of_access());
        self.note(site, Effect::Store(value), order);
    }

    /// `atomic_add()`, `atomic_inc()`, `atomic_sub()`: no value, no order.
    pub fn add(&self, site: &'static str, value: i32) {
        let _ = self.update(site, Order::Relaxed, Update::Add(value));
    }

    /// `atomic_add_return()`, `atomic_sub_return()`: the new value, fully ordered.
    pub fn add_return(&self, site: &'static str, value: i32) -> i32 {
        found(self.update(site, Order::Full, Update::Add(value))) + value
    }

    /// `atomic_fetch_add_acquire()`: the old value.
    pub fn fetch_add_acquire(&self, site: &'static str, value: i32) -> i32 {
        found(self.update(site, Order::Acquire, Update::Add(value)))
    }

    /// `atomic_sub_and_test()`, `atomic_dec_and_test()`: whether it is zero now; fully ordered.
    pub fn sub_and_test(&self, site: &'static str, value: i32) -> bool {
        found(self.update(site, Order::Full, Update::Add(-value))) == value
    }

    /// `atomic_add_unless()`: fully ordered if it added.
    pub fn add_unless(&self, site: &'static str, value: i32, unless: i32) -> bool {
        self.update(site, Order::Full, Update::AddUnless(value, unless)).is_ok()
    }

    /// `atomic_cmpxchg()`: the value that it found; fully ordered if that was `old`.
    pub fn cmpxchg(&self, site: &'static str, old: i32, new: i32) -> i32 {
        found(self.update(site, Order::Full, Update::Exchange(old, new)))
    }

    /// `xchg()`, `test_and_set_bit()`, `test_and_clear_bit()` of a flag: the old value, fully ordered.
    pub fn xchg(&self, site: &'static str, value: i32) -> i32 {
        found(self.update(site, Order::Full, Update::Swap(value)))
    }

    /// `set_bit()`: a void read-modify-write, of a flag that shares its word with others.
    pub fn set_bits(&self, site: &'static str, bits: i32) {
        let _ = self.update(site, Order::Relaxed, Update::Or(bits));
    }

    /// `clear_bit()`, likewise.
    pub fn clear_bits(&self, site: &'static str, bits: i32) {
        let _ = self.update(site, Order::Relaxed, Update::AndNot(bits));
    }

    /// `test_and_set_bit_lock()`: whether the bits were clear; acquire.
    pub fn try_lock_bits(&self, site: &'static str, bits: i32) -> bool {
        found(self.update(site, Order::Acquire, Update::Or(bits))) & bits == 0
    }

    /// `test_and_clear_bit()`: whether they were set; fully ordered.
    pub fn test_and_clear_bits(&self, site: &'static str, bits: i32) -> bool {
        found(self.update(site, Order::Full, Update::AndNot(bits))) & bits != 0
    }

    /// `clear_bit_unlock()`, `xor_unlock_is_negative_byte()`: the word as it was; release.
    pub fn unlock_bits(&self, site: &'static str, bits: i32) -> i32 {
        found(self.update(site, Order::Release, Update::AndNot(bits)))
    }

    /// A read-modify-write: `Ok` with the old value, or `Err` with the value for which there was nothing to store.
    fn update(&self, site: &'static str, order: Order, update: Update) -> Result<i32, i32> {
        if self.kernel.0.silent {
            // no fences stand around it
            let alone = if order == Order::Full { Ordering::SeqCst } else { order.of_access() };
            return self.at_once(alone, update);
        }
        let changed = |change| self.kernel.mutated(site, change);
        if changed(Change::Omit) {
            return Ok(update.hoped_for(self.word.load(Ordering::Relaxed)));
        }
        let order = match order {
            _ if changed(Change::Relax) => Order::Relaxed,
            Order::Full if changed(Change::AcquireRelease) => Order::AcquireRelease,
            order => order,
        };
        let fenced = matches!(order, Order::Full | Order::AcquireRelease);
        self.kernel.turn::<P>();
        if fenced {
            P::fence(order.of_fence());
        }
        let result = if changed(Change::Tear) {
            self.torn(site, order, update)
        } else {
            let result = self.at_once(order.of_access(), update);
            self.note_update(site, order, update, result);
            result
        };
        if fenced && result.is_ok() {
            P::fence(order.of_fence());
        }
        result
    }

    fn at_once(&self, order: Ordering, update: Update) -> Result<i32, i32> {
        match update {
            Update::Add(value) => Ok(self.word.fetch_add(value, order)),
            Update::Swap(value) => Ok(self.word.swap(value, order)),
            Update::Or(bits) => Ok(self.word.fetch_or(bits, order)),
            Update::AndNot(bits) => Ok(self.word.fetch_and(!bits, order)),
            Update::Exchange(old, new) => self.word.compare_exchange(old, new, order),
            Update::AddUnless(value, unless) => self.add_in_loop(value, unless, order),
        }
    }

    fn note_update(&self, site: &'static str, order: Order, update: Update, result: Result<i32, i32>) {
        match result {
            Ok(old) => self.note(site, Effect::Rmw(old, update.result(old)), order),
            // a condition that fails takes the order with it
            Err(old) => self.note(site, Effect::Load(old), Order::Relaxed),
        }
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

    fn torn(&self, site: &'static str, order: Order, update: Update) -> Result<i32, i32> {
        let old = self.word.load(Ordering::Relaxed);
        self.note(site, Effect::Load(old), Order::Relaxed);
        if !update.applies(old) {
            return Err(old);
        }
        let new = update.result(old);
        self.word.store(new, Ordering::Relaxed);
        self.note(site, Effect::Store(new), order);
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
