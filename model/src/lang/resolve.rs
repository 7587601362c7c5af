//! Puts parsed files together into one translation unit: constants, layouts, pools, one definition per function.
//!
//! Owns names and types. It knows nothing of steps: lowering and the reference interpreter both start from a [`Unit`].

mod constant;
mod ext;
mod layout;
mod names;

pub use constant::{binary, const_eval};
pub use names::{extension_of, nearest, unknown};

use std::collections::{BTreeMap, BTreeSet};

use super::ast::*;
use super::diag::{Diagnostic, Diagnostics};

/// A resolved type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// No value.
    Void,
    /// 0 or 1.
    Bool,
    /// A small signed integer, -128..127.
    Int,
    /// A number in a range that its declaration gives (enumerations, bit-fields, counters).
    Range(i32, i32),
    /// NULL or an object of a pool (index into [`Unit::pools`]).
    Object(usize),
    /// A pointer to something that is no object: a compile-time place of that type.
    Place(Box<Type>),
    /// A structure by value (index into [`Unit::structs`]).
    Value(usize),
}

/// What happens when a value does not fit its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// The path is cut and open claims become undecided.
    Cut,
    /// Wraps around: part of the protocol.
    Wrap,
    /// Stays at the bound: part of the protocol.
    Saturate,
}

/// A member of a structure, embedded extensions included.
#[derive(Clone, Debug)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Element type.
    pub ty: Type,
    /// Array bounds, outermost first.
    pub dims: Vec<usize>,
    /// Offset of its first cell in the structure.
    pub offset: usize,
    /// Cells of one element.
    pub stride: usize,
    /// Only init writes it.
    pub constant: bool,
    /// Specification only.
    pub ghost: bool,
    /// Real code may see an old value.
    pub stale: bool,
    /// Below zero violates S13 instead of S7.
    pub refcount: bool,
    /// A number that counts, and no enumeration.
    pub counter: bool,
    /// Above the width.
    pub overflow: Overflow,
    /// The structure in which it was declared (`page_ext` for what a part added).
    pub owner: String,
    /// Where it is declared.
    pub span: Span,
}

/// A structure with its layout.
#[derive(Clone, Debug)]
pub struct Struct {
    /// Tag.
    pub name: String,
    /// Members in order.
    pub fields: Vec<Field>,
    /// Cells in all.
    pub size: usize,
    /// Where it is defined.
    pub span: Span,
}

/// All the objects of one type.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The global's name.
    pub name: String,
    /// Index of the element structure.
    pub layout: usize,
    /// Number of objects.
    pub len: usize,
    /// Whether it was declared without bounds (`struct zone zone;`).
    pub single: bool,
    /// Whether `pool_get` hands out its entries.
    pub allocated: bool,
    /// Where it is defined.
    pub span: Span,
}

/// A work item and the function its kworker calls.
#[derive(Clone, Debug)]
pub struct Work {
    /// The `work_struct` object's name: a pool of its own.
    pub name: String,
    /// Index of its object in the pool `works`.
    pub object: usize,
    /// The function.
    pub function: Name,
}

/// A claim as `claims.c` (or a proposal) declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimDecl {
    /// `S5`
    pub id: String,
    /// What it says.
    pub sentence: String,
    /// What is lost when it breaks.
    pub consequence: String,
    /// Where reviewers asked for it.
    pub source: String,
    /// Names of the `NEEDS_*` flags, lower case, prefix dropped.
    pub needs: Vec<String>,
    /// Hooks without which it is n/a.
    pub hooks: Vec<String>,
    /// What happens when it is put to the test; empty where nobody said.
    pub premise: String,
    /// Where it is declared.
    pub span: Span,
}

/// Where a file stands in the translation unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Headers, base kernel, claims.
    Base,
    /// A part or a whole proposal.
    Proposal,
}

/// A checked translation unit.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Object-like macros and enumerators.
    pub constants: BTreeMap<String, i64>,
    /// Those of them that a scenario may set: they stand in `#ifndef`.
    pub settable: BTreeSet<String>,
    /// Layouts.
    pub structs: Vec<Struct>,
    /// Pools.
    pub pools: Vec<Pool>,
    /// The definition that counts, by name.
    pub functions: BTreeMap<String, Function>,
    /// Functions that a proposal defines.
    pub provided: BTreeSet<String>,
    /// Constants that a proposal defines.
    pub chosen: BTreeSet<String>,
    /// Structures that a proposal defines, extensions included.
    pub own_structs: BTreeSet<String>,
    /// Work items.
    pub works: Vec<Work>,
    /// Claims in order of declaration.
    pub claims: Vec<ClaimDecl>,
    /// What typedef names stand for.
    pub typedefs: BTreeMap<String, TypeName>,
    /// Enumerations: number of values.
    pub enums: BTreeMap<String, i64>,
}

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

impl Unit {
    /// Index of the structure `name`.
    pub fn struct_named(&self, name: &str) -> Option<usize> {
        self.structs.iter().position(|s| s.name == name)
    }

    /// Index of the pool `name`.
    pub fn pool_named(&self, name: &str) -> Option<usize> {
        self.pools.iter().position(|p| p.name == name)
    }

    /// Index of the pool whose objects are of this structure.
    pub fn pool_of(&self, layout: usize) -> Option<usize> {
        self.pools.iter().position(|p| p.layout == layout)
    }

    /// The member `name` of a structure.
    pub fn field(&self, layout: usize, name: &str) -> Option<&Field> {
        self.structs[layout].fields.iter().find(|f| f.name == name)
    }

    /// Resolves a written type.
    ///
    /// # Errors
    /// An unknown name, at `span`.
    pub fn type_of(&self, ty: &TypeName, span: Span) -> Result<Type, Diagnostic> {
        self.type_behind(ty, span, 0)
    }

    /// The same behind so many typedefs.
    fn type_behind(&self, ty: &TypeName, span: Span, typedefs: usize) -> Result<Type, Diagnostic> {
        Ok(match ty {
            TypeName::Void => Type::Void,
            TypeName::Bool => Type::Bool,
            TypeName::Int | TypeName::Unsigned => Type::Int,
            TypeName::Enum(name) => match self.enums.get(name) {
                Some(&count) => Type::Range(0, (count - 1).max(0) as i32),
                None => return Err(unknown("enum", name, span, self.enums.keys())),
            },
            TypeName::Typedef(name) => match self.typedefs.get(name) {
                Some(_) if typedefs > MAX_NESTED => {
                    return Err(Diagnostic::error(span, format!("the type `{name}` stands for itself"))
                        .help("write what it is: `int`, `struct page *`, ..."));
                }
                Some(ty) => self.type_behind(ty, span, typedefs + 1)?,
                None => return Err(unknown("type", name, span, self.typedefs.keys())),
            },
            TypeName::Struct(name) => match self.struct_named(name) {
                Some(index) => Type::Value(index),
                None => return Err(unknown("struct", name, span, self.structs.iter().map(|s| &s.name))),
            },
            TypeName::Pointer(inner) => match self.type_behind(inner, span, typedefs)? {
                Type::Value(layout) => match self.pool_of(layout) {
                    Some(pool) => Type::Object(pool),
                    None => Type::Place(Box::new(Type::Value(layout))),
                },
                Type::Void => Type::Int,
                Type::Object(_) | Type::Place(_) => {
                    return Err(Diagnostic::error(span, "a pointer to a pointer")
                        .help("kernel C has pointers to objects and places only; return the pointer instead"));
                }
                scalar => Type::Place(Box::new(scalar)),
            },
        })
    }
}

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
