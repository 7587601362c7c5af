//! Reclaim's freeze, then its dirty test (L4); somebody who takes a reference without a lock beside it (L3).
//!
//! mm/vmscan.c __remove_mapping(): freeze the references, and only then test for dirty: whoever dirtied the folio did so
//! before it dropped the reference that the freeze would have missed. The comment there gives both halves: the put must
//! release, the freeze must acquire. A folio that is dirty is unfrozen; what that publishes is seen in `lookup`.

use crate::kernel::{Atomic, Data, Kernel};
use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::platform::Platform;
use crate::run::{Check, entry};
use crate::schemes::Scheme;
use crate::schemes::folio::{FREEZE, Folio, PUT, TRY_GET};

/// The page cache's reference and that of whoever isolated the folio.
const REFS: i32 = 2;

/// Somebody else has a reference.
const REFERENCED: i32 = 0;
/// The folio is free.
const FREED: i32 = 1;
/// It was frozen, and is dirty.
const FOUND_DIRTY: i32 = 2;

const SET_DIRTY: &str = "unpin: set_page_dirty";
const DIRTY: &str = "__remove_mapping: folio_test_dirty";
const UNFREEZE: &str = "folio_ref_unfreeze";

/// A folio that somebody wants to take away.
pub struct Victim<P: Platform> {
    folio: Folio<P>,
    dirty: Atomic<P>,
    data: Data<P>,
}

impl<P: Platform> Victim<P> {
    fn new(kernel: &Kernel, holders: i32) -> Self {
        Victim {
            folio: Folio::new(kernel, false, REFS + holders),
            dirty: Atomic::new(kernel, "pages[0].dirty", 0),
            data: Data::new(0),
        }
    }

    /// Writes, says so, and drops the reference under which it wrote.
    fn write_and_put(&self, kernel: &Kernel, value: i32) {
        let late = kernel.mutated(SET_DIRTY, Change::Rewrite);
        self.data.write(value);
        if !late {
            self.dirty.set_bits(SET_DIRTY, 1);
        }
        let _ = self.folio.folio_put();
        if late {
            self.dirty.set_bits(SET_DIRTY, 1);
        }
    }

    /// mm/vmscan.c __remove_mapping(): what became of the folio; a free one is used again.
    fn remove_mapping(&self, kernel: &Kernel) -> i32 {
        let early = kernel.mutated(DIRTY, Change::Rewrite).then(|| self.dirty.read(DIRTY));
        if !self.folio.folio_ref_freeze(kernel, REFS) {
            return REFERENCED;
        }
        if early.unwrap_or_else(|| self.dirty.read(DIRTY)) == 1 {
            self.unfreeze();
            return FOUND_DIRTY;
        }
        self.data.write(-1);
        FREED
    }

    /// include/linux/page_ref.h folio_ref_unfreeze()
    fn unfreeze(&self) {
        self.folio.refcount.set_release(UNFREEZE, REFS);
    }
}

/// Writers that drop their reference, beside reclaim.
pub struct Written<const WRITERS: usize>;

impl<const WRITERS: usize> Check for Written<WRITERS> {
    type Shared<P: Platform> = Victim<P>;
    const NAME: &'static str = match WRITERS {
        1 => "a writer beside reclaim",
        _ => "two writers beside reclaim",
    };
    const THREADS: usize = WRITERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Victim<P> {
        Victim::new(kernel, WRITERS as i32)
    }

    fn run<P: Platform>(kernel: &Kernel, victim: &Victim<P>, thread: usize) -> i32 {
        if thread == 0 {
            return victim.remove_mapping(kernel);
        }
        // Two writers of one page are no race of the counting: only the first touches the data.
        if thread == 1 {
            victim.write_and_put(kernel, 1);
        } else {
            victim.dirty.set_bits(SET_DIRTY, 1);
            let _ = victim.folio.folio_put();
        }
        0
    }

    fn judge<P: Platform>(victim: &Victim<P>, results: &[i32]) -> Result<(), String> {
        match results[0] {
            FREED if victim.dirty.at_rest() == 1 => Err("a dirty folio was freed".into()),
            FREED => victim.folio.balanced(0, 0),
            _ => victim.folio.balanced(REFS, 0),
        }
    }
}

