//! Makes traces of what a search found.

use std::hash::{Hash, Hasher};

use super::{File, LockRun, Trace, TraceKind, TraceStep, VERSION_OF_LASSOS, VERSION_OF_PREMISES, VERSION_OF_RUNS};
use crate::lang::ast::Span;
use crate::lang::program::{Code, Program};
use crate::lang::source::SourceMap;
use crate::proposal::Composition;
use crate::scenario::Population;
use crate::search::{LockEdge, Path};
use crate::system::{Fired, State, StepSite, System};

/// Turns a run into named steps.
pub fn steps_of(system: &System, sources: &SourceMap, path: &Path) -> Vec<TraceStep> {
    let mut scratch = system.scratch();
    let mut state = system.initial()[path.initial].clone();
    let mut steps = Vec::new();
    for &(context, choice) in &path.steps {
        let context = usize::from(context);
        system.load(&state, &mut scratch);
        let pc = system.pcs(&scratch)[context];
        let site = system.site(context, pc);
        steps.push(named(system, sources, context, site.as_ref(), choice));
        if let Fired::Done(outcome) = system.fire(&state, &mut scratch, context, choice) {
            state = system.next(&state, &mut scratch, context, &outcome).into();
        }
        system.rollback(&mut scratch);
    }
    steps
}

/// The state that a run leads to.
pub fn end_of(system: &System, path: &Path) -> State {
    let mut scratch = system.scratch();
    let mut state = system.initial()[path.initial].clone();
    for &(context, choice) in &path.steps {
        let context = usize::from(context);
        system.load(&state, &mut scratch);
        if let Fired::Done(outcome) = system.fire(&state, &mut scratch, context, choice) {
            state = system.next(&state, &mut scratch, context, &outcome).into();
        }
        system.rollback(&mut scratch);
    }
    state
}

fn named(system: &System, sources: &SourceMap, context: usize, site: Option<&StepSite>, choice: u32) -> TraceStep {
    let function = site.and_then(|s| s.calls.last()).map(|(name, _)| name.clone()).unwrap_or_default();
    let at = site.map(|s| position(sources, s.span)).unwrap_or_default();
    TraceStep { context: system.program().contexts[context].name.clone(), function, at, choice, memory: None }
}

/// The place of a step as its author knows it: not inside a primitive of the headers, but where that is called.
pub fn place(sources: &SourceMap, site: &StepSite) -> Span {
    let header = |span: &Span| sources.name(span.file).contains("/include/");
    let calls = site.calls.iter().rev().map(|(_, call)| *call);
    [site.span].into_iter().chain(calls).find(|span| !header(span)).unwrap_or(site.span)
}

/// `mm/gup.c:123`
pub fn position(sources: &SourceMap, span: Span) -> String {
    let name = sources.name(span.file);
    let short = name.strip_prefix("model/kernel/").or(name.strip_prefix("model/")).unwrap_or(name);
    format!("{short}:{}", sources.line_col(span).0)
}

/// What a trace says about itself, beside its run.
pub struct Header<'a> {
    /// The composition.
    pub composition: &'a Composition,
    /// Whether it is built in.
    pub built_in: bool,
    /// The population.
    pub population: &'a Population,
    /// Index of the claim.
    pub claim: u16,
    /// [`program_hash`] of the program. It takes longer to make than a trace does, and a case has many.
    pub program: &'a str,
}

/// Makes a trace of a run.
pub fn make(system: &System, sources: &SourceMap, header: &Header, path: &Path, kind: TraceKind) -> Trace {
    let claim = &system.program().claims[usize::from(header.claim)].decl;
    let files = header.composition.files.iter().filter(|_| !header.built_in);
    Trace {
        version: match kind {
            TraceKind::Lasso { .. } => VERSION_OF_LASSOS,
            TraceKind::Premise => VERSION_OF_PREMISES,
            _ => VERSION_OF_RUNS,
        },
        proposal: header.composition.proposal.clone(),
        reading: header.composition.reading.clone(),
        files: files.map(|(name, text)| File { name: name.clone(), text: text.clone() }).collect(),
        scenario: header.population.name.clone(),
        population: None,
        defines: header.population.overrides.clone(),
        claim: claim.id.clone(),
        sentence: claim.sentence.clone(),
        kind,
        program: header.program.into(),
        initial: path.initial as u32,
        steps: steps_of(system, sources, path),
    }
}

/// The edges of a lock cycle as runs.
pub fn lock_runs(system: &System, sources: &SourceMap, cycle: &[LockEdge]) -> Vec<LockRun> {
    let class = |index: u16| system.program().lock_classes[usize::from(index)].clone();
    let runs = cycle.iter().map(|edge| LockRun {
        held: class(edge.held),
        awaited: class(edge.awaited),
        context: system.program().contexts[usize::from(edge.context)].name.clone(),
        initial: edge.path.initial as u32,
        steps: steps_of(system, sources, &edge.path),
    });
    runs.collect()
}

/// A hash of the lowered program: ops and memory, not text, so that a comment changes nothing.
pub fn program_hash(program: &Program) -> String {
    let mut hasher = rustc_hash::FxHasher::default();
    for pool in &program.pools {
        (&pool.name, pool.len).hash(&mut hasher);
        pool.cells.iter().for_each(|cell| (&cell.name, cell.range).hash(&mut hasher));
    }
    for context in &program.contexts {
        context.name.hash(&mut hasher);
        hash_code(&context.code, &mut hasher);
    }
    hash_code(&program.init, &mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Names what a search of a program stands on, so that it goes on in no other: this version, the ops, and all that
/// [`program_hash`] leaves out because a trace does not need it, such as who judges states and what a width does.
pub fn search_identity(program: &Program) -> String {
    let Program {
        unit: _,
        pools,
        contexts,
        claims,
        always,
        quiescent,
        sometimes,
        leads_to,
        at_rest,
        init,
        lock_classes,
    } = program;
    let mut hasher = rustc_hash::FxHasher::default();
    format!("{pools:?}{lock_classes:?}{init:?}").hash(&mut hasher);
    format!("{claims:?}{always:?}{quiescent:?}{sometimes:?}{leads_to:?}{at_rest:?}").hash(&mut hasher);
    contexts.iter().for_each(|context| format!("{context:?}").hash(&mut hasher));
    format!("{} {} {:016x}", env!("CARGO_PKG_VERSION"), program_hash(program), hasher.finish())
}

fn hash_code(code: &Code, hasher: &mut impl Hasher) {
    code.ops.iter().for_each(|op| format!("{op:?}").hash(hasher));
}
