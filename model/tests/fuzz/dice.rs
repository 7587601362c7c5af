//! Numbers that look random, the same ones for the same seed.

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    /// The dice of one input: inputs do not depend on those before them, so that any of them can be made again.
    pub fn of(seed: u64, number: u64) -> Self {
        let mut dice = Dice(seed);
        dice.0 = dice.next() ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93);
        dice
    }

    /// The next number.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `n`, which is not zero.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// One of several.
    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}
