//! Constant expressions: array bounds, widths, macros, enumerators.

use std::collections::BTreeMap;

use super::super::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use super::super::diag::Diagnostic;
use super::unknown;

/// Evaluates a constant expression.
///
/// # Errors
/// Names the part that is no constant.
pub fn const_eval(expr: &Expr, constants: &BTreeMap<String, i64>) -> Result<i64, Diagnostic> {
    let bad = || {
        Diagnostic::error(expr.span, "this is no constant")
            .help("array bounds, widths and macros need integer constants")
    };
    Ok(match &expr.kind {
        ExprKind::Int(value) => *value,
        ExprKind::Null => 0,
        ExprKind::Ident(name) => {
            *constants.get(name).ok_or_else(|| unknown("constant", name, expr.span, constants.keys()))?
        }
        ExprKind::Unary { op, expr: inner } => {
            let value = const_eval(inner, constants)?;
            match op {
                UnaryOp::Not => (value == 0) as i64,
                UnaryOp::Neg => value.checked_neg().ok_or_else(bad)?,
                UnaryOp::BitNot => !value,
                UnaryOp::AddressOf | UnaryOp::Deref => return Err(bad()),
            }
        }
        ExprKind::Binary { op, left, right } => {
            let (a, b) = (const_eval(left, constants)?, const_eval(right, constants)?);
            binary(*op, a, b).ok_or_else(bad)?
        }
        ExprKind::Conditional { cond, then, other } => match const_eval(cond, constants)? {
            0 => const_eval(other, constants)?,
            _ => const_eval(then, constants)?,
        },
        _ => return Err(bad()),
    })
}

/// The value of a binary operator; `None` for a division by zero, a bad shift or an overflow of 64 bits.
pub fn binary(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    let shift = u32::try_from(b).ok().filter(|s| *s < 32);
    Some(match op {
        BinaryOp::Add => a.checked_add(b)?,
        BinaryOp::Sub => a.checked_sub(b)?,
        BinaryOp::Mul => a.checked_mul(b)?,
        BinaryOp::Div => a.checked_div(b)?,
        BinaryOp::Rem => a.checked_rem(b)?,
        BinaryOp::Shl => a.checked_mul(1 << shift?)?,
        BinaryOp::Shr => a >> shift?,
        BinaryOp::BitAnd => a & b,
        BinaryOp::BitOr => a | b,
        BinaryOp::BitXor => a ^ b,
        BinaryOp::And => (a != 0 && b != 0) as i64,
        BinaryOp::Or => (a != 0 || b != 0) as i64,
        BinaryOp::Eq => (a == b) as i64,
        BinaryOp::Ne => (a != b) as i64,
        BinaryOp::Lt => (a < b) as i64,
        BinaryOp::Le => (a <= b) as i64,
        BinaryOp::Gt => (a > b) as i64,
        BinaryOp::Ge => (a >= b) as i64,
    })
}
