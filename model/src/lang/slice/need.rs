//! What is needed: from the ops that stay whatever happens, back over uses, cells and branches.

use super::super::lower::{RegSet, defs_uses, successors};
use super::leave::{Known, Stays, Watched, stays};
use super::nonzero::Nonzero;
use super::range::{Ranges, inside};
use super::region::{Region, regions};
use super::*;

/// What is needed of a program whose judges are all wanted.
pub(super) struct Need<'a> {
    program: &'a Program,
    contexts: Vec<CodeNeed<'a>>,
    /// Cells that something needed reads, by pool and offset.
    cells: Vec<Vec<bool>>,
    /// The stores to each cell, by pool and offset: context and op.
    stores: Vec<Vec<Vec<(usize, usize)>>>,
    queue: Vec<(usize, usize)>,
}

/// What is needed of one code.
struct CodeNeed<'a> {
    code: &'a Code,
    /// The register that each op writes.
    writes: Vec<Option<Reg>>,
    before: Vec<Vec<usize>>,
    regions: Vec<Option<Region>>,
    /// The branches in whose region each op lies.
    around: Vec<Vec<usize>>,
    stays: Vec<Stays>,
    /// Registers whose value may not fit where they live between steps: then they cut the path, read or not.
    wide: Vec<bool>,
    needed: Vec<bool>,
    /// Registers that something needed reads later.
    live: Vec<RegSet>,
}

impl<'a> Need<'a> {
    pub(super) fn new(program: &'a Program, wanted: &Wanted) -> Self {
        let watched = Watched::new(program, wanted);
        let contexts = program.contexts.iter().map(|c| CodeNeed::new(program, wanted, &watched, &c.code));
        let pools = program.pools.iter();
        let mut need = Need {
            program,
            contexts: contexts.collect(),
            cells: pools.clone().map(|pool| vec![false; pool.cells.len()]).collect(),
            stores: pools.map(|pool| vec![Vec::new(); pool.cells.len()]).collect(),
            queue: Vec::new(),
        };
        need.find_stores();
        need
    }

    pub(super) fn code(&self, context: usize) -> &Code {
        self.contexts[context].code
    }

    /// Whether an op stays as it is.
    pub(super) fn needs(&self, context: usize, at: usize) -> bool {
        self.contexts[context].needed[at]
    }

    /// Whether an op that is not needed still makes its access.
    pub(super) fn follows(&self, context: usize, at: usize) -> bool {
        self.contexts[context].stays[at] == Stays::Access
    }

    /// Where the ways of a branch meet that is not needed.
    pub(super) fn around(&self, context: usize, at: usize) -> Option<Target> {
        self.contexts[context].regions[at].as_ref().map(|region| region.join)
    }

    /// Registers that are stored at a step.
    pub(super) fn live(&self, context: usize, step: usize) -> Vec<Reg> {
        let need = &self.contexts[context];
        let step = &need.code.steps[step];
        let read = &need.live[step.at as usize];
        step.live.iter().copied().filter(|reg| read.contains(*reg) || need.wide[usize::from(*reg)]).collect()
    }

    /// Finds all that is needed.
    pub(super) fn close(&mut self) {
        self.judges();
        for context in 0..self.contexts.len() {
            for at in 0..self.contexts[context].code.ops.len() {
                if self.contexts[context].whole(at) {
                    self.need(context, at);
                } else if self.contexts[context].stays[at] == Stays::Access {
                    self.branches(context, at);
                    self.read(context, at, place_regs(&self.contexts[context].code.ops[at]));
                }
            }
        }
        while let Some((context, at)) = self.queue.pop() {
            self.follow(context, at);
        }
    }

    /// Judges are wanted as they are: all that they read.
    fn judges(&mut self) {
        let program = self.program;
        for op in program.judges().flat_map(|judge| &judge.code.ops) {
            self.loaded(op);
        }
    }

    /// All that a needed op needs.
    fn follow(&mut self, context: usize, at: usize) {
        let code: &'a Code = self.contexts[context].code;
        let op = &code.ops[at];
        self.loaded(op);
        self.branches(context, at);
        self.read(context, at, defs_uses(op).1);
    }

    fn need(&mut self, context: usize, at: usize) {
        if !std::mem::replace(&mut self.contexts[context].needed[at], true) {
            self.queue.push((context, at));
        }
    }

