//! Every scheme under loom: it holds as it is, what is broken fails, and every mutant dies that is not equivalent.

use pinright_checks::kernel::{Atomic, Kernel};
use pinright_checks::linear::sequentially_consistent;
use pinright_checks::mutants::{Change, Killer};
use pinright_checks::platform::Platform;
use pinright_checks::run::{Bound, Check, Entry, entry, loom_bound as bound, upwards};
use pinright_checks::schemes::{ALL, Scheme};
use pinright_checks::trace::{file_name, trace};
use pinright_model::execution::replay;
use rayon::prelude::*;

fn each_check(f: impl Fn(&Scheme, &Entry) + Sync) {
    ALL.par_iter().for_each(|scheme| scheme.checks.par_iter().for_each(|check| f(scheme, check)));
}

#[test]
fn every_scheme_holds_within_its_bound_and_counts_as_some_sequence_of_its_calls_would() {
    each_check(|scheme, check| {
        let explored = (check.explore)(bound(check.threads), None);
        println!(
            "{}: {}, {:?}: {} executions in {:?}",
            scheme.name,
            check.name,
            bound(check.threads),
            explored.executions,
            explored.elapsed
        );
        assert!(explored.holds(), "{}: {}: {:?}", scheme.name, check.name, explored.failure);
        let wrong = explored.calls.keys().find(|calls| !sequentially_consistent(calls));
        assert_eq!(wrong, None, "{}: {}: not sequentially consistent", scheme.name, check.name);
        assert!(explored.ends.len() > 1 || can_fail(scheme, check), "{}: {} shows nothing", scheme.name, check.name);
    });
}

/// Whether a check fails where something of its scheme is left out: one that always ends in the same way, and cannot fail,
/// is vacuous. A single preemption is enough to see it, and cheap.
fn can_fail(scheme: &Scheme, check: &Entry) -> bool {
    let left_out = scheme.mutants.iter().filter(|mutant| mutant.mutation.change == Change::Omit);
    left_out
        .map(|mutant| (check.explore)(Bound::Preemptions(1), Some(mutant.mutation)))
        .any(|explored| explored.failure.is_some())
}

#[test]
fn what_is_broken_fails_as_it_is_said_to() {
    for (scheme, broken) in ALL.iter().flat_map(|scheme| scheme.broken.iter().map(move |broken| (scheme, broken))) {
        let explored = (broken.check.explore)(bound(broken.check.threads), None);
        let name = broken.check.name;
        println!("{}: {name}: {} executions, hypothesis: {}", scheme.name, explored.executions, broken.hypothesis);
        let failure = explored.failure.unwrap_or_else(|| panic!("{}: {name}: nothing failed", scheme.name));
        assert_eq!(failure.what, broken.message, "{}: {name}", scheme.name);
        assert!(explored.complete, "{}: {name}: cut short", scheme.name);
    }
}

/// Traces of what is broken stand in traces/real; each is coherent, and an interleaving explains it if, and only if,
/// one is said to show the race.
#[test]
fn stored_executions_are_what_fails_today_and_take_weak_memory_where_they_are_said_to() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../traces/real"));
    let mut names = Vec::new();
    for (scheme, broken) in ALL.iter().flat_map(|scheme| scheme.broken.iter().map(move |broken| (scheme, broken))) {
        let failure = (broken.check.explore)(bound(broken.check.threads), None).failure.expect("what is broken fails");
        let trace = trace(scheme, broken.check.name, broken.race, &failure);
        let execution = replay(&trace).unwrap_or_else(|error| panic!("{}: {error}", trace.scenario));
        assert_eq!(execution.interleaving, broken.shown_by == Killer::Interleaving, "{}", trace.scenario);
        let number = (1..).find(|number| !names.contains(&file_name(&trace, *number))).expect("a number");
        names.push(file_name(&trace, number));
        let path = folder.join(file_name(&trace, number));
        if std::env::var_os("UPDATE_TRACES").is_some() {
            std::fs::write(&path, trace.to_json()).expect("a file");
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(stored, trace.to_json(), "UPDATE_TRACES=1 cargo test -p pinright-checks --test loom_schemes");
    }
    let stored = std::fs::read_dir(folder).expect("traces/real").count();
    assert_eq!(stored, names.len(), "traces/real has a file that no check writes");
}

