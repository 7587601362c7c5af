//! The set of states found: each key once, numbered in order of discovery. Several threads may insert at once.
//!
//! A table of 32-bit entries points into the keys, which stand in order. Entries spend the bits that the indices leave
//! over on a tag of the hash, so that a probe seldom reads a key in vain. Insertion is lock-free: the key is written
//! first, and the entry that publishes it afterwards, by a compare-and-swap with release order.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::key::{Key, hash};

/// Keys per chunk: chunks are added, never moved.
const CHUNK: usize = 1 << 14;
/// States that the first table has room for.
const SMALL: usize = 1 << 10;
/// The largest number of states: entries are 32 bits, and zero means empty.
const MOST: usize = u32::MAX as usize - 1;

/// The table is full: [`Store::grow`], and try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Keys of states by number, and a hash table over them.
pub(super) struct Store<const W: usize> {
    chunks: Vec<Box<[AtomicU64]>>,
    entries: Box<[AtomicU32]>,
    /// States that may be inserted before the store must grow.
    capacity: usize,
    next: AtomicU32,
    /// Bits of an entry that hold the index; the rest are the tag.
    index_bits: u32,
}

/// An index that a thread took and did not need; it is used for its next state, or given back.
pub(super) type Spare = Option<u32>;

impl<const W: usize> Store<W> {
    pub fn new() -> Self {
        let mut store =
            Store { chunks: Vec::new(), entries: Box::default(), capacity: 0, next: AtomicU32::new(0), index_bits: 0 };
        store.resize(SMALL);
        store
    }

    /// States found.
    pub fn len(&self) -> usize {
        self.next.load(Ordering::Relaxed) as usize
    }

    /// The key of a state.
    pub fn key(&self, index: usize) -> Key<W> {
        let at = index % CHUNK * W;
        let chunk = &self.chunks[index / CHUNK][at..at + W];
        std::array::from_fn(|word| chunk[word].load(Ordering::Relaxed))
    }

    /// The entry that a hash leads to first: a load that brings its cache line.
    pub fn touch(&self, hash: u64) -> u32 {
        self.entries[self.slot(hash)].load(Ordering::Relaxed)
    }

    /// Whether an entry probably is this state's.
    pub fn probably(&self, entry: u32, hash: u64) -> Option<usize> {
        (entry != 0 && self.tag_of(entry) == self.tag(hash)).then(|| self.index(entry))
    }

    /// The index of a key, if it is there.
    pub fn find(&self, key: &Key<W>) -> Option<usize> {
        let hash = hash(key);
        let mut slot = self.slot(hash);
        loop {
            let entry = self.entries[slot].load(Ordering::Acquire);
            if entry == 0 {
                return None;
            }
            if self.tag_of(entry) == self.tag(hash) && self.key(self.index(entry)) == *key {
                return Some(self.index(entry));
            }
            slot = self.after(slot);
        }
    }

    /// Inserts a key; says whether it is new.
    pub fn insert(&self, key: &Key<W>, hash: u64, spare: &mut Spare) -> Result<bool, Full> {
        let tag = self.tag(hash);
        let mut slot = self.slot(hash);
        loop {
            let mut entry = self.entries[slot].load(Ordering::Acquire);
            if entry == 0 {
                let index = self.take(spare)?;
                self.write(index, key);
                let new = self.entry(tag, index);
                match self.entries[slot].compare_exchange(0, new, Ordering::Release, Ordering::Acquire) {
                    Ok(_) => return Ok(true),
                    Err(other) => {
                        *spare = Some(index);
                        entry = other;
                    }
                }
            }
            if self.tag_of(entry) == tag && self.key(self.index(entry)) == *key {
                return Ok(false);
            }
            slot = self.after(slot);
        }
    }

    fn take(&self, spare: &mut Spare) -> Result<u32, Full> {
        if let Some(index) = spare.take() {
            return Ok(index);
        }
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        if (index as usize) < self.room() {
            return Ok(index);
        }
        // Whoever comes too late counts itself out again, so that `next` is the number of states when all stand still.
        self.next.fetch_sub(1, Ordering::Relaxed);
        Err(Full)
    }

    fn write(&self, index: u32, key: &Key<W>) {
        let at = index as usize % CHUNK * W;
        let chunk = &self.chunks[index as usize / CHUNK][at..at + W];
        chunk.iter().zip(key).for_each(|(word, value)| word.store(*value, Ordering::Relaxed));
    }

