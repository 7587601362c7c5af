//! What can be changed in a source, one thing at a time.

use std::collections::BTreeMap;

use crate::corpus::{Corpus, Edits, embedded};
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Function, Item, Span, Stmt, StmtKind, UnaryOp};
use crate::lang::parse::parse_file;
use crate::lang::walk::exprs;

/// Files of the base that are no kernel code: headers, the specification's ghosts, the claims.
const NOT_KERNEL: [&str; 3] = ["/kernel/include/", "/mm/spec.c", "/kernel/claims.c"];
/// Calls that say something about a run and change nothing in it.
const REMARKS: [&str; 3] = ["check", "witness", "might_sleep"];

/// How a mutant differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A statement is gone.
    Delete,
    /// Two neighbours have changed places.
    Swap,
    /// A condition is always true. (That it is never true is its statement's deletion.)
    Always,
    /// One side of `&&` or `||` alone decides.
    Half,
    /// What happens at once happens in steps.
    Split,
}

impl Change {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Change::Delete => "delete",
            Change::Swap => "swap",
            Change::Always => "always",
            Change::Half => "half",
            Change::Split => "split",
        }
    }
}

/// One change of one file.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What it is called: file, function, change, statement, and a number where there are several alike.
    pub id: String,
    /// The file, by its path in the repository.
    pub file: String,
    /// The function.
    pub function: String,
    /// The lines that change, from 1.
    pub lines: (usize, usize),
    /// How it differs.
    pub change: Change,
    /// The file's whole text, changed.
    pub text: String,
}

impl Mutant {
    /// The edit that makes it.
    pub fn edits(&self) -> Edits {
        Edits::from([(self.file.clone(), self.text.clone())])
    }
}

/// Every mutant of the base kernel and of the parts, file by file, in the order of the text.
pub fn mutants(corpus: &Corpus) -> Vec<Mutant> {
    let mut found = Vec::new();
    for (number, file) in corpus.base().iter().enumerate() {
        let path = corpus.sources().name(number as u32).to_string();
        if !NOT_KERNEL.iter().any(|file| path.contains(file)) {
            found.extend(of_file(&path, corpus.sources().text(number as u32), &file.items));
        }
    }
    for part in corpus.parts() {
        let mut sources = corpus.sources().clone();
        let file = sources.add(&part.path, &part.text);
        let parsed = parse_file(&sources, file, &mut corpus.macros().clone(), false);
        if let Ok(parsed) = parsed {
            found.extend(of_file(&format!("model/{}", part.path), &part.text, &parsed.items));
        }
    }
    found
}

/// The mutants of one file.
fn of_file(path: &str, text: &str, items: &[Item]) -> Vec<Mutant> {
    debug_assert!(embedded(path).is_some(), "{path}");
    // What a macro makes has its text elsewhere.
    let own =
        |function: &&Function| text.get(range(function.span)).is_some_and(|text| text.contains(&function.name.text));
    let functions = items.iter().filter_map(|item| match item {
        Item::Function(function) => Some(function),
        _ => None,
    });
    let functions = functions.filter(own);
    let mut sites = Vec::new();
    for function in functions.filter(|function| function.body.is_some()) {
        Sites { function, text, out: &mut sites }.of_function();
    }
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    let mutant = |site: Site| {
        let name = format!("{path}: {}(): {} `{}`", site.function, site.change.word(), site.what);
        let count = alike.entry(name.clone()).or_default();
        *count += 1;
        let id = if *count > 1 { format!("{name} #{count}") } else { name };
        let line = |at: u32| text[..at as usize].matches('\n').count() + 1;
        let lines = (line(site.at.start), line(site.at.end.max(1) - 1));
        let mut changed = text.to_string();
        changed.replace_range(range(site.at), &site.with);
        Mutant { id, file: path.into(), function: site.function, lines, change: site.change, text: changed }
    };
    sites.into_iter().map(mutant).collect()
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end as usize
}

/// A change: what stands at a place is replaced.
struct Site {
    function: String,
    change: Change,
    what: String,
    at: Span,
    with: String,
}

struct Sites<'a> {
    function: &'a Function,
    text: &'a str,
    out: &'a mut Vec<Site>,
}

