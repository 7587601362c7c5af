//! Syntax errors: from tree-sitter's repairs to a sentence a reader can act on.
//!
//! tree-sitter says where it had to repair the text, often far behind the mistake. The usual mistake, a
//! forgotten semicolon, is looked for on the tokens around the repair; otherwise the first token of it is named.

use std::ops::Range;

use tree_sitter::{Node, Tree};

use super::super::diag::{Diagnostic, Diagnostics};
use super::Place;
use super::lex::{Kind, Tokens};

/// Repairs beyond this many say nothing new.
const MAX_SITES: usize = 100;

/// Where tree-sitter repaired the text, in bytes of the unwrapped text.
struct Site {
    start: usize,
    end: usize,
    /// What it had to invent.
    missing: Option<String>,
}

/// What tree-sitter made of a text that was wrapped to make a whole program.
pub(super) struct Parsed<'a> {
    pub(super) tree: &'a Tree,
    pub(super) text: &'a str,
    /// Bytes before the text itself.
    pub(super) prefix: usize,
}

/// Adds a fault for every repair that nothing else explains.
pub(super) fn report(parsed: &Parsed, tokens: &Tokens, place: &Place, faults: &mut Diagnostics) {
    let sites = sites(parsed);
    if sites.is_empty() {
        return;
    }
    let text = tokens.text;
    let line = |at: usize| text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count();
    let mut lines: Vec<usize> =
        faults.iter().map(|fault| line((fault.span.start as usize).saturating_sub(place.base))).collect();
    if place.fixed.is_some() && !faults.is_empty() {
        return;
    }
    if let Some(fault) = markup(tokens, place) {
        faults.push(fault);
        return;
    }
    let search = Search::new(tokens);
    for site in sites {
        let covered = line(site.start)..=line(site.end.max(site.start + 1) - 1);
        if lines.iter().any(|known| covered.contains(known)) {
            continue;
        }
        let (start, end, mut fault) = search.explain(&site, place);
        if place.fixed.is_some() {
            fault = fault.label("in what this macro expands to");
        }
        let at = line(start);
        if !lines.contains(&at) {
            faults.push(fault);
        }
        lines.extend([at, line(end)]);
    }
}

/// A mail that was saved as HTML.
fn markup(tokens: &Tokens, place: &Place) -> Option<Diagnostic> {
    let first = tokens.all.first().filter(|_| tokens.is(0, "<"))?;
    let span = place.span(first.start, first.end);
    Some(Diagnostic::error(span, "this is HTML").help("save the mail as plain text: `-&gt;` was `->`"))
}

/// The smallest repairs, in the order of the text.
fn sites(parsed: &Parsed) -> Vec<Site> {
    let mut sites = Vec::new();
    let mut cursor = parsed.tree.walk();
    loop {
        let node = cursor.node();
        if repaired(node) || misread(node, parsed.text) {
            sites.push(Site {
                start: node.start_byte().saturating_sub(parsed.prefix),
                end: node.end_byte().saturating_sub(parsed.prefix),
                missing: node.is_missing().then(|| node.kind().to_owned()),
            });
        }
        if sites.len() >= MAX_SITES {
            return sites;
        }
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            continue;
        }
        loop {
            if !cursor.goto_parent() {
                return sites;
            }
            if cursor.goto_next_sibling() {
                break;
            }
        }
    }
}

fn repaired(node: Node) -> bool {
    let mut cursor = node.walk();
    node.is_missing() || node.is_error() && !node.children(&mut cursor).any(|child| child.has_error())
}

/// What tree-sitter takes without a repair though it is wrong: `foo(x)` without its semicolon is a type to
/// it when `bar(y);` follows, and `else` is a name where no `else` may stand.
fn misread(node: Node, text: &str) -> bool {
    let word = || text.get(node.byte_range()).unwrap_or("");
    node.kind() == "macro_type_specifier"
        || node.kind().ends_with("identifier") && node.child_count() == 0 && keyword(word())
}

/// What stands around the tokens of a text.
struct Search<'a> {
    tokens: &'a Tokens<'a>,
    /// For each token the innermost bracket that is open before it.
    inside: Vec<Option<usize>>,
}

