//! The race diagram: a counterexample in the form of a kernel commit message, at most [`WIDTH`] columns wide.
//!
//! Only the steps that matter are drawn: those that change what others can see, questions that the proposal asks,
//! and the last one. Locks, references and tags are folded away unless the claim is about them.

use super::lanes::{Event, Head, Mark, draw};
use super::pages::Pages;
use super::{cause, check, lasso, wrap};
use crate::lang::ast::{ExprKind, Span, Stmt, StmtKind};
use crate::lang::program::Kind;
use crate::lang::source::SourceMap;
use crate::system::System;
use crate::trace::{self, LockRun, Replay, Replayed, Trace, TraceKind};

/// Columns of a commit message.
pub const WIDTH: usize = 72;

/// A replayed trace and the system that it runs on.
pub struct Subject<'a> {
    /// The system.
    pub system: &'a System,
    /// Its sources.
    pub sources: &'a SourceMap,
    /// The trace.
    pub trace: &'a Trace,
    /// The trace, replayed.
    pub replay: &'a Replay,
}

/// The diagram of a trace.
pub fn race(subject: &Subject) -> String {
    let mut lines = match &subject.trace.kind {
        TraceKind::Step | TraceKind::Premise => picture(subject, &[], None),
        TraceKind::Hang { stuck } => {
            let waits = cause::waits(subject, stuck);
            let mut lines = picture(subject, &waits.classes, None);
            lines.extend(sentences(&cause::sentences(&waits)));
            lines
        }
        TraceKind::LockOrder { edges } => lock_order(subject, edges),
        TraceKind::Lasso { stem, .. } => {
            let mut lines = picture(subject, &lasso::classes(subject), Some(&lasso::mark(subject, *stem as usize)));
            lines.extend(sentences(&lasso::sentences(subject)));
            lines
        }
        // `execution` draws these: they have no system to replay on
        TraceKind::Execution { .. } => Vec::new(),
    };
    lines.extend(sentences(&cause::crash(subject)));
    lines.extend(verdict(subject));
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn picture(subject: &Subject, classes: &[u16], mark: Option<&Mark>) -> Vec<String> {
    let mut teller = Teller::new(subject, classes);
    subject.replay.steps.iter().enumerate().for_each(|(number, step)| teller.tell(number, step));
    let contexts = subject.system.program().contexts.iter();
    let heads: Vec<Head> = contexts.map(|c| Head { name: c.name.clone(), kind: kind(c.kind) }).collect();
    let start = teller.pages.all(&teller.pages.states(&subject.replay.initial));
    draw(&teller.events, &heads, ("page", &start), mark)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Task => "task",
        Kind::Kworker => "kworker",
        Kind::Softirq => "softirq",
        Kind::Device => "device",
    }
}

/// Each edge of a lock cycle, with the run that leads to it.
fn lock_order(subject: &Subject, edges: &[LockRun]) -> Vec<String> {
    let names = &subject.system.program().lock_classes;
    let class = |name: &String| names.iter().position(|class| class == name).map(|class| class as u16);
    let classes: Vec<u16> = edges.iter().filter_map(|edge| class(&edge.held)).collect();
    let mut lines = Vec::new();
    for (number, edge) in edges.iter().enumerate() {
        let LockRun { held, awaited, context, .. } = edge;
        lines.extend(sentences(&[format!(
            "{}. {held} -> {awaited}: {context} holds the first, awaits the second",
            number + 1
        )]));
        // A run that does not replay has no picture; `trace::replay` refused it before.
        if let Ok(replay) = trace::run(subject.system, edge.initial, &edge.steps) {
            let run =
                Subject { system: subject.system, sources: subject.sources, trace: subject.trace, replay: &replay };
            lines.extend(picture(&run, &classes, None));
            lines.extend(sentences(&cause::sentences(&cause::waits(&run, std::slice::from_ref(context)))));
        }
        lines.push(String::new());
    }
    let chain: Vec<&str> = edges.iter().chain(edges.first()).map(|edge| edge.held.as_str()).collect();
    lines.extend(sentences(&[format!("possible circular locking dependency: {}", chain.join(" -> "))]));
    lines
}

