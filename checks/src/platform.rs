//! Where the schemes run: real threads, loom (weak memory, exhaustive), shuttle (sequential consistency, large).

use std::sync::atomic::Ordering;

/// A 32-bit word that threads share.
pub trait Word: Send + Sync + 'static {
    /// A word with this value.
    fn new(value: i32) -> Self;
    /// Loads it.
    fn load(&self, order: Ordering) -> i32;
    /// Stores to it.
    fn store(&self, value: i32, order: Ordering);
    /// Adds and yields the value before.
    fn fetch_add(&self, value: i32, order: Ordering) -> i32;
    /// Sets these bits and yields the value before.
    fn fetch_or(&self, bits: i32, order: Ordering) -> i32;
    /// Keeps these bits only and yields the value before.
    fn fetch_and(&self, bits: i32, order: Ordering) -> i32;
    /// Stores and yields the value before.
    fn swap(&self, value: i32, order: Ordering) -> i32;
    /// Stores `new` if the value is `old`; the value that it found, as `Ok` if it was that.
    ///
    /// # Errors
    /// Another value was found.
    fn compare_exchange(&self, old: i32, new: i32, order: Ordering) -> Result<i32, i32>;
}

/// Mutual exclusion.
pub trait Mutex: Send + Sync + 'static {
    /// What a holder has.
    type Guard<'a>
    where
        Self: 'a;
    /// A mutex that nobody holds.
    fn new() -> Self;
    /// Waits until nobody else holds it.
    fn lock(&self) -> Self::Guard<'_>;
}

/// Memory that is no atomic: loom and miri tell when two threads use it without order between them.
pub trait Plain: Send + Sync + 'static {
    /// Memory with this value.
    fn new(value: i32) -> Self;
    /// Reads it.
    fn read(&self) -> i32;
    /// Writes it.
    fn write(&self, value: i32);
}

/// A backend.
pub trait Platform: Send + Sync + Sized + 'static {
    /// Its name.
    const NAME: &'static str;
    /// Its atomic words.
    type Word: Word;
    /// Its mutexes.
    type Mutex: Mutex;
    /// Its plain memory.
    type Plain: Plain;
    /// A thread that was started.
    type Handle;
    /// A memory fence.
    fn fence(order: Ordering);
    /// Lets another thread run; for loops that wait.
    fn yield_now();
    /// A place where another thread may run although nothing is accessed: an unlock is logged before it takes effect, and
    /// without this no thread would ever stand in front of one. loom has no need of it: it finds the order by itself.
    fn pause();
    /// Starts a thread.
    fn spawn(f: impl FnOnce() + Send + 'static) -> Self::Handle;
    /// Waits for its end. A panic of the thread goes on here.
    fn join(handle: Self::Handle);
}

/// Makes a backend of a crate that looks like `std::sync` and `std::thread`.
macro_rules! backend {
    ($(#[$doc:meta])* $name:ident, $text:literal, $sync:path, $thread:path, $plain:ident, $pause:expr) => {
        $(#[$doc])*
        pub struct $name;

        const _: () = {
            use $sync as sync;
            use $thread as thread;

            impl Word for sync::atomic::AtomicI32 {
                fn new(value: i32) -> Self {
                    Self::new(value)
                }
                fn load(&self, order: Ordering) -> i32 {
                    self.load(order)
                }
                fn store(&self, value: i32, order: Ordering) {
                    self.store(value, order);
                }
                fn fetch_add(&self, value: i32, order: Ordering) -> i32 {
                    self.fetch_add(value, order)
                }
                fn fetch_or(&self, bits: i32, order: Ordering) -> i32 {
                    self.fetch_or(bits, order)
                }
                fn fetch_and(&self, bits: i32, order: Ordering) -> i32 {
                    self.fetch_and(bits, order)
                }
                fn swap(&self, value: i32, order: Ordering) -> i32 {
                    self.swap(value, order)
                }
                fn compare_exchange(&self, old: i32, new: i32, order: Ordering) -> Result<i32, i32> {
                    self.compare_exchange(old, new, order, Ordering::Relaxed)
                }
            }

            impl Mutex for sync::Mutex<()> {
                type Guard<'a> = sync::MutexGuard<'a, ()>;
                fn new() -> Self {
                    Self::new(())
                }
                fn lock(&self) -> Self::Guard<'_> {
                    self.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
                }
            }

            impl Platform for $name {
                const NAME: &'static str = $text;
                type Word = sync::atomic::AtomicI32;
                type Mutex = sync::Mutex<()>;
                type Plain = $plain;
                type Handle = thread::JoinHandle<()>;
                fn fence(order: Ordering) {
                    sync::atomic::fence(order);
                }
                fn yield_now() {
                    thread::yield_now();
                }
                fn pause() {
                    $pause
                }
                fn spawn(f: impl FnOnce() + Send + 'static) -> Self::Handle {
                    thread::spawn(f)
                }
                fn join(handle: Self::Handle) {
                    if let Err(panic) = handle.join() {
                        std::panic::resume_unwind(panic);
                    }
                }
            }
        };
    };
}

backend!(
    /// Real threads on the real machine; miri runs this one too.
    Std,
    "std",
    std::sync,
    std::thread,
    Relaxed,
    ()
);
backend!(
    /// Every execution that loom's memory model allows.
    Loom,
    "loom",
    loom::sync,
    loom::thread,
    Checked,
    ()
);
backend!(
    /// Every interleaving, or a random choice of them, under sequential consistency.
    Shuttle,
    "shuttle",
    shuttle::sync,
    shuttle::thread,
    Relaxed,
    shuttle::thread::yield_now()
);

/// Plain memory where nobody looks for races: the standard library's relaxed atomics, which no scheduler sees.
pub struct Relaxed(std::sync::atomic::AtomicI32);

impl Plain for Relaxed {
    fn new(value: i32) -> Self {
        Relaxed(std::sync::atomic::AtomicI32::new(value))
    }
    fn read(&self) -> i32 {
        self.0.load(Ordering::Relaxed)
    }
    fn write(&self, value: i32) {
        self.0.store(value, Ordering::Relaxed);
    }
}

/// Plain memory under loom: an access without order to a conflicting one is a data race, and ends the exploration.
///
/// The value stands in a `std` atomic, so that no `unsafe` is needed; the cell beside it carries loom's check.
pub struct Checked {
    order: loom::cell::UnsafeCell<()>,
    value: std::sync::atomic::AtomicI32,
}

// SAFETY: what the cell holds is zero-sized: there are no bytes that two threads could touch at once, whatever loom lets
// them do. The value is in an atomic. The cell is here because loom's race detector is the only thing that sees a missing
// release where no value gives it away (load buffering is not explored).
#[allow(unsafe_code, reason = "loom's cell is not Sync, and only it carries the race detector")]
unsafe impl Sync for Checked {}

impl Plain for Checked {
    fn new(value: i32) -> Self {
        Checked { order: loom::cell::UnsafeCell::new(()), value: std::sync::atomic::AtomicI32::new(value) }
    }
    fn read(&self) -> i32 {
        self.order.with(|_| self.value.load(Ordering::Relaxed))
    }
    fn write(&self, value: i32) {
        self.order.with_mut(|_| self.value.store(value, Ordering::Relaxed));
    }
}