/// Somebody who takes a reference without a lock, beside reclaim of a clean folio.
pub struct Taken<const TAKERS: usize>;

impl<const TAKERS: usize> Check for Taken<TAKERS> {
    type Shared<P: Platform> = Victim<P>;
    const NAME: &'static str = match TAKERS {
        1 => "folio_try_get beside reclaim",
        _ => "three folio_try_get beside reclaim",
    };
    const THREADS: usize = TAKERS + 1;

    fn set_up<P: Platform>(kernel: &Kernel) -> Victim<P> {
        Victim::new(kernel, 0)
    }

    fn run<P: Platform>(kernel: &Kernel, victim: &Victim<P>, thread: usize) -> i32 {
        if thread == 0 { victim.remove_mapping(kernel) } else { i32::from(victim.folio.folio_try_get(kernel)) }
    }

    fn judge<P: Platform>(victim: &Victim<P>, results: &[i32]) -> Result<(), String> {
        match (results[0], results[1..].iter().sum()) {
            (FREED, 0) => victim.folio.balanced(0, 0),
            (FREED, _) => Err("a reference stands on a folio that was freed".into()),
            (_, taken) => victim.folio.balanced(REFS + taken, 0),
        }
    }
}

const WRITER: &str = <Written<1> as Check>::NAME;
const TWO_WRITERS: &str = <Written<2> as Check>::NAME;
const RECLAIM: &str = <Taken<1> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "reclaim",
    source: include_str!("reclaim.rs"),
    title: "freeze, then test for dirty; dirty, then put",
    mirrors: "mm/vmscan.c __remove_mapping(), include/linux/page_ref.h page_ref_freeze(), page_ref_unfreeze(), page_ref_add_unless()",
    checks: &[entry::<Written<1>>(), entry::<Written<2>>(), entry::<Taken<1>>(), entry::<Taken<3>>()],
    mutants: MUTANTS,
    broken: &[],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(WRITER, PUT, Change::Relax, Killer::WeakMemory).lkmm("L4-putrelaxed"),
    mutant(WRITER, PUT, Change::AcquireRelease, Killer::Equivalent(RELEASE_DOES)).lkmm("L4-putrelease"),
    mutant(TWO_WRITERS, PUT, Change::Tear, Killer::Interleaving),
    mutant(WRITER, SET_DIRTY, Change::Rewrite, Killer::Interleaving),
    mutant(WRITER, DIRTY, Change::Rewrite, Killer::Interleaving),
    mutant(WRITER, FREEZE, Change::Relax, Killer::WeakMemory).lkmm("L4-freezerelaxed"),
    mutant(WRITER, FREEZE, Change::AcquireRelease, Killer::Equivalent(ACQUIRE_DOES)).lkmm("L4-freezeacquire"),
    mutant(RECLAIM, FREEZE, Change::Tear, Killer::Interleaving),
    mutant(RECLAIM, FREEZE, Change::Rewrite, Killer::Interleaving),
    mutant(RECLAIM, TRY_GET, Change::Rewrite, Killer::Interleaving).lkmm("L3-fetchadd"),
    mutant(RECLAIM, TRY_GET, Change::Tear, Killer::Interleaving),
    mutant(WRITER, UNFREEZE, Change::Relax, Killer::Equivalent(NOBODY_TAKES)),
    mutant(WRITER, UNFREEZE, Change::Omit, Killer::Interleaving),
];

const RELEASE_DOES: &str =
    "the freeze reads what this wrote: message passing, for which release is enough (lkmm L4-putrelease: Never)";
const ACQUIRE_DOES: &str =
    "it reads what the put wrote: message passing, for which acquire is enough (lkmm L4-freezeacquire: Never)";
const NOBODY_TAKES: &str = "nobody takes a reference in this check; the lookup beside migration does, and dies";
