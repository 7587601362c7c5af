//! Stored counterexamples: drawn in 72 columns, replayed, and refused where somebody changed them.

mod common;

use std::collections::BTreeMap;

use common::{Folder, SMALL};
use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::lang::source::SourceMap;
use pinright_model::render::{Subject, WIDTH, race};
use pinright_model::system::System;
use pinright_model::trace::{Trace, replay};
use serde_json::Value;

/// A folder with the counterexamples of the status quo in a small population.
fn traced(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.explore(&["check", "v4.20", "--scenario", SMALL]);
    folder
}

/// Reads a trace, changes it, and yields where the changed one is.
fn edited(folder: &Folder, change: impl FnOnce(&mut Value)) -> String {
    let text = std::fs::read_to_string(folder.path().join("traces/v4.20.S5k.json")).expect("a trace");
    let mut trace: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut trace);
    folder.write("edited.json", &trace.to_string())
}

/// Draws every trace of a folder.
fn draw_all(folder: &Folder, traces: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(traces) else { return 0 };
    let mut drawn = 0;
    for path in entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "json"))
    {
        let run = folder.explore(&["trace", &path.display().to_string()]);
        run.exits(0);
        let picture = run.stdout();
        let wide: Vec<&str> = picture.lines().filter(|line| line.chars().count() > 72).collect();
        assert!(wide.is_empty(), "{}: {wide:?}", path.display());
        assert!(picture.contains("*** "), "{}: a verdict in\n{picture}", path.display());
        drawn += 1;
    }
    drawn
}

#[test]
fn a_race_is_never_wider_than_72_columns() {
    let folder = traced("wide");
    assert!(draw_all(&folder, &folder.path().join("traces")) > 0);
}

/// The traces of the repository. They are many: here the corpus is loaded once, and each case compiled once.
#[test]
fn every_stored_trace_replays_and_is_drawn_in_72_columns() {
    let corpus = Corpus::load().expect("the corpus");
    let mut cases: BTreeMap<(String, String, String), Vec<Trace>> = BTreeMap::new();
    let stored = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/traces"));
    let folders = [stored.to_path_buf(), stored.join("races")];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten());
    let files = files.filter_map(Result::ok).map(|entry| entry.path());
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let text = std::fs::read_to_string(&path).expect("a trace");
        let trace = Trace::parse(&path.display().to_string(), &text)
            .unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        let key = (trace.proposal.clone(), trace.reading.clone(), trace.scenario.clone());
        cases.entry(key).or_default().push(trace);
    }
    for traces in cases.values() {
        let (composition, population) = traces[0].case(&corpus).expect("a case");
        let compiled = compile(&corpus, &composition, &population).expect("kernel C");
        let system = System::new(compiled.program, false).expect("a system");
        traces.iter().for_each(|trace| draw(&system, &compiled.sources, trace));
    }
}

#[test]
fn the_readme_shows_the_race_that_is_stored() {
    let root = env!("CARGO_MANIFEST_DIR");
    let readme = std::fs::read_to_string(format!("{root}/README.md")).expect("the README");
    let picture = Folder::new("readme").explore(&["trace", &format!("{root}/traces/v4.20.S1.json")]).stdout();
    assert!(readme.contains(picture.trim_matches('\n')), "the README's race should be\n{picture}");
}

#[track_caller]
fn draw(system: &System, sources: &SourceMap, trace: &Trace) {
    let name = format!("{} {} in {}: {}", trace.proposal, trace.reading, trace.scenario, trace.claim);
    let replay = replay(system, trace).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let picture = race(&Subject { system, sources, trace, replay: &replay });
    let wide: Vec<&str> = picture.lines().filter(|line| line.chars().count() > WIDTH).collect();
    assert!(wide.is_empty(), "{name}: {wide:?}");
    assert!(picture.contains("*** "), "{name}: a verdict in\n{picture}");
}

#[test]
fn a_race_names_contexts_functions_and_page_states() {
    let folder = traced("race");
    let picture = folder.explore(&["trace", "traces/v4.20.S5k.json"]).stdout();
    for part in ["rdma [task]", "flusher [kworker]", "page", "test_clear_page_dirty()", "clean pinned"] {
        assert!(picture.contains(part), "{part} in\n{picture}");
    }
}

#[test]
fn a_replay_shows_every_step_and_confirms_the_violation() {
    let folder = traced("replay");
    let run = folder.explore(&["replay", "traces/v4.20.S5k.json"]);
    run.exits(0);
    assert!(run.stdout().contains("pages[0].dirty: no -> yes"), "{}", run.stdout());
    assert!(run.stdout().contains("confirmed: S5k"), "{}", run.stdout());
}

