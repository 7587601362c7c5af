//! Page-cache lookup without a lock (L6): read the slot, take the folio, read the slot again.
//!
//! mm/filemap.c filemap_get_entry(). The folio that the slot named may be freed and used for something else before the
//! reference is taken. Nobody takes one from a count of zero; and whoever took one from the *next* user's count finds the
//! slot changed, because the remover changed it before the count came back. In the kernel it comes back through the page
//! allocator, whose lock orders it; here by a release store, which is weaker and enough (lkmm L6-lockchain: Never).

use crate::kernel::{Atomic, Data, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::Scheme;
use crate::schemes::folio::{FREEZE, Folio, PUT, TRY_GET};

/// The page cache's reference; or the next user's.
const REFS: i32 = 1;
/// What the folio holds: the file's data, or the next user's.
const FILE: i32 = 1;
const OTHER: i32 = 2;

const LOAD: &str = "filemap_get_entry: xas_load";
const RELOAD: &str = "filemap_get_entry: xas_reload";
const CLEAR_SLOT: &str = "page_cache_delete: clear the slot";
const USE_AGAIN: &str = "the next user's reference";

/// A slot of the page cache, and the folio that it names.
pub struct Cache<P: Platform> {
    slot: Atomic<P>,
    folio: Folio<P>,
    data: Data<P>,
}

impl<P: Platform> Cache<P> {
    /// mm/filemap.c filemap_get_entry(), once: what a reader found in the folio; 0 if it would try again, or there is none.
    fn read(&self, kernel: &Kernel) -> i32 {
        if self.slot.read(LOAD) == 0 || !self.folio.folio_try_get(kernel) {
            return 0;
        }
        let same = kernel.mutated(RELOAD, Change::Omit) || self.slot.read(RELOAD) == 1;
        let data = if same { self.data.read() } else { 0 };
        let _ = self.folio.folio_put();
        data
    }

    /// mm/vmscan.c __remove_mapping() of a clean folio, and its next user.
    fn remove_and_use_again(&self, kernel: &Kernel) -> bool {
        if !self.folio.folio_ref_freeze(kernel, REFS) {
            return false;
        }
        let late = kernel.mutated(CLEAR_SLOT, Change::Rewrite);
        if !late {
            self.slot.set(CLEAR_SLOT, 0);
        }
        self.data.write(OTHER);
        self.folio.refcount.set_release(USE_AGAIN, REFS);
        if late {
            self.slot.set(CLEAR_SLOT, 0);
        }
        true
    }
}

/// Readers beside a remover.
pub struct BesideRemoval<const READERS: usize>;

impl<const READERS: usize> Check for BesideRemoval<READERS> {
    type Shared<P: Platform> = Cache<P>;
    const NAME: &'static str = match READERS {
        1 => "lookup beside removal",
        2 => "two lookups beside removal",
        _ => "three lookups beside removal",
    };
    const THREADS: usize = READERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Cache<P> {
        Cache {
            slot: Atomic::new(kernel, "mappings[0].slot[0]", 1),
            folio: Folio::new(kernel, false, REFS),
            data: Data::new(FILE),
        }
    }

    fn run<P: Platform>(kernel: &Kernel, cache: &Cache<P>, thread: usize) -> i32 {
        if thread == 0 { i32::from(cache.remove_and_use_again(kernel)) } else { cache.read(kernel) }
    }

    fn judge<P: Platform>(cache: &Cache<P>, results: &[i32]) -> Result<(), String> {
        if results[1..].contains(&OTHER) {
            return Err("a lookup led to the folio's next user".into());
        }
        cache.folio.balanced(REFS, 0)
    }
}

const ONE: &str = <BesideRemoval<1> as Check>::NAME;
const TWO: &str = <BesideRemoval<2> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "lookup",
    source: include_str!("lookup.rs"),
    title: "read the slot, take the folio, read the slot again; freeze, clear the slot, free",
    mirrors: "mm/filemap.c filemap_get_entry(), page_cache_delete(), mm/vmscan.c __remove_mapping()",
    checks: &[entry::<BesideRemoval<1>>(), entry::<BesideRemoval<2>>(), entry::<BesideRemoval<3>>()],
    mutants: MUTANTS,
    broken: &[],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(ONE, TRY_GET, Change::Rewrite, Killer::Interleaving),
    mutant(ONE, TRY_GET, Change::Tear, Killer::Interleaving),
    mutant(ONE, TRY_GET, Change::Relax, Killer::WeakMemory),
    mutant(ONE, RELOAD, Change::Omit, Killer::Interleaving).lkmm("L6-noreload"),
    mutant(ONE, PUT, Change::Relax, Killer::WeakMemory),
    mutant(TWO, PUT, Change::Tear, Killer::Interleaving),
    mutant(ONE, FREEZE, Change::Relax, Killer::WeakMemory),
    mutant(ONE, FREEZE, Change::Rewrite, Killer::Interleaving),
    mutant(ONE, CLEAR_SLOT, Change::Rewrite, Killer::Interleaving),
    mutant(ONE, USE_AGAIN, Change::Relax, Killer::WeakMemory).lkmm("L6-setrelaxed"),
];
