//! Slips in a proposal that would change verdicts without a word: each is refused where it is written.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Folder, Run, SMALL};

/// Folders of tests that run side by side.
static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// The skeleton with `from` replaced by `to`, checked against one claim.
fn check(from: &str, to: &str) -> Run {
    let folder = Folder::new(&format!("slip-{}", FOLDERS.fetch_add(1, Ordering::Relaxed)));
    let skeleton = folder.explore(&["new", "slip"]).stdout();
    assert!(skeleton.contains(from), "the skeleton has no {from}");
    let path = folder.write("slip.c", &skeleton.replacen(from, to, 1));
    folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces"])
}

/// Refused, with these words, and pointing into the proposal.
#[track_caller]
fn refused(from: &str, to: &str, words: &[&str]) {
    let run = check(from, to);
    let said = run.exits(65).stderr().split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words.iter().copied().chain(["slip.c:"]) {
        assert!(said.contains(word), "{word} is not in\n{}", run.stderr());
    }
}

#[test]
fn a_hook_with_another_signature_is_refused_where_it_is_defined() {
    let words = ["`mkclean_one_policy` has another signature", "hooks.h declares `bool mkclean_one_policy(struct page"];
    let hook = "bool mkclean_one_policy(struct page *page, struct vm_area_struct *vma)";
    refused(hook, "bool mkclean_one_policy(struct page *page)", &words);
    refused(hook, "int mkclean_one_policy(struct page *page, struct vm_area_struct *vma)", &words);
}

#[test]
fn a_misspelt_hook_that_nobody_calls_is_refused_with_the_hook() {
    let words = ["nobody calls `mkclean_one_polcy`", "did you mean `bool mkclean_one_policy(struct page *page"];
    refused("bool mkclean_one_policy(", "bool mkclean_one_polcy(", &words);
}

#[test]
fn a_protocol_may_not_look_at_the_specification() {
    let answer = "return PageDmaPinned(page);";
    refused(answer, "return page->notified;", &["`notified` is a ghost"]);
    refused(answer, "return spec_held(page);", &["`spec_held` belongs to the specification"]);
}

#[test]
fn a_protocol_may_not_write_a_ghost_of_the_base_even_in_an_atomic_block() {
    let words = ["`notified` is a ghost"];
    refused("SetPageDmaPinned(page);", "__atomic { page->notified = true; }", &words);
}

#[test]
fn a_ghost_of_ones_own_is_for_claims_of_ones_own() {
    let member = "\tbool dma_pinned;\n";
    let own = "\tbool dma_pinned;\n\t__ghost bool seen;\n";
    let folder = Folder::new("own-ghost");
    let text = folder.explore(&["new", "slip"]).stdout().replacen(member, own, 1);
    let set = "SetPageDmaPinned(page);\n\t__atomic { page->seen = !page->seen; }";
    let written = text.replacen("SetPageDmaPinned(page);", set, 1)
        + "\nCLAIM(S99, \"seen\", \"\", \"\", NEEDS_PIN);\nbool always_S99(struct page *page)\n{\n\treturn page->seen || !page->seen;\n}\n";
    let path = folder.write("written.c", &written);
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces", "--claim", "S99"]);
    assert!(matches!(run.code(), 0 | 20), "{}", run.stderr());
    let path = folder.write("read.c", &text.replacen("return PageDmaPinned(page);", "return page->seen;", 1));
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces"]);
    assert!(run.exits(65).stderr().contains("protocol code reads a ghost"), "{}", run.stderr());
}

#[test]
fn a_claim_function_needs_its_claim_and_a_claim_is_declared_once() {
    let comment = "/* for claims only, evaluated at once: how";
    let function =
        "bool always_S98(struct page *page)\n{\n\treturn true;\n}\n\n/* for claims only, evaluated at once: how";
    refused(comment, function, &["`always_S98` judges a claim that is not declared", "CLAIM(S98, "]);
    let claim = "CLAIM(S5, \"\", \"\", \"\", NEEDS_PIN);\n\n/* for claims only, evaluated at once: how";
    refused(comment, claim, &["claim `S5` is declared twice"]);
}

#[test]
fn a_function_that_ends_without_its_value_is_refused() {
    refused("return PageDmaPinned(page);", "PageDmaPinned(page);", &["`page_dma_pinned` may end without a value"]);
}

#[test]
fn a_fault_in_a_function_that_is_inlined_often_is_told_once() {
    let run = check("\tput_page(page);", "\tput_page(page->mapping);");
    assert_eq!(run.exits(65).stderr().matches('×').count(), 1, "{}", run.stderr());
}

#[test]
fn too_many_objects_are_told_without_what_follows_from_it() {
    let folder = Folder::new("objects");
    let run = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--define", "NR_PAGES=100"]);
    let said = run.exits(65).stderr();
    assert!(said.contains("`pages` has 100 objects"), "{said}");
    assert!(!said.contains("points into a structure"), "{said}");
}

#[test]
fn a_constant_that_no_scenario_may_set_is_refused_with_the_option() {
    let folder = Folder::new("settable");
    let run = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--define", "ENOMEM=1"]);
    let said = run.exits(65).stderr();
    assert!(said.contains("`ENOMEM` is no constant that a scenario may set"), "{said}");
    assert!(said.contains("ENOMEM = 1"), "{said}");
}

#[test]
fn a_lock_that_is_never_released_is_shown_where_it_is_taken() {
    let member = "struct rw_semaphore pin_sem;\n\tbool dma_pinned;";
    let folder = Folder::new("leak");
    let text = folder.explore(&["new", "slip"]).stdout().replacen("bool dma_pinned;", member, 1);
    let text = text.replacen("SetPageDmaPinned(page);", "down_read(&page->pin_sem);\n\tSetPageDmaPinned(page);", 1);
    let path = folder.write("leak.c", &text);
    let said = folder.explore(&["check", &path, "--scenario", SMALL]).exits(65).stderr();
    assert!(said.contains("what down_read() comes to") && said.contains("leak.c:"), "{said}");
    assert!(said.contains("down_read_non_owner()"), "{said}");
}

#[test]
fn a_function_with_the_name_of_a_word_of_the_language_is_refused() {
    let hook = "bool page_dma_pinned(";
    refused(hook, &format!("bool idx(struct page *page)\n{{\n\treturn true;\n}}\n\n{hook}"), &["`idx` is a word"]);
}

#[test]
fn a_check_may_not_wait_or_choose() {
    let set = "SetPageDmaPinned(page);";
    refused(set, "check(\"S7\", nondet(2) == 0);", &["that waits or chooses"]);
}
