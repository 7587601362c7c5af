//! Symmetry: renamings of objects and contexts that map the program onto itself.
//!
//! `renaming` proposes what may become of objects, `probe` runs one step on the little that it reads, `prove` shows for
//! every step, claim function and value that the renamed program does the same, renamed. What is not proved is not
//! used. After "Better Verification Through Symmetry" (Ip, Dill 1996); there the types of the language vouch for a
//! scalarset, here the proof does: loops over objects are unrolled, and their code is not symmetric, only its effect.

mod pairing;
mod probe;
mod prove;
mod reach;
mod refusal;
mod regions;
mod renaming;
mod structure;

use super::{Cut, Pc, Standing, State, System};
use renaming::{Renaming, Sort};

pub use refusal::{Property, Refusal};

/// A renaming of objects and contexts under which the system is the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    renaming: Renaming,
    /// Where each cell goes.
    cells: Vec<u32>,
    /// Which context each context becomes.
    contexts: Vec<u16>,
    /// Which step of that context each step becomes.
    steps: Vec<Vec<u16>>,
    /// What the locals at each step are.
    locals: Vec<Vec<Vec<Sort>>>,
    /// Steps that share an op with one whose image does the same by other ops.
    otherwise: Vec<Vec<bool>>,
    /// Ops of no such step.
    alike: Vec<Vec<bool>>,
    /// What each cell holds.
    sorts: Vec<Sort>,
    /// Whether it ever changes.
    moves: Vec<bool>,
}

/// What an element does to states: to contexts, to cells that change, and to pointers in them.
#[derive(PartialEq)]
struct Action {
    contexts: Vec<u16>,
    cells: Vec<u32>,
    pools: Vec<Vec<u16>>,
}

/// The symmetries of a system: a group.
#[derive(Clone, Debug)]
pub struct Symmetry {
    elements: Vec<Element>,
}

impl Element {
    /// Which context a context becomes.
    pub fn context(&self, context: usize) -> usize {
        usize::from(self.contexts[context])
    }

    /// Memory after the renaming.
    pub fn memory(&self, cells: &[i16]) -> Vec<i16> {
        let mut renamed = vec![0; cells.len()];
        for (cell, value) in cells.iter().enumerate() {
            renamed[self.cells[cell] as usize] = self.renaming.value(self.sorts[cell], *value);
        }
        renamed
    }

    /// Where [`Element::context`] stands after the renaming.
    pub fn standing(&self, context: usize, standing: &Standing) -> Standing {
        let Pc::At(step) = standing.pc else { return standing.clone() };
        let step = usize::from(step);
        let sorts = &self.locals[context][step];
        let locals = standing.locals.iter().zip(sorts).map(|(value, sort)| self.renaming.value(*sort, *value));
        Standing { pc: Pc::At(self.steps[context][step]), locals: locals.collect() }
    }

    /// Which step of [`Element::context`] a step becomes; `None` if no run leads to it.
    pub fn step(&self, context: usize, step: usize) -> Option<usize> {
        Some(usize::from(self.steps[context][step])).filter(|step| *step != usize::from(u16::MAX))
    }

    /// Whether the image of a step may do the same by other ops.
    pub fn runs_otherwise(&self, context: usize, step: usize) -> bool {
        self.otherwise[context][step]
    }

    /// Whether an op runs in a context if and only if the op with its number runs in the image, and comes out the same.
    pub fn runs_alike(&self, context: usize, op: usize) -> bool {
        self.alike[context][op]
    }

    /// Why the image of a path is not followed.
    pub fn cut(&self, system: &System, cut: &Cut) -> Cut {
        let context = match cut {
            Cut::Member(..) => 0,
            Cut::Local(context, _) | Cut::Endless(context, _) => self.context(usize::from(*context)),
        };
        let pools = &system.program.pools;
        let offset =
            |pool: u16, offset: u16| self.renaming.offsets(&pools[usize::from(pool)])[usize::from(offset)] as u16;
        pairing::renamed_cut(cut, context as u16, offset)
    }

    /// The memory of a packed state after the renaming: all that no context owns. Bits of contexts are zero.
    pub fn memory_of(&self, system: &System, state: &[u64]) -> State {
        let mut scratch = system.scratch();
        system.load(state, &mut scratch);
        system.assemble(&self.memory(system.cells(&scratch)), &[], system.sticky(state), system.is_dead(state))
    }

    /// Some contexts of a packed state after the renaming. Other bits are of no meaning.
    pub fn contexts_of(&self, system: &System, contexts: &[usize], state: &[u64]) -> State {
        let mut renamed = vec![0u64; state.len()].into_boxed_slice();
        for &context in contexts {
            system.stand(
                &mut renamed,
                self.context(context),
                &self.standing(context, &system.standing(state, context)),
            );
        }
        renamed
    }

