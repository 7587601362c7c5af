//! Tokens, as far as the preparation needs them: where words, strings and brackets are.
//!
//! Knows comments, strings and preprocessor lines, so that nothing inside them is mistaken for code.
//! Owns the faults that no parser explains well: brackets that do not match, characters that C has not.

use super::super::diag::{Diagnostic, Diagnostics};
use super::{MAX_DEPTH, Place};

/// What a token is; comments are no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    Str,
    Char,
    Punct,
    /// A whole preprocessor line with its continuations.
    Directive,
}

/// A token by its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A text's tokens and which brackets belong together.
pub(super) struct Tokens<'a> {
    pub(super) text: &'a str,
    pub(super) all: Vec<Token>,
    /// For each bracket the index of its partner; for every other token its own.
    pub(super) partner: Vec<usize>,
}

impl<'a> Tokens<'a> {
    /// A token's text; empty past the end.
    pub(super) fn text(&self, index: usize) -> &'a str {
        self.all.get(index).map_or("", |token| &self.text[token.start..token.end])
    }

    /// Whether token `index` is the punctuation or word `text`.
    pub(super) fn is(&self, index: usize, text: &str) -> bool {
        self.all.get(index).is_some_and(|token| !matches!(token.kind, Kind::Str | Kind::Char))
            && self.text(index) == text
    }

    /// Whether token `index` is of a kind.
    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.all.get(index).map(|token| token.kind)
    }

    /// Whether a newline stands between a token and the next.
    pub(super) fn newline_after(&self, index: usize) -> bool {
        match (self.all.get(index), self.all.get(index + 1)) {
            (Some(left), Some(right)) => self.text[left.end..right.start].contains('\n'),
            _ => true,
        }
    }
}

/// Splits a text into tokens. `directives`: whether a `#` that begins a line begins a preprocessor line.
pub(super) fn lex<'a>(text: &'a str, place: &Place, directives: bool) -> Result<Tokens<'a>, Diagnostics> {
    let mut lexer =
        Lexer { text, place, at: 0, line_start: directives, directives, all: Vec::new(), faults: Vec::new() };
    while lexer.at < text.len() {
        lexer.next();
    }
    // A string or comment that does not end hides the brackets behind it.
    if !lexer.faults.is_empty() {
        return Err(lexer.faults);
    }
    let partner = partners(text, &lexer.all, place).map_err(|fault| vec![fault])?;
    Ok(Tokens { text, all: lexer.all, partner })
}

struct Lexer<'a, 'p> {
    text: &'a str,
    place: &'p Place,
    at: usize,
    line_start: bool,
    directives: bool,
    all: Vec<Token>,
    faults: Diagnostics,
}

impl Lexer<'_, '_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        if first == '\n' {
            self.line_start = self.directives;
            self.at += 1;
        } else if first.is_ascii_whitespace() || rest.starts_with("\\\n") || rest.starts_with("\\\r\n") {
            self.at += 1;
        } else if rest.starts_with("/*") || rest.starts_with("//") {
            self.comment();
        } else {
            self.token(first);
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        self.at += comment_len(self.rest());
        if self.text[start..].starts_with("/*") && !closed_comment(&self.text[start..self.at]) {
            self.fault(start, start + 2, "this comment is never closed", "end it with `*/`");
        }
    }

    fn token(&mut self, first: char) {
        let start = self.at;
        let line_start = std::mem::replace(&mut self.line_start, false);
        let kind = match first {
            '#' if line_start => {
                self.at += directive_len(self.rest());
                Kind::Directive
            }
            '"' | '\'' => {
                self.quoted(first);
                if first == '"' { Kind::Str } else { Kind::Char }
            }
            _ if is_word(first) => {
                let word = |c: char| is_word(c) || c.is_ascii_digit();
                self.at += self.rest().find(|c| !word(c)).unwrap_or(self.rest().len());
                Kind::Word
            }
            _ if first.is_ascii_digit() => {
                let part = |c: char| c.is_ascii_alphanumeric() || c == '.';
                self.at += self.rest().find(|c| !part(c)).unwrap_or(self.rest().len());
                Kind::Number
            }
            _ => {
                self.punct(first);
                Kind::Punct
            }
        };
        let end = self.at;
        self.all.push(Token { kind, start, end });
    }

    fn quoted(&mut self, quote: char) {
        let start = self.at;
        match quoted_len(self.rest()) {
            Some(len) => self.at += len,
            None => {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
                let message = format!("this {quote} is never closed");
                self.fault(start, start + 1, &message, &format!("end it with {quote} on the same line"));
            }
        }
    }

    fn punct(&mut self, first: char) {
        let (start, rest) = (self.at, self.rest());
        if rest.starts_with("@@") && (start == 0 || self.text[..start].ends_with('\n')) {
            return self.patch_header(start);
        }
        let long = ["...", "\u{2026}", "->", "++", "--"].iter().find(|p| rest.starts_with(**p));
        self.at += long.map_or(first.len_utf8(), |p| p.len());
        let stray = !first.is_ascii_graphic() || matches!(first, '`' | '@' | '$' | '\\');
        if long.is_none() && stray {
            let shown = if first.is_control() { ' ' } else { first };
            let message = format!("stray character `{shown}` (U+{:04X})", first as u32);
            self.fault(start, self.at, &message, &ascii(first));
        }
    }

    /// `@@ -10,6 +10,7 @@`: one fault for the line.
    fn patch_header(&mut self, start: usize) {
        self.at = start + self.text[start..].find('\n').unwrap_or(self.text.len() - start);
        let help = "apply the patch and take the file, or delete its headers and the `+`, `-` and blank that each line begins with";
        self.fault(start, self.at, "this is a patch, and no file", help);
    }

    fn fault(&mut self, start: usize, end: usize, message: &str, help: &str) {
        self.faults.push(Diagnostic::error(self.place.span(start, end), message).help(help));
    }
}