impl<'a> Search<'a> {
    fn new(tokens: &'a Tokens<'a>) -> Self {
        let mut open: Vec<usize> = Vec::new();
        let mut inside = Vec::new();
        for index in 0..tokens.all.len() {
            let partner = tokens.partner[index];
            if partner < index {
                open.pop();
            }
            inside.push(open.last().copied());
            if partner > index {
                open.push(index);
            }
        }
        Self { tokens, inside }
    }

    /// The place of the fault and the fault.
    fn explain(&self, site: &Site, place: &Place) -> (usize, usize, Diagnostic) {
        let all = &self.tokens.all;
        let first = all.partition_point(|token| token.end <= site.start);
        if let Some(then) = self.line(site).find(|index| self.tokens.text(*index) == "then") {
            let (start, end) = (all[then].start, all[then].end);
            let fault = Diagnostic::error(place.span(start, end), "C has no `then`");
            return (start, end, fault.help("write `if (condition)`, and the statement behind it"));
        }
        if let Some((from, to)) = self.sentence(site) {
            let (start, end) = (all[from].start, all[to].end);
            let fault = Diagnostic::error(place.span(start, end), "this reads like a sentence, and not like code");
            return (start, end, fault.help("write the code that does it, or make it a comment: `/* ... */`"));
        }
        let behind = all.partition_point(|token| token.start < site.end.max(site.start + 1));
        if let Some((index, mark)) = self.forgotten(first, behind) {
            let at = all[index].end;
            return (at, at, missing(place, at, mark, self.tokens.text(index)));
        }
        if let Some(index) = self.valueless(first) {
            let at = all[index].end;
            return (at, at, missing(place, at, "value", self.tokens.text(index)));
        }
        if let Some(kind) = &site.missing {
            let at = all.get(first.wrapping_sub(1)).map_or(0, |token| token.end);
            return (at, at, missing(place, at, kind, self.tokens.text(first.wrapping_sub(1))));
        }
        let Some(token) = all.get(first) else {
            let fault = Diagnostic::error(place.span(site.start, site.end), "the text ends too early");
            return (site.start, site.end, fault.help("write the rest of it"));
        };
        let text = self.tokens.text(first);
        let fault = Diagnostic::error(place.span(token.start, token.end), format!("unexpected `{text}`"))
            .label("this does not continue what stands before it")
            .help(self.advice(first));
        (token.start, token.end, fault)
    }

    /// Three words in a row that are no types, on the line where the repair begins.
    fn sentence(&self, site: &Site) -> Option<(usize, usize)> {
        let Range { start: first, end: behind } = self.line(site);
        let plain = |index: usize| {
            let word = self.tokens.text(index);
            self.tokens.kind(index) == Some(Kind::Word) && (!keyword(word) || matches!(word, "for" | "while" | "do"))
        };
        let from = (first..behind).find(|from| (0..3).all(|more| from + more < behind && plain(from + more)))?;
        let to = (from..behind).take_while(|index| plain(*index)).last()?;
        Some((from, to))
    }

