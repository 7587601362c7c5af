//! Specifications: the same protocol, compiled from the model's kernel C.
//!
//! Thread i of a check performs the accesses of a kernel C text, one access for each step, on words of the same names. So
//! the model's transition system over these texts is the specification, and nobody types it twice.

use std::collections::{BTreeMap, BTreeSet};

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::lang::program::Kind;
use pinright_model::proposal::Composition;
use pinright_model::question::questions;
use pinright_model::scenario::{ContextEntry, MmEntry, Population};
use pinright_model::search::liveness::Liveness;
use pinright_model::search::{Exploration, Limits, explore_asking};
use pinright_model::system::{End, Fired, Scratch, Standing, State, System};

/// A program in kernel C.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// Parts: `T3b`, `T10+G3`; empty for the base kernel.
    pub parts: &'static str,
    /// Constants of the scenario.
    pub defines: &'static [(&'static str, i64)],
    /// What happens before the threads start.
    pub init: &'static str,
    /// What each thread runs; thread i has the mm i, as far as there are that many.
    pub threads: &'static [&'static str],
}

/// A transition: a state, and the thread and choice that leave it.
pub type Transition = (State, usize, u32);

/// A step of the specification that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Memory cells before it.
    pub before: Vec<i16>,
    /// Memory cells after it.
    pub after: Vec<i16>,
    /// The cell that it read first, where it is plain to see.
    pub read: Option<usize>,
    /// The state it leads to; `None` if it crashes or leaves a width.
    pub next: Option<State>,
}

/// A run of the specification that violates a claim of the model.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// The claim.
    pub claim: String,
    /// The run.
    pub transitions: Vec<Transition>,
}

impl Counterexample {
    /// The thread of each step.
    pub fn threads(&self) -> Vec<usize> {
        self.transitions.iter().map(|(_, thread, _)| *thread).collect()
    }

    /// Whether a run goes through the same states by the same steps.
    pub fn is(&self, run: &[Transition]) -> bool {
        self.transitions == run
    }
}

/// The compiled specification.
pub struct Spec {
    system: System,
    /// How many of its contexts are the text's; the base kernel's kworkers come behind them, and have no work.
    threads: usize,
}

impl Spec {
    /// Compiles a text.
    ///
    /// # Errors
    /// What is wrong with it, rendered.
    pub fn compile(text: &Text) -> Result<Self, String> {
        let corpus = Corpus::load().map_err(|error| error.to_string())?;
        let composition = match text.parts {
            "" => Composition { proposal: "v4.20".into(), reading: String::new(), files: Vec::new() },
            parts => Composition::of_parts(&corpus, parts)?,
        };
        let compiled = compile(&corpus, &composition, &population(text)).map_err(|error| error.render(false))?;
        let system = System::new(compiled.program, false).map_err(|error| error.to_string())?;
        Ok(Spec { system, threads: text.threads.len() })
    }

    /// The state before any step.
    pub fn initial(&self) -> State {
        self.system.initial().swap_remove(0)
    }

    /// Working memory.
    pub fn scratch(&self) -> Scratch {
        self.system.scratch()
    }

    /// The memory cell of a word such as `pages[0]._refcount.counter`.
    pub fn cell(&self, word: &str) -> Option<usize> {
        let (object, member) = word.split_once('.')?;
        let (pool, index) = match object.split_once('[') {
            Some((pool, index)) => (pool, index.trim_end_matches(']').parse().ok()?),
            None => (object, 0),
        };
        let cell = self.system.cell_named(pool, index, member);
        cell.or_else(|| self.system.cell_named(pool, index, &format!("{member}.counter")))
    }

    /// The name of a cell.
    pub fn name(&self, cell: usize) -> String {
        self.system.cell_name(cell)
    }

