//! Hangs in words: who waits, where, for what, and who holds it.

use super::place;
use super::race::Subject;
use crate::lang::program::{Crash, Kind, StepInfo};
use crate::system::{End, Fired, Pc, State, StepSite};
use crate::trace::position;

/// Steps that a context is followed to see where it gets stuck.
const FAR: usize = 10_000;
/// How often each context has its turn.
const ROUNDS: usize = 8;

/// What each stuck context waits for at the end of a run.
pub(super) struct Waits {
    /// One sentence per context.
    pub sentences: Vec<String>,
    /// Classes of the locks that are awaited: their steps belong in the picture.
    pub classes: Vec<u16>,
}

/// Why contexts are stuck.
pub(super) fn waits(subject: &Subject, stuck: &[String]) -> Waits {
    let contexts = &subject.system.program().contexts;
    let mut todo: Vec<usize> = stuck.iter().filter_map(|name| contexts.iter().position(|c| c.name == *name)).collect();
    let mut waits = Waits { sentences: Vec::new(), classes: Vec::new() };
    let mut told = 0;
    while let Some(&context) = todo.get(told) {
        told += 1;
        let mut scene = Scene { subject, state: subject.replay.last.clone() };
        if let Some(other) = scene.interrupted_by(context) {
            waits.sentences.extend(scene.interruption(context, other));
            // Whoever is interrupted by it is stuck as soon as it is bound to be: it may have some steps to go.
            if !todo.contains(&other) {
                todo.push(other);
            }
            continue;
        }
        if scene.runs_on(context) {
            scene.run(context, false);
        }
        waits.sentences.extend(scene.wait(context, "waits"));
        waits.classes.extend(scene.info(context).iter().flat_map(|info| info.awaits.iter().copied()));
    }
    let mut scene = Scene { subject, state: subject.replay.last.clone() };
    let busy: Vec<usize> = (0..contexts.len()).filter(|c| !todo.contains(c) && scene.unfinished(*c)).collect();
    scene.settle(&todo);
    // Whoever could still step may be on its way to wait for those who cannot.
    waits.sentences.extend(busy.into_iter().filter_map(|context| scene.wait(context, "then waits")));
    let parked = (0..contexts.len()).filter(|context| scene.pc(*context) == Pc::Parked);
    // A pin may be kept for ever: that is legal, and often what the others wait for.
    waits.sentences.extend(parked.map(|context| format!("{} is parked for ever, legally", scene.name(context))));
    waits
}

/// Why the path ends, if it does.
pub(super) fn crash(subject: &Subject) -> Vec<String> {
    let Some(step) = subject.replay.steps.last() else { return Vec::new() };
    let Some((crash, site)) = &step.crashed else { return Vec::new() };
    let what = match crash {
        Crash::Bug => "runs into BUG_ON()",
        Crash::Null => "follows a NULL pointer",
        Crash::Bounds => "uses an array index that is out of range",
        Crash::Freed => "uses a pool entry that is free",
    };
    let context = &subject.system.program().contexts[step.context].name;
    let function = site.calls.last().map(|(name, _)| format!(" in {name}()")).unwrap_or_default();
    let at = position(subject.sources, place(subject.sources, site));
    vec![format!("{context} {what}{function} ({at})")]
}

/// A state in which contexts are stuck.
struct Scene<'a> {
    subject: &'a Subject<'a>,
    state: State,
}