fn sentences(all: &[String]) -> Vec<String> {
    let wrapped = all.iter().flat_map(|text| {
        let lines = wrap(text, WIDTH - 6).into_iter().enumerate();
        lines.map(|(number, line)| format!("{}{line}", if number == 0 { "   " } else { "     " }))
    });
    wrapped.collect()
}

fn verdict(subject: &Subject) -> Vec<String> {
    let Trace { claim, sentence, .. } = subject.trace;
    let (steps, switches) = (subject.replay.steps.len(), subject.replay.switches());
    let length = format!("({}, {})", check::steps(steps), check::switches(switches));
    let text = match &subject.trace.kind {
        TraceKind::Premise => format!("--- {claim}, put to the test: {sentence} {length} ---"),
        _ => format!("*** {claim}: {sentence} {length} ***"),
    };
    wrap(&text, WIDTH - 4).into_iter().map(|line| format!("  {line}")).collect()
}

/// A call that is in progress, and whether its line was drawn.
struct Call {
    function: String,
    span: Span,
    drawn: bool,
}

/// Turns steps into events.
struct Teller<'a> {
    subject: &'a Subject<'a>,
    /// Lock classes whose steps are drawn.
    classes: &'a [u16],
    pages: Pages,
    /// Page states as drawn last.
    states: Vec<String>,
    /// Calls in progress, per context.
    calls: Vec<Vec<Call>>,
    /// Lock classes held, per context.
    held: Vec<Vec<u16>>,
    events: Vec<Event>,
}

impl<'a> Teller<'a> {
    fn new(subject: &'a Subject<'a>, classes: &'a [u16]) -> Self {
        let memories = subject.replay.steps.iter().map(|step| step.cells.as_slice());
        let pages = Pages::new(subject.system, memories.chain([subject.replay.initial.as_slice()]));
        let contexts = subject.system.program().contexts.len();
        Teller {
            states: pages.states(&subject.replay.initial),
            pages,
            subject,
            classes,
            calls: (0..contexts).map(|_| Vec::new()).collect(),
            held: vec![Vec::new(); contexts],
            events: Vec::new(),
        }
    }

    fn tell(&mut self, number: usize, step: &Replayed) {
        self.follow(step);
        let draw = number + 1 == self.subject.replay.steps.len() || self.matters(step);
        let attrs = self.subject.system.attrs(step.context, step.pcs[step.context]);
        if draw {
            self.draw(number + 1, step);
        }
        self.held[step.context] = attrs.map(|a| a.held.clone()).unwrap_or_default();
        if attrs.is_none_or(|attrs| attrs.idle) {
            self.calls[step.context].clear();
        }
    }

    /// Keeps the calls in progress: what the step has left is dropped, what it has entered is added.
    fn follow(&mut self, step: &Replayed) {
        let calls = &mut self.calls[step.context];
        let entered: Vec<&(String, Span)> = step.site.calls.iter().filter(|(f, _)| !f.starts_with("spec_")).collect();
        let same = calls.iter().zip(&entered).take_while(|(c, (f, s))| c.function == *f && c.span == *s).count();
        calls.truncate(same);
        let new = entered[same..].iter().map(|(f, s)| Call { function: f.clone(), span: *s, drawn: false });
        calls.extend(new);
    }

    fn matters(&self, step: &Replayed) -> bool {
        let system = self.subject.system;
        if step.changes.iter().any(|change| visible(&change.name)) || step.violated.contains(&self.subject.trace.claim)
        {
            return true;
        }
        let attrs = system.attrs(step.context, step.pcs[step.context]);
        if self.taken(step).is_some() || self.unannotated(step) {
            return true;
        }
        let device = system.program().contexts[step.context].kind == Kind::Device;
        if device && attrs.is_none_or(|attrs| attrs.idle) {
            return true;
        }
        step.changes.iter().all(|change| change.ghost) && self.asked_by_proposal(step)
    }

    /// The lock that the step took, if the picture is about it.
    fn taken(&self, step: &Replayed) -> Option<&str> {
        let system = self.subject.system;
        let after = system.attrs(step.context, step.pcs[step.context]).map_or(&[][..], |attrs| &attrs.held);
        let before = &self.held[step.context];
        let class = self.classes.iter().find(|class| count(after, **class) > count(before, **class))?;
        let name = system.program().lock_classes.get(usize::from(*class))?;
        Some(name.rsplit('.').next().unwrap_or(name))
    }

