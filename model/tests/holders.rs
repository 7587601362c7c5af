//! Who releases what nobody holds violates S14: each release of the headers, called by a proposal that took nothing.

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::review::{Job, run_case};
use pinright_model::search::Limits;

/// What S14 says of a `before_pin()` that does this.
fn s14(body: &str) -> &'static str {
    let corpus = Corpus::load().expect("the corpus loads");
    let text = format!(
        "#include <types.h>\n#include <kernel.h>\n\nint before_pin(struct page *page)\n{{\n{body}\n\treturn 0;\n}}\n"
    );
    let files = vec![("own.c".to_string(), text)];
    let composition = Composition { proposal: "own".into(), reading: String::new(), files };
    let population = corpus.population("pins-held").expect("it is built in");
    let job = Job::new(composition, false, population);
    let case = run_case(&corpus, &job, &Limits::default(), &mut |_| true).unwrap_or_else(|error| panic!("{error}"));
    let verdict = case.verdicts.iter().find(|(claim, _)| claim == "S14").expect("it is a claim");
    verdict.1.word()
}

#[test]
fn a_release_of_what_nobody_holds_violates_s14() {
    let sem = "&mms[0].mmap_sem";
    let releases = [
        "\tpreempt_disable();\n\tspin_unlock(&files[0].private_lock);".to_string(),
        format!("\tup_read({sem});"),
        format!("\tup_read_non_owner({sem});"),
        format!("\tup_write({sem});"),
        format!("\tdowngrade_write({sem});"),
        "\tunlock_page(page);".to_string(),
    ];
    let unseen: Vec<&String> = releases.iter().filter(|release| s14(release) != "violated").collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[test]
fn a_release_of_what_was_taken_violates_nothing() {
    let sem = "&mms[0].mmap_sem";
    let pairs = [
        "\tspin_lock(&files[0].private_lock);\n\tspin_unlock(&files[0].private_lock);".to_string(),
        format!("\tdown_read({sem});\n\tup_read({sem});"),
        format!("\tdown_read_non_owner({sem});\n\tup_read_non_owner({sem});"),
        "\tlock_page(page);\n\tunlock_page(page);".to_string(),
    ];
    let wrong: Vec<&String> = pairs.iter().filter(|pair| s14(pair) == "violated").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
