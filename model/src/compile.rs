//! From a composition and a population to a program.

use crate::corpus::Corpus;
use crate::lang::ast::{SourceFile, Span, Stmt};
use crate::lang::check::check_proposal;
use crate::lang::diag::{Diagnostic, Diagnostics};
use crate::lang::lower::{ContextSpec, MmSpec, lower};
use crate::lang::parse::{parse_file, parse_statements};
use crate::lang::program::Program;
use crate::lang::resolve::{Layer, Unit, resolve};
use crate::lang::source::SourceMap;
use crate::proposal::Composition;
use crate::scenario::{MmEntry, Population};

/// A program with its sources, and what it was made of.
pub struct Compiled {
    /// The program.
    pub program: Program,
    /// Its sources.
    pub sources: SourceMap,
    /// The contexts as the reference interpreter takes them.
    pub contexts: Vec<ContextSpec>,
    /// The scenario's `init`, parsed.
    pub init: Vec<Stmt>,
    /// How many files the base kernel has: the first in `sources`.
    pub base_files: u32,
    /// Files of the proposal, by number in `sources`.
    pub proposal_files: Vec<u32>,
}

/// What is wrong with a source, and the sources to show it in.
#[derive(Debug)]
pub struct CompileError {
    /// What is wrong.
    pub diagnostics: Diagnostics,
    /// The sources.
    pub sources: SourceMap,
}

impl CompileError {
    /// For people: file, line, caret, remedy.
    pub fn render(&self, colour: bool) -> String {
        self.diagnostics.iter().map(|d| d.render(&self.sources, colour)).collect::<Vec<_>>().join("\n")
    }
}

/// Compiles a composition for a population.
///
/// # Errors
/// Everything that the language forbids, in the proposal or in what the contexts run.
pub fn compile(
    corpus: &Corpus,
    composition: &Composition,
    population: &Population,
) -> Result<Compiled, Box<CompileError>> {
    let mut unit =
        Assembly { corpus, sources: corpus.sources().clone(), errors: Vec::new(), proposal_files: Vec::new() };
    let compiled = unit.assemble(composition, population);
    match compiled {
        Ok(compiled) => Ok(Compiled { sources: unit.sources, ..compiled }),
        Err(diagnostics) => {
            let diagnostics = diagnostics.into_iter().map(|diagnostic| unit.at_home(diagnostic)).collect();
            Err(Box::new(CompileError { diagnostics: once(diagnostics), sources: unit.sources }))
        }
    }
}

/// A function is inlined wherever it is called, and a macro expands to several: what is wrong at a place is told once,
/// with the calls that led there first.
fn once(diagnostics: Diagnostics) -> Diagnostics {
    let mut told = Diagnostics::new();
    for diagnostic in diagnostics {
        if !told.iter().any(|d| d.span == diagnostic.span) {
            told.push(diagnostic);
        }
    }
    told
}

/// A file without a line of code would be judged as what the kernel does today. A part may have includes only: it says
/// that the base does the like.
fn nothing_in(parsed: &SourceFile, file: u32) -> Option<Diagnostic> {
    parsed.items.is_empty().then(|| {
        Diagnostic::error(Span { file, start: 0, end: 0 }, "this file holds no code")
            .help("fill a hook, or replace a `__weak` function: `explore new NAME` prints a skeleton to begin with")
    })
}

struct Assembly<'a> {
    corpus: &'a Corpus,
    sources: SourceMap,
    errors: Diagnostics,
    proposal_files: Vec<u32>,
}

