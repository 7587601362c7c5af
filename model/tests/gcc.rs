//! All kernel C is C: gcc accepts each file of the base, each part alone, and each composition.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use pinright_model::corpus::Corpus;

const EXTENSIONS: [&str; 4] = ["page_ext", "vma_ext", "mapping_ext", "mm_ext"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn gcc_missing() -> bool {
    let missing = Command::new("gcc").arg("--version").output().is_err();
    if missing {
        println!("skipped: gcc is not installed");
    }
    missing
}

/// What gcc says about `text` with `prelude` included before it; empty if it is content.
fn gcc(name: &str, prelude: &str, text: &str) -> String {
    let dir = std::env::temp_dir().join(format!(
        "pinright-gcc-{}-{}",
        std::process::id(),
        name.replace(['/', ' ', '(', ')'], "_")
    ));
    std::fs::create_dir_all(&dir).expect("a temporary folder");
    let (header, source) = (dir.join("merged.h"), dir.join("file.c"));
    std::fs::write(&header, prelude).expect("a temporary file");
    std::fs::write(&source, text).expect("a temporary file");
    let output = Command::new("gcc")
        .args(["-fsyntax-only", "-std=gnu11", "-fms-extensions", "-Wall", "-Wno-unused-value", "-Werror"])
        .arg(format!("-I{}", root().join("kernel/include").display()))
        .arg("-include")
        .arg(&header)
        .arg(&source)
        .output()
        .expect("gcc runs");
    std::fs::remove_dir_all(&dir).ok();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Takes the extension structs out of a part: what they contain, by name, and the text without them.
fn split(text: &str) -> (BTreeMap<String, String>, String) {
    let mut members = BTreeMap::new();
    let mut rest = text.to_string();
    for name in EXTENSIONS {
        let head = format!("struct {name} {{");
        while let Some(start) = rest.find(&head) {
            let end = start + rest[start..].find("};").expect("the struct ends") + 2;
            let body = rest[start + head.len()..end - 2].to_string();
            *members.entry(name.to_string()).or_insert_with(String::new) += &body;
            rest.replace_range(start..end, "");
        }
    }
    (members, rest)
}

/// The header that a composition needs before kernel.h: types, then every extension struct once.
fn merged(members: &BTreeMap<String, String>) -> String {
    let structs =
        EXTENSIONS.map(|name| format!("struct {name} {{{}}};\n", members.get(name).cloned().unwrap_or_default()));
    format!("#include <types.h>\n{}", structs.concat())
}

fn files_below(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files_below(&path, found),
            false if path.extension().is_some_and(|e| e == "c") => found.push(path),
            false => {}
        }
    }
}

#[test]
fn gcc_accepts_each_file_of_the_base_kernel() {
    if gcc_missing() {
        return;
    }
    let mut files = Vec::new();
    files_below(&root().join("kernel"), &mut files);
    assert!(files.len() > 5, "the base kernel has more than {} files", files.len());
    for path in files {
        let text = std::fs::read_to_string(&path).expect("readable");
        let said = gcc(&path.display().to_string(), &merged(&BTreeMap::new()), &text);
        assert!(said.is_empty(), "{}:\n{said}", path.display());
    }
}

#[test]
fn gcc_accepts_each_part_alone() {
    if gcc_missing() {
        return;
    }
    let corpus = Corpus::load().expect("the corpus loads");
    for part in corpus.parts() {
        let (members, rest) = split(&part.text);
        let said = gcc(&part.id, &merged(&members), &rest);
        assert!(said.is_empty(), "{}:\n{said}", part.id);
    }
}

#[test]
fn gcc_accepts_each_composition_with_its_merged_extension_structs() {
    if gcc_missing() {
        return;
    }
    let corpus = Corpus::load().expect("the corpus loads");
    for proposal in corpus.proposals() {
        for composition in proposal.compositions(&corpus).expect("its parts exist") {
            let mut members: BTreeMap<String, String> = BTreeMap::new();
            let mut texts = Vec::new();
            for (name, text) in &composition.files {
                let (own, rest) = split(text);
                own.into_iter().for_each(|(k, v)| *members.entry(k).or_default() += &v);
                texts.push((name, rest));
            }
            for (name, text) in texts {
                let said = gcc(&format!("{} {name}", composition.slug()), &merged(&members), &text);
                assert!(said.is_empty(), "{} {name}:\n{said}", composition.title());
            }
        }
    }
}

#[test]
fn gcc_accepts_irq_safe_locks_with_and_without_flags() {
    if gcc_missing() {
        return;
    }
    // gcc does not see that the flags are used: `(void)` says so.
    let text = "#include <types.h>
#include <kernel.h>
static inline void f(spinlock_t *lock)
{
	unsigned long flags = 0;

	spin_lock_irqsave(lock, flags);
	spin_unlock_irqrestore(lock, flags);
	spin_lock_irqsave(lock);
	spin_unlock_irqrestore(lock);
	(void)flags;
}
";
    let said = gcc("flags", &merged(&BTreeMap::new()), text);
    assert!(said.is_empty(), "{said}");
}

#[test]
fn gcc_refuses_what_is_no_c() {
    if gcc_missing() {
        return;
    }
    assert!(!gcc("broken", &merged(&BTreeMap::new()), "int f(void) { return missing; }").is_empty());
}
