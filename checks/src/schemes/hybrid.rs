//! The hybrid of 13 December 2018: a flag in the page, the count in what maps it. As posted, and repaired.
//!
//! John Hubbard, 05a68829-6e6d-b766-11b4-99e1ba4bc87b@nvidia.com, idea credited to Jerome Glisse. The mail says "the
//! mapping(s)": read as the address_space (T6a) or as the vma of current->mm (T6b). Both fail without any second thread,
//! since the count that reaches zero is not the page's; and both fail with one mapping and two threads, since the count
//! and the flag are two words.

use crate::kernel::{Atomic, Kernel, Spinlock};
use crate::lines::Line;
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, Entry, entry};
use crate::schemes::counting::{
    AskedByFour, AskedByStranger, AskedByThree, AskedByTwo, Counter, Op, PIN, Pin, QUERY, Run, Tracking, TwoPins,
    TwoRounds, UNPIN, expect, of_mm, of_page, threads,
};
use crate::schemes::{Broken, Program, Scheme};

const INC: &str = "get_user_pages: count the pin";
const SET: &str = "get_user_pages: SetPageDmaPinned";
const TEST: &str = "put_user_page: PageDmaPinned";
const DEC: &str = "put_user_page: count it down";
const CLEAR: &str = "put_user_page: ClearPageDmaPinned";
const QUERIED: &str = "PageDmaPinned";
const FIND: &str = "page_mapping";
const PIN_LOCK: &str = "get_user_pages: pin_lock";
const UNPIN_LOCK: &str = "put_user_page: pin_lock";
const OTHERS: &str = "put_user_page: the other counts";

/// The names of two pages' flags.
const FLAGS: [&str; 2] = ["pages[0].dma_pinned", "pages[1].dma_pinned"];

fn flags_at_rest<P: Platform>(flags: [&Atomic<P>; 2], pins: &[Pin]) -> Result<(), String> {
    let pages = flags.into_iter().enumerate();
    pages.map(|(page, flag)| (flag, of_page(pins, page))).try_for_each(|(f, pins)| expect(f, i32::from(pins > 0), pins))
}

/// T6a, as posted: model/parts/tracking/t6a-mapping-count.c.
pub struct PerMapping;

/// What a page of a file has.
struct FilePage<P: Platform> {
    dma_pinned: Atomic<P>,
    mapping: Atomic<P>,
}

/// Two pages of one file.
pub struct File<P: Platform> {
    pages: [Line<FilePage<P>>; 2],
    dma_pinned_count: Line<Atomic<P>>,
}

impl Counter for PerMapping {
    type Memory<P: Platform> = File<P>;
}

impl<P: Platform> Tracking<P> for File<P> {
    fn new(kernel: &Kernel) -> Self {
        let page = |(flag, mapping)| {
            // the mapping is &files[0]
            FilePage { dma_pinned: Atomic::new(kernel, flag, 0), mapping: Atomic::new(kernel, mapping, 1) }
        };
        File {
            pages: [(FLAGS[0], "pages[0].mapping"), (FLAGS[1], "pages[1].mapping")].map(|names| Line(page(names))),
            dma_pinned_count: Line(Atomic::new(kernel, "files[0].dma_pinned_count", 0)),
        }
    }

    fn track_pin(&self, _: &Kernel, (_, page): Pin) -> bool {
        if self.pages[page].mapping.read(FIND) == 0 {
            return false;
        }
        self.dma_pinned_count.add(INC, 1);
        self.pages[page].dma_pinned.set(SET, 1);
        true
    }

    fn untrack_pin(&self, _: &Kernel, _: usize, (_, page): Pin) {
        if self.pages[page].dma_pinned.read(TEST) == 0 {
            return;
        }
        if self.pages[page].mapping.read(FIND) != 0 && self.dma_pinned_count.sub_and_test(DEC, 1) {
            self.pages[page].dma_pinned.set(CLEAR, 0);
        }
    }

    fn page_dma_pinned(&self, _: &Kernel, page: usize) -> bool {
        self.pages[page].dma_pinned.read(QUERIED) == 1
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        flags_at_rest(self.pages.each_ref().map(|page| &page.dma_pinned), pins)?;
        expect(&self.dma_pinned_count, pins.len() as i32, pins.len() as i32)
    }
}

/// The counts of two vmas.
struct Counts<P: Platform>([Line<Atomic<P>>; 2]);

