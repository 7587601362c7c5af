//! The shortest run that puts a claim to the test: what its verdict rests on.

use std::collections::BTreeSet;

use crate::compile::compile;
use crate::corpus::Corpus;
use crate::lang::slice::{Wanted, slice};
use crate::review::{CaseError, Job};
use crate::search::{Limits, Progress, explore};
use crate::system::System;
use crate::trace::{Header, Trace, TraceKind, make, program_hash};
use crate::verdict::applicable;

/// What came of looking for such a run.
pub enum Premise {
    /// A shortest one.
    Shown(Box<Trace>),
    /// There is none: every state was seen.
    Never,
    /// A bound ended the search before one was found.
    Undecided,
    /// The claim says nothing here.
    NotApplicable,
}

/// Looks for the shortest run of a job that puts a claim to the test.
///
/// # Errors
/// Kernel C that does not compile.
pub fn premise(
    corpus: &Corpus,
    job: &Job,
    claim: &str,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Premise, CaseError> {
    let compiled = compile(corpus, &job.composition, &job.population).map_err(CaseError::Compile)?;
    let Some(number) = compiled.program.claim(claim) else { return Ok(Premise::NotApplicable) };
    if !applicable(&compiled.program, &job.population).contains(&number) {
        return Ok(Premise::NotApplicable);
    }
    let wanted = Wanted { claims: BTreeSet::from([number]), covered: Vec::new() };
    let build = |program| System::new(program, false).map_err(|error| CaseError::Init(error.to_string()));
    let searched = build(slice(&compiled.program, &wanted))?.for_premises();
    let found = explore(&searched, limits, progress);
    let Some(path) = found.violations.get(&number) else {
        let seen = found.complete().is_some();
        return Ok(if seen { Premise::Never } else { Premise::Undecided });
    };
    let whole = build(compiled.program)?;
    let Job { composition, population, built_in, .. } = job;
    let program = &program_hash(whole.program());
    let header = Header { composition, built_in: *built_in, population, claim: number, program };
    let trace = make(&whole, &compiled.sources, &header, path, TraceKind::Premise);
    Ok(Premise::Shown(Box::new(trace)))
}
