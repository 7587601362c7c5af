//! T10: a pin is many references. With the freeze that reclaim and migration end in.
//!
//! v6.18 mm/gup.c try_grab_folio_fast(), gup_put_folio(), include/linux/page_ref.h page_ref_freeze() and
//! page_ref_unfreeze(). One word: its order is coherence. What needs order is the data around it: a pinner's accesses end
//! before its references go (release), a freezer's begin after the freeze (acquire) and end before the unfreeze (release),
//! whose value the next pinner reads (acquire). The data is plain memory here, so that loom calls a missing order a race.

use crate::kernel::{Atomic, Data, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::counting::{
    AskedByFour, AskedByStranger, AskedByThree, AskedByTwo, Counter, Pin, Run, Tracking, TwoPins, TwoRounds, expect,
    of_page,
};
use crate::schemes::{Program, Scheme};

/// `GUP_PIN_COUNTING_BIAS`, scaled as in model/parts/tracking/t10-refcount-bias.c.
const BIAS: i32 = 16;
/// The page cache's reference.
const CACHE: i32 = 1;

const TRY_GET: &str = "try_get: add unless zero";
const COUNT: &str = "track_pin: the rest of the bias";
const UNCOUNT: &str = "untrack_pin: the bias";
const PUT: &str = "put_page: the last of the pin's references";
const QUERY: &str = "page_maybe_dma_pinned";
const FREEZE: &str = "page_ref_freeze";
const UNFREEZE: &str = "page_ref_unfreeze";

/// A page.
pub struct Page<P: Platform> {
    refcount: Atomic<P>,
    data: Data<P>,
}

impl<P: Platform> Page<P> {
    /// page_ref_freeze(): only if the page cache's reference is the only one.
    fn freeze(&self, kernel: &Kernel) -> bool {
        if kernel.mutated(FREEZE, Change::Rewrite) {
            // ... whatever pins there are
            self.refcount.set(FREEZE, 0);
            return true;
        }
        self.refcount.cmpxchg(FREEZE, CACHE, 0) == CACHE
    }

    fn unfreeze(&self) {
        self.refcount.set_release(UNFREEZE, CACHE);
    }
}

/// The scheme's memory.
pub struct Bias;

impl Counter for Bias {
    type Memory<P: Platform> = Page<P>;
}

impl<P: Platform> Tracking<P> for Page<P> {
    fn new(kernel: &Kernel) -> Self {
        Page { refcount: Atomic::new(kernel, "pages[0]._refcount", CACHE), data: Data::new(0) }
    }

    fn track_pin(&self, kernel: &Kernel, _: Pin) -> bool {
        // a frozen page may be gone: whoever finds no reference must not make one
        let got = match kernel.mutated(TRY_GET, Change::Rewrite) {
            true => self.refcount.add_return(TRY_GET, 1) > 0,
            false => self.refcount.add_unless(TRY_GET, 1, 0),
        };
        if got {
            self.refcount.add(COUNT, BIAS - 1);
            kernel.smp_mb_beside_atomic::<P>("track_pin: smp_mb__after_atomic");
        }
        got
    }

    fn untrack_pin(&self, _: &Kernel, _: usize, _: Pin) {
        self.refcount.add(UNCOUNT, 1 - BIAS);
        let _ = self.refcount.sub_and_test(PUT, 1);
    }

    fn page_dma_pinned(&self, kernel: &Kernel, _: usize) -> bool {
        let least = if kernel.mutated(QUERY, Change::Rewrite) { 2 * BIAS } else { BIAS };
        self.refcount.read(QUERY) >= least
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        let pins = of_page(pins, 0);
        expect(&self.refcount, CACHE + BIAS * pins, pins)
    }
}

/// A pinner that writes beside a freezer that writes.
pub struct FreezeBesidePins<const PINNERS: usize>;

impl<const PINNERS: usize> Check for FreezeBesidePins<PINNERS> {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = if PINNERS == 1 { "freeze beside pin" } else { "freeze beside two pins" };
    const THREADS: usize = PINNERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Tracking::new(kernel)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        let mine = if thread == 0 { page.freeze(kernel) } else { page.track_pin(kernel, (0, 0)) };
        if !mine {
            return 0;
        }
        // Two pinners may both write: devices do, and that is no race of the counting.
        if thread < 2 {
            page.data.write(thread as i32 + 1);
        }
        match thread {
            0 => page.unfreeze(),
            _ => page.untrack_pin(kernel, 0, (0, 0)),
        }
        1
    }

    fn judge<P: Platform>(page: &Page<P>, _: &[i32]) -> Result<(), String> {
        page.at_rest(&[])
    }
}

