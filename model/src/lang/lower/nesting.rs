//! What holds statically at each step: interrupts off, locks held, idle or not.
//!
//! Builds the product of a code with these attributes, so that a program counter alone tells them: they cost no
//! bit of state, and a function that returns with a lock held on one path only is simply copied for each case.

use std::collections::{BTreeSet, HashMap};

use super::super::ast::Span;
use super::super::diag::Diagnostic;
use super::super::program::*;
use super::emit::{MAX_OPS, too_large};
use super::facts::{Fact, Facts, counters, learn};
use super::liveness::{RegSet, live_in};

/// Nesting deeper than this is a leak: a loop that never balances.
const MAX_NESTING: u8 = 8;

type Node = (Target, StepAttrs, Facts);

/// The product of `code` and its attributes. Ops about nesting are gone afterwards; a sleep that is not allowed
/// is a failing check of claim `sleeper` (S14).
///
/// # Errors
/// Nesting that grows without bound.
pub(super) fn expand(
    code: &Code,
    kind: Kind,
    sleeper: Option<u16>,
    provided: &BTreeSet<String>,
) -> Result<Code, Diagnostic> {
    let mut product = Product {
        source: code,
        kind,
        sleeper,
        provided,
        out: Code { regs: code.regs.clone(), frames: code.frames.clone(), ..Code::default() },
        live: live_in(code),
        counters: counters(code),
        placed: HashMap::new(),
        wanted: Vec::new(),
    };
    let start = StepAttrs { fresh: true, ..StepAttrs::default() };
    product.wanted.push(((0, start, Facts::new()), None));
    while let Some((node, patch)) = product.wanted.pop() {
        product.chain(node, patch)?;
    }
    product.collect_awaits();
    product.collect_expectations()?;
    Ok(product.out)
}

/// Which target of an op waits for its node's place.
#[derive(Clone, Copy)]
enum Slot {
    Then(usize),
    Other(usize),
}

impl Slot {
    /// The op, and its outcome that leads here.
    fn arm(self) -> (Target, Option<bool>) {
        match self {
            Slot::Then(index) => (index as Target, Some(true)),
            Slot::Other(index) => (index as Target, Some(false)),
        }
    }
}

struct Product<'a> {
    source: &'a Code,
    kind: Kind,
    sleeper: Option<u16>,
    /// Functions of the proposal.
    provided: &'a BTreeSet<String>,
    out: Code,
    live: Vec<RegSet>,
    counters: Vec<bool>,
    placed: HashMap<Node, Target>,
    wanted: Vec<(Node, Option<Slot>)>,
}

