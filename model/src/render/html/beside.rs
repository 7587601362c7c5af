//! A recording of a running kernel and the run of a program that explains it, side by side.

use serde_json::json;

use super::bundle::{Bundle, Seen};
use super::page;
use crate::proposal::Composition;
use crate::render::Subject;
use crate::render::validate::{happening, page as page_words, reason, told_at};
use crate::trace::{Header, TraceKind, make, program_hash, run};
use crate::validate::recording::Recording;
use crate::validate::{Answer, Verdict};

/// The page: each event of the kernel between the steps of the model that lie before and behind it.
///
/// # Errors
/// The run does not replay: a defect of ours.
pub fn html_beside(recording: &Recording, composition: &Composition, answer: &Answer) -> Result<String, String> {
    let (system, sources) = (&answer.model.system, &answer.model.compiled.sources);
    let population = &answer.model.program.population;
    let program = &program_hash(system.program());
    // The run is told for itself: it need not violate anything.
    let header = Header { composition, built_in: true, population, claim: 0, program };
    let trace = make(system, sources, &header, &answer.run().path, TraceKind::Step);
    let replay = run(system, trace.initial, &trace.steps).map_err(|refused| refused.to_string())?;
    let subject = Subject { system, sources, trace: &trace, replay: &replay };
    let mut bundle = Bundle::default();
    bundle.add_beside(&subject, ending(recording, answer), events(recording, answer));
    let header = &recording.header;
    let title = format!("{} beside {} on Linux {}", composition.title(), header.trace, header.kernel);
    let (steps, events) = (trace.steps.len(), answer.reached(recording));
    let heading = format!("{steps} steps of the model, {events} events of the kernel");
    let lead = "What a running kernel did to a page, and the run of the model that explains it. Each event stands behind \
                the steps that had to come before it; the page is told as the kernel had it.";
    Ok(page(&title, &json!({ "lead": lead, "review": null, "heading": heading }), &bundle))
}

/// The events that were looked at.
fn events(recording: &Recording, answer: &Answer) -> Vec<Seen> {
    let before = &answer.run().events;
    let events = recording.events.iter().enumerate().take(answer.reached(recording));
    let seen = events.map(|(index, event)| Seen {
        behind: before.iter().filter(|at| **at <= index).count(),
        number: index + 1,
        who: format!("{} [{}]", event.task, event.comm),
        what: happening(event),
        page: page_words(&event.state),
    });
    seen.collect()
}

/// The verdict, in a sentence.
fn ending(recording: &Recording, answer: &Answer) -> String {
    match &answer.verdict {
        Verdict::Rejected(rejection) => format!("*** rejected: {} ***", reason(recording, rejection)),
        Verdict::Accepted { violations, .. } if violations.is_empty() => {
            "--- every event is explained, and the kernel violates no claim here ---".into()
        }
        Verdict::Accepted { violations, .. } => {
            let told = violations
                .iter()
                .map(|v| format!("{}: {}, before {}", v.claim, v.sentence, told_at(recording, v.event)));
            format!("*** every event is explained; the kernel violates {} ***", told.collect::<Vec<_>>().join("; "))
        }
    }
}
