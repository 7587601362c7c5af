//! The Promela export: a program as a model for SPIN, an oracle that shares no line with the search.
//!
//! One process per context; its place is a variable, each step one `d_step` in front of which stands all that it
//! waits for. `cells`, `registers` and `places` are the state. `flow` finds the ops of a step, `guard` evaluates its
//! `await`, `body`, `choices` and `memory` write its statements, `region` what surrounds them, `judges` the claims on
//! whole states, `write` the whole. `spin` runs the checker.
//!
//! A state of the model is a state of the system in its oracle mode: written cells, program counters, the locals
//! live there, one bit per violated claim. There is one more, before anything began; so
//!
//! * states of the model = states of the system + 1,
//! * the depth that SPIN tells of an assertion = the steps of our shortest run, and one more for a claim on whole
//!   states: a process of its own looks at each state, and tells by a transition from the state to itself.
//!
//! The process `boot` makes the step out of that state: it does what contexts do before their first step. A
//! path that ends (a crash, a value that does not fit) tells of itself by an assertion and leaves the state
//! alone: a transition from a state to itself, which adds nothing. Only a crash before the first step leaves a
//! state, in which nobody moves. So does a step that turns out to wait after it has written or chosen.
//!
//! Limits: lock order and hangs are not asked. docs/limits.md lists what is refused.

mod body;
mod cells;
mod choices;
mod expr;
mod flow;
mod guard;
mod judges;
mod memory;
mod places;
mod region;
mod registers;
pub mod spin;
mod write;

use std::collections::BTreeSet;

use crate::lang::ast::{BinaryOp, Span};
use crate::lang::diag::Diagnostic;
use crate::lang::program::*;
use cells::Cells;
use expr::Expr;
use flow::Signs;
use places::Places;

/// What becomes of the claims on whole states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// They are left out.
    Omitted,
    /// An assertion tells of a state that violates one; the state does not remember it.
    Reported,
    /// The state remembers, as it does for a `check`.
    Sticky,
}

/// Something of the program that the export cannot carry.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("not in Promela: {feature} ({place})")]
pub struct Refusal {
    /// What it is.
    pub feature: String,
    /// The context in which it stands, or the claim.
    pub place: String,
    /// Where it stands.
    pub span: Span,
    /// The inlined calls around it, innermost first.
    pub calls: Vec<(String, Span)>,
}

impl Refusal {
    /// As a message about the source.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error(self.span, self.to_string()).calls(self.calls.clone())
    }
}

/// The program for SPIN. `initial` is memory after `init`.
///
/// # Errors
/// The first feature that cannot be carried.
pub fn export(program: &Program, initial: &[i16], judging: Judging) -> Result<String, Refusal> {
    let export = Export {
        program,
        cells: Cells::new(program, initial),
        places: Places::new(program),
        signs: Signs { count: program.claim("S7"), refcount: program.claim("S13") },
        crash: program.claim("S0"),
    };
    export.distinct_claims()?;
    write::model(&export, judging)
}

/// A name as Promela takes it: letters, digits and single underscores. Claims appear in this form.
pub fn identifier(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_")
}

/// What every part of the export needs.
struct Export<'a> {
    program: &'a Program,
    cells: Cells<'a>,
    places: Places<'a>,
    signs: Signs,
    crash: Option<u16>,
}

impl Export<'_> {
    /// A claim's name in the model.
    fn claim(&self, claim: u16) -> String {
        identifier(&self.program.claims[usize::from(claim)].decl.id)
    }

    /// Claims must still differ once their ids are names.
    fn distinct_claims(&self) -> Result<(), Refusal> {
        let mut names = BTreeSet::new();
        for claim in &self.program.claims {
            if !names.insert(identifier(&claim.decl.id)) {
                let (feature, place) = ("two claims of one name".into(), format!("claim {}", claim.decl.id));
                return Err(Refusal { feature, place, span: claim.decl.span, calls: Vec::new() });
            }
        }
        Ok(())
    }

    fn refuse(&self, context: usize, at: usize, feature: &str) -> Refusal {
        let context = &self.program.contexts[context];
        let origin = context.code.origins[at];
        let mut calls = Vec::new();
        let mut frame = Some(origin.frame);
        while let Some(index) = frame {
            let info = &context.code.frames[index as usize];
            if index != 0 {
                calls.push((info.function.clone(), info.call));
            }
            frame = info.parent;
        }
        let place = format!("context {}", context.name);
        Refusal { feature: feature.into(), place, span: origin.span, calls }
    }

    /// The condition under which `&pool[index]` crashes.
    fn out_of_range(&self, index: &Expr, len: u16) -> Option<Expr> {
        let below = (index.range.low < 0).then(|| Expr::binary(BinaryOp::Lt, index, &Expr::number(0)));
        let above =
            (index.range.high >= len as i16).then(|| Expr::binary(BinaryOp::Ge, index, &Expr::number(len as i16)));
        below.into_iter().chain(above).reduce(|a, b| Expr::binary(BinaryOp::Or, &a, &b))
    }

    /// `&pool[index]`, where the index is in range.
    fn object_at(&self, index: &Expr, len: u16) -> Expr {
        let mut object = Expr::binary(BinaryOp::Add, index, &Expr::number(1));
        let (low, high) = (index.range.low.max(0), index.range.high.min(len as i16 - 1));
        object.range = Range { low: low + 1, high: high + 1 };
        match object.constant() {
            Some(value) => Expr::number(value),
            None => object,
        }
    }
}
