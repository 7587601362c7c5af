//! Searches that are kept on disk: whenever `explore` is killed, the same command ends as if nothing had happened.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{Folder, Run, SMALL};
use serde_json::Value;

/// A few hundred thousand states; some seconds when it is kept at each offer.
const PROPOSAL: &str = "t3-w5:b";
const POPULATION: &str = "two-pins-long";
const FILE: &str = "kept/t3-w5-b.two-pins-long.checkpoint";

/// A check that is kept, at each offer or once a minute.
fn check(every: &'static str) -> Vec<&'static str> {
    let check = ["check", PROPOSAL, "--scenario", POPULATION, "--format", "json", "--no-traces"];
    [&check[..], &["--checkpoint", "kept", "--every", every]].concat()
}

/// What the header of a checkpoint says; `None` if there is no file.
fn header(folder: &Folder) -> Option<Value> {
    let bytes = std::fs::read(folder.path().join(FILE)).ok()?;
    let rest = bytes.strip_prefix(b"pinright checkpoint\n").expect("the magic");
    let (length, rest) = rest.split_first_chunk::<8>().expect("a length");
    Some(serde_json::from_slice(&rest[..u64::from_le_bytes(*length) as usize]).expect("a header"))
}

/// What a check says in the end: its report, and states, transitions and levels of the search behind it.
fn said(folder: &Folder, run: &Run) -> (i32, String, [Value; 4]) {
    let header = header(folder).expect("the end of a search is kept");
    let figures = ["states", "transitions", "levels", "expanded"].map(|member| header[member].clone());
    (run.code(), run.stdout(), figures)
}

/// What a check says that nobody kills, and how long it takes.
fn undisturbed() -> ((i32, String, [Value; 4]), Duration) {
    let folder = Folder::new("undisturbed");
    let started = Instant::now();
    let run = folder.explore(&check("0"));
    let took = started.elapsed();
    run.exits(12);
    let plain = folder.explore(&["check", PROPOSAL, "--scenario", POPULATION, "--format", "json", "--no-traces"]);
    assert!(plain.stdout() == run.stdout(), "keeping a search changes nothing");
    (said(&folder, &run), took)
}

/// Starts a check that is kept at each offer, and kills it (SIGKILL) after a while; yields where that hit it.
fn kill(folder: &Folder, after: Duration) -> &'static str {
    let mut command = folder.command(&check("0"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("explore starts");
    std::thread::sleep(after);
    let over = child.try_wait().expect("a child").is_some();
    // An ended child cannot be killed; that is a phase too.
    let _ = child.kill();
    child.wait().expect("a child");
    let temporary = folder.path().join(format!("{FILE}.tmp"));
    match header(folder) {
        _ if over => "after it had ended",
        _ if temporary.exists() => "while a checkpoint was written",
        None => "before the first checkpoint",
        Some(header) if header["expanded"] == header["states"] => "after the search, while it was judged",
        Some(_) => "between two checkpoints",
    }
}

/// Numbers that look random, the same each time: Knuth's linear congruence (MMIX).
struct Random(u64);

impl Random {
    /// From 0 to 1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[test]
fn a_check_that_is_killed_again_and_again_ends_as_an_undisturbed_one() {
    let (wanted, took) = undisturbed();
    let folder = Folder::new("again");
    let mut random = Random(1);
    for round in 0..3 {
        // The first kill must not come before there is something to go on from, and each run must get farther.
        let after = took.mul_f64(0.15 + 0.1 * random.next());
        println!("kill {round}, {after:.2?} of {took:.2?}: {}", kill(&folder, after));
    }
    let run = folder.explore(&check("60"));
    assert!(run.stderr().contains("goes on from "), "{}", run.stderr());
    assert!(said(&folder, &run) == wanted, "{}\n{}", run.stderr(), run.stdout());
}

#[test]
#[ignore = "a hundred searches of seconds: for a change of checkpoints"]
fn a_check_that_is_killed_at_any_moment_ends_as_an_undisturbed_one() {
    let (wanted, took) = undisturbed();
    let mut random = Random(2);
    let mut phases: BTreeMap<&str, usize> = BTreeMap::new();
    let mut from: BTreeMap<bool, usize> = BTreeMap::new();
    for round in 0..100 {
        let folder = Folder::new(&format!("kill-{round}"));
        let after = took.mul_f64(1.05 * random.next());
        let phase = kill(&folder, after);
        let run = folder.explore(&check("60"));
        let goes_on = run.stderr().contains("goes on from ");
        assert_eq!(goes_on, run.stderr().lines().count() == 1, "nothing else is said: {}", run.stderr());
        assert!(said(&folder, &run) == wanted, "kill {round} after {after:.2?}, {phase}: {}", run.stderr());
        *phases.entry(phase).or_default() += 1;
        *from.entry(goes_on).or_default() += 1;
    }
    println!("undisturbed: {took:.2?}; kills by phase: {phases:?}; went on (true) or began (false): {from:?}");
    assert_eq!(phases.values().sum::<usize>(), 100);
}

/// A check of a small population that is kept in a folder.
fn small(folder: &Folder, kept: &str, more: &[&str]) -> Run {
    let check = ["check", "t3-w5:b", "--scenario", SMALL, "--format", "json", "--no-traces", "--checkpoint", kept];
    folder.explore(&[&check[..], more].concat())
}

#[test]
fn a_checkpoint_that_does_not_fit_is_told_of_and_the_search_begins_anew() {
    let folder = Folder::new("unfit");
    let wanted = small(&folder, "kept", &[]);
    assert_eq!(wanted.stderr(), "", "nothing was there");
    let file: PathBuf = folder.path().join("kept/t3-w5-b.pin-overwrite.checkpoint");
    let whole = std::fs::read(&file).expect("the end of a search is kept");
    assert!(small(&folder, "kept", &[]).stderr().contains("goes on from "));

    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&flipped[..], &whole[..whole.len() / 3], b""] {
        std::fs::write(&file, damaged).expect("a file");
        let run = small(&folder, "kept", &[]);
        assert!(run.stderr().contains("it is damaged") && run.stderr().contains("begins anew"), "{}", run.stderr());
        assert_eq!(run.stdout(), wanted.stdout());
        assert!(small(&folder, "kept", &[]).stderr().contains("goes on from "), "it is whole again");
    }
    for other in [&["--claim", "S5k"][..], &["--no-slice"]] {
        std::fs::write(&file, &whole).expect("a file");
        let run = small(&folder, "kept", other);
        assert!(run.stderr().contains("it belongs to another program"), "{other:?}: {}", run.stderr());
    }
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_told_of_once_and_the_search_goes_on() {
    let folder = Folder::new("unwritable");
    let wanted = small(&folder, "kept", &[]).stdout();
    folder.write("a-file", "where a folder should be");
    let run = small(&folder, "a-file", &["--every", "0"]);
    assert_eq!(run.stdout(), wanted);
    assert_eq!(run.stderr().matches("may not be kept").count(), 1, "{}", run.stderr());
}

#[test]
fn a_search_that_a_limit_ended_goes_on_with_more() {
    let folder = Folder::new("more");
    let wanted = small(&folder, "elsewhere", &[]).stdout();
    small(&folder, "kept", &["--memory", "0.00001"]).exits(75);
    let run = small(&folder, "kept", &[]);
    assert!(run.stderr().contains("goes on from "), "{}", run.stderr());
    assert_eq!(run.stdout(), wanted);
}
