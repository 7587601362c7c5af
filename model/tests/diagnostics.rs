//! What is wrong is told where it stands, with what to write instead: each bad input of `diagnostics/` beside its message.
//!
//! `NAME.c`, `NAME.toml` and `NAME.json` are inputs, `NAME.out` beside each is what a person is told. After a change
//! of words, `UPDATE_DIAGNOSTICS=1 cargo test -p pinright-model --test diagnostics` writes them anew: then read the difference.

use std::path::{Path, PathBuf};

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::proposal::{Composition, Proposal};
use pinright_model::scenario::Scenario;
use pinright_model::system::System;

/// The population that proposals are compiled for.
const POPULATION: &str = "pin/overwrite";

/// The inputs of a folder, in the order of their names.
fn inputs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end != "out")).collect();
    paths.sort();
    paths
}

/// Holds what each input of a folder is told against what stands beside it. `tell` is given the name and the text of
/// an input, and says nothing if it is taken.
fn hold(folder: &str, least: usize, tell: impl Fn(&str, &str) -> Option<String>) {
    let update = std::env::var_os("UPDATE_DIAGNOSTICS").is_some();
    let paths = inputs(folder);
    assert!(paths.len() >= least, "{folder} has {} inputs", paths.len());
    let mut wrong = String::new();
    for path in &paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = std::fs::read_to_string(path).expect("a text");
        let Some(told) = tell(&name, &text) else {
            wrong += &format!("{folder}/{name} is taken\n");
            continue;
        };
        wrong += &complete(&name, &text, &told);
        let beside = path.with_extension("out");
        if update {
            std::fs::write(&beside, &told).expect("a file");
        } else if std::fs::read_to_string(&beside).unwrap_or_default() != told {
            wrong += &format!("{folder}/{name} is told\n{told}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nIf this is what should be told: UPDATE_DIAGNOSTICS=1");
}

/// What a message must have: the place, the line itself with a mark below it, and what to write instead, for each fault.
fn complete(name: &str, text: &str, told: &str) -> String {
    let faults = told.matches("  × ").count();
    let mut missing = String::new();
    let mut wants = |what: &str, there: bool| {
        if !there {
            missing += &format!("{name}: {what} is missing in\n{told}\n");
        }
    };
    wants("a fault", faults > 0);
    // A context of the scenario NAME.toml is shown as `NAME: context rdma`, or as `NAME/cow: ...`, and its constants
    // where they matter.
    let stem = name.trim_end_matches(".toml");
    let scenario = [format!("[{stem}: "), format!("[{stem}/"), "[model/kernel/include/".into()];
    let places = [vec![format!("[{name}:")], if stem == name { Vec::new() } else { scenario.to_vec() }].concat();
    wants("a place in the input", places.iter().any(|place| told.contains(place)));
    wants("what to write instead, for each fault", told.matches("help: ").count() == faults);
    let blank = text.trim().is_empty();
    wants("a mark under the place", blank || told.contains('┬') || told.contains('─') || told.contains('▲'));
    missing
}

#[test]
fn kernel_c_that_is_refused_is_told_where_and_what_to_write_instead() {
    let corpus = Corpus::load().expect("the corpus");
    let population = corpus.population(POPULATION).expect("a population");
    hold("kernel-c", 100, |name, text| {
        let files = vec![(name.to_string(), text.to_string())];
        let composition = Composition { proposal: name.into(), reading: String::new(), files };
        match compile(&corpus, &composition, &population) {
            Ok(compiled) => System::new(compiled.program, false).err().map(|error| error.to_string()),
            Err(error) => Some(error.render(false)),
        }
    });
}

#[test]
fn a_proposal_in_toml_that_is_refused_is_told_where_and_what_to_write_instead() {
    let corpus = Corpus::load().expect("the corpus");
    hold("proposal", 12, |name, text| {
        let proposal = Proposal::parse(name, text).map_err(|fault| fault.render(false));
        proposal
            .and_then(|proposal| proposal.check_parts(&corpus, name, text).map_err(|fault| fault.render(false)))
            .err()
    });
}

#[test]
fn a_scenario_that_is_refused_is_told_where_and_what_to_write_instead() {
    let corpus = Corpus::load().expect("the corpus");
    hold("scenario", 20, |name, text| {
        let stem = name.trim_end_matches(".toml");
        let scenario = match Scenario::parse(stem, text) {
            Ok(scenario) => scenario,
            Err(fault) => return Some(fault.render(false)),
        };
        let base = Composition { proposal: "v4.20".into(), reading: String::new(), files: Vec::new() };
        let populations = scenario.populations();
        populations.iter().find_map(|population| match compile(&corpus, &base, population) {
            Ok(compiled) => System::new(compiled.program, false).err().map(|error| error.to_string()),
            Err(error) => Some(error.render(false)),
        })
    });
}
