//! Two functions that only the compiler can write: what parts added to `struct page`, all of it.
//!
//! `page_ext_is_zero(page)` and `page_ext_zero(page)` are ordinary kernel C once they are made, so that lowering and
//! the reference interpreter take them like any other function. Members that count modulo their width (`__wraps`, such
//! as a sequence counter) are no account of pins: they may be anything when a page is freed, and keep their value.

use super::super::ast::*;
use super::{Field, Overflow, Type, Unit};

const PARAM: &str = "page";

/// Adds the functions to a unit whose structures are laid out.
pub(super) fn define(unit: &mut Unit) {
    let Some(layout) = unit.struct_named("page_ext") else { return };
    if unit.struct_named("page").is_none() {
        return;
    }
    let cells = cells(unit, layout, &page());
    let all_zero = cells.iter().map(|(cell, _)| not(cell.clone())).reduce(and).unwrap_or(at(ExprKind::Int(1)));
    let is_zero = vec![stmt(StmtKind::Return(Some(all_zero)))];
    let zero = cells.into_iter().map(|(cell, pointer)| stmt(StmtKind::Expr(assign(cell, pointer)))).collect();
    for function in
        [function("page_ext_is_zero", TypeName::Bool, is_zero), function("page_ext_zero", TypeName::Void, zero)]
    {
        unit.functions.entry(function.name.text.clone()).or_insert(function);
    }
}

/// Each cell of a structure as an expression, and whether it is a pointer.
fn cells(unit: &Unit, layout: usize, base: &Expr) -> Vec<(Expr, bool)> {
    let counts = |field: &&Field| !field.constant && !field.ghost && field.overflow != Overflow::Wrap;
    let fields = unit.structs[layout].fields.iter().filter(counts);
    let cells = fields.flat_map(|field| {
        let arrow = matches!(base.kind, ExprKind::Ident(_));
        let member = ExprKind::Member { base: Box::new(base.clone()), name: name(&field.name), arrow };
        elements(at(member), &field.dims).into_iter().flat_map(|element| match &field.ty {
            Type::Value(inner) => self::cells(unit, *inner, &element),
            ty => vec![(element, matches!(ty, Type::Object(_)))],
        })
    });
    cells.collect()
}

/// `x`, or `x[0]`, `x[1]`, ...
fn elements(base: Expr, dims: &[usize]) -> Vec<Expr> {
    let Some((&dim, inner)) = dims.split_first() else { return vec![base] };
    let element = |i: usize| {
        let (base, index) = (Box::new(base.clone()), Box::new(at(ExprKind::Int(i as i64))));
        at(ExprKind::Index { base, index })
    };
    (0..dim).flat_map(|i| elements(element(i), inner)).collect()
}

fn function(text: &str, ret: TypeName, body: Vec<Stmt>) -> Function {
    let pointer = TypeName::Pointer(Box::new(TypeName::Struct("page".into())));
    Function {
        name: name(text),
        ret,
        params: vec![Param { ty: pointer, name: name(PARAM) }],
        body: Some(body),
        weak: false,
        span: Span::default(),
        doc: String::new(),
    }
}

fn page() -> Expr {
    at(ExprKind::Ident(PARAM.into()))
}

fn not(expr: Expr) -> Expr {
    at(ExprKind::Unary { op: UnaryOp::Not, expr: Box::new(expr) })
}

fn and(left: Expr, right: Expr) -> Expr {
    at(ExprKind::Binary { op: BinaryOp::And, left: Box::new(left), right: Box::new(right) })
}

fn assign(cell: Expr, pointer: bool) -> Expr {
    let zero = at(if pointer { ExprKind::Null } else { ExprKind::Int(0) });
    at(ExprKind::Assign { op: None, left: Box::new(cell), right: Box::new(zero) })
}

/// No source has this text: nothing ever points at it.
fn at(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn stmt(kind: StmtKind) -> Stmt {
    Stmt { kind, span: Span::default() }
}

fn name(text: &str) -> Name {
    Name { text: text.into(), span: Span::default() }
}
