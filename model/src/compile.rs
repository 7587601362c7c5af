//! From a composition and a population to a program.

use crate::corpus::Corpus;
use crate::lang::ast::{Span, Stmt};
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
    let mut unit = Assembly { corpus, sources: corpus.sources().clone(), errors: Vec::new() };
    let compiled = unit.assemble(composition, population);
    match compiled {
        Ok(compiled) => Ok(Compiled { sources: unit.sources, ..compiled }),
        Err(diagnostics) => Err(Box::new(CompileError { diagnostics: once(diagnostics), sources: unit.sources })),
    }
}

/// A function is inlined wherever it is called: a fault in it is told once, with the calls that led there first.
fn once(diagnostics: Diagnostics) -> Diagnostics {
    let mut told = Diagnostics::new();
    for diagnostic in diagnostics {
        if !told.iter().any(|d| d.span == diagnostic.span && d.message == diagnostic.message) {
            told.push(diagnostic);
        }
    }
    told
}

struct Assembly<'a> {
    corpus: &'a Corpus,
    sources: SourceMap,
    errors: Diagnostics,
}

impl Assembly<'_> {
    fn assemble(&mut self, composition: &Composition, population: &Population) -> Result<Compiled, Diagnostics> {
        let mut files: Vec<_> = self.corpus.base().iter().map(|f| (Layer::Base, f.clone())).collect();
        let mut macros = self.corpus.macros().clone();
        let mut proposal_files = Vec::new();
        for (name, text) in &composition.files {
            let file = self.sources.add(name, text);
            proposal_files.push(file);
            match parse_file(&self.sources, file, &mut macros, false) {
                Ok(parsed) => files.push((Layer::Proposal, parsed)),
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
        check_proposal(&files, &unit, &self.sources)?;
        let program = lower(&unit, &contexts, &init)?;
        let base_files = self.corpus.sources().len() as u32;
        Ok(Compiled { program, sources: SourceMap::new(), contexts, init, base_files, proposal_files })
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
