//! Holds executions of real code against the specification, access by access.
//!
//! Each access must be the next step of its thread: on the same word, finding and leaving the same value. An execution is
//! one of the specification's if some order of all its accesses is a run of it, each thread's in the order in which the
//! thread made them, and if the run ends with the memory that the execution ended with. The order of the log itself is
//! one order, and fits nearly always. Under weak memory it need not: what comes first in the log may not have been seen
//! by a thread that comes later, plain stores to one word may take effect the other way round, and loom logs executions
//! that differ in nothing else in one order only. Where no order fits, the code does more than sequential consistency
//! lets the model do; a load of a word that its part declares `__stale` may do that, and nothing else.

use std::collections::{BTreeSet, HashSet};

use pinright_model::system::{Scratch, State};

use crate::record::{Access, Effect};
use crate::spec::{Spec, Taken, Transition};

/// What the judge says of a set of executions.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Executions that differ.
    pub histories: usize,
    /// Those that are none of the specification's, with the reason.
    pub rejected: Vec<(Vec<Access>, String)>,
    /// Transitions of the specification that accepted executions took.
    pub witnessed: BTreeSet<Transition>,
}

impl Judgement {
    /// Judges executions and adds what they show.
    pub fn add<'h>(&mut self, spec: &Spec, histories: impl IntoIterator<Item = &'h Vec<Access>>) {
        for history in histories {
            self.histories += 1;
            match replay(spec, history) {
                Ok(transitions) => self.witnessed.extend(transitions),
                Err(reason) => self.rejected.push((history.clone(), reason)),
            }
        }
    }

    /// The shortest execution that is none of the specification's.
    pub fn shortest(&self) -> Option<&(Vec<Access>, String)> {
        self.rejected.iter().min_by_key(|(history, _)| history.len())
    }
}

/// Finds a run of the specification that an execution is.
///
/// # Errors
/// How far the best attempt came, and what did not fit.
pub fn replay(spec: &Spec, history: &[Access]) -> Result<Vec<Transition>, String> {
    let (history, rest): (Vec<Access>, Vec<Access>) = history.iter().cloned().partition(Access::is_step);
    let order = by_thread(&history);
    let done = vec![0; order.len()];
    let mut search = Search {
        spec,
        history: &history,
        rest: &rest,
        order,
        scratch: spec.scratch(),
        seen: HashSet::new(),
        path: Vec::new(),
        best: (0, "nothing fits".into()),
    };
    match search.accept(&spec.initial(), &done) {
        true => Ok(search.path),
        false => Err(search.best.1),
    }
}

/// Positions of each thread's accesses.
fn by_thread(history: &[Access]) -> Vec<Vec<usize>> {
    let threads = history.iter().map(|access| access.thread + 1).max().unwrap_or(0);
    let of = |thread| history.iter().enumerate().filter(move |(_, access)| access.thread == thread);
    (0..threads).map(|thread| of(thread).map(|(position, _)| position).collect()).collect()
}

struct Search<'a> {
    spec: &'a Spec,
    history: &'a [Access],
    /// What memory held at the end.
    rest: &'a [Access],
    order: Vec<Vec<usize>>,
    scratch: Scratch,
    /// How many accesses of each thread had taken effect, and in which state, where nothing fitted.
    seen: HashSet<(Vec<usize>, State)>,
    path: Vec<Transition>,
    best: (usize, String),
}

