//! Breadth-first search, level by level, on several threads: the least depth at which something is found is the length
//! of a shortest run to it.
//!
//! States get their numbers in the order in which threads find them; which states make a level does not depend on that,
//! and nothing that is reported depends on numbers.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::expand::{Expander, Space, Unfit};
use super::key::{Key, KeyLayout, hash};
use super::liveness::{Findings, Wanted, examine};
use super::notes::Notes;
use super::store::{Full, Spare, Store};
use super::values::Dictionary;
use super::*;
use crate::system::symmetry::Symmetry;

/// States expanded between two looks at the bounds.
const BATCH: usize = 1 << 16;
/// States that a thread takes from a batch at once.
const BLOCK: usize = 1 << 9;
/// States whose successors are looked up together, so that their cache misses overlap.
const GROUP: usize = 16;
/// The part of the memory limit that one thread's rows may take: one in so many.
const ROWS_SHARE: u64 = 8;
/// Batches smaller than this are not worth a second thread.
const ALONE: usize = 1 << 12;

/// A search in the middle of its work.
pub(super) struct Search<'a, const W: usize> {
    pub space: Space<'a>,
    pub store: Store<W>,
    /// The first state of each level, and the end of the last level that is complete.
    pub levels: Vec<usize>,
    /// States expanded: all before this one.
    pub expanded: usize,
    pub transitions: u64,
    /// Time taken so far, that before a checkpoint included.
    pub elapsed: Duration,
    /// What was noted before a checkpoint, and of the initial states.
    pub noted: Notes,
    /// What ran before a checkpoint.
    pub ran_before: Vec<Vec<Ran>>,
    pub expanders: Vec<Expander>,
}

/// Why a thread stopped in the middle of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
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
    spare: Spare,
    stop: Option<Stop>,
}

/// How [`Search::run`] ended.
pub(super) enum RunEnd {
    /// The frontier is drained, or a bound was hit.
    Ended(Option<Bound>),
    /// The key needs more words.
    TooWide,
}

impl<'a, const W: usize> Search<'a, W> {
    /// A search that has found the initial states; `None` if their keys do not fit.
    pub fn new(system: &'a System, symmetry: Symmetry) -> Option<Self> {
        let mut dictionary = Dictionary::new(system);
        let mut expander = Expander::new(system, &symmetry);
        let (states, violated) = system.beginnings();
        let mut notes = Notes::new(system);
        notes.violated(violated, 0);
        let mut numbers: Vec<Vec<u32>> = Vec::new();
        for state in &states {
            numbers.push(dictionary.parts.iter_mut().map(|part| part.number(state).0).collect());
            system.load(state, &mut expander.scratch);
            let (violated, exercised) = system.judge(&mut expander.scratch);
            notes.violated(violated, 0);
            notes.witnessed = notes.witnessed.union(exercised);
            for component in 0..system.components().len() {
                notes.reached(system, component, &expander.scratch, 0);
            }
        }
        let layout = KeyLayout::new::<W>(dictionary.counts())?;
        // Images of initial states are initial states: every number that they need is there.
        let space = Space { system, symmetry, dictionary: Mutex::new(dictionary), layout };
        let mut keys: Vec<Key<W>> = numbers.iter().map(|numbers| space.layout.pack(numbers)).collect();
        if let Some(quotient) = &mut expander.quotient {
            keys.iter_mut().try_for_each(|key| quotient.reduce(&space, key)).ok()?;
            let mut seen = BTreeSet::new();
            keys.retain(|key| seen.insert(*key));
        }
        // They are all different.
        let store = Store::of(&keys);
        let levels = vec![0, store.len()];
        Some(Search {
            space,
            store,
            levels,
            expanded: 0,
            transitions: 0,
            elapsed: Duration::ZERO,
            noted: notes,
            ran_before: system.scratch().covered,
            expanders: vec![expander],
        })
    }

    /// Goes on until the frontier is drained or a bound is hit.
    pub fn run(&mut self, limits: &Limits, clock: &mut Clock) -> RunEnd {
        while self.expanders.len() < limits.threads.max(1) {
            self.expanders.push(Expander::new(self.space.system, &self.space.symmetry));
        }
        while self.expanded < self.store.len() {
            let end = self.levels[self.levels.len() - 1];
            let batch = self.expanded..end.min(self.expanded + BATCH);
            let next = batch.end;
            match self.batch(batch) {
                Ok(transitions) => self.transitions += transitions,
                Err(Stop::Wide) => return RunEnd::TooWide,
                // More states or values than there are numbers for: no memory would do.
                Err(Stop::Full | Stop::TooMany) => return RunEnd::Ended(Some(Bound::Memory(limits.memory))),
            }
            self.expanded = next;
            self.expanders.iter_mut().for_each(|expander| expander.trim(limits.memory / ROWS_SHARE));
            if next == end && self.store.len() > end {
                self.levels.push(self.store.len());
            }
            self.elapsed = clock.elapsed();
            let bound = clock.bound(limits, self.bytes(), self.progress());
            let drained = self.expanded == self.store.len();
            (clock.keep)(self, drained || bound.is_some());
            if let Some(bound) = bound.filter(|_| !drained) {
                return RunEnd::Ended(Some(bound));
            }
        }
        RunEnd::Ended(None)
    }

