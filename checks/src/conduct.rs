//! Replays a run of the model on the real code: real threads whose accesses come in the run's order.
//!
//! A counterexample of the model is a statement about a protocol. It is one about the code, too, if the code takes the same
//! accesses in the same order and ends in the same memory: CONFIRMED. If the code does something else on the way, the
//! model's run is none of the code's: NOT REPRODUCED.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::judge::replay;
use crate::kernel::{Kernel, Turns};
use crate::platform::Std;
use crate::record::history;
use crate::run::{Check, once};
use crate::spec::{Counterexample, Spec};

/// How long a thread waits for its turn before it gives up the order: code that follows it never waits long.
const PATIENCE: Duration = Duration::from_secs(2);

/// What became of a run of the model on the real code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// The code took it, access by access, to the same memory.
    Confirmed,
    /// It did not; why.
    NotReproduced(String),
}

/// Conducts a check along a counterexample.
pub fn conduct<C: Check>(spec: &Spec, counterexample: &Counterexample) -> Replayed {
    let order: Vec<usize> = counterexample.threads();
    let baton = Arc::new(Baton { order: order.clone(), progress: Mutex::default(), moved: Condvar::new() });
    let kernel = Kernel::conducted(Box::new(Arc::clone(&baton)));
    let _ = once::<C, Std>(&kernel);
    if baton.progress().departed {
        return Replayed::NotReproduced("the code makes no access where the model takes a step".into());
    }
    let log = history(&kernel.log());
    let taken: Vec<usize> =
        log.iter().filter(|access| access.is_step()).map(|access| access.thread).take(order.len()).collect();
    if taken != order {
        return Replayed::NotReproduced("the code's accesses come in another order".into());
    }
    match replay(spec, &log) {
        Err(reason) => Replayed::NotReproduced(reason),
        Ok(path) => match path.get(..order.len()).is_some_and(|path| counterexample.is(path)) {
            true => Replayed::Confirmed,
            false => Replayed::NotReproduced("the code comes to other states".into()),
        },
    }
}

#[derive(Clone, Copy, Default)]
struct Progress {
    /// Accesses that have begun.
    begun: usize,
    /// Accesses that are over.
    over: usize,
    /// The code does not keep to the order: everybody runs as they like.
    departed: bool,
}

/// Goes from thread to thread; beyond the order everybody runs.
struct Baton {
    order: Vec<usize>,
    progress: Mutex<Progress>,
    moved: Condvar,
}

impl Baton {
    fn progress(&self) -> Progress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turns for Arc<Baton> {
    fn wait(&self, thread: usize) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let due = progress.begun == progress.over && self.order.get(progress.over) == Some(&thread);
            let finished = progress.over >= self.order.len();
            if progress.departed || finished || due {
                progress.begun += usize::from(due && !finished);
                return;
            }
            let waited = self.moved.wait_timeout(progress, PATIENCE).unwrap_or_else(PoisonError::into_inner);
            progress = waited.0;
            if waited.1.timed_out() {
                progress.departed = true;
                self.moved.notify_all();
            }
        }
    }

    fn done(&self) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.over = progress.begun;
        self.moved.notify_all();
    }
}
