//! One step as a `d_step`: guard, statements, arrivals, and the way back where the path is not followed.

use std::collections::{BTreeMap, BTreeSet};

use super::Export;
use super::body::{Body, Exit, Line, Purpose};
use super::choices::{Choosing, Shared, enough};
use super::flow::{Flow, Item};
use super::guard::{Waiting, leads_to_await, waiting};
use super::registers::mentioned;
use crate::lang::program::*;

/// Nobody moves any more.
pub(super) const DEAD: &str = "dead = 1";

/// Puts back what happened before the first steps.
pub(super) const UNBEGIN: &str = "goto boot_back";

/// A context's code with what was found out about it.
pub(super) struct Subject<'a> {
    pub context: usize,
    pub code: &'a Code,
    /// What each register can hold.
    pub ranges: Vec<Range>,
}

/// The statements of a step, registers still in the form `@7@`.
pub(super) struct Region {
    /// The condition in front.
    pub guard: String,
    pub lines: Vec<Line>,
    /// Registers that it touches or keeps.
    pub registers: BTreeSet<Reg>,
    /// How many ways there are to choose; each is an option of its own.
    pub choices: u32,
    /// Cells that it may write.
    pub written: BTreeSet<usize>,
    /// Whether the context may rest after it.
    pub rests: bool,
    /// Scratch variables for what is put back.
    pub saved: usize,
    /// Scratch variables that steps share, as far as this one uses them.
    pub scratch: BTreeSet<Shared>,
}

/// A step under construction.
struct Assembly<'a> {
    export: &'a Export<'a>,
    subject: &'a Subject<'a>,
    flow: &'a Flow<'a>,
    prefix: &'a str,
    /// Registers that live at the head.
    before: BTreeSet<Reg>,
    registers: BTreeSet<Reg>,
    /// Registers that live where the step may arrive.
    after: BTreeSet<Reg>,
    saved: Vec<Item>,
    scratch: BTreeSet<Shared>,
}

/// The step that begins at a step head, or, without one, what a context does before its first step.
pub(super) fn region(
    export: &Export,
    subject: &Subject,
    head: Option<usize>,
    choice_variable: bool,
    prefix: &str,
) -> Region {
    let (code, context) = (subject.code, subject.context);
    let (flow, guard) = guarded(export, subject, head);
    let choosing = Choosing::of(export, context, &flow, &subject.ranges);
    let mut body = Body::new(export, &flow, &subject.ranges, prefix, Purpose::Step(context));
    body.prepare_choices(&choosing, choice_variable);
    body.write();
    let before = head.map_or_else(BTreeSet::new, |step| code.steps[step].live.iter().copied().collect());
    let mut assembly = Assembly {
        export,
        subject,
        flow: &flow,
        prefix,
        registers: before.iter().copied().chain(mentioned(&texts(&body.lines))).collect(),
        before,
        after: BTreeSet::new(),
        saved: Vec::new(),
        scratch: BTreeSet::new(),
    };
    assembly.note_arrivals(&body.lines);
    add_local_checks(&assembly, &mut body);
    // The choice of what happens before the first steps goes on with the next context.
    assembly.scratch.extend(body.shared.iter().filter(|shared| head.is_some() || **shared != Shared::Choice));
    assembly.find_saved(&body.exits, &body.blames);
    let rests = |line: &Line| matches!(line, Line::Land { place, .. } if export.places.rests_at(context, *place));
    Region {
        guard,
        choices: choosing.options,
        written: flow.ops.iter().flat_map(|at| export.cells.written_by(flow.op(*at))).collect(),
        rests: body.lines.iter().any(rests),
        saved: assembly.saved.len(),
        scratch: body.shared.clone(),
        lines: match head {
            Some(_) => assembly.step(body.lines, &body.exits, &body.noted),
            None => assembly.beginning(body.lines, &body.exits),
        },
        registers: assembly.registers,
    }
}

/// The ops of a step, and the condition in front of it: the context stands there, its CPU is free for it, and it need
/// not wait, as far as that can be said in front.
fn guarded<'a>(export: &Export, subject: &'a Subject, head: Option<usize>) -> (Flow<'a>, String) {
    let (code, context) = (subject.code, subject.context);
    let flow = Flow::new(code, head.map_or(0, |step| code.steps[step].at as usize + 1));
    let Some(step) = head else { return (flow, String::new()) };
    let place = format!("{} == {step}{}", export.places.counter(context), export.places.cpu_allows(context, step));
    match waiting(export, context, &flow, &subject.ranges) {
        Waiting::Never => (flow, place),
        Waiting::Before(condition) => (flow, format!("{place} && ({})", condition.text)),
        Waiting::Within => {
            let waits = leads_to_await(&flow);
            (flow.tried(waits), place)
        }
    }
}

