//! Formats that other programs read: the schemas are current, and what is printed fits them.

mod common;

use common::{Folder, SMALL};
use serde_json::Value;

fn schema(of: &str) -> Value {
    let run = Folder::new(&format!("schema-{of}")).explore(&["schema", of]);
    run.exits(0);
    serde_json::from_str(&run.stdout()).expect("JSON")
}

#[track_caller]
fn fits(schema: &Value, text: &str) {
    let value: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(faults(schema, schema, &value, "$"), Vec::<String>::new());
}

/// What in a value does not fit a schema. Knows the keywords that our schemas use, and refuses any other: a keyword
/// that is not looked at would make this test say yes too often.
fn faults(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let Some(members) = schema.as_object() else {
        return if schema == &Value::Bool(true) { Vec::new() } else { vec![format!("{at}: nothing fits")] };
    };
    members.iter().flat_map(|(keyword, rule)| keyword_faults(root, schema, (keyword, rule), value, at)).collect()
}

fn keyword_faults(
    root: &Value,
    schema: &Value,
    (keyword, rule): (&str, &Value),
    value: &Value,
    at: &str,
) -> Vec<String> {
    let below = |rule: &Value, value: &Value, at: &str| faults(root, rule, value, at);
    let each = |rule: &Value, items: &[Value]| -> Vec<String> {
        items.iter().enumerate().flat_map(|(i, item)| below(rule, item, &format!("{at}[{i}]"))).collect()
    };
    let unless = |fits: bool| if fits { Vec::new() } else { vec![format!("{at}: {keyword} {rule}, but {value}")] };
    let list = || rule.as_array().cloned().unwrap_or_default();
    let of_type = |name: &Value| match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("integer") => value.is_i64() || value.is_u64(),
        _ => false,
    };
    let names = || value.as_object().into_iter().flatten();
    let length = value.as_array().map_or(0, Vec::len) as u64;
    match keyword {
        "$schema" | "$defs" | "title" | "description" | "format" | "default" => Vec::new(),
        "$ref" => match rule.as_str().and_then(|path| root.pointer(path.trim_start_matches('#'))) {
            Some(rule) => below(rule, value, at),
            None => unless(false),
        },
        "type" => unless(rule.as_array().map_or_else(|| of_type(rule), |types| types.iter().any(of_type))),
        "const" => unless(rule == value),
        "enum" => unless(list().contains(value)),
        "minimum" => unless(value.as_i64().is_none_or(|number| Some(number) >= rule.as_i64())),
        "maximum" => unless(value.as_i64().is_none_or(|number| Some(number) <= rule.as_i64())),
        "uniqueItems" => {
            let items = value.as_array().cloned().unwrap_or_default();
            unless((0..items.len()).all(|i| !items[..i].contains(&items[i])))
        }
        "minItems" => unless(Some(length) >= rule.as_u64()),
        "maxItems" => unless(Some(length) <= rule.as_u64()),
        "required" => unless(list().iter().all(|name| names().any(|(known, _)| Some(known.as_str()) == name.as_str()))),
        "properties" => names()
            .flat_map(|(name, value)| {
                rule.get(name).map_or(Vec::new(), |rule| below(rule, value, &format!("{at}.{name}")))
            })
            .collect(),
        "additionalProperties" => {
            let others = names().filter(|(name, _)| schema["properties"].get(name).is_none());
            others.flat_map(|(name, value)| below(rule, value, &format!("{at}.{name}"))).collect()
        }
        "items" => value.as_array().map_or(Vec::new(), |items| each(rule, items)),
        "prefixItems" => {
            let pairs = list().into_iter().zip(value.as_array().cloned().unwrap_or_default());
            pairs.flat_map(|(rule, value)| below(&rule, &value, at)).collect()
        }
        "anyOf" => unless(list().iter().any(|rule| below(rule, value, at).is_empty())),
        "oneOf" => unless(list().iter().filter(|rule| below(rule, value, at).is_empty()).count() == 1),
        other => vec![format!("{at}: the schema says {other}, which this test does not know")],
    }
}

