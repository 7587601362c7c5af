//! From executed ops to lines, branches and decisions.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Coverage, Outcomes, Place, Sources};
use crate::compile::Compiled;
use crate::lang::ast::Span;
use crate::lang::program::{Code, Decided, Judge, Op, Operand, Origin, Program};
use crate::system::Ran;

/// The function of the base kernel through which everybody asks whether a page is pinned (mm/spec.c).
const ASKER: &str = "decide_pinned";
/// The hook that answers.
const ANSWERER: &str = "page_dma_pinned";

/// What ran of the sources, given what ran of each op of each context.
pub fn collect(program: &Program, compiled: &Compiled, covered: &[Vec<Ran>]) -> Coverage {
    let mut collector = Collector {
        program,
        compiled,
        spans: FxHashMap::default(),
        conditions: FxHashMap::default(),
        coverage: Coverage::default(),
    };
    for (number, (context, ran)) in program.contexts.iter().zip(covered).enumerate() {
        collector.spans(&context.code, ran, number);
        collector.conditions(&context.code, ran);
        collector.choices(&context.code, ran);
        collector.answers(&context.code, ran);
    }
    collector.lines();
    collector.branches();
    collector.heads();
    collector.coverage
}

/// Outcomes of a condition: bit 0 false, bit 1 true.
#[derive(Clone, Copy, Default)]
struct Ways {
    possible: u8,
    seen: u8,
}

struct Collector<'a> {
    program: &'a Program,
    compiled: &'a Compiled,
    /// Places with code, and the contexts that ran them. Inlining puts the same place into thousands of ops: names are
    /// looked up once a place, not once an op.
    spans: FxHashMap<Span, u64>,
    /// Conditions.
    conditions: FxHashMap<Span, Ways>,
    coverage: Coverage,
}

