//! `explore mutants`: whether a verdict notices that a statement of the model is gone, elsewhere or weaker.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use pinright_model::corpus::Corpus;
use pinright_model::mutants::{Entry, Hunt, Mutant, Record, mutants};
use pinright_model::render;
use pinright_model::review::CaseError;
use pinright_model::threads::side_by_side;

use crate::args::MutantArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, diagnose};

/// Where the record is kept.
const RECORD: &str = "model/mutants/record.json";

/// Tries the chosen mutants wherever they can matter.
pub fn run(args: &MutantArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let recorded = Record::load().map_err(Failure::internal)?;
    let mut chosen = chosen(&corpus, &args.filters)?;
    if let Some(beyond) = args.beyond.filter(|beyond| *beyond >= args.states) {
        return Err(Failure::usage(format!("no place has more than {beyond} and up to {} states", args.states)));
    }
    let further = args.beyond.is_some() || !args.at.is_empty();
    if further {
        // Other places were tried: what was noticed there, or does not compile, needs none.
        chosen.retain(|mutant| !recorded.mutants.get(&mutant.id).is_some_and(is_settled));
    }
    if args.record.is_some() && !Path::new(RECORD).is_file() {
        return Err(Failure::usage(format!("--record writes to {RECORD}: run it in a source checkout")));
    }
    if args.list {
        return Ok(Output::new(listed(&chosen, &recorded), Exit::Holds));
    }
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let threads = args.threads.unwrap_or(cores);
    let found = hunted(&hunt(&corpus, args, threads)?, &chosen, threads);
    if let Some(date) = &args.record {
        record(&recorded, &found, date, args.filters.is_empty() && !further)?;
    }
    let differs = found.iter().any(|(id, entry)| recorded.mutants.get(id) != Some(entry));
    let text = table(found, &recorded);
    Ok(Output::new(text, if differs && args.record.is_none() { Exit::Differs } else { Exit::Holds }))
}

fn chosen(corpus: &Corpus, filters: &[String]) -> Result<Vec<Mutant>, Failure> {
    let mut all = mutants(corpus);
    all.retain(|mutant| filters.is_empty() || filters.iter().any(|filter| mutant.id.contains(filter)));
    match all.is_empty() {
        true => Err(Failure::usage("no mutant has that in its id: `explore mutants --list` shows them all")),
        false => Ok(all),
    }
}

/// Whether further places can tell nothing.
fn is_settled(entry: &Entry) -> bool {
    matches!(entry, Entry::Killed(..) | Entry::NotViable)
}

/// Every chosen mutant with what is on record of it.
fn listed(chosen: &[Mutant], recorded: &Record) -> String {
    let line = |mutant: &Mutant| {
        let fate = recorded.mutants.get(&mutant.id).map_or("not on record".into(), render::fate);
        format!("{}\n    {fate}\n", mutant.id)
    };
    chosen.iter().map(line).collect()
}

/// The places to try them in.
fn hunt<'a>(corpus: &'a Corpus, args: &MutantArgs, threads: usize) -> Result<Hunt<'a>, Failure> {
    let failed = |error: CaseError| Failure::internal(error.to_string());
    if args.at.is_empty() {
        let states = args.beyond.map_or(0, |beyond| beyond + 1)..=args.states;
        return Hunt::everywhere(corpus, states, threads).map_err(failed);
    }
    let pair = |at: &String| at.split_once(',').map(|(proposal, scenario)| (proposal.into(), scenario.into()));
    let places: Option<BTreeSet<(String, String)>> = args.at.iter().map(pair).collect();
    let places = places.ok_or_else(|| Failure::usage("--at takes a proposal and a scenario: --at v6.18,punch"))?;
    let wanted = places.len();
    let named = |error: CaseError| Failure::usage(error.to_string());
    let hunt = Hunt::within(corpus, places, u64::MAX, threads).map_err(named)?;
    match hunt.places() == wanted {
        true => Ok(hunt),
        false => Err(Failure::usage("one of these places takes more than a gigabyte: name a smaller one")),
    }
}

/// What becomes of each, several at a time. What is known is told as it is found: a hunt is long.
fn hunted(hunt: &Hunt, chosen: &[Mutant], threads: usize) -> BTreeMap<String, Entry> {
    diagnose(&format!("{} mutants, {} places", chosen.len(), hunt.places()));
    let done = AtomicUsize::new(0);
    let tried = side_by_side(chosen, threads, |mutant| {
        let entry = Entry::from(&hunt.fate(mutant));
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        diagnose(&format!("{done}/{} {}: {}", chosen.len(), mutant.id, render::fate(&entry)));
        (mutant.id.clone(), entry)
    });
    tried.into_iter().collect()
}

/// Writes the record; what was not tried stays as it was, unless the model has no such mutant any more.
fn record(before: &Record, found: &BTreeMap<String, Entry>, date: &str, whole: bool) -> Result<(), Failure> {
    let mut mutants = if whole { BTreeMap::new() } else { before.mutants.clone() };
    let news = found.iter().filter(|(id, entry)| **entry != Entry::NeverRan || !mutants.contains_key(*id));
    let news: Vec<_> = news.map(|(id, entry)| (id.clone(), entry.clone())).collect();
    mutants.extend(news);
    let text = serde_json::to_string_pretty(&Record { date: date.into(), mutants });
    let text = text.map_err(|error| Failure::internal(error.to_string()))?;
    let failed = |error| Failure::internal(format!("{RECORD}: {error}"));
    std::fs::write(RECORD, text + "\n").map_err(failed)?;
    diagnose(&format!("recorded {RECORD}"));
    Ok(())
}

/// The counts, and what is not as recorded.
fn table(found: BTreeMap<String, Entry>, recorded: &Record) -> String {
    let mut text = String::new();
    for (id, entry) in found.iter().filter(|(id, entry)| recorded.mutants.get(*id) != Some(entry)) {
        let before = recorded.mutants.get(id).map_or("not on record".into(), render::fate);
        text.push_str(&format!("{id}\n    {}\n    on record: {before}\n", render::fate(entry)));
    }
    text.push_str(&render::mutant_counts(&Record { date: recorded.date.clone(), mutants: found }));
    text
}
