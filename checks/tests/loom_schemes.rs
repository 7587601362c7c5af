//! Every scheme under loom: it holds as it is, and every mutant dies that is not equivalent.

use pinright_checks::mutants::Killer;
use pinright_checks::run::{Bound, Entry};
use pinright_checks::schemes::{ALL, Scheme};

/// Two threads without a bound; three and four as far as loom gets.
fn bound(threads: usize) -> Bound {
    match threads {
        0..=2 => Bound::Unbounded,
        3 => Bound::Preemptions(3),
        _ => Bound::Preemptions(2),
    }
}

fn each_check(mut f: impl FnMut(&Scheme, &Entry)) {
    ALL.iter().for_each(|scheme| scheme.checks.iter().for_each(|check| f(scheme, check)));
}

#[test]
fn every_scheme_holds_in_every_execution() {
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
    });
}

#[test]
fn every_mutant_dies_unless_it_is_equivalent() {
    for scheme in ALL {
        for mutant in scheme.mutants {
            let check = scheme.checks.iter().find(|check| check.name == mutant.check);
            let check = check.unwrap_or_else(|| panic!("{}: there is no check `{}`", scheme.name, mutant.check));
            let explored = (check.explore)(bound(check.threads), Some(mutant.mutation));
            let died = explored.failure.is_some();
            println!("{}: {:?}: {} executions, died: {died}", scheme.name, mutant.mutation, explored.executions);
            let equivalent = matches!(mutant.killer, Killer::Equivalent(_));
            assert_eq!(died, !equivalent, "{}: {:?}: {:?}", scheme.name, mutant, explored.failure);
        }
    }
}