    /// Whether two cells belong to the same object.
    pub fn same_object(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.system.locate(a), self.system.locate(b));
        (a.0, a.1) == (b.0, b.1)
    }

    /// Whether a cell belongs to the specification of the model itself.
    pub fn is_ghost(&self, cell: usize) -> bool {
        let (pool, _, offset) = self.system.locate(cell);
        self.system.program().pools[pool].cells[offset].ghost
    }

    /// Takes the next step of a thread; `None` if it is blocked or over.
    pub fn step(&self, state: &State, scratch: &mut Scratch, thread: usize, choice: u32) -> Option<Taken> {
        self.system.load(state, scratch);
        let before = self.system.cells(scratch).to_vec();
        let pc = self.system.pcs(scratch)[thread];
        let Fired::Done(outcome) = self.system.fire(state, scratch, thread, choice) else { return None };
        let read = self.system.read_by(scratch, thread, pc);
        let after = self.system.cells(scratch).to_vec();
        let followed = matches!(outcome.end, End::At(_)) && choice < outcome.choices;
        let next = followed.then(|| self.system.next(state, scratch, thread, &outcome).into());
        self.system.rollback(scratch);
        Some(Taken { before, after, read, next })
    }

    /// Whether real code may see an old value of a cell: its declaration says `__stale`.
    pub fn is_stale(&self, cell: usize) -> bool {
        let (pool, _, offset) = self.system.locate(cell);
        self.system.program().pools[pool].cells[offset].stale
    }

    /// Takes the next step of a thread as if a cell had another value; the cell keeps its own.
    pub fn step_seeing(
        &self,
        state: &State,
        scratch: &mut Scratch,
        thread: usize,
        cell: usize,
        value: i16,
    ) -> Option<Taken> {
        let seen = self.with_cell(state, scratch, cell, value);
        let mut taken = self.step(&seen, scratch, thread, 0)?;
        let own = self.cells(state, scratch)[cell];
        taken.next = taken.next.map(|next| self.with_cell(&next, scratch, cell, own));
        Some(taken)
    }

    fn with_cell(&self, state: &State, scratch: &mut Scratch, cell: usize, value: i16) -> State {
        let mut cells = self.cells(state, scratch);
        cells[cell] = value;
        let contexts = 0..self.system.program().contexts.len();
        let standings: Vec<Standing> = contexts.map(|context| self.system.standing(state, context)).collect();
        self.system.assemble(&cells, &standings, self.system.sticky(state), self.system.is_dead(state))
    }

    /// A transition in words: who is about to do what, and what memory holds.
    pub fn describe(&self, transition: &Transition) -> String {
        let (state, thread, _) = transition;
        let mut scratch = self.scratch();
        let at = |thread: usize| {
            let site = self.system.site(thread, self.system.layout().pc(state, thread));
            site.and_then(|site| site.calls.last().map(|(name, _)| name.clone())).unwrap_or("over".into())
        };
        let threads: Vec<String> = (0..self.threads).map(at).collect();
        let start = self.cells(&self.initial(), &mut scratch);
        let changed = self.system.changes(&start, &self.cells(state, &mut scratch)).into_iter();
        let memory: Vec<String> = changed.map(|change| format!("{} = {}", change.name, change.to)).collect();
        format!("t{thread} steps; threads at {}; {}", threads.join(", "), memory.join(", "))
    }

    /// Whether every thread is over.
    pub fn over(&self, state: &State) -> bool {
        (0..self.threads).all(|thread| self.system.attrs(thread, self.system.layout().pc(state, thread)).is_none())
    }

    /// The memory of a state.
    pub fn cells(&self, state: &State, scratch: &mut Scratch) -> Vec<i16> {
        self.system.load(state, scratch);
        self.system.cells(scratch).to_vec()
    }

    /// The shortest run to each claim that the specification violates, claims about hangs aside. Of a claim about what
    /// happens in the end it is the run up to where nothing that it asks for can come any more.
    pub fn counterexamples(&self) -> Vec<Counterexample> {
        let claims = &self.system.program().claims;
        let mut ask = |_: &Exploration| (0..claims.len() as u16).flat_map(|c| questions(&self.system, c)).collect();
        let searched =
            explore_asking(&self.system, &Limits::default(), None, (&mut |_| true, &mut |_, _| {}), &mut ask);
        // Only a checkpoint can be refused, and there is none.
        let Ok((found, live)) = searched else { return Vec::new() };
        let lassos = live.answers.iter().filter_map(|(wanted, answer)| match answer {
            Liveness::Violated(round) => Some((wanted.claim(), &round.path)),
            Liveness::Holds { .. } => None,
        });
        let runs = found.violations.iter().map(|(claim, path)| (*claim, path)).chain(lassos);
        let mut counterexamples: Vec<Counterexample> = Vec::new();
        for (claim, path) in runs {
            let claim = &claims[usize::from(claim)].decl.id;
            // A claim about several objects may be violated for each.
            if counterexamples.iter().all(|known| known.claim != *claim) {
                let transitions = self.transitions(&path.steps);
                counterexamples.push(Counterexample { claim: claim.clone(), transitions });
            }
        }
        counterexamples
    }

    fn transitions(&self, steps: &[(u16, u32)]) -> Vec<Transition> {
        let mut scratch = self.scratch();
        let mut state = self.initial();
        let mut transitions = Vec::new();
        for &(thread, choice) in steps {
            let thread = usize::from(thread);
            let next = self.step(&state, &mut scratch, thread, choice).and_then(|taken| taken.next);
            transitions.push((state.clone(), thread, choice));
            // A run that ends in a crash leads nowhere.
            let Some(next) = next else { break };
            state = next;
        }
        transitions
    }

    /// Every transition that can be taken from the initial state.
    pub fn reachable(&self) -> BTreeSet<Transition> {
        let mut scratch = self.scratch();
        let mut transitions = BTreeSet::new();
        let mut seen = BTreeSet::from([self.initial()]);
        let mut frontier = vec![self.initial()];
        while let Some(state) = frontier.pop() {
            for thread in 0..self.threads {
                let Some(taken) = self.step(&state, &mut scratch, thread, 0) else { continue };
                transitions.insert((state.clone(), thread, 0));
                if let Some(next) = taken.next
                    && seen.insert(next.clone())
                {
                    frontier.push(next);
                }
            }
        }
        transitions
    }
}

fn population(text: &Text) -> Population {
    let defines: BTreeMap<String, i64> = text.defines.iter().map(|(name, value)| ((*name).into(), *value)).collect();
    let mms = defines.get("NR_MMS").copied().unwrap_or(1).max(1) as usize;
    let contexts = text.threads.iter().enumerate().map(|(thread, run)| ContextEntry {
        name: format!("t{thread}"),
        kind: Kind::Task,
        cpu: None,
        mm: Some(MmEntry::Index(thread.min(mms - 1) as u8)),
        forever: false,
        run: (*run).into(),
    });
    Population {
        name: "threads".into(),
        title: "the threads of a check".into(),
        brings: Vec::new(),
        offers: BTreeSet::new(),
        contexts: contexts.collect(),
        defines,
        overrides: BTreeMap::new(),
        init: text.init.into(),
    }
}
