//! From executed ops to lines, branches and decisions.

use std::collections::BTreeSet;

use super::{Coverage, Outcomes, Place, Sources};
use crate::compile::Compiled;
use crate::lang::ast::Span;
use crate::lang::program::{Code, Context, Decided, Judge, Op, Operand, Origin, Program};
use crate::system::Ran;

/// The function of the base kernel through which everybody asks whether a page is pinned (mm/spec.c).
const ASKER: &str = "decide_pinned";
/// The hook that answers.
const ANSWERER: &str = "page_dma_pinned";

/// What ran of the sources, given what ran of each op of each context.
pub fn collect(program: &Program, compiled: &Compiled, covered: &[Vec<Ran>]) -> Coverage {
    let mut collector = Collector { program, compiled, coverage: Coverage::default() };
    for (context, ran) in program.contexts.iter().zip(covered) {
        collector.lines(context, ran);
        collector.branches(&context.code, ran);
        collector.choices(&context.code, ran);
        collector.answers(&context.code, ran);
    }
    collector.heads();
    collector.coverage
}

struct Collector<'a> {
    program: &'a Program,
    compiled: &'a Compiled,
    coverage: Coverage,
}

impl Collector<'_> {
    /// A line counts as run when one of its ops ran, or one of an op in a function that was called there. Jumps belong
    /// to no line: whether the end of a branch has one of its own depends on what else leads to its target. An op that
    /// turned out not to be needed does nothing, but is passed like any other.
    fn lines(&mut self, context: &Context, ran: &[Ran]) {
        let code = &context.code;
        for at in (0..code.ops.len()).filter(|at| !silent(&code.ops[*at])) {
            for span in places(code, code.origins[at]) {
                self.line(span, ran[at].at_all().then_some(context.name.as_str()));
            }
        }
        for decided in &code.decided {
            for span in places(code, decided.origin) {
                self.line(span, came_by(decided, ran).then_some(context.name.as_str()));
            }
        }
    }

    /// A branch op counts both of its ways. Of a condition that was decided when the code was lowered, only the ways
    /// that it has: a constant is no branch.
    fn branches(&mut self, code: &Code, ran: &[Ran]) {
        for (at, op) in code.ops.iter().enumerate() {
            if matches!(op, Op::Branch { .. }) && !code.origins[at].specified {
                let span = code.origins[at].span;
                self.branch(span, "false", ran[at].outcome(0));
                self.branch(span, "true", ran[at].outcome(1));
            }
        }
        for decided in &code.decided {
            self.branch(decided.origin.span, word(decided.outcome, ["false", "true"]), came_by(decided, ran));
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
                let callers = called.iter().filter(|(name, _)| *name == function.name.text).map(|(_, caller)| *caller);
                let callers: Vec<&str> = callers.collect();
                self.line(function.name.span, None);
                callers.into_iter().for_each(|caller| self.line(function.name.span, Some(caller)));
            }
        }
    }

    fn line(&mut self, span: Span, ran_by: Option<&str>) {
        let line = (self.compiled.sources.name(span.file).to_string(), self.compiled.sources.line_col(span).0);
        if let Some(side) = self.side(span) {
            side.lines.entry(line).or_default().extend(ran_by.map(String::from));
        }
    }

    fn branch(&mut self, span: Span, outcome: &str, seen: bool) {
        let place = self.place(span, None);
        if let Some(side) = self.side(span) {
            note(side.branches.entry(place).or_default(), outcome, seen);
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

/// Where an op stands, and the calls that led to it.
fn places(code: &Code, origin: Origin) -> impl Iterator<Item = Span> {
    let frames = std::iter::successors(Some(origin.frame), |frame| code.frames[*frame as usize].parent);
    std::iter::once(origin.span).chain(frames.map(|frame| code.frames[frame as usize].call))
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
    let judges: Vec<&Judge> = [&program.always, &program.quiescent, &program.sometimes]
        .into_iter()
        .flatten()
        .chain(&program.at_rest)
        .collect();
    let contexts = program.contexts.iter().map(|context| (&context.code, context.name.as_str()));
    let codes = contexts.chain(judges.iter().map(|judge| (&judge.code, "claims")));
    let called = codes.flat_map(|(code, by)| code.frames.iter().map(move |frame| (frame.function.as_str(), by)));
    called.chain(judges.iter().map(|judge| (judge.name.as_str(), "claims"))).collect()
}
