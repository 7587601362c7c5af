//! The lock bit, the writeback bit and the waiters bit of a folio's flags (L11).
//!
//! mm/filemap.c folio_wait_bit_common(): under the wait queue's lock set PG_waiters, *then* test the bit, then queue.
//! folio_unlock(): one read-modify-write clears PG_locked and tells of PG_waiters. v4.20's end_page_writeback() has two steps
//! with smp_mb__after_atomic() between. All these are bits of one word, so coherence alone orders them: no barrier is
//! needed for the wake-up (lkmm L11-1word-nomb: Never; in two words it would be, L11-2words). What needs order is the data
//! behind the lock: release where it is cleared, acquire where it is taken.

use crate::kernel::{Atomic, Data, Kernel, Spinlock};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::Scheme;

/// PG_locked, or PG_writeback.
const BUSY: i32 = 1;
/// PG_waiters.
const WAITERS: i32 = 2;

const SET_WAITERS: &str = "folio_wait_bit_common: folio_set_waiters";
const TEST: &str = "folio_wait_bit_common: test the bit";
const WAIT_LOCK: &str = "folio_wait_bit_common: q->lock";
const UNLOCK: &str = "folio_unlock: folio_xor_flags_has_waiters";
const END: &str = "end_page_writeback: test_clear_page_writeback";
const END_BARRIER: &str = "end_page_writeback: smp_mb__after_atomic";
const HAS_WAITERS: &str = "wake_up_page: PageWaiters";
const WAKE_LOCK: &str = "folio_wake_bit: q->lock";
const CLEAR_WAITERS: &str = "folio_wake_bit: folio_clear_waiters";
const TRYLOCK: &str = "folio_trylock: test_and_set_bit_lock";

/// A folio's flags, its wait queue and its data.
pub struct Folio<P: Platform> {
    flags: Atomic<P>,
    queue_lock: Spinlock<P>,
    queue: Atomic<P>,
    data: Data<P>,
}

impl<P: Platform> Folio<P> {
    fn new(kernel: &Kernel, flags: i32) -> Self {
        Folio {
            flags: Atomic::new(kernel, "pages[0].flags", flags),
            queue_lock: Spinlock::new(kernel, "queue.lock"),
            queue: Atomic::new(kernel, "queue.sleepers", 0),
            data: Data::new(0),
        }
    }

    /// mm/filemap.c folio_wait_bit_common(), to where it would sleep: true if it does.
    fn wait(&self, kernel: &Kernel) -> bool {
        self.queue_lock.section(WAIT_LOCK, || {
            let early = kernel.mutated(TEST, Change::Rewrite).then(|| self.flags.read(TEST));
            self.flags.set_bits(SET_WAITERS, WAITERS);
            let busy = early.unwrap_or_else(|| self.flags.read(TEST)) & BUSY != 0;
            if busy {
                let sleepers = self.queue.read("__add_wait_queue_entry_tail");
                self.queue.set("__add_wait_queue_entry_tail", sleepers + 1);
            }
            busy
        })
    }

    /// mm/filemap.c folio_unlock()
    fn unlock(&self) {
        if self.flags.unlock_bits(UNLOCK, BUSY) & WAITERS != 0 {
            self.wake();
        }
    }

    /// v4.20 mm/filemap.c end_page_writeback()
    fn end_writeback(&self, kernel: &Kernel) {
        let early = kernel.mutated(HAS_WAITERS, Change::Rewrite).then(|| self.flags.read(HAS_WAITERS));
        let _ = self.flags.test_and_clear_bits(END, BUSY);
        kernel.smp_mb_beside_atomic::<P>(END_BARRIER);
        if early.unwrap_or_else(|| self.flags.read(HAS_WAITERS)) & WAITERS != 0 {
            self.wake();
        }
    }

    /// mm/filemap.c folio_wake_bit()
    fn wake(&self) {
        self.queue_lock.section(WAKE_LOCK, || {
            self.queue.set("__wake_up_locked_key", 0);
            self.flags.clear_bits(CLEAR_WAITERS, WAITERS);
        });
    }
}

/// Sleepers beside somebody who clears the bit.
pub struct Sleep<const SLEEPERS: usize, const WRITEBACK: bool>;

