//! The system as a [`stateright::Model`]: the bridge to stateright's checkers and its Explorer.
//!
//! States are the packed ones, sticky: they remember the claims that were violated on the way, so that every claim
//! is an `always` property of states. What both models need, this one and that of `actors`, is in [`Machine`].
//! Of stateright's answers only the number of states is taken at its word; its paths are not the shortest.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use stateright::{Model, Property};

use crate::lang::program::{Op, Program};
use crate::lang::source::SourceMap;
use crate::system::{ClaimSet, End, Fired, InitError, Pc, Scratch, State, System};

/// A sticky system with its sources and working memory for stateright's threads.
pub struct Machine {
    system: System,
    sources: SourceMap,
    judged: ClaimSet,
    chooses: Vec<bool>,
    idle: Mutex<Vec<Scratch>>,
}

impl Machine {
    /// Builds the system.
    ///
    /// # Errors
    /// `init` does not run through.
    pub fn new(program: Program, sources: SourceMap) -> Result<Self, InitError> {
        let chooses = |op: &Op| matches!(op, Op::Nondet { .. } | Op::CurrentMm { .. });
        let chooses = program.contexts.iter().map(|context| context.code.ops.iter().any(chooses)).collect();
        let system = System::new(program, true)?;
        Ok(Machine { judged: system.judged(), system, sources, chooses, idle: Mutex::default() })
    }

    /// The system.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Lends working memory.
    pub fn with<T>(&self, f: impl FnOnce(&System, &mut Scratch) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = idle().pop();
        let mut scratch = lent.unwrap_or_else(|| self.system.scratch());
        let result = f(&self.system, &mut scratch);
        idle().push(scratch);
        result
    }

    /// The choices with which `context` can step from the state in `scratch`; none if it cannot.
    pub fn choices(&self, state: &[u64], scratch: &mut Scratch, context: usize) -> Vec<u32> {
        let mut choices = Vec::new();
        self.system.each_choice(state, scratch, context, &mut |_, choice, _| choices.push(choice));
        choices
    }

    /// Whether some step of the context has choices.
    pub fn chooses(&self, context: usize) -> bool {
        self.chooses[context]
    }

    /// The claims that are judged on states; all others are violated by steps only.
    pub fn judged(&self) -> ClaimSet {
        self.judged
    }

    /// Whether a claim fails in the state itself, whatever happened before.
    pub fn fails(&self, state: &[u64], claim: u16) -> bool {
        if !self.judged.contains(claim) || self.system.is_dead(state) {
            return false;
        }
        self.with(|system, scratch| {
            system.load(state, scratch);
            !system.holds(scratch, claim)
        })
    }

    /// The claims that were violated on the way to a state or are in the state.
    pub fn violated(&self, state: &[u64]) -> ClaimSet {
        let sticky = self.system.sticky(state);
        if self.system.is_dead(state) {
            return sticky;
        }
        self.with(|system, scratch| {
            system.load(state, scratch);
            sticky.union(system.judge(scratch).0)
        })
    }

    /// `rdma: lock_page(), model/kernel/include/page.h:54`
    pub fn step_name(&self, context: usize, pc: Pc) -> String {
        let name = &self.system.program().contexts[context].name;
        let Some(site) = self.system.site(context, pc) else { return format!("{name}: over") };
        let function = site.calls.last().map_or("run", |(function, _)| function.as_str());
        let (line, _) = self.sources.line_col(site.span);
        format!("{name}: {function}(), {}:{line}", self.sources.name(site.span.file))
    }

    /// What changed from one state to another, a line each.
    pub fn changes(&self, before: &[u64], after: &[u64]) -> String {
        let cells = |state: &[u64]| {
            self.with(|system, scratch| {
                system.load(state, scratch);
                system.cells(scratch).to_vec()
            })
        };
        let memory = self.system.changes(&cells(before), &cells(after)).into_iter();
        let memory = memory.map(|change| format!("{}: {} -> {}", change.name, change.from, change.to));
        let layout = self.system.layout();
        let contexts = (0..self.system.program().contexts.len())
            .filter(|&context| self.system.standing(before, context) != self.system.standing(after, context))
            .map(|context| format!("next {}", self.step_name(context, layout.pc(after, context))));
        let claims = self.system.sticky(after).without(self.system.sticky(before));
        let claims = claims.iter().map(|claim| format!("violates {}", self.claim(claim)));
        memory.chain(contexts).chain(claims).collect::<Vec<_>>().join("\n")
    }

