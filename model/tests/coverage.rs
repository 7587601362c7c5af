//! Coverage against small proposals of which it is plain what runs.

use pinright_model::corpus::{Corpus, embedded};
use pinright_model::coverage::{Coverage, Place, Sources, missing};
use pinright_model::proposal::Composition;
use pinright_model::review::{Job, rows, run_case};
use pinright_model::search::Limits;

/// A proposal's text in `pin/overwrite`: the flusher writes a dirty, locked page, and never as fsync does.
fn ran(text: &str) -> Coverage {
    let corpus = Corpus::load().expect("the corpus loads");
    searched(&corpus, &job(&corpus, own(text)))
}

fn own(text: &str) -> Composition {
    let files = vec![("own.c".to_string(), format!("#include <types.h>\n#include <kernel.h>\n{text}"))];
    Composition { proposal: "own".into(), reading: String::new(), files }
}

fn job(corpus: &Corpus, composition: Composition) -> Job {
    Job::new(composition, false, corpus.population("pin/overwrite").expect("it is built in"))
}

fn searched(corpus: &Corpus, job: &Job) -> Coverage {
    let case = run_case(corpus, job, &Limits::default(), &mut |_| true);
    let case = case.unwrap_or_else(|error| panic!("{error:?}"));
    assert!(case.complete);
    rows(&[case]).remove(0).ran
}

/// What never came out of the condition or decision with this text.
fn never(sources: &Sources, text: &str) -> Vec<String> {
    let all = sources.branches.iter().chain(&sources.decisions);
    let found: Vec<_> = all.filter(|(place, _)| place.text == text).collect();
    assert_eq!(found.len(), 1, "{text} among {:?}", sources.branches.keys().collect::<Vec<&Place>>());
    missing(found[0].1)
}

fn line_ran(sources: &Sources, line: usize) -> bool {
    !sources.lines[&("own.c".to_string(), line)].is_empty()
}

const POLICY: &str = "enum wb_action writeback_policy(struct page *page, enum writeback_sync_modes sync)\n{\n";

#[test]
fn a_condition_that_never_fails_is_missed_there_and_what_stands_behind_it_never_ran() {
    let text = format!(
        "{POLICY}\tbool odd = false;\n\n\tif (page->dirty && !page->locked)\n\t\todd = true;\n\tif (odd)\n\t\treturn WB_SKIP;\n\treturn WB_WRITE;\n}}\n"
    );
    let own = ran(&text).proposal;
    assert_eq!(never(&own, "page->dirty"), ["false"]);
    assert_eq!(never(&own, "page->locked"), ["false"]);
    assert!(line_ran(&own, 7) && line_ran(&own, 9) && line_ran(&own, 11));
    assert!(!line_ran(&own, 8) && !line_ran(&own, 10));
}

#[test]
fn a_condition_that_was_decided_on_each_path_counts_as_what_it_was() {
    let text = format!(
        "static bool asked(struct page *page)\n{{\n\tif (page->writeback)\n\t\treturn true;\n\tif (page->buffer_dirty)\n\t\treturn false;\n\treturn true;\n}}\n{POLICY}\tif (asked(page))\n\t\treturn WB_WRITE;\n\treturn WB_SKIP;\n}}\n"
    );
    let own = ran(&text).proposal;
    let seen: Vec<String> = never(&own, "asked(page)");
    let buffer = never(&own, "page->buffer_dirty");
    // The answer is no exactly where the buffer was dirty.
    assert_eq!(seen.contains(&"false".to_string()), buffer.contains(&"true".to_string()));
    let yes = !buffer.contains(&"false".to_string()) || !never(&own, "page->writeback").contains(&"true".to_string());
    assert_eq!(!seen.contains(&"true".to_string()), yes);
    assert!(line_ran(&own, 14) == yes && line_ran(&own, 15) != seen.contains(&"false".to_string()));
}

#[test]
fn every_value_of_a_choice_is_seen_and_a_constant_is_no_branch() {
    let text = format!(
        "{POLICY}\tint way = nondet(3);\n\n\tif (NR_PAGES == 1 && way == 2)\n\t\treturn WB_SKIP;\n\treturn WB_WRITE;\n}}\n"
    );
    let own = ran(&text).proposal;
    assert_eq!(never(&own, "nondet(3)"), Vec::<String>::new());
    assert_eq!(own.decisions.values().map(|outcomes| outcomes.len()).sum::<usize>(), 3);
    assert_eq!(own.branches.keys().map(|place| place.text.as_str()).collect::<Vec<_>>(), ["way == 2"]);
}

#[test]
fn a_query_is_asked_about_pinned_pages_and_others_and_says_both() {
    let corpus = Corpus::load().expect("the corpus loads");
    let composition = Composition::of_parts(&corpus, "T3+G3+W5b").expect("it composes");
    let own = searched(&corpus, &job(&corpus, composition)).proposal;
    assert_eq!(never(&own, "page_dma_pinned() says"), Vec::<String>::new());
    assert_eq!(never(&own, "page_dma_pinned() is asked about a page that is"), Vec::<String>::new());
}

#[test]
fn what_runs_in_one_population_only_counts_as_run() {
    let place = Place { file: "a.c".into(), line: 1, column: 1, text: "x".into() };
    let one = |outcome: &str, context: Option<&str>| {
        let mut coverage = Coverage::default();
        let words = ["false", "true"].map(|word| (word.to_string(), word == outcome));
        coverage.proposal.branches.insert(place.clone(), words.into_iter().collect());
        let contexts = context.iter().map(|context| context.to_string()).collect();
        coverage.proposal.lines.insert(("a.c".into(), 1), contexts);
        coverage
    };
    let mut all = one("true", None);
    all.add(&one("false", Some("rdma")));
    assert_eq!((all.proposal.branches().ran, all.proposal.branches().of), (2, 2));
    assert_eq!((all.proposal.lines().ran, all.proposal.lines().of), (1, 1));
}

#[test]
fn a_condition_behind_a_branch_that_a_search_jumps_over_ran_all_the_same() {
    let text = format!(
        "{POLICY}\tint ret = 0;\n\n\tunlock_page(page);\n\tif (ret)\n\t\treturn WB_SKIP;\n\tlock_page(page);\n\treturn WB_WRITE;\n}}\n"
    );
    // unlock_page() of this kernel ends with a branch around a store that S0 does not need, and nothing stands behind it.
    let path = "model/kernel/include/page.h";
    let header = embedded(path).expect("it is built in").replace("if (!page->writeback)", "if (page->writeback)");
    let corpus = Corpus::edited(&[(path.to_string(), header)].into()).expect("the corpus loads");
    let job = Job { claims: Some(["S0".to_string()].into()), ..job(&corpus, own(&text)) };
    assert!(line_ran(&searched(&corpus, &job).proposal, 8), "if (ret)");
}
