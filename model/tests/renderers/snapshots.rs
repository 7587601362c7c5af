//! Every renderer on the same ten traces. `UPDATE_SNAPSHOTS=1 cargo test -p pinright-model --test renderers` writes the
//! snapshots anew; read the difference before you commit it.

use std::path::PathBuf;

use pinright_model::render::{self, Shown, Subject, html, itf, markdown_race, mermaid, race, reply_to_race};
use serde_json::{Value, json};

use crate::page::told;
use crate::ten::{each, source};

type Renderer = (&'static str, fn(&Subject) -> String);

/// Ending of the snapshot's name, and what makes it.
const RENDERERS: [Renderer; 7] = [
    ("race.txt", race),
    ("lkml.txt", |subject| reply_to_race(&Shown::new(subject, Some("explore replay FILE".into())))),
    ("mermaid.txt", mermaid),
    ("markdown.txt", markdown_race),
    ("steps.txt", render::steps),
    ("itf.json", |subject| differences(&itf(subject))),
    ("page.txt", |subject| told(&html(subject))),
];

#[test]
fn every_renderer_draws_the_ten_traces_as_before() {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut changed = Vec::new();
    each(|name, subject| {
        for (ending, draw) in RENDERERS {
            let (path, drawn) = (snapshot(name, ending), draw(subject));
            if update {
                std::fs::write(&path, drawn).expect("a snapshot");
            } else if std::fs::read_to_string(&path).ok() != Some(drawn) {
                changed.push(path.display().to_string());
            }
        }
    });
    assert_eq!(changed, Vec::<String>::new(), "UPDATE_SNAPSHOTS=1 writes them anew");
}

fn snapshot(name: &str, ending: &str) -> PathBuf {
    source("model/tests/renderers/snapshots").join(format!("{name}.{ending}"))
}

/// The document with the first state whole, and of each other state only what differs from the one before: a snapshot
/// that can be read.
fn differences(text: &str) -> String {
    let mut document: Value = serde_json::from_str(text).expect("JSON");
    let states = document["states"].as_array().cloned().unwrap_or_default();
    let mut told: Vec<Value> = states.first().cloned().into_iter().collect();
    for pair in states.windows(2) {
        told.push(difference(&pair[0], &pair[1]).unwrap_or(Value::Null));
    }
    document["states"] = json!(told);
    serde_json::to_string_pretty(&document).expect("JSON") + "\n"
}

/// What differs, by member or index; nothing if nothing does.
fn difference(before: &Value, after: &Value) -> Option<Value> {
    if before == after {
        return None;
    }
    let changed: Vec<(String, Value)> = match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            new.iter().filter_map(|(k, v)| Some((k.clone(), difference(old.get(k)?, v)?))).collect()
        }
        (Value::Array(old), Value::Array(new)) => {
            let pairs = old.iter().zip(new).enumerate();
            pairs.filter_map(|(i, (old, new))| Some((i.to_string(), difference(old, new)?))).collect()
        }
        _ => return Some(after.clone()),
    };
    Some(Value::Object(changed.into_iter().collect()))
}