impl Product<'_> {
    /// Places a node and what follows it in a straight line.
    fn chain(&mut self, node: Node, patch: Option<Slot>) -> Result<(), Diagnostic> {
        let (mut at, mut attrs, mut facts) = node;
        let mut before = patch.map(Slot::arm);
        facts.retain(|reg, _| self.live[at as usize].contains(*reg));
        if let Some(&target) = self.placed.get(&(at, attrs.clone(), facts.clone())) {
            self.patch(patch, target);
            self.decided_again(before, at, facts);
            return Ok(());
        }
        self.patch(patch, self.out.ops.len() as Target);
        loop {
            facts.retain(|reg, _| self.live[at as usize].contains(*reg));
            let here = (at, attrs.clone(), facts.clone());
            if let Some(&target) = self.placed.get(&here) {
                self.push(Op::Jump(target), at);
                self.decided_again(before, at, facts);
                return Ok(());
            }
            if self.out.ops.len() > MAX_OPS {
                let origin = self.source.origins[at as usize];
                let calls = super::liveness::calls_of(self.source, origin);
                return Err(too_large(Diagnostic::error(origin.span, "").calls(calls)));
            }
            self.placed.insert(here, self.out.ops.len() as Target);
            match self.source.ops[at as usize].clone() {
                // A jump places nothing: whoever comes to it goes on with its target.
                Op::Jump(target) => {
                    at = target;
                    continue;
                }
                Op::Branch { cond: Operand::Reg(reg), then, other } => {
                    if let Some(&known) = facts.get(&reg) {
                        self.decided(before, at, known);
                        at = if known.truth() { then } else { other };
                        continue;
                    }
                    self.fork(at, reg, then, other, attrs, facts);
                    return Ok(());
                }
                op @ (Op::End | Op::Park | Op::Crash(_) | Op::Return(_)) => {
                    self.push(op, at);
                    return Ok(());
                }
                op => {
                    learn(&op, &self.counters, &mut facts);
                    let origin = self.source.origins[at as usize];
                    let source = self.source;
                    let placed = self.out.ops.len();
                    self.straight(op, at, &mut attrs).map_err(|e| match e.calls.is_empty() {
                        true => e.calls(super::liveness::calls_of(source, origin)),
                        false => e,
                    })?;
                    if self.out.ops.len() > placed {
                        before = Some(self.last_op());
                    }
                }
            }
            at += 1;
        }
    }

    /// The op placed last, as what runs before the next one.
    fn last_op(&self) -> (Target, Option<bool>) {
        let last = self.out.ops.len() - 1;
        let passed = matches!(self.out.ops[last], Op::Await { .. } | Op::Step).then_some(true);
        (last as Target, passed)
    }

    /// Notes for coverage that the condition at a branch was known. Checks have no branches that count.
    fn decided(&mut self, after: Option<(Target, Option<bool>)>, at: Target, known: Fact) {
        let origin = self.source.origins[at as usize];
        if !origin.specified {
            self.out.decided.insert(Decided { after, origin, outcome: known.truth() });
        }
    }

    /// Control comes to a node that is placed already: what was decided from there on is decided again.
    fn decided_again(&mut self, after: Option<(Target, Option<bool>)>, mut at: Target, mut facts: Facts) {
        // No more rounds than ops: a loop of jumps is refused later.
        for _ in 0..self.source.ops.len() {
            facts.retain(|reg, _| self.live[at as usize].contains(*reg));
            match self.source.ops[at as usize] {
                Op::Jump(target) => at = target,
                Op::Branch { cond: Operand::Reg(reg), then, other } => {
                    let Some(&known) = facts.get(&reg) else { return };
                    self.decided(after, at, known);
                    at = if known.truth() { then } else { other };
                }
                _ => return,
            }
        }
    }

    /// Both ways of a branch: each knows what the condition was. What the condition of a check looked at is not
    /// remembered: the code behind it would be there twice, and specification would split states.
    fn fork(&mut self, at: Target, reg: Reg, then: Target, other: Target, attrs: StepAttrs, facts: Facts) {
        let index = self.out.ops.len();
        self.push(Op::Branch { cond: Operand::Reg(reg), then: 0, other: 0 }, at);
        let specified = self.source.origins[at as usize].specified;
        let learned = |known: Fact| {
            let mut facts = facts.clone();
            if !specified {
                facts.insert(reg, known);
            }
            facts
        };
        let (yes, no) = (learned(Fact::NotZero), learned(Fact::Is(0)));
        self.wanted.push(((other, attrs.clone(), no), Some(Slot::Other(index))));
        self.wanted.push(((then, attrs, yes), Some(Slot::Then(index))));
    }

    fn straight(&mut self, op: Op, at: Target, attrs: &mut StepAttrs) -> Result<(), Diagnostic> {
        let span = self.source.origins[at as usize].span;
        match op {
            Op::Nop => {}
            Op::Step => {
                let here = self.out.ops.len() as Target;
                self.out.steps.push(StepInfo {
                    at: here,
                    attrs: attrs.clone(),
                    awaits: Vec::new(),
                    fairness: StepFairness::default(),
                    live: Vec::new(),
                });
                self.push(Op::Step, at);
                attrs.idle = false;
                attrs.fresh = false;
            }
            Op::Idle => {
                attrs.idle = true;
                attrs.mm_chosen = false;
            }
            Op::Nesting { what, up } => {
                // A lock that is kept turns something off each time: the lock says more.
                let twice = attrs.held.windows(2).any(|pair| pair[0] == pair[1]);
                let unbalanced = |error| if up && twice { self.leak(&attrs.held) } else { error };
                let nested = nest(&mut attrs.clone(), what, up, span).map_err(unbalanced);
                nested.and_then(|()| nest(attrs, what, up, span))?;
            }
            Op::Acquire { class, blocking } => {
                self.push(Op::Acquire { class, blocking }, at);
                let place = attrs.held.partition_point(|c| *c <= class);
                attrs.held.insert(place, class);
                if attrs.held.len() > usize::from(MAX_NESTING) * 2 {
                    return Err(self.leak(&attrs.held));
                }
            }
            Op::Release { class } => {
                if let Some(place) = attrs.held.iter().position(|c| *c == class) {
                    attrs.held.remove(place);
                }
            }
            Op::MightSleep => {
                if let (true, Some(claim)) = (self.atomic(attrs), self.sleeper) {
                    self.push(Op::Check { claim, cond: Operand::Imm(0) }, at);
                }
            }
            Op::CurrentMm { dst, kept } => {
                let chosen = std::mem::replace(&mut attrs.mm_chosen, true);
                if chosen {
                    self.push(Op::Copy { dst, src: Operand::Reg(kept) }, at);
                } else {
                    self.push(Op::CurrentMm { dst: kept, kept }, at);
                    self.push(Op::Copy { dst, src: Operand::Reg(kept) }, at);
                }
            }
            op => self.push(op, at),
        }
        Ok(())
    }

    /// A lock that is taken round after round, where the proposal takes it, or else where it is taken first.
    fn leak(&self, held: &[u16]) -> Diagnostic {
        let times = |class: &u16| held.iter().filter(|other| *other == class).count();
        let leaked = held.iter().max_by_key(|class| times(class)).copied().unwrap_or_default();
        let takes = |op: &Op| matches!(op, Op::Acquire { class, .. } if *class == leaked);
        let takers = || (0..self.source.ops.len()).filter(|at| takes(&self.source.ops[*at]));
        // The base releases what it takes: look into the proposal first.
        let own = takers().find(|at| {
            let calls = super::liveness::calls_of(self.source, self.source.origins[*at]);
            calls.iter().skip(1).any(|(function, _)| self.provided.contains(function))
        });
        let at = own.or(takers().next()).unwrap_or_default();
        let origin = self.source.origins[at];
        Diagnostic::error(origin.span, "this lock is taken again and again, and never released here")
            .help("release it on every path. If another context releases a semaphore: down_read_non_owner()")
            .calls(super::liveness::calls_of(self.source, origin))
    }

    fn atomic(&self, attrs: &StepAttrs) -> bool {
        self.kind == Kind::Softirq || attrs.preempt > 0 || attrs.bottom_half > 0 || attrs.irq > 0
    }

    fn push(&mut self, op: Op, at: Target) {
        self.out.ops.push(op);
        self.out.origins.push(self.source.origins[at as usize]);
    }

    fn patch(&mut self, slot: Option<Slot>, target: Target) {
        let Some(Slot::Then(index) | Slot::Other(index)) = slot else { return };
        if let Op::Branch { then, other, .. } = &mut self.out.ops[index] {
            match slot {
                Some(Slot::Then(_)) => *then = target,
                _ => *other = target,
            }
        }
    }

    /// Which locks each step waits for: the blocking acquisitions between it and the next step.
    fn collect_awaits(&mut self) {
        for index in 0..self.out.steps.len() {
            let awaits = awaited(&self.out.ops, self.out.steps[index].at);
            self.out.steps[index].awaits = awaits;
        }
        for op in &mut self.out.ops {
            if matches!(op, Op::Acquire { .. }) {
                *op = Op::Nop;
            }
        }
    }

    /// What liveness may expect of each step. Who waits for a lock is served in the end.
    fn collect_expectations(&mut self) -> Result<(), Diagnostic> {
        for index in 0..self.out.steps.len() {
            let (mut fairness, late) = expectations(&self.out.ops, self.out.steps[index].at);
            if let Some(at) = late {
                let origin = self.out.origins[at as usize];
                return Err(Diagnostic::error(origin.span, "a fair choice behind another choice of the same step")
                    .help("choose fairly first, or put a shared access between the two")
                    .calls(super::liveness::calls_of(self.source, origin)));
            }
            fairness.served |= !self.out.steps[index].awaits.is_empty();
            self.out.steps[index].fairness = fairness;
        }
        for op in &mut self.out.ops {
            if matches!(op, Op::Expect(_)) {
                *op = Op::Nop;
            }
        }
        Ok(())
    }
}

