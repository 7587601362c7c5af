//! Runs SPIN on a model: breadth first, no reduction, every state stored whole, unless asked for something else.
//!
//! `pan` exits with 0 whatever it finds, so its output is what counts.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What SPIN found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpinResult {
    /// States stored.
    pub states: u64,
    /// Transitions taken, those to a known state included.
    pub transitions: u64,
    /// Steps to the shortest violation of each claim, by its [`identifier`](super::identifier).
    pub violations: BTreeMap<String, u64>,
    /// Whether some path was cut because a value did not fit.
    pub cut: bool,
    /// Bytes of a state.
    pub vector: u64,
    /// Translating to C.
    pub translating: Duration,
    /// Compiling.
    pub compiling: Duration,
    /// Searching.
    pub searching: Duration,
}

/// What a run may use.
#[derive(Clone, Copy, Debug)]
pub struct SpinLimits {
    /// For each of its three programs.
    pub time: Duration,
    /// For states and table.
    pub megabytes: u32,
    /// How hard gcc tries: 0 to 3. Small models are compiled longer than searched.
    pub optimise: u8,
    /// How pan searches.
    pub search: SpinSearch,
    /// The longest path that a search in depth follows; memory for it is taken, and cleared, before it begins.
    pub depth: u32,
}

/// A way to search. Depths are the shortest only breadth first; the others are for comparing costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpinSearch {
    /// Breadth first, no reduction.
    Breadth,
    /// Depth first, no reduction.
    Depth,
    /// Depth first with partial order reduction: its states need not be ours.
    Reduced,
    /// Depth first, no reduction, states compressed (`-DCOLLAPSE`).
    Collapse,
}

impl SpinSearch {
    fn flags(self) -> &'static [&'static str] {
        match self {
            SpinSearch::Breadth => &["-DBFS", "-DNOREDUCE"],
            SpinSearch::Depth => &["-DSAFETY", "-DNOREDUCE"],
            SpinSearch::Reduced => &["-DSAFETY"],
            SpinSearch::Collapse => &["-DSAFETY", "-DNOREDUCE", "-DCOLLAPSE"],
        }
    }
}

impl Default for SpinLimits {
    fn default() -> Self {
        SpinLimits {
            time: Duration::from_secs(600),
            megabytes: 4096,
            optimise: 1,
            search: SpinSearch::Breadth,
            depth: 5_000_000,
        }
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum SpinError {
    /// A file could not be written, or a program not started.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
    /// A program said no.
    #[error("{program} failed: {output}")]
    Failed {
        /// Which one.
        program: String,
        /// What it said.
        output: String,
    },
    /// A program took longer than it may.
    #[error("{0} took too long")]
    Timeout(String),
    /// The search ended early.
    #[error("pan did not finish its search: {0}")]
    Incomplete(String),
}

/// Whether SPIN and a C compiler are installed.
pub fn is_installed() -> bool {
    let runs = |program: &str, flag: &str| {
        let mut command = Command::new(program);
        command.arg(flag).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    runs("spin", "-V") && runs("gcc", "--version")
}

/// Checks `model` in the directory `dir`, which must exist; files of an earlier run are overwritten.
///
/// # Errors
/// SPIN is missing, refuses the model, or does not finish within [`SpinLimits::default`].
pub fn run_spin(model: &str, dir: &Path) -> Result<SpinResult, SpinError> {
    run_within(model, dir, SpinLimits::default())
}

/// As [`run_spin`], within limits.
///
/// # Errors
/// See there.
pub fn run_within(model: &str, dir: &Path, limits: SpinLimits) -> Result<SpinResult, SpinError> {
    let (translating, compiling) = build(model, dir, limits)?;
    Ok(SpinResult { translating, compiling, ..search(dir, limits)? })
}

/// Translates and compiles `model` in `dir`; yields how long either took.
///
/// # Errors
/// See [`run_spin`].
pub fn build(model: &str, dir: &Path, limits: SpinLimits) -> Result<(Duration, Duration), SpinError> {
    let started = Instant::now();
    let file = dir.join("model.pml");
    std::fs::write(&file, model).map_err(|e| SpinError::Io(file.display().to_string(), e))?;
    let quiet = &mut |_: &str| {};
    // -o1, -o2: keep variables that are dead or never read, since they are part of the states that are counted.
    run(Command::new("spin").args(["-o1", "-o2", "-a", "model.pml"]).current_dir(dir), limits, quiet)?;
    let translated = Instant::now();
    run(Command::new("gcc").args(flags(limits)).current_dir(dir), limits, quiet)?;
    Ok((translated - started, translated.elapsed()))
}

/// Searches what [`build`] left in `dir`.
///
/// # Errors
/// See [`run_spin`].
pub fn search(dir: &Path, limits: SpinLimits) -> Result<SpinResult, SpinError> {
    let started = Instant::now();
    let mut report = Report::default();
    // An error does not stop the search; unreached statements are not listed.
    let mut options = vec!["-c0".to_string(), "-n".into()];
    if limits.search != SpinSearch::Breadth {
        options.push(format!("-m{}", limits.depth));
    }
    run(Command::new(dir.join("pan")).args(options).current_dir(dir), limits, &mut |line| report.line(line))?;
    let mut result = report.finish()?;
    result.searching = started.elapsed();
    Ok(result)
}

/// What gcc is told.
fn flags(limits: SpinLimits) -> Vec<String> {
    let own = [format!("-O{}", limits.optimise), format!("-DMEMLIM={}", limits.megabytes)];
    let common = ["-w", "-DVECTORSZ=16384", "-o", "pan", "pan.c"];
    own.into_iter().chain(limits.search.flags().iter().chain(&common).map(|flag| flag.to_string())).collect()
}

/// Runs a program to its end, or kills it; its lines go to `each`.
fn run(command: &mut Command, limits: SpinLimits, each: &mut dyn FnMut(&str)) -> Result<(), SpinError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |e| SpinError::Io(program.clone(), e);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let (sender, lines) = std::sync::mpsc::sync_channel::<String>(1024);
    let readers =
        [child.stdout.take().map(|s| Box::new(s) as Source), child.stderr.take().map(|s| Box::new(s) as Source)];
    for source in readers.into_iter().flatten() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            BufReader::new(source).lines().map_while(Result::ok).try_for_each(|line| sender.send(line)).ok()
        });
    }
    drop(sender);
    let deadline = Instant::now() + limits.time;
    let mut last = Vec::new();
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                each(&line);
                if last.len() < 20 {
                    last.push(line);
                }
            }
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                child.kill().map_err(failed)?;
                child.wait().map_err(failed)?;
                return Err(SpinError::Timeout(program));
            }
        }
    }
    let status = child.wait().map_err(failed)?;
    match status.success() {
        true => Ok(()),
        false => Err(SpinError::Failed { program, output: last.join("\n") }),
    }
}

