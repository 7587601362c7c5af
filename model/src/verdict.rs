//! Verdicts: what a search says about each claim. Coverage is a type: without [`Complete`] nothing "holds".

mod live;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::compile::Compiled;
use crate::coverage;
use crate::lang::program::{Claim, Program};
use crate::lang::resolve::Overflow;
use crate::proposal::Composition;
use crate::question::{call_in, calls_of, claims_inside, questions};
use crate::scenario::Population;
use crate::search::liveness::{Fairness, Findings};
use crate::search::{Bound, Complete, Coverage, Exploration, Fewest, Hang};
use crate::system::{Cut, System};
use crate::trace::{self, Header, Trace, TraceKind, Wait};

/// What is said of a claim.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It holds in every state, and was exercised; what a claim about liveness needed for it.
    Holds(Complete, Option<Box<Needs>>),
    /// It does not; the run that is told.
    Violated(Box<Violation>),
    /// It holds in every state, but nothing ever put it to the test.
    Vacuous(Complete),
    /// The search did not see every state; why.
    Undecided(String),
    /// It says nothing here; what is missing.
    NotApplicable(Absent),
}

/// What a claim would need to say something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Absent {
    /// A hook of the proposal.
    #[error("the proposal has no {0}()")]
    Hook(String),
    /// Something that scenarios offer: a pin, truncate, stable storage.
    #[error("the scenario has no {0}")]
    Offer(String),
    /// A call of this function.
    #[error("nobody calls {0}()")]
    Call(String),
    /// Anything that checks it.
    #[error("nothing here checks it")]
    Check,
}

/// The fairness that a claim about liveness needs to hold.
#[derive(Clone, Debug)]
pub struct Needs {
    /// The least that is enough.
    pub fairness: Fairness,
    /// What could happen with less; `None` where no fairness is needed.
    pub without: Option<Violation>,
}

/// A violation.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Steps of the run.
    pub steps: usize,
    /// How often the context changes in it.
    pub switches: usize,
    /// Whether it is certain that no run has fewer switches; `None` where nobody asked, or of what is no run to a step
    /// or a state.
    pub none_with_fewer: Option<bool>,
    /// The run.
    pub trace: Trace,
    /// Who waits for whom at its end, if it is a hang.
    pub waits: Vec<Wait>,
}

impl Verdict {
    /// `holds`, `violated`, ...
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Holds(..) => "holds",
            Verdict::Violated(_) => "violated",
            Verdict::Vacuous(_) => "vacuous",
            Verdict::Undecided(_) => "undecided",
            Verdict::NotApplicable(_) => "n/a",
        }
    }
}

/// One composition in one population, judged.
pub struct Case {
    /// The composition.
    pub composition: Composition,
    /// The population.
    pub population: Population,
    /// Claim ids and verdicts, in the order of `claims.c`.
    pub verdicts: Vec<(String, Verdict)>,
    /// States found.
    pub states: u64,
    /// Transitions taken.
    pub transitions: u64,
    /// Steps to the deepest state.
    pub depth: u32,
    /// Whether every state was seen.
    pub complete: bool,
    /// Whether a limit or the user ended the search.
    pub limited: bool,
    /// Bits of a state.
    pub bits: u32,
    /// Bytes that the search held at its end.
    pub bytes: u64,
    /// Time of the search.
    pub elapsed: Duration,
    /// How many objects and contexts there are.
    pub shape: Shape,
    /// The counters that cut a path above their width: `page._refcount`, and the most it holds.
    pub widths: BTreeMap<String, i16>,
    /// The constants that the proposal defines, with their values here.
    pub constants: BTreeMap<String, i64>,
    /// What ran of the sources; of a review, what ran in any case of its composition stands in the first of them.
    pub ran: coverage::Coverage,
}

