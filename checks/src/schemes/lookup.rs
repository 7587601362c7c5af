//! Page-cache lookup without a lock: read the slot, take the folio, read the slot again. Beside removal (L6) and beside
//! migration (L5).
//!
//! mm/filemap.c filemap_get_entry(). The folio that the slot named may be freed and used for something else before the
//! reference is taken. Nobody takes one from a count of zero; and whoever took one from the *next* user's count finds the
//! slot changed, because the remover changed it before the count came back. In the kernel it comes back through the page
//! allocator, whose lock orders it; here by a release store, which is weaker and enough (lkmm L6-lockchain: Never).
//! mm/migrate.c __folio_migrate_mapping() gives the slot to the new folio while the old one is frozen, and unfreezes it without
//! the page cache's reference. page_ref_unfreeze() is a release for this: whoever takes the old folio after it finds the slot
//! changed.

use crate::kernel::{Atomic, Data, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::Scheme;
use crate::schemes::folio::{FREEZE, Folio, PUT, TRY_GET};

/// The page cache's reference; or the next user's; or, of a folio that was isolated, its isolator's.
const REFS: i32 = 1;
/// The slot names the folio.
const OLD: i32 = 1;
/// The slot names the folio that it was migrated to.
const NEW: i32 = 2;
/// What the folio holds: the file's data, or the next user's.
const FILE: i32 = 1;
const OTHER: i32 = 2;

const LOAD: &str = "filemap_get_entry: xas_load";
const RELOAD: &str = "filemap_get_entry: xas_reload";
const CLEAR_SLOT: &str = "page_cache_delete: clear the slot";
const USE_AGAIN: &str = "the next user's reference";
const REPLACE: &str = "__folio_migrate_mapping: xas_store";
const UNFREEZE: &str = "folio_ref_unfreeze";

/// A slot of the page cache, and the folio that it names.
pub struct Cache<P: Platform> {
    slot: Atomic<P>,
    folio: Folio<P>,
    data: Data<P>,
}

impl<P: Platform> Cache<P> {
    fn new(kernel: &Kernel, refs: i32) -> Self {
        Cache {
            slot: Atomic::new(kernel, "mappings[0].slot[0]", OLD),
            folio: Folio::new(kernel, false, refs),
            data: Data::new(FILE),
        }
    }

    /// mm/filemap.c filemap_get_entry(), once: true if the folio is taken; else the kernel would try again.
    fn filemap_get_entry(&self, kernel: &Kernel) -> bool {
        if self.slot.read(LOAD) != OLD || !self.folio.folio_try_get(kernel) {
            return false;
        }
        let same = kernel.mutated(RELOAD, Change::Omit) || self.slot.read(RELOAD) == OLD;
        if !same {
            let _ = self.folio.folio_put();
        }
        same
    }

    /// What a reader finds in the folio; 0 if it has none.
    fn read(&self, kernel: &Kernel) -> i32 {
        if !self.filemap_get_entry(kernel) {
            return 0;
        }
        let data = self.data.read();
        let _ = self.folio.folio_put();
        data
    }

    /// mm/migrate.c __folio_migrate_mapping() of an isolated folio: true if the slot names another one now.
    fn migrate(&self, kernel: &Kernel) -> bool {
        if !self.folio.folio_ref_freeze(kernel, REFS + 1) {
            return false;
        }
        let late = kernel.mutated(REPLACE, Change::Rewrite);
        if !late {
            self.slot.set(REPLACE, NEW);
        }
        // without the page cache's reference
        self.folio.refcount.set_release(UNFREEZE, REFS);
        if late {
            self.slot.set(REPLACE, NEW);
        }
        true
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
        Cache::new(kernel, REFS)
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

/// Lookups, whose references stay, beside migration.
pub struct BesideMigration<const LOOKUPS: usize>;

impl<const LOOKUPS: usize> Check for BesideMigration<LOOKUPS> {
    type Shared<P: Platform> = Cache<P>;
    const NAME: &'static str = match LOOKUPS {
        1 => "lookup beside migration",
        _ => "two lookups beside migration",
    };
    const THREADS: usize = LOOKUPS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Cache<P> {
        Cache::new(kernel, REFS + 1)
    }

    fn run<P: Platform>(kernel: &Kernel, cache: &Cache<P>, thread: usize) -> i32 {
        i32::from(if thread == 0 { cache.migrate(kernel) } else { cache.filemap_get_entry(kernel) })
    }

    fn judge<P: Platform>(cache: &Cache<P>, results: &[i32]) -> Result<(), String> {
        let (migrated, taken) = (results[0], results[1..].iter().sum::<i32>());
        // a reference from before the freeze would have kept the freeze from happening
        if migrated == 1 && taken > 0 {
            return Err("a lookup found the folio in a slot that names another one".into());
        }
        cache.folio.balanced(REFS + 1 - migrated + taken, 0)
    }
}

const MIGRATION: &str = <BesideMigration<1> as Check>::NAME;
const ONE: &str = <BesideRemoval<1> as Check>::NAME;
const TWO: &str = <BesideRemoval<2> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "lookup",
    source: include_str!("lookup.rs"),
    title: "read the slot, take the folio, read the slot again; freeze, change the slot, free or unfreeze",
    mirrors: "mm/filemap.c filemap_get_entry(), page_cache_delete(), mm/vmscan.c __remove_mapping(), mm/migrate.c __folio_migrate_mapping()",
    checks: &[
        entry::<BesideRemoval<1>>(),
        entry::<BesideRemoval<2>>(),
        entry::<BesideRemoval<3>>(),
        entry::<BesideMigration<1>>(),
        entry::<BesideMigration<2>>(),
    ],
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
    mutant(MIGRATION, RELOAD, Change::Omit, Killer::Interleaving),
    mutant(MIGRATION, TRY_GET, Change::Relax, Killer::WeakMemory),
    mutant(MIGRATION, TRY_GET, Change::AcquireRelease, Killer::Equivalent(READS_UNFREEZE)),
    mutant(MIGRATION, REPLACE, Change::Rewrite, Killer::Interleaving),
    mutant(MIGRATION, UNFREEZE, Change::Relax, Killer::WeakMemory).lkmm("L5-relaxed"),
    mutant(MIGRATION, UNFREEZE, Change::Omit, Killer::Interleaving),
];

const READS_UNFREEZE: &str = "it reads what the unfreeze wrote: message passing, for which acquire is enough";
