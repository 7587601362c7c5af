//! Violations told by the run with the fewest context switches.

mod common;

use std::collections::BTreeMap;

use common::Folder;
use serde_json::Value;

const POPULATIONS: [&str; 2] = ["pin/overwrite", "pin/cow"];

/// The violations that a check of v4.20 tells, by claim.
fn violations(folder: &Folder, more: &[&str]) -> BTreeMap<String, Value> {
    let run = folder.explore(&[&["check", "v4.20", "--format", "json"], more].concat());
    let report: Value = serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr()));
    let cells = report["readings"][0]["cells"].as_array().expect("cells").clone();
    let violated = cells.into_iter().filter(|cell| cell["verdict"] == "violated");
    violated.map(|cell| (cell["claim"].as_str().expect("an id").to_string(), cell["violation"].clone())).collect()
}

/// Steps, and context switches as the stored trace has them.
fn counted(folder: &Folder, violation: &Value) -> (usize, usize) {
    let path = folder.path().join(violation["trace"].as_str().expect("a trace"));
    let trace: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
    let steps = trace["steps"].as_array().expect("steps");
    (steps.len(), steps.windows(2).filter(|pair| pair[0]["context"] != pair[1]["context"]).count())
}

#[test]
fn the_run_with_the_fewest_switches_is_told_stored_and_replays() {
    let folder = Folder::new("fewest");
    let shortest = violations(&folder, &["--scenario", "pin/cow"]);
    let fewest = violations(&folder, &["--scenario", "pin/cow", "--fewest-switches"]);
    assert!(fewest.keys().eq(shortest.keys()), "{fewest:?}");
    let number = |value: &Value| value.as_u64().expect("a number") as usize;
    let mut better = 0;
    for (claim, violation) in &fewest {
        let before = &shortest[claim];
        assert_eq!(before["none_with_fewer"], Value::Null, "nobody asked");
        assert_eq!(violation["none_with_fewer"], true, "{claim}");
        assert!(number(&violation["switches"]) <= number(&before["switches"]), "{claim}");
        assert!(number(&violation["steps"]) >= number(&before["steps"]), "{claim}");
        better += usize::from(violation["switches"] != before["switches"]);
        let told = (number(&violation["steps"]), number(&violation["switches"]));
        assert_eq!(counted(&folder, violation), told, "{claim}");
        folder.explore(&["replay", violation["trace"].as_str().expect("a trace")]).exits(0);
    }
    assert!(better > 0, "some shortest run has more switches than need be, or this shows nothing");
}

#[test]
fn over_several_populations_the_fewest_of_them_is_told() {
    let folder = Folder::new("several");
    let each = POPULATIONS.map(|name| violations(&folder, &["--scenario", name, "--fewest-switches"]));
    let all = violations(&folder, &["--scenario", &POPULATIONS.join(","), "--fewest-switches"]);
    for (claim, violation) in all {
        let length = |violation: &Value| (violation["switches"].as_u64(), violation["steps"].as_u64());
        let least = each.iter().filter_map(|violations| violations.get(&claim)).map(length).min();
        assert_eq!(Some(length(&violation)), least, "{claim}");
    }
}

#[test]
fn where_a_bound_ends_the_search_for_fewer_the_shortest_run_is_told_and_that_it_is_not_certain() {
    let folder = Folder::new("bound");
    let bound = ["check", "t3-w5:b", "--scenario", "two-pins-long", "--claim", "S5k", "--memory", "0.006"];
    let shortest = folder.explore(&bound).stdout();
    let asked = folder.explore(&[&bound[..], &["--fewest-switches"]].concat()).stdout();
    let length = |text: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with("S5k ")).expect("a verdict").to_string();
        let (_, length) = line.split_once("violated").unwrap_or_else(|| panic!("{line}"));
        length.trim().split("   in ").next().unwrap_or_default().to_string()
    };
    assert_eq!(
        length(&asked),
        format!("{}, fewer not ruled out: a bound ended the search for them", length(&shortest))
    );
}

#[test]
fn a_run_with_the_fewest_switches_says_so_in_words_and_a_deadlock_keeps_its_shortest_run() {
    let folder = Folder::new("words");
    let run = folder.explore(&["check", "v4.20", "--scenario", "pin/cow", "--claim", "S4o1", "--fewest-switches"]);
    assert!(run.stdout().contains("73 steps, 1 switch, none with fewer   in pin/cow"), "{}", run.stdout());
    let hang = ["check", "t3-w4:a", "--scenario", "long-pin-fsync/cow", "--claim", "L1", "--no-traces"];
    let asked = folder.explore(&[&hang[..], &["--fewest-switches"]].concat()).stdout();
    assert!(asked.contains("fsync returns  violated"), "{asked}");
    assert_eq!(asked, folder.explore(&hang).stdout());
}