    /// Closes the gaps that unneeded indices left, so that the states found stand without a hole again.
    pub fn give_back(&mut self, spares: impl Iterator<Item = u32>) {
        let mut holes: Vec<u32> = spares.collect();
        holes.sort_unstable();
        while let Some(last) = self.len().checked_sub(1).filter(|_| !holes.is_empty()) {
            *self.next.get_mut() -= 1;
            if holes.last() == Some(&(last as u32)) {
                holes.pop();
                continue;
            }
            let hole = holes.remove(0);
            let key = self.key(last);
            let entry = self.entry_of(&key, last);
            self.write(hole, &key);
            let entry = &self.entries[entry];
            let tag = self.tag_of(entry.load(Ordering::Relaxed));
            entry.store(self.entry(tag, hole), Ordering::Relaxed);
        }
    }

    fn entry_of(&self, key: &Key<W>, index: usize) -> usize {
        let mut slot = self.slot(hash(key));
        while self.index(self.entries[slot].load(Ordering::Relaxed)) != index {
            slot = self.after(slot);
        }
        slot
    }

    /// Makes room for more states; false if there cannot be more.
    pub fn grow(&mut self) -> bool {
        if self.chunks.len() * CHUNK < self.capacity {
            let ahead = self.len() + self.len() / 16 + 4 * CHUNK;
            self.add_chunks(ahead.min(self.capacity));
            return true;
        }
        // Twice at first, so that small searches do not rehash often; later a quarter, so that less stands empty.
        // (Measured on 15.7 million states: a half took 20 MB more in all, and 0.9 s of 11 less.)
        let more = if self.capacity < 1 << 18 { self.capacity * 2 } else { self.capacity + self.capacity / 4 };
        let more = more.min(MOST);
        if more <= self.capacity {
            return false;
        }
        self.resize(more);
        true
    }

    /// Every key through `change`, in order.
    pub fn rewrite<const V: usize>(self, change: impl Fn(&Key<W>) -> Key<V>) -> Store<V> {
        Store::filled(self.len(), self.capacity, |index| change(&self.key(index)))
    }

    /// Keys that are all different, in order.
    pub fn of(keys: &[Key<W>]) -> Self {
        Self::filled(keys.len(), keys.len().max(SMALL), |index| keys[index])
    }

    fn filled(len: usize, capacity: usize, key: impl Fn(usize) -> Key<W>) -> Self {
        let mut store = Store::new();
        store.add_chunks(len);
        (0..len).for_each(|index| store.write(index as u32, &key(index)));
        store.next = AtomicU32::new(len as u32);
        store.resize(capacity);
        store
    }

    fn resize(&mut self, capacity: usize) {
        // The old table goes before the new one comes: the keys alone are needed to make it.
        self.entries = Box::default();
        self.capacity = capacity;
        self.index_bits = usize::BITS - (capacity + 1).leading_zeros();
        self.entries = (0..capacity / 4 * 5 + 8).map(|_| AtomicU32::new(0)).collect();
        self.add_chunks((self.len() + CHUNK).min(capacity));
        self.enter_all();
    }

    /// Puts every key into an empty table. The slots of some keys are read before the first of them is written, so that
    /// their cache misses overlap. (Measured on 15.7 million states, by profile: 1.6 s instead of 1.9 s.)
    fn enter_all(&self) {
        /// Keys of a pass.
        const PASS: usize = 64;
        for start in (0..self.len()).step_by(PASS) {
            let mut hashes = [0; PASS];
            let pass = start..self.len().min(start + PASS);
            for (found, index) in hashes.iter_mut().zip(pass.clone()) {
                *found = hash(&self.key(index));
                std::hint::black_box(self.touch(*found));
            }
            for (hash, index) in hashes.iter().zip(pass) {
                self.enter(index, *hash);
            }
        }
    }

    /// States that may be inserted before [`Store::grow`]: the table is not too full then, and their chunks are there.
    fn room(&self) -> usize {
        self.capacity.min(self.chunks.len() * CHUNK)
    }

    fn add_chunks(&mut self, states: usize) {
        while self.chunks.len() * CHUNK < states {
            self.chunks.push((0..CHUNK * W).map(|_| AtomicU64::new(0)).collect());
        }
    }