    /// Expands some states of one level; yields the number of steps. A batch that stopped half-way may be repeated:
    /// insertion finds what is there already.
    fn batch(&mut self, batch: Range<usize>) -> Result<u64, Stop> {
        let mut transitions = 0;
        let order = self.by_memory(batch);
        let mut work: Vec<Range<usize>> =
            (0..order.len()).step_by(BLOCK).map(|at| at..order.len().min(at + BLOCK)).collect();
        work.reverse();
        while !work.is_empty() {
            let threads = if order.len() < ALONE { 1 } else { self.expanders.len() };
            let depth = self.depth();
            let (space, store) = (&self.space, &self.store);
            let queue = Queue { work: Mutex::new(work), closed: AtomicBool::new(false) };
            let shares = on_threads(&mut self.expanders[..threads], |expander| {
                share(space, (store, &order), &queue, expander, depth)
            });
            work = queue.work.into_inner().unwrap_or_else(PoisonError::into_inner);
            transitions += shares.iter().map(|share| share.transitions).sum::<u64>();
            self.store.give_back(shares.iter().filter_map(|share| share.spare));
            let stopped = |stop| shares.iter().any(|share| share.stop == Some(stop));
            if stopped(Stop::TooMany) {
                return Err(Stop::TooMany);
            }
            if stopped(Stop::Wide) && !self.widen() {
                return Err(Stop::Wide);
            }
            if stopped(Stop::Full) && !self.store.grow() {
                return Err(Stop::Full);
            }
        }
        Ok(transitions)
    }

    /// The states of a batch, those with the same memory together: they look up the same rows. (Measured on 15.7 million
    /// states of 77 million transitions, by profile: successors took 5.1 s in order of discovery, 2.9 s in this one.)
    fn by_memory(&self, batch: Range<usize>) -> Vec<u32> {
        let memory = self.space.layout.fields[0];
        let state = |index: usize| u64::from(memory.get(&self.store.key(index))) << 32 | index as u64;
        let mut states: Vec<u64> = batch.map(state).collect();
        states.sort_unstable();
        states.into_iter().map(|state| state as u32).collect()
    }

    /// Gives every number a field that holds it; false if they need more words.
    fn widen(&mut self) -> bool {
        let layout = KeyLayout::new::<W>(self.space.dictionary().counts());
        let Some(layout) = layout else { return false };
        let old = std::mem::replace(&mut self.space.layout, layout);
        let layout = &self.space.layout;
        let store = std::mem::replace(&mut self.store, Store::new());
        self.store = store.rewrite(|key| layout.repack(&old, key));
        true
    }

    /// The same search with keys of `V` words.
    pub fn wider<const V: usize>(self) -> Option<Search<'a, V>> {
        let layout = KeyLayout::new::<V>(self.space.dictionary().counts())?;
        let Search { space, store, levels, expanded, transitions, elapsed, noted, ran_before, expanders } = self;
        let store = store.rewrite(|key| layout.repack(&space.layout, key));
        let space = Space { layout, ..space };
        Some(Search { space, store, levels, expanded, transitions, elapsed, noted, ran_before, expanders })
    }

    /// Steps from the start to the states being expanded.
    fn depth(&self) -> u32 {
        self.levels.len() as u32 - 2
    }

    /// Steps from the start to the deepest state found.
    pub fn depth_found(&self) -> u32 {
        let complete = self.levels.len() as u32 - 2;
        complete + u32::from(self.levels.last() < Some(&self.store.len()))
    }

    /// What was noted, by whatever thread.
    pub fn notes(&self) -> Notes {
        let mut notes = self.noted.clone();
        self.expanders.iter().for_each(|expander| notes.merge(&expander.notes));
        notes
    }

    /// What ran, per context and op.
    pub fn covered(&self) -> Vec<Vec<Ran>> {
        let mut covered = self.ran_before.clone();
        for expander in &self.expanders {
            for (all, some) in covered.iter_mut().flatten().zip(expander.scratch.covered.iter().flatten()) {
                *all = all.union(*some);
            }
        }
        covered
    }

    /// States of each depth that the search began to expand.
    pub fn level_sizes(&self) -> Vec<u64> {
        self.levels.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect()
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        let expanders: u64 = self.expanders.iter().map(Expander::bytes).sum();
        self.store.bytes() + self.space.dictionary().bytes() + expanders
    }

    fn progress(&self) -> Progress {
        Progress {
            states: self.store.len() as u64,
            transitions: self.transitions,
            frontier: (self.store.len() - self.expanded) as u64,
            depth: self.depth(),
            levels: self.level_sizes(),
            elapsed: self.elapsed,
        }
    }
}