impl Case {
    /// A case that was never begun: everything is undecided, for this reason.
    pub fn unsearched(composition: &Composition, population: &Population, claims: &[String], why: &str) -> Self {
        let verdict = || Verdict::Undecided(why.into());
        Case {
            composition: composition.clone(),
            population: population.clone(),
            verdicts: claims.iter().map(|claim| (claim.clone(), verdict())).collect(),
            states: 0,
            transitions: 0,
            depth: 0,
            complete: false,
            limited: true,
            bits: 0,
            bytes: 0,
            elapsed: Duration::ZERO,
            shape: Shape::default(),
            widths: BTreeMap::new(),
            constants: BTreeMap::new(),
            ran: coverage::Coverage::default(),
        }
    }
}

/// The size of a population, and how like each other its members are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Physical pages.
    pub pages: usize,
    /// Address spaces.
    pub mms: usize,
    /// Contexts, kworkers of work items included.
    pub contexts: usize,
    /// Those of them that never end.
    pub forever: usize,
    /// Renamings under which states counted as one in the search; 1 if each counted for itself.
    pub symmetry: usize,
}

impl Shape {
    fn of(program: &Program) -> Self {
        let pool = |name: &str| program.pools.iter().find(|p| p.name == name).map_or(0, |p| usize::from(p.len));
        Shape {
            pages: pool("pages"),
            mms: pool("mms"),
            contexts: program.contexts.len(),
            forever: program.contexts.iter().filter(|c| c.forever).count(),
            symmetry: 1,
        }
    }
}

/// The claim about hangs inside no call that another claim is about.
const HANG_ELSEWHERE: &str = "L2";
/// The claim about lock order.
const LOCK_ORDER: &str = "S14";
/// Claims that the compiler and the search judge, whatever the kernel C says.
const ALWAYS_PRESENT: [&str; 3] = ["S0", "S14", "L2"];

/// The claims that say something of a composition in a population: its hooks are there, and what they need.
pub fn applicable(program: &Program, population: &Population) -> BTreeSet<u16> {
    let says = |claim: &u16| not_applicable(program, population, &program.claims[usize::from(*claim)]).is_none();
    (0..program.claims.len() as u16).filter(says).collect()
}

/// The claims about liveness that a search to the end leaves open: those that apply, and that no hang violates.
/// Where paths were cut, they can be violated still, but do not hold.
pub fn undecided_in_the_end(
    system: &System,
    population: &Population,
    wanted: &BTreeSet<u16>,
    found: &Exploration,
) -> BTreeSet<u16> {
    if !matches!(found.coverage, Coverage::Complete(_)) {
        return BTreeSet::new();
    }
    let program = system.program();
    let claims = program.claims.iter().enumerate().filter(|(index, _)| wanted.contains(&(*index as u16)));
    let open = claims.filter(|(index, claim)| {
        let hangs = || found.hangs.iter().any(|hang| hang_claims(system, hang).contains(&claim.decl.id.as_str()));
        let violated = found.violations.contains_key(&(*index as u16)) || hangs();
        !violated && not_applicable(program, population, claim).is_none()
    });
    open.map(|(index, _)| index as u16).filter(|claim| !questions(system, *claim).is_empty()).collect()
}

/// What a claim lacks to say something here, if it does not.
fn not_applicable(program: &Program, population: &Population, claim: &Claim) -> Option<Absent> {
    let decl = &claim.decl;
    if let Some(hook) = decl.hooks.iter().find(|hook| !program.unit.provided.contains(*hook)) {
        return Some(Absent::Hook(hook.clone()));
    }
    if let Some(need) = decl.needs.iter().find(|need| !population.offers.contains(*need)) {
        return Some(Absent::Offer(need.clone()));
    }
    let functions = calls_of(&decl.id);
    if let Some(function) = functions.last() {
        let called = program.contexts.iter().any(|c| call_in(functions, &c.code).is_some());
        return (!called).then(|| Absent::Call((*function).into()));
    }
    let present = claim.present || ALWAYS_PRESENT.contains(&decl.id.as_str());
    (!present).then_some(Absent::Check)
}

