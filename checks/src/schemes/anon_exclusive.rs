//! G5: PageAnonExclusive against get_user_pages_fast() of a read-only pte.
//!
//! include/linux/rmap.h __folio_try_share_anon_rmap() lists the steps: (A1) clear the pte, (A2) back off if pinned, (A3) clear
//! PageAnonExclusive, (A4) restore the pte; against (B1) read the pte, (B3) pin, (B4) read the pte again, (B5) back off unless
//! exclusive. Two shapes meet here. A1 and A2 against B3 and B4 is store buffering. A3 and A4 against B4 and B5 is message
//! passing: a restored pte looks unchanged, and whoever sees it must see the flag that was cleared before. The pte is
//! read-only from the beginning: a writable one is never restored as it was, and B4 alone would do.

use crate::kernel::{Atomic, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::Scheme;
use crate::schemes::folio::{AFTER_COUNT, COUNT, DROP_REFS, Folio, TAKE};
use crate::schemes::pte::{NONE, READ_ONLY};

/// The pte's reference.
const REFS: i32 = 1;

const READ_PTE: &str = "B1 gup_fast: read the pte";
const READ_AGAIN: &str = "B4 gup_fast: read the pte again";
const UNSHARE_BARRIER: &str = "gup_must_unshare: smp_rmb";
const EXCLUSIVE: &str = "B5 gup_must_unshare: PageAnonExclusive";
const CLEAR_PTE: &str = "A1 clear the pte";
const SHARE_BARRIER: &str = "folio_try_share_anon_rmap: smp_mb";
const PINNED: &str = "A2 folio_maybe_dma_pinned";
const CLEAR_EXCLUSIVE: &str = "A3 ClearPageAnonExclusive";
const AFTER_CLEAR: &str = "folio_try_share_anon_rmap: smp_mb__after_atomic";
const RESTORE: &str = "A4 restore the pte";

/// An anonymous page that one pte maps read-only.
pub struct Page<P: Platform> {
    folio: Folio<P>,
    exclusive: Atomic<P>,
    pte: Atomic<P>,
}

impl<P: Platform> Page<P> {
    fn new(kernel: &Kernel, large: bool) -> Self {
        Page {
            folio: Folio::new(kernel, large, REFS),
            exclusive: Atomic::new(kernel, "pages[0].anon_exclusive", 1),
            pte: Atomic::new(kernel, "mms[0].pte[0]", READ_ONLY),
        }
    }

    /// mm/gup.c gup_fast_pte_range() with FOLL_PIN and without FOLL_WRITE: true if the page is pinned.
    fn gup_fast(&self, kernel: &Kernel) -> bool {
        let pte = self.pte.read(READ_PTE);
        if pte == NONE {
            return false;
        }
        let early = kernel.mutated(EXCLUSIVE, Change::Rewrite).then(|| self.exclusive.read(EXCLUSIVE));
        if !self.folio.try_grab_folio_fast(kernel) {
            return false;
        }
        let changed = !kernel.mutated(READ_AGAIN, Change::Omit) && self.pte.read(READ_AGAIN) != pte;
        if changed || self.gup_must_unshare(kernel, early) {
            self.folio.gup_put_folio(kernel);
            return false;
        }
        true
    }

    /// mm/internal.h gup_must_unshare()
    fn gup_must_unshare(&self, kernel: &Kernel, early: Option<i32>) -> bool {
        if kernel.mutated(EXCLUSIVE, Change::Omit) {
            return false;
        }
        // pairs with AFTER_CLEAR: the pte that was read again may be the restored one
        kernel.smp_rmb::<P>(UNSHARE_BARRIER);
        early.unwrap_or_else(|| self.exclusive.read(EXCLUSIVE)) == 0
    }

    /// include/linux/rmap.h folio_try_share_anon_rmap_pte() between ptep_clear_flush() and set_pte_at(), as KSM, migration and
    /// swap-out call it: true if the page may be shared from now on.
    fn try_share(&self, kernel: &Kernel) -> bool {
        self.pte.set(CLEAR_PTE, NONE);
        // pairs with AFTER_COUNT in try_grab_folio_fast()
        kernel.smp_mb::<P>(SHARE_BARRIER);
        if kernel.mutated(CLEAR_EXCLUSIVE, Change::Rewrite) {
            self.exclusive.clear_bits(CLEAR_EXCLUSIVE, 1);
        }
        let pinned = self.folio.folio_maybe_dma_pinned() && !kernel.mutated(PINNED, Change::Omit);
        if !pinned {
            self.exclusive.clear_bits(CLEAR_EXCLUSIVE, 1);
            kernel.smp_mb_beside_atomic::<P>(AFTER_CLEAR);
        }
        self.pte.set(RESTORE, READ_ONLY);
        !pinned
    }
}

/// One or more pinners for reading, beside somebody who wants to share the page.
pub struct BesideShare<const PINNERS: usize, const LARGE: bool = false>;

impl<const PINNERS: usize, const LARGE: bool> Check for BesideShare<PINNERS, LARGE> {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = match (PINNERS, LARGE) {
        (1, false) => "gup_fast beside sharing",
        (1, true) => "gup_fast of a large folio beside sharing",
        (2, _) => "two gup_fast beside sharing",
        _ => "three gup_fast beside sharing",
    };
    const THREADS: usize = PINNERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel, LARGE)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.try_share(kernel) } else { page.gup_fast(kernel) })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        let pins: i32 = results[1..].iter().sum();
        if pins > 0 && page.exclusive.at_rest() == 0 {
            return Err("a pin stands on a page that is not exclusive any more".into());
        }
        page.folio.balanced(REFS, pins)
    }
}

