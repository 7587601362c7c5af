//! Successors. A step is fired once per pair of values of its component and of memory, and remembered: however many
//! states share the pair, all others look its effect up. (Measured on the built-in populations: 3 to 9 transitions per
//! pair at 10^5 states, more at 10^7.)

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashbrown::{HashMap, HashSet};

use super::effect::{By, Effect, Lead};
use super::key::{Key, KeyLayout};
use super::notes::Notes;
use super::quotient::Quotient;
use super::rows::{MOST_VALUES, Row, Rows};
use super::values::Dictionary;
use crate::system::symmetry::Symmetry;
use crate::system::{ClaimSet, End, Outcome, Pc, Scratch, System};

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

/// Who can step in a state, and who has to be able to some time, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stance {
    /// Contexts that make progress by some step from here.
    pub enabled: u64,
    /// Contexts that are in the middle of something.
    pub unfinished: u64,
    /// Whether some step violates a claim.
    pub violates: bool,
}

/// One thread's means to find successors.
pub(super) struct Expander {
    pub scratch: Scratch,
    pub notes: Notes,
    /// Leads successors to their least images, if there are others.
    pub quotient: Option<Quotient>,
    rows: Rows,
    /// Effects of the row being made: those that lead to states, and the others.
    effects: [Vec<Effect>; 2],
    stances: Vec<Stance>,
    /// Claims that steps violate, by component, its value and memory's.
    violations: HashMap<(usize, u32, u32), ClaimSet, rustc_hash::FxBuildHasher>,
    /// Memory that was judged as that of a quiet state.
    rested: HashSet<u32, rustc_hash::FxBuildHasher>,
    /// The state that was looked at last, and its components' rows as far as they are known: keys come in order, and most
    /// parts of one are those of the one before.
    numbers: Vec<u32>,
    current: Vec<Option<Row>>,
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
            effects: [Vec::new(), Vec::new()],
            stances: Vec::new(),
            violations: HashMap::default(),
            rested: HashSet::default(),
            numbers: Vec::new(),
            current: vec![None; system.components().len()],
            state: Vec::new(),
            loaded: false,
        }
    }

    /// Calls `f` with each step from a state that lies `depth` steps from the start, and where it leads: with a
    /// [`Quotient`], from a least image to the least image of the state there. Yields how many steps there are, those
    /// included that lead nowhere.
    pub fn successors<const W: usize>(
        &mut self,
        space: &Space,
        key: &Key<W>,
        depth: u32,
        mut f: impl FnMut(&By, &Key<W>),
    ) -> Result<u64, Unfit> {
        self.look_up(space, key, depth)?;
        let fields = &space.layout.fields;
        let (mut transitions, mut busy) = (0, 0);
        for (component, row) in self.current.iter().flatten().enumerate() {
            transitions += u64::from(row.transitions);
            busy += u32::from(row.busy());
            let (memory, value) = (self.numbers[0], self.numbers[component + 1]);
            let mut quotient = self.quotient.as_mut().filter(|quotient| quotient.concerns(component));
            for (lead, by) in self.rows.effects(row) {
                let mut next = *key;
                fields[0].change(&mut next, memory, lead.memory);
                fields[component + 1].change(&mut next, value, lead.component());
                if let Some(quotient) = &mut quotient {
                    quotient.reduce(space, &mut next, |part| match part {
                        0 => lead.memory,
                        part if part == component + 1 => lead.component(),
                        part => self.numbers[part],
                    })?;
                }
                f(by, &next);
            }
        }
        // After a step all rest only if all others do before.
        if busy <= 1 && !space.system.program().quiescent.is_empty() {
            self.judge_rests(space, depth + 1);
        }
        Ok(transitions)
    }

    /// What a state is like.
    pub fn stand<const W: usize>(&mut self, space: &Space, key: &Key<W>) -> Stance {
        // What was expanded has numbers that fit.
        let _ = self.look_up(space, key, 0);
        self.stance()
    }

    fn stance(&self) -> Stance {
        self.current.iter().flatten().map(|row| self.stances[row.stance()]).fold(Stance::default(), Stance::and)
    }

    /// Finds the row of each component.
    fn look_up<const W: usize>(&mut self, space: &Space, key: &Key<W>, depth: u32) -> Result<(), Unfit> {
        let differ = space.layout.unpack(key, &mut self.numbers);
        self.loaded = false;
        if differ & 1 != 0 {
            self.current.fill(None);
        } else if differ != 0 {
            let components = self.current.iter_mut().enumerate();
            components.filter(|(component, _)| differ >> (component + 1) & 1 != 0).for_each(|(_, row)| *row = None);
        }
        let memory = self.numbers[0];
        for component in 0..self.current.len() {
            if self.current[component].is_none() {
                let known = self.rows.get(memory, component, self.numbers[component + 1]);
                self.current[component] = match known {
                    Some(row) => Some(row),
                    None => Some(self.fire(space, component, depth)?),
                };
            }
        }
        Ok(())
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
        self.effects.iter_mut().for_each(Vec::clear);
        let (mut stance, mut violated) = (Stance::default(), ClaimSet::default());
        let mut fit = Ok(());
        let (state, [effects, elsewhere], notes) = (&self.state, &mut self.effects, &mut self.notes);
        for &context in &shape.contexts {
            if system.unfinished(context, system.layout().pc(state, context)) {
                stance.unfinished |= 1 << context;
            }
            system.each_choice(state, &mut self.scratch, context, &mut |scratch, choice, outcome| {
                violated = violated.union(outcome.violated);
                stance.enabled |= notes.step(context, outcome, depth);
                let Some(by) = By::of(context, choice) else {
                    fit = Err(Unfit::TooMany);
                    return;
                };
                if !matches!(outcome.end, End::At(_)) {
                    elsewhere.push(Effect { lead: Lead::nowhere(), by });
                } else {
                    let lead = lead(space, (component, context), state, scratch, outcome, (notes, depth + 1));
                    fit = fit.and(fits(&space.layout, component, lead));
                    effects.push(Effect { lead, by });
                }
            });
        }
        self.cover_images(space, component);
        stance.violates = !violated.is_empty();
        let pair @ (memory, _, value) = (self.numbers[0], component, self.numbers[component + 1]);
        if stance.violates {
            self.violations.insert((component, value, memory), violated);
        }
        let (busy, stance) = (stance.unfinished != 0, self.number(stance));
        let [effects, elsewhere] = &self.effects;
        let row = self.rows.add(pair, (stance, busy), [effects, elsewhere]);
        fit.map(|()| row)
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
    pub fn look<const W: usize>(&mut self, space: &Space, key: &Key<W>) -> (ClaimSet, bool) {
        let stance = self.stand(space, key);
        let mut violated = ClaimSet::default();
        if stance.violates {
            for component in 0..self.current.len() {
                let known = self.violations.get(&(component, self.numbers[component + 1], self.numbers[0]));
                violated = violated.union(known.copied().unwrap_or_default());
            }
        }
        (violated, stance.unfinished == 0)
    }

    fn number(&mut self, stance: Stance) -> usize {
        let known = self.stances.iter().position(|known| *known == stance);
        known.unwrap_or_else(|| {
            self.stances.push(stance);
            self.stances.len() - 1
        })
    }

    /// Judges the memory of the quiet states that a step from here leads to, once each.
    fn judge_rests(&mut self, space: &Space, depth: u32) {
        let unfinished = self.stance().unfinished;
        for (component, row) in self.current.iter().flatten().enumerate() {
            let own = space.system.components()[component].contexts.iter().fold(0, |mask, context| mask | 1 << context);
            if unfinished & !own != 0 {
                continue;
            }
            for (lead, _) in self.rows.effects(row).filter(|(lead, _)| !lead.busy()) {
                if self.rested.insert(lead.memory) {
                    let state = space.dictionary().parts[0].value(lead.memory).to_vec();
                    space.system.load(&state, &mut self.scratch);
                    self.loaded = false;
                    self.notes.violated(space.system.judge_resting_memory(&mut self.scratch), depth);
                }
            }
        }
    }

    /// The steps from a state after which there is no state.
    pub fn nowhere<const W: usize>(&mut self, space: &Space, key: &Key<W>, mut f: impl FnMut(&By)) {
        self.stand(space, key);
        self.current.iter().flatten().for_each(|row| self.rows.nowhere(row).iter().for_each(&mut f));
    }

    /// Forgets every effect when they take more than this many bytes: they are found again when they are needed.
    pub fn trim(&mut self, most: u64) {
        if self.bytes() > most || self.rows.are_many() {
            self.rows = Rows::default();
            self.current.fill(None);
            self.violations = HashMap::default();
        }
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        self.rows.bytes() + self.quotient.as_ref().map_or(0, Quotient::bytes)
    }
}

impl Stance {
    fn and(self, other: Stance) -> Stance {
        Stance {
            enabled: self.enabled | other.enabled,
            unfinished: self.unfinished | other.unfinished,
            violates: self.violates || other.violates,
        }
    }
}

fn fits(layout: &KeyLayout, component: usize, lead: Lead) -> Result<(), Unfit> {
    if lead.component() >= MOST_VALUES {
        return Err(Unfit::TooMany);
    }
    let holds = layout.fields[0].holds(lead.memory) && layout.fields[component + 1].holds(lead.component());
    if holds { Ok(()) } else { Err(Unfit::Wide) }
}

/// Where the step that was just fired leads; judges what is new there.
fn lead(
    space: &Space,
    (component, context): (usize, usize),
    state: &[u64],
    scratch: &mut Scratch,
    outcome: &Outcome,
    (notes, depth): (&mut Notes, u32),
) -> Lead {
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
    Lead::to(memory, value, busy)
}