impl<P: Platform> Counts<P> {
    fn new(kernel: &Kernel) -> Self {
        let names = ["vmas[0].dma_pinned_count", "vmas[1].dma_pinned_count"];
        Counts(names.map(|name| Line(Atomic::new(kernel, name, 0))))
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        let mms = self.0.iter().enumerate();
        mms.map(|(mm, count)| (count, of_mm(pins, mm))).try_for_each(|(count, pins)| expect(count, pins, pins))
    }
}

/// T6b, as posted: model/parts/tracking/t6b-vma-count.c.
pub struct PerVma;

/// A page that two mms map.
pub struct Vmas<P: Platform> {
    flags: [Line<Atomic<P>>; 2],
    counts: Counts<P>,
}

impl Counter for PerVma {
    type Memory<P: Platform> = Vmas<P>;
}

impl<P: Platform> Tracking<P> for Vmas<P> {
    fn new(kernel: &Kernel) -> Self {
        Vmas { flags: FLAGS.map(|name| Line(Atomic::new(kernel, name, 0))), counts: Counts::new(kernel) }
    }

    fn track_pin(&self, _: &Kernel, (mm, page): Pin) -> bool {
        self.counts.0[mm].add(INC, 1);
        self.flags[page].set(SET, 1);
        true
    }

    /// "comparing current->mm information with the mappings"
    fn untrack_pin(&self, _: &Kernel, current: usize, (_, page): Pin) {
        if self.flags[page].read(TEST) == 1 && self.counts.0[current].sub_and_test(DEC, 1) {
            self.flags[page].set(CLEAR, 0);
        }
    }

    fn page_dma_pinned(&self, _: &Kernel, page: usize) -> bool {
        self.flags[page].read(QUERIED) == 1
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        flags_at_rest(self.flags.each_ref().map(|flag| &**flag), pins)?;
        self.counts.at_rest(pins)
    }
}

/// T6b, repaired: counts and flag under one lock, the flag cleared when every count is zero, and the mm remembered by
/// whoever holds the pin.
pub struct Repaired;

/// A page that two mms map, and the lock.
pub struct LockedVmas<P: Platform> {
    vmas: Vmas<P>,
    pin_lock: Spinlock<P>,
}

impl Counter for Repaired {
    type Memory<P: Platform> = LockedVmas<P>;
}

impl<P: Platform> Tracking<P> for LockedVmas<P> {
    fn new(kernel: &Kernel) -> Self {
        LockedVmas { vmas: Tracking::new(kernel), pin_lock: Spinlock::new(kernel, "pages[0].pin_lock") }
    }

    fn track_pin(&self, kernel: &Kernel, pin: Pin) -> bool {
        self.pin_lock.section(PIN_LOCK, || self.vmas.track_pin(kernel, pin))
    }

    fn untrack_pin(&self, kernel: &Kernel, current: usize, (mm, page): Pin) {
        let mm = if kernel.mutated(DEC, Change::Rewrite) { current } else { mm };
        self.pin_lock.section(UNPIN_LOCK, || {
            let counts = &self.vmas.counts.0;
            let zero = counts[mm].sub_and_test(DEC, 1);
            let others = || kernel.mutated(OTHERS, Change::Rewrite) || counts[1 - mm].read(OTHERS) == 0;
            if zero && others() {
                self.vmas.flags[page].set(CLEAR, 0);
            }
        });
    }

    fn page_dma_pinned(&self, kernel: &Kernel, page: usize) -> bool {
        self.vmas.page_dma_pinned(kernel, page)
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        self.vmas.at_rest(pins)
    }
}

const OTHER_PIN: Op = Op::Pin((1, 0));
const OTHER_UNPIN: Op = Op::Unpin(1, (1, 0));

threads! {
    /// One thread, two pages of a file.
    TwoPages, "two pages of a file, one thread", [[PIN, Op::Pin((0, 1)), UNPIN, Op::Unpin(0, (0, 1))]];
    /// One thread, two mms.
    TwoMms, "two mms, one thread", [[PIN, OTHER_PIN, UNPIN, QUERY, OTHER_UNPIN]];
    /// The release runs where another mm is current.
    Elsewhere, "released under another mm, one thread", [[PIN, OTHER_PIN, Op::Unpin(1, (0, 0)), OTHER_UNPIN]];
    /// Two mms, a thread each.
    OneEach, "two mms, a thread each", [[PIN, QUERY, UNPIN], [OTHER_PIN, QUERY, OTHER_UNPIN]];
}

