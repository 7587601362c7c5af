//! What says less than it seems to is told, with an exit code of its own.

mod common;

use common::{Folder, SMALL};
use serde_json::Value;

/// Writeback asks what is settled before, of the page and of its pins.
const IDLE: &str = "\
#include <types.h>
#include <kernel.h>

bool page_dma_pinned(struct page *page) { return page->mapping == NULL; }

enum wb_action writeback_policy(struct page *page, enum writeback_sync_modes sync)
{
	if (PageLocked(page) && !PageWriteback(page)) {
		if (decide_pinned(page))
			return WB_SKIP;
	}
	return WB_WRITE;
}
";

fn kinds(report: &Value) -> Vec<(String, String)> {
    let findings = report["readings"][0]["findings"].as_array().expect("findings");
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_string();
    findings.iter().map(|finding| (text(finding, "kind"), text(finding, "text"))).collect()
}

#[test]
fn claims_lines_conditions_and_hooks_that_say_less_than_they_seem_to_are_told_by_kind() {
    let folder = Folder::new("idle");
    let path = folder.write("idle.c", IDLE);
    let args = ["check", &path, "--scenario", SMALL, "--no-traces", "--format", "json"];
    let report: Value = serde_json::from_str(&folder.explore(&args).stdout()).expect("JSON");
    let found = kinds(&report);
    let has = |kind: &str, text: &str| found.iter().any(|(k, t)| k == kind && t.contains(text));
    assert!(has("never-reached", "return WB_SKIP;"), "{found:?}");
    assert!(has("always-true", "PageLocked(page)") && has("always-false", "PageWriteback(page)"), "{found:?}");
    assert!(has("always-false", "decide_pinned(page)"), "{found:?}");
    assert!(has("hook-absent", "pin_count()") && !has("hook-absent", "page_dma_pinned()"), "{found:?}");
}

#[test]
fn a_check_in_which_every_claim_holds_still_ends_with_20_where_code_never_ran() {
    let folder = Folder::new("twenty");
    let path = folder.write("idle.c", IDLE);
    let run = folder.explore(&["check", &path, "--scenario", "stores-fsync/overwrite", "--claim", "S1", "--no-traces"]);
    run.exits(20);
    assert!(run.stdout().contains("S1  a dirty page always has its buffers  holds"), "{}", run.stdout());
    assert!(run.stdout().contains("lines that no population ran:"), "{}", run.stdout());
    let plain = ["check", "v4.20", "--scenario", "stores-fsync/overwrite", "--claim", "S1", "--no-traces"];
    folder.explore(&plain).exits(0);
}

#[test]
fn a_query_that_nobody_makes_of_a_pinned_page_is_a_finding_of_its_own() {
    let folder = Folder::new("unasked");
    let args = ["check", "T3", "--scenario", SMALL, "--claim", "S6", "--no-traces", "--format", "json"];
    let run = folder.explore(&args);
    run.exits(20);
    let report: Value = serde_json::from_str(&run.stdout()).expect("JSON");
    assert!(kinds(&report).iter().any(|(kind, _)| kind == "never-asked-while-pinned"), "{}", run.stdout());
}

#[test]
fn a_claim_is_explained_by_the_shortest_run_that_puts_it_to_the_test() {
    let folder = Folder::new("explained");
    let run = folder.explore(&["check", "T10+G3+W5b", "--scenario", "reclaim", "--explain", "s6"]);
    run.exits(0);
    for text in
        ["put to the test when somebody asks whether a page is pinned", "page_dma_pinned()", "--- S6, put to the test"]
    {
        assert!(run.stdout().contains(text), "{text}: {}", run.stdout());
    }
}

#[test]
fn a_claim_that_nothing_puts_to_the_test_is_explained_as_vacuous() {
    let folder = Folder::new("never");
    let run = folder.explore(&["check", "v4.20", "--scenario", "stores-fsync/overwrite", "--explain", "S13"]);
    run.exits(20);
    assert!(run.stdout().contains("never, in any state of 1 population: it is vacuous there"), "{}", run.stdout());
    let run = folder.explore(&["check", "v4.20", "--scenario", "stores-fsync/overwrite", "--explain", "S6"]);
    run.exits(20);
    assert!(run.stdout().contains("says nothing in any population"), "{}", run.stdout());
}
