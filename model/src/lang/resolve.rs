//! Puts parsed files together into one translation unit: constants, layouts, pools, one definition per function.
//!
//! Owns names and types. It knows nothing of steps: lowering and the reference interpreter both start from a [`Unit`].

mod constant;
mod ext;
mod layout;
mod names;
mod unit;

pub use constant::{binary, const_eval};
pub use names::{extension_of, nearest, unknown};
pub use unit::{ClaimDecl, Field, Layer, Overflow, Pool, Struct, Type, Unit, Work};

use std::collections::{BTreeMap, BTreeSet};

use super::ast::*;
use super::diag::{Diagnostic, Diagnostics};

/// How deep typedefs of typedefs, and structures in structures, may go.
const MAX_NESTED: usize = 32;

/// Cells of a structure.
pub const MAX_CELLS: usize = 512;

/// The highest enumerator: a member of its type has eight bits then.
const MAX_ENUMERATOR: i64 = 255;

/// What an `atomic_t` holds at most unless `__bits` says otherwise; -1 stands for every value below zero.
const ATOMIC_MAX: i32 = 62;

/// The pool of all work items; the compiler makes it where a `DECLARE_WORK` stands.
pub const WORKS: &str = "works";

/// Puts `files` together; `overrides` are the scenario's values for `#ifndef` constants.
///
/// # Errors
/// Every contradiction found: double definitions, unknown types, constants that are none.
pub fn resolve(files: &[(Layer, SourceFile)], overrides: &BTreeMap<String, i64>) -> Result<Unit, Diagnostics> {
    let mut builder = Builder::new(overrides);
    for (layer, file) in files {
        for item in &file.items {
            builder.item(*layer, item);
        }
    }
    builder.finish()
}

struct Builder<'a> {
    overrides: &'a BTreeMap<String, i64>,
    unit: Unit,
    struct_defs: Vec<StructDef>,
    globals: Vec<Global>,
    provided_by: BTreeMap<String, (Layer, bool, Span)>,
    errors: Diagnostics,
}