type Source = Box<dyn std::io::Read + Send>;

/// The output of `pan`, line by line.
#[derive(Debug, Default)]
struct Report {
    result: SpinResult,
    finished: bool,
    complaint: Option<String>,
}

impl Report {
    fn line(&mut self, line: &str) {
        if let Some((_, told)) = line.split_once("assertion violated ") {
            return self.assertion(told);
        }
        let first = || line.split_whitespace().next().and_then(|word| word.parse::<u64>().ok());
        if line.contains("states, stored") {
            self.result.states = first().unwrap_or_default();
            self.finished = true;
        } else if line.contains("transitions (=") {
            self.result.transitions = first().unwrap_or_default();
        } else if let Some(rest) = line.strip_prefix("State-vector ") {
            self.result.vector = rest.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default();
        } else if line.contains("Search not completed") || line.contains("error") && !line.contains("errors:") {
            self.complaint.get_or_insert_with(|| line.to_string());
        } else if line.starts_with("pan:") && line.contains("(at depth") {
            // Whatever it is, it is none of our assertions.
            self.complaint.get_or_insert_with(|| line.to_string());
        }
    }

    /// `(viol_S1==0) (at depth 7)`. A level is searched after the one before it, so the first is the shortest.
    fn assertion(&mut self, told: &str) {
        let name = told.trim_start_matches('(').split("==").next().unwrap_or_default();
        let depth: Option<u64> = told.rsplit_once("at depth ").and_then(|(_, d)| d.trim_end_matches(')').parse().ok());
        // What a state itself violates is told by the step after the one that led there.
        let later = name.strip_prefix("state_");
        let claim = later.or_else(|| name.strip_prefix("viol_")).or_else(|| name.strip_prefix("now_"));
        match (claim, depth) {
            (Some(claim), Some(depth)) => {
                let depth = if later.is_some() { depth.saturating_sub(1) } else { depth };
                let known = self.result.violations.entry(claim.to_string()).or_insert(depth);
                *known = depth.min(*known);
            }
            _ if name == "cut" => self.result.cut = true,
            _ if name == "short_of" => {
                self.complaint = Some("a step chooses among more than the model has options for".into());
            }
            _ => self.complaint = Some(told.to_string()),
        }
    }

    fn finish(self) -> Result<SpinResult, SpinError> {
        match (self.complaint, self.finished) {
            (None, true) => Ok(self.result),
            (Some(complaint), _) => Err(SpinError::Incomplete(complaint)),
            (None, false) => Err(SpinError::Incomplete("it printed no number of states".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_depth_counts() {
        let mut report = Report::default();
        for line in [
            "pan:1: assertion violated (viol_S1==0) (at depth 7)",
            "pan:2: assertion violated (now_S0==0) (at depth 8)",
            "pan:3: assertion violated (viol_S1==0) (at depth 9)",
            "pan:4: assertion violated (state_S2==0) (at depth 9)",
            "State-vector 28 byte, depth reached 5, errors: 11",
            "       16 states, stored",
            "       22 transitions (= stored+matched)",
        ] {
            report.line(line);
        }
        let result = report.finish().expect("a whole report");
        assert_eq!((result.states, result.transitions, result.vector, result.cut), (16, 22, 28, false));
        assert_eq!(
            result.violations,
            BTreeMap::from([("S0".to_string(), 8), ("S1".to_string(), 7), ("S2".to_string(), 8)])
        );
    }

    #[test]
    fn a_search_that_ends_early_is_no_result() {
        let mut report = Report::default();
        report.line("Warning: Search not completed");
        report.line("       16 states, stored");
        assert!(matches!(report.finish(), Err(SpinError::Incomplete(_))));
    }
}
