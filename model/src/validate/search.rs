//! Keeps every state that the model may be in, event by event.
//!
//! Between two events any context may take steps, except one that stands at a crossing that the recording has not told yet.
//! An event keeps the states in which somebody stands at its crossing and the page looks as the kernel's did. When none is
//! left, the model has no run for what the kernel did.

use std::collections::HashSet;

use super::crossings::{Crossings, Label};
use super::flights::{Flights, is_bio};
use super::observe::{Cells, Difference};
use super::program::Program;
use super::recording::{Event, Phase, Recording};
use super::shadow::{Moved, Shadow};
use super::words;
use crate::system::{ClaimSet, End, Pc, Scratch, State, System};

/// States that are kept at one event: a recording that leaves more open is told so. (The sixteen recordings leave at most
/// some thousands.)
const MOST: usize = 200_000;

/// What a context waits to be told, by context; most wait for nothing.
type Held = Box<[Box<[Label]>]>;

/// A state that the model may be in, and how it came there.
pub struct Node {
    state: State,
    held: Held,
    shadow: Shadow,
    claims: ClaimSet,
    parent: Option<usize>,
    /// The step that led here, before the event of this index; none if an event was told.
    pub step: Option<(u16, u32)>,
    /// The index of that event.
    pub event: usize,
    /// Claims that this step, or the state it led to, violates.
    pub violated: ClaimSet,
}

/// How it ended.
pub enum Ending {
    /// These nodes explain every event.
    Explained(Vec<usize>),
    /// No state explains this event.
    Stopped(Stop),
    /// Too many states remain possible at this event.
    TooMany(usize),
}

/// Where no state was left.
pub struct Stop {
    /// The event.
    pub event: usize,
    /// A node of the last states, for the run up to there.
    pub last: usize,
    /// Observables that differ in the state that comes nearest, if somebody stands at the crossing.
    pub differences: Vec<Difference>,
    /// What the context of the event, or any that could have made it, could have done instead.
    pub instead: Vec<Label>,
    /// Whether the model crashes on the way.
    pub crashes: bool,
}

/// A search through one recording.
pub struct Search<'a> {
    system: &'a System,
    recording: &'a Recording,
    program: &'a Program,
    flights: &'a Flights,
    cells: Cells,
    crossings: Crossings<'a>,
    scratch: Scratch,
    /// Every node that was kept or led to one.
    pub nodes: Vec<Node>,
    crashes: bool,
}

/// Everything that tells nodes apart.
type Identity = (State, Held, Shadow, ClaimSet);

impl<'a> Search<'a> {
    /// Ready at the first event; none if the kernel has no page as the recordings know it.
    pub fn new(
        system: &'a System,
        crossings: Crossings<'a>,
        recording: &'a Recording,
        program: &'a Program,
        flights: &'a Flights,
    ) -> Option<Self> {
        let (cells, scratch) = (Cells::of(system)?, system.scratch());
        Some(Search {
            system,
            recording,
            program,
            flights,
            cells,
            crossings,
            scratch,
            nodes: Vec::new(),
            crashes: false,
        })
    }

    /// Goes through the events.
    pub fn run(&mut self) -> Ending {
        let mut current = self.begin();
        for index in 0..self.recording.events.len() {
            let Some(reached) = self.closure(&current, index) else { return Ending::TooMany(index) };
            let told = self.tell(&reached, index);
            if told.is_empty() {
                return Ending::Stopped(self.stop(&reached, current[0], index));
            }
            current = told;
        }
        Ending::Explained(current)
    }

    /// The nodes on the way to one, from the start.
    pub fn way(&self, node: usize) -> Vec<usize> {
        let mut way: Vec<usize> = std::iter::successors(Some(node), |node| self.nodes[*node].parent).collect();
        way.reverse();
        way
    }

    /// Claims that are violated on the way to a node.
    pub fn claims(&self, node: usize) -> ClaimSet {
        self.nodes[node].claims
    }

    fn begin(&mut self) -> Vec<usize> {
        let shadow = Shadow::at(&self.recording.events[0]);
        let (states, claims) = self.system.beginnings();
        for state in states {
            self.system.load(&state, &mut self.scratch);
            let facts = self.cells.facts(self.system.cells(&self.scratch));
            let pcs = self.system.pcs(&self.scratch).to_vec();
            let word = |(context, pc): (usize, &Pc)| self.crossings.word(context, None, *pc, facts).into();
            let held: Held = pcs.iter().enumerate().map(word).collect();
            let node =
                Node { state, held, shadow, claims, parent: None, step: None, event: 0, violated: ClaimSet::default() };
            self.nodes.push(node);
        }
        (0..self.nodes.len()).collect()
    }