    fn enter(&self, index: usize, hash: u64) {
        let mut slot = self.slot(hash);
        while self.entries[slot].load(Ordering::Relaxed) != 0 {
            slot = self.after(slot);
        }
        self.entries[slot].store(self.entry(self.tag(hash), index as u32), Ordering::Relaxed);
    }

    fn slot(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.entries.len() as u128) >> 64) as usize
    }

    fn after(&self, slot: usize) -> usize {
        if slot + 1 == self.entries.len() { 0 } else { slot + 1 }
    }

    fn entry(&self, tag: u32, index: u32) -> u32 {
        (u64::from(tag) << self.index_bits) as u32 | (index + 1)
    }

    fn index(&self, entry: u32) -> usize {
        (entry & self.index_mask()) as usize - 1
    }

    fn tag_of(&self, entry: u32) -> u32 {
        (u64::from(entry) >> self.index_bits) as u32
    }

    /// The low bits of the hash, for the high ones choose the slot.
    fn tag(&self, hash: u64) -> u32 {
        (hash as u32 as u64 & ((1u64 << (32 - self.index_bits)) - 1)) as u32
    }

    fn index_mask(&self) -> u32 {
        ((1u64 << self.index_bits) - 1) as u32
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        (self.chunks.len() * CHUNK * W * size_of::<u64>() + self.entries.len() * size_of::<u32>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Keys that repeat, in another order for each thread.
    fn keys(thread: u64) -> impl Iterator<Item = Key<1>> {
        (0..40_000u64).map(move |i| [(i * (2 * thread + 1)) % 9_973 * 0x1_0001])
    }

    fn insert_all(store: &mut Store<1>, keys: &[Key<1>]) {
        for key in keys {
            let mut spare = None;
            while store.insert(key, hash(key), &mut spare) == Err(Full) {
                assert!(store.grow());
            }
            assert_eq!(spare, None);
        }
    }

    #[test]
    fn threads_that_insert_the_same_keys_at_once_leave_each_key_once_and_no_gap() {
        let expected: BTreeSet<Key<1>> = (0..4).flat_map(keys).collect();
        let mut store = Store::<1>::new();
        while store.room() < expected.len() + 4 {
            assert!(store.grow());
        }
        let new = AtomicU32::new(0);
        let spares: Vec<Spare> = std::thread::scope(|scope| {
            let insert = |thread| {
                let (store, new) = (&store, &new);
                scope.spawn(move || {
                    let mut spare = None;
                    let found = keys(thread).filter(|key| store.insert(key, hash(key), &mut spare) == Ok(true));
                    new.fetch_add(found.count() as u32, Ordering::Relaxed);
                    spare
                })
            };
            let threads: Vec<_> = (0..4).map(insert).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        store.give_back(spares.into_iter().flatten());
        assert_eq!(new.into_inner() as usize, expected.len());
        assert_eq!((0..store.len()).map(|index| store.key(index)).collect::<BTreeSet<_>>(), expected);
        assert_eq!(store.len(), expected.len());
        assert!(expected.iter().all(|key| store.find(key).is_some_and(|index| store.key(index) == *key)));
    }

    #[test]
    fn gaps_are_filled_from_the_end() {
        let mut store = Store::<1>::new();
        insert_all(&mut store, &[[1], [2]]);
        let mut spare = None;
        let holes = [store.take(&mut spare).expect("room"), store.take(&mut spare).expect("room")];
        insert_all(&mut store, &[[3]]);
        let last = store.take(&mut spare).expect("room");
        store.give_back([holes[1], last, holes[0]].into_iter());
        let all: Vec<Key<1>> = (0..store.len()).map(|index| store.key(index)).collect();
        assert_eq!(all, [[1], [2], [3]]);
        assert_eq!(store.find(&[3]), Some(2));
    }

    #[test]
    fn a_store_that_grew_and_was_rewritten_finds_everything() {
        let mut store = Store::<1>::new();
        let all: Vec<Key<1>> = (0..100_000u64).map(|i| [i * i]).collect();
        insert_all(&mut store, &all);
        let wide: Store<2> = store.rewrite(|key| [key[0], !key[0]]);
        assert_eq!(wide.len(), all.len());
        assert!(all.iter().enumerate().all(|(index, key)| wide.find(&[key[0], !key[0]]) == Some(index)));
        assert_eq!(wide.find(&[0, 0]), None);
    }
}
