//! The system: a program as a transition system on packed states.
//!
//! [`System::fire`] is the only semantics: search, traces, the actor model and the exports all go through it.
//! `layout` packs, `fire` takes a step, whose ops `execute` runs, `ran` notes what ran, `judge` evaluates claims on whole
//! states, `components` says which pieces of a state move on their own, `parts` takes states apart and puts them
//! together, `symmetry` finds renamings under which all is the same, `view` names things. Nothing here searches.

mod components;
mod execute;
mod fire;
mod judge;
mod layout;
mod parts;
mod ran;
pub mod symmetry;
mod view;

use std::collections::BTreeSet;

use crate::lang::program::*;

pub use components::Component;
pub use fire::{Cut, End, Fired, Outcome};
pub use layout::{Layout, Pc};
pub use parts::{Access, Standing};
pub use ran::Ran;
pub use view::{CellChange, StepSite, site_of};

/// A packed state: [`Layout::words`] words.
pub type State = Box<[u64]>;

/// A set of claims, by index into [`Program::claims`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct ClaimSet(pub u64);

impl ClaimSet {
    /// The set of one claim.
    pub fn one(claim: u16) -> Self {
        ClaimSet(1 << claim)
    }

    /// Whether the claim is in it.
    pub fn contains(self, claim: u16) -> bool {
        self.0 >> claim & 1 == 1
    }

    /// Adds a claim.
    pub fn insert(&mut self, claim: u16) {
        self.0 |= 1 << claim;
    }

    /// The claims in ascending order.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        (0..64).filter(move |claim| self.contains(*claim))
    }

    /// What is in either.
    pub fn union(self, other: Self) -> Self {
        ClaimSet(self.0 | other.0)
    }

    /// What is in this but not in the other.
    pub fn without(self, other: Self) -> Self {
        ClaimSet(self.0 & !other.0)
    }

    /// Whether it has no claim.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Claims that the system itself must find by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownClaims {
    /// No crash.
    pub crash: Option<u16>,
    /// Counts are kept.
    pub count: Option<u16>,
    /// References are kept.
    pub refcount: Option<u16>,
}

/// A program with its layout and initial memory.
pub struct System {
    program: Program,
    layout: Layout,
    initial_cells: Vec<i16>,
    pools: Vec<PoolShape>,
    known: KnownClaims,
    /// Contexts bound to each CPU.
    cpus: Vec<Vec<usize>>,
    /// The claim functions that each cell concerns.
    concerns: Vec<judge::Concern>,
    /// Memory, and the contexts.
    components: (Component, Vec<Component>),
    /// Whether claims that are put to the test are told as violated.
    premises: bool,
}

/// Where a pool lies in memory.
#[derive(Clone, Copy, Debug)]
struct PoolShape {
    base: u32,
    size: u32,
    len: u16,
    /// Offset of the member that says whether an entry is handed out.
    live: Option<u32>,
}

/// Working memory of one thread: an unpacked state, and the step being executed.
pub struct Scratch {
    cells: Vec<i16>,
    pcs: Vec<Pc>,
    regs: Vec<i16>,
    undo: Vec<(u32, i16)>,
    packed: Vec<u64>,
    sticky: ClaimSet,
    dead: bool,
    /// What ran of each op, per context, for coverage.
    pub covered: Vec<Vec<Ran>>,
}

/// An error while a system is built: `init` crashed or went out of range.
#[derive(Clone, Debug, thiserror::Error)]
#[error("init: {0}")]
pub struct InitError(pub String);

impl System {
    /// Builds the system. With `sticky`, a state remembers which claims were violated on the way to it: the form
    /// in which engines compare their state counts.
    ///
    /// # Errors
    /// `init` does not run through.
    pub fn new(program: Program, sticky: bool) -> Result<Self, InitError> {
        let pools: Vec<PoolShape> = program.pools.iter().map(PoolShape::of).collect();
        let concerns = judge::concerns(&program, &pools);
        let known =
            KnownClaims { crash: program.claim("S0"), count: program.claim("S7"), refcount: program.claim("S13") };
        let cpus = program.contexts.iter().filter_map(|c| c.cpu).collect::<BTreeSet<_>>();
        let cpus = cpus.into_iter().map(|cpu| {
            let bound = program.contexts.iter().enumerate().filter(|(_, c)| c.cpu == Some(cpu));
            bound.map(|(i, _)| i).collect()
        });
        let layout = Layout::new(&program, sticky);
        let cpus = cpus.collect();
        let components = (Component { contexts: Vec::new(), mask: Box::default() }, Vec::new());
        let initial_cells = Vec::new();
        let mut system =
            System { cpus, concerns, components, pools, known, layout, initial_cells, program, premises: false };
        system.find_components();
        system.initial_cells = system.run_init()?;
        Ok(system)
    }

    /// The same system, in which a claim counts as violated by what puts it to the test, and by nothing else: a search
    /// for violations finds the runs in which something really happened.
    #[must_use]
    pub fn for_premises(self) -> Self {
        System { premises: true, ..self }
    }

    /// What was violated and what was exercised, as this system tells it.
    fn told(&self, (violated, exercised): (ClaimSet, ClaimSet)) -> (ClaimSet, ClaimSet) {
        if self.premises { (exercised, ClaimSet::default()) } else { (violated, exercised) }
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The layout of states.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Memory after `init`.
    pub fn initial_cells(&self) -> &[i16] {
        &self.initial_cells
    }

    /// Working memory for one thread.
    pub fn scratch(&self) -> Scratch {
        let contexts = &self.program.contexts;
        let judge_regs = self.program.judges().map(|j| j.code.regs.len());
        let regs = contexts.iter().map(|c| c.code.regs.len()).chain(judge_regs).max().unwrap_or(0);
        Scratch {
            cells: self.initial_cells.clone(),
            pcs: vec![Pc::Ended; contexts.len()],
            regs: vec![0; regs],
            undo: Vec::new(),
            packed: vec![0; self.layout.words()],
            sticky: ClaimSet::default(),
            dead: false,
            covered: contexts.iter().map(|c| vec![Ran::default(); c.code.ops.len()]).collect(),
        }
    }

    /// What holds statically where a context stands; `None` once it is over.
    pub fn attrs(&self, context: usize, pc: Pc) -> Option<&StepAttrs> {
        match pc {
            Pc::At(step) => Some(&self.program.contexts[context].code.steps[usize::from(step)].attrs),
            Pc::Ended | Pc::Parked => None,
        }
    }

    /// Whether a context is in the middle of something: neither over, nor parked, nor idle.
    pub fn unfinished(&self, context: usize, pc: Pc) -> bool {
        self.attrs(context, pc).is_some_and(|a| !a.idle)
    }
}

impl PoolShape {
    fn of(pool: &PoolInfo) -> Self {
        PoolShape {
            base: pool.base,
            size: pool.cells.len() as u32,
            len: pool.len,
            live: pool.allocated.then(|| pool.cells.len() as u32 - 1),
        }
    }
}