    /// All nodes that steps lead to before an event; none if they are too many.
    fn closure(&mut self, from: &[usize], event: usize) -> Option<Vec<usize>> {
        let mut seen: HashSet<Identity, rustc_hash::FxBuildHasher> = HashSet::default();
        let mut reached = from.to_vec();
        seen.extend(from.iter().map(|node| self.nodes[*node].identity()));
        let mut next = 0;
        while let Some(&node) = reached.get(next) {
            next += 1;
            for context in 0..self.system.program().contexts.len() {
                for successor in self.steps(node, context, event) {
                    if seen.insert(successor.identity()) {
                        reached.push(self.nodes.len());
                        self.nodes.push(successor);
                    }
                }
            }
            if reached.len() > MOST {
                return None;
            }
        }
        Some(reached)
    }

    /// The steps of one context from a node.
    fn steps(&mut self, node: usize, context: usize, event: usize) -> Vec<Node> {
        let pc = self.system.layout().pc(&self.nodes[node].state, context);
        let idle = self.is_idle(context, pc);
        let held = !self.nodes[node].held[context].is_empty();
        let sector = self.program.sectors.get(&self.system.program().contexts[context].name).copied();
        let function = self.crossings.functions(context, pc).next();
        let may_move = function.is_none_or(|function| self.flights.let_move(function, sector, (idle, event)));
        if held || !may_move {
            return Vec::new();
        }
        self.fire(node, (context, pc), event)
    }

    /// Whether a loop for ever begins again where a context stands.
    fn is_idle(&self, context: usize, pc: Pc) -> bool {
        self.system.attrs(context, pc).is_some_and(|attrs| attrs.idle)
    }

    /// Fires every choice of a context that stands at `pc`.
    fn fire(&mut self, node: usize, (context, pc): (usize, Pc), event: usize) -> Vec<Node> {
        let Search { system, program, cells, crossings, scratch, nodes, .. } = self;
        let from = &nodes[node];
        system.load(&from.state, scratch);
        let before = system.cells(scratch).to_vec();
        let functions: Vec<String> = crossings.functions(context, pc).map(str::to_string).collect();
        let operation = crossings.operation(context, pc);
        let idle = |pc: Pc| system.attrs(context, pc).is_some_and(|attrs| attrs.idle);
        let name = &system.program().contexts[context].name;
        let (mut found, mut crashes) = (Vec::new(), false);
        system.each_choice(&from.state, scratch, context, &mut |scratch, choice, outcome| {
            let End::At(to) = outcome.end else {
                crashes |= matches!(outcome.end, End::Crash(..));
                return;
            };
            let state: State = system.next(&from.state, scratch, context, outcome).into();
            let violated = outcome.violated.union(system.judge(scratch).0);
            let after = system.cells(scratch);
            let (begins, ends) = (idle(pc), idle(to));
            let moved =
                Moved { context: name, functions: &functions, idle: begins, ends, operation, before: &before, after };
            let shadow = from.shadow.moved(program, cells, &moved, event);
            let word = crossings.word(context, Some(pc), to, cells.facts(after));
            found.push(from.stepped(state, (node, context, choice), (shadow, word), (violated, event)));
        });
        self.crashes |= crashes;
        found
    }

    /// The nodes that explain an event.
    fn tell(&mut self, reached: &[usize], index: usize) -> Vec<usize> {
        let mut seen: HashSet<Identity, rustc_hash::FxBuildHasher> = HashSet::default();
        let mut told = Vec::new();
        for &node in reached {
            for told_here in self.explanations(node, index) {
                if seen.insert(told_here.identity()) {
                    told.push(self.nodes.len());
                    self.nodes.push(told_here);
                }
            }
        }
        told
    }

    fn explanations(&mut self, node: usize, index: usize) -> Vec<Node> {
        let event = &self.recording.events[index];
        let mut found = Vec::new();
        for teller in self.tellers(node, index) {
            for shadow in self.nodes[node].shadow.before(event).choices(self.program, event) {
                if self.looks_so(node, shadow, event) {
                    found.push(self.nodes[node].told(node, teller, shadow.after(event), index));
                }
            }
        }
        found
    }

    /// The contexts that stand at an event's crossing; a single `None` if it is none.
    fn tellers(&self, node: usize, index: usize) -> Vec<Option<usize>> {
        let Some(label) = label(self.program, &self.recording.events[index], index) else { return vec![None] };
        let held = &self.nodes[node].held;
        self.candidates(index).filter(|context| held[*context].first() == Some(&label)).map(Some).collect()
    }

    /// The contexts that an event may be about: the task's own, or any that is no task of the program.
    fn candidates(&self, index: usize) -> impl Iterator<Item = usize> {
        let task = self.program.task(&self.recording.events[index]).map(|task| &task.context);
        let contexts = self.system.program().contexts.iter().enumerate();
        let fits = move |name: &String| match task {
            Some(task) => name == task,
            None => self.program.tasks.iter().all(|task| task.context != *name),
        };
        contexts.filter(move |(_, context)| fits(&context.name)).map(|(index, _)| index)
    }

