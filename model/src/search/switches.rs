//! The run with the fewest context switches: people follow few long turns better than many short ones.
//!
//! A node is a state and the context that stepped last. Going on with that context costs a step, going on with another
//! costs a step and a switch; nodes are taken in the order of switches, then of steps (Dijkstra's algorithm). So when a
//! violation is taken, every run with fewer switches was followed to its end: that is the certificate.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Instant;

use indexmap::IndexSet;

use super::expand::{Expander, Space, Unfit};
use super::key::{Key, KeyLayout};
use super::values::Dictionary;
use super::{Limits, Path, Progress};
use crate::system::symmetry::Symmetry;
use crate::system::{ClaimSet, System};

/// Words of a node's key: one word holds the states of all built-in populations.
const WORDS: usize = 4;
/// Nobody has stepped yet.
const NOBODY: u32 = 0;
/// Nodes between two looks at the bounds.
const PERIOD: usize = 1 << 12;

/// Switches, then steps.
type Cost = (u32, u32);

/// A run that violates a claim, and none that violates it has fewer switches.
#[derive(Clone, Debug)]
pub struct Fewest {
    /// Context switches.
    pub switches: u32,
    /// The run; none with as few switches has fewer steps.
    pub path: Path,
}

/// What waits to be taken.
enum Entry {
    /// A node, reached from another by a step of a context.
    Node { key: Key<WORDS>, from: u32 },
    /// A violation by a step from a node.
    Violation { claims: ClaimSet, node: u32, step: (u16, u32) },
}

struct Search<'a> {
    space: Space<'a>,
    expander: Expander,
    taken: IndexSet<Key<WORDS>, rustc_hash::FxBuildHasher>,
    /// The node before each node taken; its own number for a first one.
    from: Vec<u32>,
    waiting: BTreeMap<Cost, VecDeque<Entry>>,
    wanted: ClaimSet,
    found: BTreeMap<u16, Fewest>,
}

/// Finds the runs with the fewest switches that violate these claims by a step or in a state. A claim is missing from the
/// answer if a bound was hit before, or if nothing violates it. `go_on` is called now and then; it returns false to stop.
pub fn fewest_switches(
    system: &System,
    claims: ClaimSet,
    limits: &Limits,
    go_on: &mut dyn FnMut(Progress) -> bool,
) -> BTreeMap<u16, Fewest> {
    let started = Instant::now();
    let Some(mut search) = Search::new(system, claims) else { return BTreeMap::new() };
    let mut taken = 0usize;
    while let Some((cost, entry)) = search.next() {
        // Too many nodes, or keys too wide for any population: what was found stands.
        if search.take(cost, entry).is_err() || search.wanted.is_empty() {
            break;
        }
        taken += 1;
        if !taken.is_multiple_of(PERIOD) {
            continue;
        }
        let late = limits.deadline.is_some_and(|deadline| Instant::now() > deadline);
        if search.bytes() > limits.memory || late || !go_on(search.progress(taken, cost, started)) {
            break;
        }
    }
    search.found
}

/// The search can go no further.
struct Stuck;

impl<'a> Search<'a> {
    fn new(system: &'a System, wanted: ClaimSet) -> Option<Self> {
        let mut dictionary = Dictionary::new(system);
        let initial: Vec<Vec<u32>> = system
            .initial()
            .iter()
            .map(|state| dictionary.parts.iter_mut().map(|part| part.number(state).0).collect())
            .collect();
        let layout = layout(system, &dictionary)?;
        let key = |numbers: &Vec<u32>| layout.pack(numbers);
        let first = initial.iter().map(|numbers| Entry::Node { key: key(numbers), from: u32::MAX });
        let waiting = BTreeMap::from([((0, 0), first.collect())]);
        Some(Search {
            expander: Expander::new(system, &Symmetry::none()),
            taken: IndexSet::default(),
            from: Vec::new(),
            waiting,
            wanted,
            found: BTreeMap::new(),
            space: Space { system, symmetry: Symmetry::none(), dictionary: Mutex::new(dictionary), layout },
        })
    }

    /// What costs least.
    fn next(&mut self) -> Option<(Cost, Entry)> {
        loop {
            let mut first = self.waiting.first_entry()?;
            if let Some(entry) = first.get_mut().pop_front() {
                return Some((*first.key(), entry));
            }
            first.remove();
        }
    }

    fn take(&mut self, cost: Cost, entry: Entry) -> Result<(), Stuck> {
        match entry {
            Entry::Violation { claims, node, step } => self.note(claims, cost, node, Some(step)),
            Entry::Node { key, from } => {
                let Some(node) = self.enter(&key, from)? else { return Ok(()) };
                let state = self.space.state(&key);
                self.space.system.load(&state, &mut self.expander.scratch);
                let violated = self.space.system.judge(&mut self.expander.scratch).0;
                self.note(violated, cost, node, None);
                self.expand(cost, key, node, &state)?;
            }
        }
        Ok(())
    }

    /// Numbers a node; `None` if it was taken before, at no higher cost.
    fn enter(&mut self, key: &Key<WORDS>, from: u32) -> Result<Option<u32>, Stuck> {
        let (node, new) = self.taken.insert_full(*key);
        if !new {
            return Ok(None);
        }
        let node = u32::try_from(node).ok().filter(|node| *node != u32::MAX).ok_or(Stuck)?;
        self.from.push(if from == u32::MAX { node } else { from });
        Ok(Some(node))
    }