/// What the ops between the step head at `start` and the next one say of its fairness, and the place of a fair choice
/// that is not the first one of its step.
fn expectations(ops: &[Op], start: Target) -> (StepFairness, Option<Target>) {
    let mut fairness = StepFairness::default();
    let mut late = None;
    each_op(ops, start, &mut |at, op, choices| match op {
        Op::Expect(Expectation::Served) => fairness.served = true,
        Op::Expect(Expectation::Nothing) => fairness.optional = true,
        Op::Expect(Expectation::Chosen) if choices => late = Some(at),
        Op::Expect(Expectation::Chosen) => fairness.chosen = true,
        _ => {}
    });
    (fairness, late)
}

fn nest(attrs: &mut StepAttrs, what: Nest, up: bool, span: Span) -> Result<(), Diagnostic> {
    let counter = match what {
        Nest::Preempt => &mut attrs.preempt,
        Nest::BottomHalf => &mut attrs.bottom_half,
        Nest::Irq => &mut attrs.irq,
    };
    match (up, *counter) {
        (true, MAX_NESTING) => Err(unbalanced(span, "disabled again and again, never enabled")),
        (true, _) => {
            *counter += 1;
            Ok(())
        }
        (false, 0) => Err(unbalanced(span, "enabled without having been disabled")),
        (false, _) => {
            *counter -= 1;
            Ok(())
        }
    }
}

