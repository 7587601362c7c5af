//! G6: fork against get_user_pages_fast() for write, by mm->write_protect_seq.
//!
//! mm/memory.c copy_page_range(): raise the sequence, and for each anonymous page take the child's reference, ask
//! folio_needs_cow_for_dma(), and copy the page if it may be pinned or else share it write-protected. mm/gup.c gup_fast():
//! read the sequence, pin, read it again, drop the pin if it has changed. fork has no full barrier between its store to the
//! sequence and its load of the count, and needs none for a small folio: both sides change the *same word*. Whoever comes
//! second in its order sees the first: fork's reference before its test, or the pin's before the retry. That argument fails
//! where the test reads another word: a large folio's `_pincount` (L9L), and MMF_HAS_PINNED, which is asked first (L10).
//! The kernel's own memory model allows both; nobody has shown them on a kernel. They are hypotheses.

use std::marker::PhantomData;

use crate::kernel::{Atomic, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::folio::{AFTER_COUNT, COUNT, Folio, PUT};
use crate::schemes::pte::{READ_ONLY, WRITABLE};
use crate::schemes::{Broken, Scheme, scenes};

/// The parent's reference.
const REFS: i32 = 1;

const SET_HAS_PINNED: &str = "mm_set_has_pinned_flag: set_bit";
const BEGIN: &str = "gup_fast: raw_seqcount_try_begin";
const READ_PTE: &str = "gup_fast: read the pte";
const READ_AGAIN: &str = "gup_fast: read the pte again";
const RETRY_BARRIER: &str = "gup_fast: read_seqcount_retry, smp_rmb";
const RETRY: &str = "gup_fast: read_seqcount_retry";
const ODD: &str = "copy_page_range: the sequence is odd";
const ODD_BARRIER: &str = "raw_write_seqcount_begin: smp_wmb";
const GET: &str = "copy_present_ptes: folio_get";
const GET_BARRIER: &str = "copy_present_ptes: behind folio_get";
const HAS_PINNED: &str = "folio_needs_cow_for_dma: MMF_HAS_PINNED";
const TESTS_BARRIER: &str = "folio_needs_cow_for_dma: between the tests";
const SHARE: &str = "copy_present_ptes: ClearPageAnonExclusive";
const WRITE_PROTECT: &str = "copy_present_ptes: write-protect";
const EVEN_BARRIER: &str = "raw_write_seqcount_end: smp_wmb";
const EVEN: &str = "copy_page_range: the sequence is even";

/// What is changed in fork to close a hypothesis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// Nothing.
    None,
    /// smp_mb() in place of the smp_wmb() behind the first store to the sequence.
    BarrierBehindSequence,
    /// smp_mb__after_atomic() behind folio_get().
    BarrierBehindGet,
    /// folio_get() acquires.
    GetAcquires,
    /// The count is tested before MMF_HAS_PINNED, with smp_rmb() between.
    CountFirst,
}

/// A process that forks while others of its threads pin.
pub trait Scene: Send + Sync + 'static {
    /// In a few words.
    const NAME: &'static str;
    /// Threads that pin.
    const PINNERS: usize = 1;
    /// Whether the folio is a large one.
    const LARGE: bool = false;
    /// Whether the mm never had a pin before.
    const FIRST: bool = false;
    /// What is changed in fork.
    const REPAIR: Repair = Repair::None;
}

/// A page of a process that forks.
pub struct Parent<P: Platform> {
    folio: Folio<P>,
    exclusive: Atomic<P>,
    pte: Atomic<P>,
    sequence: Atomic<P>,
    has_pinned: Atomic<P>,
}

impl<P: Platform> Parent<P> {
    fn new<S: Scene>(kernel: &Kernel) -> Self {
        Parent {
            folio: Folio::new(kernel, S::LARGE, REFS),
            exclusive: Atomic::new(kernel, "pages[0].anon_exclusive", 1),
            pte: Atomic::new(kernel, "mms[0].pte[0]", WRITABLE),
            sequence: Atomic::new(kernel, "mms[0].write_protect_seq", 0),
            has_pinned: Atomic::new(kernel, "mms[0].has_pinned", i32::from(!S::FIRST)),
        }
    }

