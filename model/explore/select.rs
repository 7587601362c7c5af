//! From names that were typed to what they mean; unknown names come back with the nearest known one.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use pinright_model::corpus::Corpus;
use pinright_model::lang::resolve::{ClaimDecl, nearest};
use pinright_model::proposal::Composition;
use pinright_model::scenario::Population;

use crate::exit::Failure;

/// A proposal in all the readings that were asked for.
pub struct Selected {
    /// One per reading.
    pub compositions: Vec<Composition>,
    /// Whether traces can name it instead of carrying its text.
    pub built_in: bool,
}

/// What `P` means: a built-in proposal, one reading of it, a composition of parts, or a file.
pub fn proposal(corpus: &Corpus, name: &str) -> Result<Selected, Failure> {
    if name.ends_with(".toml") {
        let help = "write the name of a built-in proposal, a composition, or a file of kernel C. A proposal in TOML is built in: put it into model/proposals";
        return Err(Failure::usage(format!("{name} is no kernel C\n{help}")));
    }
    if name.contains('/') || name.ends_with(".c") {
        return from_file(name);
    }
    let (proposal, reading) = name.split_once(':').unwrap_or((name, ""));
    if let Some(known) = corpus.proposal(proposal) {
        let mut compositions = known.compositions(corpus).map_err(Failure::internal)?;
        if !reading.is_empty() {
            compositions.retain(|composition| composition.reading == reading);
        }
        if compositions.is_empty() {
            let readings: Vec<&str> = known.reading.iter().map(|r| r.name.as_str()).collect();
            return Err(Failure::usage(format!(
                "{proposal} has no reading `{reading}`; it has {}: write {proposal}:{}",
                readings.join(", "),
                readings.first().unwrap_or(&"")
            )));
        }
        return Ok(Selected { compositions, built_in: true });
    }
    if name.contains('+') || corpus.part(name).is_some() {
        let wrong = |message| Failure::usage(format!("{message}\n`explore list parts` shows what there is"));
        let composition = Composition::of_parts(corpus, name).map_err(wrong)?;
        return Ok(Selected { compositions: vec![composition], built_in: true });
    }
    let known = corpus.proposals().map(|p| p.name.as_str()).chain(corpus.parts().map(|p| p.id.as_str()));
    Err(unknown("proposal", name, known, "proposals"))
}

fn from_file(path: &str) -> Result<Selected, Failure> {
    let text = read(Path::new(path))?;
    let files = vec![(path.to_string(), text)];
    let composition = Composition { proposal: path.into(), reading: String::new(), files };
    Ok(Selected { compositions: vec![composition], built_in: false })
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::usage(match error.kind() {
            ErrorKind::NotFound => format!("there is no file {name}\nwrite its path, seen from this folder"),
            ErrorKind::IsADirectory => format!("{name} is a folder\nwrite the name of a file in it"),
            _ => format!("{name} cannot be read: {error}\nwrite the name of a file that can"),
        })
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::input(format!(
            "{name}:{line}: this is no UTF-8\nwrite the file anew as UTF-8, or delete the character"
        ))
    })
}

/// The populations of the scenarios that were asked for; all if none was.
pub fn populations(corpus: &Corpus, names: &[String]) -> Result<Vec<Population>, Failure> {
    if names.is_empty() {
        return Ok(corpus.scenarios().flat_map(|scenario| scenario.populations()).collect());
    }
    let mut found: Vec<Population> = Vec::new();
    for name in names {
        let matching = match corpus.scenario(name) {
            Some(scenario) => scenario.populations(),
            None => vec![corpus.population(name).ok_or_else(|| unknown_population(corpus, name))?],
        };
        found.extend(matching.into_iter().filter(|p| found.iter().all(|f| f.name != p.name)).collect::<Vec<_>>());
    }
    Ok(found)
}

fn unknown_population(corpus: &Corpus, name: &str) -> Failure {
    let populations: Vec<String> = corpus.all_scenarios().flat_map(|s| s.populations()).map(|p| p.name).collect();
    let known = corpus.all_scenarios().map(|s| s.name.as_str()).chain(populations.iter().map(String::as_str));
    unknown("scenario", name, known, "scenarios")
}

/// The ids of the claims that were asked for, as they are spelled.
pub fn claims(known: &[ClaimDecl], names: &[String]) -> Result<Vec<String>, Failure> {
    let find = |name: &String| {
        let found = known.iter().find(|claim| claim.id.eq_ignore_ascii_case(name));
        found.map(|claim| claim.id.clone()).ok_or_else(|| {
            // Ids are short: likeness says little, so upper and lower case must not count.
            unknown("claim", &name.to_uppercase(), known.iter().map(|c| c.id.as_str()), "claims")
        })
    };
    names.iter().map(find).collect()
}

/// `NAME=VALUE`
pub fn defines(texts: &[String]) -> Result<BTreeMap<String, i64>, Failure> {
    let parse = |text: &String| {
        let (name, value) = text.split_once('=')?;
        Some((name.trim().to_string(), value.trim().parse().ok()?))
    };
    let wrong = |text: &String| Failure::usage(format!("--define {text}: write NAME=VALUE, VALUE a number"));
    texts.iter().map(|text| parse(text).ok_or_else(|| wrong(text))).collect()
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>, list: &str) -> Failure {
    let near = nearest(name, known).map(|near| format!(": did you mean {near}?"));
    let near = near.unwrap_or_default();
    Failure::usage(format!("there is no {what} `{name}`{near}\n`explore list {list}` shows what there is"))
}
