//! Where each function of the kernel that the model cites stands in the model, as a document.

#[path = "common/document.rs"]
mod document;

use std::collections::{BTreeMap, BTreeSet};

use pinright_model::corpus::Corpus;

/// By file and function of the kernel: the model's functions whose comments cite it.
type Map = BTreeMap<(String, String), BTreeSet<String>>;

/// The headers that hold code.
const PRIMITIVES: [&str; 3] = ["/atomic.h", "/locking.h", "/page.h"];

/// Reads the comments of a file. One in front of a function speaks of that function, one inside of the function around it.
fn cited(path: &str, text: &str, map: &mut Map) {
    let mut rest = text;
    while let Some((_, comment)) = rest.split_once("/*") {
        let Some((comment, behind)) = comment.split_once("*/") else { return };
        let before = &text[..text.len() - behind.len()];
        let inside = before.lines().last().is_some_and(|line| line.starts_with('\t'));
        let function = if inside { before.lines().rev().find_map(defined) } else { behind.lines().find_map(defined) };
        if let Some(function) = function {
            for citation in citations(comment) {
                map.entry(citation).or_default().insert(format!("`{function}()` in {path}"));
            }
        }
        rest = behind;
    }
}

/// Reads a header: a heading `-- page lock: include/linux/pagemap.h, mm/filemap.c --` names the files where the kernel has
/// the functions below it, by the same names: up to the next comment of several lines, and but for those that cite a place of
/// their own, which were read before.
fn headed(path: &str, text: &str, map: &mut Map) {
    let mut files = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("/* -- ") {
            let words = heading.split_whitespace().map(|word| word.trim_matches([',', '.', ':', ';']));
            files = words.filter(|word| word.contains('/') && *word != "*/").collect::<Vec<_>>().join(", ");
        } else if line == "/*" {
            files.clear();
        } else if let Some(function) = defined(line).filter(|_| !files.is_empty()) {
            let place = format!("`{function}()` in {path}");
            if !map.iter().any(|((_, cited), places)| cited == function && places.contains(&place)) {
                map.entry((files.clone(), function.to_string())).or_default().insert(place);
            }
        }
    }
}

/// The function whose definition begins on this line.
fn defined(line: &str) -> Option<&str> {
    let (head, _) = line.split_once('(')?;
    let starts = head.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    (starts && head.contains(' ') && !line.ends_with(';')).then(|| head.rsplit([' ', '*']).next()).flatten()
}

/// `mm/memory.c finish_mkwrite_fault(), wp_page_reuse()`: a file, then functions of it.
fn citations(comment: &str) -> Vec<(String, String)> {
    let mut file = None;
    let mut found = Vec::new();
    for word in comment.split_whitespace() {
        let bare = word.trim_matches([',', '.', ':', ';', ')', '(']);
        if bare.contains('/') && [".c", ".h"].iter().any(|ending| bare.ends_with(ending)) {
            file = Some(bare);
        } else if let (Some(cited), Some((function, behind))) = (file, word.split_once("()")) {
            found.push((cited.to_string(), function.to_string()));
            file = file.filter(|_| ["", ","].contains(&behind));
        } else if !["and", "*"].contains(&word) {
            file = None;
        }
    }
    found
}

fn table(corpus: &Corpus) -> String {
    let mut map = Map::new();
    for number in 0..corpus.base().len() {
        let path = corpus.sources().name(number as u32);
        let text = corpus.sources().text(number as u32);
        if path.ends_with(".c") || PRIMITIVES.iter().any(|header| path.ends_with(header)) {
            cited(path, text, &mut map);
        }
        if PRIMITIVES.iter().any(|header| path.ends_with(header)) {
            headed(path, text, &mut map);
        }
    }
    let mut table = String::from("\n| v4.20 | stands for it |\n|---|---|\n");
    for ((file, function), places) in map {
        let places: Vec<String> = places.into_iter().collect();
        table.push_str(&format!("| {file} `{function}()` | {} |\n", places.join(", ")));
    }
    table
}

#[test]
fn a_citation_belongs_to_the_function_behind_the_comment_or_around_it() {
    let mut map = Map::new();
    let text = "/* mm/rmap.c a(), b(): said\n * fs/buffer.c c() */\nstatic int f(int x)\n{\n\t/* mm/gup.c d(); e() is not cited */\n\tg(x);\n}\n";
    cited("m.c", text, &mut map);
    let found: Vec<String> = map.keys().map(|(file, function)| format!("{file} {function}")).collect();
    assert_eq!(found, ["fs/buffer.c c", "mm/gup.c d", "mm/rmap.c a", "mm/rmap.c b"]);
    assert!(map.values().all(|places| places.iter().eq(["`f()` in m.c"])));
}

#[test]
fn a_heading_of_a_header_names_the_file_of_the_functions_below_it() {
    let mut map = Map::new();
    let text = "/* -- a lock: include/a.h, mm/b.c -- */\n\nstatic inline int f(int x)\n{\n\tg(x);\n}\n\n/*\n * ours\n */\nstatic int own(void)\n{\n}\n\n/* -- others: none -- */\nstatic int h(void)\n{\n";
    headed("m.h", text, &mut map);
    let found: Vec<String> = map.keys().map(|(file, function)| format!("{file} {function}")).collect();
    assert_eq!(found, ["include/a.h, mm/b.c f"]);
}

#[test]
fn the_document_names_the_place_of_each_function_that_the_model_cites() {
    let corpus = Corpus::load().expect("the corpus loads");
    document::documented("kernel-map.md", "kernel_map", &table(&corpus));
}
