//! What sequential consistency allows, found without loom and without shuttle.

use std::collections::BTreeSet;

use super::{Place, Shape, Step};

/// The answers that some interleaving of the threads' steps gives.
///
/// Shapes are small: each interleaving is walked to its end, but for states that were met before.
pub fn interleavings(shape: Shape) -> BTreeSet<Vec<i32>> {
    let mut answers = BTreeSet::new();
    let mut met = BTreeSet::new();
    let mut open = vec![State::new(shape.row.threads.len())];
    while let Some(state) = open.pop() {
        let next: Vec<State> = (0..shape.row.threads.len()).filter_map(|thread| state.next(shape, thread)).collect();
        if next.is_empty() {
            let ends = shape.family.ends.iter().map(|&place| state.words[place as usize]);
            answers.insert(state.answers.concat().into_iter().chain(ends).collect());
        }
        open.extend(next.into_iter().filter(|state| met.insert(state.clone())));
    }
    answers
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    words: [i32; 2],
    plain: i32,
    holder: Option<usize>,
    /// How many steps each thread has behind it.
    at: Vec<usize>,
    answers: Vec<Vec<i32>>,
}

impl State {
    fn new(threads: usize) -> Self {
        State { words: [0; 2], plain: 0, holder: None, at: vec![0; threads], answers: vec![Vec::new(); threads] }
    }

    fn word(&mut self, place: Place) -> &mut i32 {
        &mut self.words[place as usize]
    }

    /// The state behind the next step of a thread, if it has one and does not wait.
    fn next(&self, shape: Shape, thread: usize) -> Option<State> {
        let step = *shape.row.threads[thread].get(self.at[thread])?;
        let mut next = self.clone();
        next.at[thread] += 1;
        let answer = match step {
            Step::Store(place, value, _) => {
                *next.word(place) = value;
                None
            }
            // Nobody tells a value from the next: one step for each, though, for all of them can be seen.
            Step::Count(place, last, _) => {
                *next.word(place) += 1;
                next.at[thread] -= usize::from(*next.word(place) < last);
                None
            }
            Step::Load(place, _) => Some(*next.word(place)),
            Step::Add(place, value, _) => {
                let old = *next.word(place);
                *next.word(place) += value;
                Some(old)
            }
            Step::Cas(place, old, new, _) => {
                let found = *next.word(place);
                *next.word(place) = if found == old { new } else { found };
                Some(found)
            }
            Step::Write(value) => {
                next.plain = value;
                None
            }
            Step::Read => Some(next.plain),
            Step::Lock if self.holder.is_some() => return None,
            Step::Lock => {
                next.holder = Some(thread);
                None
            }
            Step::Unlock => {
                next.holder = None;
                None
            }
            Step::Need(value) if next.answers[thread].last() != Some(&value) => {
                next.at[thread] = shape.row.threads[thread].len();
                None
            }
            Step::Await(place, value, _) | Step::Spin(place, value, _) if *next.word(place) != value => return None,
            Step::Fence(_) | Step::Yield | Step::Need(_) | Step::Await(..) | Step::Spin(..) => None,
        };
        next.answers[thread].extend(answer);
        Some(next)
    }
}
