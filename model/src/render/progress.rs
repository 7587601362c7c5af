//! Lines about a search that goes on, in the shape that TLC made usual.

use std::time::Duration;

use super::thousands;
use crate::estimate::{Estimate, estimate};
use crate::search::Progress;

/// `Progress(37) at 00:02:00: 1,200,000 states generated (600,000/min), 400,000 distinct states found (200,000/min),
/// 12,000 states left on queue.`, and how many there may be in all. Time is that of the search; rates are those since
/// `before`. A state is generated once per transition to it.
pub fn progress(now: &Progress, before: Option<&Progress>) -> String {
    let since = |of: fn(&Progress) -> u64| {
        let (old, at) = before.map_or((0, Duration::ZERO), |before| (of(before), before.elapsed));
        per_minute(of(now).saturating_sub(old), now.elapsed.saturating_sub(at))
    };
    format!(
        "Progress({}) at {}: {} states generated ({}/min), {} distinct states found ({}/min), {} states left on queue. {}",
        now.depth,
        clock(now.elapsed),
        thousands(now.transitions),
        thousands(since(|progress| progress.transitions)),
        thousands(now.states),
        thousands(since(|progress| progress.states)),
        thousands(now.frontier),
        remaining(now.states, estimate(&now.levels)),
    )
}

/// The same in one short line, for a terminal: states, rate, what is to go, depth, estimate.
pub fn progress_line(now: &Progress) -> String {
    let found = match estimate(&now.levels) {
        None => String::new(),
        Some(Estimate { low, high }) => {
            format!(", of {} to {}", rough(low.max(now.states)), rough(high.max(now.states)))
        }
    };
    format!(
        "{} states{found}, {}/min, {} to go, depth {}",
        thousands(now.states),
        thousands(per_minute(now.states, now.elapsed)),
        thousands(now.frontier),
        now.depth
    )
}

/// How much may be left.
fn remaining(states: u64, estimate: Option<Estimate>) -> String {
    match estimate {
        None => "No estimate: the levels still grow.".into(),
        Some(Estimate { low, high }) => {
            let (low, high) = (low.max(states), high.max(states));
            let done = |total: u64| states as f64 / total.max(1) as f64 * 100.0;
            let (least, most) = (done(high).floor(), done(low).floor());
            format!("{} to {} states in all, {least} to {most} % found.", rough(low), rough(high))
        }
    }
}

/// Two digits that count, the others zero: an estimate has no more.
fn rough(number: u64) -> String {
    let unit = 10u64.pow(number.max(1).ilog10().saturating_sub(1));
    thousands(number / unit * unit)
}

fn per_minute(count: u64, during: Duration) -> u64 {
    let seconds = during.as_secs_f64();
    if seconds > 0.0 { (count as f64 / seconds * 60.0).round() as u64 } else { 0 }
}

fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64, transitions: u64, states: u64) -> Progress {
        let elapsed = Duration::from_secs(seconds);
        Progress { states, transitions, frontier: 12_000, depth: 37, levels: vec![1, 2, 4], elapsed }
    }

    #[test]
    fn a_line_has_tlcs_shape_and_rates_of_the_time_since_the_line_before() {
        let line = progress(&at(3720, 5_000_000, 900_000), Some(&at(3600, 3_000_000, 500_000)));
        let wanted = "Progress(37) at 01:02:00: 5,000,000 states generated (1,000,000/min), 900,000 distinct states found \
                      (200,000/min), 12,000 states left on queue. No estimate: the levels still grow.";
        assert_eq!(line, wanted);
    }

    #[test]
    fn the_first_line_has_the_rates_since_the_beginning() {
        let line = progress(&at(120, 2_000_000, 600_000), None);
        assert!(line.contains("(1,000,000/min)") && line.contains("(300,000/min)"), "{line}");
    }

    #[test]
    fn the_line_of_a_terminal_has_rate_frontier_depth_and_an_estimate_where_there_is_one() {
        let line = progress_line(&at(120, 2_000_000, 600_000));
        assert_eq!(line, "600,000 states, 300,000/min, 12,000 to go, depth 37");
        let levels = (0..180).map(|level| 1 + level * (200 - level)).collect();
        let line = progress_line(&Progress { levels, ..at(120, 2_000_000, 600_000) });
        assert!(line.contains(" states, of ") && line.contains(" to "), "{line}");
    }

    #[test]
    fn a_range_never_says_fewer_states_than_were_found() {
        let words = remaining(900_000, Some(Estimate { low: 500_000, high: 1_234_567 }));
        assert_eq!(words, "900,000 to 1,200,000 states in all, 72 to 100 % found.");
    }
}
