//! Runs one step, or one claim function, on a state of which only a part is known, and says what else it reads.

use super::super::execute::{Watch, read};
use super::super::{ClaimSet, Cut, End, Fired, Pc, Scratch, Standing, System};
use crate::lang::lower::defs_uses;
use crate::lang::program::*;

/// A part of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Location {
    /// A cell of memory.
    Cell(usize),
    /// A local, by its position among those that are live at the step.
    Local(usize),
}

/// What is known of a state.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub cells: Vec<Option<i16>>,
    pub locals: Vec<Option<i16>>,
}

impl Known {
    /// Nothing but the cells that never change.
    pub(super) fn nothing(fixed: &[Option<i16>], locals: usize) -> Self {
        Known { cells: fixed.to_vec(), locals: vec![None; locals] }
    }

    pub(super) fn set(&mut self, location: Location, value: Option<i16>) {
        match location {
            Location::Cell(cell) => self.cells[cell] = value,
            Location::Local(local) => self.locals[local] = value,
        }
    }
}

/// A local after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Local {
    /// It has this value.
    Value(i16),
    /// It is the local that had this position before, whatever its value.
    Same(usize),
}

/// Where a step leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Goes {
    Blocked,
    At(u16, Vec<Local>),
    Parked,
    Ended,
    Crash(String),
    Cut(Cut),
}

/// All that one choice of a step does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Effect {
    pub goes: Goes,
    pub claims: (ClaimSet, ClaimSet),
    /// Cells that have another value afterwards, or may have.
    pub writes: Vec<(usize, i16)>,
}

/// Watches a run, and stops it where it reads what is not known.
struct Probe<'a> {
    known: &'a Known,
    /// Registers that hold the locals.
    live: &'a [Reg],
    defined: Vec<Reg>,
    written: Vec<usize>,
    asks: Option<Location>,
}

impl Probe<'_> {
    fn new<'a>(known: &'a Known, live: &'a [Reg]) -> Probe<'a> {
        Probe { known, live, defined: Vec::new(), written: Vec::new(), asks: None }
    }

    /// Whether a cell's value is known; if not, the run stops.
    fn knows(&mut self, cell: usize) -> bool {
        let known = self.written.contains(&cell) || self.known.cells[cell].is_some();
        if !known {
            self.asks = Some(Location::Cell(cell));
        }
        known
    }

    fn knows_registers(&mut self, regs: &[Reg]) -> bool {
        let unknown = regs.iter().filter(|reg| !self.defined.contains(reg));
        let positions = unknown.filter_map(|reg| self.live.iter().position(|live| live == reg));
        let ask = positions.into_iter().find(|position| self.known.locals[*position].is_none());
        self.asks = ask.map(Location::Local);
        ask.is_none()
    }

    /// The cell that says whether an entry of a pool is handed out.
    fn live_cell(system: &System, pool: u16, object: i16) -> Option<usize> {
        let shape = system.pools[usize::from(pool)];
        let live = shape.live.filter(|_| object > 0)?;
        Some((shape.base + (object as u32 - 1) * shape.size + live) as usize)
    }

    fn access(&mut self, system: &System, scratch: &Scratch, place: &Place, store: bool) -> bool {
        let live = Self::live_cell(system, place.pool, read(scratch, place.object));
        if live.is_some_and(|live| !self.knows(live)) {
            return false;
        }
        let Ok(cell) = system.cell(scratch, place) else { return true };
        if store {
            self.written.push(cell);
            return true;
        }
        self.knows(cell)
    }

    fn get(&mut self, system: &System, scratch: &Scratch, pool: u16) -> bool {
        for object in 1..=system.pools[usize::from(pool)].len as i16 {
            let Some(live) = Self::live_cell(system, pool, object) else { return true };
            if !self.knows(live) {
                return false;
            }
            if scratch.cells[live] == 0 {
                self.written.push(live);
                return true;
            }
        }
        true
    }

    fn put(&mut self, system: &System, scratch: &Scratch, pool: u16, object: i16) -> bool {
        let Some(live) = Self::live_cell(system, pool, object) else { return true };
        if !self.knows(live) {
            return false;
        }
        if scratch.cells[live] != 0 {
            let shape = system.pools[usize::from(pool)];
            let base = (shape.base + (object as u32 - 1) * shape.size) as usize;
            let cells = (base..base + shape.size as usize).filter(|cell| system.layout.cells[*cell].is_some());
            self.written.extend(cells);
        }
        true
    }
}

