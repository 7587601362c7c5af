//! From text to the syntax tree of kernel C.
//!
//! A text is split into tokens (`lex`), what C does not know is blanked out byte for byte and
//! remembered (`prepare`, `directive`), tree-sitter parses the rest, and its tree is turned into ours
//! (`items`, `types`, `stmt`, `expr`). Whatever lies outside the language is refused with a place and a remedy.
//! Keeping every byte where it was is what keeps every span true.

mod directive;
mod errors;
mod expr;
mod invoke;
mod items;
mod lex;
mod macros;
mod prepare;
mod stmt;
mod structs;
mod types;
mod words;

use tree_sitter::{Node, Parser, Tree};

use super::ast::{Expr, Item, Name, SourceFile, Span, Stmt};
use super::diag::{Diagnostic, Diagnostics};
use super::source::SourceMap;
use lex::Tokens;
pub use macros::Macros;
use prepare::{Mark, Mode, Prepared};

/// Deeper nesting is refused, so that no input overflows the stack.
const MAX_DEPTH: usize = 200;
/// How many faults of one file are reported.
const MAX_FAULTS: usize = 20;
/// How deep macros may expand to macros.
const MAX_EXPANSION: usize = 8;

/// Parses a file. A `trusted` one (a header of the kernel model) may define function-like macros, which go
/// to `macros`; files are therefore parsed in the order in which they make up the program.
///
/// # Errors
///
/// Everything that lies outside the language, in the order of the text, up to 20 faults.
pub fn parse_file(
    sources: &SourceMap,
    file: u32,
    macros: &mut Macros,
    trusted: bool,
) -> Result<SourceFile, Diagnostics> {
    let place = Place::file(sources, file);
    let items = parse_items(place, sources.text(file), macros, trusted, 0).map_err(tidy)?;
    Ok(SourceFile { items })
}

/// Parses a file that holds statements only: what a context of a scenario runs.
///
/// # Errors
///
/// Everything that lies outside the language, in the order of the text, up to 20 faults.
pub fn parse_statements(sources: &SourceMap, file: u32, macros: &Macros) -> Result<Vec<Stmt>, Diagnostics> {
    let place = Place::file(sources, file);
    let parse = || {
        let tokens = lex::lex(sources.text(file), &place, true)?;
        let prepared = prepare::prepare(&tokens, &place, &mut macros.clone(), false, Mode::Inside, 0);
        Unit::parse(place, &tokens, prepared, "void run(void){", "\n}")?.statements(macros)
    };
    parse().map_err(tidy)
}

/// Parses the items of a text that may itself be an expansion.
fn parse_items(
    place: Place,
    text: &str,
    macros: &mut Macros,
    trusted: bool,
    expansions: usize,
) -> Result<Vec<Item>, Diagnostics> {
    let tokens = lex::lex(text, &place, true)?;
    let prepared = prepare::prepare(&tokens, &place, macros, trusted, Mode::File, expansions);
    Unit::parse(place, &tokens, prepared, "", "\n")?.items(macros)
}

/// Parses an expression that stands alone: a macro's value, a width, a claim's argument.
fn parse_expression(place: Place, text: &str, macros: &Macros) -> Result<Expr, Diagnostics> {
    let tokens = lex::lex(text, &place, false)?;
    let prepared = prepare::prepare(&tokens, &place, &mut macros.clone(), false, Mode::Inside, 0);
    Unit::parse(place, &tokens, prepared, "int v=(", "\n);")?.expression(macros)
}

/// In the order of the text, without repetition, and not too many.
fn tidy(mut faults: Diagnostics) -> Diagnostics {
    faults.sort_by_key(|fault| fault.span);
    // The first fault of a place is the cause, the others follow from it.
    faults.dedup_by_key(|fault| fault.span);
    faults.truncate(MAX_FAULTS);
    faults
}

/// Where a text comes from: how its bytes map to spans.
#[derive(Clone, Copy, Debug)]
struct Place {
    file: u32,
    /// Offset of the text's first byte in its file.
    base: usize,
    /// The text's length: no span passes it.
    len: usize,
    /// An expansion has no places of its own: all of it stands where the macro was used.
    fixed: Option<Span>,
}

impl Place {
    fn file(sources: &SourceMap, file: u32) -> Self {
        let len = sources.text(file).len();
        Self { file, base: 0, len, fixed: None }
    }

    /// The place of a part of this text.
    fn part(&self, start: usize, end: usize) -> Self {
        Self { base: self.base + start, len: end - start, ..*self }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(self.base + at.min(self.len)).unwrap_or(u32::MAX);
        self.fixed.unwrap_or(Span { file: self.file, start: offset(start), end: offset(end) })
    }
}

/// A text that tree-sitter has parsed, with all that was found on the way there.
struct Unit {
    place: Place,
    /// Bytes that were put before the text to make it a whole program.
    prefix: usize,
    text: String,
    tree: Tree,
    prepared: Prepared,
}

