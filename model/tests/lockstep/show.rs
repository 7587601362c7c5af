//! Differences in words.

use std::collections::BTreeSet;
use std::fmt::Debug;

use pinright_model::lang::source::SourceMap;
use pinright_model::reference::{Exploration, Position, Projection};
use pinright_model::system::System;

use super::engine::{Edge, Target};

/// Differences of one kind that are told.
const TOLD: usize = 3;

/// Tells states and steps of one program.
pub struct Teller<'a> {
    system: &'a System,
    sources: &'a SourceMap,
}

impl<'a> Teller<'a> {
    pub fn new(system: &'a System, sources: &'a SourceMap) -> Self {
        Teller { system, sources }
    }

    /// What only one of two sets of edges out of `from` has; `Ok` if they are the same.
    pub fn edges(
        &self,
        from: &Projection,
        interpreted: BTreeSet<&Edge>,
        packed: BTreeSet<&Edge>,
    ) -> Result<(), String> {
        let told = |edge: &&Edge| self.edge(from, edge);
        differences("edges", &interpreted, &packed, told)
            .map_err(|faults| format!("{faults}\nfrom {}", self.state(from)))
    }

    /// What only one of two sets of states has.
    pub fn states(&self, interpreted: BTreeSet<&Projection>, packed: BTreeSet<&Projection>) -> Result<(), String> {
        differences("initial states", &interpreted, &packed, |state| self.state(state))
    }

    /// What only one of two complete graphs has.
    pub fn graphs(&self, interpreted: &Exploration, packed: &Exploration) -> Result<(), String> {
        let stop =
            |(from, context): &(Projection, usize)| format!("{} of {}", self.context(*context), self.state(from));
        let faults = [
            differences("states", &interpreted.states, &packed.states, |state| self.state(state)),
            differences("edges", &interpreted.edges, &packed.edges, |(from, context, to)| {
                format!("{} of {}: {}", self.context(*context), self.state(from), self.change(from, to))
            }),
            differences("crashes", &interpreted.crashes, &packed.crashes, stop),
            differences("cuts", &interpreted.cuts, &packed.cuts, stop),
            same("violated claims with their depths", &interpreted.violated, &packed.violated),
            same("witnessed claims", &interpreted.witnessed, &packed.witnessed),
        ];
        let faults: Vec<String> = faults.into_iter().filter_map(Result::err).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    }

    fn edge(&self, from: &Projection, edge: &Edge) -> String {
        let target = match &edge.target {
            Target::State(to) => self.change(from, to),
            other => format!("{other:?}"),
        };
        let (violated, witnessed) = (&edge.violated, &edge.witnessed);
        format!("{}: {target}, violates {violated:?}, exercises {witnessed:?}", self.context(edge.context))
    }

    fn context(&self, context: usize) -> &str {
        &self.system.program().contexts[context].name
    }

    /// Every cell that is not zero, and where everybody stands.
    fn state(&self, state: &Projection) -> String {
        let cells = state.memory.iter().enumerate().filter(|(_, value)| **value != 0);
        let cells: Vec<String> =
            cells.map(|(cell, value)| format!("{}={value}", self.system.cell_name(cell))).collect();
        let positions = (0..state.positions.len()).map(|context| self.position(context, state));
        format!("[{}] {} {:?}", cells.join(" "), positions.collect::<Vec<_>>().join(", "), state.violated)
    }

    /// What a step changed.
    fn change(&self, from: &Projection, to: &Projection) -> String {
        let cells = from.memory.iter().zip(&to.memory).enumerate().filter(|(_, (from, to))| from != to);
        let cells = cells.map(|(cell, (from, to))| format!("{} {from}->{to}", self.system.cell_name(cell)));
        let moved = (0..to.positions.len()).filter(|&c| from.positions[c] != to.positions[c]);
        let told: Vec<String> = cells.chain(moved.map(|context| self.position(context, to))).collect();
        told.join(", ")
    }

    fn position(&self, context: usize, state: &Projection) -> String {
        let name = self.context(context);
        match &state.positions[context] {
            Position::At { path, span } => {
                let path: Vec<&str> = path.iter().map(|(function, _)| function.as_str()).collect();
                let (line, _) = self.sources.line_col(*span);
                format!("{name} at {}:{line} `{}`", path.join("/"), self.sources.line_text(*span).trim())
            }
            position => format!("{name} {position:?}"),
        }
    }
}

fn same<T: PartialEq + Debug>(what: &str, interpreted: &T, packed: &T) -> Result<(), String> {
    match interpreted == packed {
        true => Ok(()),
        false => Err(format!("{what}: the interpreter says {interpreted:?}, the packed engine {packed:?}")),
    }
}

/// The first elements that only one side has.
fn differences<T: Ord>(
    what: &str,
    interpreted: &BTreeSet<T>,
    packed: &BTreeSet<T>,
    told: impl Fn(&T) -> String,
) -> Result<(), String> {
    if interpreted == packed {
        return Ok(());
    }
    let mut faults = Vec::new();
    for (who, own, other) in [("interpreter", interpreted, packed), ("packed engine", packed, interpreted)] {
        let only = || own.difference(other);
        faults.push(format!("{what} that only the {who} has: {} of {}", only().count(), own.len()));
        faults.extend(only().take(TOLD).map(|element| format!("    {}", told(element))));
    }
    Err(faults.join("\n"))
}