impl Collector<'_> {
    /// A place counts as run when one of its ops ran, or one of an op in a function that was called there. Jumps belong
    /// to no place: whether the end of a branch has one of its own depends on what else leads to its target. An op that
    /// turned out not to be needed does nothing, but is passed like any other.
    fn spans(&mut self, code: &Code, ran: &[Ran], context: usize) {
        let ops = code.ops.iter().zip(&code.origins).zip(ran).filter(|((op, _), _)| !silent(op));
        let ops = ops.map(|((_, origin), ran)| (origin, ran.at_all()));
        let decided = code.decided.iter().map(|decided| (&decided.origin, came_by(decided, ran)));
        let mut frames: Vec<Option<bool>> = vec![None; code.frames.len()];
        for (origin, ran) in ops.chain(decided) {
            self.span(origin.span, ran, context);
            let frame = &mut frames[origin.frame as usize];
            *frame = Some(frame.unwrap_or_default() || ran);
        }
        // Callers stand before what they call.
        for at in (0..code.frames.len()).rev() {
            let (Some(ran), Some(parent)) = (frames[at], code.frames[at].parent) else { continue };
            self.span(code.frames[at].call, ran, context);
            let parent = &mut frames[parent as usize];
            *parent = Some(parent.unwrap_or_default() || ran);
        }
    }

    fn span(&mut self, span: Span, ran: bool, context: usize) {
        *self.spans.entry(span).or_default() |= u64::from(ran) << context;
    }

    /// A branch op counts both of its ways. Of a condition that was decided when the code was lowered, only the ways
    /// that it has: a constant is no branch.
    fn conditions(&mut self, code: &Code, ran: &[Ran]) {
        for (at, op) in code.ops.iter().enumerate() {
            if matches!(op, Op::Branch { .. }) && !code.origins[at].specified {
                let ways = self.conditions.entry(code.origins[at].span).or_default();
                ways.possible = 3;
                ways.seen |= u8::from(ran[at].outcome(0)) | u8::from(ran[at].outcome(1)) << 1;
            }
        }
        for decided in &code.decided {
            let ways = self.conditions.entry(decided.origin.span).or_default();
            ways.possible |= 1 << u8::from(decided.outcome);
            ways.seen |= u8::from(came_by(decided, ran)) << u8::from(decided.outcome);
        }
    }

    fn lines(&mut self) {
        for (span, contexts) in std::mem::take(&mut self.spans) {
            let ran = (0..self.program.contexts.len()).filter(|context| contexts >> context & 1 == 1);
            let names: Vec<String> = ran.map(|context| self.program.contexts[context].name.clone()).collect();
            self.line(span, names);
        }
    }

    fn branches(&mut self) {
        for (span, ways) in std::mem::take(&mut self.conditions) {
            let place = self.place(span, None);
            let Some(side) = self.side(span) else { continue };
            let outcomes = side.branches.entry(place).or_default();
            for (way, word) in
                ["false", "true"].into_iter().enumerate().filter(|(way, _)| ways.possible >> way & 1 == 1)
            {
                note(outcomes, word, ways.seen >> way & 1 == 1);
            }
        }
    }

    fn choices(&mut self, code: &Code, ran: &[Ran]) {
        for (at, op) in code.ops.iter().enumerate() {
            if let Op::Nondet { n: Operand::Imm(n), .. } = op {
                for value in 0..*n as u16 {
                    self.decision(code.origins[at].span, None, &value.to_string(), ran[at].outcome(value));
                }
            }
        }
    }

    /// The answers to "is it pinned", and whether the page was, whenever somebody asked.
    fn answers(&mut self, code: &Code, ran: &[Ran]) {
        let Some(answerer) = self.program.unit.functions.get(ANSWERER) else { return };
        let head = answerer.name.span;
        let asks = |origin: &Origin| code.frames[origin.frame as usize].function == ASKER;
        let (said, asked) = (format!("{ANSWERER}() says"), format!("{ANSWERER}() is asked about a page that is"));
        for (at, op) in code.ops.iter().enumerate().filter(|(at, _)| asks(&code.origins[*at])) {
            match op {
                Op::Branch { .. } if !code.origins[at].specified => {
                    self.decision(head, Some(&said), "no", ran[at].outcome(0));
                    self.decision(head, Some(&said), "yes", ran[at].outcome(1));
                }
                Op::Witness { claim, .. } if self.program.claims[usize::from(*claim)].decl.id == "S6" => {
                    self.decision(head, Some(&asked), "not pinned", ran[at].outcome(0));
                    self.decision(head, Some(&asked), "pinned", ran[at].outcome(1));
                }
                _ => {}
            }
        }
        for decided in code.decided.iter().filter(|decided| asks(&decided.origin)) {
            self.decision(head, Some(&said), word(decided.outcome, ["no", "yes"]), came_by(decided, ran));
        }
    }

    /// The head of each function counts as a line that runs where somebody calls it, claims included.
    fn heads(&mut self) {
        let called = called(self.program);
        for function in self.program.unit.functions.values() {
            // PAGEFLAG() makes five functions at once; nobody needs them all.
            let typed = self.compiled.sources.snippet(function.span).contains('{');
            if function.body.is_some() && typed {
                let callers = called.iter().filter(|(name, _)| *name == function.name.text);
                self.line(function.name.span, callers.map(|(_, caller)| caller.to_string()).collect());
            }
        }
    }

    fn line(&mut self, span: Span, ran_by: Vec<String>) {
        let line = (self.compiled.sources.name(span.file).to_string(), self.compiled.sources.line_col(span).0);
        if let Some(side) = self.side(span) {
            side.lines.entry(line).or_default().extend(ran_by);
        }
    }

    fn decision(&mut self, span: Span, text: Option<&str>, outcome: &str, seen: bool) {
        let place = self.place(span, text);
        if let Some(side) = self.side(span) {
            note(side.decisions.entry(place).or_default(), outcome, seen);
        }
    }

    fn place(&self, span: Span, text: Option<&str>) -> Place {
        let sources = &self.compiled.sources;
        let (line, column) = sources.line_col(span);
        let snippet = || sources.snippet(span).split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.map_or_else(snippet, String::from);
        Place { file: sources.name(span.file).into(), line, column, text }
    }

    /// Whose text it is; `None` for what a scenario's contexts run.
    fn side(&mut self, span: Span) -> Option<&mut Sources> {
        match span.file {
            file if self.compiled.proposal_files.contains(&file) => Some(&mut self.coverage.proposal),
            file if file < self.compiled.base_files => Some(&mut self.coverage.base),
            _ => None,
        }
    }
}

fn note(outcomes: &mut Outcomes, outcome: &str, seen: bool) {
    *outcomes.entry(outcome.into()).or_default() |= seen;
}

fn word(outcome: bool, words: [&'static str; 2]) -> &'static str {
    words[usize::from(outcome)]
}

/// might_sleep() is decided before any search: what is left of it runs only where it is wrong. Jumps are ours.
fn silent(op: &Op) -> bool {
    matches!(op, Op::Jump(_) | Op::Check { cond: Operand::Imm(_), .. })
}

/// Whether control ever came to a condition that was decided.
fn came_by(decided: &Decided, ran: &[Ran]) -> bool {
    match decided.after {
        None => true,
        Some((op, None)) => ran[op as usize].at_all(),
        Some((op, Some(outcome))) => ran[op as usize].outcome(outcome.into()),
    }
}

/// Every function that somebody calls, with who does. Nobody calls a claim: it is judged.
fn called(program: &Program) -> BTreeSet<(&str, &str)> {
    let judges: Vec<&Judge> = program.judges().collect();
    let contexts = program.contexts.iter().map(|context| (&context.code, context.name.as_str()));
    let codes = contexts.chain(judges.iter().map(|judge| (&judge.code, "claims")));
    let called = codes.flat_map(|(code, by)| code.frames.iter().map(move |frame| (frame.function.as_str(), by)));
    called.chain(judges.iter().map(|judge| (judge.name.as_str(), "claims"))).collect()
}
