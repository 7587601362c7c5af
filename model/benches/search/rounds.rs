//! Who runs when: rounds in which every engine runs once, each in a process of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use pinright_model::promela::spin::build;
use pinright_model::promela::{Judging, export};
use pinright_model::system::System;

use super::engine::{self, Cost, Engine, Mode, spin_limits};
use super::subject::Subject;

/// The first argument of a process that measures one run.
pub const CHILD: &str = "--measure";

/// Memory that a run may use.
const MEMORY: u64 = 14 << 30;

/// What is to be measured.
pub struct Plan {
    pub subjects: Vec<&'static Subject>,
    /// For SPIN's files.
    pub dir: PathBuf,
    /// Whether SPIN and a C compiler are installed.
    pub spin: bool,
    /// Rounds for each subject, instead of as many as its size allows.
    pub rounds: Option<usize>,
    /// The words that asked for this.
    pub options: String,
}

/// The costs of an engine in the rounds that it ran in, or why it did not.
pub type Costs = Result<Vec<Cost>, String>;

/// What was measured, by subject and engine.
pub struct Results {
    /// What was asked for on the command line, beyond the command itself.
    pub options: String,
    pub subjects: Vec<(&'static Subject, BTreeMap<Engine, Costs>)>,
}

/// How often a subject is searched, and how long one run may take.
fn effort(subject: &Subject) -> (usize, Duration) {
    let rounds = match subject.states {
        ..=100_000 => 5,
        100_001..=2_000_000 => 3,
        _ => 1,
    };
    (rounds, Duration::from_secs(30 * 60))
}

/// Runs everything. `keep` is told after each run what is known so far.
pub fn run(plan: &Plan, keep: &mut dyn FnMut(&Results)) -> Results {
    let mut results = Results { options: plan.options.clone(), subjects: Vec::new() };
    for subject in &plan.subjects {
        results.subjects.push((subject, engines(plan, subject)));
        let (rounds, _) = effort(subject);
        for round in 0..plan.rounds.unwrap_or(rounds) {
            // Each round begins with another engine, so that none always runs on a cold or a hot machine.
            for turn in 0..Engine::ALL.len() {
                let engine = Engine::ALL[(round + turn) % Engine::ALL.len()];
                add(plan, subject, engine, &mut results);
                keep(&results);
            }
        }
    }
    results
}

/// The engines, none of which has run; why some will not.
fn engines(plan: &Plan, subject: &'static Subject) -> BTreeMap<Engine, Costs> {
    let mut engines: BTreeMap<Engine, Costs> = Engine::ALL.into_iter().map(|engine| (engine, Ok(Vec::new()))).collect();
    if let Err(why) = prepare_spin(plan, subject) {
        Mode::ALL.into_iter().for_each(|mode| _ = engines.insert(Engine::Spin(mode), Err(why.clone())));
    }
    if subject.states > 2_000_000 {
        // Slower than the others by an order of magnitude: its answer is not worth a quarter of an hour.
        engines.insert(Engine::Actors, Err("too slow for a system of this size".into()));
    }
    engines
}

/// Runs an engine once more on the last subject, unless it failed before.
fn add(plan: &Plan, subject: &'static Subject, engine: Engine, results: &mut Results) {
    let Some((_, engines)) = results.subjects.last_mut() else { return };
    let Some(Ok(costs)) = engines.get_mut(&engine) else { return };
    let cost = measure(plan, subject, engine);
    eprintln!("{}, run {}: {}: {cost:?}", subject.name, costs.len() + 1, engine.title());
    match cost {
        Ok(cost) => costs.push(cost),
        Err(why) => _ = engines.insert(engine, Err(why)),
    }
}

/// Where SPIN's files of a subject and a mode are.
fn spin_dir(plan: &Plan, subject: &Subject, mode: Mode) -> PathBuf {
    plan.dir.join(format!("{}-{}", subject.name, Engine::Spin(mode).word()))
}

/// Exports the subject and compiles it for each mode.
fn prepare_spin(plan: &Plan, subject: &Subject) -> Result<(), String> {
    if !plan.spin {
        return Err("spin or gcc is not installed".into());
    }
    let program = subject.compile().program;
    let system = System::new(program.clone(), true).map_err(|e| e.to_string())?;
    let model = export(&program, system.initial_cells(), Judging::Reported).map_err(|e| e.to_string())?;
    for mode in Mode::ALL {
        let dir = spin_dir(plan, subject, mode);
        std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        build(&model, &dir, spin_limits(subject, mode, MEMORY, 1800)).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// One run in a process of its own, or two at once.
fn measure(plan: &Plan, subject: &Subject, engine: Engine) -> Result<Cost, String> {
    if engine != Engine::Pair {
        return finish(start(plan, subject, engine)?, subject);
    }
    let children = [start(plan, subject, Engine::Ours(1))?, start(plan, subject, Engine::Ours(1))?];
    let [first, second] = children.map(|child| finish(child, subject));
    let (first, second) = (first?, second?);
    Ok(Cost { cpu: (first.cpu + second.cpu) / 2.0, wall: first.wall.max(second.wall), ..first })
}

fn start(plan: &Plan, subject: &Subject, engine: Engine) -> Result<Child, String> {
    let (_, limit) = effort(subject);
    let dir = match engine {
        Engine::Spin(mode) => spin_dir(plan, subject, mode),
        _ => plan.dir.clone(),
    };
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    Command::new(program)
        .args([CHILD, &engine.word(), subject.name])
        .arg(dir)
        .args([MEMORY.to_string(), limit.as_secs().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())
}

fn finish(child: Child, subject: &Subject) -> Result<Cost, String> {
    let (_, limit) = effort(subject);
    // A process that runs SPIN ends it in time itself, and then has to say so.
    let output = within(child, limit + Duration::from_secs(20))?;
    serde_json::from_str(&output).map_err(|_| format!("it ended without a result: {}", output.trim()))?
}

/// Waits for a process that prints little, but not for ever.
fn within(mut child: Child, limit: Duration) -> Result<String, String> {
    let started = Instant::now();
    while child.try_wait().map_err(|e| e.to_string())?.is_none() {
        if started.elapsed() > limit {
            child.kill().map_err(|e| e.to_string())?;
            child.wait().map_err(|e| e.to_string())?;
            return Err(format!("not done after {} minutes", limit.as_secs() / 60));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The process that measures one run: prints its cost, or why there is none.
pub fn child(engine: &str, subject: &str, dir: &Path, memory: &str, seconds: &str) -> ExitCode {
    let known = (engine::named(engine), Subject::named(subject), memory.parse(), seconds.parse());
    let (Some(engine), Some(subject), Ok(memory), Ok(seconds)) = known else {
        eprintln!("{CHILD} takes an engine, a system, a directory, bytes and seconds");
        return ExitCode::FAILURE;
    };
    let cost = engine::run(engine, subject, dir, memory, seconds);
    println!("{}", serde_json::to_string(&cost).unwrap_or_else(|e| panic!("{e}")));
    ExitCode::SUCCESS
}

impl Results {
    /// Engines that should have found the same number of states and did not.
    pub fn differences(&self) -> Vec<String> {
        let mut differences = Vec::new();
        for (subject, results) in &self.subjects {
            let states = |engine: Engine| results.get(&engine).and_then(|c| c.as_ref().ok()?.first()).map(|c| c.states);
            let Some(ours) = states(Engine::Ours(1)) else { continue };
            for engine in Engine::ALL {
                let expected = match engine {
                    // A reduced search may leave states out; an actor model may have a state once for each sender.
                    Engine::Spin(Mode::Reduced) | Engine::Symmetric | Engine::Actors => continue,
                    // The state before anything began.
                    Engine::Spin(_) => ours + 1,
                    _ => ours,
                };
                if let Some(found) = states(engine).filter(|found| *found != expected) {
                    let title = engine.title();
                    differences.push(format!("{}: {title}: {found} states, not {expected}", subject.name));
                }
            }
        }
        differences
    }
}
