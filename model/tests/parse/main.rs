//! What the parser takes, what it refuses, and that nothing makes it panic.

mod forms;
mod items;
mod refusals;
mod robust;
mod show;
mod syntax;

use pinright_model::lang::ast::{Function, Item, SourceFile};
use pinright_model::lang::diag::{Diagnostic, Diagnostics};
use pinright_model::lang::parse::{Macros, parse_file, parse_statements};
use pinright_model::lang::source::SourceMap;

/// Parses an untrusted text that is all of its program.
fn parse(text: &str) -> Result<SourceFile, Diagnostics> {
    parse_with(text, &mut Macros::new(), false)
}

fn parse_with(text: &str, macros: &mut Macros, trusted: bool) -> Result<SourceFile, Diagnostics> {
    let mut sources = SourceMap::new();
    let file = sources.add("test.c", text);
    parse_file(&sources, file, macros, trusted)
}

/// The items of a text that must parse.
fn items(text: &str) -> Vec<Item> {
    match parse(text) {
        Ok(file) => file.items,
        Err(faults) => panic!("{text}\n{}", rendered(text, &faults)),
    }
}

/// The only function of a text.
fn function(text: &str) -> Function {
    let mut functions = items(text).into_iter().filter_map(|item| match item {
        Item::Function(function) => Some(function),
        _ => None,
    });
    functions.next().expect("a function")
}

/// The statements of a body, shown.
fn body(text: &str) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("run", text);
    match parse_statements(&sources, file, &Macros::new()) {
        Ok(stmts) => show::stmts(&stmts),
        Err(faults) => panic!("{}", rendered(text, &faults)),
    }
}

fn rendered(text: &str, faults: &[Diagnostic]) -> String {
    let mut sources = SourceMap::new();
    sources.add("test.c", text);
    faults.iter().map(|fault| fault.render(&sources, false)).collect()
}

/// Line, column, sentence and remedy of every fault of a text.
fn faults(text: &str) -> Vec<(usize, usize, String, String)> {
    let mut sources = SourceMap::new();
    sources.add("test.c", text);
    let found = parse(text).expect_err(text);
    found
        .into_iter()
        .map(|fault| {
            let (line, column) = sources.line_col(fault.span);
            (line, column, fault.message, fault.help.expect("a remedy"))
        })
        .collect()
}