fn unbalanced(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error(span, message).help("pair it on every path through the function: preempt, bottom halves and interrupts off and on, each lock taken and released")
}

/// Lock classes acquired between the step head at `start` and the next one.
fn awaited(ops: &[Op], start: Target) -> Vec<u16> {
    let mut classes = Vec::new();
    each_op(ops, start, &mut |_, op, _| {
        if let Op::Acquire { class, blocking: true } = op
            && !classes.contains(class)
        {
            classes.push(*class);
        }
    });
    classes.sort_unstable();
    classes
}

/// Each op of a step, and whether the step may have made a choice before it.
fn each_op(ops: &[Op], start: Target, f: &mut dyn FnMut(Target, &Op, bool)) {
    let mut seen = std::collections::HashSet::new();
    let mut todo = vec![(start + 1, false)];
    while let Some((at, chosen)) = todo.pop() {
        if !seen.insert((at, chosen)) {
            continue;
        }
        match &ops[at as usize] {
            Op::Step | Op::End | Op::Park | Op::Crash(_) | Op::Return(_) => {}
            Op::Jump(target) => todo.push((*target, chosen)),
            Op::Branch { then, other, .. } => todo.extend([(*then, chosen), (*other, chosen)]),
            op => {
                f(at, op, chosen);
                todo.push((at + 1, chosen || matches!(op, Op::Nondet { .. } | Op::CurrentMm { .. })));
            }
        }
    }
}