impl Unit {
    fn parse(
        place: Place,
        tokens: &Tokens,
        mut prepared: Prepared,
        before: &str,
        after: &str,
    ) -> Result<Self, Diagnostics> {
        let text = format!("{before}{}{after}", prepared.text);
        let mut parser = Parser::new();
        let tree = parser.set_language(&tree_sitter_c::LANGUAGE.into()).ok().and_then(|()| parser.parse(&text, None));
        let Some(tree) = tree else {
            let fault = Diagnostic::error(place.span(0, 0), "the parser gave up on this text");
            return Err(vec![fault]);
        };
        let parsed = errors::Parsed { tree: &tree, text: &text, prefix: before.len() };
        errors::report(&parsed, tokens, &place, &mut prepared.faults);
        Ok(Self { place, prefix: before.len(), text, tree, prepared })
    }

    /// Lowers with `lower`, and fails if anything at all was found wrong.
    fn lower<T>(
        mut self,
        macros: &Macros,
        lower: impl FnOnce(&mut Lowering, Node) -> Option<T>,
    ) -> Result<T, Diagnostics> {
        let faults = std::mem::take(&mut self.prepared.faults);
        let mut lowering = Lowering {
            place: self.place,
            prefix: self.prefix,
            text: &self.text,
            atomics: &self.prepared.atomics,
            marks: std::mem::take(&mut self.prepared.marks),
            macros,
            faults,
            depth: 0,
        };
        let lowered = lower(&mut lowering, self.tree.root_node());
        lowering.unused_marks();
        match lowered {
            Some(lowered) if lowering.faults.is_empty() => Ok(lowered),
            _ if lowering.faults.is_empty() => {
                let fault = Diagnostic::error(self.place.span(0, 0), "this is not kernel C");
                Err(vec![fault.help("docs/kernel-c.md says what is")])
            }
            _ => Err(lowering.faults),
        }
    }

    fn items(mut self, macros: &Macros) -> Result<Vec<Item>, Diagnostics> {
        let mut items = std::mem::take(&mut self.prepared.items);
        items.extend(self.lower(macros, |lowering, root| Some(lowering.items(root)))?);
        // A stable sort: what one macro line expands to keeps its order.
        items.sort_by_key(|(at, _)| *at);
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }

    fn statements(self, macros: &Macros) -> Result<Vec<Stmt>, Diagnostics> {
        self.lower(macros, |lowering, root| {
            let body = root.named_child(0)?.child_by_field_name("body")?;
            Some(lowering.block(body))
        })
    }

    fn expression(self, macros: &Macros) -> Result<Expr, Diagnostics> {
        self.lower(macros, |lowering, root| {
            let value = root.named_child(0)?.child_by_field_name("declarator")?.child_by_field_name("value")?;
            lowering.expr(value)
        })
    }
}

/// The state of turning tree-sitter's tree into ours. Whoever returns `None` has reported why.
struct Lowering<'a> {
    place: Place,
    prefix: usize,
    text: &'a str,
    atomics: &'a [usize],
    marks: Vec<Mark>,
    macros: &'a Macros,
    faults: Diagnostics,
    depth: usize,
}

impl<'a> Lowering<'a> {
    fn span(&self, node: Node) -> Span {
        let start = node.start_byte().saturating_sub(self.prefix);
        self.place.span(start, node.end_byte().saturating_sub(self.prefix))
    }

    fn text(&self, node: Node) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    fn name(&self, node: Node) -> Name {
        Name { text: self.text(node).to_owned(), span: self.span(node) }
    }

    /// Reports a node that lies outside the language.
    fn refuse<T>(&mut self, node: Node, message: impl Into<String>, help: &str) -> Option<T> {
        let fault = Diagnostic::error(self.span(node), message).help(help);
        self.faults.push(self.in_expansion(fault));
        None
    }

    /// The fallback for a construct that no remedy is known for.
    fn unknown<T>(&mut self, node: Node) -> Option<T> {
        let message = format!("kernel C has no {} here", node.kind().replace('_', " "));
        self.refuse(node, message, "docs/kernel-c.md lists what may be written")
    }

    fn in_expansion(&self, fault: Diagnostic) -> Diagnostic {
        if self.place.fixed.is_some() && fault.label.is_empty() {
            return fault.label("in what this macro expands to");
        }
        fault
    }

    /// Goes one level deeper, unless that is too deep.
    fn deeper<T>(&mut self, node: Node, lower: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH}");
            return self.refuse(node, message, "split it into functions or statements");
        }
        self.depth += 1;
        let lowered = lower(self);
        self.depth -= 1;
        lowered
    }

    /// Reports attributes that belong to nothing.
    fn unused_marks(&mut self) {
        for mark in std::mem::take(&mut self.marks) {
            let fault = Diagnostic::error(self.place.span(mark.start, mark.end), mark.kind.lost());
            self.faults.push(fault.help(mark.kind.remedy()));
        }
    }
}

/// A node's children without comments and punctuation.
fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}
