//! The system for stateright's Explorer: the fused model with states that say in words what they are.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use stateright::{Model, Property};

use crate::fused::{FusedModel, Packed, Step};
use crate::system::State;

/// A state that can name its parts. Two are the same if their packed states are.
#[derive(Clone)]
pub struct Named {
    model: Arc<FusedModel>,
    packed: State,
}

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.packed == other.packed
    }
}

impl Hash for Named {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.packed.hash(hasher);
    }
}

/// Members that are not zero, then where each context stands.
impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = self.model.machine();
        let mut state = f.debug_map();
        machine.with(|system, scratch| {
            system.load(&self.packed, scratch);
            for (cell, value) in system.cells(scratch).iter().enumerate().filter(|(_, value)| **value != 0) {
                state.entry(&Plain(system.cell_name(cell)), &Plain(system.value_name(cell, *value)));
            }
            for (context, pc) in system.pcs(scratch).iter().enumerate() {
                state.entry(&Plain(format!("context {context}")), &Plain(machine.step_name(context, *pc)));
            }
        });
        for claim in machine.violated(&self.packed).iter() {
            state.entry(&Plain("violated".into()), &Plain(machine.claim(claim).into()));
        }
        state.finish()
    }
}

/// A text without quotes around it.
struct Plain(String);

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The model that the Explorer explores.
pub struct ExplorerModel {
    model: Arc<FusedModel>,
}

impl ExplorerModel {
    /// Wraps a model.
    pub fn new(model: Arc<FusedModel>) -> Self {
        ExplorerModel { model }
    }

    fn named(&self, packed: State) -> Named {
        Named { model: Arc::clone(&self.model), packed }
    }
}

impl Packed for ExplorerModel {
    fn machine(&self) -> &crate::fused::Machine {
        self.model.machine()
    }

    fn packed<'s>(&self, state: &'s Named) -> std::borrow::Cow<'s, [u64]> {
        std::borrow::Cow::Borrowed(&state.packed)
    }
}

impl Model for ExplorerModel {
    type State = Named;
    type Action = Step;

    fn init_states(&self) -> Vec<Named> {
        self.model.init_states().into_iter().map(|packed| self.named(packed)).collect()
    }

    fn actions(&self, state: &Named, actions: &mut Vec<Step>) {
        self.model.actions(&state.packed, actions);
    }

    fn next_state(&self, state: &Named, step: Step) -> Option<Named> {
        self.model.next_state(&state.packed, step).map(|packed| self.named(packed))
    }

    fn format_action(&self, step: &Step) -> String {
        self.model.format_action(step)
    }

    fn format_step(&self, state: &Named, step: Step) -> Option<String> {
        self.model.format_step(&state.packed, step)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        crate::fused::claims(self)
    }
}
