//! From steps to what is told of them: the calls that say something, the statement, the page afterwards.
//!
//! Only the steps that matter are drawn: those that change what others can see, questions that the proposal asks,
//! and the last one. Locks, references and tags are folded away unless the claim is about them.

use super::pages::Pages;
use super::race::Subject;
use crate::lang::ast::{ExprKind, Span, Stmt, StmtKind};
use crate::lang::program::Kind;
use crate::trace::{Replayed, place};

/// What is told of a step.
pub(super) struct Told {
    /// Whether it matters; other steps are folded away.
    pub drawn: bool,
    /// Nesting and text: a line for each call that has none yet, or the statement.
    pub lines: Vec<(usize, String)>,
    /// The page afterwards, if it changed since the last step that was drawn.
    pub state: String,
}

/// A call that is in progress, and whether its line was drawn.
struct Call {
    function: String,
    span: Span,
    drawn: bool,
}

/// Tells steps, in their order.
pub(super) struct Teller<'a> {
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
}

impl<'a> Teller<'a> {
    /// Nothing is told yet. Steps that take locks of these classes matter too.
    pub(super) fn new(subject: &'a Subject<'a>, classes: &'a [u16]) -> Self {
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
        }
    }

    /// What the page is before the first step.
    pub(super) fn start(&self) -> String {
        self.pages.all(&self.pages.states(&self.subject.replay.initial))
    }

    /// Tells every step of the run.
    pub(super) fn all(mut self) -> Vec<Told> {
        self.subject.replay.steps.iter().enumerate().map(|(number, step)| self.tell(number, step)).collect()
    }

    /// Tells the next step; `number` counts them from 0.
    fn tell(&mut self, number: usize, step: &Replayed) -> Told {
        self.follow(step);
        let drawn = number + 1 == self.subject.replay.steps.len() || self.matters(step);
        let attrs = self.subject.system.attrs(step.context, step.pcs[step.context]);
        let told = if drawn { self.draw(step) } else { self.folded(step) };
        self.held[step.context] = attrs.map(|a| a.held.clone()).unwrap_or_default();
        if attrs.is_none_or(|attrs| attrs.idle) {
            self.calls[step.context].clear();
        }
        told
    }

    /// A step that is folded away: the line where it stands, as its author knows it.
    fn folded(&self, step: &Replayed) -> Told {
        let depth = self.calls[step.context].iter().filter(|call| call.drawn).count();
        let sources = self.subject.sources;
        let text = shown(sources.line_text(place(sources, &step.site)));
        Told { drawn: false, lines: vec![(depth, text)], state: String::new() }
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
        self.subject.is_proposals(span.file) && !self.proposals_lock(step)
    }

    /// Waiting for a lock changes nothing either.
    fn proposals_lock(&self, step: &Replayed) -> bool {
        step.site.calls.last().is_some_and(|(function, _)| function.starts_with("spin_"))
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
    fn draw(&mut self, step: &Replayed) -> Told {
        let context = step.context;
        let states = self.pages.states(&step.cells);
        let state = self.pages.changed(&self.states, &states);
        self.states = states;
        let lines = match self.subject.system.program().contexts[context].kind {
            Kind::Device => vec![(0, self.device(context, step))],
            Kind::Softirq if self.calls[context].iter().all(|call| !call.drawn) => {
                [(0, "<irq>".into())].into_iter().chain(self.lines(step)).collect()
            }
            _ => self.lines(step),
        };
        Told { drawn: true, lines, state }
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
            unit.functions.get(&call.function).is_some_and(|f| self.subject.is_proposals(f.span.file))
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

    fn statement(&self, step: &Replayed) -> String {
        shown(self.subject.sources.line_text(step.site.span))
    }
}

/// A source line without what only the model needs.
fn shown(line: &str) -> String {
    let text = line.split("/*").next().unwrap_or_default().trim();
    let text = text.strip_prefix("__atomic {").map_or(text, |rest| rest.trim_end_matches('}')).trim();
    text.trim_start_matches("} ").trim_end_matches('{').trim().into()
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
