//! Small graphs by hand or at random, and what a slow and plain definition says of them.

use pinright_model::search::liveness::{Duties, Edge, Fairness, Graph, Lasso, Processes, Taken};

/// A graph written down.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub initial: Vec<u32>,
    pub edges: Vec<Vec<Edge>>,
    pub duties: Vec<Duties>,
    /// States where P holds, and those where Q does: a bit each.
    pub from: u32,
    pub until: u32,
}

impl Graph for Written {
    fn states(&self) -> usize {
        self.edges.len()
    }

    fn initial(&self) -> &[u32] {
        &self.initial
    }

    fn degree(&self, state: u32) -> usize {
        self.edges[state as usize].len()
    }

    fn edge(&self, state: u32, index: usize) -> Edge {
        self.edges[state as usize][index]
    }

    fn duties(&self, state: u32) -> Duties {
        self.duties[state as usize]
    }
}

impl Written {
    /// Edges as (from, to, processes); whoever can step has the duty to do so, weakly.
    pub fn new(states: usize, edges: &[(u32, u32, Processes)]) -> Self {
        let mut graph = Written {
            initial: vec![0],
            edges: vec![Vec::new(); states],
            duties: vec![Duties::default(); states],
            from: 1,
            until: 0,
        };
        for &(from, to, by) in edges {
            graph.edges[from as usize].push(Edge { to: Some(to), by });
            graph.duties[from as usize].weak |= by;
        }
        graph
    }

    pub fn from(self, states: &[u32]) -> Self {
        Written { from: bits(states), ..self }
    }

    pub fn until(self, states: &[u32]) -> Self {
        Written { until: bits(states), ..self }
    }

    /// A process is at an await of a lock or a wait bit in these states.
    pub fn awaiting(mut self, process: Processes, states: &[u32]) -> Self {
        for &state in states {
            let duties = &mut self.duties[state as usize];
            duties.awaits |= duties.weak & process;
            duties.weak &= !process;
        }
        self
    }

    pub fn is_from(&self, state: u32) -> bool {
        self.from >> state & 1 == 1
    }

    pub fn is_until(&self, state: u32) -> bool {
        self.until >> state & 1 == 1
    }

    /// The least number of steps to a set of states that a fair run can visit for ever, behind P and without Q; `None`
    /// if there is no such set. By the definition: every set of states is tried.
    pub fn oracle(&self, fairness: Fairness) -> Option<usize> {
        let distances = self.distances();
        let mut least = None;
        for set in 1u32..1 << self.states() {
            let reached: Option<Vec<usize>> =
                (0..self.states()).filter(|s| set >> s & 1 == 1).map(|s| distances[s]).collect();
            if let Some(reached) = reached.filter(|_| self.connected(set) && self.fair(set, fairness)) {
                least = least.into_iter().chain(reached).min();
            }
        }
        least
    }

    /// Steps to each state behind P without Q since: relaxed until nothing changes.
    fn distances(&self) -> Vec<Option<usize>> {
        let count = self.states();
        let mut before = vec![None; count];
        let mut behind = vec![None; count];
        self.initial.iter().for_each(|s| before[*s as usize] = Some(0));
        let less = |old: Option<usize>, new: Option<usize>| [old, new].into_iter().flatten().min();
        for _ in 0..2 * count {
            for state in 0..count as u32 {
                let at = state as usize;
                if self.is_from(state) && !self.is_until(state) {
                    behind[at] = less(behind[at], before[at]);
                }
                for to in self.edges[at].iter().filter_map(|edge| edge.to) {
                    before[to as usize] = less(before[to as usize], before[at].map(|d| d + 1));
                    if !self.is_until(to) {
                        behind[to as usize] = less(behind[to as usize], behind[at].map(|d| d + 1));
                    }
                }
            }
        }
        behind
    }

    /// Whether each of these states reaches each other one among them. A state alone always does: it may stutter.
    fn connected(&self, set: u32) -> bool {
        let states: Vec<u32> = (0..self.states() as u32).filter(|s| set >> s & 1 == 1).collect();
        states.iter().all(|&start| {
            let mut seen = 1u32 << start;
            for _ in 0..states.len() {
                for &state in states.iter().filter(|s| set & (1 << **s) != 0) {
                    if seen >> state & 1 == 1 {
                        let next = self.edges[state as usize].iter().filter_map(|edge| edge.to);
                        seen |= next.fold(0, |all, to| all | 1 << to) & set;
                    }
                }
            }
            seen == set
        })
    }