    /// Whether memory is the same before and after, whatever it holds.
    pub fn keeps_memory(&self) -> bool {
        let moved = (0..self.cells.len()).any(|cell| self.moves[cell] && self.cells[cell] as usize != cell);
        let renamed = self.sorts.iter().zip(&self.moves).any(|(sort, moves)| *moves && !self.renaming.keeps(*sort));
        !moved && !renamed
    }

    /// Whether a context stands where it stood, wherever that is.
    pub fn keeps_context(&self, context: usize) -> bool {
        let steps = self.steps[context].iter().zip(&self.locals[context]).enumerate();
        self.context(context) == context
            && steps.filter(|(_, (to, _))| **to != u16::MAX).all(|(from, (to, sorts))| {
                from == usize::from(*to) && sorts.iter().all(|sort| self.renaming.keeps(*sort))
            })
    }

    /// Whether it changes nothing but which context is which, of contexts that run the same code.
    pub fn only_permutes(&self) -> bool {
        let same = |(from, to): (usize, &u16)| *to == u16::MAX || from == usize::from(*to);
        let kept = |sort: &Sort| self.renaming.keeps(*sort);
        self.keeps_memory()
            && self.steps.iter().all(|steps| steps.iter().enumerate().all(same))
            && self.locals.iter().flatten().flatten().all(kept)
    }

    /// Whether it does the same to memory as another one.
    pub fn alike_in_memory(&self, other: &Element) -> bool {
        let (ours, theirs) = (self.action(), other.action());
        ours.cells == theirs.cells && ours.pools == theirs.pools
    }

    /// A packed state after the renaming.
    pub fn state(&self, system: &System, state: &[u64]) -> State {
        let mut scratch = system.scratch();
        system.load(state, &mut scratch);
        let mut standings = vec![Standing::over(Pc::Ended); self.contexts.len()];
        for context in 0..self.contexts.len() {
            standings[self.context(context)] = self.standing(context, &system.standing(state, context));
        }
        let memory = self.memory(system.cells(&scratch));
        system.assemble(&memory, &standings, system.sticky(state), system.is_dead(state))
    }

    /// What it does to states. Two elements that differ in what never changes do the same.
    fn action(&self) -> Action {
        self.act(self.contexts.clone(), self.cells.clone(), self.renaming.pools.clone())
    }

    /// What this renaming and then another do.
    fn then(&self, next: &Element) -> Action {
        let pools = self.renaming.pools.iter().zip(&next.renaming.pools);
        self.act(
            self.contexts.iter().map(|context| next.contexts[usize::from(*context)]).collect(),
            self.cells.iter().map(|cell| next.cells[*cell as usize]).collect(),
            pools.map(|(ours, next)| ours.iter().map(|object| next[usize::from(*object)]).collect()).collect(),
        )
    }

    fn act(&self, contexts: Vec<u16>, cells: Vec<u32>, pools: Vec<Vec<u16>>) -> Action {
        let moving = self.sorts.iter().zip(&self.moves).filter(|(_, moves)| **moves).map(|(sort, _)| sort);
        let named: Vec<Sort> = moving.chain(self.locals.iter().flatten().flatten()).copied().collect();
        let pools = pools.into_iter().enumerate();
        Action {
            contexts,
            cells: cells.into_iter().zip(&self.moves).filter(|(_, moves)| **moves).map(|(cell, _)| cell).collect(),
            pools: pools.filter(|(pool, _)| named.contains(&Sort::Object(*pool as u16))).map(|(_, p)| p).collect(),
        }
    }
}

impl Symmetry {
    /// Nothing but the identity, which changes nothing.
    pub fn none() -> Self {
        Symmetry { elements: Vec::new() }
    }

    /// The symmetries that can be proved.
    pub fn of(system: &System) -> Self {
        let elements = prove::automorphisms(system);
        let symmetry = Symmetry { elements };
        // Without closure, the least image of a state would depend on which member of its orbit is asked.
        if symmetry.closed() {
            symmetry
        } else {
            Symmetry { elements: symmetry.elements.into_iter().take(1).collect() }
        }
    }

    /// All elements, the identity first.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The number of its elements.
    pub fn order(&self) -> usize {
        self.elements.len().max(1)
    }

    /// Whether it is of no use.
    pub fn is_trivial(&self) -> bool {
        self.elements.len() <= 1
    }

    fn closed(&self) -> bool {
        let known = |action: Action| self.elements.iter().any(|element| element.action() == action);
        self.elements.iter().all(|a| self.elements.iter().all(|b| known(a.then(b))))
    }
}

impl System {
    /// The least of the images of a state: the same for all states that differ by a renaming only.
    pub fn canonical(&self, symmetry: &Symmetry, state: &[u64]) -> State {
        let images = symmetry.elements.iter().skip(1).map(|element| element.state(self, state));
        images.fold(state.into(), |least: State, image| if image < least { image } else { least })
    }
}
