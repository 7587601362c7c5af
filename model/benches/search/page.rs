//! docs/performance.md: what was measured, in tables.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

use super::engine::{Cost, Engine, Mode};
use super::rounds::{Costs, Results};

const COMMAND: &str = "cargo bench -p pinright-model --bench search";

/// The whole page.
pub fn page(results: &Results) -> String {
    let measured = [gates, threads, firing, ratios, costs, growth].map(|part| part(results));
    [head(results), measured.concat(), method()].concat()
}

fn head(results: &Results) -> String {
    let mut text = format!("# Performance\n\n`{COMMAND}{}` wrote this page ({}).\n", results.options, date());
    for difference in results.differences() {
        _ = write!(text, "\n**Engines disagree: {difference}.**\n");
    }
    text
}

fn date() -> String {
    let output = Command::new("date").args(["-u", "+%Y-%m-%d"]).output().ok();
    let date = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_string());
    date.filter(|date| !date.is_empty()).unwrap_or_else(|| "date unknown".into())
}

/// A number for each round in which both engines ran.
fn ratio(results: &BTreeMap<Engine, Costs>, a: Engine, b: Engine, of: fn(&Cost) -> f64) -> Option<Spread> {
    let costs = |engine| results.get(&engine)?.as_ref().ok();
    let pairs = costs(a)?.iter().zip(costs(b)?);
    // What is too small to be measured is no ratio.
    Spread::of(pairs.map(|(a, b)| of(a) / of(b)).filter(|ratio| ratio.is_finite()).collect())
}

/// A median with its range.
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 };
        Some(Spread { median, least, most })
    }

    fn times(self, factor: f64) -> Self {
        Spread { median: self.median * factor, least: self.least * factor, most: self.most * factor }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let digits = if self.most < 10.0 { 2 } else { 0 };
        write!(f, "{:.digits$}", self.median)?;
        if self.least < self.most {
            write!(f, " ({:.digits$}–{:.digits$})", self.least, self.most)?;
        }
        Ok(())
    }
}

/// What is wanted of the search.
struct Gate {
    what: &'static str,
    wanted: &'static str,
    /// What was measured on one subject, with those before it for growth.
    measure: fn(&Results, usize) -> Option<Spread>,
    passed: fn(f64) -> bool,
}

const GATES: [Gate; 6] = [
    Gate {
        what: "CPU time of SPIN with partial order reduction, in ours",
        wanted: "at least 10",
        measure: |results, i| times(results, i, Engine::Spin(Mode::Reduced)),
        passed: |times| times >= 10.0,
    },
    Gate {
        what: "the same, in ours with symmetry",
        wanted: "at least 10",
        measure: |results, i| {
            ratio(&results.subjects[i].1, Engine::Spin(Mode::Reduced), Engine::Symmetric, |cost| cost.cpu)
        },
        passed: |times| times >= 10.0,
    },
    Gate {
        what: "CPU time of stateright on the same packed states, in ours",
        wanted: "at least 8",
        measure: |results, i| times(results, i, Engine::Stateright),
        passed: |times| times >= 8.0,
    },
    Gate {
        what: "CPU time of the `ActorModel`, in ours",
        wanted: "at least 50",
        measure: |results, i| times(results, i, Engine::Actors),
        passed: |times| times >= 50.0,
    },
    Gate {
        what: "bytes per state, where there are ten million or more",
        wanted: "at most 16",
        measure: |results, i| bytes_of_many(&results.subjects[i].1),
        passed: |bytes| bytes <= 16.0,
    },
    Gate {
        what: "wall-clock time of one thread, in that of two",
        wanted: "at least 1.7",
        measure: |results, i| ratio(&results.subjects[i].1, Engine::Ours(1), Engine::Ours(2), |cost| cost.wall),
        passed: |times| times >= 1.7,
    },
];

fn times(results: &Results, subject: usize, engine: Engine) -> Option<Spread> {
    ratio(&results.subjects[subject].1, engine, Engine::Ours(1), |cost| cost.cpu)
}

