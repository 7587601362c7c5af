//! An exact set of numbers of few bits, kept in fewer: what the place of an entry says is not stored again. Several
//! threads may insert at once.
//!
//! After Cleary ("Compact hash tables using bidirectional linear probing", 1984). A number is mixed by a bijection on its
//! bits; its high bits choose a bucket, and the entry keeps the low ones, and by how many buckets it was moved on when
//! its own was full. An entry is one word that is written once, so that insertion is one compare-and-swap, and nothing
//! is published by it: relaxed order is enough. Buckets follow the order of mixed numbers, so that a table grows by
//! reading and writing memory in order. (Measured on 15.7 million states of 77 million transitions: a table of indices
//! into keys that stood in order took two cache misses for a state that is known, and a third of the time.)

use std::sync::atomic::{AtomicU64, Ordering};

use prefetch_index::prefetch_index;

use crate::threads::side_by_side;

/// Buckets that an entry may be moved on by.
const MOST_MOVED: u64 = 14;
/// Bits that say how far: one more than that, because zero means empty.
const MOVED_BITS: u32 = 4;
/// Buckets per chunk: chunks of the old table are freed while the new one is filled.
const CHUNK: usize = 1 << 12;
/// Chunks that each thread moves before their memory is given back.
const SLAB: usize = 16;
/// Buckets that a table has at first.
const FIRST: usize = 64;
/// Of so many entries, one stands empty when the table grows; by chance it may have to before. (Measured on tables of
/// 2^17 entries: from three quarters on, and from five sixths on with short entries.)
const SLACK: usize = 10;
/// Mixing: any odd numbers with bits all over. (The golden ratio's, and that of rustc-hash 2.)
const MULTIPLIERS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xf135_7aea_2e62_a9c5];

/// The table is full: grow, and try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

/// Words of a bucket: a cache line.
const WORDS: usize = 8;

/// A cache line of entries: `PER` in a word, one or two, the low one first. They are taken in this order.
#[repr(align(64))]
struct Bucket<const PER: usize>([AtomicU64; WORDS]);

impl<const PER: usize> Bucket<PER> {
    /// Bits of an entry.
    const BITS: u32 = u64::BITS / PER as u32;
    /// Entries of a bucket.
    const LANES: usize = WORDS * PER;

    /// What stands here at one time: a lane that is empty in it was empty when it was read, and all before it are in it.
    fn seen(&self) -> Seen<PER> {
        Seen(std::array::from_fn(|word| self.0[word].load(Ordering::Relaxed)))
    }