impl<const SLEEPERS: usize, const WRITEBACK: bool> Check for Sleep<SLEEPERS, WRITEBACK> {
    type Shared<P: Platform> = Folio<P>;
    const NAME: &'static str = match (SLEEPERS, WRITEBACK) {
        (1, false) => "a waiter beside folio_unlock",
        (2, false) => "two waiters beside folio_unlock",
        (_, false) => "three waiters beside folio_unlock",
        (1, true) => "a waiter beside end_page_writeback",
        (_, true) => "two waiters beside end_page_writeback",
    };
    const THREADS: usize = SLEEPERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Folio<P> {
        Folio::new(kernel, BUSY)
    }

    fn run<P: Platform>(kernel: &Kernel, folio: &Folio<P>, thread: usize) -> i32 {
        match thread {
            0 if WRITEBACK => folio.end_writeback(kernel),
            0 => folio.unlock(),
            _ => return i32::from(folio.wait(kernel)),
        }
        0
    }

    fn judge<P: Platform>(folio: &Folio<P>, _: &[i32]) -> Result<(), String> {
        match folio.queue.at_rest() {
            0 => Ok(()),
            _ => Err("a waiter sleeps, the bit is clear, and nobody will wake it".into()),
        }
    }
}

/// Whoever gets the lock writes.
pub struct Locked<const THREADS: usize>;

impl<const THREADS: usize> Check for Locked<THREADS> {
    type Shared<P: Platform> = Folio<P>;
    const NAME: &'static str =
        if THREADS == 2 { "data behind the lock bit" } else { "data behind the lock bit, three threads" };
    const THREADS: usize = THREADS;

    fn set_up<P: Platform>(kernel: &Kernel) -> Folio<P> {
        Folio::new(kernel, 0)
    }

    fn run<P: Platform>(_: &Kernel, folio: &Folio<P>, _: usize) -> i32 {
        if !folio.flags.try_lock_bits(TRYLOCK, BUSY) {
            return 0;
        }
        let data = folio.data.read();
        // plain memory is no switch point of shuttle's
        P::pause();
        folio.data.write(data + 1);
        folio.unlock();
        1
    }

    fn judge<P: Platform>(folio: &Folio<P>, results: &[i32]) -> Result<(), String> {
        let (held, data) = (results.iter().sum::<i32>(), folio.data.read());
        if held == data && held > 0 {
            return Ok(());
        }
        Err(format!("{held} threads had the lock, and the data was raised {data} times"))
    }
}

const UNLOCKING: &str = <Sleep<1, false> as Check>::NAME;
const ENDING: &str = <Sleep<1, true> as Check>::NAME;
const TWO_SLEEP: &str = <Sleep<2, false> as Check>::NAME;
const DATA: &str = <Locked<2> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "waiters",
    source: include_str!("waiters.rs"),
    title: "set PG_waiters, test the bit, sleep; clear the bit, test PG_waiters, wake",
    mirrors: "mm/filemap.c folio_wait_bit_common(), folio_unlock(), folio_wake_bit(), v4.20 end_page_writeback()",
    checks: &[
        entry::<Sleep<1, false>>(),
        entry::<Sleep<2, false>>(),
        entry::<Sleep<3, false>>(),
        entry::<Sleep<1, true>>(),
        entry::<Sleep<2, true>>(),
        entry::<Locked<2>>(),
        entry::<Locked<3>>(),
    ],
    mutants: MUTANTS,
    broken: &[],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(UNLOCKING, SET_WAITERS, Change::Omit, Killer::Interleaving),
    mutant(UNLOCKING, TEST, Change::Rewrite, Killer::Interleaving).lkmm("L11-1word-testfirst"),
    mutant(UNLOCKING, UNLOCK, Change::Tear, Killer::Interleaving),
    mutant(UNLOCKING, WAIT_LOCK, Change::Omit, Killer::Interleaving),
    mutant(UNLOCKING, WAKE_LOCK, Change::Omit, Killer::Interleaving),
    mutant(TWO_SLEEP, WAIT_LOCK, Change::Omit, Killer::Interleaving),
    mutant(ENDING, HAS_WAITERS, Change::Rewrite, Killer::Interleaving),
    mutant(ENDING, END, Change::Relax, Killer::Equivalent(ONE_WORD)),
    mutant(ENDING, END_BARRIER, Change::Relax, Killer::Equivalent(ONE_WORD)).lkmm("L11-1word-nomb"),
    mutant(ENDING, END_BARRIER, Change::AcquireRelease, Killer::Equivalent(ONE_WORD)),
    mutant(DATA, TRYLOCK, Change::Relax, Killer::WeakMemory).lkmm("L11-lockdata-noacq"),
    mutant(DATA, TRYLOCK, Change::Tear, Killer::Interleaving),
    mutant(DATA, UNLOCK, Change::Relax, Killer::WeakMemory).lkmm("L11-lockdata-norel"),
    mutant(DATA, UNLOCK, Change::Omit, Killer::Equivalent(NOBODY_AGAIN)),
];

const ONE_WORD: &str = "both bits are in one word, whose order is coherence (lkmm L11-1word-nomb: Never)";
const NOBODY_AGAIN: &str = "a lock that is never dropped guards its data only too well; this check waits for nobody";
