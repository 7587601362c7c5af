//! Sensitivity: recordings that were changed in one place have no run any more.

use std::collections::BTreeMap;

use pinright_model::corpus::Corpus;
use pinright_model::validate::recording::{Event, Mapping, PageState, Phase, Recording};
use pinright_model::validate::{Model, Program, Verdict, understand};

use crate::common::{NAMES, composition, documented, recording, right};

/// Places that are tried per recording and kind of change.
const PLACES: usize = 6;

/// A change of one page state; false if it changes nothing.
type Change = fn(&mut PageState) -> bool;

/// Kinds of changes, each with a name.
const STATES: &[(&str, Change)] = &[
    ("pins +1", |s| {
        s.refs += 1024;
        s.pins += 1;
        true
    }),
    ("references +1", |s| {
        s.refs += 1;
        true
    }),
    ("mapcount +1", |s| {
        s.mapcount += 1;
        true
    }),
    ("flag locked", |s| flip(&mut s.locked)),
    ("flag dirty", |s| flip(&mut s.dirty)),
    ("flag writeback", |s| flip(&mut s.writeback)),
    ("flag buffers", |s| flip(&mut s.buffers) && flip(&mut s.private)),
    ("flag lru", |s| flip(&mut s.lru)),
    ("flag uptodate", |s| flip(&mut s.uptodate)),
    ("pte write", |s| s.pte.present && flip(&mut s.pte.w)),
    ("pte dirty", |s| s.pte.present && flip(&mut s.pte.d)),
    ("pte present", |s| flip(&mut s.pte.present) && flip(&mut s.pte.this)),
    ("mapping", |s| {
        s.mapping = if s.mapping == Mapping::Null { Mapping::File } else { Mapping::Null };
        true
    }),
    ("wrong data", |s| {
        s.data ^= 0x5a;
        true
    }),
];

fn flip(flag: &mut bool) -> bool {
    *flag = !*flag;
    true
}

/// Changes of the order of events.
type Reorder = fn(&[Event], usize) -> Option<Vec<Event>>;
const ORDERS: &[(&str, Reorder)] = &[
    ("dropped span", dropped),
    ("swapped neighbours", swapped),
    ("wrong data on disk", disk),
    ("wrong value stored", value),
];

/// Without one call: its entry, and its return if there is one.
fn dropped(events: &[Event], at: usize) -> Option<Vec<Event>> {
    let begin = &events[at];
    if begin.phase != Phase::Entry {
        return None;
    }
    let mut depth = 0;
    let mut end = None;
    for (index, event) in events.iter().enumerate().skip(at + 1) {
        if event.task != begin.task || event.function != begin.function {
            continue;
        }
        match event.phase {
            Phase::Entry => depth += 1,
            Phase::Return if depth == 0 => {
                end = Some(index);
                break;
            }
            _ => depth -= 1,
        }
    }
    let kept = events.iter().enumerate().filter(|(index, _)| *index != at && Some(*index) != end);
    Some(kept.map(|(_, event)| event.clone()).collect())
}

/// Two events of one task that follow each other change places; what they say of the page stays where it was.
fn swapped(events: &[Event], at: usize) -> Option<Vec<Event>> {
    let next = (at + 1..events.len()).find(|next| events[*next].task == events[at].task)?;
    let alike = |a: &Event, b: &Event| (&a.function, a.phase, &a.op, &a.args) == (&b.function, b.phase, &b.op, &b.args);
    if alike(&events[at], &events[next]) {
        return None;
    }
    let mut events = events.to_vec();
    let (first, second) = (events[at].clone(), events[next].clone());
    events[at] = Event { seq: first.seq, state: first.state, ..second.clone() };
    events[next] = Event { seq: second.seq, state: second.state, ..first };
    Some(events)
}

/// Another value of `key=` in what the program says.
fn said(events: &[Event], at: usize, key: &str) -> Option<Vec<Event>> {
    let old = format!("{key}={}", events[at].said(key)?);
    let mut events = events.to_vec();
    let op = events[at].op.take()?;
    events[at].op = Some(op.replace(&old, &format!("{key}=77")));
    Some(events)
}

fn disk(events: &[Event], at: usize) -> Option<Vec<Event>> {
    said(events, at, "disk")
}

fn value(events: &[Event], at: usize) -> Option<Vec<Event>> {
    if events[at].word() != "store-begin" {
        return None;
    }
    said(events, at, "v")
}

