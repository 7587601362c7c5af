//! Symmetry from the command line: what is said with it, and where it is refused.

mod common;

use common::Folder;
use serde_json::Value;

const SAFE: [&str; 6] = ["check", "v4.20", "--scenario", "two-pages", "--claim", "S7,S9"];

fn report(folder: &Folder, flags: &[&str]) -> Value {
    let run = folder.explore(&[&SAFE[..], &["--format", "json"], flags].concat());
    serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr()))
}

fn verdicts(report: &Value) -> Vec<String> {
    let cells = report["readings"][0]["cells"].as_array().expect("cells");
    cells.iter().map(|cell| format!("{} {} {}", cell["claim"], cell["verdict"], cell["violation"]["steps"])).collect()
}

#[test]
fn verdicts_are_the_same_and_the_reduction_is_named() {
    let folder = Folder::new("symmetry");
    let (with, without) = (report(&folder, &[]), report(&folder, &["--no-symmetry"]));
    assert_eq!(verdicts(&with), verdicts(&without));
    assert_eq!(with["coverage"]["reductions"], serde_json::json!(["symmetry of up to 2"]));
    assert_eq!(without["coverage"]["reductions"], serde_json::json!([]));
    let states = |report: &Value| report["readings"][0]["states"].as_u64().expect("states");
    assert!(states(&with) < states(&without) && states(&with) * 2 >= states(&without));
    let text = folder.explore(&SAFE).stdout();
    assert!(text.contains("reductions: symmetry of up to 2"), "{text}");
    let holds = text.lines().filter(|line| line.contains("complete:"));
    holds.for_each(|line| assert!(line.contains("symmetry of 2"), "{line}"));
}

#[test]
fn claims_about_fair_runs_get_all_states() {
    let folder = Folder::new("symmetry-fair");
    let check = |flags: &[&str]| {
        let run =
            folder.explore(&[&["check", "t3-w5:b", "--scenario", "two-pages", "--format", "json"], flags].concat());
        let report: Value = serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr()));
        (verdicts(&report), report["coverage"]["reductions"].clone())
    };
    let (plain, asked) = (check(&[]), check(&["--symmetry"]));
    assert_eq!(plain.0, asked.0);
    assert_eq!(plain.1, serde_json::json!([]), "it would not pay");
    assert_eq!(asked.1, serde_json::json!(["symmetry of up to 2"]));
}

#[test]
fn few_switches_and_symmetry_do_not_go_together_and_the_reason_is_said() {
    let run = Folder::new("symmetry-switches").explore(&[&SAFE[..], &["--symmetry", "--fewest-switches"]].concat());
    run.exits(2);
    assert!(run.stderr().contains("who stepped last"), "{}", run.stderr());
}