impl Watch for Probe<'_> {
    fn allows(&mut self, system: &System, scratch: &Scratch, op: &Op) -> bool {
        let (def, uses) = defs_uses(op);
        let allowed = self.knows_registers(&uses)
            && match op {
                Op::Load { place, .. } => self.access(system, scratch, place, false),
                Op::Store { place, .. } => self.access(system, scratch, place, true),
                Op::PoolGet { pool, .. } => self.get(system, scratch, *pool),
                Op::PoolPut { pool, object } => self.put(system, scratch, *pool, read(scratch, *object)),
                _ => true,
            };
        self.defined.extend(def.filter(|_| allowed));
        allowed
    }
}

/// What a step does, choice by choice.
///
/// # Errors
/// What else it reads.
pub(super) fn effects(
    system: &System,
    scratch: &mut Scratch,
    (context, step): (usize, u16),
    known: &Known,
) -> Result<Vec<Effect>, Location> {
    let state = state(system, context, step, known);
    let live = &system.program.contexts[context].code.steps[usize::from(step)].live;
    let mut effects = Vec::new();
    let (mut choice, mut most) = (0, 1);
    while choice < most {
        system.load(&state, scratch);
        let mut probe = Probe::new(known, live);
        let fired = system.fire_watched(&state, scratch, context, choice, &mut probe);
        match (fired, probe.asks) {
            (None, Some(location)) => return Err(location),
            (Some(Fired::Done(outcome)), _) => {
                most = most.max(outcome.choices);
                let goes = goes(system, context, scratch, &probe, &outcome.end);
                let writes = writes(scratch, &probe);
                effects.push(Effect { goes, claims: (outcome.violated, outcome.witnessed), writes });
                system.rollback(scratch);
            }
            (fired, _) => {
                // Another choice may do what this one has to wait for.
                let Some(Fired::Blocked(choices)) = fired else { return Err(Location::Cell(0)) };
                most = most.max(choices);
                effects.push(Effect { goes: Goes::Blocked, claims: Default::default(), writes: Vec::new() });
            }
        }
        choice += 1;
    }
    effects.sort();
    effects.dedup();
    Ok(effects)
}

/// A state with what is known, in which only one context is left.
fn state(system: &System, context: usize, step: u16, known: &Known) -> super::State {
    let low = |slot: &Option<super::super::layout::Slot>| slot.map_or(0, |slot| slot.low.max(0));
    let cells = known.cells.iter().zip(&system.layout.cells).map(|(value, slot)| value.unwrap_or_else(|| low(slot)));
    let cells: Vec<i16> = cells.collect();
    let mut standings = vec![Standing::over(Pc::Ended); system.program.contexts.len()];
    let slots = &system.layout.contexts[context].locals[usize::from(step)];
    let locals = known.locals.iter().zip(slots).map(|(value, slot)| value.unwrap_or(slot.range.low.max(0)));
    standings[context] = Standing { pc: Pc::At(step), locals: locals.collect() };
    system.assemble(&cells, &standings, ClaimSet::default(), false)
}

fn goes(system: &System, context: usize, scratch: &Scratch, probe: &Probe, end: &End) -> Goes {
    let local = |reg: &Reg| match (probe.defined.contains(reg), probe.live.iter().position(|live| live == reg)) {
        (false, Some(position)) => probe.known.locals[position].map_or(Local::Same(position), Local::Value),
        _ => Local::Value(scratch.regs[usize::from(*reg)]),
    };
    match end {
        End::At(Pc::At(step)) => {
            let live = &system.program.contexts[context].code.steps[usize::from(*step)].live;
            Goes::At(*step, live.iter().map(local).collect())
        }
        End::At(Pc::Parked) => Goes::Parked,
        End::At(Pc::Ended) => Goes::Ended,
        End::Crash(crash, _) => Goes::Crash(format!("{crash:?}")),
        End::Cut(cut) => Goes::Cut(cut.clone()),
    }
}

fn writes(scratch: &Scratch, probe: &Probe) -> Vec<(usize, i16)> {
    let mut cells = probe.written.clone();
    cells.sort_unstable();
    cells.dedup();
    let values = cells.into_iter().map(|cell| (cell, scratch.cells[cell]));
    values.filter(|(cell, value)| probe.known.cells[*cell] != Some(*value)).collect()
}

/// What a claim function says of some objects.
///
/// # Errors
/// What else it reads.
pub(super) fn says(
    system: &System,
    scratch: &mut Scratch,
    judge: &Judge,
    objects: &[i16],
    known: &Known,
) -> Result<bool, Location> {
    for (cell, value) in scratch.cells.iter_mut().zip(&known.cells) {
        *cell = value.unwrap_or(0);
    }
    let mut probe = Probe::new(known, &[]);
    let said = system.evaluate_watched(scratch, judge, objects, &mut probe);
    said.ok_or_else(|| probe.asks.unwrap_or(Location::Cell(0)))
}