    /// mm/gup.c gup_fast_fallback(), gup_fast() and gup_fast_pte_range() with FOLL_PIN and FOLL_WRITE: true if the page is
    /// pinned.
    fn gup_fast<S: Scene>(&self, kernel: &Kernel) -> bool {
        if S::FIRST {
            self.has_pinned.set_bits(SET_HAS_PINNED, 1);
        }
        let sequence = self.sequence.read_acquire(BEGIN);
        if sequence % 2 == 1 && !kernel.mutated(BEGIN, Change::Rewrite) || self.pte.read(READ_PTE) != WRITABLE {
            return false;
        }
        if !self.folio.try_grab_folio_fast(kernel) {
            return false;
        }
        let changed = !kernel.mutated(READ_AGAIN, Change::Omit) && self.pte.read(READ_AGAIN) != WRITABLE;
        if changed || self.retry(kernel, sequence) {
            self.folio.gup_put_folio(kernel);
            return false;
        }
        true
    }

    /// include/linux/seqlock.h read_seqcount_retry()
    fn retry(&self, kernel: &Kernel, sequence: i32) -> bool {
        kernel.smp_rmb::<P>(RETRY_BARRIER);
        !kernel.mutated(RETRY, Change::Omit) && self.sequence.read(RETRY) != sequence
    }

    /// mm/memory.c copy_page_range() with one page: true if the child shares it.
    fn copy_page_range<S: Scene>(&self, kernel: &Kernel) -> bool {
        let late = kernel.mutated(ODD, Change::Rewrite);
        if !late {
            self.begin::<S>(kernel);
        }
        let pinned = self.copy_present_pte::<S>(kernel);
        if late {
            self.begin::<S>(kernel);
        }
        if !pinned {
            self.exclusive.clear_bits(SHARE, 1);
            self.pte.set(WRITE_PROTECT, READ_ONLY);
        }
        // pairs with raw_seqcount_try_begin(): whoever sees the sequence even sees the pte write-protected
        kernel.smp_wmb::<P>(EVEN_BARRIER);
        self.sequence.set(EVEN, 2);
        !pinned
    }

    /// include/linux/seqlock.h raw_write_seqcount_begin()
    fn begin<S: Scene>(&self, kernel: &Kernel) {
        self.sequence.set(ODD, 1);
        match S::REPAIR {
            Repair::BarrierBehindSequence => kernel.smp_mb::<P>(ODD_BARRIER),
            _ => kernel.smp_wmb::<P>(ODD_BARRIER),
        }
    }

    /// mm/memory.c copy_present_ptes(), up to folio_try_dup_anon_rmap_pte(): whether the page must be copied.
    fn copy_present_pte<S: Scene>(&self, kernel: &Kernel) -> bool {
        let late = kernel.mutated(GET, Change::Rewrite);
        if !late {
            self.folio_get::<S>(kernel);
        }
        let pinned = self.folio_needs_cow_for_dma::<S>(kernel);
        if late {
            self.folio_get::<S>(kernel);
        }
        if pinned {
            let _ = self.folio.folio_put();
        }
        pinned
    }

    /// The child's reference, before the question: see the top of the file.
    fn folio_get<S: Scene>(&self, kernel: &Kernel) {
        match S::REPAIR {
            Repair::GetAcquires => drop(self.folio.refcount.fetch_add_acquire(GET, 1)),
            _ => self.folio.refcount.add(GET, 1),
        }
        if S::REPAIR == Repair::BarrierBehindGet {
            kernel.smp_mb_beside_atomic::<P>(GET_BARRIER);
        }
    }

    /// include/linux/mm.h folio_needs_cow_for_dma()
    fn folio_needs_cow_for_dma<S: Scene>(&self, kernel: &Kernel) -> bool {
        if S::REPAIR == Repair::CountFirst {
            let counted = self.folio.folio_maybe_dma_pinned();
            kernel.smp_rmb::<P>(TESTS_BARRIER);
            return counted && self.has_pinned.read(HAS_PINNED) == 1;
        }
        self.has_pinned.read(HAS_PINNED) == 1 && self.folio.folio_maybe_dma_pinned()
    }

