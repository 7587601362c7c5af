//! Every scheme under shuttle: sequentially consistent, so that it shows which mutants need weak memory to die.
//!
//! A binary of its own: shuttle installs a panic hook for the whole process, which loom's executions would fill with noise.

use pinright_checks::linear::linearizable;
use pinright_checks::mutants::Killer;
use pinright_checks::run::{Bound, Entry};
use pinright_checks::schemes::{ALL, Scheme};
use rayon::prelude::*;

/// Two threads: every interleaving. More of them: so many that are drawn.
fn bound(threads: usize) -> Bound {
    if threads <= 2 { Bound::Dfs } else { Bound::Random(5_000) }
}

/// T3c asked, and T6 asked: with two mms on one thread, with two threads of an mm each, and with one mm.
const NOT_LINEARIZABLE: usize = 4;

fn find<'a>(scheme: &'a Scheme, name: &str) -> &'a Entry {
    let check = scheme.checks.iter().find(|check| check.name == name);
    check.unwrap_or_else(|| panic!("{}: there is no check `{name}`", scheme.name))
}

#[test]
fn every_scheme_holds_and_is_linearizable_in_every_interleaving_that_is_shown() {
    let checks: Vec<(&Scheme, &Entry)> =
        ALL.iter().flat_map(|scheme| scheme.checks.iter().map(move |check| (scheme, check))).collect();
    let linear = checks.par_iter().map(|(scheme, check)| {
        let explored = (check.explore)(bound(check.threads), None);
        let (bound, executions, elapsed) = (bound(check.threads), explored.executions, explored.elapsed);
        println!("{}: {}, {bound:?}: {executions} executions in {elapsed:?}", scheme.name, check.name);
        assert!(explored.holds(), "{}: {}: {:?}", scheme.name, check.name, explored.failure);
        let wrong = explored.calls.keys().find(|calls| !linearizable(calls));
        assert_eq!(wrong, None, "{}: {}: not linearizable", scheme.name, check.name);
        explored.calls.keys().filter(|calls| !calls.is_empty()).count()
    });
    let linear: usize = linear.sum();
    assert!(linear > 1_000, "counting schemes have many histories of calls, and there are {linear}");
}

/// The testers are of use: what is broken is not linearizable either, whenever a query misses a pin.
#[test]
fn counting_that_is_broken_is_not_linearizable() {
    let mut told = 0;
    for broken in ALL.iter().flat_map(|scheme| scheme.broken) {
        let explored = (broken.check.explore)(bound(broken.check.threads), None);
        told += usize::from(explored.calls.keys().any(|calls| !linearizable(calls)));
    }
    assert_eq!(told, NOT_LINEARIZABLE);
}

#[test]
fn what_is_broken_fails_here_if_an_interleaving_shows_it() {
    for (scheme, broken) in ALL.iter().flat_map(|scheme| scheme.broken.iter().map(move |broken| (scheme, broken))) {
        let explored = (broken.check.explore)(bound(broken.check.threads), None);
        let what = explored.failure.map(|failure| failure.what);
        let expected = (broken.shown_by == Killer::Interleaving).then_some(broken.message);
        assert_eq!(what.as_deref(), expected, "{}: {}", scheme.name, broken.check.name);
    }
}

/// A mutant of more than two threads that dies must be drawn; one that needs weak memory, or nobody kills, must survive.
#[test]
fn a_mutant_dies_here_if_an_interleaving_kills_it() {
    let mut wrong = Vec::new();
    for (scheme, mutant) in ALL.iter().flat_map(|scheme| scheme.mutants.iter().map(move |mutant| (scheme, mutant))) {
        let check = find(scheme, mutant.check);
        let explored = (check.explore)(bound(check.threads), Some(mutant.mutation));
        let died = explored.failure.is_some();
        println!("{}: {:?}: {} executions, died: {died}", scheme.name, mutant.mutation, explored.executions);
        if died != (mutant.killer == Killer::Interleaving) {
            wrong.push(format!("{}: {mutant:?}: {:?}", scheme.name, explored.failure.map(|failure| failure.what)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
