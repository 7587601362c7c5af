//! Shapes about what a backend keeps and watches: old values, plain memory, the mutex, loops that wait, threads.

use std::sync::atomic::Ordering::{Acquire as Acq, Relaxed as Rlx, Release as Rel};

use super::Asked::{Answers, Error};
use super::C11::{Allowed, Forbidden, Undefined};
use super::Place::{X, Y};
use super::Shows::AsC11;
use super::Step::{Await, Count, Fence, Load, Lock, Need, Read, Spin, Store, Unlock, Write, Yield};
use super::reasons::{ENDLESS, HISTORY, INTERLEAVED, PROGRESS, THREADS, UNWATCHED};
use super::{Family, Step, row};

/// The families, in the order of the table.
pub const FAMILIES: &[Family] = &[OLDEST_KEPT, OLDER, TWICE, STALE_TWICE, RACE, MUTEX, MUTEX_SB, AWAIT, CROWD];

/// Ten stores and a flag: loom can still read the last seven of them.
const TEN: &[&[Step]] = &[&[Count(X, 10, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Load(X, Rlx)]];

const OLDEST_KEPT: Family = Family {
    name: "the last but six of ten stores",
    question: "the flag is seen, and this value behind it",
    asked: Answers(&[1, 4]),
    ends: &[],
    rows: &[row("relaxed", TEN, Allowed, AsC11, INTERLEAVED)],
};

const OLDER: Family = Family {
    name: "the last but seven of ten stores",
    question: "the flag is seen, and this value behind it",
    asked: Answers(&[1, 3]),
    ends: &[],
    rows: &[row("relaxed", TEN, Allowed, HISTORY, INTERLEAVED)],
};

const TWICE: Family = Family {
    name: "two loads",
    question: "both read the old value",
    asked: Answers(&[0, 0]),
    ends: &[],
    rows: &[
        row("side by side", &[&[Store(X, 1, Rlx)], &[Load(X, Rlx), Load(X, Rlx)]], Allowed, AsC11, AsC11),
        row("yield in between", &[&[Store(X, 1, Rlx)], &[Load(X, Rlx), Yield, Load(X, Rlx)]], Allowed, PROGRESS, AsC11),
    ],
};

const STALE_TWICE: Family = Family {
    name: "two loads behind the flag",
    question: "the flag is seen, and both read the old value",
    asked: Answers(&[1, 0, 0]),
    ends: &[],
    rows: &[
        row(
            "side by side",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Load(X, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
        row(
            "yield in between",
            &[&[Store(X, 1, Rlx), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Load(X, Rlx), Yield, Load(X, Rlx)]],
            Allowed,
            PROGRESS,
            INTERLEAVED,
        ),
    ],
};

const RACE: Family = Family {
    name: "plain memory",
    question: "the program is refused for a data race",
    asked: Error(&["Causality violation"]),
    ends: &[],
    rows: &[
        row("write beside read", &[&[Write(1)], &[Read]], Undefined, AsC11, UNWATCHED),
        row("write beside write", &[&[Write(1)], &[Write(2)]], Undefined, AsC11, UNWATCHED),
        row("read beside read", &[&[Read], &[Read]], Forbidden, AsC11, AsC11),
        row(
            "behind a relaxed flag",
            &[&[Write(1), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Need(1), Read]],
            Undefined,
            AsC11,
            UNWATCHED,
        ),
        row(
            "behind a release flag, not acquired",
            &[&[Write(1), Store(Y, 1, Rel)], &[Load(Y, Rlx), Need(1), Read]],
            Undefined,
            AsC11,
            UNWATCHED,
        ),
        row(
            "behind a flag, release and acquire",
            &[&[Write(1), Store(Y, 1, Rel)], &[Load(Y, Acq), Need(1), Read]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "behind a flag, fences",
            &[&[Write(1), Fence(Rel), Store(Y, 1, Rlx)], &[Load(Y, Rlx), Need(1), Fence(Acq), Read]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "read, then written behind a relaxed flag",
            &[&[Read, Store(Y, 1, Rlx)], &[Load(Y, Rlx), Need(1), Write(1)]],
            Undefined,
            AsC11,
            UNWATCHED,
        ),
        row("under the mutex", &[&[Lock, Write(1), Unlock], &[Lock, Write(2), Unlock]], Forbidden, AsC11, AsC11),
    ],
};

const MUTEX: Family = Family {
    name: "MP under the mutex",
    question: "the flag is seen, and the old value",
    asked: Answers(&[1, 0]),
    ends: &[],
    rows: &[
        row(
            "relaxed",
            &[&[Lock, Store(X, 1, Rlx), Store(Y, 1, Rlx), Unlock], &[Lock, Load(Y, Rlx), Load(X, Rlx), Unlock]],
            Forbidden,
            AsC11,
            AsC11,
        ),
        row(
            "only the stores are",
            &[&[Lock, Store(X, 1, Rlx), Store(Y, 1, Rlx), Unlock], &[Load(Y, Rlx), Load(X, Rlx)]],
            Allowed,
            AsC11,
            INTERLEAVED,
        ),
    ],
};

const MUTEX_SB: Family = Family {
    name: "SB around the mutex",
    question: "both threads read the old value",
    asked: Answers(&[0, 0]),
    ends: &[],
    rows: &[row(
        "relaxed",
        &[&[Store(X, 1, Rlx), Lock, Unlock, Load(Y, Rlx)], &[Store(Y, 1, Rlx), Lock, Unlock, Load(X, Rlx)]],
        Forbidden,
        AsC11,
        AsC11,
    )],
};

const AWAIT: Family = Family {
    name: "a loop that waits",
    question: "the program is refused because it does not end",
    asked: Error(&["exceeded maximum number of branches", "exceeded max_steps bound"]),
    ends: &[],
    rows: &[
        row("with a yield", &[&[Store(Y, 1, Rlx)], &[Await(Y, 1, Rlx)]], Forbidden, AsC11, ENDLESS),
        row("without a yield", &[&[Store(Y, 1, Rlx)], &[Spin(Y, 1, Rlx)]], Forbidden, ENDLESS, ENDLESS),
    ],
};

const CROWD: Family = Family {
    name: "many threads",
    question: "the program is refused for their number",
    asked: Error(&["self.threads.len() < self.max()"]),
    ends: &[],
    rows: &[
        row("five", &[IDLE, IDLE, IDLE, IDLE, IDLE], Forbidden, AsC11, AsC11),
        row("six", &[IDLE, IDLE, IDLE, IDLE, IDLE, IDLE], Forbidden, THREADS, AsC11),
    ],
};

const IDLE: &[Step] = &[];
