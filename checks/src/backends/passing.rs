//! Message passing: one thread stores a value and then a flag, the others read the flag first.

use std::sync::atomic::Ordering::{AcqRel, Acquire as Acq, Relaxed as Rlx, Release as Rel};

use super::Asked::Answers;
use super::C11::{Allowed, Forbidden};
use super::Place::{X, Y};
use super::Shows::AsC11;
use super::Step::{Add, Cas, Fence, Load, Store};
use super::reasons::{INTERLEAVED, NEWEST};
use super::{Family, row};

/// The families, in the order of the table.
pub const FAMILIES: &[Family] = &[MP, WRC, SEQUENCE, SEQUENCE_RMW];

const MP: Family = Family {
    name: "MP",
    question: "the flag is seen, and the old value behind it",
    asked: Answers(&[1, 0]),
    ends: &[],
    rows: &[
        row(
            "relaxed",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release, acquire",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Load(Y, Acq), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "only release",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Load(Y, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "only acquire",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Acq), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release fence, acquire fence",
            &[&[Store(X, 1, Rlx), Fence(Rel), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Fence(Acq), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "release store, acquire fence",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Load(Y, Rlx), Fence(Acq), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "only a release fence",
            &[&[Store(X, 1, Rlx), Fence(Rel), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "only an acquire fence",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Fence(Acq), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "compare-exchange for the flag, succeeds",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Cas(Y, 1, 2, AcqRel), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "compare-exchange for the flag, fails",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Cas(Y, 2, 3, AcqRel), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "compare-exchange behind the flag, fails",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Cas(X, 2, 3, Rlx)]],
            Allowed,
            NEWEST,
            INTERLEAVED,
        ),
        row(
            "fetch-add behind the flag",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Add(X, 2, Rlx)]],
            Allowed,
            NEWEST,
            INTERLEAVED,
        ),
    ],
};

const WRC: Family = Family {
    name: "WRC",
    question: "the flag of one who saw the store is seen, and the old value behind it",
    asked: Answers(&[1, 1, 0]),
    ends: &[],
    rows: &[
        row(
            "relaxed",
            &[&[Store(X, 1, Rlx)], &[Load(X, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release, acquire",
            &[&[Store(X, 1, Rlx)], &[Load(X, Rlx), Store(Y, 1, Rel)], &[Load(Y, Acq), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
    ],
};

/// What a relaxed step in between does to a release that is acquired later.
const SEQUENCE: Family = Family {
    name: "release sequence",
    question: "the last value is acquired, and the old value read behind it",
    asked: Answers(&[2, 0, 2]),
    ends: &[Y],
    rows: &[
        row(
            "the own relaxed store",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel), Store(Y, 2, Rlx)], &[Load(Y, Acq), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "another thread's relaxed store",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Store(Y, 2, Rlx)], &[Load(Y, Acq), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
    ],
};

/// A read-modify-write continues it, whatever its order.
const SEQUENCE_RMW: Family = Family {
    name: "release sequence through another thread",
    question: "what came second is acquired, and the old value read behind it",
    asked: Answers(&[1, 2, 0]),
    ends: &[],
    rows: &[
        row(
            "relaxed fetch-add",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Add(Y, 1, Rlx)], &[Load(Y, Acq), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "relaxed load and store",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Load(Y, Rlx), Store(Y, 2, Rlx)], &[Load(Y, Acq), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
    ],
};