    fn judge(&self, results: &[i32]) -> Result<(), String> {
        let pins: i32 = results[1..].iter().sum();
        match self.sequence.at_rest() {
            _ if results[0] == 1 && pins > 0 => Err(SHARED.into()),
            2 => self.folio.balanced(REFS + results[0], pins),
            sequence => Err(format!("the sequence stays {sequence}: nobody will pin fast again")),
        }
    }
}

const SHARED: &str = "fork shares a page that a pin for write stands on";

/// The process that forks, under these circumstances.
pub struct Fork<S>(PhantomData<fn() -> S>);

impl<S: Scene> Check for Fork<S> {
    type Shared<P: Platform> = Parent<P>;
    const NAME: &'static str = S::NAME;
    const THREADS: usize = S::PINNERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Parent<P> {
        Parent::new::<S>(kernel)
    }

    fn run<P: Platform>(kernel: &Kernel, parent: &Parent<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { parent.copy_page_range::<S>(kernel) } else { parent.gup_fast::<S>(kernel) })
    }

    fn judge<P: Platform>(parent: &Parent<P>, results: &[i32]) -> Result<(), String> {
        parent.judge(results)
    }
}

scenes! {
    /// L9.
    Small, "gup_fast beside fork";
    /// L9 with two pinners.
    SmallTwo, "two gup_fast beside fork", PINNERS: usize = 2;
    /// L9 with three pinners.
    SmallThree, "three gup_fast beside fork", PINNERS: usize = 3;
    /// L9L.
    Large, "gup_fast of a large folio beside fork", LARGE: bool = true;
    /// L9L, closed.
    LargeGet, "gup_fast of a large folio beside fork, smp_mb__after_atomic() behind folio_get()",
        LARGE: bool = true, REPAIR: Repair = Repair::BarrierBehindGet;
    /// L9L, closed otherwise.
    LargeSequence, "gup_fast of a large folio beside fork, smp_mb() behind the sequence",
        LARGE: bool = true, REPAIR: Repair = Repair::BarrierBehindSequence;
    /// What closes L10 does not close L9L.
    LargeAcquire, "gup_fast of a large folio beside fork, folio_get() acquires",
        LARGE: bool = true, REPAIR: Repair = Repair::GetAcquires;
    /// L10.
    First, "the first gup_fast of an mm beside fork", FIRST: bool = true;
    /// L10, closed.
    FirstAcquire, "the first gup_fast of an mm beside fork, folio_get() acquires",
        FIRST: bool = true, REPAIR: Repair = Repair::GetAcquires;
    /// L10, closed without a stronger atomic.
    FirstCount, "the first gup_fast of an mm beside fork, the count tested first",
        FIRST: bool = true, REPAIR: Repair = Repair::CountFirst;
    /// L10 and L9L, closed at once.
    FirstLarge, "the first gup_fast of an mm, large folio, beside fork, smp_mb__after_atomic() behind folio_get()",
        FIRST: bool = true, LARGE: bool = true, REPAIR: Repair = Repair::BarrierBehindGet;
}

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "fork",
    source: include_str!("fork.rs"),
    title: "G6: raise write_protect_seq, take a reference, look for pins; read it, pin, read it again",
    mirrors: "mm/memory.c copy_page_range(), copy_present_ptes(), include/linux/mm.h folio_needs_cow_for_dma(), mm/gup.c gup_fast()",
    checks: &[
        entry::<Fork<Small>>(),
        entry::<Fork<SmallTwo>>(),
        entry::<Fork<SmallThree>>(),
        entry::<Fork<LargeGet>>(),
        entry::<Fork<LargeSequence>>(),
        entry::<Fork<FirstAcquire>>(),
        entry::<Fork<FirstCount>>(),
        entry::<Fork<FirstLarge>>(),
    ],
    mutants: MUTANTS,
    broken: &[
        Broken {
            check: entry::<Fork<Large>>(),
            race: "L9L",
            message: SHARED,
            because: "fork's reference is in _refcount and its question in _pincount: no word in common, and no full barrier \
                      between the sequence and the question (lkmm L9L-literal: Sometimes)",
            hypothesis: true,
            shown_by: Killer::WeakMemory,
        },
        Broken {
            check: entry::<Fork<LargeAcquire>>(),
            race: "L9L",
            message: SHARED,
            because: "acquire orders nothing before the load of another word (lkmm L9L-get-relaxed-rmb: Sometimes)",
            hypothesis: true,
            shown_by: Killer::WeakMemory,
        },
        Broken {
            check: entry::<Fork<First>>(),
            race: "L10",
            message: SHARED,
            because: "MMF_HAS_PINNED is asked before the count, and nothing orders it behind the sequence (lkmm L10-literal: \
                      Sometimes)",
            hypothesis: true,
            shown_by: Killer::WeakMemory,
        },
    ],
    programs: &[],
};

