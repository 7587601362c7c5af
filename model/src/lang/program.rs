//! The program: what kernel C becomes. Per context a control-flow graph of ops, cut into steps at [`Op::Step`].
//!
//! Owns the shape of memory and of contexts; the instruction set is `op`'s. Lowering builds a program; the system executes
//! it and the Promela export prints it. Nothing here knows of packing or of search.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::ast::Span;
pub use super::op::*;
use super::resolve::{ClaimDecl, Overflow, Unit};

/// The values of a register or cell, inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    /// Lowest.
    pub low: i16,
    /// Highest.
    pub high: i16,
}

impl Range {
    /// 0 and 1.
    pub const BOOL: Range = Range { low: 0, high: 1 };
    /// What a local `int` holds.
    pub const INT: Range = Range { low: -128, high: 127 };

    /// Bits needed to store a value of this range.
    pub fn bits(self) -> u32 {
        let count = (i32::from(self.high) - i32::from(self.low)) as u32;
        u32::BITS - count.leading_zeros()
    }

    /// Whether `value` is inside.
    pub fn contains(self, value: i16) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// A register.
#[derive(Clone, Debug)]
pub struct RegInfo {
    /// The local's name; empty for a temporary.
    pub name: String,
    /// What it can hold between steps.
    pub range: Range,
    /// The pool whose objects it names, for display.
    pub pool: Option<u16>,
}

/// A call that was inlined.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The function.
    pub function: String,
    /// The call.
    pub call: Span,
    /// The calling frame; `None` for the context's own code.
    pub parent: Option<u32>,
}

/// Where an op comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct Origin {
    /// Source.
    pub span: Span,
    /// Index into [`Code::frames`].
    pub frame: u32,
    /// Whether it stands inside `__atomic`, a check or a claim.
    pub atomic: bool,
    /// Whether it belongs to the condition of a `check` or `witness`, which may read any object.
    pub specified: bool,
}

/// What holds statically whenever a context stands at a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepAttrs {
    /// Preemption is off this many times.
    pub preempt: u8,
    /// Bottom halves are off this many times.
    pub bottom_half: u8,
    /// Interrupts are off this many times.
    pub irq: u8,
    /// The context is idle (a forever loop's head).
    pub idle: bool,
    /// The context has not taken a step yet.
    pub fresh: bool,
    /// An unbound context's `current->mm` has been chosen.
    pub mm_chosen: bool,
    /// Classes of the locks held, sorted, one entry per lock.
    pub held: Vec<u16>,
}

/// The [`Expectation`]s of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepFairness {
    /// It waits for a lock or a wait bit: strongly fair.
    pub served: bool,
    /// Its first choice is fair: odd choices are the ones that are made in the end.
    pub chosen: bool,
    /// It need not ever happen.
    pub optional: bool,
}

/// A step head.
#[derive(Clone, Debug)]
pub struct StepInfo {
    /// Its op ([`Op::Step`]).
    pub at: Target,
    /// What holds here.
    pub attrs: StepAttrs,
    /// Classes of locks that this step waits for.
    pub awaits: Vec<u16>,
    /// What liveness may expect of it.
    pub fairness: StepFairness,
    /// Registers that are live here, ascending.
    pub live: Vec<Reg>,
}

/// A condition that came out the same whenever control came this way: it became no op. Coverage counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decided {
    /// The op that ran before it, and with which outcome if it has one; `None` at the very start.
    pub after: Option<(Target, Option<bool>)>,
    /// Where the condition comes from.
    pub origin: Origin,
    /// How it came out.
    pub outcome: bool,
}

/// Executable code.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Ops.
    pub ops: Vec<Op>,
    /// Where each op comes from.
    pub origins: Vec<Origin>,
    /// Registers.
    pub regs: Vec<RegInfo>,
    /// Inlined calls; frame 0 is the code itself.
    pub frames: Vec<Frame>,
    /// Step heads in order of discovery.
    pub steps: Vec<StepInfo>,
    /// For each op that is a step head, its index in `steps`.
    pub step_of: Vec<u16>,
    /// Conditions that became no op.
    pub decided: BTreeSet<Decided>,
}

/// Kinds of contexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A process in the kernel.
    Task,
    /// A kernel thread.
    Kworker,
    /// A bottom half.
    Softirq,
    /// Hardware.
    Device,
}

/// What `current->mm` is in a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentMm {
    /// Always this (0 is NULL, else index + 1).
    Fixed(i16),
    /// Any mm or NULL, chosen when the context starts.
    Any,
    /// That of the task on this CPU; NULL when it is idle or over.
    OfCpu(u8),
}

/// A context and its code.
#[derive(Clone, Debug)]
pub struct Context {
    /// Name from the scenario.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// The CPU it is bound to.
    pub cpu: Option<u8>,
    /// Its `current->mm`.
    pub mm: CurrentMm,
    /// Whether it never ends.
    pub forever: bool,
    /// What it runs.
    pub code: Code,
}

