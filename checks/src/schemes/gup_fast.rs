//! G3: get_user_pages_fast() against page_mkclean(), and against an unmapper. G0: without the second look at the pte.
//!
//! mm/gup.c gup_pte_range(), v6.18 gup_fast_pte_range(): read the pte, take the page, read the pte again. The other side
//! changes the pte and then looks at the count. This is store buffering: each side writes its own word and reads the other's,
//! and if both read the old value a pin stands on a page that was found unpinned (J. Kara, 20190123180230.GN13149@quack2.suse.cz).
//! Both sides need a full barrier between their write and their read.

use crate::kernel::{Atomic, Kernel};
use crate::lines::Line;
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::counting::{Counter, Pin, Tracking, of_page};
use crate::schemes::folio::{AFTER_COUNT, COUNT, DROP_PINCOUNT, DROP_REFS, FREEZE, Folio, TAKE};
use crate::schemes::pte::{NONE, READ_ONLY, WRITABLE};
use crate::schemes::{Broken, Scheme};

/// The page cache's reference, and the pte's.
const REFS: i32 = 2;

const READ_PTE: &str = "gup_fast: read the pte";
const READ_AGAIN: &str = "gup_fast: read the pte again";
const WRITE_PROTECT: &str = "page_mkclean: write-protect";
const MKCLEAN_BARRIER: &str = "page_mkclean: before the query";
const CLEAR_PTE: &str = "try_to_unmap: clear the pte";
const UNMAP_BARRIER: &str = "try_to_unmap: drop the mapcount";

/// A folio with one pte.
pub struct Page<P: Platform> {
    folio: Folio<P>,
    mapcount: Atomic<P>,
    pte: Line<Atomic<P>>,
}

impl<P: Platform> Page<P> {
    fn new(kernel: &Kernel, large: bool) -> Self {
        Page {
            folio: Folio::new(kernel, large, REFS),
            mapcount: Atomic::new(kernel, "pages[0]._mapcount", 1),
            pte: Line(Atomic::new(kernel, "mms[0].pte[0]", WRITABLE)),
        }
    }

    /// mm/gup.c gup_fast_pte_range(): true if the page is pinned for write.
    fn gup_fast(&self, kernel: &Kernel) -> bool {
        let pte = self.pte.read(READ_PTE);
        // pte_access_permitted()
        if pte == NONE || pte != WRITABLE && !kernel.mutated(READ_PTE, Change::Rewrite) {
            return false;
        }
        let early = kernel.mutated(READ_AGAIN, Change::Rewrite).then(|| self.pte.read(READ_AGAIN));
        if !self.folio.try_grab_folio_fast(kernel) {
            return false;
        }
        let changed = match early {
            Some(again) => again != pte,
            None => !kernel.mutated(READ_AGAIN, Change::Omit) && self.pte.read(READ_AGAIN) != pte,
        };
        if kernel.mutated(COUNT, Change::Rewrite) {
            self.folio.count_pin();
        }
        if changed {
            self.folio.gup_put_folio(kernel);
        }
        !changed
    }

    /// G0: v4.20's gup_pte_range(), which takes a reference and looks twice, and the pin counted when it is over.
    fn gup_fast_then_pin(&self) -> bool {
        let pte = self.pte.read(READ_PTE);
        if pte != WRITABLE || !self.folio.refcount.add_unless(TAKE, 1, 0) {
            return false;
        }
        if self.pte.read(READ_AGAIN) != pte {
            let _ = self.folio.refcount.sub_and_test(DROP_REFS, 1);
            return false;
        }
        // Whoever changed the pte since then, and asked, has been told that there is no pin.
        let _ = self.folio.refcount.add_return(COUNT, self.folio.weight() - 1);
        true
    }

