//! The schemes that the model has, too, are held against the model's own kernel C: every execution is a run of it, and
//! every transition of it is taken by one.
//!
//! loom explores equal executions in one order only, and shuttle sees no stale loads: what both witness is put together.
//! shuttle's panic hook makes later loom explorations talk, so loom goes first.

use pinright_checks::judge::Judgement;
use pinright_checks::run::Bound;
use pinright_checks::schemes::{ALL, Program, Scheme};
use pinright_checks::spec::{Spec, Text};
use rayon::prelude::*;

fn spec(program: &Program) -> Spec {
    let text = Text { parts: program.part, defines: program.defines, init: "", threads: program.threads };
    Spec::compile(&text).unwrap_or_else(|error| panic!("{} {:?}: {error}", program.part, program.threads))
}

/// Interleavings that are tried where there are too many for all of them.
const RANDOM: usize = 500_000;

/// loom: two threads without a bound, more as far as it gets.
fn loom(threads: usize) -> Bound {
    if threads <= 2 { Bound::Unbounded } else { Bound::Preemptions(2) }
}

/// shuttle: short programs of two threads exhaustively.
fn shuttle(program: &Program) -> Bound {
    let long = program.threads.iter().any(|text| text.matches("untrack").count() > 1);
    if program.check.threads <= 2 && !long { Bound::Dfs } else { Bound::Random(RANDOM) }
}

/// A program on its way through the backends.
struct Run {
    name: String,
    program: &'static Program,
    spec: Spec,
    judgement: Judgement,
    executions: Vec<String>,
}

impl Run {
    fn new(scheme: &Scheme, program: &'static Program) -> Self {
        let name = format!("{}: {} as {}", scheme.name, program.check.name, program.part);
        Run { name, program, spec: spec(program), judgement: Judgement::default(), executions: Vec::new() }
    }

    fn explore(&mut self, bound: Bound) {
        let explored = (self.program.check.explore)(bound, None);
        assert!(explored.complete, "{} under {bound:?}", self.name);
        self.executions.push(format!("{bound:?} {}", explored.executions));
        self.judgement.add(&self.spec, explored.histories.keys());
    }

    fn judge(&self) {
        let Judgement { histories, rejected, witnessed } = &self.judgement;
        let reachable = self.spec.reachable();
        let (name, executions) = (&self.name, self.executions.join(", "));
        println!(
            "{name}: {executions}; {histories} differ, {} of {} transitions, {} rejected",
            witnessed.len(),
            reachable.len(),
            rejected.len()
        );
        if let Some((history, reason)) = self.judgement.shortest() {
            panic!("{name}: {reason}\n{history:#?}");
        }
        assert!(witnessed.is_subset(&reachable), "{name}: outside");
        let missing: Vec<String> = reachable.difference(witnessed).map(|t| self.spec.describe(t)).collect();
        assert!(missing.is_empty(), "{name}: no execution takes\n{}", missing.join("\n"));
    }
}

#[test]
fn every_execution_is_a_run_of_the_model_and_every_transition_is_taken() {
    let programs = ALL.iter().flat_map(|scheme| scheme.programs.iter().map(move |program| (scheme, program)));
    let mut runs: Vec<Run> = programs.map(|(scheme, program)| Run::new(scheme, program)).collect();
    assert!(!runs.is_empty());
    // All of loom first: shuttle's panic hook would make it talk.
    runs.par_iter_mut().for_each(|run| run.explore(loom(run.program.check.threads)));
    runs.par_iter_mut().for_each(|run| run.explore(shuttle(run.program)));
    runs.iter().for_each(Run::judge);
}
