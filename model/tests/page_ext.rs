//! What a part adds to `struct page` must be gone when the page is freed, and is gone when it is allocated again.

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::review::{Job, run_case};
use pinright_model::search::Limits;

/// A protocol that counts pins exactly, in the file, and does `touch` to each page that is pinned.
fn protocol(member: &str, touch: &str) -> String {
    format!(
        "#include <types.h>
struct page_ext {{ {member} }};
struct mapping_ext {{ atomic_t pins; }};
#include <kernel.h>
bool track_pin(struct page *page) {{ {touch} atomic_inc(&files[0].pins); return true; }}
void untrack_pin(struct page *page) {{ atomic_dec(&files[0].pins); }}
int pin_count(struct address_space *mapping) {{ return mapping->pins.counter; }}
"
    )
}

/// The verdict on S7 where truncate takes pinned pages out of the cache, and the release frees them.
fn s7(text: String) -> &'static str {
    let corpus = Corpus::load().expect("the corpus loads");
    let files = vec![("mine.c".into(), text)];
    let composition = Composition { proposal: "mine.c".into(), reading: String::new(), files };
    let population = corpus.population("pin-truncate").expect("the population");
    let job = Job::new(composition, false, population);
    let case = run_case(&corpus, &job, &Limits::default(), &mut |_| true);
    let case = case.unwrap_or_else(|_| panic!("kernel C"));
    case.verdicts.iter().find(|(claim, _)| claim == "S7").expect("S7").1.word()
}

#[test]
fn a_flag_that_is_still_set_when_the_page_is_freed_violates_s7() {
    assert_eq!(s7(protocol("bool touched;", "page->touched = true;")), "violated");
    assert_eq!(s7(protocol("atomic_t hits[2];", "atomic_set(&page->hits[1], 1);")), "violated");
}

#[test]
fn a_page_without_anything_left_in_it_is_freed_in_peace() {
    assert_eq!(s7(protocol("bool touched;", "page->touched = true; page->touched = false;")), "holds");
}

#[test]
fn a_sequence_counter_may_have_any_value_when_the_page_is_freed() {
    assert_eq!(s7(protocol("unsigned seq : 2 __wraps;", "__atomic { page->seq++; }")), "holds");
}
