//! Searches that were written down and go on.

use std::time::Duration;

use pinright_model::search::{Checkpoint, Exploration, Limits, RestoreError, Snapshot, explore_kept, explore_quietly};
use pinright_model::system::System;

use super::system;

const IDENTITY: &str = "a system";

/// What a search says, without its time and size. Too long to be shown where two differ.
fn said(found: Exploration) -> String {
    format!("{:?}", Exploration { elapsed: Duration::ZERO, bytes: 0, ..found })
}

/// Snapshots of a search, one a batch, and what it says in the end.
fn snapshots(system: &System, limits: &Limits) -> (Vec<Vec<u8>>, String) {
    let mut snapshots = Vec::new();
    let mut keep = |snapshot: &dyn Snapshot, _| {
        let mut bytes = Vec::new();
        snapshot.write(IDENTITY, &mut bytes).expect("memory takes everything");
        snapshots.push(bytes);
    };
    let found = explore_kept(system, limits, None, &mut |_| true, &mut keep).expect("no checkpoint");
    (snapshots, said(found))
}

fn resumed(system: &System, limits: &Limits, bytes: &[u8]) -> Result<String, RestoreError> {
    let checkpoint = Checkpoint::read(IDENTITY, bytes)?;
    explore_kept(system, limits, Some(checkpoint), &mut |_| true, &mut |_, _| {}).map(said)
}

#[test]
fn a_search_that_goes_on_from_any_checkpoint_says_what_the_undisturbed_one_says() {
    for (population, threads) in [(("v4.20", "long-pin-fsync/cow"), 1), (("w8", "pin/overwrite"), 2)] {
        let system = system(population);
        let limits = Limits { threads, ..Limits::default() };
        let (snapshots, undisturbed) = snapshots(&system, &limits);
        assert!(snapshots.len() > 50, "{population:?}");
        assert!(said(explore_quietly(&system, &limits)) == undisturbed, "{population:?}: keeping changes nothing");
        for (index, snapshot) in snapshots.iter().enumerate().step_by(snapshots.len() / 12) {
            let found = resumed(&system, &limits, snapshot).expect("it is whole");
            assert!(found == undisturbed, "{population:?}: snapshot {index} of {}", snapshots.len());
        }
        let last = snapshots.last().expect("the last is kept");
        assert!(resumed(&system, &limits, last).expect("it is whole") == undisturbed, "{population:?}: the end");
    }
}

#[test]
fn a_damaged_checkpoint_is_refused_wherever_it_is_damaged() {
    let system = system(("t3-w5", "pin-truncate"));
    let whole = snapshots(&system, &Limits::default()).0.swap_remove(20);
    for at in (0..whole.len()).step_by(97) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        assert!(matches!(Checkpoint::read(IDENTITY, &flipped[..]), Err(RestoreError::Damaged(_))), "byte {at}");
        assert!(matches!(Checkpoint::read(IDENTITY, &whole[..at]), Err(RestoreError::Damaged(_))), "cut at {at}");
    }
}

#[test]
fn a_checkpoint_of_another_system_is_refused() {
    let whole = snapshots(&system(("t3-w5", "pin-truncate")), &Limits::default()).0.swap_remove(20);
    assert!(matches!(Checkpoint::read("another system", &whole[..]), Err(RestoreError::Other)));
    let other = system(("v4.20", "pin/cow"));
    assert!(resumed(&other, &Limits::default(), &whole).is_err(), "whatever its name says");
}

#[test]
fn a_search_with_symmetry_goes_on_as_one_and_none_as_the_other() {
    let system = system(("v4.20", "two-pages"));
    let with = Limits { symmetry: true, ..Limits::default() };
    let (reduced, undisturbed) = snapshots(&system, &with);
    for snapshot in reduced.iter().step_by(reduced.len() / 5) {
        assert!(resumed(&system, &with, snapshot).expect("it is whole") == undisturbed);
        let refused = resumed(&system, &Limits::default(), snapshot).expect_err("canonical states are not all states");
        assert!(matches!(refused, RestoreError::Symmetry), "{refused}");
    }
    let whole = snapshots(&system, &Limits::default()).0.swap_remove(20);
    assert!(matches!(resumed(&system, &with, &whole), Err(RestoreError::Symmetry)));
}
