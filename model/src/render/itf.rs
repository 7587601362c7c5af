//! A replayed trace in the Informal Trace Format, as Apalache's ADR-015 defines it: for its viewers and for Quint's.
//!
//! Variables: one per pool, a list of records of its objects' members (pools that never change are left out); `contexts`,
//! where each context stands; `step`, what led to the state. Integers are `#bigint`, object pointers are names.

use serde_json::{Map, Value, json};

use super::place;
use super::race::Subject;
use crate::system::Pc;
use crate::trace::{TraceKind, position};

/// What the format is called, and where it is defined.
const FORMAT: &str = "ITF";
const DEFINITION: &str = "https://apalache-mc.org/docs/adr/015adr-trace.html";
/// Variables beside the pools.
const CONTEXTS: &str = "contexts";
const STEP: &str = "step";

/// A state of the run: memory, where every context stands, and the step that led to it.
struct Moment<'a> {
    cells: &'a [i16],
    pcs: &'a [Pc],
    step: String,
}

/// The trace as one JSON document.
pub fn itf(subject: &Subject) -> String {
    let begun = begun(subject);
    let mut moments = vec![Moment { cells: &subject.replay.initial, pcs: &begun, step: String::new() }];
    for (step, told) in subject.replay.steps.iter().zip(&subject.trace.steps) {
        let step_of = |function: &str| format!("{}: {function}() {}", told.context, told.at);
        moments.push(Moment { cells: &step.cells, pcs: &step.pcs, step: step_of(&told.function) });
    }
    let repeats = repeats(subject);
    // The state that closes a cycle is the one it began with: the format says so with `loop`.
    if repeats.is_some_and(|stem| stem + 1 < moments.len()) {
        moments.pop();
    }
    let pools = changing(subject, &moments);
    let mut vars: Vec<&str> = pools.iter().map(|pool| subject.system.program().pools[*pool].name.as_str()).collect();
    vars.extend([CONTEXTS, STEP]);
    let states = moments.iter().enumerate().map(|(index, moment)| state(subject, &pools, index, moment));
    let mut trace = json!({
        "#meta": {
            "format": FORMAT,
            "format-description": DEFINITION,
            "description": format!("{}: {}", subject.trace.claim, subject.trace.sentence),
            "source": format!("{} in {}", subject.trace.proposal, subject.trace.scenario),
        },
        "vars": vars,
        "states": states.collect::<Vec<Value>>(),
    });
    if let Some(stem) = repeats {
        trace["loop"] = json!(stem);
    }
    // A value made of strings and numbers: there is nothing that could fail.
    serde_json::to_string_pretty(&trace).unwrap_or_default() + "\n"
}

/// The state that a lasso goes back to.
fn repeats(subject: &Subject) -> Option<usize> {
    match &subject.trace.kind {
        TraceKind::Lasso { stem, .. } => Some(*stem as usize),
        _ => None,
    }
}

/// Where contexts stand before the first step.
fn begun(subject: &Subject) -> Vec<Pc> {
    let system = subject.system;
    let initial = system.initial();
    let Some(state) = initial.get(subject.trace.initial as usize) else { return Vec::new() };
    (0..system.program().contexts.len()).map(|context| system.layout().pc(state, context)).collect()
}

/// Pools of which some member changes.
fn changing(subject: &Subject, moments: &[Moment]) -> Vec<usize> {
    let pools = subject.system.program().pools.iter().enumerate();
    let changes = pools.filter(|(_, pool)| {
        let cells = pool.base as usize..pool.base as usize + pool.cells.len() * usize::from(pool.len);
        moments.iter().any(|moment| moment.cells[cells.clone()] != moments[0].cells[cells.clone()])
    });
    changes.map(|(index, _)| index).collect()
}

fn state(subject: &Subject, pools: &[usize], index: usize, moment: &Moment) -> Value {
    let mut state = Map::new();
    state.insert("#meta".into(), json!({ "index": index }));
    for &pool in pools {
        let info = &subject.system.program().pools[pool];
        let objects = (0..usize::from(info.len)).map(|object| {
            let members = info.cells.iter().enumerate().map(|(offset, cell)| {
                let at = info.base as usize + object * info.cells.len() + offset;
                (cell.name.clone(), value(subject, at, moment.cells[at]))
            });
            Value::Object(members.collect())
        });
        state.insert(info.name.clone(), objects.collect());
    }
    state.insert(CONTEXTS.into(), contexts(subject, moment.pcs));
    state.insert(STEP.into(), json!(moment.step));
    Value::Object(state)
}

fn value(subject: &Subject, cell: usize, value: i16) -> Value {
    let (pool, _, offset) = subject.system.locate(cell);
    let info = &subject.system.program().pools[pool].cells[offset];
    match (info.pool, info.boolean) {
        (Some(_), _) => json!(subject.system.value_name(cell, value)),
        (None, true) => json!(value != 0),
        (None, false) => json!({ "#bigint": value.to_string() }),
    }
}

/// `{"fsync": "lock_page() mm/filemap.c:20"}`
fn contexts(subject: &Subject, pcs: &[Pc]) -> Value {
    let contexts = subject.system.program().contexts.iter().zip(pcs).enumerate();
    let places = contexts.map(|(index, (context, &pc))| {
        let words = match (pc, subject.system.attrs(index, pc).is_some_and(|attrs| attrs.idle)) {
            (Pc::Ended, _) => "over".into(),
            (Pc::Parked, _) => "parked".into(),
            (Pc::At(_), true) => "idle".into(),
            (Pc::At(_), false) => standing(subject, index, pc),
        };
        (context.name.clone(), json!(words))
    });
    Value::Object(places.collect())
}

fn standing(subject: &Subject, context: usize, pc: Pc) -> String {
    let Some(site) = subject.system.site(context, pc) else { return String::new() };
    let function = site.calls.last().map_or(String::new(), |(function, _)| format!("{function}() "));
    format!("{function}{}", position(subject.sources, place(subject.sources, &site)))
}
