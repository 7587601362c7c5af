//! T5: a pin is one more mapping; page_mkclean() subtracts the ptes that it finds.
//!
//! Jerome Glisse, 12 Dec 2018; Jan Kara's objection (race B12): the walk's sum and the count are two snapshots, and
//! zap_pte_range() may fall between them. Read under the pte lock, the count agrees with a walk of *that* page table; a
//! second page table has a lock of its own, and the race is back. What holds is a page that is mapped once, and pinned by
//! the slow path: get_user_pages_fast() takes no pte lock, and would need what gup_fast or writeback_barrier has.

use std::marker::PhantomData;

use crate::kernel::{Atomic, Kernel, Spinlock};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::pte::{NONE, READ_ONLY, WRITABLE};
use crate::schemes::{Broken, Scheme, scenes};

const PIN_LOCK: &str = "follow_page_pte: pte lock";
const PIN: &str = "get_user_pages: raise the mapcount";
const UNPIN: &str = "put_user_page: lower the mapcount";
const WALK_LOCK: &str = "page_mkclean_one: pte lock";
const WRITE_PROTECT: &str = "page_mkclean_one: write-protect";
const MAPCOUNT: &str = "page_mkclean: page_mapcount";
const ZAP_LOCK: &str = "zap_pte_range: pte lock";
const CLEAR_PTE: &str = "zap_pte_range: clear the pte";
const REMOVE_RMAP: &str = "zap_pte_range: page_remove_rmap";

/// What threads beside page_mkclean() do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// zap_pte_range() of the first page table.
    Zap,
    /// A pin that is taken and stays.
    Pin,
    /// A pin that is taken and dropped.
    PinUnpin,
}

/// page_mkclean() beside others.
pub trait Scene: Send + Sync + 'static {
    /// In a few words.
    const NAME: &'static str;
    /// Page tables that map the page.
    const MMS: usize = 1;
    /// Pins from the beginning.
    const PINS: i32 = 0;
    /// Whether the count is read under the pte lock.
    const LOCKED: bool = true;
    /// The others.
    const OTHERS: &'static [Other];
}

/// A page table that maps the page.
struct Mm<P: Platform> {
    pte: Atomic<P>,
    ptl: Spinlock<P>,
}

/// A page that is mapped.
pub struct Mapped<P: Platform> {
    mapcount: Atomic<P>,
    mms: Vec<Mm<P>>,
}

impl<P: Platform> Mapped<P> {
    fn new<S: Scene>(kernel: &Kernel) -> Self {
        let mm = |(pte, ptl)| Mm { pte: Atomic::new(kernel, pte, WRITABLE), ptl: Spinlock::new(kernel, ptl) };
        let names = [("mms[0].pte[0]", "mms[0].ptl"), ("mms[1].pte[0]", "mms[1].ptl")];
        Mapped {
            mapcount: Atomic::new(kernel, "pages[0]._mapcount", S::MMS as i32 + S::PINS),
            mms: names.into_iter().take(S::MMS).map(mm).collect(),
        }
    }

    /// follow_page_pte(): looks at the pte and counts under one lock.
    fn pin(&self) -> bool {
        let mm = &self.mms[0];
        mm.ptl.section(PIN_LOCK, || {
            let writable = mm.pte.read("follow_page_pte: read the pte") == WRITABLE;
            if writable {
                self.mapcount.add(PIN, 1);
            }
            writable
        })
    }

    /// page_mkclean(): true if the page looks unpinned.
    fn mkclean<S: Scene>(&self, kernel: &Kernel) -> bool {
        let (mut walked, mut mapcount) = (0, 0);
        for mm in &self.mms {
            mm.ptl.section(WALK_LOCK, || {
                if mm.pte.read("page_mkclean_one: read the pte") != NONE {
                    walked += 1;
                    mm.pte.set(WRITE_PROTECT, READ_ONLY);
                }
                if S::LOCKED && !kernel.mutated(MAPCOUNT, Change::Rewrite) {
                    mapcount = self.mapcount.read(MAPCOUNT);
                }
            });
        }
        if !S::LOCKED || kernel.mutated(MAPCOUNT, Change::Rewrite) {
            mapcount = self.mapcount.read(MAPCOUNT);
        }
        mapcount - walked <= 0
    }

    /// mm/memory.c zap_pte_range()
    fn zap(&self) {
        let mm = &self.mms[0];
        mm.ptl.section(ZAP_LOCK, || {
            if mm.pte.read("zap_pte_range: read the pte") != NONE {
                mm.pte.set(CLEAR_PTE, NONE);
                // page_remove_rmap(): atomic_add_negative()
                let _ = self.mapcount.add_return(REMOVE_RMAP, -1);
            }
        });
    }

    fn perform(&self, other: Other) -> bool {
        match other {
            Other::Zap => self.zap(),
            Other::Pin => return self.pin(),
            Other::PinUnpin if self.pin() => self.mapcount.add(UNPIN, -1),
            Other::PinUnpin => {}
        }
        false
    }

