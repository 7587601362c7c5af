//! "Already dirty, skip" (L14): written by a CPU, unpinned with make_dirty, beside writeback.
//!
//! mm/gup.c unpin_user_pages_dirty_lock() does not mark a folio that it finds dirty, and its comment argues that writeback
//! will then clean it *later*, and so write the new data. That needs the data to be visible before the flag is read: a full
//! barrier between a store and a load, which nothing provides if a CPU wrote the data (mm/process_vm_access.c
//! process_vm_rw_single_vec()). mark_buffer_dirty() in fs/buffer.c has the barrier, and a comment that says why. This is a
//! hypothesis: a result of the memory model, shown on no kernel; the window is one store buffer long.

use std::marker::PhantomData;

use crate::kernel::{Atomic, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::{Broken, Scheme, scenes};

const WRITE: &str = "copy_page_from_iter: write";
const SKIP_BARRIER: &str = "unpin_user_pages_dirty_lock: before the test";
const SKIP: &str = "unpin_user_pages_dirty_lock: folio_test_dirty";
const SET_DIRTY: &str = "folio_mark_dirty";
const PREVIOUS_PUT: &str = "gup_put_folio of the page before";
const CLEAR: &str = "clear_page_dirty_for_io: TestClearPageDirty";
const SAMPLE: &str = "writepage: read the data";

/// How the unpinner dirties.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Dirtying {
    /// Test, and mark if clean.
    Skip,
    /// smp_mb(), test, and mark if clean.
    BarrierThenSkip,
    /// smp_wmb(), and mark in any case.
    Always,
    /// As written, but for the second page of a call: the first one's put is a full barrier.
    BehindAPut,
}

/// A write under a pin that ends beside writeback.
pub trait Scene: Send + Sync + 'static {
    /// In a few words.
    const NAME: &'static str;
    /// How the unpinner dirties.
    const DIRTYING: Dirtying;
    /// Writers, of a byte each.
    const WRITERS: usize = 1;
}

/// A dirty page, and what the disk has of it.
pub struct Page<P: Platform> {
    dirty: Atomic<P>,
    other_refcount: Atomic<P>,
    data: [Atomic<P>; 3],
}

impl<P: Platform> Page<P> {
    /// A write of byte `at`, and the end of the pin.
    fn write_and_unpin<S: Scene>(&self, kernel: &Kernel, at: usize) {
        self.data[at].set(WRITE, 1);
        match S::DIRTYING {
            Dirtying::Skip => {}
            Dirtying::BarrierThenSkip => kernel.smp_mb::<P>(SKIP_BARRIER),
            Dirtying::Always => {
                kernel.smp_wmb::<P>(SKIP_BARRIER);
                return self.dirty.set_bits(SET_DIRTY, 1);
            }
            Dirtying::BehindAPut => {
                let _ = self.other_refcount.sub_and_test(PREVIOUS_PUT, 1);
            }
        }
        if self.dirty.read(SKIP) == 0 {
            self.dirty.set_bits(SET_DIRTY, 1);
        }
    }

    /// mm/page-writeback.c clear_page_dirty_for_io(), and what is written then: the bytes that reach the disk, as bits.
    fn write_back(&self, writers: usize) -> i32 {
        if !self.dirty.test_and_clear_bits(CLEAR, 1) {
            return 0;
        }
        self.data[..writers].iter().enumerate().map(|(at, byte)| byte.read(SAMPLE) << at).sum()
    }
}

/// Writers beside writeback, under these circumstances.
pub struct Unpin<S>(PhantomData<fn() -> S>);

impl<S: Scene> Check for Unpin<S> {
    type Shared<P: Platform> = Page<P>;
    const NAME: &'static str = S::NAME;
    const THREADS: usize = S::WRITERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Page<P> {
        Page {
            dirty: Atomic::new(kernel, "pages[0].dirty", 1),
            other_refcount: Atomic::new(kernel, "pages[1]._refcount", 4),
            data: ["pages[0].data[0]", "pages[0].data[1]", "pages[0].data[2]"].map(|name| Atomic::new(kernel, name, 0)),
        }
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Page<P>, thread: usize) -> i32 {
        if thread == 0 {
            return page.write_back(S::WRITERS);
        }
        page.write_and_unpin::<S>(kernel, thread - 1);
        0
    }

    fn judge<P: Platform>(page: &Page<P>, results: &[i32]) -> Result<(), String> {
        let all = (1 << S::WRITERS) - 1;
        if page.dirty.at_rest() == 0 && results[0] != all {
            return Err(LOST.into());
        }
        Ok(())
    }
}

const LOST: &str = "the page is clean, and what was written under the pin is not on disk";

scenes! {
    /// As written.
    Literal, "write and skip beside writeback", DIRTYING: Dirtying = Dirtying::Skip;
    /// Closed by the barrier of mark_buffer_dirty().
    Barrier, "write, smp_mb() and skip beside writeback", DIRTYING: Dirtying = Dirtying::BarrierThenSkip;
    /// With two writers.
    BarrierTwo, "two that write, smp_mb() and skip beside writeback", DIRTYING: Dirtying = Dirtying::BarrierThenSkip, WRITERS: usize = 2;
    /// With three writers.
    BarrierThree, "three that write, smp_mb() and skip beside writeback", DIRTYING: Dirtying = Dirtying::BarrierThenSkip, WRITERS: usize = 3;
    /// Closed by not testing.
    Always, "write, smp_wmb() and mark beside writeback", DIRTYING: Dirtying = Dirtying::Always;
    /// Closed by accident.
    SecondPage, "write and skip of a second page beside writeback", DIRTYING: Dirtying = Dirtying::BehindAPut;
}

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "dirty_skip",
    source: include_str!("dirty_skip.rs"),
    title: "write, mark dirty unless it is; clear dirty, read",
    mirrors: "mm/gup.c unpin_user_pages_dirty_lock(), mm/page-writeback.c clear_page_dirty_for_io()",
    checks: &[
        entry::<Unpin<Barrier>>(),
        entry::<Unpin<BarrierTwo>>(),
        entry::<Unpin<BarrierThree>>(),
        entry::<Unpin<Always>>(),
        entry::<Unpin<SecondPage>>(),
    ],
    mutants: MUTANTS,
    broken: &[Broken {
        check: entry::<Unpin<Literal>>(),
        race: "L14",
        message: LOST,
        because: "the store of the data may wait behind the load of the flag, on x86 too (lkmm L14-literal: Sometimes); \
                  weakest repairs: smp_mb() before the test, or smp_wmb() and no test",
        hypothesis: true,
        shown_by: Killer::WeakMemory,
    }],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(Barrier::NAME, SKIP_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L14-literal"),
    mutant(Barrier::NAME, SKIP_BARRIER, Change::AcquireRelease, Killer::WeakMemory),
    mutant(Barrier::NAME, SET_DIRTY, Change::Omit, Killer::Interleaving),
    mutant(Barrier::NAME, CLEAR, Change::Relax, Killer::WeakMemory).lkmm("L14-wbvoid"),
    mutant(Barrier::NAME, CLEAR, Change::AcquireRelease, Killer::WeakMemory).lkmm("L14-wbacq"),
    mutant(Always::NAME, SKIP_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L14-set-void"),
    mutant(Always::NAME, CLEAR, Change::AcquireRelease, Killer::Equivalent(MESSAGE)),
    mutant(SecondPage::NAME, PREVIOUS_PUT, Change::Relax, Killer::WeakMemory),
];

const MESSAGE: &str = "without the test it is message passing: the clear that reads the mark needs acquire only, and one \
                       before it leaves the page dirty";