/// A cell of an object.
#[derive(Clone, Debug)]
pub struct CellInfo {
    /// Path in the object: `pte[0].write`.
    pub name: String,
    /// Values.
    pub range: Range,
    /// Specification only.
    pub ghost: bool,
    /// Only init writes it.
    pub constant: bool,
    /// What happens above the range.
    pub overflow: Overflow,
    /// The claim that going below zero violates: `S13` for references, else `S7`.
    pub refcount: bool,
    /// A number that counts, and no enumeration.
    pub counter: bool,
    /// Real code may see an old value; the search does not.
    pub stale: bool,
    /// The pool whose objects it names.
    pub pool: Option<u16>,
    /// The structure that declares it (`page_ext` for what a part added).
    pub owner: String,
    /// Whether it is declared `bool`.
    pub boolean: bool,
}

/// A pool of objects.
#[derive(Clone, Debug)]
pub struct PoolInfo {
    /// The global's name.
    pub name: String,
    /// The structure's tag.
    pub tag: String,
    /// Number of objects.
    pub len: u16,
    /// Declared without bounds.
    pub single: bool,
    /// Whether entries are handed out by `pool_get`.
    pub allocated: bool,
    /// Cells of one object.
    pub cells: Vec<CellInfo>,
    /// First cell of the pool in memory.
    pub base: u32,
}

/// A function that judges a whole state.
#[derive(Clone, Debug)]
pub struct Judge {
    /// Claim (index).
    pub claim: u16,
    /// The function's name.
    pub name: String,
    /// Pools of its parameters, which are its first registers.
    pub params: Vec<u16>,
    /// Code without steps, ending in [`Op::Return`].
    pub code: Code,
}

/// A pair of functions: from a state where `from` is true, a run comes to one where `until` is.
#[derive(Clone, Debug)]
pub struct LeadsTo {
    /// `when_L6`
    pub from: Judge,
    /// `leads_to_L6`, about the same objects.
    pub until: Judge,
}

/// A claim of the program.
#[derive(Clone, Debug)]
pub struct Claim {
    /// As declared.
    pub decl: ClaimDecl,
    /// Whether every hook it names is provided.
    pub hooked: bool,
    /// Whether the code that was lowered checks it somewhere, or a judge does.
    pub present: bool,
}

/// Kernel C, specialised to one population.
#[derive(Clone, Debug)]
pub struct Program {
    /// The checked unit it was lowered from. Slices of the program share it.
    pub unit: Arc<Unit>,
    /// Pools, in memory order.
    pub pools: Vec<PoolInfo>,
    /// Contexts.
    pub contexts: Vec<Context>,
    /// Claims.
    pub claims: Vec<Claim>,
    /// `always_` functions.
    pub always: Vec<Judge>,
    /// `quiescent_` functions.
    pub quiescent: Vec<Judge>,
    /// `sometimes_` functions.
    pub sometimes: Vec<Judge>,
    /// `when_` and `leads_to_` functions.
    pub leads_to: Vec<LeadsTo>,
    /// `quiescent()`: nothing is pending.
    pub at_rest: Option<Judge>,
    /// Code that runs once before everything.
    pub init: Code,
    /// Names of lock classes.
    pub lock_classes: Vec<String>,
}

impl Program {
    /// Cells in memory, pool bitmaps aside.
    pub fn memory_len(&self) -> usize {
        self.pools.iter().map(|p| p.cells.len() * usize::from(p.len)).sum()
    }

    /// Every function that judges whole states.
    pub fn judges(&self) -> impl Iterator<Item = &Judge> {
        let states = self.always.iter().chain(&self.quiescent).chain(&self.sometimes).chain(&self.at_rest);
        states.chain(self.leads_to.iter().flat_map(|pair| [&pair.from, &pair.until]))
    }

    /// A hash of all that decides what the program does: its ops, what holds at its steps, its memory, its judges, and which
    /// claims it asks. Where they come from is left out, and so are the names of registers.
    pub fn behaviour(&self) -> u64 {
        let mut hasher = rustc_hash::FxHasher::default();
        format!("{:?}", self.pools).hash(&mut hasher);
        self.claims.iter().for_each(|claim| (claim.hooked, claim.present).hash(&mut hasher));
        self.contexts.iter().for_each(|context| hash_code(&context.code, &mut hasher));
        self.judges().for_each(|judge| hash_code(&judge.code, &mut hasher));
        hash_code(&self.init, &mut hasher);
        hasher.finish()
    }

    /// Index of the claim `id`.
    pub fn claim(&self, id: &str) -> Option<u16> {
        self.claims.iter().position(|c| c.decl.id == id).map(|i| i as u16)
    }
}

/// Registers by the order in which ops name them: code that came to nothing may have taken some.
fn hash_code(code: &Code, hasher: &mut impl Hasher) {
    let mut names: BTreeMap<Reg, Reg> = BTreeMap::new();
    let mut name = |reg: Reg| {
        let next = names.len() as Reg;
        *names.entry(reg).or_insert(next)
    };
    for op in &code.ops {
        format!("{:?}", op.renamed(&mut name)).hash(hasher);
    }
    for step in &code.steps {
        let live: BTreeSet<Reg> = step.live.iter().map(|reg| name(*reg)).collect();
        format!("{:?}", StepInfo { live: live.into_iter().collect(), ..step.clone() }).hash(hasher);
    }
    names.iter().for_each(|(reg, name)| (name, code.regs[usize::from(*reg)].range).hash(hasher));
}
