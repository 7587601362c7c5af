//! Who waits for whom: what stuck contexts stand at, who holds it, and what they hold themselves.
//!
//! Computed from a state and the program, like all that a trace does not store.

use schemars::JsonSchema;
use serde::Serialize;

use super::make::{place, position};
use crate::lang::program::{Kind, Op, StepInfo};
use crate::lang::source::SourceMap;
use crate::system::{End, Fired, Pc, State, StepSite, System};

/// Steps that a context is followed to see where it gets stuck.
const FAR: usize = 10_000;
/// How often each context has its turn.
const ROUNDS: usize = 8;

/// A context that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Wait {
    /// The context.
    pub context: String,
    /// The innermost function that it stands in; empty if it is in none.
    pub function: String,
    /// File and line.
    pub at: String,
    /// What it waits for.
    pub cause: Cause,
    /// Locks that it holds, by class.
    pub holds: Vec<String>,
    /// Whether it is not stuck yet, but bound to wait there.
    pub later: bool,
}

/// What a context waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Locks, by class.
    Locks {
        /// Their classes.
        classes: Vec<String>,
        /// Contexts that hold one of them; it may be among them.
        holders: Vec<String>,
    },
    /// A condition.
    Condition {
        /// As the source has it.
        text: String,
        /// Contexts in the middle of something that would write what it reads, if they could go on.
        writers: Vec<String>,
    },
    /// The end of a softirq on its CPU.
    Softirq(String),
}

/// Who waits for whom in one state.
#[derive(Clone, Debug, Default)]
pub struct Waits {
    /// The stuck contexts, the one that the claim is about first, then those that are bound to wait.
    pub waits: Vec<Wait>,
    /// Contexts that are parked: a pin may be kept for ever, legally, and often it is what the others wait for.
    pub parked: Vec<String>,
    /// Classes of the locks that are awaited.
    pub classes: Vec<u16>,
}

/// Why contexts are stuck in a state.
pub fn waits(system: &System, sources: &SourceMap, state: &State, stuck: &[String]) -> Waits {
    let contexts = &system.program().contexts;
    let mut todo: Vec<usize> = stuck.iter().filter_map(|name| contexts.iter().position(|c| c.name == *name)).collect();
    let mut found = Waits::default();
    let mut told = 0;
    while let Some(&context) = todo.get(told) {
        told += 1;
        let mut scene = Scene { system, sources, state: state.clone() };
        if let Some(other) = scene.interrupted_by(context) {
            found.waits.extend(scene.wait_of(context, Some(other)));
            // Whoever is interrupted by it is stuck as soon as it is bound to be: it may have some steps to go.
            if !todo.contains(&other) {
                todo.push(other);
            }
            continue;
        }
        if contexts[context].kind == Kind::Softirq {
            scene.run(context, false);
        }
        found.waits.extend(scene.wait_of(context, None));
        found.classes.extend(scene.info(context).iter().flat_map(|info| info.awaits.iter().copied()));
    }
    let mut scene = Scene { system, sources, state: state.clone() };
    let busy: Vec<usize> = (0..contexts.len()).filter(|c| !todo.contains(c) && scene.unfinished(*c)).collect();
    scene.settle(&todo);
    // Whoever could still step may be on its way to wait for those who cannot.
    let later = busy.into_iter().filter_map(|context| scene.wait_of(context, None));
    found.waits.extend(later.map(|wait| Wait { later: true, ..wait }));
    let parked = (0..contexts.len()).filter(|context| scene.pc(*context) == Pc::Parked);
    found.parked = parked.map(|context| scene.name(context).into()).collect();
    found
}

impl Waits {
    /// Contexts that wait for each other in a circle, each with its wait for the next; the first such circle.
    pub fn circle(&self) -> Option<Vec<&Wait>> {
        let starts = self.waits.iter();
        starts.filter_map(|start| self.round(start)).next()
    }

    /// The shortest way from a wait over holders back to itself.
    fn round<'w>(&'w self, start: &'w Wait) -> Option<Vec<&'w Wait>> {
        let mut ways = std::collections::VecDeque::from([vec![start]]);
        let mut seen: Vec<&str> = Vec::new();
        while let Some(way) = ways.pop_front() {
            for holder in way.last()?.holders() {
                if *holder == start.context {
                    return Some(way);
                }
                let next = self.waits.iter().find(|wait| wait.context == *holder && !seen.contains(&holder.as_str()));
                if let Some(next) = next {
                    seen.push(&next.context);
                    ways.push_back(way.iter().copied().chain([next]).collect());
                }
            }
        }
        None
    }
}

impl Wait {
    /// Contexts that must step before it can.
    fn holders(&self) -> &[String] {
        match &self.cause {
            Cause::Locks { holders, .. } => holders,
            Cause::Softirq(context) => std::slice::from_ref(context),
            Cause::Condition { writers, .. } => writers,
        }
    }
}

/// A state in which contexts are stuck.
struct Scene<'a> {
    system: &'a System,
    sources: &'a SourceMap,
    state: State,
}

