//! Holds executions of real code against the specification, access by access.
//!
//! Each access must be the next step of its thread: on the same word, finding and leaving the same value. Stores and
//! read-modify-writes take effect where they stand in the log. A load has a window instead: under weak memory it may see
//! what was current at any time since its thread's last access, and loom logs equal executions in one order only. Whatever
//! finds no place in its window is no execution of the specification.

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
    let mut search = Search {
        spec,
        history,
        order: by_thread(history),
        scratch: spec.scratch(),
        seen: HashSet::new(),
        path: Vec::new(),
        best: (0, "nothing fits".into()),
    };
    let threads = search.order.len();
    match search.accept(0, spec.initial(), vec![0; threads]) {
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
    order: Vec<Vec<usize>>,
    scratch: Scratch,
    seen: HashSet<(usize, State, Vec<usize>)>,
    path: Vec<Transition>,
    best: (usize, String),
}

impl Search<'_> {
    /// Whether the rest of the history, from `position` on, is a run from `state`; `done` counts the accesses of each
    /// thread that have taken effect, early loads included.
    fn accept(&mut self, position: usize, state: State, done: Vec<usize>) -> bool {
        if !self.seen.insert((position, state.clone(), done.clone())) {
            return false;
        }
        let Some(access) = self.history.get(position) else { return self.ends(&state) };
        let early = self.order[access.thread][..done[access.thread]].contains(&position);
        if early {
            return self.accept(position + 1, state, done);
        }
        if self.take(position, &state, &done, position + 1) {
            return true;
        }
        let loads: Vec<usize> = self.pending_loads(position, &done).collect();
        loads.into_iter().any(|load| self.take(load, &state, &done, position))
    }

    /// Loads further down that are their thread's next access.
    fn pending_loads<'s>(&'s self, position: usize, done: &'s [usize]) -> impl Iterator<Item = usize> + 's {
        let next = self.order.iter().zip(done).filter_map(|(positions, done)| positions.get(*done));
        let is_load = |at: &&usize| matches!(self.history[**at].effect, Effect::Load(_));
        next.filter(move |at| **at > position).filter(is_load).copied()
    }

    /// Lets the access at `at` take effect now, and goes on at `position`.
    fn take(&mut self, at: usize, state: &State, done: &[usize], position: usize) -> bool {
        let access = &self.history[at];
        let thread = access.thread;
        let taken = self.spec.step(state, &mut self.scratch, thread, 0);
        let next = match taken.ok_or_else(|| "the specification is blocked or over here".to_string()) {
            Ok(taken) => fits(self.spec, access, &taken),
            Err(reason) => Err(reason),
        };
        match next {
            Ok(next) => {
                let mut done = done.to_vec();
                done[thread] += 1;
                self.path.push((state.clone(), thread, 0));
                if self.accept(position, next, done) {
                    return true;
                }
                self.path.pop();
                false
            }
            Err(reason) => {
                if at >= self.best.0 {
                    self.best = (at, format!("access {} ({}, {:?}): {reason}", at + 1, access.site, access.effect));
                }
                false
            }
        }
    }

    fn ends(&mut self, state: &State) -> bool {
        let over = self.spec.over(state);
        if !over {
            self.best = (self.history.len(), "the specification goes on where the code has ended".into());
        }
        over
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
