//! Slips of a proposal that C would link or never call: a hook with another signature, a hook whose name is misspelt, a
//! claim function without its claim. Taken as they stand, they would change verdicts without a word.

use std::collections::HashSet;

use super::ast::*;
use super::diag::{Diagnostic, Diagnostics};
use super::lower::INTRINSICS;
use super::resolve::{Layer, Unit, nearest};
use super::source::SourceMap;

/// Prefixes of the functions that judge a claim.
const JUDGES: [&str; 5] = ["always_", "quiescent_", "sometimes_", "when_", "leads_to_"];

/// Looks at each function of the proposal.
///
/// # Errors
/// Every slip found.
pub fn check_proposal(files: &[(Layer, SourceFile)], unit: &Unit, sources: &SourceMap) -> Result<(), Diagnostics> {
    let called = called(unit);
    let slips: Diagnostics = functions(files, Layer::Proposal)
        .filter(|function| function.body.is_some())
        .filter_map(|function| match declaration(files, &function.name.text) {
            _ if INTRINSICS.contains(&function.name.text.as_str()) => Some(taken(function)),
            Some(declared) => other_signature(function, declared, unit, sources),
            None => unclaimed(function, unit).or_else(|| misspelt(function, files, unit, &called, sources)),
        })
        .collect();
    if slips.is_empty() { Ok(()) } else { Err(slips) }
}

fn functions(files: &[(Layer, SourceFile)], layer: Layer) -> impl Iterator<Item = &Function> {
    let items = files.iter().filter(move |(other, _)| *other == layer).flat_map(|(_, file)| &file.items);
    items.filter_map(|item| match item {
        Item::Function(function) => Some(function),
        _ => None,
    })
}

/// What the base says about a function: its prototype, or else its definition.
fn declaration<'a>(files: &'a [(Layer, SourceFile)], name: &str) -> Option<&'a Function> {
    functions(files, Layer::Base).filter(|function| function.name.text == name).min_by_key(|f| f.body.is_some())
}

/// A definition that replaces one of the base has its result and its parameters.
fn other_signature(function: &Function, declared: &Function, unit: &Unit, sources: &SourceMap) -> Option<Diagnostic> {
    let span = function.name.span;
    let same = |a: &TypeName, b: &TypeName| match (unit.type_of(a, span), unit.type_of(b, span)) {
        (Ok(a), Ok(b)) => a == b,
        // An unknown type is told where it is used.
        _ => true,
    };
    let params = function.params.iter().zip(&declared.params);
    let fits = function.params.len() == declared.params.len()
        && same(&function.ret, &declared.ret)
        && params.into_iter().all(|(a, b)| same(&a.ty, &b.ty));
    (!fits).then(|| {
        Diagnostic::error(span, format!("`{}` has another signature than the one it replaces", function.name.text))
            .help(format!("{} declares {}", sources.name(declared.span.file), head(declared, sources)))
    })
}

/// A function with the name of a word of the language: nobody could call it.
fn taken(function: &Function) -> Diagnostic {
    Diagnostic::error(function.name.span, format!("`{}` is a word of the language", function.name.text))
        .help("give the function another name; docs/kernel-c.md lists the words")
}

/// `bool track_pin(struct page *page)`
fn head(function: &Function, sources: &SourceMap) -> String {
    let text = sources.snippet(function.span);
    let text = text.split(['{', ';']).next().unwrap_or(text);
    let text = text.replace("__weak", "");
    format!("`{}`", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `always_S21()` where no claim S21 is declared.
fn unclaimed(function: &Function, unit: &Unit) -> Option<Diagnostic> {
    let name = &function.name.text;
    let rest = JUDGES.iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let id = rest.split('_').next().unwrap_or(rest);
    let known = unit.claims.iter().any(|claim| claim.id == id);
    (!known).then(|| {
        Diagnostic::error(function.name.span, format!("`{name}` judges a claim that is not declared"))
            .help(format!("CLAIM({id}, \"sentence\", \"consequence\", \"source\", NEEDS_NOTHING);"))
    })
}

/// A function that nobody calls and whose name is nearly that of a hook.
fn misspelt(
    function: &Function,
    files: &[(Layer, SourceFile)],
    unit: &Unit,
    called: &HashSet<String>,
    sources: &SourceMap,
) -> Option<Diagnostic> {
    let name = &function.name.text;
    if called.contains(name) || JUDGES.iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let hooks = unit.functions.iter().filter(|(_, function)| function.weak).map(|(name, _)| name.as_str());
    let near = nearest(name, hooks)?;
    let declared = declaration(files, near).map(|declared| head(declared, sources)).unwrap_or_default();
    Some(
        Diagnostic::error(function.name.span, format!("nobody calls `{name}`"))
            .help(format!("did you mean {declared}? Otherwise call it, or leave it out")),
    )
}

/// Every function that a body calls or that is the work of a work item.
fn called(unit: &Unit) -> HashSet<String> {
    let mut called: HashSet<String> = unit.works.iter().map(|work| work.function.text.clone()).collect();
    for function in unit.functions.values() {
        super::walk::exprs(function.body.as_deref().unwrap_or_default(), &mut |expr| {
            if let ExprKind::Call { name: callee, .. } = &expr.kind {
                called.insert(callee.text.clone());
            }
        });
    }
    called
}