/// A hang inside a call that a claim is about is that claim's, any other L2's. Where nobody is parked, nobody may
/// legally keep others waiting: then every hang is L2's too.
fn hang_claims(system: &System, hang: &Hang) -> Vec<&'static str> {
    let site = system.site(usize::from(hang.context), hang.pc);
    let calls: Vec<String> =
        site.map(|site| site.calls).unwrap_or_default().into_iter().map(|(name, _)| name).collect();
    let mut claims = claims_inside(&calls);
    if claims.is_empty() || !hang.parked {
        claims.push(HANG_ELSEWHERE);
    }
    claims
}

/// What a case is judged by: a search of what the wanted claims need, and what was asked of it afterwards.
pub struct Judgement<'a> {
    /// The whole program: traces replay there.
    pub system: &'a System,
    /// Its sources.
    pub compiled: &'a Compiled,
    /// The composition.
    pub composition: &'a Composition,
    /// Whether it is built in.
    pub built_in: bool,
    /// The population.
    pub population: &'a Population,
    /// The claims searched for; others are undecided.
    pub wanted: &'a BTreeSet<u16>,
    /// What the search found.
    pub found: &'a Exploration,
    /// The runs with the fewest switches, if somebody asked for them.
    pub fewest: Option<&'a BTreeMap<u16, Fewest>>,
    /// The answers to questions that the search left open.
    pub live: &'a Findings,
    /// What traces say of the program, once there is one.
    pub hash: OnceCell<String>,
}

impl Judgement<'_> {
    /// The verdicts.
    pub fn case(&self) -> Case {
        let (program, found) = (self.system.program(), self.found);
        let verdicts = program.claims.iter().enumerate();
        let verdicts = verdicts.map(|(i, claim)| (claim.decl.id.clone(), self.verdict(i as u16, claim)));
        Case {
            verdicts: verdicts.collect(),
            composition: self.composition.clone(),
            population: self.population.clone(),
            states: found.states,
            transitions: found.transitions,
            depth: found.depth,
            complete: found.complete().is_some(),
            limited: matches!(found.coverage, Coverage::Cut { .. }),
            bits: self.system.layout().bits().0,
            bytes: found.bytes,
            elapsed: found.elapsed,
            shape: Shape { symmetry: found.symmetry, ..Shape::of(program) },
            widths: widths(program),
            constants: constants(program),
            ran: coverage::collect(program, self.compiled, &found.covered),
        }
    }

    fn verdict(&self, index: u16, claim: &Claim) -> Verdict {
        if let Some(absent) = not_applicable(self.system.program(), self.population, claim) {
            return Verdict::NotApplicable(absent);
        }
        if !self.wanted.contains(&index) {
            return Verdict::Undecided("the search was for other claims".into());
        }
        if let Some(violation) = self.violation(index, &claim.decl.id) {
            return Verdict::Violated(Box::new(violation));
        }
        let Some(complete) = self.found.complete() else {
            return Verdict::Undecided(self.why_undecided());
        };
        if let Some(missing) = self.live.missing.as_ref().filter(|_| !questions(self.system, index).is_empty()) {
            return Verdict::Undecided(self.why_no_lassos(missing));
        }
        match self.found.witnessed.contains(index) || self.asked(index) {
            true => Verdict::Holds(complete.clone(), self.needs(index).map(Box::new)),
            false => Verdict::Vacuous(complete.clone()),
        }
    }

    fn violation(&self, index: u16, id: &str) -> Option<Violation> {
        if let Some(path) = self.found.violations.get(&index) {
            return Some(self.run(index, path));
        }
        if id == LOCK_ORDER
            && let Some(cycle) = self.found.lock_cycles.first()
        {
            let edges = trace::lock_runs(self.system, &self.compiled.sources, cycle);
            return Some(self.make(index, &cycle[0].path, TraceKind::LockOrder { edges }));
        }
        let hangs = self.found.hangs.iter().filter(|hang| hang_claims(self.system, hang).contains(&id));
        let Some(hang) = hangs.min_by_key(|hang| hang.path.steps.len()) else { return self.never(index) };
        let name = |context: &u16| self.system.program().contexts[usize::from(*context)].name.clone();
        let mut stuck = vec![name(&hang.context)];
        stuck.extend(hang.stuck.iter().filter(|c| **c != hang.context).map(name));
        Some(self.make(index, &hang.path, TraceKind::Hang { stuck }))
    }

    /// The shortest run, or the one with the fewest switches if somebody asked for it and it was found. Nothing has fewer
    /// switches than none.
    fn run(&self, claim: u16, shortest: &crate::search::Path) -> Violation {
        let fewest = self.fewest.and_then(|fewest| fewest.get(&claim));
        let violation = self.make(claim, fewest.map_or(shortest, |fewest| &fewest.path), TraceKind::Step);
        let certain = fewest.is_some() || violation.switches == 0;
        Violation { none_with_fewer: self.fewest.map(|_| certain), ..violation }
    }

    fn make(&self, claim: u16, path: &crate::search::Path, kind: TraceKind) -> Violation {
        let (composition, population) = (self.composition, self.population);
        let program = self.hash.get_or_init(|| trace::program_hash(self.system.program()));
        let header = Header { composition, built_in: self.built_in, population, claim, program };
        Violation {
            steps: path.steps.len(),
            switches: trace::switches(&path.steps),
            none_with_fewer: None,
            waits: self.waits(path, &kind),
            trace: trace::make(self.system, &self.compiled.sources, &header, path, kind),
        }
    }

    fn waits(&self, path: &crate::search::Path, kind: &TraceKind) -> Vec<Wait> {
        let TraceKind::Hang { stuck } = kind else { return Vec::new() };
        let last = trace::end_of(self.system, path);
        trace::waits(self.system, &self.compiled.sources, &last, stuck).waits
    }

    fn why_undecided(&self) -> String {
        match &self.found.coverage {
            Coverage::Cut { bound: Bound::Memory(bytes), frontier } => {
                let gib = *bytes as f64 / f64::from(1 << 30);
                format!("memory limit {gib:.1} GiB at {} states, frontier {frontier}", self.found.states)
            }
            Coverage::Cut { bound: Bound::Time, frontier } => {
                format!("time limit at {} states, frontier {frontier}", self.found.states)
            }
            Coverage::Cut { bound: Bound::Interrupted, frontier } => {
                format!("interrupted at {} states, frontier {frontier}", self.found.states)
            }
            Coverage::Complete(_) => {
                let cuts: Vec<String> =
                    self.found.cuts.iter().map(|cut| cut_name(self.system.program(), cut)).collect();
                cuts.join(", ")
            }
        }
    }
}

