//! Two threads, each of which reads what the other stores: store buffering and load buffering.

use std::sync::atomic::Ordering::{AcqRel, Acquire as Acq, Relaxed as Rlx, Release as Rel, SeqCst as Sc};

use super::Asked::Answers;
use super::C11::{Allowed, Forbidden};
use super::Place::{X, Y};
use super::Shows::AsC11;
use super::Step::{Add, Fence, Load, Store};
use super::reasons::{ACQREL, IN_ORDER, INTERLEAVED};
use super::{Family, row};

/// The families, in the order of the table.
pub const FAMILIES: &[Family] = &[SB, SB_RMW, LB];

const SB: Family = Family {
    name: "SB",
    question: "both threads read the old value",
    asked: Answers(&[0, 0]),
    ends: &[],
    rows: &[
        row(
            "relaxed",
            &[&[Store(X, 1, Rlx), Load(Y, Rlx)], &[Store(Y, 1, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "release, acquire",
            &[&[Store(X, 1, Rel), Load(Y, Acq)], &[Store(Y, 1, Rel), Load(X, Acq)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "SeqCst accesses",
            &[&[Store(X, 1, Sc), Load(Y, Sc)], &[Store(Y, 1, Sc), Load(X, Sc)]],
            Forbidden,
            ACQREL,
            AsC11,
        ),
        row(
            "SeqCst fences",
            &[&[Store(X, 1, Rlx), Fence(Sc), Load(Y, Rlx)], &[Store(Y, 1, Rlx), Fence(Sc), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "AcqRel fences",
            &[&[Store(X, 1, Rlx), Fence(AcqRel), Load(Y, Rlx)], &[Store(Y, 1, Rlx), Fence(AcqRel), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "one SeqCst fence",
            &[&[Store(X, 1, Rlx), Fence(Sc), Load(Y, Rlx)], &[Store(Y, 1, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "SeqCst fence against SeqCst accesses",
            &[&[Store(X, 1, Rlx), Fence(Sc), Load(Y, Rlx)], &[Store(Y, 1, Sc), Load(X, Sc)]],
            Forbidden,
            ACQREL,
            AsC11,
        ),
    ],
};

/// The stores of SB, and its loads, as read-modify-writes.
const SB_RMW: Family = Family {
    name: "SB of read-modify-writes",
    question: "both threads read the old value",
    asked: Answers(&[0, 0, 0, 0]),
    ends: &[],
    rows: &[
        row(
            "SeqCst, then a SeqCst load",
            &[&[Add(X, 1, Sc), Load(Y, Sc)], &[Add(Y, 1, Sc), Load(X, Sc)]],
            Forbidden,
            ACQREL,
            AsC11,
        ),
        row(
            "relaxed, then a SeqCst fence and a load",
            &[&[Add(X, 1, Rlx), Fence(Sc), Load(Y, Rlx)], &[Add(Y, 1, Rlx), Fence(Sc), Load(X, Rlx)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "AcqRel for the loads, too",
            &[&[Add(X, 1, AcqRel), Add(Y, 0, AcqRel)], &[Add(Y, 1, AcqRel), Add(X, 0, AcqRel)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "relaxed for the loads, too",
            &[&[Add(X, 1, Rlx), Add(Y, 0, Rlx)], &[Add(Y, 1, Rlx), Add(X, 0, Rlx)]],
            Allowed,
            IN_ORDER,
            INTERLEAVED,
        ),
    ],
};

const LB: Family = Family {
    name: "LB",
    question: "both loads read what the other thread stores later",
    asked: Answers(&[1, 1]),
    ends: &[],
    rows: &[
        row(
            "relaxed",
            &[&[Load(X, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Store(X, 1, Rlx)]],
            Allowed,
            IN_ORDER,
            INTERLEAVED,
        ),
        row(
            "acquire, release",
            &[&[Load(X, Acq), Store(Y, 1, Rel)], &[Load(Y, Acq), Store(X, 1, Rel)]],
            Forbidden,
            AsC11,
            AsC11,
        ),
    ],
};
