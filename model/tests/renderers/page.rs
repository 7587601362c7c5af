//! The data in a page, decoded by the rules that `bundle.rs` states, against the replay that it was made of.

use std::collections::BTreeMap;

use pinright_model::render::{Subject, html};
use serde_json::Value;

use crate::ten::each;

/// The bundle in a page.
fn bundle(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"bundle\">").expect("a bundle");
    let (text, _) = rest.split_once("</script>").expect("its end");
    serde_json::from_str(text).expect("JSON")
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a number") as usize
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").into()
}

/// A memory: values in words, by `pages[0].dirty`.
type Memory = BTreeMap<String, String>;

fn apply(bundle: &Value, memory: &mut Memory, effect: &Value) {
    for pair in bundle["effects"][number(effect)].as_array().expect("an effect").chunks(2) {
        let cell = &bundle["cells"][number(&pair[0])];
        let name = format!("{}.{}", text(&cell[0]), text(&cell[1]));
        memory.insert(name, text(&bundle["values"][number(&pair[1])]));
    }
}

fn zeros(bundle: &Value, run: &Value) -> Memory {
    let layout = bundle["layouts"][number(&run["layout"])].as_array().expect("a layout");
    let cell = |cell: &Value| {
        let cell = &bundle["cells"][number(cell)];
        (format!("{}.{}", text(&cell[0]), text(&cell[1])), text(&bundle["values"][number(&cell[4])]))
    };
    layout.iter().map(cell).collect()
}

/// The states of a run of a page.
fn states(bundle: &Value, run: &Value) -> Vec<Memory> {
    let mut memory = zeros(bundle, run);
    apply(bundle, &mut memory, &run["start"]);
    let mut states = vec![memory.clone()];
    for step in run["steps"].as_array().expect("steps") {
        apply(bundle, &mut memory, &bundle["steps"][number(step)][2]);
        states.push(memory.clone());
    }
    states
}

/// The races of a page, a line or more for each step: what the page tells, without the sources.
pub fn told(page: &str) -> String {
    let bundle = bundle(page);
    let mut out = String::new();
    for race in bundle["races"].as_array().expect("races") {
        out.push_str(&format!("{} {} in {}\n", text(&race["proposal"]), text(&race["claim"]), text(&race["scenario"])));
        for run in race["runs"].as_array().expect("runs") {
            out.push_str(&format!("{}\nlanes {}, page: {}\n", run["heading"], run["lanes"], text(&run["page"])));
            for (at, step) in run["steps"].as_array().expect("steps").iter().enumerate() {
                out.push_str(&line(&bundle, race, at + 1, &bundle["steps"][number(step)]));
            }
            out.push_str(&format!("violated {}, mark {}, again {}\n", run["violated"], run["mark"], run["again"]));
            out.push_str(&format!("{}\n", run["ending"]));
        }
        out.push_str(&format!("{}\n", race["ending"]));
    }
    out
}

fn line(bundle: &Value, race: &Value, at: usize, step: &Value) -> String {
    let telling = &bundle["tellings"][number(&step[3])];
    let site = &bundle["sites"][number(&step[1])];
    let lines = telling[1].as_array().expect("lines").iter();
    let lines: Vec<String> = lines
        .map(|line| format!("{}{}", " ".repeat(number(&line[0])), text(&bundle["texts"][number(&line[1])])))
        .collect();
    let mut changes = Memory::new();
    apply(bundle, &mut changes, &step[2]);
    let changes: Vec<String> = changes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let at_line = format!("{}:{}", text(&bundle["sources"][number(&site[1])][0]), site[2]);
    let drawn = if telling[0] == Value::Bool(true) { "" } else { " (folded)" };
    let state = text(&bundle["texts"][number(&telling[2])]);
    format!(
        "{at} {}{drawn} {at_line}: {} [{state}] {}\n",
        text(&race["contexts"][number(&step[0])][0]),
        lines.join(" / "),
        changes.join(", ")
    )
}

#[test]
fn every_state_in_the_page_is_one_of_the_replay() {
    each(|name, subject| {
        let bundle = bundle(&html(subject));
        let runs = bundle["races"][0]["runs"].as_array().cloned().expect("runs");
        // The runs of a lock cycle are replayed one by one, by other code.
        if runs.len() == 1 {
            assert_eq!(states(&bundle, &runs[0]), replayed_states(subject, &states(&bundle, &runs[0])[0]), "{name}");
        }
        assert!(runs.iter().all(|run| !run["steps"].is_null()), "{name}");
    });
}

/// The same cells, from the memories of the replay.
fn replayed_states(subject: &Subject, told: &Memory) -> Vec<Memory> {
    let memories = [&subject.replay.initial].into_iter().chain(subject.replay.steps.iter().map(|step| &step.cells));
    let state = |cells: &Vec<i16>| {
        let all = cells.iter().enumerate();
        let all = all.map(|(at, value)| (subject.system.cell_name(at), subject.system.value_name(at, *value)));
        all.filter(|(name, _)| told.contains_key(name)).collect()
    };
    memories.map(state).collect()
}

#[test]
fn every_step_in_the_page_stands_at_its_line_of_the_source() {
    each(|name, subject| {
        let bundle = bundle(&html(subject));
        let run = &bundle["races"][0]["runs"][0];
        if subject.replay.steps.len() != run["steps"].as_array().map_or(0, Vec::len) {
            return;
        }
        for (step, told) in subject.replay.steps.iter().zip(run["steps"].as_array().expect("steps")) {
            let site = &bundle["sites"][number(&bundle["steps"][number(told)][1])];
            let source = text(&bundle["sources"][number(&site[1])][1]);
            let line = source.lines().nth(number(&site[2]) - 1);
            assert_eq!(line, Some(subject.sources.line_text(step.site.span)), "{name}");
        }
    });
}
