//! All stored traces: what is written about them fits into a mail, and their page into what a mail server takes.

use std::path::PathBuf;
use std::sync::Mutex;

use pinright_model::corpus::Corpus;
use pinright_model::render::{Bundle, Shown, WIDTH, race, reply_to_race};
use serde::Serialize;

use crate::jobs::on_all_cores;
use crate::ten::{replayed, source, trace};

/// Bytes that the races of a full review may take, so that the page stays below 2 MB with its matrix.
const MOST: usize = 1_700_000;

fn files() -> Vec<PathBuf> {
    let folders = ["traces", "traces/races"];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(source(folder)).expect("a folder"));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    files
}

#[test]
fn no_line_of_a_race_or_a_reply_is_wider_than_a_mail_and_the_page_of_all_races_is_small() {
    let corpus = Corpus::load().expect("the corpus loads");
    let bundle = Mutex::new(Bundle::default());
    let files = files();
    assert!(files.len() > 500, "{}", files.len());
    let wide = on_all_cores(&files, |file| {
        replayed(&corpus, &trace(file), |subject| {
            if file.parent().is_some_and(|folder| folder.ends_with("traces")) {
                bundle.lock().expect("no panic").add(subject);
            }
            let text = race(subject) + &reply_to_race(&Shown::new(subject, Some("explore replay FILE".into())));
            let wide = text.lines().filter(|line| line.chars().count() > WIDTH);
            wide.map(|line| format!("{}: {line}", file.display())).collect::<Vec<_>>()
        })
    });
    assert_eq!(wide.concat(), Vec::<String>::new());
    let size = bytes(&bundle.into_inner().expect("no panic"));
    println!("the races of all stored traces: {size} bytes");
    assert!(size < MOST, "{size} bytes");
}

fn bytes(value: &impl Serialize) -> usize {
    serde_json::to_string(value).expect("JSON").len()
}