    fn key(&self, node: u32) -> Key<WORDS> {
        self.taken[node as usize]
    }

    fn expand(&mut self, (switches, steps): Cost, key: Key<WORDS>, node: u32, state: &[u64]) -> Result<(), Stuck> {
        let last = self.last();
        let before = last.get(&key);
        let cost = |context: u16| {
            let switch = before != NOBODY && before != u32::from(context) + 1;
            (switches + u32::from(switch), steps + 1)
        };
        let waiting = &mut self.waiting;
        let successors = self.expander.successors(&self.space, &key, 0, |step, next| {
            let mut next = *next;
            last.change(&mut next, before, u32::from(step.context()) + 1);
            waiting.entry(cost(step.context())).or_default().push_back(Entry::Node { key: next, from: node });
        });
        if successors == Err(Unfit::TooMany) {
            return Err(Stuck);
        }
        if successors == Err(Unfit::Wide) {
            return self.widen().and_then(|()| self.expand((switches, steps), self.key(node), node, state));
        }
        if self.expander.look(&self.space, &key).0.iter().any(|claim| self.wanted.contains(claim)) {
            for (claims, step) in self.violating_steps(state) {
                let entry = Entry::Violation { claims, node, step };
                self.waiting.entry(cost(step.0)).or_default().push_back(entry);
            }
        }
        Ok(())
    }

    fn violating_steps(&mut self, state: &[u64]) -> Vec<(ClaimSet, (u16, u32))> {
        let (system, scratch) = (self.space.system, &mut self.expander.scratch);
        let mut steps = Vec::new();
        system.load(state, scratch);
        for context in 0..system.program().contexts.len() {
            system.each_choice(state, scratch, context, &mut |_, choice, outcome| {
                if !outcome.violated.is_empty() {
                    steps.push((outcome.violated, (context as u16, choice)));
                }
            });
        }
        steps
    }

    fn note(&mut self, claims: ClaimSet, (switches, _): Cost, node: u32, step: Option<(u16, u32)>) {
        for claim in claims.iter().filter(|claim| self.wanted.contains(*claim)).collect::<Vec<_>>() {
            let path = self.run_to(node, step);
            self.wanted = self.wanted.without(ClaimSet::one(claim));
            self.found.insert(claim, Fewest { switches, path });
        }
    }

    /// The run to a node, and one step more if there is one.
    fn run_to(&mut self, node: u32, last: Option<(u16, u32)>) -> Path {
        let mut nodes = vec![node];
        while let Some(&node) = nodes.last()
            && self.from[node as usize] != node
        {
            nodes.push(self.from[node as usize]);
        }
        nodes.reverse();
        let states: Vec<Vec<u64>> = nodes.iter().map(|node| self.space.state(&self.key(*node))).collect();
        let (system, field) = (self.space.system, self.last());
        let initial = system.initial().iter().position(|state| **state == *states[0]).unwrap_or(0);
        let steps = nodes[1..].iter().zip(states.windows(2)).filter_map(|(node, pair)| {
            let context = field.get(&self.key(*node)) as u16 - 1;
            let choice = system.choice_between(&pair[0], usize::from(context), &pair[1], &mut self.expander.scratch);
            choice.map(|choice| (context, choice))
        });
        let steps: Vec<(u16, u32)> = steps.collect();
        Path { initial, steps: steps.into_iter().chain(last).collect() }
    }

    /// Gives every number a field that holds it.
    fn widen(&mut self) -> Result<(), Stuck> {
        let layout = layout(self.space.system, &self.space.dictionary()).ok_or(Stuck)?;
        let old = std::mem::replace(&mut self.space.layout, layout);
        let mut numbers = Vec::new();
        let mut repack = |key: &Key<WORDS>| self.space.layout.repack(&old, key, &mut numbers);
        self.taken = std::mem::take(&mut self.taken).iter().map(&mut repack).collect();
        for entry in self.waiting.values_mut().flatten() {
            if let Entry::Node { key, .. } = entry {
                *key = repack(key);
            }
        }
        Ok(())
    }

    /// The field of the context that stepped last, plus one.
    fn last(&self) -> super::key::Field {
        self.space.layout.fields[self.space.system.components().len() + 1]
    }

    /// Nodes stand for states, and what was taken for transitions.
    fn progress(&self, taken: usize, (_, steps): Cost, started: Instant) -> Progress {
        Progress {
            states: self.from.len() as u64,
            transitions: taken as u64,
            frontier: self.waiting.values().map(VecDeque::len).sum::<usize>() as u64,
            depth: steps,
            levels: Vec::new(),
            elapsed: started.elapsed(),
        }
    }

    fn bytes(&self) -> u64 {
        let waiting: usize = self.waiting.values().map(VecDeque::len).sum();
        let nodes = waiting * size_of::<Entry>() + self.from.capacity() * size_of::<u32>();
        let taken = self.taken.capacity() * (size_of::<Key<WORDS>>() + 2 * size_of::<usize>());
        taken as u64 + self.space.dictionary().bytes() + self.expander.bytes() + nodes as u64
    }
}

fn layout(system: &System, dictionary: &Dictionary) -> Option<KeyLayout> {
    KeyLayout::roomy::<WORDS>(dictionary.counts().chain([system.program().contexts.len() + 1]))
}