    /// Whether the step changed a lock that the picture is about without an annotation: a hold that another context
    /// gives back.
    fn unannotated(&self, step: &Replayed) -> bool {
        let system = self.subject.system;
        let after = system.attrs(step.context, step.pcs[step.context]).map_or(&[][..], |attrs| &attrs.held);
        self.classes.iter().any(|class| {
            let name = system.program().lock_classes.get(usize::from(*class));
            let lock = name.and_then(|name| name.rsplit_once('.')).map(|(_, lock)| format!(".{lock}."));
            let changed = |lock: &String| {
                let cells = step.changes.iter().filter(|change| !change.name.ends_with(".queued"));
                cells.map(|change| &change.name).any(|name| name.contains(lock))
            };
            count(after, *class) == count(&self.held[step.context], *class) && lock.as_ref().is_some_and(changed)
        })
    }

    /// Whether the step stands in the proposal's own text, primitives called there included.
    fn asked_by_proposal(&self, step: &Replayed) -> bool {
        let place = self.calls[step.context].iter().rev().find(|call| self.primitive(&call.function));
        let span = place.map_or(step.site.span, |call| call.span);
        self.proposals(span.file) && !self.proposals_lock(step)
    }

    /// Waiting for a lock changes nothing either.
    fn proposals_lock(&self, step: &Replayed) -> bool {
        step.site.calls.last().is_some_and(|(function, _)| function.starts_with("spin_"))
    }

    fn proposals(&self, file: u32) -> bool {
        let name = self.subject.sources.name(file);
        !name.starts_with("model/kernel/") && !name.contains(": context ") && !name.ends_with(": init")
    }

    /// Whether a function is one of the headers, or made by one of their macros.
    fn primitive(&self, function: &str) -> bool {
        let Some(known) = self.subject.system.program().unit.functions.get(function) else { return false };
        let made = ["Page", "SetPage", "ClearPage", "TestSetPage", "TestClearPage"];
        let made =
            made.iter().any(|prefix| function.strip_prefix(prefix).is_some_and(|r| r.starts_with(char::is_uppercase)));
        made || self.subject.sources.name(known.span.file).contains("/include/")
    }

    /// The calls that lead to the step, as far as they say something, then the step.
    fn draw(&mut self, number: usize, step: &Replayed) {
        let context = step.context;
        let states = self.pages.states(&step.cells);
        let mut state = self.pages.changed(&self.states, &states);
        self.states = states;
        let lines = match self.subject.system.program().contexts[context].kind {
            Kind::Device => vec![(0, self.device(context, step))],
            Kind::Softirq if self.calls[context].iter().all(|call| !call.drawn) => {
                [(0, "<irq>".into())].into_iter().chain(self.lines(step)).collect()
            }
            _ => self.lines(step),
        };
        let last = lines.len().saturating_sub(1);
        for (at, (depth, text)) in lines.into_iter().enumerate() {
            let state = if at == last { std::mem::take(&mut state) } else { String::new() };
            self.events.push(Event { context, number, depth, text, state });
        }
    }

    /// Depth and text: a line for each call that has none yet; the statement, if all have.
    fn lines(&mut self, step: &Replayed) -> Vec<(usize, String)> {
        let wanted = self.wanted(step.context);
        let mut lines: Vec<(usize, String)> = Vec::new();
        let mut depth = 0;
        let mut new = false;
        for (at, call) in self.calls[step.context].iter_mut().enumerate() {
            new = wanted.contains(&at) && !call.drawn;
            if new {
                call.drawn = true;
                lines.push((depth, format!("{}()", call.function)));
            }
            depth += usize::from(call.drawn);
        }
        match lines.last_mut().filter(|_| new) {
            Some((_, text)) => self.complete(text, step),
            None => lines.push((depth, self.statement(step))),
        }
        lines
    }

    /// `PageDmaPinned(): no`, `spin_lock(zone_gup_lock)`: what matters about a call.
    fn complete(&self, text: &mut String, step: &Replayed) {
        if self.asked_by_proposal(step)
            && let Some((cell, value)) = asked(step)
        {
            match self.answers(text.trim_end_matches("()")) {
                true => text.push_str(&format!(": {value}")),
                false => text.push_str(&format!(" ({}: {value})", member(cell))),
            }
        }
        if let Some(lock) = self.taken(step)
            && (text.starts_with("spin_") || text.starts_with("down_"))
        {
            *text = text.replace("()", &format!("({lock})"));
        }
    }

