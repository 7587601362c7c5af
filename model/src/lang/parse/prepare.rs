//! Makes a text that tree-sitter can parse, byte for byte as long as the original.
//!
//! Kernel C's own words (`__weak`, `__ghost`, `__bits(n)`, `__atomic`, ...), preprocessor lines and file-scope
//! macros are no C to tree-sitter. They are blanked out here; what they mean is kept beside the text.

use super::super::ast::{Expr, Item};
use super::super::diag::{Diagnostic, Diagnostics};
use super::directive::Conditions;
use super::lex::{Kind, Tokens};
use super::words::{self, Then};
use super::{Macros, Place, parse_expression};

/// An attribute that was blanked out.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) kind: MarkKind,
    /// Bytes of the unwrapped text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The attributes of kernel C.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MarkKind {
    Weak,
    Ghost,
    Wraps,
    Saturates,
    Refcount,
    Stale,
    Bits(Option<Expr>),
}

impl MarkKind {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "__weak" => Self::Weak,
            "__ghost" => Self::Ghost,
            "__wraps" => Self::Wraps,
            "__saturates" => Self::Saturates,
            "__refcount" => Self::Refcount,
            "__stale" => Self::Stale,
            "__bits" => Self::Bits(None),
            _ => return None,
        })
    }

    /// What to say of an attribute that stands where nothing takes it.
    pub(super) fn lost(&self) -> &'static str {
        match self {
            Self::Weak => "`__weak` belongs to a function",
            _ => "this attribute belongs to a structure member",
        }
    }

    /// What to do about it.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Weak => "write `__weak` before the result type of a function at file scope",
            _ => "write it before the member's type or after its name",
        }
    }
}

/// What a text is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Items.
    File,
    /// Statements or an expression: nothing of the preprocessor.
    Inside,
}

/// The text for tree-sitter and what was taken out of it.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) text: String,
    pub(super) marks: Vec<Mark>,
    /// Where an `__atomic` was, sorted; byte offsets of the unwrapped text.
    pub(super) atomics: Vec<usize>,
    /// Items that needed no parser, with their offsets.
    pub(super) items: Vec<(usize, Item)>,
    pub(super) faults: Diagnostics,
}

/// Takes out of a text what tree-sitter cannot parse.
pub(super) fn prepare(
    tokens: &Tokens,
    place: &Place,
    macros: &mut Macros,
    trusted: bool,
    mode: Mode,
    expansions: usize,
) -> Prepared {
    let mut preparer = Preparer {
        tokens,
        place: *place,
        macros,
        trusted,
        mode,
        expansions,
        bytes: tokens.text.as_bytes().to_vec(),
        open: Vec::new(),
        item_start: mode == Mode::File,
        at: 0,
        out: Prepared::default(),
    };
    let mut conditions = Conditions::default();
    while preparer.at < tokens.all.len() {
        preparer.token(&mut conditions);
    }
    conditions.finish(&mut preparer);
    let mut out = preparer.out;
    // Only whole ASCII tokens were overwritten, and an ellipsis as a whole.
    out.text = String::from_utf8(preparer.bytes).unwrap_or_default();
    out
}

/// The walk over the tokens.
pub(super) struct Preparer<'a> {
    pub(super) tokens: &'a Tokens<'a>,
    pub(super) place: Place,
    pub(super) macros: &'a mut Macros,
    pub(super) trusted: bool,
    pub(super) mode: Mode,
    pub(super) expansions: usize,
    bytes: Vec<u8>,
    /// The opening brackets around the current token.
    pub(super) open: Vec<usize>,
    /// Whether an item may begin here.
    pub(super) item_start: bool,
    /// The current token.
    pub(super) at: usize,
    pub(super) out: Prepared,
}

