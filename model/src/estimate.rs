//! How many states a search may come to, from the sizes of its levels so far.
//!
//! Level sizes rise and fall, in several humps: curves fitted to them and followed to their end were wrong by factors
//! (a parabola through the logarithms, at half of the run: from 0.6 to 43 times the truth in nine runs of ten, and no
//! end at all in one of three). So this asks how searches that looked alike went on. Two figures say how a search looks; a table
//! tells, for the recorded searches that looked so, by how much the states in all exceeded those found: in four of
//! five. `model/tests/estimate/` makes the table from recordings and measures it on others.

/// Fewer levels say nothing.
const LEAST: usize = 12;

/// From which relative size on, and the least and the most times.
type Likeness = (f64, f64, f64);

/// For a share of the newest tenth of the levels, from here on: for a relative size of the newest levels, from here on:
/// how many times the states found the states in all are, at least and at most, in four of five recorded searches.
pub const TABLE: [(f64, [Likeness; 4]); 5] = [
    (0.0, [(0.0, 1.00, 1.19), (0.288970, 1.02, 1.37), (0.407368, 1.05, 1.49), (0.532978, 1.09, 91.98)]),
    (0.188747, [(0.0, 1.08, 1.88), (0.671945, 1.14, 2.73), (0.781080, 1.20, 3.51), (0.909108, 1.30, 26.15)]),
    (0.278087, [(0.0, 1.20, 3.73), (0.856532, 1.38, 10.20), (0.930693, 1.52, 22.86), (0.965794, 1.44, 15.25)]),
    (0.350521, [(0.0, 1.33, 10.70), (0.906977, 1.57, 12.28), (0.943886, 1.76, 11.95), (0.968508, 1.61, 7.90)]),
    (0.430465, [(0.0, 2.62, 20.15), (0.889219, 2.18, 15.56), (0.932496, 1.61, 8.56), (0.967977, 1.68, 5.15)]),
];

/// States in all: a range that held in four of five searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// At least.
    pub low: u64,
    /// At most.
    pub high: u64,
}

/// The states in all, given the sizes of the levels so far; nothing while there are too few.
pub fn estimate(levels: &[u64]) -> Option<Estimate> {
    let (share, relative) = shape(levels)?;
    let (_, row) = TABLE.iter().rfind(|(from, _)| share >= *from)?;
    let (_, least, most) = row.iter().rfind(|(from, ..)| relative >= *from)?;
    let found = levels.iter().sum::<u64>() as f64;
    Some(Estimate { low: (found * least) as u64, high: (found * most).ceil() as u64 })
}

/// How a search looks: the share of its states that the newest tenth of the levels has, and the mean size of the newest
/// twentieth relative to the largest level.
pub fn shape(levels: &[u64]) -> Option<(f64, f64)> {
    let largest = levels.iter().copied().max().filter(|largest| *largest > 0)?;
    if levels.len() < LEAST {
        return None;
    }
    let newest = |part: usize| &levels[levels.len() - (levels.len() / part).max(1)..];
    let sum = |levels: &[u64]| levels.iter().sum::<u64>() as f64;
    let (tenth, twentieth) = (newest(10), newest(20));
    Some((sum(tenth) / sum(levels), sum(twentieth) / twentieth.len() as f64 / largest as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_of_a_search_that_has_hardly_begun() {
        assert_eq!(estimate(&[]), None);
        assert_eq!(estimate(&[1, 2, 4, 8]), None);
        assert_eq!(estimate(&[0; 40]), None);
    }

    #[test]
    fn a_search_that_runs_dry_is_nearly_over_and_one_that_swells_is_not() {
        let rising: Vec<u64> = (0..40).map(|level| 1 << (level / 2)).collect();
        let fallen: Vec<u64> = rising.iter().chain(rising.iter().rev()).copied().collect();
        let all: u64 = fallen.iter().sum();
        let estimate = |levels: &[u64]| estimate(levels).expect("an estimate");
        assert!(estimate(&fallen[..78]).high < all + all / 4);
        assert!(estimate(&rising).high > 2 * rising.iter().sum::<u64>());
    }
}
