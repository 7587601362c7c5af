//! The runs with the fewest context switches.

use std::collections::{BTreeMap, HashSet};

use pinright_model::search::{Limits, Path, explore_quietly, fewest_switches};
use pinright_model::system::{ClaimSet, End, State, System};

use super::{jobs, system};

/// Proposals that break claims, in populations small enough for the other way.
const BROKEN: [(&str, &str); 4] = [
    ("v4.20", "pin/cow"),
    ("v4.20", "dirty-unlocked-truncate"),
    ("w8", "pin/overwrite"),
    ("t3-w5", "long-pin-fsync/cow"),
];

/// The least number of switches with which each claim can be violated, by growing the set of states that so many
/// switches reach, one context at a time.
fn by_growing_sets(system: &System) -> BTreeMap<u16, u32> {
    let mut least = BTreeMap::new();
    let mut scratch = system.scratch();
    let mut seen: HashSet<(State, usize)> = HashSet::new();
    let mut turn: Vec<(State, usize)> = Vec::new();
    let contexts = system.program().contexts.len();
    turn.extend(system.initial().iter().flat_map(|state| (0..contexts).map(|context| (state.clone(), context))));
    for switches in 0.. {
        let mut next: Vec<(State, usize)> = Vec::new();
        while let Some((state, context)) = turn.pop() {
            if !seen.insert((state.clone(), context)) {
                continue;
            }
            next.extend((0..contexts).filter(|other| *other != context).map(|other| (state.clone(), other)));
            system.load(&state, &mut scratch);
            system.each_choice(&state, &mut scratch, context, &mut |scratch, _, outcome| {
                let mut violated = outcome.violated;
                if matches!(outcome.end, End::At(_)) {
                    let after: State = system.next(&state, scratch, context, outcome).into();
                    violated = violated.union(system.judge(scratch).0);
                    turn.push((after, context));
                }
                for claim in violated.iter() {
                    least.entry(claim).or_insert(switches);
                }
            });
        }
        turn = next.into_iter().filter(|pair| !seen.contains(pair)).collect();
        if turn.is_empty() {
            break;
        }
    }
    least
}

/// The claims that a run violates at its end.
fn violated(system: &System, path: &Path) -> ClaimSet {
    let mut scratch = system.scratch();
    let mut state = system.initial()[path.initial].clone();
    let mut violated = ClaimSet::default();
    for &(context, choice) in &path.steps {
        system.load(&state, &mut scratch);
        let mut taken = None;
        system.each_choice(&state, &mut scratch, usize::from(context), &mut |scratch, offered, outcome| {
            if offered == choice {
                let next: State = system.next(&state, scratch, usize::from(context), outcome).into();
                let ends = matches!(outcome.end, End::At(_));
                let judged = if ends { system.judge(scratch).0 } else { ClaimSet::default() };
                taken = Some((next, outcome.violated.union(judged)));
            }
        });
        (state, violated) = taken.expect("the step is enabled");
    }
    violated
}

fn switches(path: &Path) -> u32 {
    path.steps.windows(2).filter(|pair| pair[0].0 != pair[1].0).count() as u32
}

#[test]
fn no_run_has_fewer_switches_and_each_run_violates_its_claim() {
    jobs::on_all_cores(&BROKEN, |population| {
        let system = system(*population);
        let shortest = explore_quietly(&system, &Limits { hangs: false, ..Limits::default() }).violations;
        let claims = shortest.keys().fold(ClaimSet::default(), |all, claim| all.union(ClaimSet::one(*claim)));
        assert!(!claims.is_empty(), "{population:?} breaks nothing");
        let found = fewest_switches(&system, claims, &Limits::default(), &mut |_| true);
        let least: BTreeMap<u16, u32> = found.iter().map(|(claim, fewest)| (*claim, fewest.switches)).collect();
        assert_eq!(least, by_growing_sets(&system), "{population:?}");
        for (claim, fewest) in &found {
            assert_eq!(switches(&fewest.path), fewest.switches, "{population:?}");
            assert!(violated(&system, &fewest.path).contains(*claim), "{population:?}");
            assert!(fewest.switches <= switches(&shortest[claim]), "{population:?}");
            assert!(fewest.path.steps.len() >= shortest[claim].steps.len(), "{population:?}");
        }
    });
}

#[test]
fn a_bound_leaves_claims_out_and_what_was_found_before_it_stands() {
    let system = system(("v4.20", "pin/cow"));
    let all = fewest_switches(&system, ClaimSet(u64::MAX), &Limits::default(), &mut |_| true);
    let some = fewest_switches(&system, ClaimSet(u64::MAX), &Limits { memory: 0, ..Limits::default() }, &mut |_| true);
    assert!(some.len() < all.len());
    assert!(some.iter().all(|(claim, fewest)| fewest.path == all[claim].path));
}
