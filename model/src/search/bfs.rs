//! Breadth-first search, level by level, on several threads: the least depth at which something is found is the length
//! of a shortest run to it.
//!
//! Which states make a level does not depend on how many threads there are; the numbers of values do, and so does the
//! order of a level's keys: nothing that is reported depends on them.

use std::sync::Mutex;
use std::time::Instant;

use super::expand::{Expander, Space};
use super::key::{Key, KeyLayout};
use super::levels::{Levels, List, Piece};
use super::liveness::{Findings, Wanted, examine};
use super::notes::Notes;
use super::states::States;
use super::values::Dictionary;
use super::workers::{Batch, Shared, Stop, Work, Worker, blocks, expand_all};
use super::*;
use crate::system::symmetry::Symmetry;
use crate::threads::side_by_side;

/// States expanded between two looks at the bounds.
const BATCH: usize = 1 << 18;
/// The part of the memory limit that one thread's rows may take: one in so many.
const ROWS_SHARE: u64 = 8;
/// States up to which keys have room for many values more, whatever their entries take.
const ROOMY: usize = 1 << 20;
/// Quarters of the states that a table has room for beyond them, when it is made anew.
const ROOM: usize = 1;
/// Batches smaller than this are not worth a second thread.
const ALONE: usize = 1 << 12;