impl Scene<'_> {
    fn pc(&self, context: usize) -> Pc {
        self.system.layout().pc(&self.state, context)
    }

    fn info(&self, context: usize) -> Option<&StepInfo> {
        let Pc::At(step) = self.pc(context) else { return None };
        self.system.program().contexts[context].code.steps.get(usize::from(step))
    }

    fn name(&self, context: usize) -> &str {
        &self.system.program().contexts[context].name
    }

    /// The softirq that runs on this context's CPU and so keeps it from running.
    fn interrupted_by(&self, context: usize) -> Option<usize> {
        let contexts = &self.system.program().contexts;
        let cpu = contexts[context].cpu?;
        (0..contexts.len()).find(|&other| {
            let begun = self.info(other).is_some_and(|info| !info.attrs.idle && !info.attrs.fresh);
            other != context && contexts[other].cpu == Some(cpu) && contexts[other].kind == Kind::Softirq && begun
        })
    }

    fn unfinished(&self, context: usize) -> bool {
        self.system.unfinished(context, self.pc(context))
    }

    /// Lets all but some go on until they have to wait, are idle or over.
    fn settle(&mut self, stuck: &[usize]) {
        let contexts = &self.system.program().contexts;
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
        let system = self.system;
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

    /// What a context stands at; `None` if it is idle or over.
    fn wait_of(&self, context: usize, interrupted: Option<usize>) -> Option<Wait> {
        let info = self.info(context).filter(|info| !info.attrs.idle || interrupted.is_some())?;
        let site = self.system.site(context, self.pc(context))?;
        let cause = match (interrupted, info.awaits.as_slice()) {
            (Some(other), _) => Cause::Softirq(self.name(other).into()),
            (None, []) => Cause::Condition { text: self.condition(&site), writers: self.writers(context) },
            (None, awaits) => Cause::Locks { classes: self.classes(awaits), holders: self.holders(awaits) },
        };
        Some(Wait {
            context: self.name(context).into(),
            function: site.calls.last().map(|(name, _)| name.clone()).unwrap_or_default(),
            at: position(self.sources, place(self.sources, &site)),
            cause,
            holds: self.classes(&info.attrs.held),
            later: false,
        })
    }

    /// The text of the wait itself: `!page->locked`.
    fn condition(&self, site: &StepSite) -> String {
        let text = self.sources.line_text(site.span).trim().trim_end_matches(';');
        let words = ["await(", "await_fair(", "wait_event("];
        let inner = words.iter().find_map(|word| text.strip_prefix(word)?.strip_suffix(')'));
        inner.unwrap_or(text).into()
    }

    /// Contexts in the middle of something that come to a write of a member that this wait reads, before they are idle
    /// again. Where an idle one would write it, those that it waits for: an I/O completes if somebody submits it.
    fn writers(&self, context: usize) -> Vec<String> {
        let contexts = self.system.program().contexts.len();
        let mut asked = vec![false; contexts];
        let mut writers = vec![false; contexts];
        let mut todo = vec![context];
        while let Some(waiting) = todo.pop() {
            if std::mem::replace(&mut asked[waiting], true) {
                continue;
            }
            let read = self.members(waiting);
            for other in (0..contexts).filter(|other| *other != context && self.writes(*other, &read)) {
                match self.unfinished(other) {
                    true => writers[other] = true,
                    false => todo.push(other),
                }
            }
        }
        (0..contexts).filter(|other| writers[*other]).map(|other| self.name(other).into()).collect()
    }

    /// Whether a context may come to a write of one of these members before it is idle again.
    fn writes(&self, context: usize, members: &[(u16, u16)]) -> bool {
        self.ahead(context).iter().any(|op| match op {
            Op::Store { place, .. } => members.contains(&(place.pool, place.offset)),
            _ => false,
        })
    }

    /// Members that the wait of the step reads at which a context stands; specification and constants aside.
    fn members(&self, context: usize) -> Vec<(u16, u16)> {
        let Some(info) = self.info(context) else { return Vec::new() };
        let code = &self.system.program().contexts[context].code;
        let ops = code.ops[info.at as usize + 1..].iter().take_while(|op| !matches!(op, Op::Step | Op::Await { .. }));
        let read = ops.filter_map(|op| match op {
            Op::Load { place, .. } => Some((place.pool, place.offset)),
            _ => None,
        });
        let shared = |(pool, offset): &(u16, u16)| {
            let cell = &self.system.program().pools[usize::from(*pool)].cells[usize::from(*offset)];
            !cell.ghost && !cell.constant
        };
        read.filter(shared).collect()
    }

    /// The ops that a context may come to before it is idle again.
    fn ahead(&self, context: usize) -> Vec<&Op> {
        let code = &self.system.program().contexts[context].code;
        let mut seen = vec![false; code.ops.len()];
        let mut todo: Vec<usize> = self.info(context).iter().map(|info| info.at as usize + 1).collect();
        let mut ahead = Vec::new();
        while let Some(at) = todo.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let op = &code.ops[at];
            ahead.push(op);
            match op {
                Op::Step if code.steps[usize::from(code.step_of[at])].attrs.idle => {}
                Op::End | Op::Park | Op::Crash(_) | Op::Return(_) => {}
                Op::Jump(target) => todo.push(*target as usize),
                Op::Branch { then, other, .. } => todo.extend([*then as usize, *other as usize]),
                _ => todo.push(at + 1),
            }
        }
        ahead
    }

    fn classes(&self, classes: &[u16]) -> Vec<String> {
        let names = &self.system.program().lock_classes;
        let names = classes.iter().filter_map(|class| names.get(usize::from(*class)).cloned());
        let mut names: Vec<String> = names.collect();
        names.dedup();
        names
    }

    fn holders(&self, awaits: &[u16]) -> Vec<String> {
        let holds = |other: &usize| self.info(*other).is_some_and(|i| i.attrs.held.iter().any(|c| awaits.contains(c)));
        let contexts = 0..self.system.program().contexts.len();
        contexts.filter(holds).map(|other| self.name(other).into()).collect()
    }
}
