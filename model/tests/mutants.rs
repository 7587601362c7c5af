//! Each mutant is noticed where it was noticed before, or stands on the list of those that nobody can notice.

#[path = "common/document.rs"]
mod document;

use std::collections::{BTreeMap, BTreeSet};

use pinright_model::corpus::Corpus;
use pinright_model::mutants::{Entry, Fate, Hunt, Killer, Mutant, Record, Survivor, mutants, survivors};
use pinright_model::render::mutants_page;
use pinright_model::threads::side_by_side;

fn record() -> Record {
    Record::load().unwrap_or_else(|error| panic!("{error}"))
}

fn by_id(corpus: &Corpus) -> BTreeMap<String, Mutant> {
    mutants(corpus).into_iter().map(|mutant| (mutant.id.clone(), mutant)).collect()
}

#[test]
fn the_record_is_about_mutants_that_the_model_has() {
    let corpus = Corpus::load().expect("the corpus loads");
    let has: BTreeSet<String> = by_id(&corpus).into_keys().collect();
    let unknown: Vec<String> = record().mutants.into_keys().filter(|id| !has.contains(id)).collect();
    assert!(unknown.is_empty(), "gone from the model: {unknown:#?}; run explore mutants --record");
}

#[test]
fn a_killed_mutant_changes_the_same_verdict_at_the_same_place_again() {
    let corpus = Corpus::load().expect("the corpus loads");
    let mutants = by_id(&corpus);
    let killers: Vec<(String, Killer)> =
        record().mutants.into_iter().filter_map(|(id, entry)| Some((id, entry.killer()?))).collect();
    assert!(killers.len() > 200, "{} mutants are killed", killers.len());
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let places = killers.iter().map(|(_, killer)| (killer.proposal.clone(), killer.scenario.clone())).collect();
    let hunt = Hunt::within(&corpus, places, u64::MAX, threads).unwrap_or_else(|error| panic!("{error}"));
    let again = side_by_side(&killers, threads, |(id, killer)| match hunt.again(&mutants[id], killer) {
        Ok(found) => found.as_ref() == Some(killer),
        Err(error) => panic!("{id}: {error}"),
    });
    let lost: Vec<&String> = killers.iter().zip(again).filter(|(_, same)| !same).map(|((id, _), _)| id).collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

/// What becomes of the mutant at one place.
fn fate(id: &str, proposal: &str, scenario: &str) -> Fate {
    let corpus = Corpus::load().expect("the corpus loads");
    let place = (proposal.to_string(), scenario.to_string());
    let hunt = Hunt::within(&corpus, [place].into(), u64::MAX, 1).unwrap_or_else(|error| panic!("{error}"));
    hunt.fate(by_id(&corpus).get(id).unwrap_or_else(|| panic!("no mutant {id}")))
}

#[test]
fn a_place_whose_constants_switch_a_statement_off_says_nothing_of_its_mutant() {
    let id = "model/kernel/fs/buffer.c: writepage(): delete `redirty_page_for_writepage(page);`";
    assert_eq!(fate(id, "v4.20", "stores-fsync/cow-stable"), Fate::NeverRan);
    assert!(matches!(fate(id, "t10-g3-w5b", "redirty-once"), Fate::Killed(_)));
}

#[test]
fn a_condition_behind_a_return_that_never_ran_is_tried() {
    let id = "model/kernel/mm/memory.c: do_read_fault(): always `ret`";
    let Fate::Killed(killer) = fate(id, "v4.20", "loads-one-mm") else { panic!("{id} survives") };
    assert_eq!((killer.claim.as_str(), killer.after.as_str()), ("S18", "violated"));
}

#[test]
fn a_mutant_that_does_not_compile_is_refused_wherever_it_would_run() {
    let corpus = Corpus::load().expect("the corpus loads");
    let mutants = by_id(&corpus);
    // Every tenth, in two places: what refuses them is the compiler, which knows no population.
    let refused = record().mutants.into_iter().filter(|(_, entry)| *entry == Entry::NotViable).step_by(10);
    let places = [("v4.20", "dirty-unlocked-truncate"), ("v6.18", "dirty-unlocked-truncate")]
        .map(|(p, s)| (p.to_string(), s.to_string()));
    let hunt = Hunt::within(&corpus, places.into(), u64::MAX, 1).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(hunt.places(), 2, "both are small enough");
    let fates: Vec<(String, Fate)> = refused.map(|(id, _)| (id.clone(), hunt.fate(&mutants[&id]))).collect();
    let wrong: Vec<_> = fates.iter().filter(|(_, fate)| !matches!(fate, Fate::NotViable(_) | Fate::NeverRan)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(fates.iter().any(|(_, fate)| matches!(fate, Fate::NotViable(_))), "some of them run there");
}

#[test]
fn a_reason_on_the_list_of_survivors_is_one_for_mutants_that_no_verdict_notices() {
    let survivors = survivors().unwrap_or_else(|error| panic!("{error}"));
    let record = record();
    let reasons = |id: &String| survivors.iter().filter(|survivor| survivor.covers(id)).count();
    let unnoticed = |entry: &Entry| matches!(entry, Entry::Survived | Entry::NeverRan);
    let astray: Vec<_> =
        record.mutants.iter().filter(|(id, entry)| reasons(id) > usize::from(unnoticed(entry))).collect();
    assert!(astray.is_empty(), "on the list twice, or noticed: {astray:#?}");
    let covers = |pattern: &String| {
        let reason = Survivor { mutants: vec![pattern.clone()], reason: String::new() };
        record.mutants.keys().any(|id| reason.covers(id))
    };
    let idle: Vec<&String> = survivors.iter().flat_map(|survivor| &survivor.mutants).filter(|id| !covers(id)).collect();
    assert!(idle.is_empty(), "patterns of no mutant: {idle:#?}");
    let corpus = Corpus::load().expect("the corpus loads");
    document::documented("mutants.md", "mutants", &mutants_page(&record, &survivors, mutants(&corpus).len()));
}
