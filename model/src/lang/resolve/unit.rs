//! The translation unit: names and types, resolved.

use std::collections::{BTreeMap, BTreeSet};

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::MAX_NESTED;
use super::names::unknown;

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