/// A lost update of three threads' counter needs one preemption: no bound below shows it, and no higher one is tried.
#[test]
fn bounds_go_up_and_stop_where_something_fails() {
    let (scheme, mutant) = ALL
        .iter()
        .flat_map(|scheme| scheme.mutants.iter().map(move |mutant| (scheme, mutant)))
        .find(|(scheme, mutant)| scheme.name == "gup_fast" && mutant.check.starts_with("two gup_fast"))
        .expect("a mutant of three threads");
    let check = scheme.checks.iter().find(|check| check.name == mutant.check).expect("its check");
    let (bound, explored) = upwards(check, Some(mutant.mutation));
    assert_eq!((bound, explored.failure.is_some()), (Bound::Preemptions(1), true), "{mutant:?}");
    assert_eq!(upwards(check, None).0, Bound::Preemptions(3));
}

#[test]
fn names_are_unique_within_a_scheme() {
    for scheme in ALL {
        let mut names: Vec<&str> = scheme.checks.iter().map(|check| check.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{}: {names:?}", scheme.name);
    }
}

#[test]
fn every_mutant_dies_unless_it_is_equivalent() {
    // All of them are tried: what one change of a scheme does to its mutants is seen at once.
    let mut wrong = Vec::new();
    for scheme in ALL {
        for mutant in scheme.mutants {
            let check = scheme.checks.iter().find(|check| check.name == mutant.check);
            let check = check.unwrap_or_else(|| panic!("{}: there is no check `{}`", scheme.name, mutant.check));
            let explored = (check.explore)(bound(check.threads), Some(mutant.mutation));
            let died = explored.failure.is_some();
            if let Some(cut) = explored.cut {
                wrong.push(format!("{}: {mutant:?}: loom gave up: {cut}", scheme.name));
            }
            // loom itself tells of a race, and keeps no log
            if let Some(failure) = explored.failure.as_ref().filter(|failure| !failure.log.is_empty()) {
                let execution = replay(&trace(scheme, check.name, "", failure));
                let weak = execution.is_ok_and(|execution| !execution.interleaving);
                if mutant.killer == Killer::WeakMemory && !weak {
                    wrong.push(format!("{}: {mutant:?}: an interleaving explains it", scheme.name));
                }
            }
            println!("{}: {:?}: {} executions, died: {died}", scheme.name, mutant.mutation, explored.executions);
            let dies = matches!(mutant.killer, Killer::WeakMemory | Killer::Interleaving);
            if died != dies {
                wrong.push(format!("{}: {mutant:?}: {:?}", scheme.name, explored.failure.map(|failure| failure.what)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A thread that waits without giving way: loom cannot end it.
struct Spins;

impl Check for Spins {
    type Shared<P: Platform> = Atomic<P>;
    const NAME: &'static str = "spins";
    const THREADS: usize = 2;

    fn set_up<P: Platform>(kernel: &Kernel) -> Atomic<P> {
        Atomic::new(kernel, "word", 0)
    }

    fn run<P: Platform>(_: &Kernel, word: &Atomic<P>, thread: usize) -> i32 {
        if thread == 1 {
            word.set("set", 1);
        }
        while thread == 0 && word.read("wait") == 0 {}
        0
    }

    fn judge<P: Platform>(_: &Atomic<P>, _: &[i32]) -> Result<(), String> {
        Ok(())
    }
}

#[test]
fn an_exploration_that_loom_gives_up_is_neither_a_violation_nor_complete() {
    let explored = (entry::<Spins>().explore)(Bound::Unbounded, None);
    assert!(explored.cut.is_some() && explored.failure.is_none() && !explored.complete, "{:?}", explored.failure);
}
