//! Successors. A step is fired once per pair of values of its component and of memory, and remembered: however many
//! states share the pair, all others look its effect up. (Measured on the built-in populations: 3 to 9 transitions per
//! pair at 10^5 states, more at 10^7.)

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{HashMap, HashSet};

use super::key::{Key, KeyLayout};
use super::notes::Notes;
use super::quotient::Quotient;
use super::rows::{MOST_VALUES, Row, Rows};
use super::values::Dictionary;
use crate::system::symmetry::Symmetry;
use crate::system::{ClaimSet, End, Outcome, Pc, Scratch, System};

/// What one step of a component makes of the pair.
#[derive(Clone, Copy, Debug)]
pub(in crate::search) struct Effect {
    /// Memory afterwards.
    pub memory: u32,
    /// The component afterwards.
    pub component: u32,
    /// The choice that the step makes.
    pub choice: u32,
    /// Who steps.
    pub context: u16,
    /// Whether some context of the component is in the middle of something afterwards.
    pub busy: bool,
}

impl Effect {
    /// A step after which there is no state: a crash, or a path that is not followed.
    fn nowhere(context: usize, choice: u32) -> Self {
        Effect { memory: u32::MAX, component: u32::MAX, choice, context: context as u16, busy: true }
    }
}

/// A number does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// Into its field of the key: make the key wider, and try again.
    Wide,
    /// Into any row: a component has more values than rows can tell apart, and the search cannot go on.
    TooMany,
}

/// What all threads of a search share.
pub(super) struct Space<'a> {
    pub system: &'a System,
    /// The renamings under which states count as one.
    pub symmetry: Symmetry,
    pub dictionary: Mutex<Dictionary>,
    pub layout: KeyLayout,
}

impl Space<'_> {
    pub fn dictionary(&self) -> MutexGuard<'_, Dictionary> {
        // A thread that panicked left whole values only.
        self.dictionary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The packed state of a key.
    pub fn state<const W: usize>(&self, key: &Key<W>) -> Vec<u64> {
        let (mut numbers, mut state) = (Vec::new(), Vec::new());
        self.layout.unpack(key, &mut numbers);
        self.dictionary().assemble(&numbers, &mut state);
        state
    }
}

/// One thread's means to find successors.
pub(super) struct Expander {
    pub scratch: Scratch,
    pub notes: Notes,
    /// Leads successors to their least images, if there are others.
    pub quotient: Option<Quotient>,
    rows: Rows,
    /// Effects of the row being made: those that lead to states, and the others.
    effects: Vec<Effect>,
    elsewhere: Vec<Effect>,
    masks: Vec<u64>,
    /// Claims that steps violate, by component, its value and memory's.
    violations: HashMap<(usize, u32, u32), ClaimSet, rustc_hash::FxBuildHasher>,
    /// Memory that was judged as that of a quiet state.
    rested: HashSet<u32, rustc_hash::FxBuildHasher>,
    numbers: Vec<u32>,
    current: Vec<Row>,
    state: Vec<u64>,
    /// Whether the state of `numbers` is loaded: several components may have to be fired from it.
    loaded: bool,
}

impl Expander {
    pub fn new(system: &System, symmetry: &Symmetry) -> Self {
        Expander {
            quotient: Quotient::new(system, symmetry),
            scratch: system.scratch(),
            notes: Notes::new(system),
            rows: Rows::default(),
            effects: Vec::new(),
            elsewhere: Vec::new(),
            masks: Vec::new(),
            violations: HashMap::default(),
            rested: HashSet::default(),
            numbers: Vec::new(),
            current: Vec::new(),
            state: Vec::new(),
            loaded: false,
        }
    }

