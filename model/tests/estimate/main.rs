//! The estimate of remaining work against recorded searches: one half makes the table, the other half judges it.
//!
//! `levels.txt` holds the level sizes of complete searches of 20,000 states and more, as
//! `cargo run -p pinright-model --example levels -- t2 t3-w5 v4.20 t6a-w5 v6.18 t10-g3-w5b` prints them.

use pinright_model::estimate::{TABLE, estimate, shape};

const RECORDED: &str = include_str!("levels.txt");
/// The proposals whose searches make the table.
const CALIBRATION: [&str; 3] = ["t2", "t3-w5", "v4.20"];

struct Run {
    calibrates: bool,
    levels: Vec<u64>,
}

impl Run {
    fn total(&self) -> u64 {
        self.levels.iter().sum()
    }

    /// The levels by the time that a share of the states was found.
    fn until(&self, share: f64) -> &[u64] {
        let mut found = 0;
        let reached = self.levels.iter().position(|size| {
            found += size;
            found as f64 >= share * self.total() as f64
        });
        &self.levels[..=reached.expect("a level")]
    }
}

fn runs() -> Vec<Run> {
    let run = |line: &str| {
        let (name, levels) = line.rsplit_once(": ").expect("a name and levels");
        let proposal = name.split_whitespace().next().unwrap_or_default();
        let levels = levels.split(' ').map(|size| size.parse().expect("a size")).collect();
        Run { calibrates: CALIBRATION.contains(&proposal), levels }
    };
    RECORDED.lines().map(run).collect()
}

/// A moment of a calibrating run: its shape, how many times the states found those in all are, and the part of the run
/// that it stands for.
struct Moment {
    shape: (f64, f64),
    times: f64,
    weight: f64,
}

fn moments() -> Vec<Moment> {
    let mut moments = Vec::new();
    for run in runs().iter().filter(|run| run.calibrates) {
        let total = run.total() as f64;
        for end in 1..=run.levels.len() {
            let levels = &run.levels[..end];
            if let Some(shape) = shape(levels) {
                let found = levels.iter().sum::<u64>() as f64;
                moments.push(Moment { shape, times: total / found, weight: run.levels[end - 1] as f64 / total });
            }
        }
    }
    moments
}

/// The value below which a part of the weight lies.
fn quantile(values: impl Iterator<Item = (f64, f64)>, part: f64) -> f64 {
    let mut values: Vec<(f64, f64)> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).expect("numbers"));
    let wanted = part * values.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut sum = 0.0;
    let found = values.iter().find(|(_, weight)| {
        sum += weight;
        sum >= wanted
    });
    found.or(values.last()).expect("values").0
}

/// Whether two numbers agree but for rounding to two digits after the point.
fn alike(stored: f64, made: f64) -> bool {
    (stored - made).abs() <= 0.011
}

#[test]
fn the_table_is_what_the_calibrating_recordings_say() {
    let moments = moments();
    for (i, (from, row)) in TABLE.iter().enumerate() {
        let share = |part: usize| quantile(moments.iter().map(|m| (m.shape.0, m.weight)), part as f64 / 5.0);
        assert!(i == 0 || (from - share(i)).abs() < 1e-6, "{from}, but {}", share(i));
        let until = TABLE.get(i + 1).map_or(f64::INFINITY, |next| next.0 - 1e-6);
        let inside: Vec<&Moment> = moments.iter().filter(|m| m.shape.0 >= from - 1e-6 && m.shape.0 < until).collect();
        for (j, (from, least, most)) in row.iter().enumerate() {
            let until = row.get(j + 1).map_or(f64::INFINITY, |next| next.0 - 1e-6);
            let alike_moments = inside.iter().filter(|m| m.shape.1 >= from - 1e-6 && m.shape.1 < until);
            let times = |part| quantile(alike_moments.clone().map(|m| (m.times, m.weight)), part);
            assert!(alike(*least, times(0.1)), "{i} {j}: {least}, but {}", times(0.1));
            assert!(alike(*most, times(0.9)), "{i} {j}: {most}, but {}", times(0.9));
        }
    }
}

#[test]
fn the_range_holds_in_three_of_four_searches_that_the_table_never_saw() {
    let runs: Vec<Run> = runs().into_iter().filter(|run| !run.calibrates).collect();
    assert!(runs.len() >= 20);
    for share in [0.1, 0.25, 0.5, 0.75, 0.9] {
        let ranges = runs.iter().map(|run| (estimate(run.until(share)).expect("an estimate"), run.total()));
        let holds = ranges.clone().filter(|(range, total)| (range.low..=range.high).contains(total)).count();
        let mut widths: Vec<f64> = ranges.map(|(range, _)| range.high as f64 / range.low as f64).collect();
        widths.sort_by(f64::total_cmp);
        let width = widths[widths.len() / 2];
        println!("at {:.0} %: holds in {holds} of {}, high/low {width:.1} in the middle", share * 100.0, runs.len());
        assert!(holds * 4 >= runs.len() * 3, "at {share}: {holds} of {}", runs.len());
    }
}
