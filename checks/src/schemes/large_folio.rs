//! T11: a large folio's pins have a count of their own beside the references.
//!
//! John Hubbard, 2020 (commit 47e29d32afba), today `_pincount`: mm/gup.c try_grab_folio_fast(), gup_put_folio(). A bias in
//! the references of a head page overflows where every tail page may be pinned; an exact count does not, and has no false
//! positives. It costs a second atomic in a second word: the second step of a pin is void, and the barrier behind it is
//! what orders it (gup_fast, anon_exclusive and fork have the races; here are the counts).

use crate::mutants::{Change, Killer, Mutant, mutant};
use crate::run::{Check, entry};
use crate::schemes::Scheme;
use crate::schemes::counting::{
    AskedByFour, AskedByStranger, AskedByThree, AskedByTwo, HandedOver, Run, Twice, TwoPins, TwoRounds,
};
use crate::schemes::folio::{COUNT, DROP_PINCOUNT, DROP_REFS, LargeFolio, TAKE};

const TWO: &str = <Run<LargeFolio, AskedByTwo> as Check>::NAME;

/// The scheme.
pub const SCHEME: Scheme = Scheme {
    name: "large_folio",
    source: include_str!("large_folio.rs"),
    title: "T11: a pin is one reference and one in a count of its own",
    mirrors: "mm/gup.c try_grab_folio_fast(), gup_put_folio(), include/linux/mm.h folio_maybe_dma_pinned()",
    checks: &[
        entry::<Run<LargeFolio, TwoPins>>(),
        entry::<Run<LargeFolio, AskedByTwo>>(),
        entry::<Run<LargeFolio, AskedByStranger>>(),
        entry::<Run<LargeFolio, TwoRounds>>(),
        entry::<Run<LargeFolio, Twice>>(),
        entry::<Run<LargeFolio, HandedOver>>(),
        entry::<Run<LargeFolio, AskedByThree>>(),
        entry::<Run<LargeFolio, AskedByFour>>(),
    ],
    mutants: MUTANTS,
    broken: &[],
    programs: &[],
};

const MUTANTS: &[Mutant] = &[
    mutant(TWO, TAKE, Change::Omit, Killer::Interleaving),
    mutant(TWO, TAKE, Change::Tear, Killer::Interleaving),
    mutant(TWO, COUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, COUNT, Change::Tear, Killer::Interleaving),
    mutant(TWO, DROP_PINCOUNT, Change::Omit, Killer::Interleaving),
    mutant(TWO, DROP_PINCOUNT, Change::Tear, Killer::Interleaving),
    mutant(TWO, DROP_REFS, Change::Omit, Killer::Interleaving),
    mutant(TWO, DROP_REFS, Change::Tear, Killer::Interleaving),
];
