//! Every state found, once, with the state it was first reached from.

use std::hash::Hasher;

use hashbrown::HashTable;

/// No parent: an initial state.
pub(super) const ROOT: u32 = u32::MAX;

/// States in order of discovery.
pub(super) struct Store {
    words: usize,
    states: Vec<u64>,
    parents: Vec<u32>,
    table: HashTable<u32>,
}

impl Store {
    pub fn new(words: usize) -> Self {
        Store { words, states: Vec::new(), parents: Vec::new(), table: HashTable::new() }
    }

    pub fn len(&self) -> usize {
        self.parents.len()
    }

    pub fn state(&self, index: usize) -> &[u64] {
        &self.states[index * self.words..(index + 1) * self.words]
    }

    pub fn parent(&self, index: usize) -> u32 {
        self.parents[index]
    }

    /// Index of a state, and whether it is new.
    pub fn insert(&mut self, state: &[u64], parent: u32) -> (u32, bool) {
        let hash = hash(state);
        let (words, states) = (self.words, &self.states);
        let at = |index: u32| &states[index as usize * words..(index as usize + 1) * words];
        if let Some(&index) = self.table.find(hash, |&index| at(index) == state) {
            return (index, false);
        }
        let index = self.parents.len() as u32;
        self.table.insert_unique(hash, index, |&other| hash_at(states, words, other));
        self.states.extend_from_slice(state);
        self.parents.push(parent);
        (index, true)
    }

    /// Bytes in use, the table's spare room included.
    pub fn bytes(&self) -> u64 {
        let table = self.table.capacity() * (size_of::<u32>() + 1);
        (self.states.capacity() * size_of::<u64>() + self.parents.capacity() * size_of::<u32>() + table) as u64
    }
}

fn hash_at(states: &[u64], words: usize, index: u32) -> u64 {
    hash(&states[index as usize * words..(index as usize + 1) * words])
}

fn hash(state: &[u64]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    state.iter().for_each(|word| hasher.write_u64(*word));
    hasher.finish()
}