fn texts(lines: &[Line]) -> String {
    let texts = lines.iter().filter_map(|line| match line {
        Line::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Before an arrival: locals that do not fit cut the path.
fn add_local_checks(assembly: &Assembly, body: &mut Body) {
    let code = assembly.subject.code;
    let lines = std::mem::take(&mut body.lines);
    let assigned: BTreeSet<Reg> = mentioned(&texts(&lines)).collect();
    for line in lines {
        if let Line::Land { at, .. } = line {
            let fits = |reg: &Reg| {
                let (kept, found) = (code.regs[usize::from(*reg)].range, assembly.subject.ranges[usize::from(*reg)]);
                kept.contains(found.low) && kept.contains(found.high)
            };
            for reg in assembly.live_at(at).iter().filter(|reg| !fits(reg) && assigned.contains(reg)) {
                let Range { low, high } = code.regs[usize::from(*reg)].range;
                let cut = body.exit(at, Exit::Cut);
                let text = format!("if\n:: @{reg}@ < {low} || @{reg}@ > {high} -> goto {cut}\n:: else -> skip\nfi");
                body.lines.push(Line::Text(text));
            }
        }
        body.lines.push(line);
    }
}

impl Region {
    /// Whether one of the lines is `statement`, or calls it.
    pub fn says(&self, statement: &str) -> bool {
        self.lines.iter().any(|line| matches!(line, Line::Text(text) if text.contains(statement)))
    }
}

impl Assembly<'_> {
    /// Registers that live where the op at `at` arrives.
    fn live_at(&self, at: usize) -> BTreeSet<Reg> {
        match self.flow.op(at) {
            Op::Step => {
                let step = self.subject.code.step_of[at];
                self.subject.code.steps[usize::from(step)].live.iter().copied().collect()
            }
            _ => BTreeSet::new(),
        }
    }

    fn note_arrivals(&mut self, lines: &[Line]) {
        for line in lines {
            if let Line::Land { at, .. } = line {
                let live = self.live_at(*at);
                self.after.extend(&live);
                self.registers.extend(live);
            }
        }
    }

    /// What must be put back where the path is not followed: everything that may have changed until then.
    fn find_saved(&mut self, exits: &BTreeSet<(usize, Exit)>, blames: &BTreeSet<(usize, u16)>) {
        let before = self.flow.changed_before(&self.export.cells, &self.before, blames);
        let changed = exits.iter().filter_map(|(at, _)| before.get(at)).flatten();
        let changed: BTreeSet<Item> = changed.copied().collect();
        self.saved = changed.into_iter().collect();
    }

    fn item(&self, item: Item) -> String {
        match item {
            Item::Register(reg) => format!("@{reg}@"),
            Item::Cell(cell) => self.export.cells.variable(cell).into(),
            Item::Claim(claim) => format!("viol_{}", self.export.claim(claim)),
        }
    }

    /// Statements that zero scratch variables and the registers of this step but those in `keep`.
    fn zero(&self, keep: &BTreeSet<Reg>) -> Vec<Line> {
        let registers = self.registers.difference(keep).map(|reg| format!("@{reg}@ = 0"));
        let scratch = self.scratch.iter().map(|shared| format!("{} = {}", shared.name(), shared.initially()));
        let saved = (0..self.saved.len()).map(|i| format!("t_saved{i} = 0"));
        registers.chain(scratch).chain(saved).map(Line::Text).collect()
    }

    fn label(&self, name: &str) -> Line {
        Line::Label(format!("{}_{name}", self.prefix))
    }

    fn goto(&self, name: &str) -> Line {
        Line::Text(format!("goto {}_{name}", self.prefix))
    }

    /// A step: what may have to be put back is saved first.
    fn step(&self, body: Vec<Line>, exits: &BTreeSet<(usize, Exit)>, noted: &BTreeSet<u16>) -> Vec<Line> {
        let mut lines = Vec::new();
        if self.scratch.contains(&Shared::Choice) {
            lines.push(Line::Text("t_choice = @choice@".into()));
        }
        for (i, item) in self.saved.iter().enumerate() {
            lines.push(Line::Text(format!("t_saved{i} = {}", self.item(*item))));
        }
        lines.extend(self.body(body));
        lines.extend(self.verdicts(exits, &self.told(noted), &self.goto("back")));
        if !exits.is_empty() {
            lines.push(self.label("back"));
            lines.extend(enough(&self.scratch).map(Line::Text));
            let back = self.saved.iter().enumerate();
            lines.extend(back.map(|(i, item)| Line::Text(format!("{} = t_saved{i}", self.item(*item)))));
            lines.extend(self.zero(&self.before));
            lines.push(self.goto("over"));
        }
        lines.push(self.label("done"));
        lines.extend(self.told(noted));
        lines.extend(enough(&self.scratch).map(Line::Text));
        lines.extend(self.zero(&self.after));
        lines
    }

    /// Tells of claims, once it is sure that the step is taken. Of one that was violated before it tells again.
    fn told(&self, noted: &BTreeSet<u16>) -> Vec<Line> {
        noted.iter().map(|claim| Line::Text(format!("assert(viol_{} == 0)", self.export.claim(*claim)))).collect()
    }

    /// What stands before a context's first step. A crash there leaves a state in which nobody moves; an overflow
    /// has one way back for all contexts, since nothing has begun.
    fn beginning(&self, body: Vec<Line>, exits: &BTreeSet<(usize, Exit)>) -> Vec<Line> {
        let mut lines = self.body(body);
        if exits.iter().any(|(_, exit)| *exit == Exit::Crash) {
            lines.push(self.label("crash"));
            let blame = self.export.crash.map(|claim| Line::Text(format!("violated_{}()", self.export.claim(claim))));
            lines.extend(blame);
            lines.push(Line::Text(DEAD.into()));
            lines.extend(self.after.iter().map(|reg| Line::Text(format!("@{reg}@ = 0"))));
            let counter = self.export.places.counter(self.subject.context);
            lines.push(Line::Text(format!("{counter} = {}", self.export.places.ended(self.subject.context))));
            lines.push(self.goto("done"));
        }
        let cuts = exits.iter().copied().filter(|(_, exit)| *exit == Exit::Cut).collect();
        lines.extend(self.verdicts(&cuts, &[], &Line::Text(UNBEGIN.into())));
        lines.push(self.label("done"));
        lines.extend(enough(&self.scratch).map(Line::Text));
        lines.extend(self.zero(&self.after));
        lines
    }

    fn body(&self, body: Vec<Line>) -> Vec<Line> {
        let arrived = |line| match line {
            Line::Land { at, place } => self.arrive(at, place),
            line => vec![line],
        };
        body.into_iter().flat_map(arrived).collect()
    }

    fn arrive(&self, at: usize, place: usize) -> Vec<Line> {
        let live = self.live_at(at);
        let dead = self.after.difference(&live).map(|reg| Line::Text(format!("@{reg}@ = 0")));
        let counter = self.export.places.counter(self.subject.context);
        dead.chain([Line::Text(format!("{counter} = {place}")), self.goto("done")]).collect()
    }

    /// A crash and an overflow end the path: nothing has happened, but it is told.
    /// One that turns out to wait has not happened at all.
    fn verdicts(&self, exits: &BTreeSet<(usize, Exit)>, told: &[Line], back: &Line) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut add = |exit: Exit, name: &str, text: String| {
            if exits.iter().any(|(_, e)| *e == exit) {
                lines.push(self.label(name));
                lines.extend(told.iter().filter(|_| exit != Exit::Blocked).cloned());
                lines.extend([Line::Text(text), back.clone()]);
            }
        };
        let blame = self.export.crash.map(|claim| format!("broken_{}()", self.export.claim(claim)));
        add(Exit::Crash, "crash", blame.unwrap_or_else(|| "skip".into()));
        add(Exit::Cut, "cut", "too_wide()".into());
        add(Exit::Blocked, "blocked", "skip".into());
        lines
    }
}

/// Lines as statements. Labels that nobody goes to are dropped, and a `goto` to the next line.
pub(super) fn render(lines: &[Line], indent: &str) -> String {
    let known = targets(lines);
    let mut text = String::new();
    let mut pending: Option<&str> = None;
    for (i, line) in lines.iter().enumerate() {
        match line {
            Line::Label(label) if known.contains(label.as_str()) => {
                if let Some(first) = pending.replace(label) {
                    text += &format!("{first}: skip;\n");
                }
            }
            Line::Text(statement) => {
                let next = lines[i + 1..].iter().take_while(|l| matches!(l, Line::Label(_)));
                let falls = |l: &Line| matches!(l, Line::Label(to) if *statement == format!("goto {to}"));
                if next.into_iter().any(falls) && pending.is_none() {
                    continue;
                }
                if let Some(label) = pending.take() {
                    text += &format!("{label}: ");
                }
                text += &statement.replace('\n', &format!("\n{indent}"));
                text += ";\n";
            }
            _ => {}
        }
        if text.ends_with('\n') {
            text += indent;
        }
    }
    if let Some(label) = pending {
        text += &format!("{label}: skip\n");
    }
    format!("{indent}{}\n", text.trim_end())
}

fn targets(lines: &[Line]) -> BTreeSet<&str> {
    let mut known = BTreeMap::new();
    for line in lines {
        if let Line::Text(text) = line {
            for part in text.split("goto ").skip(1) {
                let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
                known.insert(&part[..end], ());
            }
        }
    }
    known.into_keys().collect()
}