impl Assembly<'_> {
    fn assemble(&mut self, composition: &Composition, population: &Population) -> Result<Compiled, Diagnostics> {
        let mut files: Vec<_> = self.corpus.base().iter().map(|f| (Layer::Base, f.clone())).collect();
        let mut macros = self.corpus.macros().clone();
        for (name, text) in &composition.files {
            let file = self.sources.add(name, text);
            self.proposal_files.push(file);
            match parse_file(&self.sources, file, &mut macros, false) {
                Ok(parsed) => {
                    self.errors.extend(nothing_in(&parsed, file));
                    files.push((Layer::Proposal, parsed));
                }
                Err(errors) => self.errors.extend(errors),
            }
        }
        let contexts = self.contexts(population);
        let init = self.statements(&format!("{}: init", population.name), &population.init);
        if !self.errors.is_empty() {
            return Err(std::mem::take(&mut self.errors));
        }
        let unit = resolve(&files, &population.defines)?;
        self.check_defines(&unit, population)?;
        self.check_mms(&unit, population)?;
        check_proposal(&files, &unit, &self.sources)?;
        let program = lower(unit, &contexts, &init)?;
        let base_files = self.corpus.sources().len() as u32;
        let proposal_files = std::mem::take(&mut self.proposal_files);
        Ok(Compiled { program, sources: SourceMap::new(), contexts, init, base_files, proposal_files })
    }

    /// What a call of the proposal leads to in the base is told where the proposal calls.
    fn at_home(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        let own = |span: Span| self.proposal_files.contains(&span.file);
        let Some(call) = diagnostic.calls.iter().position(|(_, span)| own(*span)) else { return diagnostic };
        if own(diagnostic.span) {
            return diagnostic;
        }
        let (line, _) = self.sources.line_col(diagnostic.span);
        let (function, span) = diagnostic.calls[call].clone();
        let label = format!("what {function}() comes to, at {}:{line}", self.sources.name(diagnostic.span.file));
        diagnostic.calls.drain(..=call);
        Diagnostic { span, label, ..diagnostic }
    }

    fn contexts(&mut self, population: &Population) -> Vec<ContextSpec> {
        let contexts = population.contexts.iter().map(|entry| {
            let file = format!("{}: context {}", population.name, entry.name);
            ContextSpec {
                name: entry.name.clone(),
                kind: entry.kind,
                cpu: entry.cpu,
                mm: match &entry.mm {
                    None => MmSpec::ByKind,
                    Some(MmEntry::Index(index)) => MmSpec::Index(*index),
                    Some(MmEntry::Word(_)) => MmSpec::Any,
                },
                forever: entry.forever,
                run: self.statements(&file, &entry.run),
            }
        });
        contexts.collect()
    }

    fn statements(&mut self, name: &str, text: &str) -> Vec<Stmt> {
        let file = self.sources.add(name, text);
        match parse_statements(&self.sources, file, self.corpus.macros()) {
            Ok(statements) => statements,
            Err(errors) => {
                self.errors.extend(errors);
                Vec::new()
            }
        }
    }

    /// A constant that no header knows, or that none lets a scenario set, is a slip in the scenario or in `--define`.
    fn check_defines(&mut self, unit: &Unit, population: &Population) -> Result<(), Diagnostics> {
        let unknown = population.defines.iter().filter(|(name, _)| !unit.settable.contains(*name));
        let errors: Diagnostics =
            unknown.map(|(name, value)| self.refuse_define(unit, population, name, *value)).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Each context's mm is one of those there are.
    fn check_mms(&mut self, unit: &Unit, population: &Population) -> Result<(), Diagnostics> {
        let pool = unit.struct_named("mm_struct").and_then(|layout| unit.pool_of(layout));
        let mms = pool.map_or(0, |pool| unit.pools[pool].len);
        let wrong = population.contexts.iter().find_map(|context| match context.mm {
            Some(MmEntry::Index(index)) if usize::from(index) >= mms => Some((context, index)),
            _ => None,
        });
        let Some((context, index)) = wrong else { return Ok(()) };
        let text = format!("mm = {index}");
        let end = text.len() as u32;
        let file = self.sources.add(format!("{}: context {}", population.name, context.name), text);
        let fault =
            Diagnostic::error(Span { file, start: 0, end }, format!("there is no &mms[{index}]: there are {mms}"));
        let raise = format!(", or raise NR_MMS: `defines = {{ NR_MMS = {} }}`", usize::from(index) + 1);
        let raise = if index < 8 { raise } else { String::new() };
        Err(vec![fault.help(format!("write a lower index{raise}"))])
    }

    fn refuse_define(&mut self, unit: &Unit, population: &Population, name: &str, value: i64) -> Diagnostic {
        let file = self.sources.add(format!("{}: defines", population.name), format!("{name} = {value}\n"));
        let span = Span { file, start: 0, end: name.len() as u32 };
        if unit.constants.contains_key(name) {
            return Diagnostic::error(span, format!("`{name}` is no constant that a scenario may set"))
                .help("those stand in `#ifndef NAME`, `#define NAME value`, `#endif`: see include/types.h");
        }
        crate::lang::resolve::unknown("constant", name, span, &unit.settable)
    }
}
