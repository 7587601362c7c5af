//! The values that memory and each component take, numbered in order of discovery. A state is then a tuple of numbers.

use std::hash::Hasher;

use hashbrown::HashTable;

use crate::system::{Component, System};

/// The values of one component.
pub(super) struct Values {
    words: usize,
    /// The component's bits in a packed state; all others are zero in a value.
    mask: Box<[u64]>,
    values: Vec<u64>,
    table: HashTable<u32>,
}

impl Values {
    fn new(component: &Component) -> Self {
        let mask = component.mask.clone();
        Values { words: mask.len(), mask, values: Vec::new(), table: HashTable::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.words
    }

    /// A value: a packed state with the component's bits only.
    pub fn value(&self, number: u32) -> &[u64] {
        &self.values[number as usize * self.words..][..self.words]
    }

    /// The number of the component's value in a packed state, and whether it is new.
    pub fn number(&mut self, state: &[u64]) -> (u32, bool) {
        let start = self.values.len();
        self.values.extend(state.iter().zip(&self.mask).map(|(word, mask)| word & mask));
        let (known, value) = self.values.split_at(start);
        let words = self.words;
        let hash = hash(value);
        if let Some(&number) = self.table.find(hash, |&number| &known[number as usize * words..][..words] == value) {
            self.values.truncate(start);
            return (number, false);
        }
        let number = (start / words) as u32;
        let values = &self.values;
        self.table.insert_unique(hash, number, |&other| self::hash(&values[other as usize * words..][..words]));
        (number, true)
    }

    /// The values in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u64]> {
        self.values.chunks_exact(self.words)
    }

    /// All values, one after the other.
    pub fn words(&self) -> &[u64] {
        &self.values
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        (self.values.capacity() * size_of::<u64>() + self.table.capacity() * 5) as u64
    }
}

/// The values of memory and of every component.
pub(super) struct Dictionary {
    /// Memory first, then the components in the system's order.
    pub parts: Vec<Values>,
}

impl Dictionary {
    pub fn new(system: &System) -> Self {
        let components = [system.memory()].into_iter().chain(system.components());
        Dictionary { parts: components.map(Values::new).collect() }
    }

    /// Number of values of each part.
    pub fn counts(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(Values::len)
    }

    /// Puts a packed state together from its numbers.
    pub fn assemble(&self, numbers: &[u32], state: &mut Vec<u64>) {
        state.clear();
        state.resize(self.parts[0].words, 0);
        for (part, number) in self.parts.iter().zip(numbers) {
            state.iter_mut().zip(part.value(*number)).for_each(|(word, value)| *word |= value);
        }
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(Values::bytes).sum()
    }
}

fn hash(value: &[u64]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    value.iter().for_each(|word| hasher.write_u64(*word));
    hasher.finish()
}