    /// The tokens of the line where a repair begins.
    fn line(&self, site: &Site) -> Range<usize> {
        let bytes = self.tokens.text.as_bytes();
        let at = site.start.min(bytes.len());
        let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |len| at + len);
        let before = |offset: usize| self.tokens.all.partition_point(|token| token.start < offset);
        before(start)..before(end)
    }

    fn advice(&self, index: usize) -> &'static str {
        let start = self.tokens.all[index].start;
        let line = self.tokens.text[..start].rfind('\n').map_or(0, |at| at + 1);
        if self.tokens.text[line..].trim_start().starts_with(['>', '+', '-', '|']) {
            return "delete the marks of the mail or the patch at the beginning of the lines";
        }
        match self.tokens.text(index) {
            "else" => "an `else` follows its `if` directly: put several statements into braces",
            "case" | "default" => "cases stand directly in the block of a switch",
            _ => "complete the statement or declaration before it, or delete it",
        }
    }

    /// The token behind which a `;` (or `,` of an enum) was forgotten, near tokens `first` to `behind`.
    fn forgotten(&self, first: usize, behind: usize) -> Option<(usize, &'static str)> {
        let begins = |index: &usize| matches!(self.tokens.text(*index), ";" | "{" | "}");
        let start = (0..first.saturating_sub(1)).rev().find(begins).unwrap_or(0);
        (start..=behind).find_map(|index| self.lacks(index).map(|mark| (index, mark)))
    }

    /// An operator or comma at or before token `first` that nothing follows.
    fn valueless(&self, first: usize) -> Option<usize> {
        let operator =
            |text: &str| text.starts_with(['=', '+', '-', '*', '/', '%', '&', '|', '^', '<', '>', '!', ',', '?']);
        [first, first.wrapping_sub(1)].into_iter().find(|index| {
            let text = self.tokens.text(*index);
            operator(text)
                && !matches!(text, "++" | "--" | "->")
                && matches!(self.tokens.text(index.wrapping_add(1)), ";" | ")" | "]" | "}" | ",")
        })
    }

    /// What is missing between token `index` and the next, if anything is.
    fn lacks(&self, index: usize) -> Option<&'static str> {
        let end = self.tokens.all.get(index)?;
        let at_end = self.tokens.kind(index + 1).is_none_or(|kind| kind == Kind::Directive);
        let word = self.tokens.kind(index + 1) == Some(Kind::Word) && !self.tokens.text(index + 1).starts_with("__");
        let closes = self.tokens.is(index + 1, "}");
        let newline = self.tokens.newline_after(index);
        let text = self.tokens.text(index);
        let Some(open) = self.inside[index] else {
            let ends = text == ")" || text == "]" || text == "}" && !self.block_of(index).is_empty();
            return (ends && newline && (word || at_end)).then_some(";");
        };
        if !self.tokens.is(open, "{") {
            return None;
        }
        if self.block_of(open) == "enum" {
            return (word && matches!(end.kind, Kind::Word | Kind::Number)).then_some(",");
        }
        let operand = match end.kind {
            Kind::Word => (!keyword(text) || matches!(text, "break" | "continue")) && (newline || closes),
            Kind::Number | Kind::Str => true,
            Kind::Punct => self.ends_operand(index),
            _ => false,
        };
        (operand && (word || closes)).then_some(";")
    }

    /// Whether a closing bracket or operator ends an expression, and not the head of an `if`.
    fn ends_operand(&self, index: usize) -> bool {
        match self.tokens.text(index) {
            "]" | "++" | "--" => true,
            ")" => {
                let before = self.tokens.partner[index].wrapping_sub(1);
                self.tokens.kind(before) == Some(Kind::Word) && !keyword(self.tokens.text(before))
            }
            _ => false,
        }
    }

    /// `struct`, `union` or `enum` if the braces of token `index` hold one, otherwise nothing.
    fn block_of(&self, index: usize) -> &'a str {
        let open = index.min(self.tokens.partner[index]);
        [1, 2]
            .iter()
            .map(|back| self.tokens.text(open.wrapping_sub(*back)))
            .find(|text| matches!(*text, "struct" | "union" | "enum"))
            .unwrap_or("")
    }
}

fn missing(place: &Place, at: usize, what: &str, before: &str) -> Diagnostic {
    let span = place.span(at, at);
    let punctuation = !what.starts_with(|c: char| c.is_alphabetic());
    let (message, help) = match what {
        ";" if before == ":" => ("a label without a statement".to_owned(), "write `name: ;`".to_owned()),
        _ if punctuation => (format!("missing `{what}`"), format!("write `{what}` behind `{before}`")),
        "value" => ("missing value".to_owned(), format!("write one behind `{before}`, or delete that")),
        "identifier" | "type_identifier" | "field_identifier" | "statement_identifier" => {
            ("missing name".to_owned(), format!("write a name behind `{before}`"))
        }
        _ => (format!("missing {}", what.replace('_', " ")), format!("write it behind `{before}`")),
    };
    Diagnostic::error(span, message).label("here").help(help)
}

/// Words behind which a statement goes on.
fn keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 23] = [
        "if", "else", "while", "do", "for", "switch", "case", "default", "return", "goto", "struct", "enum", "union",
        "static", "inline", "extern", "const", "unsigned", "signed", "long", "short", "typedef", "int",
    ];
    KEYWORDS.contains(&word) || matches!(word, "void" | "break" | "continue" | "__atomic")
}