const TWO: &str = <Run<Bias, AskedByTwo> as Check>::NAME;
const FROZEN: &str = <FreezeBesidePins<1> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "refcount_bias",
    source: include_str!("refcount_bias.rs"),
    title: "T10: a pin is a bias of references; freeze takes them all or none",
    mirrors: "model/parts/tracking/t10-refcount-bias.c; include/linux/page_ref.h page_ref_freeze(), page_ref_unfreeze()",
    checks: &[
        entry::<Run<Bias, TwoPins>>(),
        entry::<Run<Bias, AskedByTwo>>(),
        entry::<Run<Bias, AskedByStranger>>(),
        entry::<Run<Bias, TwoRounds>>(),
        entry::<FreezeBesidePins<1>>(),
        entry::<FreezeBesidePins<2>>(),
        entry::<Run<Bias, AskedByThree>>(),
        entry::<Run<Bias, AskedByFour>>(),
    ],
    mutants: MUTANTS,
    broken: &[],
    programs: PROGRAMS,
};

const PIN_UNPIN: &str = "if (get_page_unless_zero(&pages[0])) { \
                         track_pin(&pages[0]); untrack_pin(&pages[0]); put_page(&pages[0]); }";
const PIN_QUERY_UNPIN: &str = "if (get_page_unless_zero(&pages[0])) { track_pin(&pages[0]); \
                               page_dma_pinned(&pages[0]); untrack_pin(&pages[0]); put_page(&pages[0]); }";
const FREEZE_UNFREEZE: &str = "if (page_ref_freeze(&pages[0], 1)) page_ref_unfreeze(&pages[0], 1);";

const PROGRAMS: &[Program] = &[
    Program { check: entry::<Run<Bias, TwoPins>>(), part: "T10", defines: &[], threads: &[PIN_UNPIN, PIN_UNPIN] },
    Program {
        check: entry::<Run<Bias, AskedByTwo>>(),
        part: "T10",
        defines: &[],
        threads: &[PIN_UNPIN, PIN_QUERY_UNPIN],
    },
    Program {
        check: entry::<FreezeBesidePins<1>>(),
        part: "T10",
        defines: &[],
        threads: &[FREEZE_UNFREEZE, PIN_UNPIN],
    },
    Program {
        check: entry::<FreezeBesidePins<2>>(),
        part: "T10",
        defines: &[],
        threads: &[FREEZE_UNFREEZE, PIN_UNPIN, PIN_UNPIN],
    },
];

const MUTANTS: &[Mutant] = &[
    mutant(FROZEN, TRY_GET, Change::Rewrite, Killer::Interleaving),
    mutant(FROZEN, TRY_GET, Change::Tear, Killer::Interleaving),
    mutant(FROZEN, FREEZE, Change::Rewrite, Killer::Interleaving),
    mutant(FROZEN, FREEZE, Change::Tear, Killer::Interleaving),
    mutant(FROZEN, FREEZE, Change::Relax, Killer::WeakMemory),
    mutant(FROZEN, UNFREEZE, Change::Relax, Killer::WeakMemory),
    mutant(FROZEN, UNFREEZE, Change::Omit, Killer::Interleaving),
    mutant(FROZEN, PUT, Change::Relax, Killer::WeakMemory),
    mutant(TWO, COUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, COUNT, Change::Tear, Killer::Interleaving),
    mutant(TWO, UNCOUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, UNCOUNT, Change::Tear, Killer::Interleaving),
    mutant(TWO, PUT, Change::Omit, Killer::Interleaving),
    mutant(TWO, QUERY, Change::Rewrite, Killer::Interleaving),
];