    /// mm/rmap.c page_mkclean(), then folio_maybe_dma_pinned(): true if nobody has it pinned.
    fn mkclean(&self, kernel: &Kernel) -> bool {
        let early = kernel.mutated(WRITE_PROTECT, Change::Rewrite).then(|| self.folio.folio_maybe_dma_pinned());
        self.pte.set(WRITE_PROTECT, READ_ONLY);
        // pairs with AFTER_COUNT. The kernel has no such line: the next full operation on the way is TestClearPageDirty(),
        // so that a query before it is not ordered on arm64, where ptep_get_and_clear() is relaxed (lkmm G3-full-none: Sometimes).
        kernel.smp_mb::<P>(MKCLEAN_BARRIER);
        !early.unwrap_or_else(|| self.folio.folio_maybe_dma_pinned())
    }

    /// mm/rmap.c try_to_unmap_one(), then the query of shrink_folio_list(): true if nobody has it pinned.
    fn unmap(&self, kernel: &Kernel) -> bool {
        let early = kernel.mutated(CLEAR_PTE, Change::Rewrite).then(|| self.folio.folio_maybe_dma_pinned());
        self.pte.set(CLEAR_PTE, NONE);
        // folio_remove_rmap_pte(): atomic_add_negative() is value-returning and so the barrier that pairs with AFTER_COUNT
        let _ = self.mapcount.add_return(UNMAP_BARRIER, -1);
        !early.unwrap_or_else(|| self.folio.folio_maybe_dma_pinned())
    }

    /// The same, and on to mm/vmscan.c __remove_mapping(): 1 if it froze the folio, 2 if it did and found a pin counted.
    fn reclaim(&self, kernel: &Kernel) -> i32 {
        let _ = self.unmap(kernel);
        let _ = self.folio.folio_put();
        // reclaim's own reference is left out: it is in the count from beginning to end
        if !self.folio.folio_ref_freeze(kernel, REFS - 1) {
            return 0;
        }
        1 + i32::from(self.folio.folio_maybe_dma_pinned())
    }
}

/// The pin and its end alone, as one counting scheme among others.
pub struct GupFast<const LARGE: bool>;

/// A folio that a writable pte maps.
pub struct Mapped<P: Platform, const LARGE: bool>(Page<P>);

impl<const LARGE: bool> Counter for GupFast<LARGE> {
    type Memory<P: Platform> = Mapped<P, LARGE>;
}

impl<P: Platform, const LARGE: bool> Tracking<P> for Mapped<P, LARGE> {
    fn new(kernel: &Kernel) -> Self {
        Mapped(Page::new(kernel, LARGE))
    }

    fn track_pin(&self, kernel: &Kernel, _: Pin) -> bool {
        self.0.gup_fast(kernel)
    }

    fn untrack_pin(&self, kernel: &Kernel, _: usize, _: Pin) {
        self.0.folio.gup_put_folio(kernel);
    }

    fn page_dma_pinned(&self, _: &Kernel, _: usize) -> bool {
        self.0.folio.folio_maybe_dma_pinned()
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        self.0.folio.balanced(REFS, of_page(pins, 0))
    }
}

fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
    let pins: i32 = results[1..].iter().sum();
    if results[0] == 1 && pins > 0 {
        return Err(FOUND_UNPINNED.into());
    }
    page.folio.balanced(REFS, pins)
}

const FOUND_UNPINNED: &str = "the page was found unpinned, and a pin for write stands on it";

/// One or more pinners beside a cleaner.
pub struct BesideMkclean<const PINNERS: usize, const LARGE: bool = false>;

impl<const PINNERS: usize, const LARGE: bool> Check for BesideMkclean<PINNERS, LARGE> {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = match (PINNERS, LARGE) {
        (1, false) => "gup_fast beside page_mkclean",
        (1, true) => "gup_fast of a large folio beside page_mkclean",
        (2, false) => "two gup_fast beside page_mkclean",
        (2, true) => "two gup_fast of a large folio beside page_mkclean",
        (_, false) => "three gup_fast beside page_mkclean",
        (_, true) => "three gup_fast of a large folio beside page_mkclean",
    };
    const THREADS: usize = PINNERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel, LARGE)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.mkclean(kernel) } else { page.gup_fast(kernel) })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        judge(page, results)
    }
}

