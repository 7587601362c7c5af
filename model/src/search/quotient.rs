//! Symmetry in a search: of all states that differ by a renaming only, one is kept.
//!
//! A state is a tuple of numbers, and a renaming maps the values of each part one by one. So what each number becomes is
//! found once and remembered; then an image of a state takes a few look-ups. Contexts that change places freely need not
//! even be tried in all orders: they are sorted. The least image is kept. Images are compared by their numbers, and a
//! number never changes: whatever the layout of keys, states that differ by a renaming have one least image.

use std::cmp::Ordering;

use super::expand::{Space, Unfit};
use super::key::Key;
use super::rows::MOST_VALUES;
use crate::system::System;
use crate::system::symmetry::{Element, Symmetry};

/// Not found yet.
const UNKNOWN: u32 = u32::MAX;

/// One thread's means to find least images.
pub(super) struct Quotient {
    /// Parts that some element changes: memory is 0, components follow. A part's place here is its slot.
    parts: Vec<usize>,
    /// Every element but the identity, in their order.
    moves: Vec<Move>,
    /// Slots of components that change places freely.
    sorted: Vec<Sorted>,
    /// Of the other elements, one of all that lead to the same states once those components are sorted.
    others: Vec<usize>,
    /// Numbers by slot: the least so far, and those of an image.
    numbers: Vec<u32>,
    least: Vec<u32>,
    image: Vec<u32>,
}

/// Components of which any two may change places, and nothing else changes.
struct Sorted {
    first: usize,
    /// The others, each with the move that swaps it with the first one.
    rest: Vec<(usize, usize)>,
}

/// An element of the group: which slot becomes each of them, and what each slot's values become.
struct Move {
    element: usize,
    from: Vec<usize>,
    images: Vec<Images>,
}

/// What the values of a part become.
enum Images {
    /// Themselves.
    Same,
    /// The numbers of the images, as far as they are known.
    Known(Vec<u32>),
}

impl Quotient {
    /// `None` if there is nothing to do.
    pub fn new(system: &System, symmetry: &Symmetry) -> Option<Self> {
        let elements: Vec<&Element> = symmetry.elements().iter().skip(1).collect();
        let changed = |part: &usize| elements.iter().any(|element| !keeps(system, element, *part));
        let parts: Vec<usize> = (0..=system.components().len()).filter(changed).collect();
        let moves = (1..).zip(&elements).map(|(index, element)| Move::new(system, (index, element), &parts));
        let moves: Vec<Move> = moves.collect();
        let sorted = sorted(&elements, &moves, parts.len());
        let others = others(&elements, &moves, &sorted);
        let quotient = Quotient { parts, moves, sorted, others, numbers: vec![], least: vec![], image: vec![] };
        (!elements.is_empty()).then_some(quotient)
    }

    /// Whether a step of a component from a least image may lead to something else than a least image.
    pub fn concerns(&self, component: usize) -> bool {
        let moved = |slot: usize| self.parts[slot] == component + 1;
        let mut sorted = self.sorted.iter();
        !self.others.is_empty()
            || sorted.any(|sorted| moved(sorted.first) || sorted.rest.iter().any(|(slot, _)| moved(*slot)))
    }

    /// Makes a key, of parts with these numbers, that of the least image of its state.
    pub fn reduce<const W: usize>(
        &mut self,
        space: &Space,
        key: &mut Key<W>,
        number: impl Fn(usize) -> u32,
    ) -> Result<(), Unfit> {
        self.least.clear();
        self.least.extend(self.parts.iter().map(|part| number(*part)));
        self.numbers.clone_from(&self.least);
        for sorted in &self.sorted {
            sorted.sort(space, &self.parts, &mut self.moves, &mut self.least);
        }
        for &other in &self.others {
            self.image.clear();
            for slot in 0..self.parts.len() {
                let number = self.moves[other].image(space, &self.parts, &self.numbers, slot);
                self.image.push(number);
            }
            for sorted in &self.sorted {
                sorted.sort(space, &self.parts, &mut self.moves, &mut self.image);
            }
            if self.image.cmp(&self.least) == Ordering::Less {
                std::mem::swap(&mut self.least, &mut self.image);
            }
        }
        match self.least == self.numbers {
            true => Ok(()),
            false => self.put(space, key, &self.numbers, &self.least),
        }
    }