/// The work of a batch. Once a thread must stop, the others do too.
struct Queue {
    work: Mutex<Vec<Range<usize>>>,
    closed: AtomicBool,
}

impl Queue {
    fn take(&self) -> Option<Range<usize>> {
        match self.closed.load(Ordering::Relaxed) {
            true => None,
            false => self.work.lock().unwrap_or_else(PoisonError::into_inner).pop(),
        }
    }

    fn close(&self, rest: Range<usize>) {
        self.closed.store(true, Ordering::Relaxed);
        self.work.lock().unwrap_or_else(PoisonError::into_inner).push(rest);
    }
}

/// One thread for each expander; none is started for one alone.
fn on_threads<R: Send>(expanders: &mut [Expander], work: impl Fn(&mut Expander) -> R + Sync) -> Vec<R> {
    if let [alone] = expanders {
        return vec![work(alone)];
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> = expanders.iter_mut().map(|expander| scope.spawn(|| work(expander))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<R>| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}

/// Expands states of a batch, in its order, until there are no more.
fn share<const W: usize>(
    space: &Space,
    (store, order): (&Store<W>, &[u32]),
    queue: &Queue,
    expander: &mut Expander,
    depth: u32,
) -> Share {
    let mut share = Share::default();
    let mut found: Vec<(Key<W>, u64)> = Vec::new();
    while let Some(block) = queue.take() {
        for start in block.clone().step_by(GROUP) {
            let group = start..block.end.min(start + GROUP);
            found.clear();
            let done = expand(space, store, expander, &order[group], depth, &mut found)
                .map_err(Stop::from)
                .and_then(|steps| insert(store, &found, &mut share.spare).map(|()| steps).map_err(|Full| Stop::Full));
            match done {
                Ok(steps) => share.transitions += steps,
                Err(stop) => {
                    queue.close(start..block.end);
                    share.stop = Some(stop);
                    return share;
                }
            }
        }
    }
    share
}

/// The successors of some states; yields the number of steps.
fn expand<const W: usize>(
    space: &Space,
    store: &Store<W>,
    expander: &mut Expander,
    group: &[u32],
    depth: u32,
    found: &mut Vec<(Key<W>, u64)>,
) -> Result<u64, Unfit> {
    let mut steps = 0;
    for index in group {
        let key = store.key(*index as usize);
        steps += expander.successors(space, &key, depth, |_, next| found.push((*next, hash(next))))?.0;
    }
    Ok(steps)
}

/// Inserts states. Three passes: the loads of a pass do not wait for each other, so their cache misses overlap.
fn insert<const W: usize>(store: &Store<W>, found: &[(Key<W>, u64)], spare: &mut Spare) -> Result<(), Full> {
    /// States of a pass.
    const PASS: usize = 64;
    for pass in found.chunks(PASS) {
        let mut entries = [0; PASS];
        for (entry, (_, hash)) in entries.iter_mut().zip(pass) {
            *entry = store.touch(*hash);
        }
        let mut known = [false; PASS];
        for ((known, entry), (key, hash)) in known.iter_mut().zip(entries).zip(pass) {
            *known = store.probably(entry, *hash).is_some_and(|index| store.key(index) == *key);
        }
        for (_, (key, hash)) in known.iter().zip(pass).filter(|(known, _)| !**known) {
            store.insert(key, *hash, spare)?;
        }
    }
    Ok(())
}

/// When a search began, and whom it tells how it goes on.
pub(super) struct Clock<'p> {
    started: Instant,
    progress: &'p mut dyn FnMut(Progress) -> bool,
    keep: &'p mut Keep<'p>,
}

impl<'p> Clock<'p> {
    /// A search that begins now, after the time that it took before a checkpoint.
    pub fn new(before: Duration, progress: &'p mut dyn FnMut(Progress) -> bool, keep: &'p mut Keep<'p>) -> Self {
        let now = Instant::now();
        Clock { started: now.checked_sub(before).unwrap_or(now), progress, keep }
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Decides properties by a search of its own.
    pub fn examine(&mut self, system: &System, limits: &Limits, open: Vec<Wanted>) -> Findings {
        examine(system, limits, open, self.progress)
    }

    fn bound(&mut self, limits: &Limits, bytes: u64, report: Progress) -> Option<Bound> {
        if !(self.progress)(report) {
            return Some(Bound::Interrupted);
        }
        if bytes > limits.memory {
            return Some(Bound::Memory(limits.memory));
        }
        limits.deadline.is_some_and(|deadline| Instant::now() > deadline).then_some(Bound::Time)
    }
}