#[test]
fn a_trace_as_json_is_the_trace() {
    let folder = traced("json");
    let stored = std::fs::read_to_string(folder.path().join("traces/v4.20.S5k.json")).expect("a trace");
    assert_eq!(folder.explore(&["trace", "traces/v4.20.S5k.json", "--format", "json"]).stdout(), stored);
}

#[test]
fn text_that_is_no_trace_is_bad_input() {
    let folder = Folder::new("notrace");
    let path = folder.write("no.json", "{ \"hello\": 1 }");
    for command in ["trace", "replay"] {
        let run = folder.explore(&[command, &path]);
        run.exits(65);
        assert_eq!(run.stdout(), "");
        assert!(run.stderr().contains("no.json"), "{}", run.stderr());
    }
}

#[test]
fn a_step_that_is_not_enabled_is_named_by_its_number() {
    let folder = traced("edited");
    let path = edited(&folder, |trace| {
        // Nothing was submitted: the disk has nothing to do.
        trace["steps"][3]["context"] = "disk".into();
    });
    let run = folder.explore(&["replay", &path]);
    run.exits(65);
    assert!(run.stderr().contains("step 4: `disk` cannot step here"), "{}", run.stderr());
}

#[test]
fn a_context_that_the_scenario_does_not_have_is_named() {
    let folder = traced("context");
    let path = edited(&folder, |trace| trace["steps"][1]["context"] = "nobody".into());
    let run = folder.explore(&["replay", &path]);
    run.exits(65);
    assert!(run.stderr().contains("step 2: the scenario has no context `nobody`"), "{}", run.stderr());
}

#[test]
fn a_trace_without_its_last_step_confirms_nothing() {
    let folder = traced("short");
    let path = edited(&folder, |trace| {
        let _ = trace["steps"].as_array_mut().expect("steps").pop();
    });
    let run = folder.explore(&["replay", &path]);
    run.exits(65);
    assert!(run.stderr().contains("S5k is not violated"), "{}", run.stderr());
}

#[test]
fn a_trace_of_another_version_is_refused_kindly() {
    let folder = traced("version");
    let path = edited(&folder, |trace| trace["version"] = 99.into());
    let run = folder.explore(&["replay", &path]);
    run.exits(65);
    assert!(run.stderr().contains("version 99"), "{}", run.stderr());
}

#[test]
fn a_hang_exits_11_and_says_who_waits_for_whom() {
    let folder = Folder::new("hang");
    let run = folder.explore(&["check", "t3-w5:b", "--scenario", "dio-same-cpu", "--claim", "L2"]);
    run.exits(11);
    let picture = folder.explore(&["trace", "traces/t3-w5-b.L2.json"]).stdout();
    let words = picture.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in
        ["spin_lock(zone_gup_lock)", "<irq>", "rdma is interrupted by dio_end in", "zone_gup_lock, which rdma holds"]
    {
        assert!(words.contains(part), "{part} in\n{picture}");
    }
    folder.explore(&["replay", "traces/t3-w5-b.L2.json"]).exits(0);
}

/// The executions of real code that the repository has.
fn executions() -> std::path::PathBuf {
    std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/traces/real")).to_path_buf()
}

#[test]
fn every_stored_execution_of_real_code_is_drawn_in_72_columns() {
    assert!(draw_all(&Folder::new("executions"), &executions()) > 10);
}

#[test]
fn an_execution_of_real_code_is_explored_again() {
    let file = executions().join("dirty_skip.L14.1.json").display().to_string();
    let run = Folder::new("explored").explore(&["replay", &file]);
    run.exits(0);
    assert!(run.stdout().contains("dirty is 1, stale"), "{}", run.stdout());
    assert!(run.stdout().contains("confirmed: L14"), "{}", run.stdout());
}

#[test]
fn an_execution_that_was_edited_is_refused() {
    let folder = Folder::new("edited-execution");
    let text = std::fs::read_to_string(executions().join("dirty_skip.L14.1.json")).expect("a trace");
    let mut changed: Value = serde_json::from_str(&text).expect("JSON");
    // a stale mark taken away, a value that nobody stored, and a step left out: the last is a run that memory allows
    type Edit = fn(&mut Value);
    let cases: [(Edit, &str); 3] = [
        (
            |trace| drop(trace["steps"][3]["memory"].as_object_mut().map(|event| event.remove("stale"))),
            "says otherwise",
        ),
        (|trace| trace["steps"][1]["memory"]["effect"]["load"]["saw"] = 7.into(), "says otherwise"),
        (|trace| drop(trace["steps"].as_array_mut().map(|steps| steps.remove(2))), "another one today"),
    ];
    for (change, complaint) in cases {
        let whole = changed.clone();
        change(&mut changed);
        let run = folder.explore(&["replay", &folder.write("edited.json", &changed.to_string())]);
        run.exits(65);
        assert!(run.stderr().contains(complaint), "{complaint} in {}", run.stderr());
        changed = whole;
    }
}
