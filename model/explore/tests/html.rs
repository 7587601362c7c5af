//! Pages in a browser: Debian's Chromium, driven by playwright-core through node. A Rust driver of the same protocol
//! (chromiumoxide, headless_chrome, fantoccini) would bring an async runtime or a second program, and its build takes
//! longer than all these tests; playwright-core is one package without dependencies.
//!
//! `browser/walk.mjs` walks and looks; what it must have seen is said here.

mod common;

use std::path::Path;
use std::process::Command;

use common::Folder;
use serde_json::Value;

/// Direct I/O into a page that writeback cleans meanwhile, on Linux 6.12.
const RECORDING: &str = "model/tests/kernel-traces/6.12-ext4_dio_wb1.jsonl";

fn source(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// What the browser saw of a page; nothing, and a printed line, where there is no browser.
fn walked(page: &str) -> Option<Value> {
    let browser = source("model/explore/tests/browser");
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into());
    let node = Command::new("node").arg("--version").output().is_ok();
    if !node || !Path::new(&chromium).exists() || !Path::new(&browser).join("node_modules/playwright-core").exists() {
        println!("skipped: no chromium, no node, or no playwright-core (.ci/run installs them)");
        return None;
    }
    let pictures = std::env::var("PICTURES").ok();
    let run = Command::new("node").arg(format!("{browser}/walk.mjs")).arg(page).args(pictures).output();
    let run = run.expect("node runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).expect("JSON"))
}

/// What is true of every page, however it is looked at.
#[track_caller]
fn is_sound(seen: &Value) {
    assert_eq!(seen["errors"], Value::Array(Vec::new()));
    assert_eq!(seen["requests"], Value::Array(Vec::new()));
    let races = seen["races"].as_array().expect("races");
    assert_eq!(races.len(), 3);
    for race in races {
        assert!(race["steps"].as_u64() > Some(0), "{race}");
        assert_eq!(race["reached"], race["steps"], "every step is reached with one key");
        assert_eq!(race["lines"], race["steps"], "every step has its line of kernel C");
        assert_eq!(race["always_shown"], true, "the step where it stands can be seen");
        assert_eq!(race["same_backward"], true, "a state does not depend on the way to it");
        assert_eq!(race["nameless"], Value::Array(Vec::new()));
        assert!(race["overflow"].as_i64() <= Some(0), "the page is wider than the window: {race}");
        for contrast in ["contrast", "other_contrast"] {
            assert!(race[contrast]["ratio"].as_f64() >= Some(4.5), "{contrast}: {}", race[contrast]);
        }
    }
}

#[test]
fn a_race_is_walked_from_end_to_end_by_keyboard_and_shows_its_claim() {
    let folder = Folder::new("html-trace");
    let page = folder.path().join("race.html").display().to_string();
    let trace = source("traces/seed-hybrid-b.S6.json");
    folder.explore(&["trace", &trace, "--format", "html", "--out", &page]).exits(0);
    let Some(seen) = walked(&page) else { return };
    is_sound(&seen);
    let race = &seen["races"][0];
    let end = race["end"].as_str().expect("a sentence");
    assert!(end.contains("Violates S6"), "{end}");
    assert!(race["verdict"].as_str().is_some_and(|verdict| verdict.starts_with("*** S6:")), "{race}");
    let wanted = last_state(&folder, &trace);
    let pools: Vec<&str> = wanted.iter().filter_map(|word| word.split_once('[')).map(|(pool, _)| pool).collect();
    let mut shown = words(race["last_state"].as_str().expect("a table"));
    // The other renderer leaves out pools that never change.
    shown.retain(|word| word.split_once('[').is_some_and(|(pool, _)| pools.contains(&pool)));
    assert_eq!(shown, wanted);
}

/// The last state as another renderer has it: every member that is not zero, in the order of the names.
fn last_state(folder: &Folder, trace: &str) -> Vec<String> {
    let itf: Value =
        serde_json::from_str(&folder.explore(&["trace", trace, "--format", "itf"]).stdout()).expect("JSON");
    let last = itf["states"].as_array().and_then(|states| states.last()).expect("a state");
    let mut words = Vec::new();
    for (pool, objects) in last.as_object().expect("a state") {
        for (number, object) in objects.as_array().into_iter().flatten().enumerate() {
            for (member, value) in object.as_object().expect("a record") {
                let value = value.get("#bigint").unwrap_or(value);
                let text = value.as_str().map_or_else(|| value.to_string(), String::from);
                match text.as_str() {
                    "false" | "0" | "NULL" => {}
                    "true" => words.push(format!("{pool}[{number}].{member}")),
                    value => words.push(format!("{pool}[{number}].{member} {value}")),
                }
            }
        }
    }
    words.sort();
    words
}

/// The same of the page's table: lines such as `pages[0]locked, _refcount.counter 3`.
fn words(table: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in table.lines() {
        let Some((object, members)) = line.split_once(']') else { continue };
        let members = members.split(", ").filter(|member| *member != "all zero");
        words.extend(members.map(|member| format!("{object}].{member}")));
    }
    words.sort();
    words
}

#[test]
fn a_run_that_goes_round_and_a_hang_are_walked_too() {
    for trace in ["seed-hybrid-b.L6", "w8-a.L1"] {
        let folder = Folder::new("html-hang");
        let page = folder.path().join("race.html").display().to_string();
        folder
            .explore(&["trace", &source(&format!("traces/{trace}.json")), "--format", "html", "--out", &page])
            .exits(0);
        let Some(seen) = walked(&page) else { return };
        is_sound(&seen);
    }
}

#[test]
fn a_cell_of_a_review_opens_its_race_and_escape_leads_back() {
    let folder = Folder::new("html-review");
    let page = folder.path().join("review.html").display().to_string();
    let args = ["review", "v4.20", "t3-w5", "--scenario", "dirty-unlocked,pin", "--format", "html", "--no-traces"];
    folder.explore(&[&args[..], &["--out", &page]].concat());
    let Some(seen) = walked(&page) else { return };
    is_sound(&seen);
    assert!(seen["cells"].as_u64() > Some(100), "{seen}");
    assert_eq!(seen["races"][0]["back"], "cell violated");
}

/// A reading that refuses to clean pinned pages has a run up to the event where the kernel cleans one: half as long to
/// walk as one that explains everything.
#[test]
fn a_recording_and_as_much_of_a_run_as_explains_it_stand_side_by_side_event_by_event() {
    let folder = Folder::new("html-beside");
    let page = folder.path().join("beside.html").display().to_string();
    let args = ["validate", &source(RECORDING), "--against", "t10-g3-w5b"];
    folder.explore(&[&args[..], &["--format", "html", "--out", &page]].concat()).exits(1);
    let report = folder.explore(&[&args[..], &["--format", "json"]].concat()).stdout();
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let parted = report["answers"][0]["parted"]["event"].as_u64().expect("an event");
    let Some(seen) = walked(&page) else { return };
    is_sound(&seen);
    let race = &seen["races"][0];
    let events = race["events"].as_array().expect("events");
    assert_eq!((events.len() as u64, race["told"].as_u64()), (parted, Some(parted)), "each event is drawn and told");
    let last = events.last().and_then(Value::as_str).expect("an event");
    assert!(last.contains("folio_clear_dirty_for_io() return"), "{last}");
    let heading = format!("{} steps of the model, {parted} events of the kernel", race["steps"]);
    assert_eq!(race["title"].as_str(), Some(heading.as_str()));
    let verdict = race["verdict"].as_str().expect("a sentence");
    assert!(verdict.starts_with("*** rejected: event"), "{verdict}");
}

#[test]
fn the_page_of_a_recording_that_is_explained_has_every_event_and_names_the_claims_that_the_kernel_violates() {
    let folder = Folder::new("html-explained");
    let args = ["validate", &source(RECORDING), "--against", "v6.18", "--format", "html"];
    let page = folder.explore(&args).exits(0).stdout();
    let recorded = std::fs::read_to_string(source(RECORDING)).expect("a recording").lines().count() - 1;
    assert_eq!(page.matches("\"behind\":").count(), recorded);
    assert!(page.contains("every event is explained; the kernel violates"), "no verdict");
}

#[test]
fn a_page_goes_to_stdout_unless_a_file_is_named() {
    let folder = Folder::new("html-out");
    let trace = source("traces/w8-a.L1.json");
    let printed = folder.explore(&["trace", &trace, "--format", "html"]);
    let file = folder.path().join("a.html").display().to_string();
    let written = folder.explore(&["trace", &trace, "--format", "html", "--out", &file]);
    assert_eq!(written.exits(0).stdout(), "");
    assert_eq!(std::fs::read_to_string(&file).expect("a page"), printed.exits(0).stdout());
    let nowhere = folder.explore(&["trace", &trace, "--format", "html", "--out", "no/such/folder/a.html"]);
    assert!(nowhere.exits(2).stderr().contains("no/such/folder/a.html cannot be written"), "{}", nowhere.stderr());
}