const ONE: &str = <BesideShare<1> as Check>::NAME;
const TWO: &str = <BesideShare<2> as Check>::NAME;
const LARGE: &str = <BesideShare<1, true> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "anon_exclusive",
    source: include_str!("anon_exclusive.rs"),
    title: "G5: clear the pte, look for pins, clear PageAnonExclusive; pin, read the pte again, test PageAnonExclusive",
    mirrors: "include/linux/rmap.h __folio_try_share_anon_rmap(), mm/gup.c gup_fast_pte_range(), mm/internal.h gup_must_unshare()",
    checks: &[
        entry::<BesideShare<1>>(),
        entry::<BesideShare<1, true>>(),
        entry::<BesideShare<2>>(),
        entry::<BesideShare<3>>(),
    ],
    mutants: MUTANTS,
    broken: &[],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(ONE, READ_AGAIN, Change::Omit, Killer::Interleaving).lkmm("L8-norecheck"),
    mutant(ONE, UNSHARE_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L8-normb"),
    mutant(ONE, EXCLUSIVE, Change::Omit, Killer::Interleaving),
    mutant(ONE, EXCLUSIVE, Change::Rewrite, Killer::Interleaving),
    mutant(ONE, CLEAR_PTE, Change::Omit, Killer::Interleaving),
    mutant(ONE, SHARE_BARRIER, Change::Relax, Killer::WeakMemory),
    mutant(ONE, SHARE_BARRIER, Change::AcquireRelease, Killer::WeakMemory),
    mutant(ONE, PINNED, Change::Omit, Killer::Interleaving).lkmm("L8-nopincheck"),
    mutant(ONE, CLEAR_EXCLUSIVE, Change::Rewrite, Killer::Interleaving).lkmm("L8-swapA2A3"),
    mutant(ONE, CLEAR_EXCLUSIVE, Change::Omit, Killer::Equivalent(NEVER_SHARED)),
    mutant(ONE, AFTER_CLEAR, Change::Relax, Killer::WeakMemory).lkmm("L8-noA2"),
    mutant(ONE, AFTER_CLEAR, Change::AcquireRelease, Killer::Equivalent(WMB_DOES)).lkmm("L8-A2wmb"),
    mutant(ONE, AFTER_COUNT, Change::Relax, Killer::WeakMemory),
    mutant(ONE, AFTER_COUNT, Change::AcquireRelease, Killer::WeakMemory),
    mutant(ONE, COUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, TAKE, Change::Tear, Killer::Interleaving),
    mutant(TWO, DROP_REFS, Change::Tear, Killer::Interleaving),
    mutant(LARGE, AFTER_COUNT, Change::Relax, Killer::WeakMemory),
    mutant(LARGE, SHARE_BARRIER, Change::Relax, Killer::WeakMemory),
];

const NEVER_SHARED: &str = "a page that stays exclusive is never shared: the caller's loss, and nobody's race";
const WMB_DOES: &str =
    "the kernel's comment calls it conceptually an smp_wmb(), and that is enough (lkmm L8-A2wmb: Never)";