impl Preparer<'_> {
    /// Handles the current token and moves on.
    fn token(&mut self, conditions: &mut Conditions) {
        let index = self.at;
        self.at += 1;
        match self.tokens.kind(index) {
            Some(Kind::Directive) => {
                conditions.line(self, index);
                let token = self.tokens.all[index];
                self.blank(token.start, token.end);
            }
            Some(Kind::Word) => self.word(index),
            Some(Kind::Punct) => self.punct(index),
            _ => self.item_start = false,
        }
    }

    fn punct(&mut self, index: usize) {
        let text = self.tokens.text(index);
        match text {
            "(" | "[" | "{" => self.open.push(index),
            ")" | "]" | "}" => {
                self.open.pop();
            }
            "..." | "\u{2026}" => self.ellipsis(index),
            _ => {}
        }
        self.item_start = self.at_file_scope() && matches!(text, ";" | "}");
    }

    pub(super) fn at_file_scope(&self) -> bool {
        self.mode == Mode::File && self.open.is_empty()
    }

    fn word(&mut self, index: usize) {
        if self.item_start && self.file_scope_macro(index) {
            return;
        }
        self.item_start = false;
        let word = self.tokens.text(index);
        let token = self.tokens.all[index];
        if let Some(kind) = MarkKind::of(word) {
            self.mark(index, kind);
        } else if word == "__atomic" {
            self.atomic(index);
        } else if word == "goto" && self.tokens.is(index + 1, "*") {
            let star = self.tokens.all[index + 1];
            self.fault(index, "kernel C has no computed goto", "write `goto label;`, or a switch");
            self.blank(token.start, star.end);
        } else if let Some(refused) = words::refused(word, self.tokens.is(index + 1, "(")) {
            self.fault(index, &refused.message, refused.help);
            self.rewrite(index, refused.then);
        }
    }

    fn rewrite(&mut self, index: usize, then: Then) {
        let token = self.tokens.all[index];
        let with_call = matches!(then, Then::BlankCall | Then::IntCall) && self.tokens.is(index + 1, "(");
        let last = if with_call { self.tokens.partner[index + 1] } else { index };
        if then == Then::Keep {
            return;
        }
        self.blank(token.start, self.tokens.all[last].end);
        if matches!(then, Then::Int | Then::IntCall) {
            self.put(token.start, "int");
        }
        self.at = last + 1;
    }

    fn mark(&mut self, index: usize, kind: MarkKind) {
        let start = self.tokens.all[index].start;
        let (kind, last) = match kind {
            MarkKind::Bits(_) => self.bits(index),
            other => (other, index),
        };
        let end = self.tokens.all[last].end;
        self.blank(start, end);
        self.at = last + 1;
        self.out.marks.push(Mark { kind, start, end });
    }

    /// `__bits(n)`: the width and the index of its last token.
    fn bits(&mut self, index: usize) -> (MarkKind, usize) {
        if !self.tokens.is(index + 1, "(") {
            self.fault(index, "`__bits` needs a width", "write `__bits(n)`");
            return (MarkKind::Bits(None), index);
        }
        let close = self.tokens.partner[index + 1];
        let (start, end) = (self.tokens.all[index + 1].end, self.tokens.all[close].start);
        (MarkKind::Bits(self.expression(start, end)), close)
    }

    /// Parses the bytes from `start` to `end` as an expression.
    pub(super) fn expression(&mut self, start: usize, end: usize) -> Option<Expr> {
        let text = &self.tokens.text[start..end];
        if text.trim().is_empty() {
            let span = self.place.span(start.saturating_sub(1), end);
            let fault = Diagnostic::error(span, "a value is missing here").help("write it");
            self.out.faults.push(fault);
            return None;
        }
        match parse_expression(self.place.part(start, end), text, self.macros) {
            Ok(expr) => Some(expr),
            Err(faults) => {
                self.out.faults.extend(faults);
                None
            }
        }
    }

    /// `__atomic` becomes a loop of the same length: unlike an `if`, a loop takes no `else` that follows.
    fn atomic(&mut self, index: usize) {
        let token = self.tokens.all[index];
        if !self.tokens.is(index + 1, "{") {
            self.fault(index, "`__atomic` needs a block", "write `__atomic { ... }`");
        }
        self.put(token.start, "for(;;) ");
        self.out.atomics.push(token.start);
    }

    fn ellipsis(&mut self, index: usize) {
        let start = self.tokens.all[index].start;
        let inner = self.open.last().map_or("", |open| self.tokens.text(*open));
        let label = (0..index)
            .rev()
            .map(|before| self.tokens.text(before))
            .find(|text| matches!(*text, "case" | ";" | "{" | "}" | "("));
        let (message, help, instead) = if self.at_top_parenthesis() {
            ("kernel C has no variable arguments", words::VARARGS, "int")
        } else if label == Some("case") {
            ("kernel C has no case ranges", "write one `case` label per value", "   ")
        } else if inner == "{" {
            (EMAIL, "write the statements", ";  ")
        } else {
            (EMAIL, "write the expression", "0  ")
        };
        self.fault(index, message, help);
        self.put(start, instead);
    }

    /// Whether the current token stands in a parenthesis of an item: in parameters.
    fn at_top_parenthesis(&self) -> bool {
        let only = self.open.len() == 1 && self.mode == Mode::File;
        only && self.open.iter().all(|open| self.tokens.is(*open, "("))
    }

    /// Reports the token at `index`.
    pub(super) fn fault(&mut self, index: usize, message: &str, help: &str) {
        let token = self.tokens.all[index];
        let span = self.place.span(token.start, token.end);
        self.out.faults.push(Diagnostic::error(span, message).help(help));
    }

    /// Overwrites bytes with blanks, newlines excepted.
    pub(super) fn blank(&mut self, start: usize, end: usize) {
        for byte in &mut self.bytes[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }

    fn put(&mut self, start: usize, text: &str) {
        self.bytes[start..start + text.len()].copy_from_slice(text.as_bytes());
    }
}

const EMAIL: &str = "the email leaves this out";