    /// The branches that decide whether an op runs.
    fn branches(&mut self, context: usize, at: usize) {
        for branch in self.contexts[context].around[at].clone() {
            self.need(context, branch);
        }
    }

    /// A load needs what is stored to its cells.
    fn loaded(&mut self, op: &Op) {
        let Op::Load { place, .. } = op else { return };
        for offset in offsets(place) {
            let pool = usize::from(place.pool);
            if !std::mem::replace(&mut self.cells[pool][offset], true) {
                for (context, at) in std::mem::take(&mut self.stores[pool][offset]) {
                    self.need(context, at);
                }
            }
        }
    }

    /// The ops whose values an op finds in these registers.
    fn read(&mut self, context: usize, at: usize, regs: impl IntoIterator<Item = Reg>) {
        for reg in regs {
            for writer in self.contexts[context].writers(at, reg) {
                self.need(context, writer);
            }
        }
    }

    fn find_stores(&mut self) {
        for (context, need) in self.contexts.iter().enumerate() {
            for (at, op) in need.code.ops.iter().enumerate() {
                let Op::Store { place, .. } = op else { continue };
                offsets(place).for_each(|offset| self.stores[usize::from(place.pool)][offset].push((context, at)));
            }
        }
    }
}

impl<'a> CodeNeed<'a> {
    fn new(program: &Program, wanted: &Wanted, watched: &Watched, code: &'a Code) -> Self {
        let ranges = Ranges::new(program, code);
        let regions = regions(code, &wanted.covered);
        let mut before = vec![Vec::new(); code.ops.len()];
        let mut around = vec![Vec::new(); code.ops.len()];
        for (at, region) in regions.iter().enumerate() {
            successors(&code.ops, at).into_iter().flatten().for_each(|next| before[next].push(at));
            region.iter().flat_map(|region| &region.ops).for_each(|inside| around[*inside].push(at));
        }
        let nonzero = Nonzero::new(code, &ranges, &before);
        let known = Known { program, code, ranges, nonzero };
        CodeNeed {
            writes: code.ops.iter().map(|op| defs_uses(op).0).collect(),
            before,
            around,
            regions,
            stays: (0..code.ops.len()).map(|at| stays(&known, wanted, watched, at)).collect(),
            wide: wide(code, &known.ranges),
            needed: vec![false; code.ops.len()],
            live: vec![RegSet::new(code.regs.len()); code.ops.len()],
            code,
        }
    }

    /// Whether an op stays whatever else does.
    fn whole(&self, at: usize) -> bool {
        let wide = || self.writes[at].is_some_and(|reg| self.wide[usize::from(reg)]);
        match self.code.ops[at] {
            Op::Branch { .. } => self.regions[at].is_none(),
            _ => self.stays[at] == Stays::Whole || wide(),
        }
    }

    /// Marks a register as read at an op, and finds the ops that wrote it. What was found before is not found again.
    fn writers(&mut self, at: usize, reg: Reg) -> Vec<usize> {
        let mut writers = Vec::new();
        let mut stack = vec![at];
        while let Some(at) = stack.pop() {
            if self.live[at].contains(reg) {
                continue;
            }
            self.live[at].insert(reg);
            for &before in &self.before[at] {
                match self.writes[before] == Some(reg) {
                    true => writers.push(before),
                    false => stack.push(before),
                }
            }
        }
        writers
    }
}

/// The registers that say which cell an op accesses.
fn place_regs(op: &Op) -> Vec<Reg> {
    let (Op::Load { place, .. } | Op::Store { place, .. }) = op else { return Vec::new() };
    let operands = std::iter::once(place.object).chain(place.index.map(|index| index.value));
    operands.filter_map(|operand| if let Operand::Reg(reg) = operand { Some(reg) } else { None }).collect()
}

/// Registers that are stored at some step although their value may not fit.
fn wide(code: &Code, ranges: &Ranges) -> Vec<bool> {
    let stored = |reg: Reg| code.steps.iter().any(|step| step.live.contains(&reg));
    let fits = |reg: Reg| inside(ranges.of(Operand::Reg(reg)), code.regs[usize::from(reg)].range);
    (0..code.regs.len() as Reg).map(|reg| !fits(reg) && stored(reg)).collect()
}
