//! T3: a count and a flag in struct page, under zone->zone_gup_lock; and the same without the lock.
//!
//! John Hubbard, 10 Nov 2018, patches 4 to 6 of 6: 20181110085041.10071-7-jhubbard@nvidia.com. His comment in
//! put_user_page() names the window between the count's zero and the flag: whoever takes the count to zero must look again
//! under the lock, since pin_page_for_dma() may have raised it. What is not ordered by the lock is the decrement, and
//! the query, which reads the flag only.

use crate::kernel::{Atomic, Kernel, Spinlock};
use crate::lines::Line;
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::counting::{
    AskedByFour, AskedByStranger, AskedByThree, AskedByTwo, Counter, HandedOver, PIN, Pin, Run, Tracking, Twice,
    TwoPins, TwoRounds, UNPIN, expect, of_page, threads,
};
use crate::schemes::{Broken, Program, Scheme};

/// What struct page gets.
struct Page<P: Platform> {
    dma_pinned: Atomic<P>,
    dma_pinned_count: Atomic<P>,
}

const FLAGS: [&str; 2] = ["pages[0].dma_pinned", "pages[1].dma_pinned"];
const COUNTS: [&str; 2] = ["pages[0].dma_pinned_count.counter", "pages[1].dma_pinned_count.counter"];

impl<P: Platform> Page<P> {
    fn new(kernel: &Kernel, page: usize) -> Self {
        Page { dma_pinned: Atomic::new(kernel, FLAGS[page], 0), dma_pinned_count: Atomic::new(kernel, COUNTS[page], 0) }
    }

    fn at_rest(&self, pins: &[Pin], page: usize) -> Result<(), String> {
        let pins = of_page(pins, page);
        expect(&self.dma_pinned, i32::from(pins > 0), pins)?;
        expect(&self.dma_pinned_count, pins, pins)
    }
}

/// T3 and T3b: they differ in interrupts only, and there are none here. A second page matters to the cost only.
pub struct Locked<const PAGES: usize = 1>;

/// Pages and their zone.
pub struct Zone<P: Platform, const PAGES: usize> {
    pages: [Line<Page<P>>; PAGES],
    zone_gup_lock: Line<Spinlock<P>>,
}

impl<const PAGES: usize> Counter for Locked<PAGES> {
    type Memory<P: Platform> = Zone<P, PAGES>;
}

impl<P: Platform, const PAGES: usize> Tracking<P> for Zone<P, PAGES> {
    fn new(kernel: &Kernel) -> Self {
        Zone {
            pages: std::array::from_fn(|page| Line(Page::new(kernel, page))),
            zone_gup_lock: Line(Spinlock::new(kernel, "zones[0].zone_gup_lock.locked")),
        }
    }

    /// pin_page_for_dma()
    fn track_pin(&self, kernel: &Kernel, (_, page): Pin) -> bool {
        let Page { dma_pinned, dma_pinned_count } = &*self.pages[page];
        self.zone_gup_lock.section("pin_page_for_dma: zone_gup_lock", || {
            let counts = dma_pinned.read("pin_page_for_dma: PageDmaPinned") == 1
                && !kernel.mutated("pin_page_for_dma: PageDmaPinned", Change::Rewrite);
            if counts {
                dma_pinned_count.add("pin_page_for_dma: atomic_inc", 1);
            } else if kernel.mutated("pin_page_for_dma: SetPageDmaPinned", Change::Rewrite) {
                dma_pinned.set("pin_page_for_dma: SetPageDmaPinned", 1);
                dma_pinned_count.set("pin_page_for_dma: atomic_set", 1);
            } else {
                dma_pinned_count.set("pin_page_for_dma: atomic_set", 1);
                dma_pinned.set("pin_page_for_dma: SetPageDmaPinned", 1);
            }
        });
        true
    }

