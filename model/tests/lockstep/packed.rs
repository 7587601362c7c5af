//! The packed engine as an [`Engine`], and all of its states as the interpreter would list them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use pinright_model::lang::program::Range;
use pinright_model::reference::{Exploration, Position, Projection};
use pinright_model::search::{Coverage, Limits, explore};
use pinright_model::system::{ClaimSet, Cut, End, Outcome, Pc, Scratch, Standing, State, System};

use super::engine::{Edge, Edges, Engine, Nodes, Target, add};

/// A state. What a `check` found stands in it; what the claims on whole states found on the way here does not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node {
    state: State,
    judged: ClaimSet,
}

/// A system that remembers violated claims, with the position of each step.
pub struct Packed {
    system: System,
    positions: Vec<Vec<Position>>,
    /// One state is loaded while steps are taken, another while one is looked at.
    firing: RefCell<Scratch>,
    looking: RefCell<Scratch>,
}

impl Packed {
    /// `system` must be sticky.
    pub fn new(system: System) -> Self {
        let contexts = system.program().contexts.iter().enumerate();
        let positions = contexts.map(|(context, c)| {
            (0..c.code.steps.len() as u16).map(|step| position(&system, context, Pc::At(step))).collect()
        });
        let positions = positions.collect();
        let [firing, looking] = [system.scratch(), system.scratch()].map(RefCell::new);
        Packed { system, positions, firing, looking }
    }

    pub fn system(&self) -> &System {
        &self.system
    }

    /// Places where some context may stand before a step.
    pub fn places(&self) -> usize {
        self.positions.iter().map(|positions| positions.iter().collect::<BTreeSet<_>>().len()).sum()
    }

    /// What of a node is compared.
    pub fn project(&self, node: &Node) -> Projection {
        let mut scratch = self.looking.borrow_mut();
        self.system.load(&node.state, &mut scratch);
        let pcs = self.system.pcs(&scratch).iter().enumerate();
        let stands = |(context, pc): (usize, &Pc)| match pc {
            Pc::At(step) => self.positions[context][usize::from(*step)].clone(),
            pc => position(&self.system, context, *pc),
        };
        Projection {
            memory: self.system.cells(&scratch).iter().map(|cell| i32::from(*cell)).collect(),
            violated: self.ids(self.system.remembered(&scratch).union(node.judged)),
            positions: pcs.map(stands).collect(),
        }
    }

    /// Every cell of a node.
    pub fn memory(&self, node: &Node) -> Vec<i16> {
        let mut scratch = self.looking.borrow_mut();
        self.system.load(&node.state, &mut scratch);
        self.system.cells(&scratch).to_vec()
    }

    /// What a cell can hold.
    pub fn range(&self, cell: usize) -> Range {
        let pools = &self.system.program().pools;
        let pool = pools.iter().rev().find(|pool| pool.base as usize <= cell).expect("a cell of some pool");
        pool.cells[(cell - pool.base as usize) % pool.cells.len()].range
    }

    /// A node with this memory, in which each context stands as in its own one of `nodes`; nothing was violated.
    pub fn assemble(&self, memory: &[i16], nodes: &[&Node]) -> Node {
        let standings = nodes.iter().enumerate().map(|(context, node)| self.system.standing(&node.state, context));
        let standings: Vec<Standing> = standings.collect();
        let state = self.system.assemble(memory, &standings, ClaimSet::default(), false);
        Node { state, judged: ClaimSet::default() }
    }

    fn ids(&self, claims: ClaimSet) -> BTreeSet<String> {
        claims.iter().map(|claim| self.system.program().claims[usize::from(claim)].decl.id.clone()).collect()
    }

