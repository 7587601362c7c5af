//! What several schemes share: a folio's two counts, and the functions that take, drop and ask.
//!
//! An order-0 folio counts a pin as `BIAS` references (v6.18: 1024), a large one as one reference and one in `_pincount`.

use crate::kernel::{Atomic, Kernel};
use crate::lines::Line;
use crate::mutants::Change;
use crate::platform::Platform;
use crate::schemes::counting::{Counter, Pin, Tracking, of_page};

/// `GUP_PIN_COUNTING_BIAS`, scaled: more than all ordinary references together.
pub const BIAS: i32 = 16;

/// The kernel's first step of a pin.
pub const TAKE: &str = "gup_fast: take the page";
/// Its second step, void.
pub const COUNT: &str = "gup_fast: count the pin";
/// The barrier behind the second step.
pub const AFTER_COUNT: &str = "gup_fast: smp_mb__after_atomic";
/// The exact count goes down first ...
pub const DROP_PINCOUNT: &str = "gup_put_folio: drop the pincount";
/// ... and then the references.
pub const DROP_REFS: &str = "gup_put_folio: drop the references";
/// Reclaim's and migration's exclusive claim.
pub const FREEZE: &str = "folio_ref_freeze";
/// An ordinary reference without a lock.
pub const TRY_GET: &str = "folio_try_get";
/// Its end.
pub const PUT: &str = "folio_put";

/// A folio's counts.
pub struct Folio<P: Platform> {
    /// References, with an order-0 folio's pins in them.
    pub refcount: Atomic<P>,
    /// A large folio's pins.
    pub pincount: Line<Atomic<P>>,
    large: bool,
}

impl<P: Platform> Folio<P> {
    /// A folio with so many references and no pin.
    pub fn new(kernel: &Kernel, large: bool, refs: i32) -> Self {
        Folio::pinned(kernel, large, refs, 0)
    }

    /// A folio with so many references beside those of so many pins.
    pub fn pinned(kernel: &Kernel, large: bool, refs: i32, pins: i32) -> Self {
        let (weight, exact) = if large { (1, pins) } else { (BIAS, 0) };
        Folio {
            refcount: Atomic::new(kernel, "pages[0]._refcount", refs + pins * weight),
            pincount: Line(Atomic::new(kernel, "pages[0]._pincount", exact)),
            large,
        }
    }

    /// What one pin adds to the references.
    pub fn weight(&self) -> i32 {
        if self.large { 1 } else { BIAS }
    }

    /// mm/gup.c try_grab_folio_fast(): false if the folio is being freed.
    pub fn try_grab_folio_fast(&self, kernel: &Kernel) -> bool {
        // folio_ref_try_add() is fully ordered ...
        if !self.refcount.add_unless(TAKE, 1, 0) {
            return false;
        }
        // ... but the pin is not counted yet. What counts it is void, hence the barrier, which pairs with the one behind
        // every change of a pte that is followed by folio_maybe_dma_pinned().
        if !kernel.mutated(COUNT, Change::Rewrite) {
            self.count_pin();
        }
        kernel.smp_mb_beside_atomic::<P>(AFTER_COUNT);
        true
    }

    /// The second step; try_grab_folio_fast() is where it belongs.
    pub fn count_pin(&self) {
        if self.large {
            self.pincount.add(COUNT, 1);
        } else {
            self.refcount.add(COUNT, BIAS - 1);
        }
    }

    /// mm/gup.c gup_put_folio(): the exact count first, so that a pin never outlives its reference.
    pub fn gup_put_folio(&self, kernel: &Kernel) {
        let late = kernel.mutated(DROP_PINCOUNT, Change::Rewrite);
        if self.large && !late {
            self.pincount.add(DROP_PINCOUNT, -1);
        }
        // folio_put_refs(): value-returning
        let _ = self.refcount.sub_and_test(DROP_REFS, self.weight());
        if self.large && late {
            self.pincount.add(DROP_PINCOUNT, -1);
        }
    }

    /// include/linux/mm.h folio_maybe_dma_pinned(): a plain read of the one count or the other.
    pub fn folio_maybe_dma_pinned(&self) -> bool {
        if self.large {
            self.pincount.read("folio_maybe_dma_pinned: pincount") > 0
        } else {
            self.refcount.read("folio_maybe_dma_pinned: refcount") >= BIAS
        }
    }

    /// include/linux/page_ref.h page_ref_add_unless(): fully ordered if it takes the folio.
    pub fn folio_try_get(&self, kernel: &Kernel) -> bool {
        if kernel.mutated(TRY_GET, Change::Rewrite) {
            let _ = self.refcount.add_return(TRY_GET, 1);
            return true;
        }
        self.refcount.add_unless(TRY_GET, 1, 0)
    }

    /// include/linux/mm.h folio_put(): fully ordered, and true if it was the last.
    pub fn folio_put(&self) -> bool {
        self.refcount.sub_and_test(PUT, 1)
    }

    /// include/linux/page_ref.h page_ref_freeze(): only if all references are known ones.
    pub fn folio_ref_freeze(&self, kernel: &Kernel, refs: i32) -> bool {
        if kernel.mutated(FREEZE, Change::Rewrite) {
            return self.refcount.read(FREEZE) == refs;
        }
        self.refcount.cmpxchg(FREEZE, refs, 0) == refs
    }

    /// Whether at the end there are these references and pins, and nothing else.
    ///
    /// # Errors
    /// There is something else.
    pub fn balanced(&self, refs: i32, pins: i32) -> Result<(), String> {
        let (count, pincount) = (self.refcount.at_rest(), self.pincount.at_rest());
        let exact = if self.large { pins } else { 0 };
        if (count, pincount) == (refs + pins * self.weight(), exact) {
            return Ok(());
        }
        Err(format!("{refs} references and {pins} pins, but the counts say {count} and {pincount}"))
    }
}

/// T11: a large folio's two counts, without the pte.
pub struct LargeFolio;

/// A large folio with one reference.
pub struct Large<P: Platform>(Folio<P>);

impl Counter for LargeFolio {
    type Memory<P: Platform> = Large<P>;
}

impl<P: Platform> Tracking<P> for Large<P> {
    fn new(kernel: &Kernel) -> Self {
        Large(Folio::new(kernel, true, 1))
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
        self.0.balanced(1, of_page(pins, 0))
    }
}
