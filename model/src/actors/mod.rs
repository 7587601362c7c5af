//! The semantics as a [`stateright::actor::ActorModel`]: objects are actors, contexts are the messages in flight.
//!
//! A message carries a context's continuation to the object that its next step addresses. Delivering it is one
//! atomic step: the object performs it on its own memory and sends the context on. A context that must wait is a
//! message that its object does not accept yet. `object` has the actors and messages, `route` the addresses.
//!
//! [`KernelModel`] wraps it and does what no object can: it delivers only what the CPU rule lets run, makes choices
//! part of the delivery, and keeps the ghosts and the claims, which it judges on the whole state. A step's ghost part
//! is taken from the same step fired on that whole state; the real part comes from the objects alone, and
//! [`KernelModel::fault`] tells if the two ever disagree.

mod object;
mod route;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use stateright::actor::{ActorModel, ActorModelAction, ActorModelState, Envelope, Id, Network};
use stateright::{Model, Property};

pub use object::{Delivery, Flight, Object};
pub use route::ObjectInfo;

use crate::fused::{Machine, Packed, claims};
use crate::lang::program::{CurrentMm, Program};
use crate::lang::source::SourceMap;
use crate::system::{ClaimSet, End, Fired, InitError, Pc, Standing, State};
use object::World;
use route::Owners;

/// Why a program has no actor model.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Refusal {
    /// A ghost or a choice decides which object a step addresses, so nobody knows where to send the context.
    #[error("step {step} of {context} finds the object that it addresses through a ghost or a choice")]
    Wanders {
        /// The context.
        context: String,
        /// The step.
        step: u16,
    },
    /// There is nothing to be an actor.
    #[error("the program has no object")]
    Empty,
    /// `init` does not run through.
    #[error(transparent)]
    Init(#[from] InitError),
}

/// A defect of this program: the actors did not do what the system does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A step touched another object than the one that it was delivered to.
    #[error("{step}: left {object}")]
    Trespass {
        /// Who, and where.
        step: String,
        /// The object that performed the step.
        object: String,
    },
    /// The objects made something else of a step than the system does on the whole state.
    #[error("{step}: the objects disagree with the system")]
    Disagreement {
        /// Who, and where.
        step: String,
    },
}

/// A state: the objects with the messages between them, and what belongs to no object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KernelState {
    /// The objects and the contexts in flight.
    pub actors: ActorModelState<Object>,
    /// The cells of the specification.
    pub ghosts: Arc<[i16]>,
    /// Contexts that parked. Those that are neither parked nor in flight are over.
    pub parked: u64,
    /// Claims violated on the way.
    pub violated: ClaimSet,
    /// Whether the path ended in a crash.
    pub dead: bool,
}

impl KernelState {
    /// The contexts in flight, each from one object to another.
    pub fn flights(&self) -> impl Iterator<Item = Envelope<&Flight>> {
        self.actors.network.iter_deliverable()
    }

    /// How a context that is not in flight came to its end.
    fn over(&self, context: u16) -> Pc {
        if self.parked >> context & 1 == 1 { Pc::Parked } else { Pc::Ended }
    }
}

/// A delivery: one step of the context in flight.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Deliver {
    /// The message.
    pub flight: Flight,
    /// The choice that goes with it.
    pub choice: u32,
    /// The object that sent it.
    pub src: Id,
    /// The object that performs the step.
    pub dst: Id,
}

/// The actor model and what no actor sees.
pub struct KernelModel {
    actors: ActorModel<Object>,
    world: Arc<World>,
}

impl KernelModel {
    /// Makes actors of a program's objects.
    ///
    /// # Errors
    /// What actors cannot carry, by name.
    pub fn new(program: Program, sources: SourceMap) -> Result<Self, Refusal> {
        let real = route::unchecked(&program);
        let routes = real.contexts.iter().map(|context| route::routes(&real, context)).collect::<Result<_, _>>()?;
        let owners = Owners::of(&program);
        if owners.objects.is_empty() {
            return Err(Refusal::Empty);
        }
        let world = Arc::new(World {
            real: Machine::new(real, SourceMap::new())?,
            whole: Machine::new(program, sources)?,
            owners,
            routes,
            fault: OnceLock::new(),
        });
        let objects = (0..world.owners.objects.len()).map(|index| Object { world: world.clone(), index: index as u16 });
        let network = Network::new_unordered_nonduplicating([]);
        let actors = ActorModel::new((), ()).actors(objects).init_network(network);
        Ok(KernelModel { actors, world })
    }

