//! Keys: the numbers of a state's parts, packed into as few bits as the values found so far need.

use serde::{Deserialize, Serialize};

/// A state's parts, packed into `W` words.
pub(super) type Key<const W: usize> = [u64; W];

/// Where a part's number lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Field {
    word: u8,
    shift: u8,
    width: u8,
}

impl Field {
    pub fn get<const W: usize>(self, key: &Key<W>) -> u32 {
        (key[usize::from(self.word)] >> self.shift & self.mask()) as u32
    }

    /// Adds a number to a key that has zero there.
    pub fn put<const W: usize>(self, key: &mut Key<W>, number: u32) {
        key[usize::from(self.word)] |= u64::from(number) << self.shift;
    }

    /// Makes room for another number.
    pub fn clear<const W: usize>(self, key: &mut Key<W>) {
        key[usize::from(self.word)] &= !(self.mask() << self.shift);
    }

    /// Whether a number fits.
    pub fn holds(self, number: u32) -> bool {
        u64::from(number) <= self.mask()
    }

    fn mask(self) -> u64 {
        (1 << self.width) - 1
    }
}

/// The fields of a key, in the order of the dictionary's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyLayout {
    pub fields: Vec<Field>,
}

impl KeyLayout {
    /// Fields for this many values of each part, with room for as many again where `W` words allow it; `None` if they
    /// do not fit. A field does not cross words.
    pub fn new<const W: usize>(counts: impl Iterator<Item = usize>) -> Option<Self> {
        let widths: Vec<u8> =
            counts.map(|count| (usize::BITS - count.saturating_sub(1).leading_zeros()) as u8).collect();
        // A number is a u32.
        let spare: Vec<u8> = widths.iter().map(|width| (width + 1).min(32)).collect();
        Self::fit::<W>(&spare).or_else(|| Self::fit::<W>(&widths))
    }

    fn fit<const W: usize>(widths: &[u8]) -> Option<Self> {
        let (mut word, mut shift) = (0, 0);
        let mut fields = Vec::new();
        for &width in widths {
            if shift + width > 64 {
                (word, shift) = (word + 1, 0);
            }
            if usize::from(word) == W {
                return None;
            }
            fields.push(Field { word, shift: shift.min(63), width });
            shift += width;
        }
        Some(KeyLayout { fields })
    }

    pub fn pack<const W: usize>(&self, numbers: &[u32]) -> Key<W> {
        let mut key = [0; W];
        self.fields.iter().zip(numbers).for_each(|(field, number)| field.put(&mut key, *number));
        key
    }

    /// A key of another layout, under this one.
    pub fn repack<const W: usize, const V: usize>(&self, old: &KeyLayout, key: &Key<W>) -> Key<V> {
        let mut repacked = [0; V];
        for (from, to) in old.fields.iter().zip(&self.fields) {
            to.put(&mut repacked, from.get(key));
        }
        repacked
    }

    pub fn unpack<const W: usize>(&self, key: &Key<W>, numbers: &mut Vec<u32>) {
        numbers.clear();
        numbers.extend(self.fields.iter().map(|field| field.get(key)));
    }
}

/// Spreads a key over 64 bits.
pub(super) fn hash<const W: usize>(key: &Key<W>) -> u64 {
    // The multiplier of rustc-hash 2; a final multiply-fold mixes the high bits down, for both ends are used.
    const MULTIPLIER: u64 = 0xf135_7aea_2e62_a9c5;
    let mixed = key.iter().fold(0u64, |hash, word| (hash.rotate_left(26) ^ word).wrapping_mul(MULTIPLIER));
    let wide = u128::from(mixed ^ mixed >> 32) * u128::from(MULTIPLIER);
    wide as u64 ^ (wide >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked() {
        let numbers = [70_000, 0, 3, 12, 0];
        let layout = KeyLayout::new::<1>([100_000, 1, 4, 13, 1].into_iter()).expect("fits");
        let mut unpacked = Vec::new();
        layout.unpack(&layout.pack::<1>(&numbers), &mut unpacked);
        assert_eq!(unpacked, numbers);
    }

    #[test]
    fn a_field_has_room_for_as_many_again_if_the_words_allow_it() {
        let layout = KeyLayout::new::<1>([16, 1].into_iter()).expect("fits");
        assert!(layout.fields[0].holds(31) && !layout.fields[0].holds(32));
        let full = KeyLayout::new::<1>([1 << 20, 1 << 20, 1 << 20, 16].into_iter()).expect("fits without spare bits");
        assert!(full.fields[3].holds(15) && !full.fields[3].holds(16));
        assert_eq!(KeyLayout::new::<1>([1 << 20, 1 << 20, 1 << 20, 17].into_iter()), None);
        let wide = KeyLayout::new::<2>([1 << 20, 1 << 20, 1 << 20, 17].into_iter()).expect("two words hold it");
        assert_eq!(wide.pack::<2>(&[0, 0, 0, 16])[0], 0, "a field does not cross words");
    }
}
