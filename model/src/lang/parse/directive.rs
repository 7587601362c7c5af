//! Preprocessor lines: constants, includes, include guards. Everything else is refused.

use super::super::ast::{Item, Name};
use super::super::diag::Diagnostic;
use super::lex::Kind;
use super::prepare::{Mode, Preparer};

const CONDITION_HELP: &str = "kernel C compiles every line: make it an `if` on a constant, or a part of its own; the only condition is `#ifndef NAME`, `#define NAME value`, `#endif` for a constant that a scenario may set";
const FUNCTION_HELP: &str = "write a `static inline` function";

/// The conditions that are open at a point of the file.
#[derive(Default)]
pub(super) struct Conditions {
    /// The `#if` line's token and, for a guard or a default, the name it asks for.
    open: Vec<(usize, Option<String>)>,
    /// The `#define` line of a scenario's constant.
    default: Option<usize>,
}

/// A preprocessor line taken apart; offsets are of the unit's text.
struct Line<'a> {
    keyword: &'a str,
    name: &'a str,
    name_at: usize,
    /// What follows the name.
    value: &'a str,
    value_at: usize,
}

impl<'a> Line<'a> {
    fn split(text: &'a str, start: usize, end: usize) -> Self {
        let whole = &text[start..end];
        let keyword_at = start + 1 + blanks(&whole[1..]);
        let keyword = word(&text[keyword_at..end]);
        let after = keyword_at + keyword.len();
        let name_at = after + blanks(&text[after..end]);
        let name = word(&text[name_at..end]);
        let value_at = name_at + name.len();
        let value = &text[value_at..end];
        Self { keyword, name, name_at, value, value_at }
    }

    fn is_function(&self) -> bool {
        self.keyword == "define" && self.value.starts_with('(')
    }

    fn has_value(&self) -> bool {
        let value = self.value.trim();
        !(value.is_empty() || value.starts_with("/*") && value.ends_with("*/") || value.starts_with("//"))
    }
}

/// Length of the blanks and continuations that `text` begins with.
fn blanks(text: &str) -> usize {
    let mut rest = text;
    loop {
        let next = rest.trim_start_matches([' ', '\t']);
        let next = next.strip_prefix("\\\n").or(next.strip_prefix("\\\r\n")).unwrap_or(next);
        if next.len() == rest.len() {
            return text.len() - rest.len();
        }
        rest = next;
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

impl Conditions {
    /// Handles the preprocessor line that is token `index`.
    pub(super) fn line(&mut self, p: &mut Preparer, index: usize) {
        if p.mode == Mode::Inside || !p.open.is_empty() {
            p.fault(index, "a preprocessor line inside code", "move it to file scope, between functions");
            return;
        }
        let token = p.tokens.all[index];
        let line = Line::split(p.tokens.text, token.start, token.end);
        match line.keyword {
            "include" => include(p, &line, index),
            "define" => self.define(p, &line, index),
            "ifndef" => self.ifndef(p, &line, index),
            "if" | "ifdef" => {
                p.fault(index, "kernel C has no conditional compilation", CONDITION_HELP);
                self.open.push((index, None));
            }
            "endif" => {
                if self.open.pop().is_none() {
                    p.fault(index, "this #endif ends nothing", "delete it");
                }
            }
            // The `#if` has been reported already.
            "else" | "elif" if self.open.last().is_some_and(|(_, name)| name.is_none()) => {}
            "else" | "elif" => p.fault(index, "kernel C has no conditional compilation", CONDITION_HELP),
            "pragma" if line.name == "once" => {}
            "" => {}
            other => {
                let message = format!("kernel C has no #{other}");
                p.fault(index, &message, "delete the line; there are #include, #define NAME value and include guards");
            }
        }
    }

    fn define(&mut self, p: &mut Preparer, line: &Line, index: usize) {
        let guard = self.open.last().and_then(|(_, name)| name.as_deref()) == Some(line.name);
        if line.name.is_empty() {
            p.fault(index, "this #define has no name", "write `#define NAME value`");
        } else if line.is_function() {
            function_like(p, line, index);
        } else if line.has_value() {
            let default = self.default.take() == Some(index);
            let (start, end) = (line.value_at, line.value_at + line.value.len());
            if let Some(value) = p.expression(start, end) {
                let name = name(p, line.name, line.name_at);
                p.out.items.push((line.name_at, Item::Define { name, value, default }));
            }
        } else if !guard {
            p.fault(index, "this #define has no value", "write `#define NAME value`, with a constant value");
        }
    }

    /// An include guard or a scenario's constant; nothing else.
    fn ifndef(&mut self, p: &mut Preparer, line: &Line, index: usize) {
        let next = |at: usize| {
            let token = p.tokens.all.get(at).filter(|token| token.kind == Kind::Directive)?;
            Some(Line::split(p.tokens.text, token.start, token.end))
        };
        let define =
            next(index + 1).filter(|next| next.keyword == "define" && next.name == line.name && !next.is_function());
        let constant = define.as_ref().is_some_and(Line::has_value);
        let ends = next(index + 2).is_some_and(|next| next.keyword == "endif");
        if define.is_none() || constant && !ends {
            p.fault(index, "kernel C has no conditional compilation", CONDITION_HELP);
            self.open.push((index, None));
            return;
        }
        self.default = constant.then_some(index + 1);
        self.open.push((index, Some(line.name.to_owned())));
    }

    /// At the end of the file every condition has ended.
    pub(super) fn finish(&self, p: &mut Preparer) {
        for (index, _) in &self.open {
            p.fault(*index, "this condition is never ended", "write the `#endif` that belongs to it");
        }
    }
}

fn include(p: &mut Preparer, line: &Line, index: usize) {
    let whole = &p.tokens.text[line.name_at..line.value_at + line.value.len()];
    let close = match whole.chars().next() {
        Some('<') => '>',
        Some('"') => '"',
        _ => '\0',
    };
    let Some(len) = whole.get(1..).and_then(|rest| rest.find(close)).filter(|len| *len > 0) else {
        p.fault(index, "this #include names no file", "write `#include <kernel.h>`");
        return;
    };
    let name = name(p, &whole[1..=len], line.name_at + 1);
    p.out.items.push((line.name_at, Item::Include(name)));
}

fn function_like(p: &mut Preparer, line: &Line, index: usize) {
    if !p.trusted {
        let message = format!("a function-like macro of one's own: {}", line.name);
        p.fault(index, &message, FUNCTION_HELP);
        return;
    }
    let token = p.tokens.all[index];
    let text = &p.tokens.text[line.name_at..token.end];
    let span = p.place.span(token.start, token.end);
    if let Err(fault) = p.macros.define(text, span) {
        p.out.faults.push(fault);
    }
}

fn name(p: &Preparer, text: &str, at: usize) -> Name {
    let span = p.place.span(at, at + text.len());
    Name { text: text.to_owned(), span }
}

impl Preparer<'_> {
    /// Reports the bytes from `start` to `end`.
    pub(super) fn fault_at(&mut self, start: usize, end: usize, message: &str, help: &str) {
        let span = self.place.span(start, end);
        self.out.faults.push(Diagnostic::error(span, message).help(help));
    }
}