    /// Writes an entry into the lane that was seen to be the first empty one; false if it is not any more: it may be the
    /// same entry that stands there now.
    fn claim(&self, seen: &Seen<PER>, entry: u64) -> bool {
        let word = seen.first_with_room();
        let before = seen.0[word];
        let after = if before == 0 { entry } else { before | entry << (u64::BITS - Self::BITS) };
        self.0[word].compare_exchange(before, after, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Entries of a bucket.
struct Seen<const PER: usize>([u64; WORDS]);

impl<const PER: usize> Seen<PER> {
    const BITS: u32 = Bucket::<PER>::BITS;

    /// The entries; zero is none.
    fn entries(self) -> impl Iterator<Item = u64> {
        let shifts = |word: u64| (0..PER as u32).map(move |lane| word >> (lane * Self::BITS));
        self.0.into_iter().flat_map(shifts).map(|entry| entry & (u64::MAX >> (u64::BITS - Self::BITS)))
    }

    /// Whether an entry is here. All are compared, without a branch, for which one it is cannot be foretold. (Measured on
    /// 15.7 million states, by profile: a walk that ends at the entry took 2.4 s, this takes 0.6 s.)
    fn has(&self, entry: u64) -> bool {
        let (wanted, ones, tops) = (in_each::<PER>(entry), in_each::<PER>(1), in_each::<PER>(1 << (Self::BITS - 1)));
        // The top bit of a lane that is equal; where there is one, borrowing may set those above it as well.
        let equal = self
            .0
            .iter()
            .map(|word| word ^ wanted)
            .fold(0, |equal, differs| equal | differs.wrapping_sub(ones) & !differs & tops);
        equal != 0
    }

    fn is_full(&self) -> bool {
        self.0[WORDS - 1] >> (u64::BITS - Self::BITS) != 0
    }

    /// The word of the first empty lane, if it is not full.
    fn first_with_room(&self) -> usize {
        let begun = self.0.iter().fold(0, |begun, word| begun + usize::from(*word != 0));
        // The last word that was begun may have an empty lane.
        let last = begun.saturating_sub(1);
        if self.0[last] >> (u64::BITS - Self::BITS) == 0 { last } else { begun }
    }
}

/// A value in each lane of a word.
fn in_each<const PER: usize>(value: u64) -> u64 {
    (0..PER as u32).fold(0, |all, lane| all | value << (lane * Bucket::<PER>::BITS))
}

type Chunk<const PER: usize> = Box<[Bucket<PER>]>;

/// A table of numbers below 2 to the power of `bits`.
pub(super) struct Table<const PER: usize> {
    chunks: Vec<Chunk<PER>>,
    /// Buckets that numbers are spread over; those that take what was moved on from the last ones follow.
    buckets: usize,
    bits: u32,
    /// Low bits of a mixed number that an entry keeps: enough to tell all numbers of a bucket apart.
    low_bits: u32,
}

/// Entries of 32 bits.
pub(super) type Short = Table<2>;
/// Entries of 64 bits.
pub(super) type Long = Table<1>;

/// A bijection on numbers of `bits` bits.
fn mix(number: u64, bits: u32) -> u64 {
    let (mask, half) = ((1 << bits) - 1, bits.div_ceil(2));
    let once = number.wrapping_mul(MULTIPLIERS[0]) & mask;
    let folded = once ^ once >> half;
    let twice = folded.wrapping_mul(MULTIPLIERS[1]) & mask;
    twice ^ twice >> half
}

/// Low bits that tell apart the numbers that fall into one of so many buckets.
fn low_bits(bits: u32, buckets: usize) -> u32 {
    // A bucket's numbers follow each other, and are this many at most.
    let most = (1u64 << bits) / buckets as u64 + 1;
    (u64::BITS - (most - 1).leading_zeros()).min(bits)
}

impl<const PER: usize> Table<PER> {
    const LANES: usize = Bucket::<PER>::LANES;

    /// Whether a table for about so many numbers of so many bits can be made.
    pub fn is_for(bits: u32, numbers: usize) -> bool {
        Self::holds(bits, Self::buckets_for(numbers))
    }

    fn buckets_for(numbers: usize) -> usize {
        (numbers / Self::LANES * SLACK / (SLACK - 1)).max(FIRST)
    }

    /// Whether entries can hold numbers of so many bits in so many buckets.
    fn holds(bits: u32, buckets: usize) -> bool {
        low_bits(bits, buckets) + MOVED_BITS <= Bucket::<PER>::BITS
    }

    /// A table without its chunks.
    fn shape(bits: u32, buckets: usize) -> Self {
        let bits = bits.max(1);
        Table { chunks: Vec::new(), buckets, bits, low_bits: low_bits(bits, buckets) }
    }

    fn new(bits: u32, buckets: usize, threads: usize) -> Self {
        let mut table = Self::shape(bits, buckets);
        table.add_chunks(buckets, threads);
        table
    }

    /// Adds the chunks that numbers with these homes need. Side by side, for whoever touches memory first waits for it.
    fn add_chunks(&mut self, homes: usize, threads: usize) {
        let in_all = self.buckets + MOST_MOVED as usize;
        let wanted = homes.min(self.buckets) + MOST_MOVED as usize;
        self.chunks.extend(side_by_side(self.chunks.len()..wanted.div_ceil(CHUNK), threads, |chunk| {
            let len = CHUNK.min(in_all - chunk * CHUNK);
            (0..len).map(|_| Bucket([const { AtomicU64::new(0) }; WORDS])).collect()
        }));
    }

    /// An empty table for about so many numbers.
    pub fn for_about(bits: u32, numbers: usize, threads: usize) -> Option<Self> {
        Self::is_for(bits, numbers).then(|| Table::new(bits, Self::buckets_for(numbers), threads))
    }

    /// Numbers that it should hold at most, for it becomes slow then.
    pub fn capacity(&self) -> usize {
        self.buckets * Self::LANES / SLACK * (SLACK - 1)
    }

    /// Places of numbers: [`Table::place`] is below.
    pub fn places(&self) -> usize {
        (self.buckets + MOST_MOVED as usize) * Self::LANES
    }

    /// Brings the cache line of a number; yields what [`Table::insert_mixed`] wants.
    pub fn touch(&self, number: u64) -> u64 {
        let mixed = mix(number, self.bits);
        let home = self.home(mixed);
        prefetch_index(&self.chunks[home / CHUNK], home % CHUNK);
        mixed
    }

    /// Inserts what [`Table::touch`] made of a number.
    pub fn insert_mixed(&self, mixed: u64) -> Result<bool, Full> {
        let (home, low) = (self.home(mixed), self.low(mixed));
        let mut moved = 0;
        while moved <= MOST_MOVED {
            let bucket = self.bucket(home + moved as usize);
            let entry = low << MOVED_BITS | (moved + 1);
            let seen = bucket.seen();
            if seen.has(entry) {
                return Ok(false);
            }
            if seen.is_full() {
                moved += 1;
            } else if bucket.claim(&seen, entry) {
                return Ok(true);
            }
        }
        Err(Full)
    }

    /// The place of what [`Table::touch`] made of a number, if it is there. It stays until the table grows.
    pub fn place(&self, mixed: u64) -> Option<usize> {
        let (home, low) = (self.home(mixed), self.low(mixed));
        for moved in 0..=MOST_MOVED {
            let index = home + moved as usize;
            let (seen, wanted) = (self.bucket(index).seen(), low << MOVED_BITS | (moved + 1));
            if seen.has(wanted) {
                return seen.entries().position(|entry| entry == wanted).map(|lane| index * Self::LANES + lane);
            }
            if !seen.is_full() {
                return None;
            }
        }
        None
    }

    fn low(&self, mixed: u64) -> u64 {
        mixed & ((1 << self.low_bits) - 1)
    }

    fn home(&self, mixed: u64) -> usize {
        // The high word of a product, as for a number of 64 bits.
        ((u128::from(mixed << (u64::BITS - self.bits)) * self.buckets as u128) >> u64::BITS) as usize
    }

    fn bucket(&self, index: usize) -> &Bucket<PER> {
        &self.chunks[index / CHUNK][index % CHUNK]
    }

    /// The home of an entry.
    fn home_of(bucket: usize, entry: u64) -> usize {
        bucket + 1 - (entry & ((1 << MOVED_BITS) - 1)) as usize
    }

    /// The least mixed number of a home.
    fn least(&self, home: usize) -> u64 {
        ((home as u128) << self.bits).div_ceil(self.buckets as u128) as u64
    }

    /// The mixed number of an entry: from the least of its home on, the first with these low bits.
    fn mixed(&self, least: u64, entry: u64) -> u64 {
        let mask = (1u64 << self.low_bits) - 1;
        least + ((entry >> MOVED_BITS).wrapping_sub(least) & mask)
    }

    /// Everything in a larger table, if its entries, of one kind or the other, can hold it.
    pub fn grown<const NEW: usize>(self, threads: usize) -> Result<Table<NEW>, Self> {
        // Twice at first, so that small searches do not move often; later a half, so that less stands empty.
        let entries = self.buckets * Self::LANES;
        let entries = if entries < 1 << 18 { entries * 2 } else { entries / 2 * 3 };
        let buckets = entries / Bucket::<NEW>::LANES;
        if !Table::<NEW>::holds(self.bits, buckets) {
            return Err(self);
        }
        let larger = Table::shape(self.bits, buckets);
        Ok(self.moved_to(larger, threads))
    }

    /// Moves everything. The chunks of the one go while those of the other come: both follow the order of mixed numbers.
    fn moved_to<const NEW: usize>(self, mut other: Table<NEW>, threads: usize) -> Table<NEW> {
        let shape = Self::shape(self.bits, self.buckets);
        let mut chunks = self.chunks.into_iter().enumerate();
        loop {
            let slab: Vec<(usize, Chunk<PER>)> = chunks.by_ref().take(SLAB * threads.max(1)).collect();
            let Some((last, _)) = slab.last() else { break };
            let homes = u128::from((last + 1) as u64 * CHUNK as u64) * other.buckets as u128 / self.buckets as u128;
            other.add_chunks(homes as usize + 1, threads);
            let moved =
                |other: &Table<NEW>| side_by_side(&slab, threads, |(at, chunk)| shape.move_chunk(*at, chunk, other));
            while moved(&other).contains(&Err(Full)) {
                // By chance too much fell into one place. A table of more buckets holds shorter entries.
                let larger = Table::shape(other.bits, other.buckets / 4 * 5);
                other = other.moved_to(larger, threads);
                other.add_chunks(other.buckets, threads);
            }
        }
        other.add_chunks(other.buckets, threads);
        other
    }

    /// Inserts what stands in a chunk of a table of this shape into another one.
    fn move_chunk<const NEW: usize>(&self, number: usize, chunk: &Chunk<PER>, other: &Table<NEW>) -> Result<(), Full> {
        for (at, bucket) in chunk.iter().enumerate() {
            let bucket_at = number * CHUNK + at;
            // Most entries are at home: to divide once for all of them is enough.
            let least_here = self.least(bucket_at);
            for entry in bucket.seen().entries().filter(|entry| *entry != 0) {
                let home = Self::home_of(bucket_at, entry);
                let least = if home == bucket_at { least_here } else { self.least(home) };
                other.insert_mixed(self.mixed(least, entry))?;
            }
        }
        Ok(())
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        (self.chunks.iter().map(|chunk| chunk.len()).sum::<usize>() * size_of::<Bucket<PER>>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    const BITS: u32 = 30;

    /// Numbers that repeat, in another order for each thread.
    fn numbers(thread: u64) -> impl Iterator<Item = u64> {
        (0..40_000u64).map(move |i| (i * (2 * thread + 1)) % 9_973 * 0x1_0001)
    }

    fn everything<const PER: usize>(table: &Table<PER>) -> Vec<u64> {
        let buckets = table.chunks.iter().flat_map(|chunk| chunk.iter()).enumerate();
        let entries = buckets.flat_map(|(at, bucket)| bucket.seen().entries().map(move |entry| (at, entry)));
        let mixed = |(at, entry)| table.mixed(table.least(Table::<PER>::home_of(at, entry)), entry);
        entries.filter(|(_, entry)| *entry != 0).map(mixed).collect()
    }

    #[test]
    fn mixing_keeps_different_numbers_apart() {
        for bits in 0..=16 {
            let mixed: HashSet<u64> = (0..1 << bits).map(|number| mix(number, bits)).collect();
            assert_eq!(mixed.len(), 1 << bits, "{bits} bits");
            assert!(mixed.iter().all(|mixed| mixed >> bits == 0), "{bits} bits");
        }
    }

    #[test]
    fn every_number_of_few_bits_is_told_apart_however_many_buckets_there_are() {
        for buckets in [64, 65, 80, 97, 100, 125] {
            let table = Short::new(10, buckets, 1);
            assert!((0..1 << 10).all(|number| table.insert_mixed(mix(number, 10)) == Ok(true)), "{buckets} buckets");
            assert!((0..1 << 10).all(|number| table.insert_mixed(mix(number, 10)) == Ok(false)), "{buckets} buckets");
            let all: BTreeSet<u64> = everything(&table).into_iter().collect();
            assert_eq!(all, (0..1 << 10).collect(), "{buckets} buckets");
        }
    }

    #[test]
    fn threads_that_insert_the_same_numbers_at_once_leave_each_number_once() {
        let expected: HashSet<u64> = (0..4).flat_map(numbers).collect();
        let table = Long::for_about(BITS, 2 * expected.len(), 2).expect("short numbers");
        let new: usize = std::thread::scope(|scope| {
            let insert = |thread| {
                let table = &table;
                scope.spawn(move || {
                    numbers(thread).filter(|number| table.insert_mixed(mix(*number, BITS)) == Ok(true)).count()
                })
            };
            let threads: Vec<_> = (0..4).map(insert).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!((new, everything(&table).len()), (expected.len(), expected.len()));
        assert!(expected.iter().all(|number| table.place(table.touch(*number)).is_some()));
        let places: HashSet<usize> = expected.iter().filter_map(|number| table.place(table.touch(*number))).collect();
        assert_eq!(places.len(), expected.len());
    }

    #[test]
    fn a_table_that_grew_and_changed_its_entries_has_what_it_had() {
        let mut long = Long::for_about(BITS, 0, 2).expect("short numbers");
        let all: Vec<u64> = (0..100_000u64).map(|i| i * i % (1 << BITS)).collect();
        for number in &all {
            while long.insert_mixed(mix(*number, BITS)) == Err(Full) {
                long = long.grown(2).unwrap_or_else(|_| panic!("long entries hold everything"));
            }
        }
        let Ok(short): Result<Short, Long> = long.grown(2) else { panic!("short entries hold 30 bits") };
        assert!(all.iter().all(|number| short.insert_mixed(mix(*number, BITS)) == Ok(false)));
        assert_eq!(everything(&short).len(), all.iter().collect::<HashSet<_>>().len());
        assert_eq!(short.place(short.touch(7)), None);
    }

    #[test]
    fn entries_too_short_for_the_numbers_are_refused() {
        assert!(Short::for_about(58, 1 << 12, 2).is_none());
        assert!(Long::for_about(58, 1 << 12, 2).is_some());
    }
}