    /// The element that makes one state the other.
    pub fn between<const W: usize>(&mut self, space: &Space, from: &Key<W>, to: &Key<W>) -> Option<usize> {
        if from == to {
            return Some(0);
        }
        let numbers = |key: &Key<W>| self.parts.iter().map(|part| space.layout.fields[*part].get(key)).collect();
        let (from, to): (Vec<u32>, Vec<u32>) = (numbers(from), numbers(to));
        let parts = &self.parts;
        let mut moves = self.moves.iter_mut();
        let leads = |by: &mut Move| (0..to.len()).all(|slot| by.image(space, parts, &from, slot) == to[slot]);
        moves.find_map(|by| leads(by).then_some(by.element))
    }

    /// Every image of a state that has a key, the state itself first.
    pub fn orbit<const W: usize>(&mut self, space: &Space, key: &Key<W>) -> Vec<Key<W>> {
        let numbers: Vec<u32> = self.parts.iter().map(|part| space.layout.fields[*part].get(key)).collect();
        let mut orbit = vec![*key];
        for at in 0..self.moves.len() {
            let image = (0..self.parts.len()).map(|slot| self.moves[at].image(space, &self.parts, &numbers, slot));
            let image: Vec<u32> = image.collect();
            let mut key = *key;
            if self.put(space, &mut key, &numbers, &image).is_ok() {
                orbit.push(key);
            }
        }
        orbit
    }

    fn put<const W: usize>(
        &self,
        space: &Space,
        key: &mut Key<W>,
        before: &[u32],
        numbers: &[u32],
    ) -> Result<(), Unfit> {
        for ((&part, &before), &number) in self.parts.iter().zip(before).zip(numbers) {
            let field = space.layout.fields[part];
            if part > 0 && number >= MOST_VALUES {
                return Err(Unfit::TooMany);
            }
            if !field.holds(number) {
                return Err(Unfit::Wide);
            }
            field.change(key, before, number);
        }
        Ok(())
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        let known = self.moves.iter().flat_map(|element| &element.images).map(|images| match images {
            Images::Same => 0,
            Images::Known(known) => known.capacity() * size_of::<u32>(),
        });
        known.sum::<usize>() as u64
    }
}

impl Sorted {
    /// Sorts the components by what the first one would call their values.
    fn sort(&self, space: &Space, parts: &[usize], moves: &mut [Move], numbers: &mut [u32]) {
        let (mut last, mut ascending) = (numbers[self.first], true);
        for &(slot, swap) in &self.rest {
            let value = moves[swap].becomes(space, parts, (slot, self.first), numbers[slot]);
            ascending &= last <= value;
            (numbers[slot], last) = (value, value);
        }
        if !ascending {
            self.order(numbers);
        }
        for &(slot, swap) in &self.rest {
            numbers[slot] = moves[swap].becomes(space, parts, (self.first, slot), numbers[slot]);
        }
    }

    /// Insertion sort: there are few.
    fn order(&self, numbers: &mut [u32]) {
        let slot = |at: usize| if at == 0 { self.first } else { self.rest[at - 1].0 };
        for end in 1..=self.rest.len() {
            for at in (1..=end).rev() {
                if numbers[slot(at - 1)] > numbers[slot(at)] {
                    numbers.swap(slot(at - 1), slot(at));
                }
            }
        }
    }
}

impl Move {
    fn new(system: &System, (element, renaming): (usize, &Element), parts: &[usize]) -> Self {
        let becomes = |part: usize| match part {
            0 => 0,
            part => becomes(system, renaming, part - 1) + 1,
        };
        // The image of a changed part is a changed part.
        let from = |to: &usize| parts.iter().position(|part| becomes(*part) == *to).unwrap_or_default();
        let images = |part: &usize| match keeps(system, renaming, *part) {
            true => Images::Same,
            false => Images::Known(Vec::new()),
        };
        Move { element, from: parts.iter().map(from).collect(), images: parts.iter().map(images).collect() }
    }

    /// The number that a slot has in the image.
    fn image(&mut self, space: &Space, parts: &[usize], numbers: &[u32], slot: usize) -> u32 {
        let from = self.from[slot];
        self.becomes(space, parts, (from, slot), numbers[from])
    }