    /// Calls `f` with each step from a state that lies `depth` steps from the start, and where it leads: with a
    /// [`Quotient`], from a least image to the least image of the state there. Yields how many
    /// steps there are, those included that lead nowhere, and who can take one.
    pub fn successors<const W: usize>(
        &mut self,
        space: &Space,
        key: &Key<W>,
        depth: u32,
        mut f: impl FnMut(&Effect, &Key<W>),
    ) -> Result<(u64, u64), Unfit> {
        let (mut transitions, mut enabled, mut busy) = (0, 0, 0u64);
        self.unpack(space, key);
        self.current.clear();
        let components = space.system.components().len();
        for component in 0..components {
            let row = self.row(space, component, depth)?;
            transitions += u64::from(row.transitions);
            enabled |= self.masks[usize::from(row.enabled)];
            busy |= u64::from(row.busy) << component;
            self.current.push(row);
        }
        let quiets = !space.system.program().quiescent.is_empty();
        let memory = space.layout.fields[0];
        for component in 0..components {
            let row = self.current[component];
            let field = space.layout.fields[component + 1];
            let others_rest = quiets && busy & !(1 << component) == 0;
            let mut quotient = self.quotient.as_mut().filter(|quotient| quotient.concerns(component));
            let mut rest = *key;
            memory.clear(&mut rest);
            field.clear(&mut rest);
            for effect in self.rows.effects(&row) {
                let mut next = rest;
                memory.put(&mut next, effect.memory);
                field.put(&mut next, effect.component);
                if let Some(quotient) = &mut quotient {
                    quotient.reduce(space, &mut next)?;
                }
                f(effect, &next);
            }
            if others_rest && row.len > 0 {
                self.judge_rests(space, &row, depth + 1);
            }
        }
        Ok((transitions, enabled))
    }

    fn unpack<const W: usize>(&mut self, space: &Space, key: &Key<W>) {
        space.layout.unpack(key, &mut self.numbers);
        self.loaded = false;
    }

    fn row(&mut self, space: &Space, component: usize, depth: u32) -> Result<Row, Unfit> {
        let (memory, value) = (self.numbers[0], self.numbers[component + 1]);
        match self.rows.get(memory, component, value) {
            Some(row) => Ok(row),
            None => self.fire(space, component, depth),
        }
    }

    /// Fires every step of a component.
    #[cold]
    fn fire(&mut self, space: &Space, component: usize, depth: u32) -> Result<Row, Unfit> {
        let system = space.system;
        let shape = &system.components()[component];
        if !self.loaded {
            space.dictionary().assemble(&self.numbers, &mut self.state);
            system.load(&self.state, &mut self.scratch);
            self.loaded = true;
        }
        self.effects.clear();
        self.elsewhere.clear();
        let (mut enabled, mut fits, mut few, mut violated) = (0u64, true, true, ClaimSet::default());
        let (state, effects, elsewhere, notes) = (&self.state, &mut self.effects, &mut self.elsewhere, &mut self.notes);
        for &context in &shape.contexts {
            system.each_choice(state, &mut self.scratch, context, &mut |scratch, choice, outcome| {
                violated = violated.union(outcome.violated);
                enabled |= notes.step(context, outcome, depth);
                if !matches!(outcome.end, End::At(_)) {
                    elsewhere.push(Effect::nowhere(context, choice));
                } else {
                    let by = (component, context, choice);
                    let effect = effect(space, by, state, scratch, outcome, (notes, depth + 1));
                    let fields = &space.layout.fields;
                    fits &= fields[0].holds(effect.memory) && fields[component + 1].holds(effect.component);
                    few &= effect.component < MOST_VALUES;
                    effects.push(effect);
                }
            });
        }
        self.cover_images(space, component);
        let busy = !system.component_rests(&self.state, shape);
        let enabled = self.mask(enabled);
        let (memory, value) = (self.numbers[0], self.numbers[component + 1]);
        if !violated.is_empty() {
            self.violations.insert((component, value, memory), violated);
        }
        let row = Row { enabled, busy, violates: !violated.is_empty(), ..Row::default() };
        let row = self.rows.add(memory, component, value, row, (&self.effects, &self.elsewhere));
        match (few, fits) {
            (false, _) => Err(Unfit::TooMany),
            (true, false) => Err(Unfit::Wide),
            (true, true) => Ok(row),
        }
    }

    /// Runs the images of a component's steps that do the same by another way: what runs there counts as covered.
    fn cover_images(&mut self, space: &Space, component: usize) {
        let system = space.system;
        for element in space.symmetry.elements().iter().skip(1) {
            let contexts = system.components()[component].contexts.iter();
            let odd = |context: &&usize| match system.layout().pc(&self.state, **context) {
                Pc::At(step) => element.runs_otherwise(**context, step.into()),
                _ => false,
            };
            for context in contexts.filter(odd).map(|context| element.context(*context)).collect::<Vec<_>>() {
                let image = element.state(system, &self.state);
                system.load(&image, &mut self.scratch);
                self.loaded = false;
                system.each_choice(&image, &mut self.scratch, context, &mut |_, _, _| {});
            }
        }
    }