const ONE: &str = Small::NAME;
const LARGE_GET: &str = LargeGet::NAME;
const LARGE_SEQUENCE: &str = LargeSequence::NAME;
const FIRST_ACQUIRE: &str = FirstAcquire::NAME;
const FIRST_COUNT: &str = FirstCount::NAME;

const MUTANTS: &[Mutant] = &[
    mutant(ONE, BEGIN, Change::Rewrite, Killer::Interleaving).lkmm("L9-oddnottested"),
    mutant(ONE, BEGIN, Change::Relax, Killer::Equivalent(ADD_ORDERS)).lkmm("L9-noacq"),
    mutant(ONE, READ_AGAIN, Change::Omit, Killer::Equivalent(SEQUENCE_COVERS)),
    mutant(ONE, RETRY, Change::Omit, Killer::Interleaving).lkmm("L9-noretry"),
    mutant(ONE, RETRY_BARRIER, Change::Relax, Killer::Equivalent(AFTER_COUNT_ORDERS)).lkmm("L9-normb"),
    mutant(ONE, AFTER_COUNT, Change::Relax, Killer::Unseen(ACQUIRE_FENCE)).lkmm("L9-noafter"),
    mutant(ONE, COUNT, Change::Omit, Killer::Interleaving),
    mutant(ONE, ODD, Change::Omit, Killer::Interleaving),
    mutant(ONE, ODD, Change::Rewrite, Killer::Interleaving),
    mutant(ONE, ODD_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L9-nowmb"),
    mutant(ONE, GET, Change::Rewrite, Killer::WeakMemory).lkmm("L9-getlate"),
    mutant(ONE, GET, Change::Tear, Killer::Interleaving).lkmm("L9-getplainrw"),
    mutant(ONE, PUT, Change::Omit, Killer::Interleaving),
    mutant(ONE, WRITE_PROTECT, Change::Omit, Killer::Interleaving),
    mutant(ONE, EVEN_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L9-nowmb2"),
    mutant(ONE, EVEN, Change::Omit, Killer::Interleaving),
    mutant(LARGE_GET, GET_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L9L-literal"),
    mutant(LARGE_GET, GET_BARRIER, Change::AcquireRelease, Killer::WeakMemory),
    mutant(LARGE_SEQUENCE, ODD_BARRIER, Change::AcquireRelease, Killer::WeakMemory),
    mutant(FIRST_ACQUIRE, GET, Change::Relax, Killer::WeakMemory).lkmm("L10-get-relaxed"),
    mutant(FIRST_COUNT, TESTS_BARRIER, Change::Relax, Killer::WeakMemory).lkmm("L10-swaptests"),
];

const ADD_ORDERS: &str = "the pin's first step is fully ordered (lkmm L9-noacq: Never)";
const SEQUENCE_COVERS: &str = "the sequence tells of every fork; the second look is for those who unmap without one";
const AFTER_COUNT_ORDERS: &str = "smp_mb__after_atomic() of the pin orders the sequence as well (lkmm L9-normb: Never)";
const ACQUIRE_FENCE: &str = "it dies by the kernel's rules (lkmm L9-noafter: Sometimes): smp_rmb() does not order a void \
                             read-modify-write, but the acquire fence that stands for it here does";