/// What a mail program made of which character.
fn ascii(stray: char) -> String {
    let meant = match stray {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' => "\"",
        '\u{2018}' | '\u{2019}' | '\u{201a}' => "'",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{a0}' | '\u{2007}' | '\u{202f}' => " ",
        '\u{2192}' => "->",
        '\u{2260}' => "!=",
        '\u{2264}' => "<=",
        '\u{2265}' => ">=",
        _ => return "delete it: kernel C is ASCII, comments aside".into(),
    };
    format!("write `{meant}`: mail programs change quotes, dashes and blanks")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Length of the comment that `text` begins with, up to the end of the text if it is not closed.
fn comment_len(text: &str) -> usize {
    let end = match text.strip_prefix("/*") {
        Some(inner) => inner.find("*/").map(|at| at + 4),
        None => text.find('\n'),
    };
    end.unwrap_or(text.len())
}

fn closed_comment(text: &str) -> bool {
    text.len() >= 4 && text.ends_with("*/")
}

/// Length of the literal that `text` begins with; `None` if its line ends first.
fn quoted_len(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let quote = bytes.first()?;
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => return None,
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii) => at += 2,
            _ if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Length of the preprocessor line that `text` begins with, continuations and comments included.
fn directive_len(text: &str) -> usize {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with('\n') {
            return at;
        }
        at += if rest.starts_with("\\\n") {
            2
        } else if rest.starts_with("\\\r\n") {
            3
        } else if rest.starts_with("/*") || rest.starts_with("//") {
            comment_len(rest)
        } else if rest.starts_with('"') {
            quoted_len(rest).unwrap_or(1)
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
    }
    text.len()
}

/// Pairs the brackets, or says which one stands alone.
fn partners(text: &str, all: &[Token], place: &Place) -> Result<Vec<usize>, Diagnostic> {
    let mut partner: Vec<usize> = (0..all.len()).collect();
    let mut open: Vec<usize> = Vec::new();
    // In kernel style only a function's or a structure's closing brace stands in the first column, so
    // the first one that closes something else shows which brace was forgotten.
    let mut suspect = None;
    for (index, token) in all.iter().enumerate().filter(|(_, token)| token.kind == Kind::Punct) {
        match &text[token.start..token.end] {
            "(" | "[" | "{" => open.push(index),
            close @ (")" | "]" | "}") => {
                let Some(last) = open.pop() else {
                    return Err(lonely_close(place, token, close));
                };
                let opened = &text[all[last].start..all[last].end];
                if closing(opened) != close {
                    return Err(unclosed(place, &all[last], opened, Some(close)));
                }
                let first_column = token.start == 0 || text[..token.start].ends_with('\n');
                if close == "}" && first_column && !open.is_empty() {
                    suspect.get_or_insert(last);
                }
                partner[last] = index;
                partner[index] = last;
            }
            _ => {}
        }
        if open.len() > MAX_DEPTH {
            return Err(too_deep(place, token));
        }
    }
    match suspect.filter(|_| !open.is_empty()).or(open.pop()) {
        Some(last) => Err(unclosed(place, &all[last], &text[all[last].start..all[last].end], None)),
        None => Ok(partner),
    }
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

fn lonely_close(place: &Place, token: &Token, close: &str) -> Diagnostic {
    Diagnostic::error(place.span(token.start, token.end), format!("this `{close}` closes nothing"))
        .label("no bracket is open here")
        .help(format!("delete it, or write what it closes before it (is a `{close}` too many above?)"))
}

fn unclosed(place: &Place, token: &Token, open: &str, instead: Option<&str>) -> Diagnostic {
    let found = instead.map_or_else(String::new, |close| format!(": `{close}` comes first"));
    Diagnostic::error(place.span(token.start, token.end), format!("this `{open}` is never closed{found}"))
        .label("opened here")
        .help(format!("write the `{}` that belongs to it", closing(open)))
}

fn too_deep(place: &Place, token: &Token) -> Diagnostic {
    Diagnostic::error(place.span(token.start, token.end), format!("nested deeper than {MAX_DEPTH}"))
        .help("split it into functions or statements")
}
