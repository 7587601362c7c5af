//! Runs shapes: one interpreter for every platform.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Place, Shape, Step};
use crate::litmus::explore::refuse_bounds;
use crate::platform::{Loom, Mutex as _, Plain as _, Platform, Shuttle, Std, Word as _};
use crate::run::{caught, loom};

/// What an exploration of a shape found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Executions that ran to their end.
    pub executions: usize,
    /// The answers that were seen.
    pub answers: BTreeSet<Vec<i32>>,
    /// What ended the exploration before everything was explored.
    pub error: Option<String>,
}

impl Shape {
    /// Explores it under loom, with at most so many preemptions.
    ///
    /// # Panics
    /// The environment has a bound for loom.
    pub fn on_loom(self, preemptions: Option<usize>) -> Found {
        if let Err(bound) = refuse_bounds(std::env::vars().map(|(name, _)| name)) {
            panic!("{bound}");
        }
        self.explored::<Loom>(|execution| loom(preemptions, execution))
    }

    /// Explores every interleaving.
    pub fn on_shuttle(self) -> Found {
        self.explored::<Shuttle>(every_interleaving)
    }

    /// Runs it on real threads, so many times.
    pub fn on_threads(self, times: usize) -> Found {
        self.explored::<Std>(|execution| {
            (0..times).for_each(|_| execution());
            Ok(())
        })
    }

    fn explored<P: Platform>(self, explore: impl FnOnce(Execution) -> Result<(), String>) -> Found {
        let found = Arc::new(Mutex::new(Found::default()));
        let into = Arc::clone(&found);
        let ended = explore(Box::new(move || {
            let answers = self.execute::<P>();
            let mut found = into.lock().unwrap_or_else(PoisonError::into_inner);
            found.executions += 1;
            found.answers.insert(answers);
        }));
        let mut found = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
        found.error = ended.err();
        found
    }

    /// One execution. The answers cross threads in a lock of the standard library, which no backend sees.
    fn execute<P: Platform>(self) -> Vec<i32> {
        let memory = Arc::new(Memory::<P>::new());
        let threads = self.row.threads;
        let answers = Arc::new(Mutex::new(vec![Vec::new(); threads.len()]));
        let work = |thread: usize| {
            let (memory, answers) = (Arc::clone(&memory), Arc::clone(&answers));
            move || {
                let given = memory.run(threads[thread]);
                answers.lock().unwrap_or_else(PoisonError::into_inner)[thread] = given;
            }
        };
        let handles: Vec<P::Handle> = (1..threads.len()).map(|thread| P::spawn(work(thread))).collect();
        work(0)();
        handles.into_iter().for_each(P::join);
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner).concat();
        // Where two stores are unordered, this load settles for loom which came last: each word is loaded once.
        answers.extend(
            self.family.ends.iter().map(|&place| memory.word(place).load(std::sync::atomic::Ordering::Relaxed)),
        );
        answers
    }
}

/// An execution, to be run again and again.
type Execution = Box<dyn Fn() + Send + Sync>;

/// Steps of an execution under shuttle, far beyond what a shape without a loop takes. A loop that waits makes the search
/// go around once more in each execution, until this ends it.
const MAX_STEPS: usize = 500;

fn every_interleaving(execution: Execution) -> Result<(), String> {
    let mut config = shuttle::Config::new();
    config.failure_persistence = shuttle::FailurePersistence::None;
    config.max_steps = shuttle::MaxSteps::FailAfter(MAX_STEPS);
    let all = shuttle::scheduler::DfsScheduler::new(None, false);
    caught(|| {
        shuttle::Runner::new(all, config).run(execution);
    })
}

/// What the threads share.
struct Memory<P: Platform> {
    x: P::Word,
    y: P::Word,
    plain: P::Plain,
    mutex: P::Mutex,
}

impl<P: Platform> Memory<P> {
    fn new() -> Self {
        Memory { x: P::Word::new(0), y: P::Word::new(0), plain: P::Plain::new(0), mutex: P::Mutex::new() }
    }

    fn word(&self, place: Place) -> &P::Word {
        match place {
            Place::X => &self.x,
            Place::Y => &self.y,
        }
    }

    /// What a thread does, and its answers.
    fn run(&self, steps: &[Step]) -> Vec<i32> {
        let mut answers = Vec::new();
        let mut held = None;
        for &step in steps {
            match step {
                Step::Store(place, value, order) => self.word(place).store(value, order),
                Step::Count(place, last, order) => (1..=last).for_each(|value| self.word(place).store(value, order)),
                Step::Load(place, order) => answers.push(self.word(place).load(order)),
                Step::Add(place, value, order) => answers.push(self.word(place).fetch_add(value, order)),
                Step::Cas(place, old, new, order) => {
                    answers.push(match self.word(place).compare_exchange(old, new, order) {
                        Ok(value) | Err(value) => value,
                    });
                }
                Step::Fence(order) => P::fence(order),
                Step::Write(value) => self.plain.write(value),
                Step::Read => answers.push(self.plain.read()),
                Step::Lock => held = Some(self.mutex.lock()),
                Step::Unlock => held = None,
                Step::Yield => P::yield_now(),
                Step::Need(value) if answers.last() == Some(&value) => {}
                Step::Need(_) => break,
                Step::Await(place, value, order) => {
                    while self.word(place).load(order) != value {
                        P::yield_now();
                    }
                }
                Step::Spin(place, value, order) => while self.word(place).load(order) != value {},
            }
        }
        drop(held);
        answers
    }
}