#[test]
fn a_report_that_lacks_a_member_or_has_a_wrong_one_does_not_fit() {
    let folder = Folder::new("unfit");
    let args = ["check", "v4.20", "--scenario", SMALL, "--format", "json", "--no-traces"];
    let (schema, report) = (schema("report"), folder.explore(&args).stdout());
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let changes: [fn(&mut Value); 3] = [
        |report| report["version"] = "one".into(),
        |report| report["readings"][0]["cells"][0]["verdict"] = Value::Null,
        |report| drop(report.as_object_mut().map(|members| members.remove("coverage"))),
    ];
    for change in changes {
        let mut changed = report.clone();
        change(&mut changed);
        assert!(!faults(&schema, &schema, &changed, "$").is_empty());
    }
}

#[test]
fn the_stored_schemas_are_current() {
    for of in ["trace", "report", "real", "scale", "validation"] {
        let path = format!("{}/docs/schema/{of}.json", env!("CARGO_MANIFEST_DIR"));
        let stored = std::fs::read_to_string(&path).expect("a schema");
        let stored: Value = serde_json::from_str(&stored).expect("JSON");
        assert_eq!(stored, schema(of), "explore schema {of} > docs/schema/{of}.json");
    }
}

#[test]
fn reports_and_traces_fit_their_schemas() {
    let folder = Folder::new("fits");
    let check = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--format", "json"]);
    assert_eq!(check.stderr(), "");
    fits(&schema("report"), &check.stdout());
    let review = folder.explore(&["review", "v4.20", "--scenario", SMALL, "--format", "json"]);
    fits(&schema("report"), &review.stdout());
    for entry in std::fs::read_dir(folder.path().join("traces")).expect("traces").filter_map(Result::ok) {
        fits(&schema("trace"), &std::fs::read_to_string(entry.path()).expect("a trace"));
    }
}

#[test]
fn a_report_with_a_listing_and_a_growth_table_fit_their_schemas() {
    let folder = Folder::new("growth");
    let args = ["check", "T3+G3+W5b", "--scenario", SMALL, "--format", "json", "--no-traces", "--coverage"];
    fits(&schema("report"), &folder.explore(&args).stdout());
    let args = ["scale", "v4.20", "--scenario", SMALL, "--steps", "0", "--format", "json"];
    fits(&schema("scale"), &folder.explore(&args).stdout());
}

#[test]
fn a_report_of_real_code_fits_its_schema() {
    let run = Folder::new("real").explore(&["real", "page_count", "--format", "json"]);
    fits(&schema("real"), &run.stdout());
}

#[test]
fn answers_to_a_recording_fit_their_schema() {
    let recording = format!("{}/model/tests/kernel-traces/6.1-ext4_dio_reclaim1.jsonl", env!("CARGO_MANIFEST_DIR"));
    let run = Folder::new("validation").explore(&["validate", &recording, "--format", "json"]);
    fits(&schema("validation"), &run.stdout());
}

#[test]
fn a_report_says_the_same_each_time() {
    let folder = Folder::new("same");
    let args = ["check", "t3-w5:b", "--scenario", SMALL, "--format", "json", "--no-traces"];
    assert_eq!(folder.explore(&args).stdout(), folder.explore(&args).stdout());
}

#[test]
fn json_has_no_escape_sequences_and_names_its_version() {
    let run = Folder::new("plain").explore(&["check", "v4.20", "--scenario", SMALL, "--format", "json", "--no-traces"]);
    assert!(!run.stdout().contains('\x1b'));
    let report: Value = serde_json::from_str(&run.stdout()).expect("JSON");
    assert_eq!(report["version"], 6);
    assert_eq!(report["command"], "check");
}