/// Memory per state in each round.
fn bytes_of_many(costs: &BTreeMap<Engine, Costs>) -> Option<Spread> {
    let costs = costs.get(&Engine::Ours(1))?.as_ref().ok()?;
    let many = costs.iter().filter(|cost| cost.states >= 10_000_000);
    Spread::of(many.map(|cost| cost.memory as f64 / cost.states as f64).collect())
}

/// Each gate on the largest subject for which there is a number.
fn gates(results: &Results) -> String {
    let mut text = "\n## Gates\n\nEach on the largest system that was measured.\n\n\
                    | | wanted | measured | system | |\n|---|---|---|---|---|\n"
        .to_string();
    for gate in &GATES {
        let measured =
            (0..results.subjects.len()).rev().find_map(|subject| Some((subject, (gate.measure)(results, subject)?)));
        let (number, system, verdict) = match measured {
            Some((subject, spread)) => {
                let verdict = if (gate.passed)(spread.median) { "passed" } else { "**missed**" };
                (spread.to_string(), results.subjects[subject].0.name, verdict)
            }
            None => ("".into(), "", "not measured"),
        };
        _ = writeln!(text, "| {} | {} | {number} | {system} | {verdict} |", gate.what, gate.wanted);
    }
    text
}

/// What two threads gain, beside what two searches gain that have nothing to do with each other.
fn threads(results: &Results) -> String {
    let mut text =
        "\n## Threads\n\nHow many times as fast as one thread, by wall-clock time; two searches at once are \
                    what the machine has to give.\n\n| | two threads | two searches at once |\n|---|---|---|\n"
            .to_string();
    for (subject, costs) in &results.subjects {
        let than_one = |engine, searches: f64| {
            let spread = ratio(costs, Engine::Ours(1), engine, |cost| cost.wall);
            spread.map_or("".into(), |spread| spread.times(searches).to_string())
        };
        let (threads, searches) = (than_one(Engine::Ours(2), 1.0), than_one(Engine::Pair, 2.0));
        _ = writeln!(text, "| {} | {threads} | {searches} |", subject.name);
    }
    text
}

/// What share of our time is firing.
fn firing(results: &Results) -> String {
    let mut text = "\n## Firing\n\nA step is fired once for each pair of values of its component and of memory.\n\n\
                    | | states | pairs | firing and judging, of all CPU time |\n|---|---|---|---|\n"
        .to_string();
    for (subject, costs) in &results.subjects {
        let fired = costs.get(&Engine::Fire).and_then(|fired| fired.as_ref().ok()?.first());
        let share = ratio(costs, Engine::Fire, Engine::Ours(1), |cost| cost.cpu);
        if let (Some(Cost { states, pairs: Some(pairs), .. }), Some(share)) = (fired, share) {
            _ = writeln!(text, "| {} | {states} | {pairs} | {share} |", subject.name);
        }
    }
    text
}

fn ratios(results: &Results) -> String {
    let mut text = "\n## CPU time and memory, in those of this engine on one thread\n\n\
                    Medians of ratios within a round, with their ranges.\n"
        .to_string();
    for (subject, costs) in &results.subjects {
        _ = write!(text, "\n### {}\n\n| | CPU time | memory |\n|---|---|---|\n", subject.name);
        for engine in Engine::ALL.into_iter().filter(|engine| *engine != Engine::Ours(1)) {
            let of = |of| ratio(costs, engine, Engine::Ours(1), of).map_or("".into(), |spread| spread.to_string());
            let memory = if engine == Engine::Fire { String::new() } else { of(|cost| cost.memory as f64) };
            let row = match &costs[&engine] {
                Ok(costs) if costs.is_empty() => "not run |".into(),
                Ok(_) => format!("{} | {memory}", of(|cost| cost.cpu)),
                Err(why) => format!("skipped: {} |", why.replace(['|', '\n'], " ")),
            };
            _ = writeln!(text, "| {} | {row} |", engine.title());
        }
    }
    text
}

/// The median over rounds.
fn median(costs: &Costs, of: fn(&Cost) -> f64) -> Option<f64> {
    Some(Spread::of(costs.as_ref().ok()?.iter().map(of).collect())?.median)
}