impl Search<'_> {
    /// Whether what is left of the history is a run from `state`; `done` counts the accesses of each thread that have
    /// taken effect.
    fn accept(&mut self, state: &State, done: &[usize]) -> bool {
        if !self.seen.insert((done.to_vec(), state.clone())) {
            return false;
        }
        let mut next: Vec<usize> =
            self.order.iter().zip(done).filter_map(|(all, done)| all.get(*done)).copied().collect();
        if next.is_empty() {
            return self.ends(state);
        }
        // The order of the log fits nearly always.
        next.sort_unstable();
        next.into_iter().any(|at| self.take(at, state, done))
    }

    /// Lets the access at `at` take effect now, and goes on.
    fn take(&mut self, at: usize, state: &State, done: &[usize]) -> bool {
        let access = &self.history[at];
        let thread = access.thread;
        let taken = self.spec.step(state, &mut self.scratch, thread, 0);
        let next = match taken {
            Some(taken) => fits(self.spec, access, &taken),
            None => Err("the specification is blocked or over here".into()),
        };
        let mut more = done.to_vec();
        more[thread] += 1;
        match next {
            Ok(next) => {
                self.path.push((state.clone(), thread, 0));
                if self.accept(&next, &more) {
                    return true;
                }
                self.path.pop();
                false
            }
            Err(_) if self.sees_old(at, state, &more) => true,
            Err(reason) => {
                if done.iter().sum::<usize>() >= self.best.0 {
                    let words = format!("access {} ({}, {:?}): {reason}", at + 1, access.site, access.effect);
                    self.best = (done.iter().sum(), words);
                }
                false
            }
        }
    }

    /// Goes on with a load that saw an old value of a word of which the model says that real code may. It is no
    /// transition of the model, and witnesses none.
    fn sees_old(&mut self, at: usize, state: &State, done: &[usize]) -> bool {
        let access = &self.history[at];
        let (Effect::Load(value), Some(cell)) = (access.effect, self.spec.cell(access.word)) else { return false };
        let was = |earlier: &Access| {
            let held = matches!(earlier.effect, Effect::Store(new) | Effect::Rmw(_, new) if new == value);
            earlier.word == access.word && held
        };
        let initially = i32::from(self.spec.cells(&self.spec.initial(), &mut self.scratch)[cell]) == value;
        if !self.spec.is_stale(cell) || !(initially || self.history[..at].iter().any(was)) {
            return false;
        }
        let taken = self.spec.step_seeing(state, &mut self.scratch, access.thread, cell, value as i16);
        let next = taken.and_then(|taken| fits(self.spec, access, &taken).ok());
        next.is_some_and(|next| self.accept(&next, done))
    }

    fn ends(&mut self, state: &State) -> bool {
        let cells = self.spec.cells(state, &mut self.scratch);
        let same = |access: &&Access| match (self.spec.cell(access.word), access.effect) {
            (Some(cell), Effect::Rest(value)) => i32::from(cells[cell]) == value,
            // A word that the model does not have is the harness's own.
            _ => true,
        };
        let other = self.rest.iter().find(|access| !same(access));
        let reason = match other {
            _ if !self.spec.over(state) => "the specification goes on where the code has ended".into(),
            Some(access) => format!("{} ends as {:?}, and not so in the model", access.word, access.effect),
            None => return true,
        };
        self.best = (self.history.len(), reason);
        false
    }
}

/// Whether an access is this step, and where the step leads.
fn fits(spec: &Spec, access: &Access, taken: &Taken) -> Result<State, String> {
    let cell = spec.cell(access.word).ok_or_else(|| format!("the model has no `{}`", access.word))?;
    let (before, after) = (i32::from(taken.before[cell]), i32::from(taken.after[cell]));
    let same = match access.effect {
        Effect::Load(value) => before == value && after == value,
        Effect::Store(value) => after == value,
        Effect::Rmw(old, new) => before == old && after == new,
        // no step of a thread
        Effect::Start(_) | Effect::Rest(_) | Effect::Fence | Effect::Invoke(_) | Effect::Return(_) => false,
        Effect::Lock => before == 0 && after == 1,
        Effect::Unlock => before == 1 && after == 0,
    };
    if !same {
        return Err(format!("the model takes {} from {before} to {after}", access.word));
    }
    if let Some(read) = taken.read
        && matches!(access.effect, Effect::Load(_))
        && read != cell
    {
        return Err(format!("the model reads {}", spec.name(read)));
    }
    let changed = taken.before.iter().zip(&taken.after).enumerate().filter(|(_, (before, after))| before != after);
    let other = changed.map(|(other, _)| other).find(|&other| !spec.is_ghost(other) && !spec.same_object(other, cell));
    if let Some(other) = other {
        return Err(format!("the model writes {}", spec.name(other)));
    }
    taken.next.clone().ok_or_else(|| "the model crashes or leaves a width here".into())
}
