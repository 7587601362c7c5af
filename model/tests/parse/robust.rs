//! Nothing makes the parser panic, and everything of the kernel model parses.

use std::path::{Path, PathBuf};

use pinright_model::lang::diag::Diagnostics;
use pinright_model::lang::parse::{Macros, parse_file, parse_statements};
use pinright_model::lang::source::SourceMap;

use super::parse_with;

const SAMPLE: &str = r#"/* A sample of everything. \u00e9 é */
#include <types.h>
#ifndef N
#define N 2 /* two */
#endif
#define ONE(Name, f) static inline bool Get##Name(void) { return #f; }
struct s { const bool a; __ghost bool b; atomic_t c __bits(N + 1) __refcount; unsigned x : 3; struct page_ext; };
typedef struct { struct page *page; } pte_t;
enum e { A, B = 2, };
struct page pages[N], *q;
ONE(A, a)
static DECLARE_WORK(w, fn);
CLAIM(S5, "no " "update", "lost", "mail", NEEDS_PIN | NEEDS_FSYNC);
// doc
__weak int f(struct page *page, int i)
{
	int x = 1, y;
	if (page->a && !pages[i].b) __atomic { x += 1; } else goto out;
	for (int j = 0; j < N; j++) { x = (bool)y ? 1 : -2; }
	switch (x) { case A: case 1: break; default: (void)x; }
	do { check("S\"1", ~x); } while (x);
out:
	return x;
}
"#;

/// Parses as all that a text can be. Faults must render, and lie inside the text.
fn survive(text: &str) {
    let mut sources = SourceMap::new();
    let file = sources.add("fuzz.c", text);
    let check = |result: Result<(), Diagnostics>| {
        for fault in result.err().into_iter().flatten() {
            assert!(fault.span.end as usize <= text.len() && fault.span.start <= fault.span.end);
            assert!(!fault.message.is_empty() && fault.help.is_some(), "{fault:?}");
        }
    };
    check(parse_file(&sources, file, &mut Macros::new(), true).map(drop));
    check(parse_statements(&sources, file, &Macros::new()).map(drop));
}

#[test]
fn the_sample_parses() {
    let parsed = parse_with(SAMPLE, &mut Macros::new(), true);
    assert!(parsed.is_ok(), "{parsed:?}");
}

#[test]
fn a_text_cut_anywhere_is_survived() {
    for (at, _) in SAMPLE.char_indices() {
        survive(&SAMPLE[..at]);
        survive(&SAMPLE[at..]);
    }
}

#[test]
fn a_text_with_a_character_lost_or_replaced_is_survived() {
    let others = ["{", "}", "(", ")", ";", "\"", "#", "\n", "*", "\\", "\u{2026}", "\0", "..."];
    for (at, c) in SAMPLE.char_indices() {
        let (before, after) = (&SAMPLE[..at], &SAMPLE[at + c.len_utf8()..]);
        survive(&format!("{before}{after}"));
        // One per place keeps this short; they take turns.
        let other = others[at % others.len()];
        survive(&format!("{before}{other}{after}"));
    }
}

#[test]
fn a_text_with_a_token_doubled_or_swapped_is_survived() {
    let words: Vec<&str> = SAMPLE.split_inclusive([' ', '\n', '(', ';']).collect();
    for at in 0..words.len() {
        let mut changed = words.clone();
        changed.insert(at, words[at]);
        survive(&changed.concat());
        changed.swap(at, (at * 7 + 3) % words.len());
        survive(&changed.concat());
    }
}

#[test]
fn faults_render_at_every_cut() {
    for (at, _) in SAMPLE.char_indices().step_by(7) {
        let mut sources = SourceMap::new();
        let file = sources.add("fuzz.c", &SAMPLE[..at]);
        let result = parse_file(&sources, file, &mut Macros::new(), true);
        for fault in result.err().into_iter().flatten() {
            let shown = fault.render(&sources, true);
            assert!(shown.contains("fuzz.c:"), "{shown}");
        }
    }
}

#[test]
fn every_file_of_the_kernel_model_parses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for dir in ["kernel", "parts", "proposals"] {
        collect(&root.join(dir), &mut files);
    }
    files.sort();
    let mut failed = String::new();
    let mut macros = Macros::new();
    for path in files {
        let mut sources = SourceMap::new();
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let file = sources.add(path.display().to_string(), text);
        let header = path.extension().is_some_and(|extension| extension == "h");
        for fault in parse_file(&sources, file, &mut macros, header).err().into_iter().flatten() {
            failed += &fault.render(&sources, false);
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

/// Every C file under a directory but the one that is for gcc only.
fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "c" || extension == "h")
            && !path.ends_with("pinright.h")
        {
            files.push(path);
        }
    }
}