/// The same against an unmapper.
pub struct BesideUnmap<const LARGE: bool = false>;

impl<const LARGE: bool> Check for BesideUnmap<LARGE> {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str =
        if LARGE { "gup_fast of a large folio beside try_to_unmap" } else { "gup_fast beside try_to_unmap" };
    const THREADS: usize = 2;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel, LARGE)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.unmap(kernel) } else { page.gup_fast(kernel) })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        judge(page, results)
    }
}

/// A pin that is taken and backs out beside reclaim, which ends in a freeze.
pub struct BesideReclaim;

impl Check for BesideReclaim {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = "gup_fast of a large folio beside reclaim";
    const THREADS: usize = 2;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel, true)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        if thread == 0 { page.reclaim(kernel) } else { i32::from(page.gup_fast(kernel)) }
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        match (results[0], results[1]) {
            (2, _) => Err("a frozen folio has a pin counted".into()),
            (1, 1) => Err("a pin stands on a frozen folio".into()),
            (frozen, pins) => page.folio.balanced(if frozen == 1 { 0 } else { REFS - 1 }, pins),
        }
    }
}

/// G0 beside a cleaner.
pub struct PinnedAfterwards;

impl Check for PinnedAfterwards {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = "gup_fast, counted afterwards, beside page_mkclean";
    const THREADS: usize = 2;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel, false)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.mkclean(kernel) } else { page.gup_fast_then_pin() })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        judge(page, results)
    }
}