    /// `S5`
    pub fn claim(&self, claim: u16) -> &str {
        &self.system.program().claims[usize::from(claim)].decl.id
    }
}

/// A model whose states have a packed form.
pub trait Packed: Model {
    /// What the states belong to.
    fn machine(&self) -> &Machine;

    /// A state, packed.
    fn packed<'s>(&self, state: &'s Self::State) -> Cow<'s, [u64]>;

    /// Whether a claim was violated on the way to a state or is in the state.
    fn violates(&self, state: &Self::State, claim: u16) -> bool {
        let machine = self.machine();
        let state = self.packed(state);
        machine.system.sticky(&state).contains(claim) || machine.fails(&state, claim)
    }
}

/// A property per claim: it was not violated. And one that always holds, because stateright does not look behind a
/// state in which every property failed, and stops once each has failed somewhere.
pub fn claims<M: Packed>(model: &M) -> Vec<Property<M>> {
    let claims = model.machine().system.program().claims.iter().zip(conditions::<M>());
    let claims = claims.map(|(claim, holds)| Property::always(lasting(&claim.decl.id), holds));
    claims.chain([Property::always("the search goes on", |_, _| true)]).collect()
}

fn holds<M: Packed, const CLAIM: u16>(model: &M, state: &M::State) -> bool {
    !model.violates(state, CLAIM)
}

type Condition<M> = fn(&M, &<M as Model>::State) -> bool;

/// stateright takes plain functions, which cannot know of a claim: so there is one per number that a claim can have.
fn conditions<M: Packed>() -> [Condition<M>; 64] {
    macro_rules! each {
        ($($claim:literal)*) => { [$(holds::<M, $claim> as Condition<M>),*] };
    }
    each!(
        0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
        32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63
    )
}

/// stateright wants names that last for ever: each is kept once, however many models there are.
fn lasting(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.into());
    names.insert(kept);
    kept
}

/// A step, as an action: stateright describes actions without the state, so it says where the context stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Step {
    /// Who takes it.
    pub context: u16,
    /// Which choice it makes.
    pub choice: u32,
    /// Where the context stands.
    pub pc: Pc,
}

/// The packed system.
pub struct FusedModel {
    machine: Machine,
}

impl FusedModel {
    /// Builds the system.
    ///
    /// # Errors
    /// `init` does not run through.
    pub fn new(program: Program, sources: SourceMap) -> Result<Self, InitError> {
        Ok(FusedModel { machine: Machine::new(program, sources)? })
    }
}

impl Packed for FusedModel {
    fn machine(&self) -> &Machine {
        &self.machine
    }

    fn packed<'s>(&self, state: &'s State) -> Cow<'s, [u64]> {
        Cow::Borrowed(state)
    }
}

impl Model for FusedModel {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        self.machine.system.initial()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Step>) {
        self.machine.with(|system, scratch| {
            system.load(state, scratch);
            for context in 0..system.program().contexts.len() {
                let pc = system.pcs(scratch)[context];
                let choices = self.machine.choices(state, scratch, context).into_iter();
                actions.extend(choices.map(|choice| Step { context: context as u16, choice, pc }));
            }
        });
    }

    fn next_state(&self, state: &State, step: Step) -> Option<State> {
        self.machine.with(|system, scratch| {
            system.load(state, scratch);
            let context = usize::from(step.context);
            let Fired::Done(outcome) = system.fire(state, scratch, context, step.choice) else { return None };
            if matches!(outcome.end, End::Cut(_)) {
                return None;
            }
            Some(system.next(state, scratch, context, &outcome).into())
        })
    }

    fn format_action(&self, step: &Step) -> String {
        let name = self.machine.step_name(usize::from(step.context), step.pc);
        match step.choice {
            0 => name,
            choice => format!("{name}, choice {choice}"),
        }
    }

    fn format_step(&self, state: &State, step: Step) -> Option<String> {
        self.next_state(state, step).map(|next| self.machine.changes(state, &next))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        claims(self)
    }
}