impl<'a> Builder<'a> {
    fn new(overrides: &'a BTreeMap<String, i64>) -> Self {
        Builder {
            overrides,
            unit: Unit {
                constants: BTreeMap::from([("true".into(), 1), ("false".into(), 0)]),
                settable: BTreeSet::new(),
                structs: Vec::new(),
                pools: Vec::new(),
                functions: BTreeMap::new(),
                provided: BTreeSet::new(),
                chosen: BTreeSet::new(),
                own_structs: BTreeSet::new(),
                works: Vec::new(),
                claims: Vec::new(),
                typedefs: BTreeMap::new(),
                enums: BTreeMap::new(),
            },
            struct_defs: Vec::new(),
            globals: Vec::new(),
            provided_by: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    fn item(&mut self, layer: Layer, item: &Item) {
        match item {
            Item::Include(_) => {}
            Item::Define { name, value, default } => {
                self.define(name, value, *default);
                if layer == Layer::Proposal {
                    self.unit.chosen.insert(name.text.clone());
                }
            }
            Item::Struct(def) => {
                if layer == Layer::Proposal {
                    self.unit.own_structs.insert(def.name.text.clone());
                }
                self.structure(def);
            }
            Item::Enum(def) => self.enumeration(def),
            Item::Typedef { name, ty } => {
                self.unit.typedefs.insert(name.text.clone(), ty.clone());
            }
            Item::Global(global) if global.is_extern => {}
            Item::Global(global) => self.globals.push(global.clone()),
            Item::Function(function) => self.function(layer, function),
            Item::Work { name, function } => {
                let object = self.unit.works.len();
                let work = Work { name: name.text.clone(), object, function: function.clone() };
                self.unit.works.push(work);
            }
            Item::Claim { keyword, args } => self.claim(keyword, args),
        }
    }

    fn define(&mut self, name: &Name, value: &Expr, default: bool) {
        if default {
            self.unit.settable.insert(name.text.clone());
        }
        let known = self.unit.constants.get(&name.text).copied();
        if let Some(known) = known.filter(|known| !default && self.constant(value).is_ok_and(|value| value != *known)) {
            let error = Diagnostic::error(name.span, format!("`{}` is defined already, as {known}", name.text));
            let help = match self.unit.settable.contains(&name.text) {
                true => format!("a scenario sets it: `explore check ... --define {}=2`", name.text),
                false => "rename yours".into(),
            };
            return self.errors.push(error.help(help));
        }
        if default && known.is_some() {
            // As in C: `#ifndef` skips what is known.
            return;
        }
        let value = match self.overrides.get(&name.text) {
            Some(&value) if default => value,
            _ => match self.constant(value) {
                Ok(value) => value,
                Err(error) => return self.errors.push(error),
            },
        };
        self.unit.constants.insert(name.text.clone(), value);
    }

    fn constant(&self, expr: &Expr) -> Result<i64, Diagnostic> {
        const_eval(expr, &self.unit.constants)
    }

    /// Extension structures of several parts are merged; any other second definition is an error.
    fn structure(&mut self, def: &StructDef) {
        let name = &def.name.text;
        let Some(known) = self.struct_defs.iter_mut().find(|s| s.name.text == *name) else {
            return self.struct_defs.push(def.clone());
        };
        if !name.ends_with("_ext") {
            let error = Diagnostic::error(def.name.span, format!("struct {name} is defined twice"));
            return self.errors.push(error.help(match extension_of(name) {
                Some(extension) => {
                    format!("add members in `struct {extension} {{ ... }};` before `#include <kernel.h>`")
                }
                None => {
                    "rename yours; only extension structs (struct page_ext, ...) may be given by several parts".into()
                }
            }));
        }
        for member in &def.members {
            let clash = |m: &&Member| m.name.as_ref().map(|n| &n.text) == member.name.as_ref().map(|n| &n.text);
            match known.members.iter().find(clash) {
                Some(_) => self.errors.push(
                    Diagnostic::error(member.span, format!("two parts add the same member to struct {name}"))
                        .help("rename one of them: parts of one composition share their extension structs"),
                ),
                None => known.members.push(member.clone()),
            }
        }
    }

    fn enumeration(&mut self, def: &EnumDef) {
        let mut next = 0;
        let mut highest = 0;
        for (name, value) in &def.items {
            if let Some(value) = value {
                match self.constant(value) {
                    Ok(value) => next = value,
                    Err(error) => self.errors.push(error),
                }
            }
            if !(0..=MAX_ENUMERATOR).contains(&next) {
                let error = Diagnostic::error(name.span, format!("the enumerator `{}` is {next}", name.text));
                self.errors.push(error.help(format!("number them from 0 to {MAX_ENUMERATOR}: states are enumerated")));
                next = 0;
            }
            self.unit.constants.insert(name.text.clone(), next);
            highest = highest.max(next);
            next += 1;
        }
        self.unit.enums.insert(def.name.text.clone(), highest + 1);
    }

    fn function(&mut self, layer: Layer, function: &Function) {
        let name = &function.name.text;
        if function.body.is_none() {
            return;
        }
        if let Some(&(other_layer, other_weak, other)) = self.provided_by.get(name) {
            if function.weak && !other_weak {
                return;
            }
            if function.weak == other_weak {
                let error = Diagnostic::error(function.name.span, format!("`{name}` is defined twice"));
                let help = match (layer, other_layer) {
                    (Layer::Proposal, Layer::Proposal) if other.file == function.name.span.file => {
                        "delete one of the two definitions"
                    }
                    (Layer::Proposal, Layer::Proposal) => {
                        "two parts of this composition fill the same hook: choose one of them"
                    }
                    _ => "only a `__weak` function of the base kernel can be replaced; give yours another name",
                };
                return self.errors.push(error.help(help));
            }
        }
        self.provided_by.insert(name.clone(), (layer, function.weak, function.name.span));
        if layer == Layer::Proposal {
            self.unit.provided.insert(name.clone());
        }
        self.unit.functions.insert(name.clone(), function.clone());
    }

    fn claim(&mut self, keyword: &Name, args: &[Expr]) {
        let text = |i: usize| match args.get(i).map(|a| &a.kind) {
            Some(ExprKind::Str(text) | ExprKind::Ident(text)) => Some(text.clone()),
            _ => None,
        };
        match (keyword.text.as_str(), args.len()) {
            ("CLAIM", 5) => {
                let (Some(id), Some(sentence), Some(consequence), Some(source)) = (text(0), text(1), text(2), text(3))
                else {
                    return self.errors.push(malformed_claim(keyword));
                };
                let needs = flags(&args[4]);
                if self.unit.claims.iter().any(|claim| claim.id == id) {
                    let error = Diagnostic::error(keyword.span, format!("claim `{id}` is declared twice"));
                    return self.errors.push(error.help("give yours another name: `explore list claims`"));
                }
                let (hooks, premise, span) = (Vec::new(), String::new(), keyword.span);
                self.unit.claims.push(ClaimDecl { id, sentence, consequence, source, needs, hooks, premise, span });
            }
            (which @ ("CLAIM_HOOK" | "CLAIM_PREMISE"), 2) => {
                let (Some(id), Some(said)) = (text(0), text(1)) else {
                    return self.errors.push(malformed_claim(keyword));
                };
                match self.unit.claims.iter_mut().find(|c| c.id == id) {
                    Some(claim) if which == "CLAIM_HOOK" => claim.hooks.push(said),
                    Some(claim) => claim.premise = said,
                    None => self.errors.push(
                        Diagnostic::error(keyword.span, format!("no claim `{id}` stands above this line"))
                            .help("write CLAIM(...) first"),
                    ),
                }
            }
            _ => self.errors.push(malformed_claim(keyword)),
        }
    }

    fn finish(mut self) -> Result<Unit, Diagnostics> {
        self.name_structs();
        self.lay_out_pools();
        // Without its pool, a pointer to an object would look like one to a value.
        if self.errors.is_empty() {
            self.lay_out_structs();
            ext::define(&mut self.unit);
        }
        match self.errors.is_empty() {
            true => Ok(self.unit),
            false => Err(self.errors),
        }
    }
}

fn malformed_claim(keyword: &Name) -> Diagnostic {
    Diagnostic::error(keyword.span, format!("malformed {}", keyword.text))
        .help("CLAIM(S5, \"sentence\", \"consequence\", \"source\", NEEDS_NOTHING); CLAIM_HOOK(S6, page_dma_pinned);")
}

/// The names in `NEEDS_A | NEEDS_B`, lower case and without prefix; NOTHING is none.
fn flags(expr: &Expr) -> Vec<String> {
    match &expr.kind {
        ExprKind::Ident(name) => match name.strip_prefix("NEEDS_").unwrap_or(name) {
            "NOTHING" => Vec::new(),
            flag => vec![flag.to_lowercase()],
        },
        ExprKind::Binary { left, right, .. } => [flags(left), flags(right)].concat(),
        _ => Vec::new(),
    }
}
