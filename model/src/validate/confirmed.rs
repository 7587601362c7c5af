//! Which steps of the base kernel a real kernel was seen to take, and which none ever did.
//!
//! A step is confirmed by a recording if it lies on the run that the answer shows for it. Steps are counted by the lines that
//! their authors wrote: those of primitives in the headers where they are called.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Answer, Verdict};
use crate::lang::ast::Span;
use crate::lang::source::SourceMap;
use crate::system::{Pc, StepSite, System, site_of};
use crate::trace::place;

/// Where the base kernel lies.
const BASE: &str = "model/kernel/";

/// A line with a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The function that it stands in.
    pub function: String,
    /// The recordings that confirm it.
    pub by: BTreeSet<String>,
}

/// The base kernel's lines with steps, by file and number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// `mm/rmap.c` and 64.
    pub lines: BTreeMap<(String, usize), Line>,
}

impl Confirmed {
    /// Adds the lines that some context of a system may come to.
    pub fn expect(&mut self, system: &System, sources: &SourceMap) {
        for context in &system.program().contexts {
            for step in &context.code.steps {
                self.line(sources, &site_of(&context.code, step.at));
            }
        }
    }

    /// Adds what an accepted recording confirms; nothing if it was rejected.
    pub fn confirm(&mut self, name: &str, answer: &Answer) {
        let Verdict::Accepted { run, .. } = &answer.verdict else { return };
        let (system, sources) = (&answer.model.system, &answer.model.compiled.sources);
        let Some(mut state) = system.initial().get(run.path.initial).cloned() else { return };
        let mut scratch = system.scratch();
        for &(context, choice) in &run.path.steps {
            let context = usize::from(context);
            system.load(&state, &mut scratch);
            let pc = system.layout().pc(&state, context);
            if let (Some(site), Pc::At(_)) = (system.site(context, pc), pc)
                && let Some(line) = self.line(sources, &site)
            {
                line.by.insert(name.into());
            }
            if let crate::system::Fired::Done(outcome) = system.fire(&state, &mut scratch, context, choice) {
                state = system.next(&state, &mut scratch, context, &outcome).into();
            }
            system.rollback(&mut scratch);
        }
    }

    /// The line of a step; none if it is no line of the base kernel.
    fn line(&mut self, sources: &SourceMap, site: &StepSite) -> Option<&mut Line> {
        let span = place(sources, site);
        let file = sources.name(span.file).strip_prefix(BASE).filter(|file| !file.starts_with("include/"))?;
        let line = self.lines.entry((file.into(), sources.line_col(span).0)).or_default();
        if line.function.is_empty() {
            line.function = function(site, span);
        }
        Some(line)
    }
}

/// The function that a place of a step stands in: the one called last before it; that of no function is a work item's.
fn function(site: &StepSite, place: Span) -> String {
    let calls = &site.calls;
    let within = calls.iter().position(|(_, call)| *call == place).unwrap_or(calls.len());
    let caller = within.checked_sub(1).and_then(|caller| calls.get(caller));
    caller.map_or("DECLARE_WORK".into(), |(name, _)| name.clone())
}