    /// put_user_page(), up to its put_page()
    fn untrack_pin(&self, kernel: &Kernel, _: usize, (_, page): Pin) {
        let Page { dma_pinned, dma_pinned_count } = &*self.pages[page];
        let again = "put_user_page: read the count again";
        if !dma_pinned_count.sub_and_test("put_user_page: atomic_dec_and_test", 1) {
            return;
        }
        let early = kernel.mutated(again, Change::Rewrite).then(|| dma_pinned_count.read(again));
        self.zone_gup_lock.section("put_user_page: zone_gup_lock", || {
            // pin_page_for_dma() may have raised it again
            let zero =
                kernel.mutated(again, Change::Omit) || early.unwrap_or_else(|| dma_pinned_count.read(again)) == 0;
            if zero {
                dma_pinned.set("put_user_page: ClearPageDmaPinned", 0);
            }
        });
    }

    fn page_dma_pinned(&self, _: &Kernel, page: usize) -> bool {
        self.pages[page].dma_pinned.read("PageDmaPinned") == 1
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        self.pages.iter().enumerate().try_for_each(|(number, page)| page.at_rest(pins, number))
    }
}

/// T3c: count, then flag; nothing is locked, and nothing is looked at again.
pub struct Unlocked;

/// A page without a lock.
pub struct UnlockedPage<P: Platform>(Page<P>);

impl Counter for Unlocked {
    type Memory<P: Platform> = UnlockedPage<P>;
}

impl<P: Platform> Tracking<P> for UnlockedPage<P> {
    fn new(kernel: &Kernel) -> Self {
        UnlockedPage(Page::new(kernel, 0))
    }

    fn track_pin(&self, _: &Kernel, _: Pin) -> bool {
        self.0.dma_pinned_count.add("pin_page_for_dma: atomic_inc", 1);
        self.0.dma_pinned.set("pin_page_for_dma: SetPageDmaPinned", 1);
        true
    }

    fn untrack_pin(&self, _: &Kernel, _: usize, _: Pin) {
        if self.0.dma_pinned_count.sub_and_test("put_user_page: atomic_dec_and_test", 1) {
            self.0.dma_pinned.set("put_user_page: ClearPageDmaPinned", 0);
        }
    }

    fn page_dma_pinned(&self, _: &Kernel, _: usize) -> bool {
        self.0.dma_pinned.read("PageDmaPinned") == 1
    }

    fn at_rest(&self, pins: &[Pin]) -> Result<(), String> {
        self.0.at_rest(pins, 0)
    }
}

threads! {
    /// A pin that stays.
    OneStays, "pin that stays beside pin", [[PIN, UNPIN], [PIN]];
}

const TWO: &str = <Run<Locked, AskedByTwo> as Check>::NAME;
const STAYS: &str = <Run<Locked, OneStays> as Check>::NAME;
const OVER: &str = <Run<Locked, HandedOver> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "page_count",
    source: include_str!("page_count.rs"),
    title: "T3: a count and a flag in the page, under a lock; T3c: without it",
    mirrors: "model/parts/tracking/t3-page-count.c, t3b-page-count-irqsave.c, t3c-page-count-unlocked.c",
    checks: &[
        entry::<Run<Locked, TwoPins>>(),
        entry::<Run<Locked, AskedByTwo>>(),
        entry::<Run<Locked, OneStays>>(),
        entry::<Run<Locked, AskedByStranger>>(),
        entry::<Run<Locked, TwoRounds>>(),
        entry::<Run<Locked, Twice>>(),
        entry::<Run<Locked, HandedOver>>(),
        entry::<Run<Locked, AskedByThree>>(),
        entry::<Run<Locked, AskedByFour>>(),
    ],
    mutants: MUTANTS,
    broken: &[
        Broken {
            check: entry::<Run<Unlocked, AskedByTwo>>(),
            race: "B06",
            message: "pages[0] was found unpinned, and the asking thread had it pinned",
            because: BETWEEN,
            hypothesis: false,
            shown_by: Killer::Interleaving,
        },
        Broken {
            check: entry::<Run<Unlocked, OneStays>>(),
            race: "B06",
            message: "pages[0].dma_pinned is 0 at the end, with 1 pins",
            because: BETWEEN,
            hypothesis: false,
            shown_by: Killer::Interleaving,
        },
    ],
    programs: PROGRAMS,
};

