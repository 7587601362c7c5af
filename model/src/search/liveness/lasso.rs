//! Lassos: the shortest way to a state that lies on a fair cycle, and a short cycle that gives fairness its due.

use std::collections::{HashMap, VecDeque};

use super::fair::{self, Inside};
use super::{Fairness, Graph, Lasso, Processes, Response, Taken};

/// No transition: the search began here.
const NONE: u32 = u32::MAX;

/// Where a violating run can be: on the way to P, or behind it without having seen Q.
pub(super) struct Region {
    /// States behind P without Q, nearest first.
    waiting: Vec<u32>,
    /// How each was reached first: the state before (NONE: it is initial), the transition, and whether that state was
    /// waiting already.
    reached: [Vec<(u32, u32, bool)>; 2],
}

impl Region {
    /// Breadth first over (state, waiting or not).
    pub fn new(graph: &impl Graph, property: &Response) -> Self {
        let unseen = vec![(NONE, NONE, false); graph.states()];
        let mut region = Region { waiting: Vec::new(), reached: [unseen.clone(), unseen] };
        let mut seen = [vec![false; graph.states()], vec![false; graph.states()]];
        let mut queue = VecDeque::new();
        for &state in graph.initial() {
            region.reach(&mut seen, &mut queue, property, state, (NONE, 0, false));
        }
        while let Some((state, waiting)) = queue.pop_front() {
            graph.each(state, |index, to, _| {
                region.reach(&mut seen, &mut queue, property, to, (state, index as u32, waiting));
            });
        }
        region
    }

    /// A state is reached from another. Whoever waits goes on waiting until Q; whoever does not may begin at P.
    fn reach(
        &mut self,
        seen: &mut [Vec<bool>; 2],
        queue: &mut VecDeque<(u32, bool)>,
        property: &Response,
        state: u32,
        from: (u32, u32, bool),
    ) {
        let at = state as usize;
        if !from.2 && !std::mem::replace(&mut seen[0][at], true) {
            self.reached[0][at] = from;
            queue.push_back((state, false));
        }
        if !seen[1][at] && (from.2 || (property.from)(state)) && !(property.until)(state) {
            seen[1][at] = true;
            self.reached[1][at] = from;
            self.waiting.push(state);
            queue.push_back((state, true));
        }
    }

    /// The run to a waiting state.
    fn stem(&self, state: u32) -> (u32, Vec<Taken>) {
        let mut stem = Vec::new();
        let (mut state, mut waiting) = (state, true);
        loop {
            let (before, index, was_waiting) = self.reached[usize::from(waiting)][state as usize];
            if before == NONE {
                stem.reverse();
                return (state, stem);
            }
            stem.push((before, index as usize));
            (state, waiting) = (before, was_waiting);
        }
    }
}

/// A violating run that this much fairness allows. No other one comes to such a cycle in fewer steps.
pub(super) fn find(graph: &impl Graph, region: &Region, fairness: Fairness) -> Option<Lasso> {
    if fairness == Fairness::None {
        // Everybody may stop as soon as there is something to wait for.
        let (initial, stem) = region.stem(*region.waiting.first()?);
        return Some(Lasso { initial, stem, cycle: Vec::new() });
    }
    let components = fair::components(graph, region.waiting.clone(), fairness);
    if components.is_empty() {
        return None;
    }
    let mut home = vec![NONE; graph.states()];
    for (number, component) in components.iter().enumerate() {
        component.iter().for_each(|state| home[*state as usize] = number as u32);
    }
    let start = region.waiting.iter().copied().find(|state| home[*state as usize] != NONE)?;
    let (initial, stem) = region.stem(start);
    let component = &components[home[start as usize] as usize];
    Some(Lasso { initial, stem, cycle: Tour::new(graph, component, fairness).cycle(start) })
}

/// A way through a fair component that gives fairness its due.
struct Tour<'a, G> {
    graph: &'a G,
    fairness: Fairness,
    inside: Inside,
    taken: Vec<Taken>,
    /// Processes that stepped.
    stepped: Processes,
    /// Processes that have not had a break: weak fairness demanded them in every state so far.
    without_break: Processes,
    /// Processes that strong fairness demanded in some state.
    demanded: Processes,
}

impl<'a, G: Graph> Tour<'a, G> {
    fn new(graph: &'a G, component: &[u32], fairness: Fairness) -> Self {
        let mut inside = Inside::new(graph.states());
        inside.set(component);
        Tour { graph, fairness, inside, taken: Vec::new(), stepped: 0, without_break: !0, demanded: 0 }
    }

    /// Goes to what is owed, the nearest first, and then back. The way back may meet new demands.
    fn cycle(mut self, start: u32) -> Vec<Taken> {
        let mut at = start;
        self.see(at);
        loop {
            while self.owed() != 0 {
                // In a fair component everything that is owed can be reached.
                let Some(path) = self.nearest(at, &|tour, state, by| tour.pays(state, by)) else { break };
                at = self.follow(path, at);
            }
            if at == start {
                return self.taken;
            }
            let Some(path) = self.nearest(at, &|_, state, _| state == start) else { return self.taken };
            at = self.follow(path, at);
        }
    }

    fn owed(&self) -> Processes {
        (self.without_break | self.demanded) & !self.stepped
    }

    /// Whether a step by `by` to `state` pays something that is owed.
    fn pays(&self, state: u32, by: Processes) -> bool {
        let (weak, _) = self.graph.duties(state).at(self.fairness);
        let broken = self.without_break & !weak & !self.demanded;
        self.owed() & (by | broken) != 0
    }

    fn see(&mut self, state: u32) {
        let (weak, strong) = self.graph.duties(state).at(self.fairness);
        self.without_break &= weak;
        self.demanded |= strong;
    }

    /// Takes the steps of a path; the state it ends in.
    fn follow(&mut self, path: Vec<Taken>, at: u32) -> u32 {
        let mut end = at;
        for (state, index) in path {
            let edge = self.graph.edge(state, index);
            self.taken.push((state, index));
            self.stepped |= edge.by;
            if let Some(to) = edge.to {
                self.see(to);
                end = to;
            }
        }
        end
    }

    /// A shortest way inside the component, of one step at least, whose last step is a goal.
    fn nearest(&self, from: u32, goal: &dyn Fn(&Self, u32, Processes) -> bool) -> Option<Vec<Taken>> {
        let mut before: HashMap<u32, Taken> = HashMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(state) = queue.pop_front() {
            let mut end = None;
            self.graph.each(state, |index, to, by| {
                if end.is_some() || !self.inside.contains(to) {
                    return;
                }
                if goal(self, to, by) {
                    end = Some((state, index));
                } else if to != from && !before.contains_key(&to) {
                    before.insert(to, (state, index));
                    queue.push_back(to);
                }
            });
            if let Some(last) = end {
                return Some(way_back(&before, from, last));
            }
        }
        None
    }
}

fn way_back(before: &HashMap<u32, Taken>, from: u32, last: Taken) -> Vec<Taken> {
    let mut path = vec![last];
    let mut state = last.0;
    while state != from {
        let Some(&taken) = before.get(&state) else { break };
        path.push(taken);
        state = taken.0;
    }
    path.reverse();
    path
}
