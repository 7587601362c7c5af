//! Components: the pieces of a state that move on their own. Memory is one; each context is another, but contexts of one
//! CPU are a component together, because whether one of them may step depends on where the others stand.
//!
//! What a component's contexts can do follows from its own value and from memory's, and from nothing else. The search
//! rests on that: it fires a step once per pair of values, however many states share the pair.

use super::judge::Concern;
use super::{ClaimSet, Scratch, System};
use crate::lang::program::{CurrentMm, Program};

/// A component: its contexts, and the bits of a packed state that are theirs.
#[derive(Clone, Debug)]
pub struct Component {
    /// Contexts, ascending; none for memory.
    pub contexts: Vec<usize>,
    /// Their bits, one mask per word of a state.
    pub mask: Box<[u64]>,
}

impl System {
    /// The component of everything that no context owns: memory, and in a sticky system what a state remembers.
    pub fn memory(&self) -> &Component {
        &self.components.0
    }

    /// The components of contexts, in the order of their first context.
    pub fn components(&self) -> &[Component] {
        &self.components.1
    }

    /// Whether each context of a component is over, parked or idle.
    pub fn component_rests(&self, state: &[u64], component: &Component) -> bool {
        component.contexts.iter().all(|&context| !self.unfinished(context, self.layout.pc(state, context)))
    }

    /// What the claim functions say of memory after the step that has just been fired: claims violated, claims
    /// exercised. Functions that read no cell that the step changed are not asked again.
    pub fn judge_memory_changed(&self, scratch: &mut Scratch) -> (ClaimSet, ClaimSet) {
        let concerned = self.concerned(scratch);
        self.judge_memory(scratch, concerned)
    }

    /// The claims that memory violates in any state.
    pub fn judge_memory_wholly(&self, scratch: &mut Scratch) -> ClaimSet {
        self.judge_memory(scratch, Concern::MAX).0
    }

    /// The claims about quiet states that memory violates, if every context rests.
    pub fn judge_resting_memory(&self, scratch: &mut Scratch) -> ClaimSet {
        match self.program.quiescent.is_empty() || !self.memory_rests(scratch) {
            true => ClaimSet::default(),
            false => self.judge_quiescent(scratch),
        }
    }

    pub(super) fn find_components(&mut self) {
        let mut context_bits = vec![vec![0; self.layout.words()]; self.program.contexts.len()];
        for (context, mask) in context_bits.iter_mut().enumerate() {
            self.layout.contexts[context].mark(mask);
        }
        let memory = (0..self.layout.words()).map(|word| !context_bits.iter().fold(0, |all, mask| all | mask[word]));
        let memory = Component { contexts: Vec::new(), mask: memory.collect() };
        let groups = groups(&self.program);
        let components = groups.into_iter().map(|contexts| {
            let word = |word| contexts.iter().fold(0, |all, context: &usize| all | context_bits[*context][word]);
            Component { mask: (0..self.layout.words()).map(word).collect(), contexts }
        });
        self.components = (memory, components.collect());
    }
}

/// Contexts that look at each other's program counters: those of one CPU.
fn groups(program: &Program) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Option<u8>, Vec<usize>)> = Vec::new();
    for (index, context) in program.contexts.iter().enumerate() {
        let cpu = match (context.cpu, context.mm) {
            (Some(cpu), _) | (None, CurrentMm::OfCpu(cpu)) => Some(cpu),
            (None, _) => None,
        };
        match groups.iter_mut().find(|(known, _)| cpu.is_some() && *known == cpu) {
            Some((_, contexts)) => contexts.push(index),
            None => groups.push((cpu, vec![index])),
        }
    }
    groups.into_iter().map(|(_, contexts)| contexts).collect()
}
