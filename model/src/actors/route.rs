//! Which objects there are, and to which of them a step is addressed. Decided before anything runs.

use std::collections::BTreeSet;

use super::Refusal;
use crate::lang::program::*;

/// An object that is an actor: an entry of a pool, or a whole pool whose entries are handed out.
#[derive(Clone, Debug)]
pub struct ObjectInfo {
    /// `pages[0]`
    pub name: String,
    /// The memory cells that are its state: neither constant nor specification.
    pub cells: Vec<u32>,
}

/// The objects, and which of them owns what.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    pub objects: Vec<ObjectInfo>,
    /// Per pool, its first object, and whether that is the whole pool.
    pools: Vec<Option<(u16, bool)>>,
    /// Cells that belong to the specification, and so to no object.
    pub ghosts: Vec<u32>,
}

impl Owners {
    pub fn of(program: &Program) -> Self {
        let mut owners = Owners::default();
        for pool in &program.pools {
            owners.add(pool);
        }
        owners
    }

    fn add(&mut self, pool: &PoolInfo) {
        let cell = |object: u16, offset: usize| pool.base + (usize::from(object) * pool.cells.len() + offset) as u32;
        let real = pool.cells.iter().enumerate().filter(|(_, info)| !info.ghost && !info.constant);
        let real: Vec<usize> = real.map(|(offset, _)| offset).collect();
        let ghosts = pool.cells.iter().enumerate().filter(|(_, info)| info.ghost).map(|(offset, _)| offset);
        let ghosts: Vec<usize> = ghosts.collect();
        for object in 0..pool.len {
            self.ghosts.extend(ghosts.iter().map(|&offset| cell(object, offset)));
        }
        if real.is_empty() || pool.len == 0 {
            self.pools.push(None);
            return;
        }
        self.pools.push(Some((self.objects.len() as u16, pool.allocated)));
        let cells_of = |object| real.iter().map(move |&offset| cell(object, offset));
        if pool.allocated {
            let cells = (0..pool.len).flat_map(cells_of).collect();
            self.objects.push(ObjectInfo { name: pool.name.clone(), cells });
            return;
        }
        for object in 0..pool.len {
            let name = if pool.single { pool.name.clone() } else { format!("{}[{object}]", pool.name) };
            self.objects.push(ObjectInfo { name, cells: cells_of(object).collect() });
        }
    }

    /// The actor of an object of a pool, or of the pool.
    pub fn owner(&self, pool: u16, object: Option<u16>) -> Option<u16> {
        let (first, whole) = self.pools[usize::from(pool)]?;
        match (whole, object) {
            (true, _) => Some(first),
            (false, object) => Some(first + object?),
        }
    }
}

/// How the object that a step addresses is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// It is the object of this pool that an operand names, which the context carries.
    Named(u16, Operand),
    /// It is this pool.
    Pool(u16),
    /// Constants lead to it: the step is begun, up to its first access.
    Found,
    /// The step addresses nothing; any object can perform it.
    Nowhere,
}

/// What a step may do up to its first access, on any path through it.
#[derive(Default)]
struct Beginning {
    /// Objects accessed first: pool and operand, `None` for a whole pool.
    first: Vec<(u16, Option<Operand>)>,
    /// Registers assigned before.
    assigned: BTreeSet<Reg>,
    /// Whether a ghost is read or a choice made before.
    unknown: bool,
}

/// The routes of a context's steps.
pub(super) fn routes(program: &Program, context: &Context) -> Result<Vec<Route>, Refusal> {
    let steps = context.code.steps.iter().enumerate();
    steps
        .map(|(step, info)| {
            let beginning = beginning(program, &context.code, info.at);
            route(&beginning).ok_or_else(|| Refusal::Wanders { context: context.name.clone(), step: step as u16 })
        })
        .collect()
}

fn route(beginning: &Beginning) -> Option<Route> {
    let carried = |operand: &Operand| match operand {
        Operand::Imm(_) => true,
        Operand::Reg(reg) => !beginning.assigned.contains(reg),
    };
    match beginning.first.as_slice() {
        [] => Some(Route::Nowhere),
        [(pool, None)] => Some(Route::Pool(*pool)),
        [(pool, Some(operand))] if carried(operand) => Some(Route::Named(*pool, *operand)),
        _ => (!beginning.unknown).then_some(Route::Found),
    }
}

fn beginning(program: &Program, code: &Code, at: Target) -> Beginning {
    let mut found = Beginning::default();
    let mut seen = BTreeSet::new();
    let mut todo = vec![at + 1];
    while let Some(at) = todo.pop() {
        if !seen.insert(at) {
            continue;
        }
        let op = &code.ops[at as usize];
        match op {
            Op::Step | Op::End | Op::Park | Op::Crash(_) | Op::Return(_) => {}
            Op::Jump(target) => todo.push(*target),
            Op::Branch { then, other, .. } => todo.extend([*then, *other]),
            op => {
                if let Some(first) = accessed(program, op) {
                    if !found.first.contains(&first) {
                        found.first.push(first);
                    }
                    continue;
                }
                note(program, op, &mut found);
                todo.push(at + 1);
            }
        }
    }
    found
}

/// The object that an op accesses, unless it only touches constants or the specification.
fn accessed(program: &Program, op: &Op) -> Option<(u16, Option<Operand>)> {
    match op {
        Op::Load { place, .. } | Op::Store { place, .. } => {
            let info = cell_of(program, place);
            (!info.ghost && !info.constant).then_some((place.pool, Some(place.object)))
        }
        Op::PoolGet { pool, .. } | Op::PoolPut { pool, .. } => Some((*pool, None)),
        _ => None,
    }
}

fn note(program: &Program, op: &Op, found: &mut Beginning) {
    match op {
        Op::Copy { dst, .. } | Op::Unary { dst, .. } | Op::Binary { dst, .. } | Op::ObjectAt { dst, .. } => {
            found.assigned.insert(*dst);
        }
        Op::Load { dst, place } => {
            found.assigned.insert(*dst);
            found.unknown |= cell_of(program, place).ghost;
        }
        Op::Nondet { dst, .. } | Op::CurrentMm { dst, .. } => {
            found.assigned.insert(*dst);
            found.unknown = true;
        }
        _ => {}
    }
}

fn cell_of<'p>(program: &'p Program, place: &Place) -> &'p CellInfo {
    &program.pools[usize::from(place.pool)].cells[usize::from(place.offset)]
}

/// The program without its checks: what objects perform. Conditions of checks may read any object, so no object can
/// evaluate them. Their branches stay, and their reads become zero, so that program counters keep their meaning.
pub(super) fn unchecked(program: &Program) -> Program {
    let mut program = program.clone();
    for code in program.contexts.iter_mut().map(|context| &mut context.code) {
        for (op, origin) in code.ops.iter_mut().zip(&code.origins) {
            match op {
                Op::Load { dst, .. } | Op::ObjectAt { dst, .. } if origin.specified => {
                    *op = Op::Copy { dst: *dst, src: Operand::Imm(0) };
                }
                Op::Check { .. } | Op::Witness { .. } => *op = Op::Nop,
                _ => {}
            }
        }
    }
    program
}
