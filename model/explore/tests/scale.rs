//! The growth table.

mod common;

use common::{Folder, SMALL};
use serde_json::Value;

fn grown(args: &[&str]) -> (i32, Value) {
    let run = Folder::new("grown").explore(&[&["scale", "v4.20", "--format", "json"], args].concat());
    (run.code(), serde_json::from_str(&run.stdout()).unwrap_or_else(|_| panic!("{}", run.stderr())))
}

#[test]
fn each_axis_grows_from_the_population_and_its_first_row_is_what_a_check_says() {
    let (code, report) = grown(&["--scenario", "pin-truncate", "--steps", "1"]);
    let rows = report["tables"][0]["rows"].as_array().expect("rows");
    let axes: Vec<&str> = rows.iter().map(|row| row["axis"].as_str().unwrap_or("-")).collect();
    assert_eq!(axes, ["-", "contexts", "pages", "mms"]);
    for row in &rows[1..] {
        assert_eq!(row["from"], 0);
        assert!(row["contexts"].as_u64() > rows[0]["contexts"].as_u64(), "{row}");
        assert!(row["states"].as_u64() > rows[0]["states"].as_u64(), "{row}");
    }
    let check = ["check", "v4.20", "--scenario", "pin-truncate", "--format", "json", "--no-traces"];
    let check: Value = serde_json::from_str(&Folder::new("first").explore(&check).stdout()).expect("JSON");
    assert_eq!(rows[0]["states"], check["readings"][0]["states"]);
    for cell in check["readings"][0]["cells"].as_array().expect("cells") {
        assert_eq!(rows[0]["verdicts"][cell["claim"].as_str().expect("a claim")]["verdict"], cell["verdict"]);
    }
    let breaks =
        report["tables"][0]["changes"].as_array().expect("changes").iter().any(|c| c["first_violated"] == true);
    assert_eq!(code, if breaks { 1 } else { 0 });
}

#[test]
fn a_row_that_a_limit_ended_is_undecided_and_nothing_grows_from_it() {
    let run = Folder::new("limit").explore(&["scale", "v4.20", "--scenario", SMALL, "--memory", "0.00001"]);
    run.exits(75);
    assert!(run.stdout().contains("row 0 was cut: memory limit"), "{}", run.stdout());
    assert!(run.stdout().contains("was not searched"), "{}", run.stdout());
    assert!(!run.stdout().contains("holds:"), "{}", run.stdout());
    let rows = run.stdout().lines().filter(|line| line.ends_with("cut") || line.ends_with("complete")).count();
    assert_eq!(rows, 1, "{}", run.stdout());
}

#[test]
fn scenarios_and_proposals_that_do_not_exist_are_named() {
    let folder = Folder::new("unknown");
    for args in [["scale", "t3-w55", "--scenario", SMALL], ["scale", "v4.20", "--scenario", "pin/overwrit"]] {
        let run = folder.explore(&args);
        run.exits(2);
        assert!(run.stderr().contains("did you mean"), "{}", run.stderr());
    }
}