/// A search in the middle of its work.
pub(super) struct Search<'a, const W: usize> {
    pub space: Space<'a>,
    pub states: States<W>,
    pub levels: Levels<W>,
    pub transitions: u64,
    /// Time taken so far, that before a checkpoint included.
    pub elapsed: Duration,
    /// What was noted before a checkpoint, and of the initial states.
    pub noted: Notes,
    /// What ran before a checkpoint.
    pub ran_before: Vec<Vec<Ran>>,
    pub workers: Vec<Worker<W>>,
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
        let layout = KeyLayout::roomy::<W>(dictionary.counts())?;
        let space = Space { system, symmetry, dictionary: Mutex::new(dictionary), layout };
        let mut keys: Vec<Key<W>> = numbers.iter().map(|numbers| space.layout.pack(numbers)).collect();
        if let Some(quotient) = &mut expander.quotient {
            // Images of initial states are initial states: every number that they need is there.
            let mut reduce =
                |(key, numbers): (&mut Key<W>, &Vec<u32>)| quotient.reduce(&space, key, |part| numbers[part]);
            keys.iter_mut().zip(&numbers).try_for_each(&mut reduce).ok()?;
        }
        keys.sort_unstable();
        keys.dedup();
        let states = States::of(space.layout.bits(), keys.len(), vec![Piece::Plain(&keys)], 1);
        Some(Search {
            space,
            states,
            levels: Levels::new(keys),
            transitions: 0,
            elapsed: Duration::ZERO,
            noted: notes,
            ran_before: system.scratch().covered,
            workers: vec![Worker::having(expander, vec![Vec::new()])],
        })
    }

    /// Goes on until the frontier is drained or a bound is hit.
    pub fn run(&mut self, limits: &Limits, clock: &mut Clock) -> RunEnd {
        self.employ(limits.threads.max(1));
        while self.level_left() > 0 {
            let batches = self.next_batches();
            let len = batches.iter().map(Batch::len).sum();
            match self.batch(len, batches.iter().map(blocks).collect()) {
                Ok(transitions) => self.transitions += transitions,
                Err(Stop::Wide) => return RunEnd::TooWide,
                // More values than there are numbers for: no memory would do.
                Err(Stop::Full | Stop::TooMany) => return self.ended(Some(Bound::Memory(limits.memory))),
            }
            self.levels.frontier.iter_mut().zip(&batches).for_each(|(list, batch)| list.expanded = batch.keys.end);
            self.workers.iter_mut().for_each(|worker| worker.expander.trim(limits.memory / ROWS_SHARE));
            self.go_deeper();
            self.elapsed = clock.elapsed();
            let bound = clock.bound(limits, self.bytes(), self.progress());
            let drained = self.level_left() == 0;
            (clock.keep)(self, drained || bound.is_some());
            if let Some(bound) = bound.filter(|_| !drained) {
                return self.ended(Some(bound));
            }
        }
        self.ended(None)
    }

    /// So many threads, each of which owns a part of memory's values.
    fn employ(&mut self, threads: usize) {
        while self.workers.len() < threads {
            self.workers.push(Worker::new(self.space.system, &self.space.symmetry));
        }
        let owners = self.workers.len();
        self.workers.iter_mut().for_each(|worker| worker.fresh.resize(owners, Vec::new()));
    }

    fn ended(&mut self, bound: Option<Bound>) -> RunEnd {
        let fresh = self.workers.iter_mut().flat_map(|worker| worker.fresh.iter_mut().map(std::mem::take));
        self.levels.ahead = fresh.flatten().collect();
        RunEnd::Ended(bound)
    }

    /// States found and not expanded.
    pub fn frontier(&self) -> usize {
        self.level_left() + self.fresh() + self.levels.ahead.len()
    }

    /// States of the level being expanded that were not.
    fn level_left(&self) -> usize {
        self.levels.frontier_len() - self.levels.expanded()
    }

    /// States of the next level that were found.
    fn fresh(&self) -> usize {
        self.workers.iter().map(Worker::found).sum()
    }

    /// The next states of the level being expanded: of each list as large a part of what is left of it.
    fn next_batches(&self) -> Vec<Batch> {
        let left = self.level_left();
        let lists = self.levels.frontier.iter().enumerate();
        let batch = |(list, keys): (usize, &List<W>)| {
            let len = if left <= BATCH { keys.left() } else { (keys.left() * BATCH).div_ceil(left) };
            Batch { list, keys: keys.expanded..keys.expanded + len }
        };
        lists.map(batch).collect()
    }

    /// Goes on to the next level, if this one was expanded and there is one. Its states are put in order: those with the
    /// same memory look up the same rows. (Measured on 15.7 million states of 77 million transitions, by profile:
    /// successors took 5.1 s in order of discovery, 2.9 s in order of memory.)
    fn go_deeper(&mut self) {
        let fresh = self.fresh();
        if self.level_left() > 0 || fresh == 0 {
            return;
        }
        let threads = self.threads_for(fresh);
        let owned: Vec<_> = (0..self.workers.len()).map(|owner| self.take_fresh(owner)).collect();
        let next = side_by_side(owned, threads, |lists| {
            let mut lists = lists.into_iter();
            let mut all = lists.next().unwrap_or_default();
            lists.for_each(|list| all.extend(list));
            all.sort_unstable();
            all
        });
        self.levels.advance(next, threads);
    }

    /// What each thread found of an owner's states of the next level.
    fn take_fresh(&mut self, owner: usize) -> Vec<Vec<Key<W>>> {
        self.workers.iter_mut().map(|worker| std::mem::take(&mut worker.fresh[owner])).collect()
    }

    /// How many threads are worth while for so many states.
    fn threads_for(&self, states: usize) -> usize {
        if states < ALONE { 1 } else { self.workers.len() }
    }

    /// Expands some states of one level; yields the number of steps.
    fn batch(&mut self, len: usize, mut work: Work) -> Result<u64, Stop> {
        let mut transitions = 0;
        while work.iter().any(|blocks| !blocks.is_empty()) {
            let threads = self.threads_for(len);
            let depth = self.levels.depth();
            let shared = Shared { space: &self.space, states: &self.states, levels: &self.levels, depth };
            let mut done = expand_all(&mut self.workers[..threads], &shared, work);
            self.states.len = done.states;
            transitions += done.transitions;
            work = std::mem::take(&mut done.rest);
            if done.stopped(Stop::TooMany) {
                return Err(Stop::TooMany);
            }
            if done.stopped(Stop::Wide) && !self.widen() {
                return Err(Stop::Wide);
            }
            if done.stopped(Stop::Full) && !self.tighten() {
                self.states.grow(self.workers.len());
            }
        }
        Ok(transitions)
    }

    /// Gives every number a field that holds it; false if they need more words. A small search has room for many values
    /// more, for each of these changes writes all keys anew; a large one keeps entries short.
    fn widen(&mut self) -> bool {
        let counts: Vec<usize> = self.space.dictionary().counts().collect();
        let short = self.shortened(&counts, if self.states.is_long() { ROOM } else { 2 * ROOM });
        let roomy = || KeyLayout::roomy::<W>(counts.into_iter()).map(|layout| (layout, ROOM));
        short.or_else(roomy).map(|(layout, room)| self.rewrite(layout, room)).is_some()
    }

    /// Makes entries short, if they are long and can be.
    fn tighten(&mut self) -> bool {
        let counts: Vec<usize> = self.space.dictionary().counts().collect();
        let better = if self.states.is_long() { self.shortened(&counts, ROOM) } else { None };
        better.map(|(layout, room)| self.rewrite(layout, room)).is_some()
    }

    /// The layout with the most room that allows a large search short entries, and for how many quarters of its states
    /// more: the larger a table, the shorter its entries.
    fn shortened(&self, counts: &[usize], most: usize) -> Option<(KeyLayout, usize)> {
        let layouts = KeyLayout::all::<W>(counts).filter(|_| self.states.len >= ROOMY);
        let mut choices = layouts.flat_map(|layout| (ROOM..=most).map(move |room| (layout.clone(), room)));
        choices.find(|(layout, room)| States::<W>::is_short_with(layout.bits(), self.room_for(*room)))
    }

    /// All states, and some quarters of them more.
    fn room_for(&self, quarters: usize) -> usize {
        self.states.len + self.states.len / 4 * quarters
    }

    /// All keys under another layout, with room for some quarters of their number more.
    fn rewrite(&mut self, layout: KeyLayout, room: usize) {
        let room = self.room_for(room);
        self.levels = self.levels.repacked(&self.space.layout, &layout, self.workers.len());
        for fresh in self.workers.iter_mut().flat_map(|worker| &mut worker.fresh) {
            *fresh = layout.repacked(&self.space.layout, fresh);
        }
        self.space.layout = layout;
        self.states = all_states(&self.space.layout, room, &self.levels, &self.workers);
    }

    /// The same search with keys of `V` words.
    pub fn wider<const V: usize>(self) -> Option<Search<'a, V>> {
        let counts: Vec<usize> = self.space.dictionary().counts().collect();
        let layout = KeyLayout::roomy::<V>(counts.into_iter())?;
        let Search { space, states, levels, transitions, elapsed, noted, ran_before, workers } = self;
        let wider = |worker: Worker<W>| {
            let fresh = worker.fresh.iter().map(|fresh| layout.repacked(&space.layout, fresh)).collect();
            Worker::having(worker.expander, fresh)
        };
        let workers: Vec<Worker<V>> = workers.into_iter().map(wider).collect();
        let levels = levels.repacked(&space.layout, &layout, workers.len());
        let states = all_states(&layout, states.len / 4 * 5, &levels, &workers);
        let space = Space { layout, ..space };
        Some(Search { space, states, levels, transitions, elapsed, noted, ran_before, workers })
    }

    /// Steps from the start to the deepest state found.
    pub fn depth_found(&self) -> u32 {
        let further = !self.levels.ahead.is_empty() || self.fresh() > 0;
        self.levels.depth() + u32::from(further)
    }

    /// What was noted, by whatever thread.
    pub fn notes(&self) -> Notes {
        let mut notes = self.noted.clone();
        self.workers.iter().for_each(|worker| notes.merge(&worker.expander.notes));
        notes
    }

    /// What ran, per context and op.
    pub fn covered(&self) -> Vec<Vec<Ran>> {
        let mut covered = self.ran_before.clone();
        for worker in &self.workers {
            for (all, some) in covered.iter_mut().flatten().zip(worker.expander.scratch.covered.iter().flatten()) {
                *all = all.union(*some);
            }
        }
        covered
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        let worker = |worker: &Worker<W>| {
            let fresh: usize = worker.fresh.iter().map(Vec::capacity).sum();
            worker.expander.bytes() + (fresh * size_of::<Key<W>>()) as u64
        };
        let workers: u64 = self.workers.iter().map(worker).sum();
        self.states.bytes() + self.levels.bytes() + self.space.dictionary().bytes() + workers
    }

    fn progress(&self) -> Progress {
        Progress {
            states: self.states.len as u64,
            transitions: self.transitions,
            frontier: self.frontier() as u64,
            depth: self.levels.depth(),
            levels: self.levels.sizes(),
            elapsed: self.elapsed,
        }
    }
}

/// The set of all keys, with room for so many.
fn all_states<const W: usize>(layout: &KeyLayout, room: usize, levels: &Levels<W>, workers: &[Worker<W>]) -> States<W> {
    let mut pieces = levels.all_pieces();
    pieces.extend(workers.iter().flat_map(|worker| &worker.fresh).map(|fresh| Piece::Plain(fresh)));
    States::of(layout.bits(), room, pieces, workers.len())
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
