//! G3: get_user_pages_fast() against page_mkclean(), and against an unmapper.
//!
//! mm/gup.c gup_pte_range(), v6.18 gup_fast_pte_range(): read the pte, take the page, read the pte again. The other side
//! changes the pte and then looks at the count. This is store buffering: each side writes its own word and reads the other's,
//! and if both read the old value a pin stands on a page that was found unpinned (J. Kara, 20190123180230.GN13149@quack2.suse.cz).
//! Both sides need a full barrier between their write and their read.

use crate::kernel::{Atomic, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::Scheme;

/// More than all ordinary references together.
const BIAS: i32 = 16;
/// A pte: none.
const NONE: i32 = 0;
/// Present and read-only.
const READ_ONLY: i32 = 1;
/// Present and writable.
const WRITABLE: i32 = 2;

/// A page with one pte.
pub struct Page<P: Platform> {
    refcount: Atomic<P>,
    pte: Atomic<P>,
}

impl<P: Platform> Page<P> {
    fn new(kernel: &Kernel) -> Self {
        // the page cache's reference, and the pte's
        Page {
            refcount: Atomic::new(kernel, "pages[0]._refcount", 2),
            pte: Atomic::new(kernel, "mms[0].pte[0]", WRITABLE),
        }
    }

    /// mm/gup.c gup_fast_pte_range(): true if the page is pinned for write.
    fn gup_fast(&self, kernel: &Kernel) -> bool {
        let pte = self.pte.read("gup_fast: read the pte");
        if pte != WRITABLE {
            return false;
        }
        // try_grab_folio_fast(): folio_ref_try_add_rcu() is fully ordered: it pairs with the barrier in page_mkclean()
        if !self.refcount.add_unless("gup_fast: take the page", 1, 0) {
            return false;
        }
        // ... and the rest of the bias is void, so that the barrier behind it is needed, too
        self.refcount.add("gup_fast: count the pin", BIAS - 1);
        kernel.smp_mb::<P>("gup_fast: smp_mb__after_atomic");
        if self.pte.read("gup_fast: read the pte again") != pte
            && !kernel.mutated("gup_fast: read the pte again", Change::Rewrite)
        {
            self.refcount.add("gup_fast: drop the pin", -BIAS);
            return false;
        }
        true
    }

    /// mm/rmap.c page_mkclean(), then page_maybe_dma_pinned(): true if nobody has it pinned.
    fn mkclean(&self, kernel: &Kernel) -> bool {
        self.pte.set("page_mkclean: write-protect", READ_ONLY);
        kernel.smp_mb::<P>("page_mkclean: before the query");
        self.refcount.read("page_maybe_dma_pinned") < BIAS
    }

    /// mm/rmap.c try_to_unmap_one(), then the query of shrink_folio_list().
    fn unmap(&self, kernel: &Kernel) -> bool {
        // ptep_clear_flush(): xchg; the barrier is the value-returning decrement of the mapcount and the flush
        self.pte.set("try_to_unmap: clear the pte", NONE);
        kernel.smp_mb::<P>("try_to_unmap: before the query");
        self.refcount.read("page_maybe_dma_pinned") < BIAS
    }
}

/// One or more pinners beside a cleaner.
pub struct BesideMkclean<const PINNERS: usize>;

impl<const PINNERS: usize> Check for BesideMkclean<PINNERS> {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = "gup_fast beside page_mkclean";
    const THREADS: usize = PINNERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.mkclean(kernel) } else { page.gup_fast(kernel) })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        let pins: i32 = results[1..].iter().sum();
        if results[0] == 1 && pins > 0 {
            return Err("the page was found unpinned, and a pin for write stands on it".into());
        }
        match page.refcount.at_rest() {
            count if count == 2 + BIAS * pins => Ok(()),
            count => Err(format!("the count is {count} with {pins} pins")),
        }
    }
}

/// The same against an unmapper.
pub struct BesideUnmap;

impl Check for BesideUnmap {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = "gup_fast beside try_to_unmap";
    const THREADS: usize = 2;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.unmap(kernel) } else { page.gup_fast(kernel) })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        BesideMkclean::<1>::judge(page, results)
    }
}

const MKCLEAN: &str = <BesideMkclean<1> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "gup_fast",
    title: "G3: take the page, read the pte again; change the pte, read the count",
    mirrors: "mm/gup.c gup_fast_pte_range(), mm/rmap.c page_mkclean(), try_to_unmap_one()",
    checks: &[entry::<BesideMkclean<1>>(), entry::<BesideUnmap>()],
    mutants: MUTANTS,
    broken: &[],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(MKCLEAN, "gup_fast: read the pte again", Change::Rewrite, Killer::Interleaving),
    mutant(MKCLEAN, "gup_fast: drop the pin", Change::Omit, Killer::Interleaving),
    mutant(MKCLEAN, "gup_fast: smp_mb__after_atomic", Change::Relax, Killer::WeakMemory),
    mutant(MKCLEAN, "gup_fast: smp_mb__after_atomic", Change::AcquireRelease, Killer::WeakMemory),
    mutant(MKCLEAN, "page_mkclean: before the query", Change::Relax, Killer::WeakMemory),
    mutant(MKCLEAN, "page_mkclean: before the query", Change::AcquireRelease, Killer::WeakMemory),
];
