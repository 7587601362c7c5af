//! The pictures in docs/ are those that the command draws today, and the table behind the growth is what a search finds.

mod common;

use common::Folder;
use serde_json::Value;

fn stored(name: &str) -> String {
    let path = format!("{}/docs/pictures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_stored_pictures_are_current() {
    let folder = Folder::new("pictures");
    folder.write("growth.json", &stored("growth.json"));
    let out = folder.path().display().to_string();
    folder.explore(&["pictures", "--out", &out]).exits(0);
    for name in ["matrix.svg", "cost.svg", "growth.svg"] {
        let drawn = std::fs::read_to_string(folder.path().join(name)).expect("a picture");
        assert_eq!(drawn, stored(name), "explore pictures --out docs/pictures");
    }
}

#[test]
fn the_first_bar_of_the_growth_is_what_a_search_finds_today() {
    let table: Value = serde_json::from_str(&stored("growth.json")).expect("JSON");
    let told = &table["tables"][0];
    let (proposal, scenario) = (told["proposal"].as_str().expect("a name"), told["scenario"].as_str().expect("a name"));
    let args = ["scale", proposal, "--scenario", scenario, "--steps", "0", "--format", "json"];
    let found: Value = serde_json::from_str(&Folder::new("growth-now").explore(&args).stdout()).expect("JSON");
    assert_eq!(found["tables"][0]["rows"][0]["states"], told["rows"][0]["states"]);
}

#[test]
fn every_recorded_verdict_is_in_the_matrix() {
    let picture = stored("matrix.svg");
    let list: Value = {
        let run = Folder::new("matrix-list").explore(&["list", "claims", "--format", "json"]);
        serde_json::from_str(&run.stdout()).expect("JSON")
    };
    let claims = list["claims"].as_array().expect("claims").len();
    let cells = picture.matches("<rect class").count();
    assert!(cells > 0 && cells.is_multiple_of(claims), "{cells} cells, {claims} claims");
}