    fn judge(&self, clean: bool, pins: i32) -> Result<(), String> {
        if clean && pins > 0 {
            return Err(FOUND_UNPINNED.into());
        }
        let ptes = self.mms.iter().filter(|mm| mm.pte.at_rest() != NONE).count() as i32;
        match self.mapcount.at_rest() {
            count if count == ptes + pins => Ok(()),
            count => Err(format!("_mapcount is {count}, with {ptes} ptes and {pins} pins")),
        }
    }
}

const FOUND_UNPINNED: &str = "page_mkclean found no pin, and there is one";

/// page_mkclean() in this company.
pub struct Mkclean<S>(PhantomData<fn() -> S>);

impl<S: Scene> Check for Mkclean<S> {
    type Shared<P: Platform> = Mapped<P>;
    const NAME: &'static str = S::NAME;
    const THREADS: usize = S::OTHERS.len() + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Mapped<P> {
        Mapped::new::<S>(kernel)
    }

    fn run<P: Platform>(kernel: &Kernel, page: &Mapped<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { page.mkclean::<S>(kernel) } else { page.perform(S::OTHERS[thread - 1]) })
    }

    fn judge<P: Platform>(page: &Mapped<P>, results: &[i32]) -> Result<(), String> {
        page.judge(results[0] == 1, S::PINS + results[1..].iter().sum::<i32>())
    }
}

scenes! {
    /// As posted.
    AsPosted, "page_mkclean of a pinned page beside zap, as posted", OTHERS: &'static [Other] = &[Other::Zap], PINS: i32 = 1, LOCKED: bool = false;
    /// The count under the lock.
    Zapped, "page_mkclean of a pinned page beside zap", OTHERS: &'static [Other] = &[Other::Zap], PINS: i32 = 1;
    /// The count under one lock of two.
    TwoMms, "page_mkclean of a pinned page in two mms beside zap", OTHERS: &'static [Other] = &[Other::Zap], MMS: usize = 2, PINS: i32 = 1;
    /// A pin that is taken meanwhile.
    Pinned, "page_mkclean beside a pin that stays", OTHERS: &'static [Other] = &[Other::Pin];
    /// A pin that comes and goes.
    ComesAndGoes, "page_mkclean of a pinned page beside a pin", OTHERS: &'static [Other] = &[Other::PinUnpin], PINS: i32 = 1;
    /// Both.
    PinnedAndZapped, "page_mkclean beside a pin and zap", OTHERS: &'static [Other] = &[Other::Pin, Other::Zap];
    /// As many as loom has room for.
    Crowd, "page_mkclean beside two pins and zap", OTHERS: &'static [Other] = &[Other::Pin, Other::PinUnpin, Other::Zap];
}

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "mapcount_bias",
    source: include_str!("mapcount_bias.rs"),
    title: "T5: a pin is one more mapping, and page_mkclean() subtracts the ptes that it finds",
    mirrors: "the scheme as posted; mm/rmap.c page_mkclean_one(), mm/memory.c zap_pte_range(), mm/gup.c follow_page_pte() of v4.20",
    checks: &[
        entry::<Mkclean<Zapped>>(),
        entry::<Mkclean<Pinned>>(),
        entry::<Mkclean<ComesAndGoes>>(),
        entry::<Mkclean<PinnedAndZapped>>(),
        entry::<Mkclean<Crowd>>(),
    ],
    mutants: MUTANTS,
    broken: &[
        Broken {
            check: entry::<Mkclean<AsPosted>>(),
            race: "B12",
            message: FOUND_UNPINNED,
            because: "the walk counts a pte that zap_pte_range() takes away before the count is read (J. Kara)",
            hypothesis: false,
            shown_by: Killer::Interleaving,
        },
        Broken {
            check: entry::<Mkclean<TwoMms>>(),
            race: "B12",
            message: FOUND_UNPINNED,
            because: "the lock under which the count is read is the second page table's, and the pte goes from the first",
            hypothesis: false,
            shown_by: Killer::Interleaving,
        },
    ],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(Zapped::NAME, MAPCOUNT, Change::Rewrite, Killer::Interleaving),
    mutant(Zapped::NAME, WALK_LOCK, Change::Omit, Killer::Interleaving),
    mutant(Zapped::NAME, ZAP_LOCK, Change::Omit, Killer::Interleaving),
    mutant(Zapped::NAME, REMOVE_RMAP, Change::Relax, Killer::Equivalent(LOCKED)),
    mutant(Crowd::NAME, REMOVE_RMAP, Change::Tear, Killer::Interleaving),
    mutant(Pinned::NAME, PIN_LOCK, Change::Omit, Killer::Interleaving),
    mutant(Pinned::NAME, PIN, Change::Omit, Killer::Interleaving),
    mutant(Pinned::NAME, WRITE_PROTECT, Change::Omit, Killer::Interleaving),
    mutant(ComesAndGoes::NAME, UNPIN, Change::Omit, Killer::Interleaving),
];

const LOCKED: &str =
    "the count is changed and read under the pte lock; what is not, the end of a pin, needs no order here";
