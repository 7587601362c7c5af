//! The Informal Trace Format, rule by rule as Apalache's ADR-015 states them, and read back by the `itf` crate.

use pinright_model::render::{Subject, itf};
use pinright_model::trace::TraceKind;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::ten::each;

fn document(subject: &Subject) -> Value {
    serde_json::from_str(&itf(subject)).expect("JSON")
}

fn states(document: &Value) -> Vec<Map<String, Value>> {
    let states = document["states"].as_array().expect("\"states\" is a list");
    states.iter().map(|state| state.as_object().expect("a state is an object").clone()).collect()
}

#[test]
fn the_document_has_the_members_of_the_format_and_no_other() {
    each(|name, subject| {
        let document = document(subject);
        let members: Vec<&String> = document.as_object().expect("an object").keys().collect();
        let known = ["#meta", "params", "vars", "states", "loop"];
        assert!(members.iter().all(|member| known.contains(&member.as_str())), "{name}: {members:?}");
        assert!(document["#meta"].is_object(), "{name}");
        assert_eq!(document["#meta"]["format"], "ITF", "{name}");
    });
}

#[test]
fn every_state_has_its_number_and_a_value_for_each_variable_and_for_nothing_else() {
    each(|name, subject| {
        let document = document(subject);
        let mut vars: Vec<&str> =
            document["vars"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        vars.sort_unstable();
        let distinct: std::collections::BTreeSet<&&str> = vars.iter().collect();
        assert_eq!(distinct.len(), vars.len(), "{name}: a variable twice");
        for (index, state) in states(&document).iter().enumerate() {
            assert_eq!(state["#meta"]["index"], index, "{name}");
            let mut names: Vec<&str> = state.keys().map(String::as_str).filter(|key| *key != "#meta").collect();
            names.sort_unstable();
            assert_eq!(names, vars, "{name}: state {index}");
        }
    });
}

#[test]
fn there_is_a_state_for_the_beginning_and_one_for_each_step_unless_a_cycle_closes() {
    each(|name, subject| {
        let document = document(subject);
        let steps = subject.replay.steps.len();
        let closes = matches!(&subject.trace.kind, TraceKind::Lasso { stem, .. } if (*stem as usize) < steps);
        assert_eq!(states(&document).len(), steps + usize::from(!closes), "{name}");
    });
}

#[test]
fn a_number_is_a_bigint_and_every_special_object_is_one_that_the_format_knows() {
    each(|name, subject| {
        let mut numbers = 0;
        for state in states(&document(subject)) {
            for (_, value) in state.iter().filter(|(key, _)| *key != "#meta") {
                numbers += special(name, value);
            }
        }
        // What never changes is no variable.
        assert!(numbers > 0 || subject.replay.steps.len() < 2, "{name}");
    });
}

/// Checks a value all the way down and counts its integers.
fn special(name: &str, value: &Value) -> usize {
    match value {
        Value::Null | Value::Number(_) => panic!("{name}: {value} is no ITF expression"),
        Value::Bool(_) | Value::String(_) => 0,
        Value::Array(items) => items.iter().map(|item| special(name, item)).sum(),
        Value::Object(members) => match members.get("#bigint") {
            Some(digits) => {
                assert_eq!(members.len(), 1, "{name}: {value}");
                assert!(digits.as_str().is_some_and(|digits| digits.parse::<i64>().is_ok()), "{name}: {value}");
                1
            }
            None => {
                let names = members.keys().find(|key| key.starts_with('#'));
                assert_eq!(names, None, "{name}: a record's member may not begin with #");
                members.values().map(|value| special(name, value)).sum()
            }
        },
    }
}

#[test]
fn only_a_lasso_has_a_loop_and_it_names_a_state() {
    each(|name, subject| {
        let document = document(subject);
        match &subject.trace.kind {
            TraceKind::Lasso { stem, .. } => {
                assert_eq!(document["loop"], *stem, "{name}");
                assert!((*stem as usize) < states(&document).len(), "{name}");
            }
            _ => assert!(document.get("loop").is_none(), "{name}"),
        }
    });
}

/// A state as another program reads it: only what it asks for.
#[derive(Debug, Deserialize)]
struct Read {
    contexts: itf::Value,
    step: String,
}

#[test]
fn the_itf_crate_reads_every_state_back() {
    each(|name, subject| {
        let trace: itf::Trace<Read> =
            itf::trace_from_str(&itf(subject)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(trace.states.len(), states(&document(subject)).len(), "{name}");
        assert_eq!(trace.loop_index.is_some(), matches!(subject.trace.kind, TraceKind::Lasso { .. }), "{name}");
        let contexts = subject.system.program().contexts.len();
        let whole = |value: &itf::Value| matches!(value, itf::Value::Record(record) if record.len() == contexts);
        assert!(trace.states.iter().all(|state| whole(&state.value.contexts)), "{name}");
        assert!(trace.states.first().is_some_and(|state| state.value.step.is_empty()), "{name}");
        for (told, state) in subject.trace.steps.iter().zip(trace.states.iter().skip(1)) {
            assert!(state.value.step.starts_with(&format!("{}: ", told.context)), "{name}");
        }
    });
}