const BETWEEN: &str =
    "somebody pins between the count's zero and the flag (J. Hubbard, the comment in put_user_page())";

const PIN_UNPIN: &str = "track_pin(&pages[0]); untrack_pin(&pages[0]);";
const PIN_QUERY_UNPIN: &str = "track_pin(&pages[0]); page_dma_pinned(&pages[0]); untrack_pin(&pages[0]);";
const TWICE: &str = "track_pin(&pages[0]); untrack_pin(&pages[0]); track_pin(&pages[0]); untrack_pin(&pages[0]);";

const PROGRAMS: &[Program] = &[
    program(entry::<Run<Locked, AskedByTwo>>(), "T3", &[PIN_UNPIN, PIN_QUERY_UNPIN]),
    program(entry::<Run<Locked, AskedByTwo>>(), "T3b", &[PIN_UNPIN, PIN_QUERY_UNPIN]),
    program(entry::<Run<Locked, TwoRounds>>(), "T3b", &[TWICE, PIN_QUERY_UNPIN]),
    program(entry::<Run<Locked, AskedByThree>>(), "T3b", &[PIN_UNPIN, PIN_UNPIN, PIN_QUERY_UNPIN]),
    program(entry::<Run<Unlocked, AskedByTwo>>(), "T3c", &[PIN_UNPIN, PIN_QUERY_UNPIN]),
    program(entry::<Run<Unlocked, TwoRounds>>(), "T3c", &[TWICE, PIN_QUERY_UNPIN]),
    program(entry::<Run<Unlocked, AskedByThree>>(), "T3c", &[PIN_UNPIN, PIN_UNPIN, PIN_QUERY_UNPIN]),
];

const fn program(check: crate::run::Entry, part: &'static str, threads: &'static [&'static str]) -> Program {
    Program { check, part, defines: &[], threads }
}

/// A pin is set and counted in one lock section, and while the flag is clear nobody has a pin to drop: no other access
/// falls between the two stores but the query's, which reads the flag alone.
const TOGETHER: &str =
    "both are stored in one lock section, where nobody has a pin to drop, and the query reads the flag alone";
/// A count is one word, and its order is coherence; what follows the decrement is done under the lock.
const ONE_WORD: &str = "the order of one word's changes needs no barrier, and the flag changes under the lock";

const MUTANTS: &[Mutant] = &[
    mutant(TWO, "pin_page_for_dma: zone_gup_lock", Change::Omit, Killer::Interleaving),
    mutant(STAYS, "put_user_page: zone_gup_lock", Change::Omit, Killer::Interleaving),
    mutant(TWO, "pin_page_for_dma: PageDmaPinned", Change::Rewrite, Killer::Interleaving),
    mutant(TWO, "pin_page_for_dma: atomic_inc", Change::Omit, Killer::Interleaving),
    mutant(TWO, "pin_page_for_dma: atomic_inc", Change::Tear, Killer::Interleaving),
    mutant(TWO, "pin_page_for_dma: atomic_set", Change::Omit, Killer::Interleaving),
    mutant(TWO, "pin_page_for_dma: SetPageDmaPinned", Change::Omit, Killer::Interleaving),
    mutant(TWO, "pin_page_for_dma: SetPageDmaPinned", Change::Rewrite, Killer::Equivalent(TOGETHER)),
    mutant(TWO, "put_user_page: atomic_dec_and_test", Change::Omit, Killer::Interleaving),
    mutant(TWO, "put_user_page: atomic_dec_and_test", Change::Tear, Killer::Interleaving),
    mutant(TWO, "put_user_page: atomic_dec_and_test", Change::Relax, Killer::Equivalent(ONE_WORD)),
    mutant(STAYS, "put_user_page: read the count again", Change::Omit, Killer::Interleaving),
    mutant(STAYS, "put_user_page: read the count again", Change::Rewrite, Killer::Interleaving),
    mutant(TWO, "put_user_page: ClearPageDmaPinned", Change::Omit, Killer::Interleaving),
    mutant(OVER, "hand over", Change::Relax, Killer::WeakMemory),
    mutant(OVER, "take over", Change::Relax, Killer::WeakMemory),
];
