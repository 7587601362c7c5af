//! Faults of what is written in TOML or JSON (proposals, scenarios, traces), told as those of kernel C are: what is
//! wrong, where, what to write instead.
//!
//! Owns the place and the words of a fault. What a value may be is the business of whoever reads it.

use std::fmt;

use crate::lang::ast::Span;
use crate::lang::diag::Diagnostic;
use crate::lang::resolve::nearest;
use crate::lang::source::SourceMap;

/// A text that is not what it should be: what is wrong, and the text. Boxed, because mostly nothing is.
#[derive(Clone, Debug)]
pub struct Fault(Box<(Diagnostic, SourceMap)>);

impl Fault {
    /// For people: what is wrong, file, line, caret, remedy.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        self.0.0.render(&self.0.1, colour)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// One text: from places in it to faults.
#[derive(Clone, Copy, Debug)]
pub struct Notation<'a> {
    /// What a reader knows it by: a file.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

impl Notation<'_> {
    /// A fault at a place that [`key`] or [`json_at`] found.
    #[must_use]
    pub fn fault(&self, at: Span, message: impl Into<String>, help: impl Into<String>) -> Fault {
        let mut sources = SourceMap::new();
        sources.add(self.name, self.text);
        Fault(Box::new((Diagnostic::error(at, message).help(help), sources)))
    }

    /// What the TOML reader said.
    #[must_use]
    pub fn toml(&self, error: &toml::de::Error) -> Fault {
        let at = error.span().map_or(whole(), |range| span(range.start, range.end));
        let (message, help) = reworded(error.message(), "`key = value`, text in quotes");
        self.fault(self.one_line(at), message, help)
    }

    /// What the JSON reader said.
    #[must_use]
    pub fn json(&self, error: &serde_json::Error) -> Fault {
        let foreign = "take a file that `explore check` wrote, such as traces/v4.20.S1.json";
        self.json_fault(error, self.json_at(error.line(), error.column()), foreign)
    }

    /// What the JSON reader said of one line of a text in JSON lines, which begins at byte `start`; `foreign` is what to
    /// do about a line that is no JSON at all.
    #[must_use]
    pub fn json_line(&self, start: usize, error: &serde_json::Error, foreign: &str) -> Fault {
        let at = (start + error.column().saturating_sub(1)).min(self.text.len());
        self.json_fault(error, span(at, (at + 1).min(self.text.len())), foreign)
    }

    fn json_fault(&self, error: &serde_json::Error, at: Span, foreign: &str) -> Fault {
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let (message, help) = match message == "expected value" && (error.line(), error.column()) == (1, 1) {
            true => ("this is no JSON".into(), foreign.into()),
            false => reworded(message, "`\"key\": value`, with a comma between two of them"),
        };
        self.fault(at, message, help)
    }

    /// Where a line and column, both from 1 and in bytes, are.
    fn json_at(&self, line: usize, column: usize) -> Span {
        let before: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let at = (before + column.saturating_sub(1)).min(self.text.len());
        span(at, (at + 1).min(self.text.len()))
    }

    /// Where the value stands that a path of keys and indices leads to, in JSON; the whole text if it leads nowhere.
    #[must_use]
    pub fn json_key(&self, path: &[Key]) -> Span {
        let found = Scanner { bytes: self.text.as_bytes(), at: 0 }.find(path);
        found.map_or(whole(), |(start, end)| self.one_line(span(start, end)))
    }

    /// A place that begins where `at` does and ends with its line: a missing key is that of a whole table.
    fn one_line(&self, at: Span) -> Span {
        let rest = self.text.get(at.start as usize..at.end as usize).unwrap_or_default();
        let line = rest.find('\n').unwrap_or(rest.len());
        Span { end: at.start + line as u32, ..at }
    }

    /// Where the value stands that a path of keys and indices leads to, in TOML; the whole text if it leads nowhere.
    #[must_use]
    pub fn key(&self, path: &[Key]) -> Span {
        let Ok(table) = toml::de::DeTable::parse(self.text) else { return whole() };
        let Some((Key::Name(first), rest)) = path.split_first() else { return whole() };
        let found = table.get_ref().get(*first).and_then(|value| {
            rest.iter().try_fold(value, |value, key| match key {
                Key::Name(name) => value.get_ref().get(*name),
                Key::Index(index) => value.get_ref().get(*index),
            })
        });
        found.map_or(whole(), |value| self.one_line(span(value.span().start, value.span().end)))
    }
}