const ONE_EACH: &str = <Run<Repaired, OneEach> as Check>::NAME;
const ELSEWHERE: &str = <Run<Repaired, Elsewhere> as Check>::NAME;
const TWO_MMS: &str = <Run<Repaired, TwoMms> as Check>::NAME;
const MISSED: &str = "pages[0] was found unpinned, and the asking thread had it pinned";

const fn broken(check: Entry, race: &'static str, message: &'static str, because: &'static str) -> Broken {
    Broken { check, race, message, because, hypothesis: false, shown_by: Killer::Interleaving }
}

const NOT_THE_PAGES: &str = "the count that reaches zero is the file's, and only the flag at hand is cleared";
const NOT_THIS_MM: &str = "the count that reaches zero is one mm's, and the flag is everybody's";
const TWO_WORDS: &str = "somebody pins between the count's zero and the flag: count and flag are two words";

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "hybrid",
    source: include_str!("hybrid.rs"),
    title: "T6: a flag in the page, counts in what maps it; as posted it fails, repaired it holds",
    mirrors: "model/parts/tracking/t6a-mapping-count.c, t6b-vma-count.c; the repair is ours",
    checks: &[
        entry::<Run<Repaired, TwoPins>>(),
        entry::<Run<Repaired, TwoMms>>(),
        entry::<Run<Repaired, Elsewhere>>(),
        entry::<Run<Repaired, OneEach>>(),
        entry::<Run<Repaired, AskedByStranger>>(),
        entry::<Run<Repaired, TwoRounds>>(),
        entry::<Run<Repaired, AskedByThree>>(),
        entry::<Run<Repaired, AskedByFour>>(),
    ],
    mutants: MUTANTS,
    broken: &[
        broken(
            entry::<Run<PerMapping, TwoPages>>(),
            "B11",
            "pages[0].dma_pinned is 1 at the end, with 0 pins",
            NOT_THE_PAGES,
        ),
        broken(entry::<Run<PerVma, TwoMms>>(), "B11", MISSED, NOT_THIS_MM),
        broken(entry::<Run<PerVma, OneEach>>(), "B11", MISSED, NOT_THIS_MM),
        broken(entry::<Run<PerMapping, AskedByTwo>>(), "B06", MISSED, TWO_WORDS),
    ],
    programs: PROGRAMS,
};

const PIN_UNPIN: &str = "track_pin(&pages[0]); untrack_pin(&pages[0]);";
const PIN_QUERY_UNPIN: &str = "track_pin(&pages[0]); page_dma_pinned(&pages[0]); untrack_pin(&pages[0]);";
const PAGES: &str = "track_pin(&pages[0]); track_pin(&pages[1]); untrack_pin(&pages[0]); untrack_pin(&pages[1]);";

const PROGRAMS: &[Program] = &[
    Program {
        check: entry::<Run<PerMapping, TwoPages>>(),
        part: "T6a",
        defines: &[("NR_PAGES", 2), ("NR_INDEX", 2)],
        threads: &[PAGES],
    },
    Program {
        check: entry::<Run<PerMapping, AskedByTwo>>(),
        part: "T6a",
        defines: &[],
        threads: &[PIN_UNPIN, PIN_QUERY_UNPIN],
    },
    Program {
        check: entry::<Run<PerVma, OneEach>>(),
        part: "T6b",
        defines: &[("NR_MMS", 2)],
        threads: &[PIN_QUERY_UNPIN, PIN_QUERY_UNPIN],
    },
];

const MUTANTS: &[Mutant] = &[
    mutant(ONE_EACH, PIN_LOCK, Change::Omit, Killer::Interleaving),
    mutant(ONE_EACH, UNPIN_LOCK, Change::Omit, Killer::Interleaving),
    mutant(ONE_EACH, OTHERS, Change::Rewrite, Killer::Interleaving),
    mutant(ELSEWHERE, DEC, Change::Rewrite, Killer::Interleaving),
    mutant(TWO_MMS, DEC, Change::Omit, Killer::Interleaving),
    mutant(TWO_MMS, INC, Change::Omit, Killer::Interleaving),
    mutant(TWO_MMS, SET, Change::Omit, Killer::Interleaving),
    mutant(TWO_MMS, CLEAR, Change::Omit, Killer::Interleaving),
    mutant(ONE_EACH, DEC, Change::Tear, Killer::Equivalent("the count is changed under the lock only")),
    mutant(ONE_EACH, DEC, Change::Relax, Killer::Equivalent("the lock orders what stands around it")),
];
