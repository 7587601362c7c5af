//! Spinlocks, and the data behind them.

use super::Kernel;
use crate::mutants::Change;
use crate::platform::{Mutex, Plain, Platform};
use crate::record::{Effect, Order};

/// `spinlock_t`
pub struct Spinlock<P: Platform> {
    kernel: Kernel,
    name: &'static str,
    mutex: P::Mutex,
}

impl<P: Platform> Spinlock<P> {
    /// A lock by its name in the model.
    pub fn new(kernel: &Kernel, name: &'static str) -> Self {
        kernel.begin(name, 0);
        Spinlock { kernel: kernel.clone(), name, mutex: P::Mutex::new() }
    }

    /// `spin_lock()` ... `spin_unlock()`; without the lock where the site is omitted.
    pub fn section<T>(&self, site: &'static str, body: impl FnOnce() -> T) -> T {
        if self.kernel.mutated(site, Change::Omit) {
            return body();
        }
        self.kernel.turn::<P>();
        let guard = self.mutex.lock();
        self.kernel.note::<P>(self.name, site, Effect::Lock, Order::Acquire);
        let result = body();
        P::pause();
        self.kernel.turn::<P>();
        self.kernel.note::<P>(self.name, site, Effect::Unlock, Order::Release);
        drop(guard);
        result
    }
}

/// The page's data, or anything else that nobody may touch at the same time as a writer.
pub struct Data<P: Platform>(P::Plain);

impl<P: Platform> Data<P> {
    /// Data with this value.
    pub fn new(value: i32) -> Self {
        Data(P::Plain::new(value))
    }

    /// Reads it.
    pub fn read(&self) -> i32 {
        self.0.read()
    }

    /// Writes it.
    pub fn write(&self, value: i32) {
        self.0.write(value);
    }
}
