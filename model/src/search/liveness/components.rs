//! Strongly connected components of a part of a graph: Tarjan's algorithm, with its own stack instead of recursion.

use super::Graph;

/// Not visited.
const UNSEEN: u32 = u32::MAX;

/// Working memory for decompositions of parts of one graph.
pub(super) struct Tarjan {
    /// Which part each state belongs to; 0 is none.
    part: Vec<u32>,
    parts: u32,
    order: Vec<u32>,
    low: Vec<u32>,
}

/// Sets of states, one after the other: most have one state, and a vector for each would cost more than finding it.
#[derive(Default)]
pub(super) struct Sets {
    states: Vec<u32>,
    ends: Vec<usize>,
}

impl Sets {
    /// The sets, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.states[start..*end])
    }
}

/// A state being visited, and its next transition.
struct Visit {
    state: u32,
    next: usize,
}

impl Tarjan {
    pub fn new(states: usize) -> Self {
        Tarjan { part: vec![0; states], parts: 0, order: vec![UNSEEN; states], low: vec![0; states] }
    }

    /// The components of the graph that these states span.
    pub fn components(&mut self, graph: &impl Graph, states: &[u32]) -> Sets {
        self.parts += 1;
        for &state in states {
            self.part[state as usize] = self.parts;
            self.order[state as usize] = UNSEEN;
        }
        let mut found = Sets::default();
        let mut open = Vec::new();
        let mut count = 0;
        for &root in states {
            if self.order[root as usize] == UNSEEN {
                self.visit(graph, root, &mut count, &mut open, &mut found);
            }
        }
        found
    }

    fn visit(&mut self, graph: &impl Graph, root: u32, count: &mut u32, open: &mut Vec<u32>, found: &mut Sets) {
        let mut path = vec![self.enter(root, count, open)];
        while let Some(top) = path.last_mut() {
            let state = top.state;
            if top.next == graph.degree(state) {
                path.pop();
                if let Some(before) = path.last() {
                    self.lower(before.state, self.low[state as usize]);
                }
                self.close(state, open, found);
                continue;
            }
            let to = graph.edge(state, top.next).to;
            top.next += 1;
            let Some(to) = to.filter(|to| self.part[*to as usize] == self.parts) else { continue };
            match self.order[to as usize] {
                UNSEEN => path.push(self.enter(to, count, open)),
                order => self.lower(state, order),
            }
        }
    }

    fn enter(&mut self, state: u32, count: &mut u32, open: &mut Vec<u32>) -> Visit {
        self.order[state as usize] = *count;
        self.low[state as usize] = *count;
        *count += 1;
        open.push(state);
        Visit { state, next: 0 }
    }

    fn lower(&mut self, state: u32, to: u32) {
        let low = &mut self.low[state as usize];
        *low = (*low).min(to);
    }

    /// A state from which nothing older is reached closes its component. Its states leave the part: edges into a
    /// closed component say nothing.
    fn close(&mut self, state: u32, open: &mut Vec<u32>, found: &mut Sets) {
        if self.low[state as usize] != self.order[state as usize] {
            return;
        }
        let start = open.iter().rposition(|other| *other == state).unwrap_or_default();
        let component = open.drain(start..);
        found.states.extend(component.inspect(|state| self.part[*state as usize] = 0));
        found.ends.push(found.states.len());
    }
}