/// Counters whose width is no part of the protocol.
fn widths(program: &Program) -> BTreeMap<String, i16> {
    let cells = program.pools.iter().flat_map(|pool| pool.cells.iter().map(|cell| (pool.tag.as_str(), cell)));
    let counters = cells.filter(|(_, c)| c.counter && !c.ghost && !c.constant && c.overflow == Overflow::Cut);
    counters.map(|(tag, cell)| (format!("{tag}.{}", member(&cell.name)), cell.range.high)).collect()
}

fn constants(program: &Program) -> BTreeMap<String, i64> {
    let known = &program.unit.constants;
    let chosen = program.unit.chosen.iter().filter_map(|name| Some((name.clone(), *known.get(name)?)));
    chosen.collect()
}

/// An `atomic_t` goes by its own name, not by that of its only member.
fn member(cell: &str) -> &str {
    cell.strip_suffix(".counter").unwrap_or(cell)
}

/// `width of page._refcount`
pub fn cut_name(program: &Program, cut: &Cut) -> String {
    match cut {
        Cut::Member(pool, offset) => {
            let pool = &program.pools[usize::from(*pool)];
            format!("width of {}.{}", pool.tag, member(&pool.cells[usize::from(*offset)].name))
        }
        Cut::Local(context, reg) => {
            let context = &program.contexts[usize::from(*context)];
            let name = &context.code.regs[usize::from(*reg)].name;
            format!("width of a local of {}: {}", context.name, if name.is_empty() { "temporary" } else { name })
        }
        Cut::Endless(context, _) => format!("a step of {} does not end", program.contexts[usize::from(*context)].name),
    }
}
