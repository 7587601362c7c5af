//! States in parts: memory here, contexts there. For semantics that do not keep a state in one piece.

use super::execute::Watch;
use super::{ClaimSet, Fired, Pc, Scratch, State, System};
use crate::lang::program::*;

/// Where a context stands, and the locals that are live there, in the order of [`StepInfo::live`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Standing {
    /// The step that it takes next.
    pub pc: Pc,
    /// Its locals.
    pub locals: Box<[i16]>,
}

impl Standing {
    /// A context without locals: one that is over.
    pub fn over(pc: Pc) -> Self {
        Standing { pc, locals: Box::default() }
    }
}

/// An access that a step is about to make: no constant, no ghost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// The pool.
    pub pool: u16,
    /// The object, from 0; `None` for the pool as a whole.
    pub object: Option<u16>,
}

/// Asks before each access.
struct Guard<'a>(&'a mut dyn FnMut(Access) -> bool);

impl Watch for Guard<'_> {
    fn allows(&mut self, system: &System, scratch: &Scratch, op: &Op) -> bool {
        match op {
            Op::Load { place, .. } | Op::Store { place, .. } => {
                let info = &system.program.pools[usize::from(place.pool)].cells[usize::from(place.offset)];
                // NULL is nobody's: the step crashes.
                let object = super::execute::read(scratch, place.object).checked_sub(1).filter(|object| *object >= 0);
                info.ghost
                    || info.constant
                    || object.is_none_or(|object| (self.0)(Access { pool: place.pool, object: Some(object as u16) }))
            }
            Op::PoolGet { pool, .. } | Op::PoolPut { pool, .. } => (self.0)(Access { pool: *pool, object: None }),
            _ => true,
        }
    }
}

impl System {
    /// Where a context of a packed state stands.
    pub fn standing(&self, state: &[u64], context: usize) -> Standing {
        let pc = self.layout.pc(state, context);
        let Pc::At(step) = pc else { return Standing::over(pc) };
        let locals = &self.layout.contexts[context].locals[usize::from(step)];
        Standing { pc, locals: locals.iter().map(|local| local.slot.get(state)).collect() }
    }

    /// Packs a state from memory and one standing per context.
    pub fn assemble(&self, cells: &[i16], standings: &[Standing], sticky: ClaimSet, dead: bool) -> State {
        let mut state = vec![0u64; self.layout.words()].into_boxed_slice();
        for (cell, slot) in cells.iter().zip(&self.layout.cells) {
            if let Some(slot) = slot {
                slot.set(&mut state, *cell);
            }
        }
        for (context, standing) in standings.iter().enumerate() {
            self.stand(&mut state, context, standing);
        }
        if let Some(bits) = self.layout.sticky {
            bits.set(&mut state, sticky.0);
        }
        if let Some(bits) = self.layout.dead {
            bits.set(&mut state, u64::from(dead));
        }
        state
    }

    /// Puts a context into a packed state that has zeros there.
    pub(super) fn stand(&self, state: &mut [u64], context: usize, standing: &Standing) {
        self.layout.set_pc(state, context, standing.pc);
        if let Pc::At(step) = standing.pc {
            let slots = &self.layout.contexts[context].locals[usize::from(step)];
            for (local, value) in slots.iter().zip(&standing.locals) {
                local.slot.set(state, *value);
            }
        }
    }

    /// Claims violated on the way to a state; none unless the system is sticky.
    pub fn sticky(&self, state: &[u64]) -> ClaimSet {
        ClaimSet(self.layout.sticky.map_or(0, |bits| bits.get(state)))
    }

    /// Whether the path to a state ended in a crash; false unless the system is sticky.
    pub fn is_dead(&self, state: &[u64]) -> bool {
        self.layout.dead.is_some_and(|bits| bits.get(state) == 1)
    }

    /// [`System::fire`] that asks `allow` before each access; `None` if it said no, and nothing has changed then.
    pub fn fire_guarded(
        &self,
        state: &[u64],
        scratch: &mut Scratch,
        context: usize,
        choice: u32,
        allow: &mut dyn FnMut(Access) -> bool,
    ) -> Option<Fired> {
        self.fire_watched(state, scratch, context, choice, &mut Guard(allow))
    }
}
