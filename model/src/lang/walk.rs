//! Walks over the syntax tree.

use super::ast::*;

/// Calls `f` for every expression in these statements, outer before inner.
pub fn exprs(body: &[Stmt], f: &mut dyn FnMut(&Expr)) {
    for stmt in body {
        stmt_exprs(stmt, f);
    }
}

fn stmt_exprs(stmt: &Stmt, f: &mut dyn FnMut(&Expr)) {
    match &stmt.kind {
        StmtKind::Empty | StmtKind::Break | StmtKind::Continue | StmtKind::Goto(_) | StmtKind::Label(_) => {}
        StmtKind::Expr(e) => expr(e, f),
        StmtKind::Local { init, .. } => init.iter().for_each(|e| expr(e, f)),
        StmtKind::Block(body) | StmtKind::Decls(body) | StmtKind::Atomic(body) => exprs(body, f),
        StmtKind::If { cond, then, other } => {
            expr(cond, f);
            stmt_exprs(then, f);
            other.iter().for_each(|s| stmt_exprs(s, f));
        }
        StmtKind::While { cond, body } | StmtKind::DoWhile { body, cond } => {
            expr(cond, f);
            stmt_exprs(body, f);
        }
        StmtKind::For { init, cond, step, body } => {
            init.iter().for_each(|s| stmt_exprs(s, f));
            cond.iter().chain(step).for_each(|e| expr(e, f));
            stmt_exprs(body, f);
        }
        StmtKind::Switch { value, cases } => {
            expr(value, f);
            for (labels, body) in cases {
                labels.iter().flatten().for_each(|e| expr(e, f));
                exprs(body, f);
            }
        }
        StmtKind::Return(value) => value.iter().for_each(|e| expr(e, f)),
    }
}

/// Calls `f` for this expression and every one inside it.
pub fn expr(e: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(e);
    match &e.kind {
        ExprKind::Int(_) | ExprKind::Null | ExprKind::Str(_) | ExprKind::Ident(_) => {}
        ExprKind::Member { base, .. } => expr(base, f),
        ExprKind::Index { base, index } => {
            expr(base, f);
            expr(index, f);
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|a| expr(a, f)),
        ExprKind::Unary { expr: inner, .. } | ExprKind::IncDec { expr: inner, .. } => expr(inner, f),
        ExprKind::Binary { left, right, .. } | ExprKind::Assign { left, right, .. } => {
            expr(left, f);
            expr(right, f);
        }
        ExprKind::Conditional { cond, then, other } => {
            expr(cond, f);
            expr(then, f);
            expr(other, f);
        }
    }
}

/// Whether a label stands in these statements: such code cannot be copied.
pub fn has_label(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        StmtKind::Label(_) => true,
        StmtKind::Block(body) | StmtKind::Decls(body) | StmtKind::Atomic(body) => has_label(body),
        StmtKind::If { then, other, .. } => {
            has_label(std::slice::from_ref(then)) || other.iter().any(|s| has_label(std::slice::from_ref(s)))
        }
        StmtKind::While { body, .. } | StmtKind::DoWhile { body, .. } | StmtKind::For { body, .. } => {
            has_label(std::slice::from_ref(body))
        }
        StmtKind::Switch { cases, .. } => cases.iter().any(|(_, body)| has_label(body)),
        _ => false,
    })
}