/// The recording with one change, if there is anything to change at a place.
fn mutant(original: &Recording, kind: &str, at: usize) -> Option<Recording> {
    let mut changed = original.clone();
    if let Some((_, change)) = STATES.iter().find(|(name, _)| *name == kind) {
        return change(&mut changed.events[at].state).then_some(changed);
    }
    let (_, reorder) = ORDERS.iter().find(|(name, _)| *name == kind)?;
    changed.events = reorder(&original.events, at)?;
    changed.header.events = changed.events.len();
    Some(changed)
}

/// Some places, evenly spaced.
fn places(original: &Recording, kind: &str) -> Vec<usize> {
    let all: Vec<usize> = (0..original.events.len()).filter(|at| mutant(original, kind, *at).is_some()).collect();
    let step = all.len().div_ceil(PLACES).max(1);
    all.into_iter().step_by(step).collect()
}

/// How many mutants were rejected, of how many, and which were not.
#[derive(Default)]
struct Score {
    rejected: usize,
    all: usize,
    survivors: Vec<String>,
}

/// The model of one recording, compiled again only where the program differs.
struct Bench<'a> {
    corpus: &'a Corpus,
    name: &'a str,
    model: Option<Model>,
}

impl Bench<'_> {
    fn accepts(&mut self, recording: &Recording) -> bool {
        let Ok((program, flights)) = understand(recording) else { return false };
        if self.model.as_ref().is_none_or(|model| model.program != program) {
            self.model = self.compile(program);
        }
        let Some(model) = &self.model else { return false };
        matches!(model.explain(recording, &flights), Ok(Verdict::Accepted { .. }))
    }

    fn compile(&self, program: Program) -> Option<Model> {
        Model::of(self.corpus, &composition(self.corpus, right(self.name)), program).ok()
    }
}

/// Tries every kind of change on some recordings.
fn tried(names: &[&str]) -> BTreeMap<&'static str, Score> {
    let corpus = Corpus::load().expect("the corpus loads");
    let mut scores: BTreeMap<&'static str, Score> = BTreeMap::new();
    for name in names {
        let original = recording(name);
        let mut bench = Bench { corpus: &corpus, name, model: None };
        for kind in STATES.iter().map(|(kind, _)| *kind).chain(ORDERS.iter().map(|(kind, _)| *kind)) {
            let score = scores.entry(kind).or_default();
            for at in places(&original, kind) {
                let Some(mutant) = mutant(&original, kind, at) else { continue };
                score.all += 1;
                if bench.accepts(&mutant) {
                    let event = &original.events[at];
                    score.survivors.push(format!(
                        "{name} {} {}",
                        event.seq,
                        event.op.as_ref().unwrap_or(&event.function)
                    ));
                } else {
                    score.rejected += 1;
                }
            }
        }
    }
    scores
}

/// All recordings, on two threads.
fn all() -> BTreeMap<&'static str, Score> {
    let (front, back) = NAMES.split_at(NAMES.len() / 2);
    let (mut scores, rest) = std::thread::scope(|scope| {
        let rest = scope.spawn(|| tried(back));
        (tried(front), rest.join().expect("no panic"))
    });
    for (kind, score) in rest {
        let sum = scores.entry(kind).or_default();
        sum.rejected += score.rejected;
        sum.all += score.all;
        sum.survivors.extend(score.survivors);
    }
    scores
}

fn table(scores: &BTreeMap<&'static str, Score>) -> String {
    let mut text = "| change | rejected | of | survivors |\n|---|---|---|---|\n".to_string();
    for (kind, score) in scores {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for survivor in &score.survivors {
            *kinds.entry(survivor.split(' ').nth(2).unwrap_or_default()).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.iter().map(|(name, count)| format!("{name} {count}")).collect();
        text += &format!("| {kind} | {} | {} | {} |\n", score.rejected, score.all, kinds.join(", "));
    }
    text
}

#[test]
fn recordings_that_were_changed_in_one_place_have_no_run() {
    let scores = all();
    for (kind, score) in &scores {
        println!("{kind}: {} of {}; {:?}", score.rejected, score.all, score.survivors);
    }
    let share = |word: &str| {
        let some = scores.iter().filter(|(kind, _)| kind.starts_with(word)).map(|(_, score)| score);
        let (rejected, all) = some.fold((0, 0), |(r, a), score| (r + score.rejected, a + score.all));
        assert!(all > 80, "{word}: {all} mutants");
        rejected as f64 / all as f64
    };
    for word in ["flag", "pins", "dropped"] {
        assert!(share(word) >= 0.95, "{word}: {}", share(word));
    }
    documented("kernel-traces.md", "mutants", &table(&scores));
}
