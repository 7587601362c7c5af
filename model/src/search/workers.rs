//! What the threads of a search do with a batch of states: expand them, and insert what they find.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::expand::{Expander, Space, Unfit};
use super::key::Key;
use super::levels::Levels;
use super::states::{Found, States};
use super::table::Full;
use crate::system::System;
use crate::system::symmetry::Symmetry;

/// States that a thread takes from a batch at once.
const BLOCK: usize = 1 << 9;
/// States whose successors are looked up together, so that their cache misses overlap.
const GROUP: usize = 16;

/// One thread's means.
pub(super) struct Worker<const W: usize> {
    pub expander: Expander,
    /// States of the next level that it found.
    pub fresh: Vec<Key<W>>,
    /// Successors that were not looked up yet.
    found: Vec<Found<W>>,
}

impl<const W: usize> Worker<W> {
    pub fn new(system: &System, symmetry: &Symmetry) -> Self {
        Worker::having(Expander::new(system, symmetry), Vec::new())
    }

    /// One that found states of the next level before.
    pub fn having(expander: Expander, fresh: Vec<Key<W>>) -> Self {
        Worker { expander, fresh, found: Vec::new() }
    }
}

/// Why a thread stopped in the middle of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The store must grow.
    Full,
    /// The key must be wider.
    Wide,
    /// A component has more values than a search can tell apart.
    TooMany,
}

impl From<Unfit> for Stop {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Wide => Stop::Wide,
            Unfit::TooMany => Stop::TooMany,
        }
    }
}

/// What one thread did in a batch.
#[derive(Default)]
struct Share {
    transitions: u64,
    stop: Option<Stop>,
}

/// States of one list of the frontier.
#[derive(Clone)]
pub(super) struct Batch {
    pub list: usize,
    pub keys: Range<usize>,
}

impl Batch {
    pub fn len(&self) -> usize {
        self.keys.len()
    }
}

/// A batch in pieces that a thread takes at once, the first one last.
pub(super) fn blocks(batch: Batch) -> Vec<Batch> {
    let Batch { list, keys } = batch;
    let block = |start: usize| Batch { list, keys: start..keys.end.min(start + BLOCK) };
    let mut blocks: Vec<Batch> = keys.clone().step_by(BLOCK).map(block).collect();
    blocks.reverse();
    blocks
}

/// What threads look at together.
pub(super) struct Shared<'s, 'a, const W: usize> {
    pub space: &'s Space<'a>,
    pub states: &'s States<W>,
    pub levels: &'s Levels<W>,
    pub depth: u32,
}

/// What came of some work.
pub(super) struct Done {
    /// What is left, because some thread had to stop. Repeating it does no harm: insertion finds what is there already.
    pub rest: Vec<Batch>,
    /// Steps.
    pub transitions: u64,
    /// States found so far.
    pub states: usize,
    stops: Vec<Stop>,
}

impl Done {
    /// Whether some thread stopped for this reason.
    pub fn stopped(&self, why: Stop) -> bool {
        self.stops.contains(&why)
    }
}

/// Expands states, one thread for each worker.
pub(super) fn expand_all<const W: usize>(workers: &mut [Worker<W>], shared: &Shared<W>, work: Vec<Batch>) -> Done {
    let found = AtomicUsize::new(shared.states.len);
    let queue = Queue { work: Mutex::new(work), closed: AtomicBool::new(false), found: &found };
    let shares = on_threads(workers, |worker| share(shared, &queue, worker));
    Done {
        rest: queue.work.into_inner().unwrap_or_else(PoisonError::into_inner),
        transitions: shares.iter().map(|share| share.transitions).sum(),
        states: found.into_inner(),
        stops: shares.iter().filter_map(|share| share.stop).collect(),
    }
}

/// The work of a batch. Once a thread must stop, the others do too.
struct Queue<'q> {
    work: Mutex<Vec<Batch>>,
    closed: AtomicBool,
    /// States found so far.
    found: &'q AtomicUsize,
}

impl Queue<'_> {
    fn take(&self) -> Option<Batch> {
        match self.closed.load(Ordering::Relaxed) {
            true => None,
            false => self.work.lock().unwrap_or_else(PoisonError::into_inner).pop(),
        }
    }

    fn close(&self, rest: Batch) {
        self.closed.store(true, Ordering::Relaxed);
        self.work.lock().unwrap_or_else(PoisonError::into_inner).push(rest);
    }
}

/// One thread for each worker; none is started for one alone.
pub(super) fn on_threads<const W: usize, R: Send>(
    workers: &mut [Worker<W>],
    work: impl Fn(&mut Worker<W>) -> R + Sync,
) -> Vec<R> {
    if let [alone] = workers {
        return vec![work(alone)];
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers.iter_mut().map(|worker| scope.spawn(|| work(worker))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<R>| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}

/// Expands states of a batch, in its order, until there are no more.
fn share<const W: usize>(shared: &Shared<W>, queue: &Queue, worker: &mut Worker<W>) -> Share {
    let mut share = Share::default();
    while let Some(Batch { list, keys }) = queue.take() {
        let before = worker.fresh.len();
        for start in keys.clone().step_by(GROUP) {
            let group = &shared.levels.frontier[list][start..keys.end.min(start + GROUP)];
            match expand(shared, worker, group) {
                Ok(steps) => share.transitions += steps,
                Err(stop) => {
                    queue.found.fetch_add(worker.fresh.len() - before, Ordering::Relaxed);
                    queue.close(Batch { list, keys: start..keys.end });
                    share.stop = Some(stop);
                    return share;
                }
            }
        }
        let fresh = worker.fresh.len() - before;
        if queue.found.fetch_add(fresh, Ordering::Relaxed) + fresh > shared.states.capacity() {
            queue.close(Batch { list, keys: 0..0 });
            share.stop = Some(Stop::Full);
            return share;
        }
    }
    share
}

/// Finds the successors of some states, and those that are new; yields the number of steps.
fn expand<const W: usize>(shared: &Shared<W>, worker: &mut Worker<W>, group: &[Key<W>]) -> Result<u64, Stop> {
    let Worker { expander, found, fresh } = worker;
    let mut steps = 0;
    found.clear();
    for key in group {
        steps +=
            expander.successors(shared.space, key, shared.depth, |_, next| found.push(shared.states.touch(next)))?;
    }
    shared.states.insert_all(found, fresh).map_err(|Full| Stop::Full)?;
    Ok(steps)
}
