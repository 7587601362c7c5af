//! Objects as actors, contexts as the messages between them.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use stateright::actor::{Actor, Id, Out};

use super::Fault;
use super::route::{Owners, Route};
use crate::fused::Machine;
use crate::lang::program::{Operand, Reg};
use crate::system::{Access, ClaimSet, End, Fired, Pc, Standing, State};

/// A context in flight: the message. It carries where the context goes on, and with which locals.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flight {
    /// The context.
    pub context: u16,
    /// Its next step and its locals.
    pub standing: Standing,
    /// What comes with the delivery; nothing as long as it is under way.
    pub delivery: Option<Delivery>,
}

/// What belongs to no object, handed over at the moment of delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Delivery {
    /// The choice that the step makes.
    pub choice: u32,
    /// The specification's cells: a step may read them on its way, although nothing real depends on them.
    pub ghosts: Arc<[i16]>,
    /// For a softirq, the task on its CPU and where that stands: what `current` is, the CPU knows and no object.
    pub interrupted: Option<(u16, Pc)>,
}

/// What all objects know: the code, and who is who.
pub(super) struct World {
    /// The program with its checks, on whole states.
    pub whole: Machine,
    /// The program without them, on the memory of one object.
    pub real: Machine,
    pub owners: Owners,
    /// By context and step.
    pub routes: Vec<Vec<Route>>,
    pub fault: OnceLock<Fault>,
}

/// What an object makes of a delivery.
struct Performed {
    cells: Box<[i16]>,
    next: Option<Standing>,
}

impl World {
    /// The object that performs a context's next step. What addresses nothing goes to the first object: it must not
    /// depend on the sender.
    pub fn address(&self, context: u16, standing: &Standing) -> Id {
        let Pc::At(step) = standing.pc else { return Id::from(0) };
        let owner = match self.routes[usize::from(context)][usize::from(step)] {
            Route::Nowhere => None,
            Route::Pool(pool) => self.owners.owner(pool, None),
            Route::Named(pool, operand) => {
                let object = match operand {
                    Operand::Imm(object) => object,
                    Operand::Reg(reg) => self.local(context, step, standing, reg),
                };
                // NULL is nobody's: the step will crash, wherever it is performed.
                (object > 0).then(|| self.owners.owner(pool, Some(object as u16 - 1))).flatten()
            }
            Route::Found => self.find(context, standing),
        };
        Id::from(usize::from(owner.unwrap_or(0)))
    }

    fn local(&self, context: u16, step: u16, standing: &Standing, reg: Reg) -> i16 {
        let live = &self.real.system().program().contexts[usize::from(context)].code.steps[usize::from(step)].live;
        live.iter().position(|live| *live == reg).and_then(|at| standing.locals.get(at).copied()).unwrap_or(0)
    }

    /// Begins a step on constants alone, and sees which object it accesses first.
    fn find(&self, context: u16, standing: &Standing) -> Option<u16> {
        let state = self.alone(self.real.system().initial_cells(), (context, standing), None);
        let mut first = None;
        self.real.with(|system, scratch| {
            system.load(&state, scratch);
            system.fire_guarded(&state, scratch, usize::from(context), 0, &mut |access| {
                first = self.owner(access);
                false
            });
            system.rollback(scratch);
        });
        first
    }

    fn owner(&self, access: Access) -> Option<u16> {
        self.owners.owner(access.pool, access.object)
    }

    /// A packed state in which nobody but one context is left, and whom it interrupts.
    fn alone(&self, cells: &[i16], (context, standing): (u16, &Standing), interrupted: Option<(u16, Pc)>) -> State {
        let system = self.real.system();
        let mut standings = vec![Standing::over(Pc::Ended); system.program().contexts.len()];
        if let Some((task, pc)) = interrupted {
            standings[usize::from(task)] = Standing::over(pc);
        }
        standings[usize::from(context)] = standing.clone();
        system.assemble(cells, &standings, ClaimSet::default(), false)
    }

    /// What object `me` can see: itself, the constants, and the ghosts that came with the delivery.
    fn view(&self, me: u16, own: &[i16], ghosts: &[i16]) -> Vec<i16> {
        let mut cells = self.real.system().initial_cells().to_vec();
        let mine = self.owners.objects[usize::from(me)].cells.iter().zip(own);
        for (&cell, &value) in mine.chain(self.owners.ghosts.iter().zip(ghosts)) {
            cells[cell as usize] = value;
        }
        cells
    }

    /// Executes one step on the memory of one object; `None` if it is not enabled there.
    fn perform(&self, me: u16, own: &[i16], flight: &Flight) -> Option<Performed> {
        let delivery = flight.delivery.as_ref()?;
        let cells = self.view(me, own, &delivery.ghosts);
        let state = self.alone(&cells, (flight.context, &flight.standing), delivery.interrupted);
        let context = usize::from(flight.context);
        self.real.with(|system, scratch| {
            system.load(&state, scratch);
            let mine = &mut |access| self.owner(access) == Some(me);
            let Some(fired) = system.fire_guarded(&state, scratch, context, delivery.choice, mine) else {
                self.report(Fault::Trespass { step: self.step_name(flight), object: self.name(me) });
                return None;
            };
            let Fired::Done(outcome) = fired else { return None };
            let cells = self.owners.objects[usize::from(me)].cells.iter();
            let cells = cells.map(|&cell| system.cells(scratch)[cell as usize]).collect();
            let next = match outcome.end {
                End::Cut(_) => return None,
                End::Crash(..) | End::At(Pc::Ended | Pc::Parked) => None,
                End::At(Pc::At(_)) => {
                    let next = system.next(&state, scratch, context, &outcome);
                    Some(system.standing(next, context))
                }
            };
            Some(Performed { cells, next })
        })
    }

    pub fn name(&self, object: u16) -> String {
        self.owners.objects[usize::from(object)].name.clone()
    }

    pub fn step_name(&self, flight: &Flight) -> String {
        self.whole.step_name(usize::from(flight.context), flight.standing.pc)
    }

    /// Keeps the first fault.
    pub fn report(&self, fault: Fault) {
        let _ = self.fault.set(fault);
    }
}

/// An object: an actor that owns its cells.
#[derive(Clone)]
pub struct Object {
    pub(super) world: Arc<World>,
    pub(super) index: u16,
}

impl Actor for Object {
    type Msg = Flight;
    type State = Box<[i16]>;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _id: Id, _storage: &Option<()>, _out: &mut Out<Self>) -> Box<[i16]> {
        let initial = self.world.real.system().initial_cells();
        let cells = &self.world.owners.objects[usize::from(self.index)].cells;
        cells.iter().map(|&cell| initial[cell as usize]).collect()
    }

    fn on_msg(&self, _id: Id, state: &mut Cow<Box<[i16]>>, _src: Id, flight: Flight, out: &mut Out<Self>) {
        let Some(performed) = self.world.perform(self.index, state, &flight) else { return };
        // Even where nothing changed: stateright drops what neither changes nor sends anything, and the last step of
        // a context may only read.
        *state.to_mut() = performed.cells;
        if let Some(standing) = performed.next {
            let next = Flight { context: flight.context, standing, delivery: None };
            out.send(self.world.address(next.context, &next.standing), next);
        }
    }

    fn name(&self) -> String {
        self.world.name(self.index)
    }
}