fn costs(results: &Results) -> String {
    let mut text = "\n## What a run costs\n\nMedians on one machine; ratios travel better.\n".to_string();
    for (subject, costs) in &results.subjects {
        _ = write!(
            text,
            "\n### {}: {}\n\n| | states | CPU s | ns per state | bytes per state | rounds |\n|---|---|---|---|---|---|\n",
            subject.name,
            subject.title()
        );
        for engine in Engine::ALL {
            if let Some(row) = cost_row(&costs[&engine], engine) {
                text += &row;
            }
        }
    }
    text
}

fn cost_row(costs: &Costs, engine: Engine) -> Option<String> {
    let states = median(costs, |cost| cost.states as f64)?;
    let cpu = median(costs, |cost| cost.cpu)?;
    let bytes = match engine {
        Engine::Fire => String::new(),
        _ => format!("{:.0}", median(costs, |cost| cost.memory as f64)? / states),
    };
    let (ns, rounds) = (cpu * 1e9 / states, costs.as_ref().ok()?.len());
    Some(format!("| {} | {states} | {cpu:.2} | {ns:.0} | {bytes} | {rounds} |\n", engine.title()))
}

/// What each state costs that a subject has and the one before it has not.
fn grown(results: &Results, subject: usize, engine: Engine, of: fn(&Cost) -> f64) -> Option<f64> {
    let costs = |index: usize| results.subjects.get(index)?.1.get(&engine);
    let (small, large) = (costs(subject.checked_sub(1)?)?, costs(subject)?);
    let states = median(large, |cost| cost.states as f64)? - median(small, |cost| cost.states as f64)?;
    Some((median(large, of)? - median(small, of)?) / states)
}

fn growth(results: &Results) -> String {
    if results.subjects.len() < 2 {
        return String::new();
    }
    let mut text = "\n## Growth\n\nWhat each further state costs from one system to the next larger one.\n\n\
                    | | from | to | ns | bytes |\n|---|---|---|---|---|\n"
        .to_string();
    for engine in Engine::ALL.into_iter().filter(|engine| *engine != Engine::Fire) {
        for subject in 1..results.subjects.len() {
            let (Some(cpu), Some(memory)) = (
                grown(results, subject, engine, |cost| cost.cpu * 1e9),
                grown(results, subject, engine, |cost| cost.memory as f64),
            ) else {
                continue;
            };
            let (from, to) = (results.subjects[subject - 1].0.name, results.subjects[subject].0.name);
            _ = writeln!(text, "| {} | {from} | {to} | {cpu:.0} | {memory:.0} |", engine.title());
        }
    }
    text
}

fn method() -> String {
    "\n## How it is measured\n\n\
     * Every run is a process of its own. CPU time is user and system time of the search alone: kernel C is compiled, and\n  \
     SPIN's model translated and compiled (`gcc -O2`), before. Memory is what the search adds to the peak of resident\n  \
     memory.\n\
     * In each round every engine runs once, each round beginning with another one.\n\
     * All engines search the same states: those that remember the claims violated on the way. SPIN has one more, before\n  \
     anything began; with partial order reduction it may leave states out. The `ActorModel` may have a state several\n  \
     times, once for each sender. If numbers of states differ otherwise, the run fails.\n\
     * All judge the claims: SPIN and stateright on whole states, once per state, by a process of its own that changes\n  \
     nothing and by one property; this engine on each value of memory and each step, once: a\n  \
     further claim costs the others more. It looks for hangs and liveness only where its row says so; it always looks\n  \
     for cycles in the lock order.\n\
     * SPIN searches depth first (`-DSAFETY`), which is its fastest way; ours and stateright's are breadth first. Its table\n  \
     and its stack cost the same however few states there are, so growth says more than the small system does.\n\
     * In this engine a state is a tuple of numbers: one for the value of memory, one for the value of each component (a\n  \
     context, or some that share what they own). The numbers are packed into a key; the keys of a level\n  \
     stand in order, each as what it differs by from the one before, beside an exact compact set of all. A step is\n  \
     fired once for each pair of values, its own component's and memory's, and its effect kept as two numbers, which\n  \
     all other states with that pair look up.\n\
     * Firing and judging are measured apart: one state for each pair is known before; the steps of the pair's component\n  \
     are fired from it, and each memory that is new is judged. The rest of our time is looking effects up, finding out\n  \
     whether states are new, keeping them, and numbering values.\n"
        .into()
}
