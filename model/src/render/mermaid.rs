//! A replayed trace as a Mermaid sequence diagram: GitHub, GitLab and many wikis draw it.
//!
//! Contexts and the page are participants. A step that changes the page is a message to it, and a note says what the
//! page is then; every other step that matters is a message of its context to itself.

use super::race::{Subject, heads, verdict};
use super::runs::{self, Run, runs};
use super::teller::{Teller, Told};
use super::wrap;

/// Columns of a note.
const WIDTH: usize = 60;

/// The diagram of a trace; one per edge for a lock cycle, each of which Mermaid draws alone.
pub fn mermaid(subject: &Subject) -> String {
    let all = runs(subject);
    let last = all.len().saturating_sub(1);
    let mut out = String::new();
    for (number, run) in all.iter().enumerate() {
        let mut closing = run.ending.clone();
        if number == last {
            closing.extend(runs::ending(subject));
            closing.push(verdict(subject));
        }
        if number > 0 {
            out.push('\n');
        }
        out.push_str(&diagram(&subject.with(run.replay.as_ref()), run, &closing));
    }
    out
}

fn diagram(subject: &Subject, run: &Run, closing: &[String]) -> String {
    let teller = Teller::new(subject, &run.classes);
    let start = teller.start();
    let told = teller.all();
    let acting = acting(subject, &told);
    let mut lines = vec!["sequenceDiagram".into()];
    lines.extend(run.heading.iter().map(|heading| format!("    %% {}", heading.replace(['{', '}', '%'], " "))));
    for &context in &acting {
        let head = &heads(subject.system)[context];
        lines.push(format!("    participant c{context} as {} [{}]", plain(&head.name), head.kind));
    }
    lines.push("    participant page".into());
    lines.push(note("right of page", &start));
    lines.extend(messages(subject, run, &told));
    let over = match (acting.first(), acting.last()) {
        (Some(first), Some(last)) if first != last => format!("over c{first},c{last}"),
        (Some(only), _) => format!("over c{only}"),
        _ => "over page".into(),
    };
    lines.extend(closing.iter().map(|text| note(&over, text)));
    lines.join("\n") + "\n"
}

/// Contexts with a step that is drawn, in the order in which they act.
fn acting(subject: &Subject, told: &[Told]) -> Vec<usize> {
    let mut acting = Vec::new();
    for (step, _) in subject.replay.steps.iter().zip(told).filter(|(_, told)| told.drawn) {
        if !acting.contains(&step.context) {
            acting.push(step.context);
        }
    }
    acting
}

/// A message for each step that is drawn. What a run does again and again stands in a `loop`.
fn messages(subject: &Subject, run: &Run, told: &[Told]) -> Vec<String> {
    let round = run.mark.as_ref().filter(|mark| mark.behind < told.len());
    let mut lines = Vec::new();
    for (number, (step, told)) in subject.replay.steps.iter().zip(told).enumerate() {
        if let Some(mark) = round.filter(|mark| mark.behind == number) {
            lines.push(format!("    loop {}", mark.text));
        }
        if !told.drawn {
            continue;
        }
        let context = step.context;
        let to = if told.state.is_empty() { format!("c{context}") } else { "page".into() };
        let words: Vec<String> =
            told.lines.iter().filter(|(_, text)| !text.is_empty()).map(|(_, t)| plain(t)).collect();
        // A step without a statement of its own, such as the last of a loop.
        let words = if words.is_empty() { "...".into() } else { words.join("<br/>") };
        lines.push(format!("    c{context}->>{to}: {words}"));
        if !told.state.is_empty() {
            lines.push(note("right of page", &told.state));
        }
    }
    lines.extend(round.map(|_| "    end".into()));
    lines
}

fn note(at: &str, text: &str) -> String {
    let text: Vec<String> = wrap(text, WIDTH).iter().map(|line| plain(line)).collect();
    format!("    Note {at}: {}", text.join("<br/>"))
}

/// Text that Mermaid takes for nothing but text: what means something to it becomes a character reference.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '#' | ';' | '<' | '>' | '%' | '{' | '}' | '"' | '&' | '\\' => {
                out.push_str(&format!("#{};", u32::from(character)));
            }
            character => out.push(character),
        }
    }
    out
}
