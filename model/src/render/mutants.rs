//! What became of the mutants: a table by file, and the survivors with their reasons.

use std::collections::BTreeMap;

use crate::mutants::{Entry, Killer, Record, Survivor};

use super::table::Table;

/// How many of a file's mutants came to what.
#[derive(Default)]
struct Count {
    killed: usize,
    survived: usize,
    never_ran: usize,
    not_viable: usize,
}

impl Count {
    fn add(&mut self, entry: &Entry) {
        *match entry {
            Entry::Killed(..) => &mut self.killed,
            Entry::Survived => &mut self.survived,
            Entry::NeverRan => &mut self.never_ran,
            Entry::NotViable => &mut self.not_viable,
        } += 1;
    }

    fn cells(&self) -> [String; 4] {
        [self.killed, self.survived, self.never_ran, self.not_viable].map(|count| count.to_string())
    }
}

const HEAD: [&str; 5] = ["file", "killed", "survived", "never ran", "does not compile"];

/// By file, and a row for all.
fn counts(record: &Record) -> Vec<(String, Count)> {
    let mut files: BTreeMap<String, Count> = BTreeMap::new();
    let mut all = Count::default();
    for (id, entry) in &record.mutants {
        let file = id.split(": ").next().unwrap_or_default().to_string();
        files.entry(file).or_default().add(entry);
        all.add(entry);
    }
    files.into_iter().chain([("all".to_string(), all)]).collect()
}

/// The table for a terminal.
pub fn mutant_counts(record: &Record) -> String {
    let mut table = Table::new();
    table.row(HEAD);
    for (file, count) in counts(record) {
        let [killed, survived, never_ran, not_viable] = count.cells();
        table.row([&file, &killed, &survived, &never_ran, &not_viable]);
    }
    table.render(0)
}

/// `stores/cow, v4.20: S5 holds -> violated`
pub fn fate(entry: &Entry) -> String {
    match entry.killer() {
        Some(Killer { proposal, scenario, claim, before, after }) => {
            format!("killed: {claim} {before} -> {after} ({proposal}, {scenario})")
        }
        None => match entry {
            Entry::NotViable => "does not compile".into(),
            Entry::NeverRan => "nothing runs it".into(),
            _ => "survived".into(),
        },
    }
}

/// The page of docs/: the dated table, and every mutant that no verdict notices, with its reason where one is known.
/// `all`: how many mutants there are.
pub fn mutants_page(record: &Record, survivors: &[Survivor], all: usize) -> String {
    let open = all - record.mutants.len().min(all);
    let mut page = format!(
        "Hunted on {}: {} of {all} mutants, {open} not tried yet.\n\n| {} |\n|---|---|---|---|---|\n",
        record.date,
        record.mutants.len(),
        HEAD.join(" | ")
    );
    for (file, count) in counts(record) {
        page.push_str(&format!("| {file} | {} |\n", count.cells().join(" | ")));
    }
    page.push_str(&format!("\nThe verdict that notices a killed mutant became: {}.\n", became(record)));
    page.push_str("\n## Mutants that no verdict notices, and why nobody could\n");
    for survivor in survivors {
        page.push_str(&format!("\n{}\n\n", survivor.reason.trim()));
        page.push_str(&items(record, &|id| survivor.covers(id)));
    }
    page.push_str("\n## Mutants that no verdict notices, not explained yet\n\n");
    page.push_str(&items(record, &|id| !survivors.iter().any(|survivor| survivor.covers(id))));
    page
}

/// `violated 144, vacuous 53`: not every killed mutant breaks a claim. Most frequent first.
fn became(record: &Record) -> String {
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    for killer in record.mutants.values().filter_map(Entry::killer) {
        *words.entry(killer.after).or_default() += 1;
    }
    let mut words: Vec<(String, usize)> = words.into_iter().collect();
    words.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    words.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
}

/// A line for each unnoticed mutant that is wanted.
fn items(record: &Record, wanted: &dyn Fn(&str) -> bool) -> String {
    let unnoticed = record.mutants.iter().filter(|(id, entry)| match entry {
        Entry::Survived | Entry::NeverRan => wanted(id),
        Entry::Killed(..) | Entry::NotViable => false,
    });
    let item = |(id, entry): (&String, &Entry)| {
        let nobody = if *entry == Entry::NeverRan { " (nothing runs it)" } else { "" };
        format!("* {}{nobody}\n", id.replace('*', "\\*"))
    };
    unnoticed.map(item).collect()
}
