//! Unpinning against a reader that trusts "not pinned" (L7).
//!
//! mm/gup.c gup_put_folio() against include/linux/mm.h folio_maybe_dma_pinned(), which is a plain load. Whoever finds the
//! count at zero may not conclude that it sees what was written under the pin: the reader does not acquire, and a large
//! folio's exact count goes down without release. Today's users go on to a freeze, or hold a lock that the pinner took; a
//! rule such as "writeback treats an unpinned page as stable" needs the two barriers.

use std::marker::PhantomData;

use crate::kernel::{Atomic, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::folio::{DROP_PINCOUNT, DROP_REFS, FREEZE, Folio};
use crate::schemes::{Broken, Scheme, scenes};

/// The page cache's reference.
const REFS: i32 = 1;

const WRITE: &str = "under the pin: write";
const RELEASE: &str = "unpin: smp_wmb";
const ACQUIRE: &str = "behind folio_maybe_dma_pinned: smp_rmb";
const READ: &str = "not pinned: read";

/// How the reader makes sure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// It does not.
    Trusts,
    /// smp_rmb() behind the question.
    Acquires,
    /// smp_rmb() behind the question, and smp_wmb() before the count goes down.
    BothSides,
    /// It freezes the folio before it reads.
    Freezes,
}

/// A pin that ends beside a question.
pub trait Scene: Send + Sync + 'static {
    /// In a few words.
    const NAME: &'static str;
    /// Whether the folio is a large one.
    const LARGE: bool = false;
    /// Readers.
    const READERS: usize = 1;
    /// How they make sure.
    const READER: Reader = Reader::Trusts;
}

/// A pinned folio with its data.
pub struct Pinned<P: Platform> {
    folio: Folio<P>,
    data: Atomic<P>,
}

impl<P: Platform> Pinned<P> {
    /// Writes under the pin, and unpins.
    fn write_and_unpin<S: Scene>(&self, kernel: &Kernel) {
        self.data.set(WRITE, 1);
        if S::READER == Reader::BothSides {
            kernel.smp_wmb::<P>(RELEASE);
        }
        self.folio.gup_put_folio(kernel);
    }

    /// What it reads once nobody has the folio pinned; -1 if somebody has.
    fn read_unpinned<S: Scene>(&self, kernel: &Kernel) -> i32 {
        if self.folio.folio_maybe_dma_pinned() {
            return -1;
        }
        match S::READER {
            Reader::Trusts => {}
            Reader::Acquires | Reader::BothSides => kernel.smp_rmb::<P>(ACQUIRE),
            Reader::Freezes if !self.folio.folio_ref_freeze(kernel, REFS) => return -1,
            Reader::Freezes => {}
        }
        self.data.read(READ)
    }
}

/// A pin that ends, under these circumstances.
pub struct Unpin<S>(PhantomData<fn() -> S>);

impl<S: Scene> Check for Unpin<S> {
    type Shared<P: Platform> = Pinned<P>;
    const NAME: &'static str = S::NAME;
    const THREADS: usize = S::READERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Pinned<P> {
        Pinned { folio: Folio::pinned(kernel, S::LARGE, REFS, 1), data: Atomic::new(kernel, "pages[0].data", 0) }
    }

    fn run<P: Platform>(kernel: &Kernel, pinned: &Pinned<P>, thread: usize) -> i32 {
        if thread > 0 {
            return pinned.read_unpinned::<S>(kernel);
        }
        pinned.write_and_unpin::<S>(kernel);
        0
    }

    fn judge<P: Platform>(pinned: &Pinned<P>, results: &[i32]) -> Result<(), String> {
        if results[1..].contains(&0) {
            return Err(OLD.into());
        }
        let frozen = S::READER == Reader::Freezes && results[1..].contains(&1);
        pinned.folio.balanced(if frozen { 0 } else { REFS }, 0)
    }
}

const OLD: &str = "the folio was found unpinned, and what was written under the pin was not seen";

