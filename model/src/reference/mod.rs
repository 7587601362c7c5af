//! The reference interpreter: kernel C evaluated on the syntax tree, over whole states.
//!
//! An oracle for the packed engine. It is slow and simple, and shares neither lowering nor packing nor `fire` with
//! it, only the syntax tree and the resolved unit; what both say of a program must be the same. docs/kernel-c.md is
//! the definition that both follow. [`Interpreter::explore`] says what is compared.
//!
//! Two limits. It knows no liveness: a local that has left its width when a step ends cuts the path even if nobody
//! reads it any more. And it does not check the language: what lowering refuses may be taken here, or found only when
//! it runs.

mod call;
mod claims;
mod control;
mod cpu;
mod eval;
mod explore;
mod jump;
mod machine;
mod memory;
mod state;
mod touch;

use std::collections::BTreeSet;

pub use explore::{Exploration, LimitReached, Position, Projection};
pub use state::State;

use crate::lang::ast::{Expr, ExprKind, Stmt};
use crate::lang::diag::Diagnostic;
use crate::lang::lower::{ContextSpec, MmSpec};
use crate::lang::program::{Crash, Kind};
use crate::lang::resolve::Unit;
use crate::lang::walk;
use claims::Judges;
use machine::{Machine, Mm, Stop};
use memory::{Cell, Memory, cells_of, refused};
use state::{Context, Node, Place, Task};

/// What a context runs.
#[derive(Clone, Copy, Debug)]
enum Entry<'a> {
    Once(&'a [Stmt]),
    Forever(&'a [Stmt]),
    /// The kworker of this work item.
    Work(usize),
}

/// A context of the population.
#[derive(Clone, Copy, Debug)]
struct Actor<'a> {
    name: &'a str,
    kind: Kind,
    cpu: Option<u8>,
    mm: MmSpec,
    entry: Entry<'a>,
}

/// Kernel C and its population, ready to be interpreted.
#[derive(Debug)]
pub struct Interpreter<'a> {
    unit: &'a Unit,
    actors: Vec<Actor<'a>>,
    init: &'a [Stmt],
    /// The cells of an object, by pool.
    cells: Vec<Vec<Cell>>,
    /// Whether a pool's entries are handed out by `pool_get`.
    allocated: Vec<bool>,
    judges: Judges<'a>,
}

/// What a step leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// Another state.
    State(State<'a>),
    /// Nothing: claim S0 is violated and the path ends.
    Crash(Crash),
    /// Nothing: this member or local left its width, and the path is cut.
    Cut(String),
}

/// A step that a context can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor<'a> {
    /// Index of the context; the kworkers of work items follow those of the scenario.
    pub context: usize,
    /// What was chosen, in order; nothing is chosen where there is one possibility only.
    pub choices: Vec<u32>,
    /// Where it leads.
    pub outcome: Outcome<'a>,
    /// Claims that the step, or the state that it leads to, violates; only claims that the unit declares.
    pub violated: Vec<String>,
    /// Claims that the step, or the state that it leads to, exercises.
    pub witnessed: Vec<String>,
}

impl<'a> Interpreter<'a> {
    /// An interpreter of `unit` with the contexts of a scenario and the scenario's own `init`.
    pub fn new(unit: &'a Unit, contexts: &'a [ContextSpec], init: &'a [Stmt]) -> Self {
        let mut actors: Vec<Actor> = contexts.iter().map(actor).collect();
        actors.extend(unit.works.iter().enumerate().map(|(index, work)| Actor {
            name: &work.name,
            kind: Kind::Kworker,
            cpu: None,
            mm: MmSpec::ByKind,
            entry: Entry::Work(index),
        }));
        Interpreter {
            unit,
            actors,
            init,
            cells: unit.pools.iter().map(|pool| cells_of(unit, pool.layout)).collect(),
            allocated: allocated(unit, contexts),
            judges: Judges::new(unit),
        }
    }