    /// The claims that some step from a state violates, and whether the state rests.
    pub fn look<const W: usize>(&mut self, space: &Space, key: &Key<W>, depth: u32) -> (ClaimSet, bool) {
        let (mut violated, mut rests) = (ClaimSet::default(), true);
        self.unpack(space, key);
        for component in 0..space.system.components().len() {
            // What was expanded has numbers that fit.
            let Ok(row) = self.row(space, component, depth) else { continue };
            rests &= !row.busy;
            if row.violates {
                let known = self.violations.get(&(component, self.numbers[component + 1], self.numbers[0]));
                violated = violated.union(known.copied().unwrap_or_default());
            }
        }
        (violated, rests)
    }

    fn mask(&mut self, mask: u64) -> u16 {
        let known = self.masks.iter().position(|known| *known == mask);
        known.unwrap_or_else(|| {
            self.masks.push(mask);
            self.masks.len() - 1
        }) as u16
    }

    /// Judges the memory of quiet states, once each: all other components rest.
    fn judge_rests(&mut self, space: &Space, row: &Row, depth: u32) {
        for at in 0..row.len as usize {
            let Effect { memory, busy, .. } = self.rows.effects(row)[at];
            if busy || !self.rested.insert(memory) {
                continue;
            }
            let state = space.dictionary().parts[0].value(memory).to_vec();
            space.system.load(&state, &mut self.scratch);
            self.loaded = false;
            self.notes.violated(space.system.judge_resting_memory(&mut self.scratch), depth);
        }
    }

    /// The steps from a state after which there is no state.
    pub fn nowhere<const W: usize>(&mut self, space: &Space, key: &Key<W>, mut f: impl FnMut(&Effect)) {
        self.unpack(space, key);
        for component in 0..space.system.components().len() {
            // What was expanded has numbers that fit.
            let Ok(row) = self.row(space, component, 0) else { continue };
            self.rows.nowhere(&row).iter().for_each(&mut f);
        }
    }

    /// The contexts of components of which some context is in the middle of something.
    pub fn busy<const W: usize>(&mut self, space: &Space, key: &Key<W>) -> u64 {
        self.over_rows(space, key, |_, row, contexts| if row.busy { contexts } else { 0 })
    }

    /// What `f` says of each component's row and contexts, together. What was expanded has numbers that fit.
    fn over_rows<const W: usize>(&mut self, space: &Space, key: &Key<W>, f: impl Fn(&Self, &Row, u64) -> u64) -> u64 {
        self.unpack(space, key);
        let components = space.system.components().iter().enumerate();
        components.fold(0, |all, (index, component)| {
            let contexts = component.contexts.iter().fold(0, |mask, context| mask | 1 << context);
            all | self.row(space, index, 0).map_or(0, |row| f(self, &row, contexts))
        })
    }

    /// Forgets every effect when they take more than this many bytes: they are found again when they are needed.
    pub fn trim(&mut self, most: u64) {
        if self.bytes() > most {
            self.rows = Rows::default();
            self.violations = HashMap::default();
        }
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        self.rows.bytes() + self.quotient.as_ref().map_or(0, Quotient::bytes)
    }
}

/// The effect of the step that was just fired; judges what is new in it.
fn effect(
    space: &Space,
    (component, context, choice): (usize, usize, u32),
    state: &[u64],
    scratch: &mut Scratch,
    outcome: &Outcome,
    (notes, depth): (&mut Notes, u32),
) -> Effect {
    let system = space.system;
    let next = system.next(state, scratch, context, outcome);
    let busy = !system.component_rests(next, &system.components()[component]);
    let mut dictionary = space.dictionary();
    let (memory, new_memory) = dictionary.parts[0].number(next);
    let (value, new_value) = dictionary.parts[component + 1].number(next);
    drop(dictionary);
    if new_memory {
        let (violated, exercised) = system.judge_memory_changed(scratch);
        notes.violated(violated, depth);
        notes.witnessed = notes.witnessed.union(exercised);
    }
    if new_value {
        notes.reached(system, component, scratch, depth);
    }
    Effect { memory, component: value, choice, context: context as u16, busy }
}