    /// What the step that was just fired looks like, and the node that it leads to.
    fn look(&self, from: &Node, scratch: &mut Scratch, context: usize, outcome: &Outcome) -> (Edge, Option<Node>) {
        let (mut violated, mut witnessed) = (outcome.violated, outcome.witnessed);
        let mut node = None;
        let target = match &outcome.end {
            End::At(_) => {
                let state: State = self.system.next(&from.state, scratch, context, outcome).into();
                let judged = self.system.judge(scratch);
                violated = violated.union(judged.0);
                witnessed = witnessed.union(judged.1);
                let to = Node { state, judged: from.judged.union(judged.0) };
                let target = Target::State(self.project(&to));
                node = Some(to);
                target
            }
            End::Crash(crash, _) => Target::Crash(format!("{crash:?}")),
            End::Cut(cut) => Target::Cut(self.cut(cut)),
        };
        (Edge { context, target, violated: self.ids(violated), witnessed: self.ids(witnessed) }, node)
    }

    /// What left its width.
    fn cut(&self, cut: &Cut) -> String {
        let program = self.system.program();
        match cut {
            Cut::Member(pool, offset) => program.pools[usize::from(*pool)].cells[usize::from(*offset)].name.clone(),
            Cut::Local(context, reg) => {
                program.contexts[usize::from(*context)].code.regs[usize::from(*reg)].name.clone()
            }
            Cut::Endless(..) => "an endless step".into(),
        }
    }

    /// What the search says, and every state and edge; `None` if there are more than `limit` states.
    pub fn explore(&self, limit: usize) -> Option<Exploration> {
        let found = explore(&self.system, &Limits::default(), &mut |progress| progress.states <= limit as u64);
        if !matches!(found.coverage, Coverage::Complete(_)) || found.states > limit as u64 {
            return None;
        }
        let id = |claim: u16| self.system.program().claims[usize::from(claim)].decl.id.clone();
        let violations = found.violations.iter().map(|(claim, path)| (id(*claim), path.steps.len()));
        Some(Exploration {
            violated: violations.collect::<BTreeMap<_, _>>(),
            witnessed: self.ids(found.witnessed),
            ..self.graph()
        })
    }

    /// Every state and edge.
    fn graph(&self) -> Exploration {
        let mut found = Exploration::default();
        let mut queue: VecDeque<(Projection, Node)> = self
            .initial()
            .into_iter()
            .flat_map(|(seen, nodes)| nodes.into_iter().map(move |n| (seen.clone(), n)))
            .collect();
        let mut seen: HashSet<Node> = queue.iter().map(|(_, node)| node.clone()).collect();
        while let Some((here, node)) = queue.pop_front() {
            for (edge, nodes) in self.edges(std::slice::from_ref(&node)) {
                match edge.target {
                    Target::State(to) => {
                        let new = nodes.into_iter().filter(|node| seen.insert(node.clone()));
                        queue.extend(new.map(|node| (to.clone(), node)));
                        found.edges.insert((here.clone(), edge.context, to));
                    }
                    Target::Crash(_) => _ = found.crashes.insert((here.clone(), edge.context)),
                    Target::Cut(_) => _ = found.cuts.insert((here.clone(), edge.context)),
                }
            }
            found.states.insert(here);
        }
        found.raw_states = seen.len();
        found
    }
}

impl Engine for Packed {
    type Node = Node;

    fn initial(&self) -> Nodes<Node> {
        let mut nodes = Nodes::new();
        for state in self.system.initial() {
            let mut scratch = self.firing.borrow_mut();
            self.system.load(&state, &mut scratch);
            let judged = self.system.judge(&mut scratch).0;
            let node = Node { state, judged };
            add(&mut nodes, self.project(&node), Some(node));
        }
        nodes
    }

    fn successors(&self, node: &Node, edges: &mut Edges<Node>) {
        let mut scratch = self.firing.borrow_mut();
        self.system.load(&node.state, &mut scratch);
        for context in 0..self.system.program().contexts.len() {
            self.system.each_choice(&node.state, &mut scratch, context, &mut |scratch, _, outcome| {
                let (edge, to) = self.look(node, scratch, context, outcome);
                add(edges, edge, to);
            });
        }
    }
}

fn position(system: &System, context: usize, pc: Pc) -> Position {
    match (system.site(context, pc), pc) {
        (Some(site), _) => Position::At { path: site.calls, span: site.span },
        (None, Pc::Parked) => Position::Parked,
        (None, _) => Position::Ended,
    }
}
