//! `cargo bench -p pinright-model --bench search`: the search against other checkers on the same systems.
//!
//! Each run is a process of its own, so that its CPU time and its peak of memory are its own. Runs are interleaved:
//! in each round every engine runs once, and ratios are taken within a round. `-- --quick` takes the small system only
//! and prints; otherwise docs/performance.md is written. `--systems` and `--rounds` take part of it. `subject` says what
//! is searched, `engine` who searches and what that costs, `fire` what of it is firing, `rounds` who runs when, `page`
//! what is written.

mod engine;
mod fire;
mod page;
mod rounds;
mod subject;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pinright_model::promela::spin::is_installed;

use rounds::{CHILD, Plan, Results};
use subject::{SUBJECTS, Subject};

/// Where the page goes.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|w| w == word);
    if let [child, engine, subject, dir, memory, seconds] = &words[..]
        && child == CHILD
    {
        return rounds::child(engine, subject, Path::new(dir), memory, seconds);
    }
    if !has("--bench") {
        // `cargo test --all-targets` runs benches too, to see that they start.
        println!("cargo bench -p pinright-model --bench search [-- --quick | --systems NAME,... | --rounds N]");
        return ExitCode::SUCCESS;
    }
    let workshop = Workshop::new();
    match plan(&words, &workshop.0) {
        Ok(plan) => {
            let save = |results: &Results| if has("--quick") { Ok(()) } else { write(results) };
            // Whatever ends the run, the page has what was measured until then.
            let results = rounds::run(&plan, &mut |results| _ = save(results));
            report(&results, save(&results))
        }
        Err(what) => {
            eprintln!("{what}");
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
fn plan(words: &[String], dir: &Path) -> Result<Plan, String> {
    let value = |option: &str| words.iter().skip_while(|word| *word != option).nth(1);
    let named = |name: &str| {
        let known: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
        Subject::named(name).ok_or_else(|| format!("no system `{name}`; there are {}", known.join(", ")))
    };
    let quick = words.iter().any(|word| word == "--quick");
    let subjects = match value("--systems") {
        Some(names) => names.split(',').map(named).collect::<Result<_, _>>()?,
        None => SUBJECTS.iter().filter(|subject| !quick || subject.states <= 100_000).collect(),
    };
    let rounds = value("--rounds").map(|n| n.parse().map_err(|_| format!("`{n}` is no number of rounds")));
    let options: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    let options = if options.is_empty() { String::new() } else { format!(" -- {}", options.join(" ")) };
    Ok(Plan { subjects, dir: dir.into(), spin: is_installed(), rounds: rounds.transpose()?, options })
}

fn write(results: &Results) -> Result<(), String> {
    std::fs::write(PAGE, page::page(results)).map_err(|e| format!("{PAGE}: {e}"))
}

/// Prints the page. Engines that disagree, and a page that could not be written, make the run fail.
fn report(results: &Results, written: Result<(), String>) -> ExitCode {
    println!("{}", page::page(results));
    if let Err(why) = written {
        eprintln!("{why}");
        return ExitCode::FAILURE;
    }
    let differences = results.differences();
    differences.iter().for_each(|difference| eprintln!("{difference}"));
    if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A directory for SPIN's files, gone when dropped.
struct Workshop(PathBuf);

impl Workshop {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("pinright-bench-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display()));
        Workshop(dir)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