/// A step on the way to a value.
#[derive(Clone, Copy, Debug)]
pub enum Key<'a> {
    /// In a table.
    Name(&'a str),
    /// In an array, from 0.
    Index(usize),
}

/// Goes over JSON that a reader has taken before, to find where a value stands.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The place of the value that begins here, or of the one in it that the path leads to.
    fn find(mut self, path: &[Key]) -> Option<(usize, usize)> {
        for key in path {
            self.enter(*key)?;
        }
        self.blanks();
        let start = self.at;
        self.value();
        Some((start, self.at))
    }

    /// Goes to the value of a key or an index of what begins here.
    fn enter(&mut self, key: Key) -> Option<()> {
        self.blanks();
        let opened = self.next()?;
        for index in 0.. {
            self.blanks();
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let wanted = match (opened, key) {
                (b'{', Key::Name(name)) => {
                    let here = self.string() == name.as_bytes();
                    self.blanks();
                    self.next();
                    here
                }
                (b'[', Key::Index(wanted)) => index == wanted,
                _ => return None,
            };
            if wanted {
                return Some(());
            }
            self.value();
            self.blanks();
            self.next();
        }
        None
    }

    /// Skips a value.
    fn value(&mut self) {
        self.blanks();
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => drop(self.string()),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' | b',' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    /// What stands between the quotes of a string, as it is written.
    fn string(&mut self) -> &'a [u8] {
        let start = self.at + 1;
        self.at = start;
        while let Some(byte) = self.next() {
            match byte {
                b'"' => return &self.bytes[start..self.at - 1],
                b'\\' => self.at += 1,
                _ => {}
            }
        }
        &[]
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }
}

fn whole() -> Span {
    span(0, 0)
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file: 0, start: offset(start), end: offset(end.max(start)) }
}

/// A reader's sentence in our words, and what to write instead.
fn reworded(message: &str, otherwise: &str) -> (String, String) {
    let message = message.trim().replace('\n', ", ");
    if let Some((what, known)) = message.split_once(", expected one of ").or(message.split_once(", expected `")) {
        let known: Vec<&str> = known.split(['`', ',', ' ']).filter(|word| !word.is_empty() && *word != "or").collect();
        if let Some(name) = what.strip_prefix("unknown field `").and_then(|rest| rest.strip_suffix('`')) {
            return (format!("there is no key `{name}` here"), choice(name, &known));
        }
        if let Some(name) = what.strip_prefix("unknown variant `").and_then(|rest| rest.strip_suffix('`')) {
            return (format!("`{name}` is not known here"), choice(name, &known));
        }
    }
    if let Some(name) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        return (format!("the key `{name}` is missing"), format!("add `{name}`: it has no default"));
    }
    if let Some(name) = message.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`')) {
        return (format!("the key `{name}` stands twice"), "keep one of them".into());
    }
    if let Some((found, wanted)) = message
        .strip_prefix("invalid type: ")
        .or(message.strip_prefix("invalid value: "))
        .and_then(|m| m.split_once(", expected "))
    {
        let known = [
            (
                "a sequence",
                "a list in brackets, `[\"a\", \"b\"]`; a table that may stand several times has two, `[[context]]`",
            ),
            ("a map", "a table, `{ NAME = 1 }`"),
            ("a string", "a text in quotes"),
            ("a boolean", "`true` or `false`"),
            ("i64", "a number"),
            ("u32", "a number from 0 on"),
            ("u8", "a number from 0 to 255"),
        ];
        let wanted = known.iter().find(|(name, _)| *name == wanted).map_or(wanted, |(_, words)| words);
        let found = if found == "map" { "a table" } else { found };
        return (format!("{found} does not stand here"), format!("write {wanted}"));
    }
    if message.starts_with("control character") {
        return (
            "a text that does not end on its line".into(),
            "close it with `\"`; a line break in it is `\\n`".into(),
        );
    }
    if message.starts_with("invalid length") {
        return ("a list does not stand here".into(), "write `{ \"key\": value }`".into());
    }
    if message.starts_with("EOF while parsing") {
        return ("the text ends too early".into(), "it was cut off: take the whole file".into());
    }
    (message, format!("write {otherwise}"))
}

/// The nearest of the names that may stand here, and all of them.
fn choice(name: &str, known: &[&str]) -> String {
    let all = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? What may stand here: {all}"),
        None => format!("what may stand here: {all}"),
    }
}
