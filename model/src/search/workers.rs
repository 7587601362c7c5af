//! What the threads of a search do with a batch of states: expand them, and insert what they find.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::expand::{Expander, Space, Unfit};
use super::key::Key;
use super::levels::Levels;
use super::states::{Found, States};
use super::table::Full;
use crate::system::System;
use crate::system::symmetry::Symmetry;

/// States that a thread takes from a batch at once.
const BLOCK: usize = 1 << 8;
/// States whose successors are looked up together, so that their cache misses overlap.
const GROUP: usize = 16;

/// One thread's means.
pub(super) struct Worker<const W: usize> {
    pub expander: Expander,
    /// States of the next level that it found, a list for each thread: of those whose memory that thread owns.
    pub fresh: Vec<Vec<Key<W>>>,
    /// Successors that were not looked up yet.
    found: Vec<Found<W>>,
    /// Those of them that are new, and in no list yet.
    new: Vec<Key<W>>,
}

impl<const W: usize> Worker<W> {
    pub fn new(system: &System, symmetry: &Symmetry) -> Self {
        Worker::having(Expander::new(system, symmetry), vec![Vec::new()])
    }

    /// One that found states of the next level before.
    pub fn having(expander: Expander, fresh: Vec<Vec<Key<W>>>) -> Self {
        Worker { expander, fresh, found: Vec::new(), new: Vec::new() }
    }

    /// States of the next level that it found.
    pub fn found(&self) -> usize {
        self.fresh.iter().map(Vec::len).sum()
    }

    /// Puts what is new into the lists of those who own its memory. Which thread owns what does not matter; that it is the
    /// same one always, does: it fires the steps of that memory's states, and no other has to. (Measured on 0.9 million
    /// states of 0.6 million pairs, two threads: with states shared out as they came, 1.7 times the CPU time of one
    /// thread; so, 1.35 times.)
    fn deal(&mut self, space: &Space) {
        if let [all] = &mut self.fresh[..] {
            all.append(&mut self.new);
            return;
        }
        let (memory, owners) = (space.layout.fields[0], self.fresh.len());
        for key in self.new.drain(..) {
            self.fresh[memory.get(&key) as usize % owners].push(key);
        }
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

/// A batch in pieces that a thread takes at once.
pub(super) fn blocks(batch: &Batch) -> VecDeque<Batch> {
    let Batch { list, keys } = batch;
    let block = |start: usize| Batch { list: *list, keys: start..keys.end.min(start + BLOCK) };
    keys.clone().step_by(BLOCK).map(block).collect()
}

/// What threads look at together.
pub(super) struct Shared<'s, 'a, const W: usize> {
    pub space: &'s Space<'a>,
    pub states: &'s States<W>,
    pub levels: &'s Levels<W>,
    pub depth: u32,
}

/// What is to be expanded, in blocks, for each list of the frontier.
pub(super) type Work = Vec<VecDeque<Batch>>;

/// What came of some work.
pub(super) struct Done {
    /// What is left, because some thread had to stop. Repeating it does no harm: insertion finds what is there already.
    pub rest: Work,
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
pub(super) fn expand_all<const W: usize>(workers: &mut [Worker<W>], shared: &Shared<W>, work: Work) -> Done {
    let found = AtomicUsize::new(shared.states.len);
    let work = work.into_iter().map(Mutex::new).collect();
    let queue = Queue { work, closed: AtomicBool::new(false), found: &found };
    let shares = on_threads(workers, |number, worker| share(shared, &queue, number, worker));
    Done {
        rest: queue
            .work
            .into_iter()
            .map(|blocks| blocks.into_inner().unwrap_or_else(PoisonError::into_inner))
            .collect(),
        transitions: shares.iter().map(|share| share.transitions).sum(),
        states: found.into_inner(),
        stops: shares.iter().filter_map(|share| share.stop).collect(),
    }
}

/// The work of a batch. Once a thread must stop, the others do too.
struct Queue<'q> {
    work: Vec<Mutex<VecDeque<Batch>>>,
    closed: AtomicBool,
    /// States found so far.
    found: &'q AtomicUsize,
}

impl Queue<'_> {
    /// The next block of the thread's own list; once there is none, the last of another's. That has other memory than
    /// what its owner is at, and no row is fired by both.
    fn take(&self, thread: usize) -> Option<Batch> {
        if self.closed.load(Ordering::Relaxed) {
            return None;
        }
        let own = (thread < self.work.len()).then(|| self.blocks(thread).pop_front()).flatten();
        own.or_else(|| {
            let mut lists = (0..self.work.len()).map(|further| (thread + further) % self.work.len());
            lists.find_map(|list| self.blocks(list).pop_back())
        })
    }

    fn close(&self, rest: Batch) {
        self.closed.store(true, Ordering::Relaxed);
        self.blocks(rest.list).push_front(rest);
    }

    fn blocks(&self, list: usize) -> MutexGuard<'_, VecDeque<Batch>> {
        self.work[list].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread for each worker; none is started for one alone.
pub(super) fn on_threads<const W: usize, R: Send>(
    workers: &mut [Worker<W>],
    work: impl Fn(usize, &mut Worker<W>) -> R + Sync,
) -> Vec<R> {
    if let [alone] = workers {
        return vec![work(0, alone)];
    }
    let work = &work;
    std::thread::scope(|scope| {
        let numbered = workers.iter_mut().enumerate();
        let threads: Vec<_> = numbered.map(|(number, worker)| scope.spawn(move || work(number, worker))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<R>| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}

/// Expands states of a batch, in its order, until there are no more.
fn share<const W: usize>(shared: &Shared<W>, queue: &Queue, number: usize, worker: &mut Worker<W>) -> Share {
    let mut share = Share::default();
    while let Some(Batch { list, keys }) = queue.take(number) {
        let before = worker.found();
        for start in keys.clone().step_by(GROUP) {
            let group = &shared.levels.frontier[list].keys[start..keys.end.min(start + GROUP)];
            match expand(shared, worker, group) {
                Ok(steps) => share.transitions += steps,
                Err(stop) => {
                    queue.found.fetch_add(worker.found() - before, Ordering::Relaxed);
                    queue.close(Batch { list, keys: start..keys.end });
                    share.stop = Some(stop);
                    return share;
                }
            }
        }
        let fresh = worker.found() - before;
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
    let Worker { expander, found, new, .. } = worker;
    let mut steps = 0;
    found.clear();
    for key in group {
        steps +=
            expander.successors(shared.space, key, shared.depth, |_, next| found.push(shared.states.touch(next)))?;
    }
    let inserted = shared.states.insert_all(found, new);
    worker.deal(shared.space);
    inserted.map(|()| steps).map_err(|Full| Stop::Full)
}
