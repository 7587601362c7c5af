//! Symmetry in a search: of all states that differ by a renaming only, one is kept.
//!
//! A state is a tuple of numbers, and a renaming maps the values of each part one by one. So what each number becomes is
//! found once and remembered; then the least of all images of a state takes a few look-ups. The order of images is that
//! of their numbers, and a number never changes: whatever the layout of keys and the number of threads, states that
//! differ by a renaming have one least image.

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
    moves: Vec<Move>,
    /// Parts that some element changes: memory is 0, components follow.
    parts: Vec<usize>,
    /// The numbers of those parts: of the state, of its least image so far, of the image being looked at.
    numbers: Vec<u32>,
    least: Vec<u32>,
    image: Vec<u32>,
}

/// An element of the group that changes something.
struct Move {
    /// Its place in [`Symmetry::elements`].
    element: usize,
    /// Which part, of those that some element changes, becomes each of them; and the part's images.
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
        let elements = || symmetry.elements().iter().enumerate().skip(1);
        let count = system.components().len() + 1;
        let parts: Vec<usize> =
            (0..count).filter(|part| elements().any(|(_, element)| !keeps(system, element, *part))).collect();
        let moves = elements().map(|(index, element)| Move::new(system, (index, element), &parts)).collect();
        (!parts.is_empty()).then(|| Quotient { moves, parts, numbers: vec![], least: vec![], image: vec![] })
    }

    /// Makes a key that of the least image of its state. Yields the element that leads there.
    pub fn reduce<const W: usize>(&mut self, space: &Space, key: &mut Key<W>) -> Result<usize, Unfit> {
        let fields = &space.layout.fields;
        self.numbers.clear();
        self.numbers.extend(self.parts.iter().map(|part| fields[*part].get(key)));
        self.least.clone_from(&self.numbers);
        let mut by = 0;
        for element in &mut self.moves {
            if element.less(space, &self.parts, &self.numbers, &self.least, &mut self.image) {
                std::mem::swap(&mut self.least, &mut self.image);
                by = element.element;
            }
        }
        match by {
            0 => Ok(0),
            _ => self.put(space, key, &self.least).map(|()| by),
        }
    }

    /// Every image of a state that has a key, the state itself first, each with the element that leads there.
    pub fn orbit<const W: usize>(&mut self, space: &Space, key: &Key<W>) -> Vec<(Key<W>, usize)> {
        let fields = &space.layout.fields;
        let numbers: Vec<u32> = self.parts.iter().map(|part| fields[*part].get(key)).collect();
        let mut orbit = vec![(*key, 0)];
        for at in 0..self.moves.len() {
            let image = (0..self.parts.len()).map(|slot| self.moves[at].image(space, &self.parts, &numbers, slot));
            let image: Vec<u32> = image.collect();
            let mut key = *key;
            if self.put(space, &mut key, &image).is_ok() {
                orbit.push((key, self.moves[at].element));
            }
        }
        orbit
    }

    fn put<const W: usize>(&self, space: &Space, key: &mut Key<W>, numbers: &[u32]) -> Result<(), Unfit> {
        for (&part, &number) in self.parts.iter().zip(numbers) {
            let field = space.layout.fields[part];
            if part > 0 && number >= MOST_VALUES {
                return Err(Unfit::TooMany);
            }
            if !field.holds(number) {
                return Err(Unfit::Wide);
            }
            field.clear(key);
            field.put(key, number);
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

impl Move {
    fn new(system: &System, (index, element): (usize, &Element), parts: &[usize]) -> Self {
        let becomes = |part: usize| match part {
            0 => 0,
            part => becomes(system, element, part - 1) + 1,
        };
        // What some element changes becomes such a part again: the group has the inverse too.
        let from = |to: &usize| parts.iter().position(|part| becomes(*part) == *to).unwrap_or_default();
        let images = |part: &usize| match keeps(system, element, *part) {
            true => Images::Same,
            false => Images::Known(Vec::new()),
        };
        Move { element: index, from: parts.iter().map(from).collect(), images: parts.iter().map(images).collect() }
    }

    /// Whether the image of a state is less than the least so far; `image` holds it then.
    fn less(&mut self, space: &Space, parts: &[usize], numbers: &[u32], least: &[u32], image: &mut Vec<u32>) -> bool {
        image.clear();
        let mut order = Ordering::Equal;
        for (slot, least) in least.iter().enumerate() {
            let number = self.image(space, parts, numbers, slot);
            order = order.then_with(|| number.cmp(least));
            if order == Ordering::Greater {
                return false;
            }
            image.push(number);
        }
        order == Ordering::Less
    }

    /// The number that a part has in the image.
    #[inline]
    fn image(&mut self, space: &Space, parts: &[usize], numbers: &[u32], slot: usize) -> u32 {
        let from = self.from[slot];
        let number = numbers[from];
        match &mut self.images[from] {
            Images::Same => number,
            Images::Known(known) => match known.get(number as usize) {
                Some(&image) if image != UNKNOWN => image,
                _ => find(space, self.element, (parts[from], parts[slot]), number, known),
            },
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
