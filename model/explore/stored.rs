//! `explore trace` and `explore replay`: counterexamples from files.

use std::path::Path;

use pinright_checks::trace::explore_again;
use pinright_model::corpus::Corpus;
use pinright_model::trace::{Trace, TraceKind, program_hash};
use pinright_model::{execution, render};

use crate::args::{Drawing, ReplayArgs, TraceArgs};
use crate::check::{drawn, replayed};
use crate::exit::{Exit, Failure};
use crate::output::{Output, diagnose, stderr_colour};
use crate::select;

/// Draws a stored counterexample.
pub fn trace(args: &TraceArgs) -> Result<Output, Failure> {
    let trace = read(&args.file)?;
    let picture = named(&args.file, picture(&trace))?;
    let text = match args.format {
        Drawing::Race => picture,
        Drawing::Json => trace.to_json(),
        Drawing::Itf => named(&args.file, states(&trace))?,
    };
    Ok(Output::new(text, Exit::Holds))
}

fn picture(trace: &Trace) -> Result<String, Failure> {
    if matches!(trace.kind, TraceKind::Execution { .. }) {
        let replayed = execution::replay(trace).map_err(|error| Failure::input(error.to_string()))?;
        return Ok(render::execution(trace, &replayed));
    }
    drawn(&Corpus::load()?, trace)
}

/// Every state of a run of a program.
fn states(trace: &Trace) -> Result<String, Failure> {
    if matches!(trace.kind, TraceKind::Execution { .. }) {
        let why = "an execution of real code has no states: `--format json` has what it did to memory";
        return Err(Failure::input(why.to_string()));
    }
    replayed(&Corpus::load()?, trace, render::itf)
}

/// Re-executes a stored counterexample step by step.
pub fn replay(args: &ReplayArgs) -> Result<Output, Failure> {
    let trace = read(&args.file)?;
    if matches!(trace.kind, TraceKind::Execution { .. }) {
        return named(&args.file, replay_execution(&trace));
    }
    let corpus = Corpus::load()?;
    let steps = replayed(&corpus, &trace, |subject| {
        if program_hash(subject.system.program()) != trace.program {
            diagnose("note: the program has changed since the trace was written; the run still goes through");
        }
        render::steps(subject)
    });
    let steps = named(&args.file, steps)?;
    let confirmed =
        format!("confirmed: {}: {}, violated after {} steps\n", trace.claim, trace.sentence, trace.steps.len());
    Ok(Output::new(steps + &confirmed, Exit::Holds))
}

/// Holds an execution of real code against memory, and explores its check again.
fn replay_execution(trace: &Trace) -> Result<Output, Failure> {
    let text = picture(trace)?;
    explore_again(trace).map_err(Failure::input)?;
    let confirmed =
        format!("confirmed: {}: every word is coherent, and loom fails in the same way again\n", trace.claim);
    Ok(Output::new(text + &confirmed, Exit::Holds))
}

fn read(path: &Path) -> Result<Trace, Failure> {
    let text = select::read(path)?;
    let trace = Trace::parse(&path.display().to_string(), &text);
    trace.map_err(|fault| Failure::input(format!("this is no trace\n{}", fault.render(stderr_colour()))))
}

/// Says which file a failure is about.
fn named<T>(path: &Path, result: Result<T, Failure>) -> Result<T, Failure> {
    result.map_err(|failure| Failure { message: format!("{}: {}", path.display(), failure.message), ..failure })
}