    /// Names of the contexts, those of work items last.
    pub fn contexts(&self) -> impl Iterator<Item = &'a str> {
        self.actors.iter().map(|actor| actor.name)
    }

    /// The states before the first step: several if something is chosen before it.
    ///
    /// # Errors
    /// A program that the language forbids, or one that crashes before it starts.
    pub fn initial(&self) -> Result<Vec<State<'a>>, Diagnostic> {
        let mut states = vec![self.blank()?];
        for who in 0..self.actors.len() {
            let mut next = Vec::new();
            for state in &states {
                for run in self.runs(state, who, false)? {
                    match run.outcome {
                        Outcome::State(state) => next.push(state),
                        _ => return Err(refused(Default::default(), "the program fails before its first step")),
                    }
                }
            }
            states = next;
        }
        for state in &mut states {
            self.judge(state)?;
        }
        Ok(states)
    }

    /// Every step that some context can take.
    ///
    /// # Errors
    /// A program that the language forbids.
    pub fn successors(&self, state: &State<'a>) -> Result<Vec<Successor<'a>>, Diagnostic> {
        let mut all = Vec::new();
        for who in 0..self.actors.len() {
            if state.contexts[who].todo.is_empty() || !self.may_step(state, who) {
                continue;
            }
            for mut next in self.runs(state, who, true)? {
                if let Outcome::State(state) = &mut next.outcome {
                    let (violated, witnessed) = self.judge(state)?;
                    next.violated = merge(next.violated, self.ids(violated));
                    next.witnessed = merge(next.witnessed, self.ids(witnessed));
                }
                all.push(next);
            }
        }
        Ok(all)
    }

    /// The number in a cell: `cell(state, "pages", 0, "pte[1].write")`. NULL is 0, an object its index plus one.
    pub fn cell(&self, state: &State<'a>, pool: &str, object: usize, member: &str) -> Option<i32> {
        let pool = self.unit.pool_named(pool)?;
        let offset = self.cells[pool].iter().position(|cell| cell.name == member)?;
        let place = Place { offset, ty: self.cells[pool][offset].ty, ..whole(pool, object as i32 + 1) };
        state.memory.read(&place, 1).ok().map(|cells| cells[0])
    }

    /// Memory after `init`, and every context at its start.
    fn blank(&self) -> Result<State<'a>, Diagnostic> {
        let memory = Memory::new(self.unit, &self.allocated);
        let base = self.unit.functions.get("init").and_then(|init| init.body.as_deref()).unwrap_or_default();
        let (memory, mut violated) = self.initialise(memory, base)?;
        let (memory, own) = self.initialise(memory, self.init)?;
        violated.extend(own);
        let contexts = self.actors.iter().map(|actor| start(actor)).collect();
        Ok(State { memory, contexts, violated: sorted(violated) })
    }

    fn initialise(&self, memory: Memory, body: &'a [Stmt]) -> Result<(Memory, Vec<usize>), Diagnostic> {
        let mut machine = self.judging_machine(memory);
        machine.initialising = true;
        machine.push(Task::Scope(Node(body)));
        match machine.compute() {
            Ok(()) => Ok((machine.memory, machine.violated)),
            Err(Stop::Refused(diagnostic)) => Err(diagnostic),
            Err(stop) => Err(refused(machine.here(), format!("init fails: {stop:?}"))),
        }
    }

    /// A machine that evaluates at once, as no context.
    fn judging_machine(&self, memory: Memory) -> Machine<'_, 'a> {
        let context = Context { atomic: 1, calls: vec![call::outermost()], ..Context::default() };
        self.machine(memory, context, Kind::Device, Mm::Fixed(0))
    }

    fn machine(&self, memory: Memory, context: Context<'a>, kind: Kind, mm: Mm) -> Machine<'_, 'a> {
        Machine {
            world: self,
            memory,
            context,
            kind,
            mm,
            initialising: false,
            script: Vec::new(),
            chosen: 0,
            violated: Vec::new(),
            witnessed: Vec::new(),
        }
    }

    /// Runs a context up to its next step with every possible sequence of choices; `step`: takes a step first.
    fn runs(&self, state: &State<'a>, who: usize, step: bool) -> Result<Vec<Successor<'a>>, Diagnostic> {
        let mut found = Vec::new();
        let mut scripts = vec![Vec::new()];
        while let Some(script) = scripts.pop() {
            let mut machine = self.machine(
                state.memory.clone(),
                state.contexts[who].clone(),
                self.actors[who].kind,
                self.current_mm(state, who),
            );
            machine.script = script;
            let end = if step { machine.step() } else { machine.settle() };
            let outcome = match end {
                Ok(()) => Outcome::State(self.after(state, who, &machine)),
                Err(Stop::Crash(crash)) => Outcome::Crash(crash),
                Err(Stop::Cut(what)) => Outcome::Cut(what),
                Err(Stop::Blocked) => continue,
                Err(Stop::Choice(count)) => {
                    let longer = |choice| [machine.script.as_slice(), &[choice]].concat();
                    scripts.extend((0..count).rev().map(longer));
                    continue;
                }
                Err(Stop::Refused(diagnostic)) => return Err(diagnostic),
            };
            found.push(Successor {
                context: who,
                outcome,
                violated: merge(self.ids(machine.violated), Vec::new()),
                witnessed: merge(self.ids(machine.witnessed), Vec::new()),
                choices: machine.script,
            });
        }
        Ok(found)
    }

    /// The state after a context ran.
    fn after(&self, before: &State<'a>, who: usize, machine: &Machine<'_, 'a>) -> State<'a> {
        let mut contexts = before.contexts.clone();
        contexts[who] = machine.context.clone();
        let violated = sorted([before.violated.as_slice(), &machine.violated].concat());
        State { memory: machine.memory.clone(), contexts, violated }
    }

    /// Whether an access to this place is a step.
    fn is_real(&self, place: &Place) -> bool {
        let size = match place.ty {
            state::Ty::Struct(layout) => self.unit.structs[layout].size,
            _ => 1,
        };
        machine::real(&self.cells[place.pool][place.offset..place.offset + size])
    }

    /// Index of a claim, if the unit declares it.
    fn claim(&self, id: &str) -> Option<usize> {
        self.unit.claims.iter().position(|claim| claim.id == id)
    }

    /// The claim that a string literal names.
    fn declared_claim(&self, expr: &Expr) -> Result<usize, Diagnostic> {
        let claim = match &expr.kind {
            ExprKind::Str(id) => self.claim(id),
            _ => None,
        };
        claim.ok_or_else(|| refused(expr.span, "unknown claim"))
    }

    fn ids(&self, claims: Vec<usize>) -> Vec<String> {
        claims.into_iter().map(|claim| self.unit.claims[claim].id.clone()).collect()
    }
}

fn actor(spec: &ContextSpec) -> Actor<'_> {
    let entry = match spec.forever {
        true => Entry::Forever(&spec.run),
        false => Entry::Once(&spec.run),
    };
    Actor { name: &spec.name, kind: spec.kind, cpu: spec.cpu, mm: spec.mm, entry }
}

