//! What the model says of a recording, for programs.

use schemars::JsonSchema;
use serde::Serialize;

use super::recording::{Recording, phase_word};
use super::{Answer, Refusal, Rejection, Verdict};

/// The format's version; goes up when a member is added or changes its meaning.
pub const VERSION: u32 = 1;

/// What `explore validate` found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ValidationReport {
    /// Format version.
    pub version: u32,
    /// The file.
    pub recording: String,
    /// The recorded program.
    pub program: String,
    /// The kernel that ran it: `6.1`, `6.12`.
    pub kernel: String,
    /// Events of the recording.
    pub events: usize,
    /// One answer per reading.
    pub answers: Vec<ReadingAnswer>,
}

/// What one reading says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReadingAnswer {
    /// The reading, as `explore list` has it.
    pub reading: String,
    /// `accepted`, `rejected` or `no answer`.
    pub verdict: &'static str,
    /// Steps of the run that explains the recording, or of one that comes as far as any.
    pub steps: Option<usize>,
    /// Where model and kernel part, if it is rejected.
    pub parted: Option<Parting>,
    /// Claims that the kernel's events violate, if it is accepted.
    pub violations: Vec<SeenViolation>,
    /// Claims that other runs which explain the recording violate besides.
    pub perhaps: Vec<String>,
    /// Why there is no answer.
    pub why: Option<String>,
}

/// Where model and kernel part.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Parting {
    /// The event, from 1.
    pub event: usize,
    /// Its sequence number in the recording.
    pub seq: u64,
    /// The function, or `user`.
    pub function: String,
    /// `entry`, `return` or `user`.
    pub phase: &'static str,
    /// What differs, in the state of the model that comes nearest.
    pub differences: Vec<Observed>,
    /// What could have been seen instead, in words.
    pub instead: Vec<String>,
}

/// An observable that differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Observed {
    /// Its name.
    pub name: &'static str,
    /// What the model has.
    pub model: String,
    /// What the kernel had.
    pub kernel: String,
}

/// A claim that a running kernel violated.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SeenViolation {
    /// Its id.
    pub claim: String,
    /// The event, from 1, before which it happened; one past the last if behind it.
    pub before_event: usize,
    /// Whether every run that explains the recording violates it.
    pub certain: bool,
}

impl ValidationReport {
    /// The answers of several readings to one recording.
    pub fn new(recording: &Recording, answers: &[(String, Result<Answer, Refusal>)]) -> Self {
        let answers = answers.iter().map(|(title, answer)| reading(recording, title, answer));
        ValidationReport {
            version: VERSION,
            recording: recording.name.clone(),
            program: recording.header.trace.clone(),
            kernel: recording.header.kernel.to_string(),
            events: recording.events.len(),
            answers: answers.collect(),
        }
    }

    /// As text, with a line feed behind.
    pub fn to_json(&self) -> String {
        // String keys only: there is nothing that could fail.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

fn reading(recording: &Recording, title: &str, answer: &Result<Answer, Refusal>) -> ReadingAnswer {
    let mut reading = ReadingAnswer {
        reading: title.into(),
        verdict: "no answer",
        steps: answer.as_ref().ok().map(|answer| answer.run().path.steps.len()),
        parted: None,
        violations: Vec::new(),
        perhaps: Vec::new(),
        why: answer.as_ref().err().map(ToString::to_string),
    };
    match answer.as_ref().map(|answer| &answer.verdict) {
        Ok(Verdict::Accepted { violations, perhaps, .. }) => {
            reading.verdict = "accepted";
            reading.perhaps = perhaps.clone();
            reading.violations = violations
                .iter()
                .map(|v| SeenViolation { claim: v.claim.clone(), before_event: v.event + 1, certain: v.certain })
                .collect();
        }
        Ok(Verdict::Rejected(rejection)) => {
            reading.verdict = "rejected";
            reading.parted = Some(parting(recording, rejection));
        }
        Err(_) => {}
    }
    reading
}

fn parting(recording: &Recording, rejection: &Rejection) -> Parting {
    let event = &recording.events[rejection.event];
    let differences = rejection.differences.iter();
    let differences =
        differences.map(|d| Observed { name: d.name, model: d.model.clone(), kernel: d.kernel.clone() }).collect();
    Parting {
        event: rejection.event + 1,
        seq: event.seq,
        function: event.function.clone(),
        phase: phase_word(event.phase),
        differences,
        instead: rejection.instead.clone(),
    }
}