    /// Whether what a function reads is what it returns: it is one `return`, and that of a member or of a call.
    fn answers(&self, function: &str) -> bool {
        let known = self.subject.system.program().unit.functions.get(function);
        let Some([Stmt { kind: StmtKind::Return(Some(value)), .. }]) = known.and_then(|f| f.body.as_deref()) else {
            return false;
        };
        matches!(value.kind, ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. })
    }

    /// Calls worth a line: the activity, the proposal's own functions, the innermost, and a primitive below it.
    fn wanted(&self, context: usize) -> Vec<usize> {
        let calls = &self.calls[context];
        let innermost = calls.iter().rposition(|call| !self.primitive(&call.function));
        let own = |call: &Call| {
            let unit = &self.subject.system.program().unit;
            unit.functions.get(&call.function).is_some_and(|f| self.proposals(f.span.file))
                && !self.primitive(&call.function)
        };
        let mut wanted: Vec<usize> = (0..calls.len()).filter(|at| own(&calls[*at])).collect();
        wanted.extend(innermost);
        wanted.push(0);
        // One primitive that calls another: the outer one is what the source says.
        wanted.extend(innermost.map_or(0, |at| at + 1).lt(&calls.len()).then(|| innermost.map_or(0, |at| at + 1)));
        wanted
    }

    /// What a device does, in words: its functions are the model's, not the kernel's.
    fn device(&self, context: usize, step: &Replayed) -> String {
        let activity = step.site.calls.first().map_or("", |(function, _)| function.as_str());
        let name = &self.subject.system.program().contexts[context].name;
        match activity {
            "nic" | "disk_read" => "<device> writes".into(),
            "disk_write" => "<disk> reads the page".into(),
            "" => format!("<{name}>"),
            other => format!("<{name}> {other}()"),
        }
    }

    /// The source line of a step, without what only the model needs.
    fn statement(&self, step: &Replayed) -> String {
        let text = self.subject.sources.line_text(step.site.span);
        let text = text.split("/*").next().unwrap_or_default().trim();
        let text = text.strip_prefix("__atomic {").map_or(text, |rest| rest.trim_end_matches('}')).trim();
        text.trim_start_matches("} ").trim_end_matches('{').trim().into()
    }
}

/// What a question was told: the member that a step read and its value, if it did nothing else.
fn asked(step: &Replayed) -> Option<&(String, String)> {
    let asks = step.changes.iter().all(|change| change.ghost);
    step.read.as_ref().filter(|_| asks)
}

/// The member in the name of a cell: `flc_breaking` in `files[0].flc_breaking`, `count` in `pages[0].count.counter`.
fn member(cell: &str) -> &str {
    let path = cell.strip_suffix(".counter").unwrap_or(cell);
    path.rsplit('.').next().unwrap_or(path)
}

fn count(classes: &[u16], class: u16) -> usize {
    classes.iter().filter(|other| **other == class).count()
}

/// Whether a change of this cell is drawn: not locks, references, tags, nor the specification's bookkeeping.
fn visible(name: &str) -> bool {
    const HIDDEN: [&str; 21] = [
        "locked",
        "readers",
        "writer",
        "queued",
        "_refcount.counter",
        "_mapcount.counter",
        "bi_list",
        "frees_old",
        "buffer_dirty",
        "owed",
        "watched",
        "notified",
        "acked_mem",
        "acked_io",
        "need_mem",
        "need_io",
        "dma_mem",
        "dma_io",
        "bounced",
        "decided",
        "page",
    ];
    let member = name.split_once('.').map_or(name, |(_, member)| member);
    let last = member.rsplit('.').next().unwrap_or(member);
    let slot = name.starts_with("slots[");
    let table = member.starts_with("tag_") || member.starts_with("i_pages[");
    let hidden = HIDDEN.contains(&member) || matches!(last, "locked" | "readers" | "writer" | "queued");
    !table && (!hidden || (member == "page" && !slot)) && member != "cached"
}
