//! T11: a large folio's pins have a count of their own beside the references.
//!
//! John Hubbard, 2020 (commit 47e29d32afba), today `_pincount`: mm/gup.c try_grab_folio_fast(), gup_put_folio(). A bias in
//! the references of a head page overflows where every tail page may be pinned; an exact count does not, and has no false
//! positives. It costs a second atomic in a second word: the second step of a pin is void, and the barrier behind it is
//! what orders it (gup_fast, anon_exclusive and fork have the races; here are the counts).

use crate::kernel::Kernel;
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::Scheme;
use crate::schemes::counting::{
    AskedByFour, AskedByThree, AskedByTwo, Counter, HandedOver, Pin, Run, Tracking, Twice, TwoPins, TwoRounds, of_page,
};
use crate::schemes::folio::{COUNT, DROP_PINCOUNT, DROP_REFS, Folio, TAKE};

/// The page cache's reference.
const REFS: i32 = 1;

/// The scheme's memory.
pub struct Exact;

impl Counter for Exact {
    type Memory<P: Platform> = Large<P>;
}

/// A large folio.
pub struct Large<P: Platform>(Folio<P>);

impl<P: Platform> Tracking<P> for Large<P> {
    fn new(kernel: &Kernel) -> Self {
        Large(Folio::new(kernel, true, REFS))
    }

    fn track_pin(&self, kernel: &Kernel, _: Pin) -> bool {
        self.0.try_grab_folio_fast(kernel)
    }

    fn untrack_pin(&self, kernel: &Kernel, _: usize, _: Pin) {
        self.0.gup_put_folio(kernel);
    }

    fn page_dma_pinned(&self, _: &Kernel, _: usize) -> bool {
        self.0.folio_maybe_dma_pinned()
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        self.0.balanced(REFS, of_page(pins, 0))
    }
}

const TWO: &str = <Run<Exact, AskedByTwo> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "large_folio",
    title: "T11: a pin is one reference and one in a count of its own",
    mirrors: "mm/gup.c try_grab_folio_fast(), gup_put_folio(), include/linux/mm.h folio_maybe_dma_pinned()",
    checks: &[
        entry::<Run<Exact, TwoPins>>(),
        entry::<Run<Exact, AskedByTwo>>(),
        entry::<Run<Exact, TwoRounds>>(),
        entry::<Run<Exact, Twice>>(),
        entry::<Run<Exact, HandedOver>>(),
        entry::<Run<Exact, AskedByThree>>(),
        entry::<Run<Exact, AskedByFour>>(),
    ],
    mutants: MUTANTS,
    broken: &[],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(TWO, TAKE, Change::Omit, Killer::Interleaving),
    mutant(TWO, TAKE, Change::Tear, Killer::Interleaving),
    mutant(TWO, COUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, COUNT, Change::Tear, Killer::Interleaving),
    mutant(TWO, DROP_PINCOUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, DROP_PINCOUNT, Change::Tear, Killer::Interleaving),
    mutant(TWO, DROP_REFS, Change::Omit, Killer::Interleaving),
    mutant(TWO, DROP_REFS, Change::Tear, Killer::Interleaving),
];
