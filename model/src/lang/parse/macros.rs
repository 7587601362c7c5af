//! The function-like macros that the kernel's headers define, and their expansion at file scope.
//!
//! Owns the table and the substitution (parameters, `#`, `##`). What an expansion means is up to the parser.

use std::collections::BTreeMap;

use super::super::ast::Span;
use super::super::diag::{Diagnostic, Diagnostics};
use super::Place;
use super::lex::{self, Kind, Tokens};

/// A table of function-like macros, filled by the trusted files in the order in which they are parsed.
///
/// `PAGEFLAG` is a word of the language: every table begins with it, and a header may redefine it.
#[derive(Clone, Debug)]
pub struct Macros {
    table: BTreeMap<String, Macro>,
}

/// One macro: `#define name(params) body`.
#[derive(Clone, Debug)]
pub(super) struct Macro {
    params: Vec<String>,
    body: String,
}

/// The five functions of a page flag, each of them one step.
const PAGEFLAG: &str = "\
static inline bool Page##Name(struct page *page) { return page->field; }
static inline void SetPage##Name(struct page *page) { page->field = true; }
static inline void ClearPage##Name(struct page *page) { page->field = false; }
static inline bool TestSetPage##Name(struct page *page)
{ bool old; __atomic { old = page->field; page->field = true; } return old; }
static inline bool TestClearPage##Name(struct page *page)
{ bool old; __atomic { old = page->field; page->field = false; } return old; }";

impl Default for Macros {
    fn default() -> Self {
        Self::new()
    }
}

impl Macros {
    /// A table that holds `PAGEFLAG` only.
    #[must_use]
    pub fn new() -> Self {
        let params = vec!["Name".to_owned(), "field".to_owned()];
        let body = PAGEFLAG.to_owned();
        let table = BTreeMap::from([("PAGEFLAG".to_owned(), Macro { params, body })]);
        Self { table }
    }

    /// The names of the macros, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.table.keys().map(String::as_str)
    }

    /// Whether a name is a function-like macro.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Macro> {
        self.table.get(name)
    }

    /// Reads `NAME(params) body`, the part of a preprocessor line after `#define`.
    pub(super) fn define(&mut self, text: &str, span: Span) -> Result<(), Diagnostic> {
        let fault = || {
            Diagnostic::error(span, "this macro's parameters cannot be read")
                .help("write `#define NAME(a, b) body`, without `...`")
        };
        let open = text.find('(').ok_or_else(fault)?;
        let close = text.find(')').filter(|close| *close > open).ok_or_else(fault)?;
        let params: Vec<String> = text[open + 1..close]
            .split(',')
            .map(|param| param.trim().to_owned())
            .filter(|param| !param.is_empty())
            .collect();
        let plain = |param: &String| param.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !params.iter().all(plain) {
            return Err(fault());
        }
        let body = text[close + 1..].replace("\\\r\n", "   ").replace("\\\n", "  ");
        let name = text[..open].trim().to_owned();
        self.table.insert(name, Macro { params, body });
        Ok(())
    }
}

impl Macro {
    /// The body with `args` in the place of the parameters.
    pub(super) fn expand(&self, name: &str, args: &[&str], place: &Place) -> Result<String, Diagnostics> {
        if args.len() != self.params.len() {
            let message = format!("{name} takes {} arguments, not {}", self.params.len(), args.len());
            let usage = format!("write {name}({})", self.params.join(", "));
            return Err(vec![Diagnostic::error(place.span(0, 0), message).help(usage)]);
        }
        let tokens = lex::lex(&self.body, place, false)?;
        Ok(self.substitute(&tokens, args))
    }

    fn substitute(&self, tokens: &Tokens, args: &[&str]) -> String {
        let mut out = String::new();
        let (mut index, mut end) = (0, 0);
        let mut glue = true;
        while let Some(token) = tokens.all.get(index) {
            if tokens.is(index, "#") && tokens.is(index + 1, "#") {
                glue = true;
                index += 2;
                continue;
            }
            if !glue && token.start > end {
                out.push(' ');
            }
            glue = false;
            let next = self.argument(tokens, index + 1, args);
            if let Some(value) = next.filter(|_| tokens.is(index, "#")) {
                out.push_str(&format!("\"{}\"", value.replace('"', "\\\"")));
                index += 1;
            } else {
                out.push_str(self.argument(tokens, index, args).unwrap_or(tokens.text(index)));
            }
            end = tokens.all[index].end;
            index += 1;
        }
        out
    }

    /// The argument for token `index`, if that is a parameter.
    fn argument<'a>(&self, tokens: &Tokens, index: usize, args: &[&'a str]) -> Option<&'a str> {
        let word = tokens.text(index);
        (tokens.kind(index) == Some(Kind::Word))
            .then(|| self.params.iter().position(|param| param == word))
            .flatten()
            .and_then(|at| args.get(at).copied())
    }
}
