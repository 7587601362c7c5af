//! What a pin costs, counted: one thread performs each operation once, and the record says what it took.
//!
//! A count is a statement about a scheme's text and the same on every machine. What it is worth in time, `measure` says.

use std::collections::BTreeSet;

use crate::kernel::Kernel;
use crate::lines::line_of;
use crate::measure::{Pairs, Placement, set_up};
use crate::platform::Std;
use crate::record::{Access, Effect, Order};
use crate::schemes::counting::{Counter, Pin, Tracking};
use crate::schemes::folio::LargeFolio;
use crate::schemes::gup_fast::GupFast;
use crate::schemes::hybrid::{PerMapping, PerVma, Repaired};
use crate::schemes::page_count::{Locked, Unlocked};
use crate::schemes::refcount_bias::Bias;

/// A scheme whose cost is counted and measured.
#[derive(Clone, Copy)]
pub struct Priced {
    /// Its name in the tables: `T10`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What pins of two pages have in common.
    pub pages: Pages,
    /// Counts each operation.
    pub count: fn() -> Vec<(&'static str, Cost)>,
    /// Memory for threads that pin and unpin.
    pub set_up: fn(Placement) -> Box<dyn Pairs>,
}

/// What pins of two pages have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// Nothing.
    Apart,
    /// A word of what the pages belong to; which one.
    Share(&'static str),
    /// The scheme has one page only.
    One,
}

/// All of them. A scheme that is added here is counted, measured, and in docs/cost-of-pins.md.
pub static PRICED: &[Priced] = &[
    priced::<Bias>("T10", "a pin is a bias of references", Pages::Apart),
    priced::<LargeFolio>("T11", "a large folio's two counts", Pages::Apart),
    priced::<GupFast<false>>("gup_fast", "T10 between two looks at the pte", Pages::Apart),
    priced::<GupFast<true>>("gup_fast, large", "T11 between two looks at the pte", Pages::Apart),
    priced::<Locked<2>>("T3", "count and flag in the page, a lock in the zone", Pages::Share("the zone's lock")),
    priced::<Unlocked>("T3c", "count and flag in the page, no lock; fails", Pages::Apart),
    priced::<PerMapping>("T6a", "flag in the page, count in the mapping; fails", Pages::Share("the mapping's count")),
    priced::<PerVma>("T6b", "flag in the page, count in the vma; fails", Pages::Share("the vma's count")),
    priced::<Repaired>("T6b, repaired", "flag in the page, count in the vma, both under a lock", Pages::One),
];

const fn priced<C: Counter>(name: &'static str, title: &'static str, pages: Pages) -> Priced {
    let set_up: fn(Placement) -> Box<dyn Pairs> = match pages {
        Pages::Share(_) => set_up::<C, true>,
        Pages::Apart | Pages::One => set_up::<C, false>,
    };
    Priced { name, title, pages, count: count::<C>, set_up }
}

impl std::fmt::Display for Priced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What an operation took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Atomic read-modify-writes that stored.
    pub rmws: usize,
    /// How many of them were fully ordered.
    pub full: usize,
    /// Loads; a read-modify-write that found nothing to store is one.
    pub loads: usize,
    /// Stores.
    pub stores: usize,
    /// Lock sections.
    pub sections: usize,
    /// Barriers that stand by themselves.
    pub barriers: usize,
    /// Cache lines.
    pub lines: usize,
}

impl Cost {
    fn of(log: &[Access]) -> Self {
        let number = |wanted: fn(&Access) -> bool| log.iter().filter(|access| wanted(access)).count();
        Cost {
            rmws: number(|access| matches!(access.effect, Effect::Rmw(..))),
            full: number(|access| matches!(access.effect, Effect::Rmw(..)) && access.order == Order::Full),
            loads: number(|access| matches!(access.effect, Effect::Load(_))),
            stores: number(|access| matches!(access.effect, Effect::Store(_))),
            sections: number(|access| matches!(access.effect, Effect::Lock)),
            barriers: number(|access| access.effect == Effect::Fence),
            lines: log
                .iter()
                .filter(|access| access.is_step())
                .map(|access| line_of(access.word))
                .collect::<BTreeSet<_>>()
                .len(),
        }
    }
}

/// Performs an operation, and what it took.
fn cost_of(kernel: &Kernel, operation: impl FnOnce()) -> Cost {
    let before = kernel.log().len();
    operation();
    Cost::of(&kernel.log()[before..])
}

const PIN: Pin = (0, 0);

/// Counts each operation of a scheme: pins and unpins are told apart where the first or the last has more to do.
pub fn count<C: Counter>() -> Vec<(&'static str, Cost)> {
    let kernel = Kernel::new(None);
    let memory: C::Memory<Std> = Tracking::new(&kernel);
    let pin = || cost_of(&kernel, || assert!(memory.track_pin(&kernel, PIN), "nothing stands against a pin"));
    let unpin = || cost_of(&kernel, || memory.untrack_pin(&kernel, PIN.0, PIN));
    let (first, further) = (pin(), pin());
    let query = cost_of(&kernel, || assert!(memory.page_dma_pinned(&kernel, PIN.1), "two pins stand"));
    let (early, last) = (unpin(), unpin());
    let mut rows = match first == further {
        true => vec![("pin", first)],
        false => vec![("first pin", first), ("further pin", further)],
    };
    match early == last {
        true => rows.push(("unpin", last)),
        false => rows.extend([("unpin, others stay", early), ("last unpin", last)]),
    }
    rows.push(("query", query));
    rows
}

/// docs/cost-of-pins.md, the counted half.
pub fn markdown() -> String {
    let shared = |scheme: &Priced| match scheme.pages {
        Pages::Apart => "nothing",
        Pages::Share(what) => what,
        Pages::One => "one page only",
    };
    let schemes = PRICED.iter().map(|scheme| format!("| {} | {} | {} |\n", scheme.name, scheme.title, shared(scheme)));
    let costs = PRICED.iter().flat_map(|scheme| (scheme.count)().into_iter().map(|cost| row(scheme.name, cost)));
    format!("{SCHEMES}{}{COSTS}{}", schemes.collect::<String>(), costs.collect::<String>())
}

const SCHEMES: &str = "\n| scheme | what it is | shared by two pages |\n|---|---|---|\n";
const COSTS: &str = "\n| scheme | operation | atomics | fully ordered | loads | stores | lock sections | barriers \
                     | cache lines |\n|---|---|---|---|---|---|---|---|---|\n";

fn row(scheme: &str, (operation, cost): (&str, Cost)) -> String {
    let Cost { rmws, full, loads, stores, sections, barriers, lines } = cost;
    format!("| {scheme} | {operation} | {rmws} | {full} | {loads} | {stores} | {sections} | {barriers} | {lines} |\n")
}
