//! What is shown of searches that go on: one line on a terminal, else a line a minute. All on stderr.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pinright_model::render::{self, thousands};
use pinright_model::review::{CaseError, Job, Watch};
use pinright_model::search::Progress;
use pinright_model::verdict::Case;

use crate::output::diagnose;

/// Time between two lines about a search.
const PERIOD: Duration = Duration::from_secs(60);

/// Columns where nobody knows the terminal's.
const NARROW: usize = 78;

/// Shows progress.
pub struct Screen {
    /// Who is searched, in the order of the jobs.
    names: Vec<String>,
    verbose: bool,
    terminal: bool,
    done: AtomicUsize,
    /// What the last line about each search said, by its name.
    told: Mutex<BTreeMap<String, Progress>>,
}

impl Screen {
    /// Nothing is shown yet.
    pub fn new(names: Vec<String>, verbose: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Screen { names, verbose, terminal, done: AtomicUsize::new(0), told: Mutex::default() }
    }

    /// For some jobs.
    pub fn of(jobs: &[Job], verbose: bool) -> Self {
        let name = |job: &Job| format!("{} in {}", job.composition.title(), job.population.name);
        Self::new(jobs.iter().map(name).collect(), verbose)
    }

    /// Writes the line on the terminal over.
    pub fn show(&self, line: &str) {
        if self.terminal {
            let line: String = line.chars().take(width()).collect();
            let mut stderr = std::io::stderr().lock();
            // Progress that cannot be shown is no reason to stop.
            let _ = write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush());
        }
    }

    /// Leaves no line behind.
    pub fn clear(&self) {
        self.show("");
    }

    /// A line a minute about each search; on a terminal only if somebody asked for it.
    pub fn tell(&self, name: &str, progress: &Progress) {
        if self.terminal && !self.verbose {
            return;
        }
        let Ok(mut told) = self.told.lock() else { return };
        let before = told.get(name);
        if due(before, progress) {
            self.say(&format!("{name}: {}", render::progress(progress, before)));
            told.insert(name.into(), progress.clone());
        }
    }

    /// A line of its own.
    pub fn say(&self, line: &str) {
        self.clear();
        diagnose(line);
    }

    /// `t3-w5 (b) in pin/cow`
    pub fn name(&self, job: usize) -> &str {
        self.names.get(job).map_or("", String::as_str)
    }
}

/// Columns that a line on the terminal may have: one that went on below could not be written over.
fn width() -> usize {
    terminal_size::terminal_size_of(std::io::stderr())
        .map_or(NARROW, |(width, _)| usize::from(width.0).saturating_sub(1))
}

/// Whether it is time for a line.
fn due(before: Option<&Progress>, now: &Progress) -> bool {
    now.elapsed.saturating_sub(before.map_or(Duration::ZERO, |before| before.elapsed)) >= PERIOD
}

impl Watch for Screen {
    fn progress(&self, job: usize, progress: Progress) {
        self.tell(self.name(job), &progress);
        if self.terminal {
            let (done, total) = (self.done.load(Ordering::Relaxed), self.names.len());
            self.show(&format!("{done} of {total}  {}: {}", self.name(job), render::progress_line(&progress)));
        }
    }

    fn done(&self, job: usize, result: &Result<Case, CaseError>) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let total = self.names.len();
        if self.verbose {
            let states = result.as_ref().map_or(0, |case| case.states);
            self.say(&format!("{done} of {total}  {}: {} states", self.name(job), thousands(states)));
        } else {
            self.show(&format!("{done} of {total}  {}", self.name(job)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Progress {
        let elapsed = Duration::from_secs(seconds);
        Progress { states: 1, transitions: 1, frontier: 1, depth: 1, levels: Vec::new(), elapsed }
    }

    #[test]
    fn a_search_of_less_than_a_minute_says_nothing_and_then_a_line_a_minute() {
        assert!(!due(None, &at(59)));
        assert!(due(None, &at(60)));
        assert!(!due(Some(&at(60)), &at(119)));
        assert!(due(Some(&at(60)), &at(120)));
    }
}
