//! Kernel C that stands alone, with the contexts that run it.
//!
//! Several tests share this, and none needs all of it.
#![allow(dead_code)]

use std::collections::BTreeMap;

use pinright_model::lang::ast::Stmt;
use pinright_model::lang::lower::{ContextSpec, MmSpec, lower};
use pinright_model::lang::parse::{Macros, parse_file, parse_statements};
use pinright_model::lang::program::{Kind, Program};
use pinright_model::lang::resolve::{Layer, Unit, resolve};
use pinright_model::lang::source::SourceMap;

/// A context, before its `run` is parsed.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    /// Empty: `context 0`, `context 1`, ...
    pub name: &'static str,
    pub kind: Kind,
    pub cpu: Option<u8>,
    pub mm: MmSpec,
    pub forever: bool,
    pub run: &'static str,
}

impl Runs {
    pub fn new(kind: Kind, run: &'static str) -> Self {
        Runs { name: "", kind, cpu: None, mm: MmSpec::ByKind, forever: false, run }
    }

    pub fn named(self, name: &'static str) -> Self {
        Runs { name, ..self }
    }

    pub fn on(self, cpu: u8) -> Self {
        Runs { cpu: Some(cpu), ..self }
    }

    pub fn mm(self, mm: MmSpec) -> Self {
        Runs { mm, ..self }
    }

    pub fn forever(self) -> Self {
        Runs { forever: true, ..self }
    }
}

pub fn task(run: &'static str) -> Runs {
    Runs::new(Kind::Task, run)
}

pub fn softirq(run: &'static str) -> Runs {
    Runs::new(Kind::Softirq, run)
}

/// A source, resolved, and its contexts.
pub struct Source {
    pub sources: SourceMap,
    pub unit: Unit,
    pub contexts: Vec<ContextSpec>,
    /// What a scenario would run before everything: nothing here.
    pub init: Vec<Stmt>,
}

impl Source {
    pub fn new(text: &str, contexts: &[Runs]) -> Self {
        let mut sources = SourceMap::new();
        let mut macros = Macros::new();
        let file = sources.add("test.c", text);
        let parsed = parse_file(&sources, file, &mut macros, false);
        let parsed = parsed.unwrap_or_else(|errors| panic!("{}", errors[0].render(&sources, false)));
        let unit = resolve(&[(Layer::Base, parsed)], &BTreeMap::new());
        let unit = unit.unwrap_or_else(|errors| panic!("{}", errors[0].render(&sources, false)));
        let mut parse = |run: &str| {
            let file = sources.add("run", run);
            let parsed = parse_statements(&sources, file, &macros);
            parsed.unwrap_or_else(|errors| panic!("{}", errors[0].render(&sources, false)))
        };
        let contexts = contexts.iter().enumerate().map(|(index, &Runs { name, kind, cpu, mm, forever, run })| {
            let name = if name.is_empty() { format!("context {index}") } else { name.into() };
            ContextSpec { name, kind, cpu, mm, forever, run: parse(run) }
        });
        let contexts = contexts.collect();
        Source { sources, unit, contexts, init: Vec::new() }
    }

    /// As the packed engine runs it.
    pub fn lower(&self) -> Program {
        let program = lower(self.unit.clone(), &self.contexts, &self.init);
        program.unwrap_or_else(|errors| panic!("{}", errors[0].render(&self.sources, false)))
    }
}