    fn looks_so(&mut self, node: usize, shadow: Shadow, event: &Event) -> bool {
        let isolated = self.isolated(node);
        if !self.disk_is(shadow, event) || isolated && event.state.lru {
            return false;
        }
        let unknown = shadow.unknown(event, isolated);
        self.system.load(&self.nodes[node].state, &mut self.scratch);
        self.cells.agree(self.system.cells(&self.scratch), unknown, shadow.memory, &event.state)
    }

    /// Whether the disk holds what the program read from it.
    fn disk_is(&self, shadow: Shadow, event: &Event) -> bool {
        let said = event.said("disk").filter(|_| !self.program.hole);
        said.is_none_or(|text| u64::from_str_radix(text, 16) == Ok(shadow.disk))
    }

    /// Whether reclaim has taken the page off its list: the reference is the model's.
    fn isolated(&self, node: usize) -> bool {
        let state = &self.nodes[node].state;
        (0..self.system.program().contexts.len()).any(|context| {
            let pc = self.system.layout().pc(state, context);
            let inside = |name: &str| self.crossings.functions(context, pc).any(|function| function == name);
            inside("reclaim") && !inside("get_page_unless_zero")
        })
    }

    fn stop(&mut self, reached: &[usize], last: usize, index: usize) -> Stop {
        let event = &self.recording.events[index];
        let (mut nearest, mut differences, mut instead) = (last, Vec::new(), Vec::new());
        for &node in reached {
            for context in self.candidates(index) {
                instead.extend(self.nodes[node].held[context].first().copied());
            }
            if self.tellers(node, index).is_empty() {
                continue;
            }
            let differ = self.differences(node, event);
            if differences.is_empty() || differ.len() < differences.len() {
                (nearest, differences) = (node, differ);
            }
        }
        instead.sort();
        instead.dedup();
        Stop { event: index, last: nearest, differences, instead, crashes: self.crashes }
    }

    fn differences(&mut self, node: usize, event: &Event) -> Vec<Difference> {
        let (shadow, isolated) = (self.nodes[node].shadow.before(event), self.isolated(node));
        let unknown = shadow.unknown(event, isolated);
        self.system.load(&self.nodes[node].state, &mut self.scratch);
        let cells = self.system.cells(&self.scratch);
        let mut differences = self.cells.differences(cells, unknown, shadow.memory, &event.state);
        if isolated && event.state.lru {
            differences.push(Difference { name: "lru", model: "0".into(), kernel: "1".into() });
        }
        if !self.disk_is(shadow, event) {
            let kernel = format!("0x{}", event.said("disk").unwrap_or_default());
            differences.push(Difference { name: "disk", model: format!("{:#x}", shadow.disk), kernel });
        }
        differences
    }
}

impl Node {
    fn identity(&self) -> Identity {
        (self.state.clone(), self.held.clone(), self.shadow, self.claims)
    }

    /// What a step of a context leads to, before an event.
    fn stepped(
        &self,
        state: State,
        (parent, context, choice): (usize, usize, u32),
        (shadow, word): (Shadow, Vec<Label>),
        (violated, event): (ClaimSet, usize),
    ) -> Node {
        let mut held = self.held.clone();
        held[context] = word.into();
        Node {
            state,
            held,
            shadow,
            claims: self.claims.union(violated),
            parent: Some(parent),
            step: Some((context as u16, choice)),
            event,
            violated: violated.without(self.claims),
        }
    }

    /// The same after an event was told.
    fn told(&self, parent: usize, teller: Option<usize>, shadow: Shadow, event: usize) -> Node {
        let mut held = self.held.clone();
        if let Some(context) = teller {
            held[context] = held[context][1..].into();
        }
        Node {
            state: self.state.clone(),
            held,
            shadow,
            claims: self.claims,
            parent: Some(parent),
            step: None,
            event,
            violated: ClaimSet::default(),
        }
    }
}

/// The crossing of an event; none where the model has none: bios, faults that are taken again, and words of the program
/// that begin and end nothing.
pub fn label(program: &Program, event: &Event, index: usize) -> Option<Label> {
    if event.phase == Phase::User {
        let operations = program.tasks.iter().flat_map(|task| &task.operations);
        let mut ends = operations.flat_map(|operation| [operation.begin, operation.end]).flatten();
        return ends.any(|at| at == index).then_some(Label::Said(index));
    }
    if is_bio(event) || program.retried.contains(&index) {
        return None;
    }
    words::call(&event.function, event.phase).map(Label::Call)
}
