//! The order of stores, to one word and to two, and who sees which.

use std::sync::atomic::Ordering::{Acquire as Acq, Relaxed as Rlx, Release as Rel, SeqCst as Sc};

use super::Asked::Answers;
use super::C11::{Allowed, Forbidden};
use super::Place::{X, Y};
use super::Shows::AsC11;
use super::Step::{Add, Cas, Fence, Load, Store};
use super::reasons::{ACQREL, INTERLEAVED};
use super::{Family, row};

/// The families, in the order of the table.
pub const FAMILIES: &[Family] = &[S, R, TWO_PLUS_TWO_W, IRIW, RWC, CO_RR, CO_WR, CO_RW, LOST, BOTH_FIRST];

const S: Family = Family {
    name: "S",
    question: "the flag is seen, and the store behind it comes first",
    asked: Answers(&[1, 2]),
    ends: &[X],
    rows: &[
        row(
            "relaxed",
            &[&[Store(X, 2, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Store(X, 1, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release, acquire",
            &[&[Store(X, 2, Rlx), Store(Y, 1, Rel)], &[Load(Y, Acq), Store(X, 1, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
    ],
};

const R: Family = Family {
    name: "R",
    question: "the second thread stores last, and reads the old value",
    asked: Answers(&[0, 2]),
    ends: &[Y],
    rows: &[
        row(
            "relaxed",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Store(Y, 2, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release, acquire",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rel)], &[Store(Y, 2, Rel), Load(X, Acq)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "SeqCst accesses",
            &[&[Store(X, 1, Sc), Store(Y, 1, Sc)], &[Store(Y, 2, Sc), Load(X, Sc)]],
            Forbidden,
            ACQREL,
            AsC11,
        ),
        row(
            "SeqCst fences",
            &[&[Store(X, 1, Rlx), Fence(Sc), Store(Y, 1, Rlx)], &[Store(Y, 2, Rlx), Fence(Sc), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
    ],
};

const TWO_PLUS_TWO_W: Family = Family {
    name: "2+2W",
    question: "each thread's first store comes last",
    asked: Answers(&[1, 1]),
    ends: &[X, Y],
    rows: &[
        row(
            "relaxed",
            &[&[Store(X, 1, Rlx), Store(Y, 2, Rlx)], &[Store(Y, 1, Rlx), Store(X, 2, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release",
            &[&[Store(X, 1, Rel), Store(Y, 2, Rel)], &[Store(Y, 1, Rel), Store(X, 2, Rel)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "SeqCst accesses",
            &[&[Store(X, 1, Sc), Store(Y, 2, Sc)], &[Store(Y, 1, Sc), Store(X, 2, Sc)]],
            Forbidden,
            ACQREL,
            AsC11,
        ),
        row(
            "SeqCst fences",
            &[&[Store(X, 1, Rlx), Fence(Sc), Store(Y, 2, Rlx)], &[Store(Y, 1, Rlx), Fence(Sc), Store(X, 2, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
    ],
};

const IRIW: Family = Family {
    name: "IRIW",
    question: "the readers see the two stores in opposite order",
    asked: Answers(&[1, 0, 1, 0]),
    ends: &[],
    rows: &[
        row(
            "relaxed",
            &[&[Store(X, 1, Rlx)], &[Store(Y, 1, Rlx)], &[Load(X, Rlx), Load(Y, Rlx)], &[Load(Y, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release, acquire",
            &[&[Store(X, 1, Rel)], &[Store(Y, 1, Rel)], &[Load(X, Acq), Load(Y, Acq)], &[Load(Y, Acq), Load(X, Acq)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "SeqCst accesses",
            &[&[Store(X, 1, Sc)], &[Store(Y, 1, Sc)], &[Load(X, Sc), Load(Y, Sc)], &[Load(Y, Sc), Load(X, Sc)]],
            Forbidden,
            ACQREL,
            AsC11,
        ),
        row(
            "SeqCst fences",
            &[
                &[Store(X, 1, Rlx)],
                &[Store(Y, 1, Rlx)],
                &[Load(X, Rlx), Fence(Sc), Load(Y, Rlx)],
                &[Load(Y, Rlx), Fence(Sc), Load(X, Rlx)],
            ],
            Forbidden,
            AsC11,
            AsC11,
        ),
    ],
};

const RWC: Family = Family {
    name: "RWC",
    question: "one who saw the store misses a store whose thread misses the first one",
    asked: Answers(&[1, 0, 0]),
    ends: &[],
    rows: &[
        row(
            "release, acquire",
            &[&[Store(X, 1, Rel)], &[Load(X, Acq), Load(Y, Acq)], &[Store(Y, 1, Rel), Load(X, Acq)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "SeqCst fences",
            &[
                &[Store(X, 1, Rlx)],
                &[Load(X, Rlx), Fence(Sc), Load(Y, Rlx)],
                &[Store(Y, 1, Rlx), Fence(Sc), Load(X, Rlx)],
            ],
            Forbidden,
            AsC11,
            AsC11,
        ),
    ],
};

const CO_RR: Family = Family {
    name: "CoRR",
    question: "the new value, then the old one",
    asked: Answers(&[1, 0]),
    ends: &[],
    rows: &[row("relaxed", &[&[Store(X, 1, Rlx)], &[Load(X, Rlx), Load(X, Rlx)]], Forbidden, AsC11, AsC11)],
};

const CO_WR: Family = Family {
    name: "CoWR",
    question: "another thread's value is read after the own store, which comes last",
    asked: Answers(&[2, 1]),
    ends: &[X],
    rows: &[row("relaxed", &[&[Store(X, 1, Rlx), Load(X, Rlx)], &[Store(X, 2, Rlx)]], Forbidden, AsC11, AsC11)],
};

const CO_RW: Family = Family {
    name: "CoRW",
    question: "another thread's value is read before the own store, and comes last",
    asked: Answers(&[2, 2]),
    ends: &[X],
    rows: &[row("relaxed", &[&[Load(X, Rlx), Store(X, 1, Rlx)], &[Store(X, 2, Rlx)]], Forbidden, AsC11, AsC11)],
};

const LOST: Family = Family {
    name: "fetch-add beside fetch-add",
    question: "both find the first value",
    asked: Answers(&[0, 0]),
    ends: &[],
    rows: &[row("relaxed", &[&[Add(X, 1, Rlx)], &[Add(X, 1, Rlx)]], Forbidden, AsC11, AsC11)],
};

const BOTH_FIRST: Family = Family {
    name: "compare-exchange beside compare-exchange",
    question: "both succeed",
    asked: Answers(&[0, 0]),
    ends: &[],
    rows: &[row("relaxed", &[&[Cas(X, 0, 1, Rlx)], &[Cas(X, 0, 2, Rlx)]], Forbidden, AsC11, AsC11)],
};
