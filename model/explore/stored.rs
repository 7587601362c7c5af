//! `explore trace` and `explore replay`: counterexamples from files.

use std::path::Path;

use pinright_checks::trace::explore_again;
use pinright_model::corpus::Corpus;
use pinright_model::notation::{Key, Notation};
use pinright_model::render::{Shown, Subject};
use pinright_model::trace::{Trace, TraceKind, program_hash};
use pinright_model::{execution, render};

use crate::args::{Drawing, ReplayArgs, Style, TraceArgs};
use crate::check::{Refused, drawn, replayed};
use crate::exit::{Exit, Failure};
use crate::output::{Output, diagnose, stderr_colour};
use crate::select;

/// Draws a stored counterexample.
pub fn trace(args: &TraceArgs) -> Result<Output, Failure> {
    let stored = Stored::read(&args.file)?;
    // What does not replay is not drawn in any form.
    let picture = stored.picture()?;
    let text = match args.format {
        Drawing::Race if args.style == Style::Lkml => {
            let command = format!("explore replay {}", stored.name);
            stored.states(|subject| render::reply_to_race(&Shown::new(subject, Some(command))))?
        }
        Drawing::Race => picture,
        Drawing::Json => stored.trace.to_json(),
        Drawing::Itf => stored.states(render::itf)?,
        Drawing::Html => stored.states(render::html)?,
        Drawing::Mermaid => stored.states(render::mermaid)?,
        Drawing::Markdown => stored.states(render::markdown_race)?,
    };
    Ok(Output::new(text, Exit::Holds).into_file(args.out.as_ref()))
}

/// Re-executes a stored counterexample step by step.
pub fn replay(args: &ReplayArgs) -> Result<Output, Failure> {
    let stored = Stored::read(&args.file)?;
    let trace = &stored.trace;
    if stored.of_real_code() {
        return stored.replay_execution();
    }
    let corpus = Corpus::load()?;
    let steps = replayed(&corpus, trace, |subject| {
        if program_hash(subject.system.program()) != trace.program {
            diagnose("note: the program has changed since the trace was written; the run still goes through");
        }
        render::steps(subject)
    });
    let steps = steps.map_err(|refused| stored.refused(&refused))?;
    let confirmed =
        format!("confirmed: {}: {}, violated after {} steps\n", trace.claim, trace.sentence, trace.steps.len());
    Ok(Output::new(steps + &confirmed, Exit::Holds))
}

/// A trace with the text it was read from.
struct Stored {
    name: String,
    text: String,
    trace: Trace,
}

impl Stored {
    fn read(path: &Path) -> Result<Self, Failure> {
        let (name, text) = (path.display().to_string(), select::read(path)?);
        let trace = Trace::parse(&name, &text);
        let trace =
            trace.map_err(|fault| Failure::input(format!("this is no trace\n{}", fault.render(stderr_colour()))))?;
        Ok(Stored { name, text, trace })
    }

    fn of_real_code(&self) -> bool {
        matches!(self.trace.kind, TraceKind::Execution { .. })
    }

    fn picture(&self) -> Result<String, Failure> {
        if self.of_real_code() {
            let replayed = execution::replay(&self.trace).map_err(|error| self.named(&error.to_string()))?;
            return Ok(render::execution(&self.trace, &replayed));
        }
        drawn(&Corpus::load()?, &self.trace).map_err(|refused| self.refused(&refused))
    }

    /// Every state of a run of a program.
    fn states(&self, draw: impl FnOnce(&Subject) -> String) -> Result<String, Failure> {
        if self.of_real_code() {
            let why = "an execution of real code has no states: `--format race` and `json` have what it did to memory";
            return Err(self.named(why));
        }
        replayed(&Corpus::load()?, &self.trace, draw).map_err(|refused| self.refused(&refused))
    }

    /// Holds an execution of real code against memory, and explores its check again.
    fn replay_execution(&self) -> Result<Output, Failure> {
        let text = self.picture()?;
        explore_again(&self.trace).map_err(|message| self.named(&message))?;
        let confirmed =
            format!("confirmed: {}: every word is coherent, and loom fails in the same way again\n", self.trace.claim);
        Ok(Output::new(text + &confirmed, Exit::Holds))
    }

    /// Points at what a replay refused.
    fn refused(&self, refused: &Refused) -> Failure {
        let notation = Notation { name: &self.name, text: &self.text };
        let (place, message, help) = match refused {
            Refused::Case(case) => (vec![Key::Name(case.key)], case.message.clone(), case.help.clone()),
            Refused::Replay(error) => (error.place(), error.to_string(), error.help()),
            Refused::Program(message) => return self.named(&format!("its program does not compile\n{message}")),
        };
        let fault = notation.fault(notation.json_key(&place), message, help);
        Failure::input(format!("the trace does not replay\n{}", fault.render(stderr_colour())))
    }

    /// Says which file a failure is about.
    fn named(&self, message: &str) -> Failure {
        Failure::input(format!("{}: {message}", self.name))
    }
}
