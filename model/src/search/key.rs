//! Keys: the numbers of a state's parts, as one number of as few bits as the values found so far need.
//!
//! A key is written in mixed radix: each part is a digit, whose base is how many values it has room for. The first part
//! is the highest digit, so that keys in order are in the order of their first parts: memory, then components. (Measured
//! on 15.7 million states of eleven parts: 46 bits; fields of whole bits took 50, too many for short entries of the
//! table.)

use serde::{Deserialize, Serialize};

/// The bits of a word that keys use: the table of states has room for so many.
pub(super) const WORD_BITS: u32 = 58;

/// A state's parts, packed into `W` words.
pub(super) type Key<const W: usize> = [u64; W];

/// A digit: where a part's number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Field {
    word: u8,
    /// What a one counts here.
    unit: u64,
    /// Numbers that there is room for.
    base: u64,
}

impl Field {
    pub fn get<const W: usize>(self, key: &Key<W>) -> u32 {
        (key[usize::from(self.word)] / self.unit % self.base) as u32
    }

    /// Writes a number where another one stands.
    pub fn change<const W: usize>(self, key: &mut Key<W>, from: u32, to: u32) {
        let by = u64::from(to).wrapping_sub(from.into()).wrapping_mul(self.unit);
        let word = &mut key[usize::from(self.word)];
        *word = word.wrapping_add(by);
    }

    /// Whether a number fits.
    pub fn holds(self, number: u32) -> bool {
        u64::from(number) < self.base
    }
}

/// The fields of a key, in the order of the dictionary's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyLayout {
    pub fields: Vec<Field>,
}

/// A set of parts, a bit each: there are at most as many contexts as a word has bits, and memory.
pub(super) type Parts = u128;

impl KeyLayout {
    /// Fields for this many values of each part: with room for as many again, for a quarter, for a sixteenth more, and for
    /// these only; those that `W` words hold. A field does not cross words.
    pub fn all<const W: usize>(counts: &[usize]) -> impl Iterator<Item = Self> {
        let more = |part: u64| counts.iter().map(move |count| *count as u64 * (part + 1) / part);
        let exact = counts.iter().map(|count| *count as u64);
        [Self::fit::<W>(more(1)), Self::fit::<W>(more(4)), Self::fit::<W>(more(16)), Self::fit::<W>(exact)]
            .into_iter()
            .flatten()
    }

    /// The one of them with the most room; `None` if there is none.
    pub fn roomy<const W: usize>(counts: impl Iterator<Item = usize>) -> Option<Self> {
        Self::all::<W>(&counts.collect::<Vec<_>>()).next()
    }

    fn fit<const W: usize>(bases: impl Iterator<Item = u64>) -> Option<Self> {
        let (mut word, mut room) = (0u8, 1u64 << WORD_BITS);
        let mut fields = Vec::new();
        for base in bases {
            if base > room {
                (word, room) = (word + 1, 1 << WORD_BITS);
            }
            if usize::from(word) == W || base > room {
                return None;
            }
            room /= base;
            fields.push(Field { word, unit: 1, base });
        }
        for at in (1..fields.len()).rev() {
            if fields[at - 1].word == fields[at].word {
                fields[at - 1].unit = fields[at].unit * fields[at].base;
            }
        }
        // Memory has the most values, and their number grows longest: the bits that are begun are its.
        let first = fields.first_mut()?;
        first.base = (1 << bits(first.unit * first.base)) / first.unit;
        Some(KeyLayout { fields })
    }

    /// Bits in use in the first word.
    pub fn bits(&self) -> u32 {
        self.fields.first().map_or(0, |first| bits(first.unit * first.base))
    }

    pub fn pack<const W: usize>(&self, numbers: &[u32]) -> Key<W> {
        let mut key = [0; W];
        self.fields.iter().zip(numbers).for_each(|(field, number)| field.change(&mut key, 0, *number));
        key
    }

    /// A key of another layout, under this one; `numbers` as for [`KeyLayout::unpack`].
    pub fn repack<const W: usize, const V: usize>(
        &self,
        old: &KeyLayout,
        key: &Key<W>,
        numbers: &mut Vec<u32>,
    ) -> Key<V> {
        old.unpack(key, numbers);
        self.pack(numbers)
    }

    /// Keys of another layout, under this one.
    pub fn repacked<const W: usize, const V: usize>(&self, old: &KeyLayout, keys: &[Key<W>]) -> Vec<Key<V>> {
        let mut numbers = Vec::new();
        keys.iter().map(|key| self.repack(old, key, &mut numbers)).collect()
    }

