//! The tutorial, run line by line: what it tells the reader to save is saved, what it tells to type is typed, and what it
//! says comes out must come out. Blocks of `sh` are for the reader's machine only.

mod common;

use common::{Folder, Run};

/// A fenced block: the comment above it, its language, its lines.
struct Block {
    above: String,
    language: String,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut above = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().take_while(|line| *line != "```").map(String::from).collect();
            blocks.push(Block { above: std::mem::take(&mut above), language: language.into(), lines: inside });
        } else {
            above = line.into();
        }
    }
    blocks
}

/// Writes a file, or adds to its end, as the comment above says.
fn save(folder: &Folder, block: &Block) {
    let said = block.above.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
    let said = said.unwrap_or_else(|| panic!("no comment names the file: {}", block.above));
    let (name, adds) = said.split_once(", ").map_or((said, false), |(name, _)| (name, true));
    let before =
        if adds { std::fs::read_to_string(folder.path().join(name)).expect("saved before") } else { String::new() };
    folder.write(name, &(before + &block.lines.join("\n") + "\n"));
}

/// Types every command of a block and compares what comes out.
fn session(folder: &Folder, block: &Block) {
    let mut last: Option<Run> = None;
    let mut lines = block.lines.iter().peekable();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("no command: {line}"));
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            expected.push(line.as_str());
        }
        if command == "echo $?" {
            let code = last.as_ref().map(Run::code).expect("a command before");
            assert_eq!(expected, [code.to_string()], "{command}");
            continue;
        }
        let words: Vec<&str> = command.split_whitespace().collect();
        assert_eq!(words[0], "explore", "{command}");
        let run = folder.explore(&words[1..]);
        same(command, &expected, &run.stdout());
        last = Some(run);
    }
}

/// Every expected line stands in the output, directly below the one before unless `...` is between them.
fn same(command: &str, expected: &[&str], output: &str) {
    let mut rest = output.lines();
    let mut skip = false;
    for line in expected {
        if *line == "..." {
            skip = true;
            continue;
        }
        let found = if std::mem::take(&mut skip) { rest.find(|out| out == line) } else { rest.next() };
        assert_eq!(found, Some(*line), "$ {command}\n{output}");
    }
    assert!(skip || rest.next().is_none(), "$ {command}\nmore comes out:\n{output}");
}

#[test]
fn the_tutorial_is_true() {
    let path = format!("{}/docs/tutorial.md", env!("CARGO_MANIFEST_DIR"));
    let blocks = blocks(&std::fs::read_to_string(path).expect("the tutorial"));
    let folder = Folder::new("tutorial");
    let mut sessions = 0;
    for block in &blocks {
        match block.language.as_str() {
            "c" => save(&folder, block),
            "console" => {
                session(&folder, block);
                sessions += 1;
            }
            "sh" => {}
            other => panic!("nobody runs a block of {other}"),
        }
    }
    assert!(sessions > 4, "{sessions}");
    let page = std::fs::read_to_string(folder.path().join("dance.html")).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html>"));
}