impl Scene<'_> {
    fn pc(&self, context: usize) -> Pc {
        self.subject.system.layout().pc(&self.state, context)
    }

    fn info(&self, context: usize) -> Option<&StepInfo> {
        let Pc::At(step) = self.pc(context) else { return None };
        self.subject.system.program().contexts[context].code.steps.get(usize::from(step))
    }

    fn name(&self, context: usize) -> &str {
        &self.subject.system.program().contexts[context].name
    }

    /// The softirq that runs on this context's CPU and so keeps it from running.
    fn interrupted_by(&self, context: usize) -> Option<usize> {
        let contexts = &self.subject.system.program().contexts;
        let cpu = contexts[context].cpu?;
        (0..contexts.len()).find(|&other| {
            let begun = self.info(other).is_some_and(|info| !info.attrs.idle && !info.attrs.fresh);
            other != context && contexts[other].cpu == Some(cpu) && contexts[other].kind == Kind::Softirq && begun
        })
    }

    fn interruption(&self, context: usize, other: usize) -> Option<String> {
        let site = self.subject.system.site(context, self.pc(context))?;
        let (name, other, place) = (self.name(context), self.name(other), self.place(&site));
        Some(format!("{name} is interrupted by {other} {place}{}", self.holding(context)))
    }

    /// Whether a softirq still has steps to go.
    fn runs_on(&self, context: usize) -> bool {
        self.subject.system.program().contexts[context].kind == Kind::Softirq
    }

    fn unfinished(&self, context: usize) -> bool {
        self.subject.system.unfinished(context, self.pc(context))
    }

    /// Lets all but some go on until they have to wait, are idle or over.
    fn settle(&mut self, stuck: &[usize]) {
        let contexts = &self.subject.system.program().contexts;
        for _ in 0..ROUNDS {
            let others = (0..contexts.len()).filter(|context| !stuck.contains(context));
            let turns: Vec<bool> = others.map(|c| self.run(c, contexts[c].kind != Kind::Task)).collect();
            if !turns.contains(&true) {
                return;
            }
        }
    }

    /// Lets one context go on alone until it has to wait; an idle one begins only if it may. Whether it moved.
    fn run(&mut self, context: usize, begin: bool) -> bool {
        let system = self.subject.system;
        let mut scratch = system.scratch();
        for moved in 0..FAR {
            if !self.unfinished(context) && (moved > 0 || !begin) {
                return moved > 0;
            }
            system.load(&self.state, &mut scratch);
            let Fired::Done(outcome) = system.fire(&self.state, &mut scratch, context, 0) else { return moved > 0 };
            let next: State = system.next(&self.state, &mut scratch, context, &outcome).into();
            system.rollback(&mut scratch);
            if !matches!(outcome.end, End::At(_)) {
                return moved > 0;
            }
            self.state = next;
        }
        true
    }

    fn wait(&self, context: usize, waits: &str) -> Option<String> {
        let info = self.info(context).filter(|info| !info.attrs.idle)?;
        let site = self.subject.system.site(context, self.pc(context))?;
        let what = match info.awaits.as_slice() {
            [] => self.condition(&site),
            awaits => format!("{}{}", self.classes(awaits), self.holders(context, awaits)),
        };
        let (name, place) = (self.name(context), self.place(&site));
        Some(format!("{name} {waits} {place} for {what}{}", self.holding(context)))
    }

    /// `in lock_page() (mm/filemap.c:12)`
    fn place(&self, site: &StepSite) -> String {
        let function = site.calls.last().map(|(name, _)| format!("in {name}() ")).unwrap_or_default();
        let sources = self.subject.sources;
        format!("{function}({})", position(sources, place(sources, site)))
    }

    /// The text of the wait itself: `!page->locked`.
    fn condition(&self, site: &StepSite) -> String {
        let text = self.subject.sources.line_text(site.span).trim().trim_end_matches(';');
        let inner =
            ["await(", "await_fair(", "wait_event("].iter().find_map(|word| text.strip_prefix(word)?.strip_suffix(')'));
        inner.unwrap_or(text).into()
    }

    /// `; it holds mmap_sem`
    fn holding(&self, context: usize) -> String {
        match self.info(context).map(|info| info.attrs.held.as_slice()) {
            None | Some([]) => String::new(),
            Some(held) => format!("; it holds {}", self.classes(held)),
        }
    }

    fn classes(&self, classes: &[u16]) -> String {
        let names = &self.subject.system.program().lock_classes;
        let names = classes.iter().filter_map(|class| names.get(usize::from(*class))).map(String::as_str);
        let mut names: Vec<&str> = names.collect();
        names.dedup();
        names.join(" and ")
    }

    /// `, which flusher holds`
    fn holders(&self, context: usize, awaits: &[u16]) -> String {
        let holds = |other: &usize| self.info(*other).is_some_and(|i| i.attrs.held.iter().any(|c| awaits.contains(c)));
        let contexts = 0..self.subject.system.program().contexts.len();
        let names: Vec<&str> =
            contexts.filter(holds).map(|other| if other == context { "it" } else { self.name(other) }).collect();
        match names.as_slice() {
            [] => String::new(),
            ["it"] => ", which it holds itself".into(),
            [only] => format!(", which {only} holds"),
            names => format!(", which {} hold", names.join(" and ")),
        }
    }
}
