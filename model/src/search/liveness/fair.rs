//! The components in which a run can stay for ever, fairly.

use super::components::Tarjan;
use super::{Fairness, Graph, Processes};

/// The largest strongly connected sets of states, among the given ones, that a fair run can visit for ever. Every state
/// of such a set lies on a fair cycle: the one that visits them all.
pub(super) fn components(graph: &impl Graph, states: Vec<u32>, fairness: Fairness) -> Vec<Vec<u32>> {
    let mut tarjan = Tarjan::new(graph.states());
    let mut inside = Inside::new(graph.states());
    let mut fair = Vec::new();
    let mut todo = vec![states];
    while let Some(states) = todo.pop() {
        for component in tarjan.components(graph, &states).iter() {
            match judge(graph, component, fairness, &mut inside) {
                Judgement::Fair => fair.push(component.to_vec()),
                Judgement::Unfair => {}
                Judgement::Smaller(rest) => todo.push(rest),
            }
        }
    }
    fair
}

/// What a strongly connected component is good for.
enum Judgement {
    /// A run may visit all of it, again and again.
    Fair,
    /// Some process can step in each of its states, and would have to leave it.
    Unfair,
    /// Only these of its states do not ask for what it cannot give.
    Smaller(Vec<u32>),
}

fn judge(graph: &impl Graph, component: &[u32], fairness: Fairness, inside: &mut Inside) -> Judgement {
    let still = !inside.stepping(graph, component);
    let duties = |state: &u32| graph.duties(*state).at(fairness);
    let without_break = component.iter().map(duties).fold(still, |all, (weak, _)| all & weak);
    if without_break != 0 {
        return Judgement::Unfair;
    }
    let rest: Vec<u32> = component.iter().filter(|state| duties(state).1 & still == 0).copied().collect();
    match rest.len() {
        len if len == component.len() => Judgement::Fair,
        0 => Judgement::Unfair,
        _ => Judgement::Smaller(rest),
    }
}

/// A set of states, to be asked many times.
pub(super) struct Inside {
    mark: Vec<u32>,
    round: u32,
}

impl Inside {
    pub fn new(states: usize) -> Self {
        Inside { mark: vec![0; states], round: 0 }
    }

    pub fn set(&mut self, states: &[u32]) {
        self.round += 1;
        states.iter().for_each(|state| self.mark[*state as usize] = self.round);
    }

    pub fn contains(&self, state: u32) -> bool {
        self.mark[state as usize] == self.round
    }

    /// Processes with a step from one of these states to another of them.
    fn stepping(&mut self, graph: &impl Graph, states: &[u32]) -> Processes {
        self.set(states);
        let mut stepping = 0;
        for &state in states {
            graph.each(state, |_, to, by| {
                if self.contains(to) {
                    stepping |= by;
                }
            });
        }
        stepping
    }
}