    /// Whether a run that visits exactly these states for ever, and takes every step among them, is fair.
    fn fair(&self, set: u32, fairness: Fairness) -> bool {
        if fairness == Fairness::None {
            return true;
        }
        let states: Vec<usize> = (0..self.states()).filter(|s| set >> s & 1 == 1).collect();
        (0..64).map(|bit| 1u64 << bit).all(|process| {
            let steps = states.iter().flat_map(|s| &self.edges[*s]);
            let mut steps = steps.filter(|edge| edge.to.is_some_and(|to| set >> to & 1 == 1));
            let owed = |s: &usize| {
                let Duties { weak, awaits, strong } = self.duties[*s];
                let strongly = fairness == Fairness::StrongAwaits && awaits & process != 0 || strong & process != 0;
                let weakly = weak & process != 0 || fairness == Fairness::Weak && awaits & process != 0;
                (weakly, strongly)
            };
            steps.any(|edge| edge.by & process != 0)
                || !(states.iter().all(|s| owed(s).0) || states.iter().any(|s| owed(s).1))
        })
    }

    /// Goes along a lasso and says what is wrong with it.
    pub fn objection(&self, lasso: &Lasso, fairness: Fairness) -> Option<String> {
        let mut at = lasso.initial;
        let mut waiting = false;
        if !self.initial.contains(&at) {
            return Some("it does not begin in an initial state".into());
        }
        let mut walk = |taken: &[Taken], at: &mut u32| -> Option<Vec<(u32, Processes)>> {
            let mut seen = Vec::new();
            waiting = (waiting || self.is_from(*at)) && !self.is_until(*at);
            for &(state, index) in taken {
                if state != *at {
                    return None;
                }
                let edge = self.edges[state as usize][index];
                *at = edge.to?;
                waiting = (waiting || self.is_from(*at)) && !self.is_until(*at);
                seen.push((*at, edge.by));
            }
            Some(seen)
        };
        walk(&lasso.stem, &mut at)?;
        let start = at;
        let Some(mut seen) = walk(&lasso.cycle, &mut at) else { return Some("its steps do not follow".into()) };
        if at != start {
            return Some("the cycle does not close".into());
        }
        if !waiting || seen.iter().any(|(state, _)| self.is_until(*state)) {
            return Some("it is not about the property".into());
        }
        seen.push((start, 0));
        let stepped = seen.iter().fold(0, |all, (_, by)| all | by);
        let duties = seen.iter().map(|(state, _)| self.duties[*state as usize]);
        let (mut always, mut ever) = (!0, 0);
        for Duties { weak, awaits, strong } in duties {
            match fairness {
                Fairness::None => always = 0,
                Fairness::Weak => (always, ever) = (always & (weak | awaits), ever | strong),
                Fairness::StrongAwaits => (always, ever) = (always & weak, ever | strong | awaits),
            }
        }
        ((always | ever) & !stepped != 0).then(|| format!("{:b} is kept waiting", (always | ever) & !stepped))
    }
}

fn bits(states: &[u32]) -> u32 {
    states.iter().fold(0, |all, state| all | 1 << state)
}

/// Numbers that look random, the same in every run (splitmix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// A graph of up to six states and three processes; duties of processes that can step, and of some that cannot.
    pub fn graph(&mut self) -> Written {
        let states = 1 + self.below(6) as usize;
        let mut graph = Written::new(states, &[]);
        for state in 0..states {
            for _ in 0..self.below(5) {
                let to = (self.below(12) != 0).then(|| self.below(states as u64) as u32);
                graph.edges[state].push(Edge { to, by: self.below(8) & self.below(8) });
            }
            let mut duties = Duties::default();
            let demanded = self.below(8) & self.below(8) | self.below(8) & self.below(8);
            for bit in 0..3 {
                let process = demanded & 1 << bit;
                match self.below(4) {
                    0 | 1 => duties.awaits |= process,
                    2 => duties.strong |= process,
                    _ => duties.weak |= process,
                }
            }
            graph.duties[state] = duties;
        }
        graph.from = self.below(64) as u32;
        graph.until = (self.below(64) & self.below(64) & self.below(64)) as u32;
        graph
    }
}