    /// What a number of a slot becomes.
    #[inline]
    fn becomes(&mut self, space: &Space, parts: &[usize], (from, to): (usize, usize), number: u32) -> u32 {
        match &mut self.images[from] {
            Images::Same => number,
            Images::Known(known) => match known.get(number as usize) {
                Some(&image) if image != UNKNOWN => image,
                _ => find(space, self.element, (parts[from], parts[to]), number, known),
            },
        }
    }

    /// The two slots that it swaps; `None` if it does more.
    fn swapped(&self) -> Option<(usize, usize)> {
        let moved: Vec<usize> = (0..self.from.len()).filter(|slot| self.from[*slot] != *slot).collect();
        let others_stay = || {
            let others = (0..self.from.len()).filter(|slot| !moved.contains(slot));
            others.into_iter().all(|slot| matches!(self.images[slot], Images::Same))
        };
        match moved[..] {
            [a, b] if others_stay() => Some((a, b)),
            _ => None,
        }
    }
}

/// Renames a value and numbers it.
#[cold]
fn find(space: &Space, element: usize, (from, to): (usize, usize), number: u32, known: &mut Vec<u32>) -> u32 {
    let (system, element) = (space.system, &space.symmetry.elements()[element]);
    let value = space.dictionary().parts[from].value(number).to_vec();
    let renamed = match from.checked_sub(1) {
        None => element.memory_of(system, &value),
        Some(component) => element.contexts_of(system, &system.components()[component].contexts, &value),
    };
    let image = space.dictionary().parts[to].number(&renamed).0;
    if known.len() <= number as usize {
        known.resize(number as usize + 1, UNKNOWN);
    }
    known[number as usize] = image;
    image
}

/// The components that change places freely: each with every other of its set.
fn sorted(elements: &[&Element], moves: &[Move], slots: usize) -> Vec<Sorted> {
    let swap = |a: usize, b: usize| {
        moves.iter().position(|by| by.swapped() == Some((a, b)) && elements[by.element - 1].only_permutes())
    };
    let mut sorted: Vec<Sorted> = Vec::new();
    for slot in 0..slots {
        let joins = |set: &&mut Sorted| {
            swap(set.first, slot).is_some() && set.rest.iter().all(|(other, _)| swap(*other, slot).is_some())
        };
        match sorted.iter_mut().find(joins) {
            Some(set) => set.rest.extend(swap(set.first, slot).map(|by| (slot, by))),
            None => sorted.push(Sorted { first: slot, rest: Vec::new() }),
        }
    }
    sorted.retain(|set| !set.rest.is_empty());
    sorted
}

/// The elements that do more than to sort: one of all that differ in the order of sorted components only.
fn others(elements: &[&Element], moves: &[Move], sorted: &[Sorted]) -> Vec<usize> {
    // A sorted component counts as its set.
    let set = |slot: usize| {
        let of = sorted.iter().find(|set| set.first == slot || set.rest.iter().any(|(other, _)| *other == slot));
        of.map_or(slot, |set| set.first)
    };
    let alike = |a: &Move, b: &Move| {
        let mut slots = 0..a.from.len();
        slots.all(|slot| set(a.from[slot]) == set(b.from[slot]))
            && elements[a.element - 1].alike_in_memory(elements[b.element - 1])
    };
    let sorts = |by: &Move| {
        let mut slots = 0..by.from.len();
        elements[by.element - 1].only_permutes() && slots.all(|slot| set(by.from[slot]) == set(slot))
    };
    let mut others: Vec<usize> = Vec::new();
    for (at, by) in moves.iter().enumerate().filter(|(_, by)| !sorts(by)) {
        if others.iter().all(|other| !alike(by, &moves[*other])) {
            others.push(at);
        }
    }
    others
}

/// Whether an element leaves all values of a part where they are.
fn keeps(system: &System, element: &Element, part: usize) -> bool {
    match part.checked_sub(1) {
        None => element.keeps_memory(),
        Some(component) => {
            system.components()[component].contexts.iter().all(|context| element.keeps_context(*context))
        }
    }
}

/// Which component a component becomes. Contexts of one CPU stay on one.
fn becomes(system: &System, element: &Element, component: usize) -> usize {
    let image = element.context(system.components()[component].contexts[0]);
    system.components().iter().position(|component| component.contexts.contains(&image)).unwrap_or_default()
}