    /// The objects, in the order of their ids.
    pub fn objects(&self) -> &[ObjectInfo] {
        &self.world.owners.objects
    }

    /// The first time that actors and system disagreed; never, as far as tests know.
    pub fn fault(&self) -> Option<&Fault> {
        self.world.fault.get()
    }

    /// A whole state in pieces, `actors` as they are at the start.
    fn begin(&self, state: &[u64], mut actors: ActorModelState<Object>) -> KernelState {
        let system = self.world.whole.system();
        let contexts = 0..system.program().contexts.len();
        let standings: Vec<Standing> = contexts.map(|context| system.standing(state, context)).collect();
        let flights = standings.iter().enumerate().filter(|(_, standing)| matches!(standing.pc, Pc::At(_)));
        actors.network = Network::new_unordered_nonduplicating(flights.map(|(context, standing)| {
            let dst = self.world.address(context as u16, standing);
            // Nobody sent it: as if it had been there before.
            let msg = Flight { context: context as u16, standing: standing.clone(), delivery: None };
            Envelope { src: dst, dst, msg }
        }));
        KernelState {
            actors,
            ghosts: self.ghosts(state),
            parked: parked(&standings),
            violated: system.sticky(state),
            dead: system.is_dead(state),
        }
    }

    fn ghosts(&self, state: &[u64]) -> Arc<[i16]> {
        self.world.whole.with(|system, scratch| {
            system.load(state, scratch);
            self.world.owners.ghosts.iter().map(|&cell| system.cells(scratch)[cell as usize]).collect()
        })
    }

    /// The whole state, packed: real cells from the objects, continuations from the messages.
    fn assemble(&self, state: &KernelState) -> State {
        let system = self.world.whole.system();
        let mut cells = system.initial_cells().to_vec();
        let objects = self.world.owners.objects.iter().zip(&state.actors.actor_states);
        let real = objects.flat_map(|(object, values)| object.cells.iter().zip(values.iter()));
        for (&cell, &value) in real.chain(self.world.owners.ghosts.iter().zip(state.ghosts.iter())) {
            cells[cell as usize] = value;
        }
        let contexts = 0..system.program().contexts.len() as u16;
        let mut standings: Vec<Standing> = contexts.map(|context| Standing::over(state.over(context))).collect();
        for envelope in state.flights() {
            standings[usize::from(envelope.msg.context)] = envelope.msg.standing.clone();
        }
        system.assemble(&cells, &standings, state.violated, state.dead)
    }

    /// Whom a softirq interrupts, and where.
    fn interrupted(&self, state: &KernelState, context: usize) -> Option<(u16, Pc)> {
        let system = self.world.whole.system();
        let CurrentMm::OfCpu(cpu) = system.program().contexts[context].mm else { return None };
        let task = system.task_on(cpu)? as u16;
        let flying = state.flights().find(|envelope| envelope.msg.context == task);
        Some((task, flying.map_or_else(|| state.over(task), |envelope| envelope.msg.standing.pc)))
    }

    /// Delivers a message to its object, with what belongs to no object. `None`: it is not accepted.
    fn deliver(&self, state: &KernelState, action: Deliver) -> Option<ActorModelState<Object>> {
        let Deliver { flight, choice, src, dst } = action;
        let interrupted = self.interrupted(state, usize::from(flight.context));
        let delivery = Delivery { choice, ghosts: state.ghosts.clone(), interrupted };
        let handed = Flight { delivery: Some(delivery), ..flight.clone() };
        let mut actors = state.actors.clone();
        let Network::UnorderedNonDuplicating(network) = &mut actors.network else { return None };
        network.remove(&Envelope { src, dst, msg: flight })?;
        network.insert(Envelope { src, dst, msg: handed.clone() }, 1);
        self.actors.next_state(&actors, ActorModelAction::Deliver { src, dst, msg: handed })
    }