const MKCLEAN: &str = <BesideMkclean<1> as Check>::NAME;
const MKCLEAN_LARGE: &str = <BesideMkclean<1, true> as Check>::NAME;
const TWO: &str = <BesideMkclean<2> as Check>::NAME;
const TWO_LARGE: &str = <BesideMkclean<2, true> as Check>::NAME;
const UNMAP: &str = <BesideUnmap as Check>::NAME;
const UNMAP_LARGE: &str = <BesideUnmap<true> as Check>::NAME;
const RECLAIM: &str = BesideReclaim::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "gup_fast",
    source: include_str!("gup_fast.rs"),
    title: "G3: take the page, read the pte again; change the pte, read the count",
    mirrors: "mm/gup.c gup_fast_pte_range(), try_grab_folio_fast(), gup_put_folio(), mm/rmap.c page_mkclean(), try_to_unmap_one()",
    checks: &[
        entry::<BesideMkclean<1>>(),
        entry::<BesideMkclean<2>>(),
        entry::<BesideMkclean<3>>(),
        entry::<BesideMkclean<1, true>>(),
        entry::<BesideMkclean<2, true>>(),
        entry::<BesideUnmap>(),
        entry::<BesideUnmap<true>>(),
        entry::<BesideReclaim>(),
    ],
    broken: &[Broken {
        check: entry::<PinnedAfterwards>(),
        race: "B13",
        message: FOUND_UNPINNED,
        because: "G0: nothing looks at the pte once the pin is counted (J. Kara, 20181107110005.GF4255@quack2.suse.cz)",
        hypothesis: false,
        shown_by: Killer::Interleaving,
    }],
    mutants: MUTANTS,
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(MKCLEAN, READ_PTE, Change::Rewrite, Killer::Interleaving),
    mutant(MKCLEAN, READ_AGAIN, Change::Omit, Killer::Interleaving).lkmm("G3-norecheck"),
    mutant(MKCLEAN, READ_AGAIN, Change::Rewrite, Killer::Interleaving),
    mutant(MKCLEAN, TAKE, Change::Omit, Killer::Interleaving),
    mutant(TWO, TAKE, Change::Tear, Killer::Interleaving),
    mutant(MKCLEAN, TAKE, Change::Relax, Killer::Equivalent(COVERED)).lkmm("L1-addvoid-after"),
    mutant(MKCLEAN, COUNT, Change::Omit, Killer::Interleaving),
    mutant(MKCLEAN, COUNT, Change::Rewrite, Killer::Interleaving),
    mutant(TWO, COUNT, Change::Tear, Killer::Interleaving),
    mutant(MKCLEAN, AFTER_COUNT, Change::Relax, Killer::WeakMemory).lkmm("G3-2step-mb"),
    mutant(MKCLEAN, AFTER_COUNT, Change::AcquireRelease, Killer::WeakMemory),
    mutant(MKCLEAN, DROP_REFS, Change::Omit, Killer::Interleaving),
    mutant(TWO, DROP_REFS, Change::Tear, Killer::Interleaving),
    mutant(MKCLEAN, WRITE_PROTECT, Change::Omit, Killer::Interleaving),
    mutant(MKCLEAN, WRITE_PROTECT, Change::Rewrite, Killer::Interleaving),
    mutant(MKCLEAN, MKCLEAN_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("G3-full-none"),
    mutant(MKCLEAN, MKCLEAN_BARRIER, Change::AcquireRelease, Killer::WeakMemory),
    mutant(UNMAP, CLEAR_PTE, Change::Omit, Killer::Interleaving),
    mutant(UNMAP, CLEAR_PTE, Change::Rewrite, Killer::Interleaving).lkmm("L1-reffirst"),
    mutant(UNMAP, UNMAP_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L1-mapcount-relaxed"),
    mutant(UNMAP, UNMAP_BARRIER, Change::AcquireRelease, Killer::WeakMemory),
    mutant(MKCLEAN_LARGE, COUNT, Change::Omit, Killer::Interleaving),
    mutant(MKCLEAN_LARGE, COUNT, Change::Rewrite, Killer::Interleaving).lkmm("L2-large-recheckbetween"),
    mutant(TWO_LARGE, COUNT, Change::Tear, Killer::Interleaving),
    mutant(MKCLEAN_LARGE, AFTER_COUNT, Change::Relax, Killer::WeakMemory),
    mutant(MKCLEAN_LARGE, AFTER_COUNT, Change::AcquireRelease, Killer::WeakMemory),
    mutant(MKCLEAN_LARGE, MKCLEAN_BARRIER, Change::Relax, Killer::WeakMemory),
    mutant(UNMAP_LARGE, UNMAP_BARRIER, Change::Relax, Killer::WeakMemory),
    mutant(RECLAIM, DROP_PINCOUNT, Change::Omit, Killer::Interleaving),
    mutant(RECLAIM, DROP_PINCOUNT, Change::Rewrite, Killer::Interleaving).lkmm("L2-undo-reffirst"),
    mutant(TWO_LARGE, DROP_PINCOUNT, Change::Tear, Killer::Interleaving),
    mutant(RECLAIM, DROP_REFS, Change::Relax, Killer::WeakMemory),
    mutant(RECLAIM, DROP_REFS, Change::AcquireRelease, Killer::Equivalent(RELEASE_DOES)),
    mutant(RECLAIM, FREEZE, Change::Relax, Killer::WeakMemory),
    mutant(RECLAIM, FREEZE, Change::AcquireRelease, Killer::Equivalent(ACQUIRE_DOES)),
    mutant(RECLAIM, FREEZE, Change::Rewrite, Killer::Interleaving),
];

const COVERED: &str = "the barrier behind the second step orders both (lkmm L1-addvoid-after: Never)";
const RELEASE_DOES: &str =
    "the freeze reads what this wrote: message passing, for which release is enough (lkmm L4-putrelease: Never)";
const ACQUIRE_DOES: &str =
    "it reads what the put wrote: message passing, for which acquire is enough (lkmm L4-freezeacquire: Never)";
