//! What ran of an op: that it did, and with which outcomes. Coverage is made of this.

/// Outcomes that are told apart; all beyond count as the last.
const OUTCOMES: u16 = 15;

/// What ran of one op.
///
/// The outcomes of a branch, of an `await` and of a witness are 0 and 1, as their condition; those of a `nondet` are its
/// values. A step has outcome 1 once somebody tried to take it, and did not only reach it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ran(u16);

impl Ran {
    /// Notes that the op was executed.
    #[inline]
    pub fn note(&mut self) {
        self.0 |= 1;
    }

    /// Notes how it came out.
    #[inline]
    pub fn note_outcome(&mut self, outcome: u16) {
        self.0 |= 2 << outcome.min(OUTCOMES - 1);
    }

    /// Whether it was executed.
    pub fn at_all(self) -> bool {
        self.0 != 0
    }

    /// Whether it came out so.
    pub fn outcome(self, outcome: u16) -> bool {
        self.0 >> (outcome.min(OUTCOMES - 1) + 1) & 1 == 1
    }

    /// What ran in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Ran(self.0 | other.0)
    }
}
