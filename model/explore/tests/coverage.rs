//! What a check says about the code that ran.

mod common;

use common::{Folder, SMALL};
use serde_json::Value;

/// The skeleton of a proposal with a function that nobody calls.
fn unrun(folder: &Folder) -> String {
    let text = folder.explore(&["new", "unrun"]).stdout();
    folder.write(
        "unrun.c",
        &format!("{text}\nint nobody_calls_this(struct page *page)\n{{\n\treturn page->dma_pinned;\n}}\n"),
    )
}

#[test]
fn a_check_says_how_much_of_the_code_ran_in_one_line() {
    let run = Folder::new("ran").explore(&["check", "T3+G3+W5b", "--scenario", SMALL, "--no-traces"]);
    let text = run.stdout();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("  ran: lines ")).collect();
    assert_eq!(lines.len(), 1, "{text}");
    assert!(lines[0].contains("branches ") && lines[0].contains("decisions "), "{}", lines[0]);
    assert!(lines[0].contains(" of the proposal; lines ") && lines[0].ends_with(" of the base kernel"), "{}", lines[0]);
    assert!(!text.contains("contexts: line:"), "no listing unless asked for: {text}");
}

#[test]
fn a_listing_has_every_line_of_the_proposal_with_who_ran_it() {
    let folder = Folder::new("listing");
    let path = unrun(&folder);
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces", "--coverage"]);
    let listed: Vec<String> = run.stdout().lines().map(String::from).collect();
    let source = std::fs::read_to_string(&path).expect("the proposal");
    for (number, text) in (1..).zip(source.lines()) {
        let found = listed.iter().filter(|line| line.ends_with(format!(":{number:>5}:{text}").trim_end()));
        assert_eq!(found.count(), 1, "line {number}: {text}");
    }
    // The lines that no population ran are told before the listing, too.
    let of = |text: &str| listed.iter().rfind(|line| line.ends_with(text)).expect("a listed line").trim_start();
    assert!(of("int nobody_calls_this(struct page *page)").starts_with("never:"));
    assert!(of("bool track_pin(struct page *page)").starts_with(|c: char| c.is_ascii_digit()));
    assert!(of("#include <kernel.h>").starts_with("-:"));
}

#[test]
fn the_base_kernel_is_listed_on_request_as_text_and_as_json() {
    let folder = Folder::new("base");
    let args = ["check", "v4.20", "--scenario", SMALL, "--no-traces", "--coverage=base"];
    let run = folder.explore(&args);
    assert!(run.stdout().contains("line:model/kernel/mm/rmap.c"), "{}", run.stdout());
    let json: Value =
        serde_json::from_str(&folder.explore(&[&args[..], &["--format", "json"]].concat()).stdout()).expect("JSON");
    let code = &json["readings"][0]["code"];
    let lines =
        code["listing"].as_array().expect("files").iter().flat_map(|file| file["lines"].as_array().expect("lines"));
    let ran = lines.clone().filter(|line| line["ran_by"].as_array().is_some_and(|by| !by.is_empty())).count();
    let with_code = lines.filter(|line| line["ran_by"].is_array()).count();
    assert_eq!(code["base"]["lines"]["ran"], ran);
    assert_eq!(code["base"]["lines"]["of"], with_code);
    assert!(ran > 100 && ran < with_code, "{ran} of {with_code}");
}

#[test]
fn a_listing_of_the_base_kernel_counts_what_a_search_jumps_over_where_nobody_lists() {
    let folder = Folder::new("exact");
    let lines = |args: &[&str]| {
        let run =
            folder.explore(&[&["check", "v4.20", "--scenario", "loads-one-mm", "--no-traces"][..], args].concat());
        let json: Value = serde_json::from_str(&run.stdout()).expect("JSON");
        json["readings"][0]["code"]["base"]["lines"]["ran"].as_u64().expect("a number")
    };
    let (plain, exact) = (lines(&["--format", "json"]), lines(&["--format", "json", "--coverage=base"]));
    let whole = lines(&["--format", "json", "--coverage=base", "--no-slice"]);
    assert!(plain < exact, "{plain} of {exact}");
    assert_eq!(exact, whole, "as the whole program counts them");
}
