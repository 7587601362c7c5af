//! The set of states found. It says what is new, and gives each state a place; it does not give states back: their keys
//! stand in `levels`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexSet;

use super::key::Key;
use super::levels::Piece;
use super::table::{Full, Long, Short, Table};
use crate::threads::side_by_side;

/// Keys that are looked up together, so that they do not wait for each other's cache lines.
const PASS: usize = 64;
/// Sets that keys of several words are spread over: threads seldom want the same one.
const STRIPES: usize = 64;

type Stripe<const W: usize> = Mutex<IndexSet<Key<W>, rustc_hash::FxBuildHasher>>;

/// Keys of states.
pub(super) struct States<const W: usize> {
    set: Set<W>,
    /// How many there are.
    pub len: usize,
}

/// A key that was found and not looked up yet.
pub(super) struct Found<const W: usize> {
    key: Key<W>,
    /// What the table made of it.
    mixed: u64,
}

enum Set<const W: usize> {
    Short(Short),
    Long(Long),
    /// Keys of several words: a grown population. A plain set, a quarter as fast.
    Wide(Box<[Stripe<W>]>),
}

impl<const W: usize> States<W> {
    /// These keys, all different, with room for so many. Those of one word have this many bits.
    pub fn of(bits: u32, room: usize, mut pieces: Vec<Piece<W>>, threads: usize) -> Self {
        let mut states = Self::with_room(bits, room, threads);
        while !pieces.is_empty() {
            let inserted = side_by_side(&pieces, threads, |piece| states.insert_piece(piece));
            states.len += inserted.iter().map(|(new, _)| new).sum::<usize>();
            // What was begun is begun again: insertion finds what is there already.
            let mut whole = inserted.iter().map(|(_, end)| end.is_ok());
            pieces.retain(|_| !whole.next().unwrap_or_default());
            if !pieces.is_empty() {
                states.grow(threads);
            }
        }
        states
    }

    /// Inserts keys; how many of them are new, and whether there was room for all.
    fn insert_piece(&self, piece: &Piece<W>) -> (usize, Result<(), Full>) {
        let (mut new, mut fresh, mut pass) = (0, Vec::new(), Vec::new());
        let mut keys = piece.keys().peekable();
        while keys.peek().is_some() {
            pass.clear();
            pass.extend(keys.by_ref().take(PASS).map(|key| self.touch(&key)));
            let end = self.insert_all(&pass, &mut fresh);
            new += fresh.len();
            fresh.clear();
            if end.is_err() {
                return (new, end);
            }
        }
        (new, Ok(()))
    }

    fn with_room(bits: u32, states: usize, threads: usize) -> Self {
        let table = || {
            let short = Short::for_about(bits, states, threads).map(Set::Short);
            short.or_else(|| Long::for_about(bits, states, threads).map(Set::Long))
        };
        let narrow = if W == 1 { table() } else { None };
        let wide = || Set::Wide((0..STRIPES).map(|_| Stripe::default()).collect());
        States { set: narrow.unwrap_or_else(wide), len: 0 }
    }

    /// Whether entries are longer than need be, maybe.
    pub fn is_long(&self) -> bool {
        matches!(self.set, Set::Long(_))
    }

    /// Whether short entries would do for keys of so many bits, with room for so many.
    pub fn is_short_with(bits: u32, room: usize) -> bool {
        W == 1 && Short::is_for(bits, room)
    }

    /// Brings the cache line of a key that will be looked up soon: meanwhile others are found.
    pub fn touch(&self, key: &Key<W>) -> Found<W> {
        let mixed = match &self.set {
            Set::Short(table) => table.touch(key[0]),
            Set::Long(table) => table.touch(key[0]),
            Set::Wide(_) => 0,
        };
        Found { key: *key, mixed }
    }

    /// Inserts keys, and adds those that are new to `fresh`. The owner counts them: [`States::len`].
    pub fn insert_all(&self, found: &[Found<W>], fresh: &mut Vec<Key<W>>) -> Result<(), Full> {
        match &self.set {
            Set::Short(table) => insert_all(table, found, fresh),
            Set::Long(table) => insert_all(table, found, fresh),
            Set::Wide(stripes) => {
                let keys = found.iter().map(|found| found.key);
                fresh.extend(keys.filter(|key| stripe(stripes, key).1.insert(*key)));
                Ok(())
            }
        }
    }

    /// Where a key that was touched stands, below [`States::places`]; `None` if it is not there. It stays until the set grows.
    pub fn place(&self, found: &Found<W>) -> Option<usize> {
        match &self.set {
            Set::Short(table) => table.place(found.mixed),
            Set::Long(table) => table.place(found.mixed),
            Set::Wide(stripes) => {
                let (number, stripe) = stripe(stripes, &found.key);
                stripe.get_index_of(&found.key).map(|index| index * STRIPES + number)
            }
        }
    }

    /// More than any place.
    pub fn places(&self) -> usize {
        match &self.set {
            Set::Short(table) => table.places(),
            Set::Long(table) => table.places(),
            Set::Wide(stripes) => {
                let longest = stripes.iter().map(|stripe| locked(stripe).len()).max();
                longest.unwrap_or_default() * STRIPES
            }
        }
    }

    /// States from which on the set should grow.
    pub fn capacity(&self) -> usize {
        match &self.set {
            Set::Short(table) => table.capacity(),
            Set::Long(table) => table.capacity(),
            Set::Wide(_) => usize::MAX,
        }
    }

    /// Makes room for more states.
    pub fn grow(&mut self, threads: usize) {
        let set = std::mem::replace(&mut self.set, Set::Wide(Box::default()));
        self.set = match set {
            // What short entries held once, they hold in more buckets too.
            Set::Short(table) => table.grown(threads).map_or_else(Set::Short, Set::Short),
            Set::Long(table) => match table.grown(threads) {
                Ok(short) => Set::Short(short),
                Err(table) => table.grown(threads).map_or_else(Set::Long, Set::Long),
            },
            Set::Wide(stripes) => Set::Wide(stripes),
        }
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        match &self.set {
            Set::Short(table) => table.bytes(),
            Set::Long(table) => table.bytes(),
            Set::Wide(stripes) => {
                let room: usize = stripes.iter().map(|stripe| locked(stripe).capacity()).sum();
                (room * (size_of::<Key<W>>() + 2 * size_of::<usize>())) as u64
            }
        }
    }
}

/// Inserts keys of one word.
fn insert_all<const PER: usize, const W: usize>(
    table: &Table<PER>,
    found: &[Found<W>],
    fresh: &mut Vec<Key<W>>,
) -> Result<(), Full> {
    for Found { key, mixed } in found {
        if table.insert_mixed(*mixed)? {
            fresh.push(*key);
        }
    }
    Ok(())
}

fn stripe<'s, const W: usize>(
    stripes: &'s [Stripe<W>],
    key: &Key<W>,
) -> (usize, MutexGuard<'s, IndexSet<Key<W>, rustc_hash::FxBuildHasher>>) {
    let mixed = key.iter().fold(0u64, |mixed, word| (mixed.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let number = (mixed >> 32) as usize % STRIPES;
    (number, locked(&stripes[number]))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked left whole keys only.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