scenes! {
    /// As written.
    Small, "unpin beside a reader";
    /// As written, large.
    Large, "unpin of a large folio beside a reader", LARGE: bool = true;
    /// Half of what a large folio needs.
    LargeHalf, "unpin of a large folio beside a reader that acquires", LARGE: bool = true, READER: Reader = Reader::Acquires;
    /// A small folio's unpin is fully ordered.
    SmallAcquires, "unpin beside a reader that acquires", READER: Reader = Reader::Acquires;
    /// A large folio's is not.
    LargeBoth, "unpin of a large folio with release beside a reader that acquires",
        LARGE: bool = true, READER: Reader = Reader::BothSides;
    /// Two readers.
    TwoReaders, "unpin of a large folio with release beside two readers that acquire",
        LARGE: bool = true, READERS: usize = 2, READER: Reader = Reader::BothSides;
    /// Three readers.
    ThreeReaders, "unpin of a large folio with release beside three readers that acquire",
        LARGE: bool = true, READERS: usize = 3, READER: Reader = Reader::BothSides;
    /// What reclaim does.
    SmallFreezes, "unpin beside a reader that freezes", READER: Reader = Reader::Freezes;
    /// What reclaim does, large.
    LargeFreezes, "unpin of a large folio beside a reader that freezes", LARGE: bool = true, READER: Reader = Reader::Freezes;
}

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "unpin",
    source: include_str!("unpin.rs"),
    title: "write, drop the pin; find no pin, read",
    mirrors: "mm/gup.c gup_put_folio(), include/linux/mm.h folio_maybe_dma_pinned()",
    checks: &[
        entry::<Unpin<SmallAcquires>>(),
        entry::<Unpin<LargeBoth>>(),
        entry::<Unpin<TwoReaders>>(),
        entry::<Unpin<ThreeReaders>>(),
        entry::<Unpin<SmallFreezes>>(),
        entry::<Unpin<LargeFreezes>>(),
    ],
    mutants: MUTANTS,
    broken: &[
        Broken {
            check: entry::<Unpin<Small>>(),
            race: "L7",
            message: OLD,
            because: "the question is a plain load; no user of today relies on more",
            hypothesis: false,
            shown_by: Killer::WeakMemory,
        },
        Broken {
            check: entry::<Unpin<Large>>(),
            race: "L7",
            message: OLD,
            because: "the question is a plain load (lkmm L7-large-literal: Sometimes); no user of today relies on more",
            hypothesis: false,
            shown_by: Killer::WeakMemory,
        },
        Broken {
            check: entry::<Unpin<LargeHalf>>(),
            race: "L7",
            message: OLD,
            because: "the exact count goes down by a void operation, before the references (lkmm L7-large-acqreader: \
                      Sometimes)",
            hypothesis: false,
            shown_by: Killer::WeakMemory,
        },
    ],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(SmallAcquires::NAME, ACQUIRE, Change::Relax, Killer::WeakMemory),
    mutant(SmallAcquires::NAME, DROP_REFS, Change::Relax, Killer::WeakMemory).lkmm("L7-order0-void-acq"),
    mutant(LargeBoth::NAME, ACQUIRE, Change::Relax, Killer::WeakMemory),
    mutant(LargeBoth::NAME, RELEASE, Change::Relax, Killer::WeakMemory).lkmm("L7-large-acqreader"),
    mutant(LargeBoth::NAME, DROP_REFS, Change::Relax, Killer::Equivalent(ONE_QUESTION)),
    mutant(LargeBoth::NAME, DROP_PINCOUNT, Change::Omit, Killer::Interleaving),
    mutant(SmallFreezes::NAME, FREEZE, Change::Relax, Killer::WeakMemory),
    mutant(LargeFreezes::NAME, FREEZE, Change::Relax, Killer::WeakMemory),
    mutant(LargeFreezes::NAME, DROP_REFS, Change::Relax, Killer::WeakMemory),
    mutant(LargeFreezes::NAME, FREEZE, Change::AcquireRelease, Killer::Equivalent(ACQUIRE_DOES)),
];

const ONE_QUESTION: &str = "the question is about the exact count alone, which the barrier before it orders";
const ACQUIRE_DOES: &str = "it reads what the put wrote: message passing, for which acquire is enough";
