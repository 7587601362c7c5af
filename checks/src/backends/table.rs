//! The shapes as a table for docs/.

use std::sync::atomic::Ordering;

use super::{Asked, C11, Place, Shape, Shows, Step, shapes};

const INTRODUCTION: &str = "
## What loom and shuttle see

Litmus shapes on the bare backends, loom without bounds and shuttle in every interleaving (`loom_backend`,
`shuttle_backend`). C11 is the model of Rust, which is C++20's. **Bold** is what differs from it, with the reason: a bold
\"yes\" is a false alarm, a bold \"no\" a gap.

| shape | threads | asked | C11 | loom | shuttle |
|---|---|---|---|---|---|
";

/// The table in docs/real-code.md.
pub fn litmus_table() -> String {
    let lines = shapes().map(|shape| {
        let Shape { family, row } = shape;
        let threads: Vec<String> = row.threads.iter().map(|steps| thread(steps)).collect();
        let answers = match family.asked {
            Asked::Answers(answers) => {
                format!(" ({})", answers.iter().map(i32::to_string).collect::<Vec<_>>().join(", "))
            }
            Asked::Error(_) => String::new(),
        };
        let (name, threads, question) = (shape.name(), threads.join(" ‖ "), family.question);
        let (c11, loom, shuttle) = (c11(row.c11), shown(row.c11, row.loom), shown(row.c11, row.shuttle));
        format!("| {name} | {threads} | {question}{answers} | {c11} | {loom} | {shuttle} |\n")
    });
    INTRODUCTION.to_string() + &lines.collect::<String>()
}

fn c11(answer: C11) -> &'static str {
    match answer {
        C11::Allowed => "allowed",
        C11::Forbidden => "forbidden",
        C11::Undefined => "undefined",
    }
}

fn shown(c11: C11, shows: Shows) -> String {
    match (c11, shows) {
        (C11::Forbidden, Shows::AsC11) => "no".into(),
        (C11::Forbidden, Shows::Unlike(why)) => format!("**yes**: {why}"),
        (_, Shows::AsC11) => "yes".into(),
        (_, Shows::Unlike(why)) => format!("**no**: {why}"),
    }
}

fn thread(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "nothing".into();
    }
    let steps: Vec<String> = steps.iter().map(|&step| text(step)).collect();
    format!("`{}`", steps.join("; "))
}

fn text(step: Step) -> String {
    match step {
        Step::Store(place, value, o) => format!("{} = {value} {}", word(place), order(o)),
        Step::Count(place, last, o) => format!("{} = 1..={last} {}", word(place), order(o)),
        Step::Load(place, o) => format!("load {} {}", word(place), order(o)),
        Step::Add(place, value, o) => format!("{} += {value} {}", word(place), order(o)),
        Step::Cas(place, old, new, o) => format!("cas {} {old} to {new} {}", word(place), order(o)),
        Step::Fence(o) => format!("fence {}", order(o)),
        Step::Write(value) => format!("plain = {value}"),
        Step::Read => "read plain".into(),
        Step::Lock => "lock".into(),
        Step::Unlock => "unlock".into(),
        Step::Yield => "yield".into(),
        Step::Need(value) => format!("end unless {value}"),
        Step::Await(place, value, o) => format!("yield until {} is {value} {}", word(place), order(o)),
        Step::Spin(place, value, o) => format!("spin until {} is {value} {}", word(place), order(o)),
    }
}

fn word(place: Place) -> &'static str {
    match place {
        Place::X => "x",
        Place::Y => "y",
    }
}

fn order(order: Ordering) -> &'static str {
    match order {
        Ordering::Relaxed => "rlx",
        Ordering::Acquire => "acq",
        Ordering::Release => "rel",
        Ordering::AcqRel => "acqrel",
        _ => "sc",
    }
}