    /// The same step on the whole state. `None`: it is not enabled, or not followed.
    fn fire(&self, whole: &[u64], action: &Deliver) -> Option<State> {
        self.world.whole.with(|system, scratch| {
            system.load(whole, scratch);
            let context = usize::from(action.flight.context);
            let Fired::Done(outcome) = system.fire(whole, scratch, context, action.choice) else { return None };
            let followed = !matches!(outcome.end, End::Cut(_));
            followed.then(|| system.next(whole, scratch, context, &outcome).into())
        })
    }
}

/// The contexts that parked, as bits.
fn parked(standings: &[Standing]) -> u64 {
    let parked = standings.iter().enumerate().filter(|(_, standing)| standing.pc == Pc::Parked);
    parked.fold(0, |bits, (context, _)| bits | 1 << context)
}

impl Packed for KernelModel {
    fn machine(&self) -> &Machine {
        &self.world.whole
    }

    fn packed<'s>(&self, state: &'s KernelState) -> Cow<'s, [u64]> {
        Cow::Owned(self.assemble(state).into_vec())
    }

    /// Most claims are known without putting the state together.
    fn violates(&self, state: &KernelState, claim: u16) -> bool {
        let judged = self.world.whole.judged().contains(claim) && !state.dead;
        state.violated.contains(claim) || judged && self.world.whole.fails(&self.assemble(state), claim)
    }
}

impl Model for KernelModel {
    type State = KernelState;
    type Action = Deliver;

    fn init_states(&self) -> Vec<KernelState> {
        let actors = self.actors.init_states().remove(0);
        let whole = self.world.whole.system().initial();
        whole.iter().map(|state| self.begin(state, actors.clone())).collect()
    }

    /// Offers each message that the CPU rule lets run; whether its object accepts it, the object says.
    fn actions(&self, state: &KernelState, actions: &mut Vec<Deliver>) {
        if state.dead {
            return;
        }
        let whole = self.assemble(state);
        let machine = &self.world.whole;
        machine.with(|system, scratch| {
            system.load(&whole, scratch);
            for Envelope { src, dst, msg } in state.flights() {
                let context = usize::from(msg.context);
                if !system.cpu_allows(scratch, context) {
                    continue;
                }
                let mut choices = Vec::new();
                if machine.chooses(context) {
                    choices = machine.choices(&whole, scratch, context);
                }
                if choices.is_empty() {
                    choices.push(0);
                }
                let offered = choices.into_iter();
                actions.extend(offered.map(|choice| Deliver { flight: msg.clone(), choice, src, dst }));
            }
        });
        // The network has no order of its own, and paths need one.
        actions.sort_unstable();
    }

    fn next_state(&self, state: &KernelState, action: Deliver) -> Option<KernelState> {
        let whole = self.fire(&self.assemble(state), &action);
        let actors = self.deliver(state, action.clone());
        let (Some(whole), Some(actors)) = (&whole, &actors) else {
            if whole.is_some() != actors.is_some() {
                self.world.report(Fault::Disagreement { step: self.world.step_name(&action.flight) });
            }
            return None;
        };
        let system = self.world.whole.system();
        let context = usize::from(action.flight.context);
        let parks = system.layout().pc(whole, context) == Pc::Parked;
        let next = KernelState {
            actors: actors.clone(),
            ghosts: self.ghosts(whole),
            parked: state.parked | u64::from(parks) << context,
            violated: system.sticky(whole),
            dead: system.is_dead(whole),
        };
        if self.assemble(&next) != *whole {
            self.world.report(Fault::Disagreement { step: self.world.step_name(&action.flight) });
        }
        Some(next)
    }

    fn format_action(&self, action: &Deliver) -> String {
        let step = self.world.step_name(&action.flight);
        let object = self.world.name(usize::from(action.dst) as u16);
        match action.choice {
            0 => format!("{step}, at {object}"),
            choice => format!("{step}, at {object}, choice {choice}"),
        }
    }

    fn format_step(&self, state: &KernelState, action: Deliver) -> Option<String> {
        let next = self.next_state(state, action)?;
        Some(self.world.whole.changes(&self.assemble(state), &self.assemble(&next)))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        claims(self)
    }
}