impl Sites<'_> {
    fn of_function(&mut self) {
        let body = self.function.body.clone().unwrap_or_default();
        self.of_block(&body, false);
    }

    /// Statements one after the other. What happens at once has no order that anybody could see: no swaps in there.
    fn of_block(&mut self, body: &[Stmt], atomic: bool) {
        for (index, stmt) in body.iter().enumerate() {
            self.of_stmt(stmt, atomic, body.len());
            if let Some(next) = body.get(index + 1)
                && !atomic
                && [stmt, next].iter().all(|stmt| moves(stmt))
            {
                self.swap(stmt, next);
            }
        }
    }

    fn of_stmt(&mut self, stmt: &Stmt, atomic: bool, beside: usize) {
        if goes(stmt, beside) {
            self.add(Change::Delete, self.one_line(stmt.span), stmt.span, ";".into());
        }
        match &stmt.kind {
            StmtKind::Block(body) => self.of_block(body, atomic),
            StmtKind::Atomic(body) if body.len() > 1 => {
                self.split(stmt);
                self.of_block(body, true);
            }
            StmtKind::If { cond, then, other } => {
                self.weaken(cond);
                if other.is_some() || !simple(then) {
                    self.of_stmt(then, atomic, 1);
                }
                other.iter().for_each(|other| self.of_stmt(other, atomic, 1));
            }
            StmtKind::While { body, .. } | StmtKind::DoWhile { body, .. } | StmtKind::For { body, .. }
                if !simple(body) =>
            {
                self.of_stmt(body, atomic, 1);
            }
            StmtKind::Switch { cases, .. } => cases.iter().for_each(|(_, body)| self.of_block(body, atomic)),
            _ => {}
        }
    }

    fn swap(&mut self, first: &Stmt, second: &Stmt) {
        let between = &self.text[first.span.end as usize..second.span.start as usize];
        let with = format!("{}{between}{}", self.text_of(second.span), self.text_of(first.span));
        let at = Span { end: second.span.end, ..first.span };
        let what = format!("{} <-> {}", self.one_line(first.span), self.one_line(second.span));
        self.add(Change::Swap, what, at, with);
    }

    fn split(&mut self, stmt: &Stmt) {
        let whole = self.text_of(stmt.span);
        if let Some(block) = whole.strip_prefix("__atomic") {
            self.add(Change::Split, self.one_line(stmt.span), stmt.span, block.into());
        }
    }

    fn weaken(&mut self, cond: &Expr) {
        self.add(Change::Always, self.one_line(cond.span), cond.span, "1".into());
        if let ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } = &cond.kind {
            for (kept, dropped) in [(left, right), (right, left)] {
                let what = format!("{} without {}", self.one_line(cond.span), self.one_line(dropped.span));
                self.add(Change::Half, what, cond.span, self.text_of(kept.span).into());
            }
        }
    }

    fn add(&mut self, change: Change, what: String, at: Span, with: String) {
        self.out.push(Site { function: self.function.name.text.clone(), change, what, at, with });
    }

    fn text_of(&self, span: Span) -> &str {
        &self.text[range(span)]
    }

    /// The text without line breaks, short.
    fn one_line(&self, span: Span) -> String {
        let words: Vec<&str> = self.text_of(span).split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(60) {
            Some((cut, _)) => format!("{}...", &line[..cut]),
            None => line,
        }
    }
}

/// Whether deleting a statement is a mutant of its own: a jump that is all there is behind a condition goes with it.
fn goes(stmt: &Stmt, beside: usize) -> bool {
    match &stmt.kind {
        StmtKind::Expr(expr) => !remark(expr),
        StmtKind::Atomic(_) | StmtKind::If { .. } | StmtKind::Switch { .. } => true,
        StmtKind::While { .. } | StmtKind::DoWhile { .. } | StmtKind::For { .. } => true,
        StmtKind::Break | StmtKind::Continue | StmtKind::Goto(_) | StmtKind::Return(None) => beside > 1,
        _ => false,
    }
}

/// One expression: what holds it is deleted instead.
fn simple(stmt: &Stmt) -> bool {
    matches!(stmt.kind, StmtKind::Expr(_))
}

/// Whether a statement can change places with its neighbour.
fn moves(stmt: &Stmt) -> bool {
    let whole = match &stmt.kind {
        StmtKind::Expr(expr) => !remark(expr),
        StmtKind::Atomic(_) | StmtKind::If { .. } => true,
        StmtKind::While { .. } | StmtKind::DoWhile { .. } | StmtKind::For { .. } => true,
        _ => false,
    };
    whole && shared(stmt)
}

/// Whether a statement can touch what others see: locals alone have no order that anybody could tell.
fn shared(stmt: &Stmt) -> bool {
    let mut touches = false;
    exprs(std::slice::from_ref(stmt), &mut |expr| {
        touches |= matches!(expr.kind, ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Call { .. })
            || matches!(expr.kind, ExprKind::Unary { op: UnaryOp::Deref, .. });
    });
    touches
}

fn remark(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call { name, .. } if REMARKS.contains(&name.text.as_str()))
}