/// A context before it has done anything.
fn start<'a>(actor: &Actor<'a>) -> Context<'a> {
    let first = match actor.entry {
        Entry::Once(run) => Task::Scope(Node(run)),
        Entry::Forever(run) => Task::Forever(Node(run)),
        Entry::Work(work) => Task::Work(work),
    };
    Context { todo: vec![first], calls: vec![call::outermost()], fresh: true, ..Context::default() }
}

/// Which pools some code takes entries of.
fn allocated(unit: &Unit, contexts: &[ContextSpec]) -> Vec<bool> {
    let mut taken = BTreeSet::new();
    let mut note = |expr: &Expr| {
        if let ExprKind::Call { name, args } = &expr.kind
            && let ("pool_get", [Expr { kind: ExprKind::Ident(pool), .. }]) = (name.text.as_str(), args.as_slice())
        {
            taken.insert(pool.clone());
        }
    };
    for function in unit.functions.values() {
        walk::exprs(function.body.as_deref().unwrap_or_default(), &mut note);
    }
    contexts.iter().for_each(|context| walk::exprs(&context.run, &mut note));
    unit.pools.iter().map(|pool| taken.contains(&pool.name)).collect()
}

fn whole(pool: usize, object: i32) -> Place {
    Place { pool, object, offset: 0, ty: state::Ty::Void, dims: Vec::new(), outside: false }
}

fn sorted(mut claims: Vec<usize>) -> Vec<usize> {
    claims.sort_unstable();
    claims.dedup();
    claims
}

fn merge(a: Vec<String>, b: Vec<String>) -> Vec<String> {
    a.into_iter().chain(b).collect::<BTreeSet<_>>().into_iter().collect()
}
