//! Every step of a replayed trace, with what it changed in memory. For `explore replay`.

use super::race::Subject;
use super::{place, wrap};
use crate::trace::position;

/// Columns of the changes.
const WIDTH: usize = 96;

/// One numbered line per step, its changes below.
pub fn steps(subject: &Subject) -> String {
    let mut out = String::new();
    for (number, step) in subject.replay.steps.iter().enumerate() {
        let name = &subject.system.program().contexts[step.context].name;
        let function = step.site.calls.last().map_or(String::new(), |(function, _)| format!("{function}() "));
        let at = position(subject.sources, place(subject.sources, &step.site));
        out.push_str(&format!("{:>4} {name}: {function}{at}\n", number + 1));
        let changes = step.changes.iter().map(|c| format!("{}: {} -> {}", c.name, c.from, c.to));
        let changes: Vec<String> = changes.collect();
        if !changes.is_empty() {
            wrap(&changes.join(", "), WIDTH).iter().for_each(|line| out.push_str(&format!("       {line}\n")));
        }
        if let Some((name, value)) = step.read.as_ref().filter(|_| changes.is_empty()) {
            out.push_str(&format!("       {name} is {value}\n"));
        }
        let before = number.checked_sub(1).map_or(&[][..], |before| &subject.replay.steps[before].violated);
        let new: Vec<&str> = step.violated.iter().filter(|id| !before.contains(id)).map(String::as_str).collect();
        if !new.is_empty() {
            out.push_str(&format!("       violates {}\n", new.join(", ")));
        }
    }
    out
}
