//! G2: count the pin, then look for writeback; set writeback, then look for pins.
//!
//! Jerome Glisse's barrier scheme, argued about on linux-mm in the middle of January 2019: get_user_pages() never waits for a
//! lock, and backs off if it finds writeback; whoever starts writeback and finds no pin knows that none can follow. It is
//! store buffering in its plainest form, and needs full order on both sides. As posted there is an smp_wmb() between the
//! flag and the count, which orders no load: what saves it is that TestSetPageWriteback() yields a value and is a full
//! barrier by itself (Documentation/atomic_t.txt, "ORDERING").

use crate::kernel::{Atomic, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::{Broken, Scheme};

const COUNT: &str = "get_user_pages: count the pin";
const COUNT_BARRIER: &str = "get_user_pages: smp_mb";
const WRITEBACK: &str = "get_user_pages: PageWriteback";
const UNDO: &str = "get_user_pages: back off";
const SET_WRITEBACK: &str = "set_page_writeback: TestSetPageWriteback";
const SET_BARRIER: &str = "set_page_writeback: smp_wmb";
const PINNED: &str = "set_page_writeback: look for pins";

/// A page with its pins and one flag.
pub struct Page<P: Platform> {
    pins: Atomic<P>,
    writeback: Atomic<P>,
}

impl<P: Platform> Page<P> {
    fn new(kernel: &Kernel) -> Self {
        Page { pins: Atomic::new(kernel, "pages[0].pins", 0), writeback: Atomic::new(kernel, "pages[0].writeback", 0) }
    }

    /// True if the page is pinned; false where the caller would wait for writeback and try again.
    fn pin(&self, kernel: &Kernel) -> bool {
        let early = kernel.mutated(WRITEBACK, Change::Rewrite).then(|| self.writeback.read(WRITEBACK));
        self.pins.add(COUNT, 1);
        // pairs with TestSetPageWriteback()
        kernel.smp_mb::<P>(COUNT_BARRIER);
        if kernel.mutated(WRITEBACK, Change::Omit) || early.unwrap_or_else(|| self.writeback.read(WRITEBACK)) == 0 {
            return true;
        }
        self.pins.add(UNDO, -1);
        false
    }

    /// True if nobody has the page pinned, and so nobody will until writeback ends.
    fn start_writeback(&self, kernel: &Kernel) -> bool {
        let early = kernel.mutated(PINNED, Change::Rewrite).then(|| self.pins.read(PINNED));
        let _ = self.writeback.xchg(SET_WRITEBACK, 1);
        early.unwrap_or_else(|| self.pins.read(PINNED)) == 0
    }

    /// The same by the letter of the email, the flag being a plain store.
    fn start_writeback_by_store(&self, kernel: &Kernel) -> bool {
        self.writeback.set(SET_WRITEBACK, 1);
        kernel.smp_wmb::<P>(SET_BARRIER);
        self.pins.read(PINNED) == 0
    }

    fn judge(&self, results: &[i32]) -> Result<(), String> {
        let pins: i32 = results[1..].iter().sum();
        match self.pins.at_rest() {
            _ if results[0] == 1 && pins > 0 => Err(FOUND_UNPINNED.into()),
            count if count != pins => Err(format!("the count is {count} at the end, with {pins} pins")),
            _ => Ok(()),
        }
    }
}

const FOUND_UNPINNED: &str = "writeback began without a pin, and a pin stands on the page";

/// One or more pinners beside the start of writeback.
pub struct BesideWriteback<const PINNERS: usize>;

impl<const PINNERS: usize> Check for BesideWriteback<PINNERS> {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = match PINNERS {
        1 => "pin beside set_page_writeback",
        2 => "two pins beside set_page_writeback",
        _ => "three pins beside set_page_writeback",
    };
    const THREADS: usize = PINNERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.start_writeback(kernel) } else { page.pin(kernel) })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        page.judge(results)
    }
}

/// A pinner beside a writeback flag that is a plain store.
pub struct BesideStore;

impl Check for BesideStore {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = "pin beside a plain store of the flag";
    const THREADS: usize = 2;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page::new(kernel)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.start_writeback_by_store(kernel) } else { page.pin(kernel) })
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        page.judge(results)
    }
}

const ONE: &str = <BesideWriteback<1> as Check>::NAME;
const TWO: &str = <BesideWriteback<2> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "writeback_barrier",
    source: include_str!("writeback_barrier.rs"),
    title: "G2: count the pin, look for writeback; set writeback, look for pins",
    mirrors: "the scheme as posted; mm/page-writeback.c __test_set_page_writeback()",
    checks: &[entry::<BesideWriteback<1>>(), entry::<BesideWriteback<2>>(), entry::<BesideWriteback<3>>()],
    mutants: MUTANTS,
    broken: &[Broken {
        check: entry::<BesideStore>(),
        race: "B14",
        message: FOUND_UNPINNED,
        because: "smp_wmb() does not order a store before a load (lkmm G2-store-wmb: Sometimes)",
        hypothesis: false,
        shown_by: Killer::WeakMemory,
    }],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(ONE, COUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, COUNT, Change::Tear, Killer::Interleaving),
    mutant(ONE, COUNT_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("G2-rmw-addvoid"),
    mutant(ONE, COUNT_BARRIER, Change::AcquireRelease, Killer::WeakMemory),
    mutant(ONE, WRITEBACK, Change::Omit, Killer::Interleaving),
    mutant(ONE, WRITEBACK, Change::Rewrite, Killer::Interleaving),
    mutant(ONE, UNDO, Change::Omit, Killer::Interleaving),
    mutant(TWO, UNDO, Change::Tear, Killer::Interleaving),
    mutant(ONE, SET_WRITEBACK, Change::Omit, Killer::Interleaving),
    mutant(ONE, SET_WRITEBACK, Change::Relax, Killer::WeakMemory).lkmm("G2-setbit-none"),
    mutant(ONE, SET_WRITEBACK, Change::AcquireRelease, Killer::WeakMemory),
    mutant(ONE, SET_WRITEBACK, Change::Tear, Killer::Equivalent(ONE_WRITER)),
    mutant(ONE, PINNED, Change::Rewrite, Killer::Interleaving),
];

const ONE_WRITER: &str = "the page lock lets one thread only start writeback, and the fences stay where they are";