    /// The parts of a key. `numbers` are any key's that was unpacked before, or empty; yields the parts that differ. Keys
    /// come in order, and where parts are the same nothing is divided.
    pub fn unpack<const W: usize>(&self, key: &Key<W>, numbers: &mut Vec<u32>) -> Parts {
        numbers.resize(self.fields.len(), 0);
        let (mut differ, mut rest, mut word) = (0, key[0], 0);
        for (part, (field, number)) in self.fields.iter().zip(numbers).enumerate() {
            if field.word != word {
                (rest, word) = (key[usize::from(field.word)], field.word);
            }
            let below = rest.wrapping_sub(u64::from(*number).wrapping_mul(field.unit));
            if below < field.unit {
                rest = below;
            } else {
                *number = (rest / field.unit) as u32;
                rest %= field.unit;
                differ |= 1 << part;
            }
        }
        differ
    }
}

/// Bits that numbers below this one need.
fn bits(numbers: u64) -> u32 {
    u64::BITS - numbers.saturating_sub(1).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked() {
        let all = [[70_000, 0, 3, 12, 0], [70_000, 0, 2, 12, 0], [99_999, 0, 2, 0, 0], [0, 0, 0, 0, 0]];
        let layout = KeyLayout::roomy::<1>([100_000, 1, 4, 13, 1].into_iter()).expect("fits");
        let mut unpacked = Vec::new();
        let mut before = [0; 5];
        for numbers in all {
            let differ = layout.unpack(&layout.pack::<1>(&numbers), &mut unpacked);
            assert_eq!(unpacked, numbers);
            assert!((0..5).all(|part| (differ >> part & 1 == 1) == (numbers[part] != before[part])), "{differ:b}");
            assert!((0..5).all(|part| layout.fields[part].get(&layout.pack::<1>(&numbers)) == numbers[part]));
            before = numbers;
        }
    }

    #[test]
    fn a_part_changes_alone() {
        let layout = KeyLayout::roomy::<2>([100_000, 7, 1 << 40, 13].into_iter()).expect("fits");
        let mut key = layout.pack::<2>(&[5, 6, 7, 8]);
        layout.fields[1].change(&mut key, 6, 2);
        layout.fields[3].change(&mut key, 8, 12);
        assert_eq!(key, layout.pack::<2>(&[5, 2, 7, 12]));
    }

    #[test]
    fn keys_in_order_are_in_the_order_of_their_first_parts() {
        let layout = KeyLayout::roomy::<1>([8, 7, 9].into_iter()).expect("fits");
        assert!(layout.pack::<1>(&[1, 6, 8]) < layout.pack::<1>(&[2, 0, 0]));
        assert!(layout.pack::<1>(&[1, 1, 8]) < layout.pack::<1>(&[1, 2, 0]));
        assert!(layout.pack::<1>(&[7, 6, 8])[0] < 1 << layout.bits());
    }

    #[test]
    fn a_field_has_room_for_as_many_again_if_the_words_allow_it() {
        let layout = KeyLayout::roomy::<1>([1, 16].into_iter()).expect("fits");
        assert!(layout.fields[1].holds(31) && !layout.fields[1].holds(32));
        let full = [1 << 18, 1 << 18, 1 << 18, 16];
        let layout = KeyLayout::roomy::<1>(full.into_iter()).expect("fits without spare room");
        assert!(layout.fields[3].holds(15) && !layout.fields[3].holds(16));
        let more = [1 << 18, 1 << 18, 1 << 18, 17];
        assert_eq!(KeyLayout::roomy::<1>(more.into_iter()), None);
        let wide = KeyLayout::roomy::<2>(more.into_iter()).expect("two words hold it");
        assert_eq!(wide.pack::<2>(&[0, 0, 0, 16])[0], 0, "a field does not cross words");
    }

    #[test]
    fn memory_has_all_bits_that_were_begun() {
        let layout = KeyLayout::all::<1>(&[5, 3]).last().expect("fits");
        assert_eq!(layout.bits(), 4);
        assert!(layout.fields[0].holds(4) && !layout.fields[0].holds(5), "fifteen of sixteen");
        let layout = KeyLayout::all::<1>(&[6, 3]).last().expect("fits");
        assert!(layout.fields[0].holds(9) && !layout.fields[0].holds(10), "thirty of thirty-two");
        assert_eq!(layout.bits(), 5);
    }
}
