//! Why a backend shows something else than C11 has.

use super::Shows::{self, Unlike};

/// shuttle runs one step after another on one memory, whatever their orders.
pub const INTERLEAVED: Shows = Unlike("sequential consistency only");
/// loom 0.7.3, rt/thread.rs: `Set::seq_cst()` is empty, `Set::seq_cst_fence()` is not.
pub const ACQREL: Shows = Unlike("SeqCst accesses count as AcqRel");
/// loom runs each thread in order, and no load reads a store that is still to come.
pub const IN_ORDER: Shows = Unlike("load buffering is not explored");
/// loom 0.7.3, rt/atomic.rs: `State::match_rmw_to_stores()` offers the newest of the stores so far.
pub const NEWEST: Shows = Unlike("a read-modify-write reads the newest store so far, even if it fails");
/// loom 0.7.3, rt/mod.rs: `MAX_ATOMIC_HISTORY`.
pub const HISTORY: Shows = Unlike("only the last 7 stores are kept");
/// loom 0.7.3, rt/thread.rs and rt/atomic.rs: a thread that yielded waits while others can run, and does not load again
/// what it loaded before if there is something newer. So even interleavings are missing: whoever yields makes progress.
pub const PROGRESS: Shows = Unlike("whoever yields lets the others run, and then reads something newer");
/// `platform::Relaxed`, which stands for plain memory on shuttle, is nothing that shuttle knows of.
pub const UNWATCHED: Shows = Unlike("plain memory is not watched");
/// Executions without an end are executions: an exploration of all of them is given up at a bound of steps.
pub const ENDLESS: Shows = Unlike("executions that stay in the loop are explored, too");
/// loom 0.7.3, rt/mod.rs: `MAX_THREADS`.
pub const THREADS: Shows = Unlike("there can be 5 threads, with the main one");
