//! Expressions of Promela, and what is known about their values.

use std::collections::BTreeSet;

use crate::lang::ast::{BinaryOp, UnaryOp};
use crate::lang::program::{Operand, Range, Reg};

/// Values of which nothing is known.
pub(super) const ANY: Range = Range { low: i16::MIN, high: i16::MAX };

/// An expression. Registers stand in it as `@7@` until they have a variable.
#[derive(Clone, Debug)]
pub(super) struct Expr {
    /// As Promela.
    pub text: String,
    /// What it can be.
    pub range: Range,
    /// Registers it reads.
    pub regs: BTreeSet<Reg>,
    /// Whether it reads cells.
    pub memory: bool,
    /// Whether it needs no parentheses.
    atom: bool,
}

impl Expr {
    pub fn number(value: i16) -> Self {
        let text = if value < 0 { format!("({value})") } else { value.to_string() };
        Expr { text, range: Range { low: value, high: value }, regs: BTreeSet::new(), memory: false, atom: true }
    }

    pub fn register(reg: Reg, range: Range) -> Self {
        Expr { text: format!("@{reg}@"), range, regs: BTreeSet::from([reg]), memory: false, atom: true }
    }

    pub fn cell(name: &str, range: Range) -> Self {
        Expr { text: name.into(), range, regs: BTreeSet::new(), memory: true, atom: true }
    }

    /// A variable that only this step uses.
    pub fn scratch(name: &str, range: Range) -> Self {
        Expr { text: name.into(), range, regs: BTreeSet::new(), memory: false, atom: true }
    }

    /// Something of the state that no step of this context changes before its end.
    pub fn given(text: String, range: Range) -> Self {
        Expr { text, range, regs: BTreeSet::new(), memory: false, atom: false }
    }

    pub fn constant(&self) -> Option<i16> {
        (self.range.low == self.range.high).then_some(self.range.low)
    }

    /// Whether it is one word, so that printing it twice costs nothing.
    pub fn is_atom(&self) -> bool {
        self.atom
    }

    fn wrapped(&self) -> String {
        if self.atom { self.text.clone() } else { format!("({})", self.text) }
    }

    fn join(text: String, range: Range, parts: &[&Expr]) -> Self {
        Expr {
            text,
            range,
            regs: parts.iter().flat_map(|p| &p.regs).copied().collect(),
            memory: parts.iter().any(|p| p.memory),
            atom: false,
        }
    }

    pub fn unary(op: UnaryOp, a: &Expr) -> Self {
        let (sign, range) = match op {
            UnaryOp::Not => ("!", Range::BOOL),
            UnaryOp::Neg => ("-", ANY),
            _ => ("~", ANY),
        };
        Self::join(format!("{sign}{}", a.wrapped()), range, &[a])
    }

    pub fn binary(op: BinaryOp, a: &Expr, b: &Expr) -> Self {
        if let (Some(a), Some(b)) = (a.constant(), b.constant())
            && let Some(value) = folded(op, a, b)
        {
            return Self::number(value);
        }
        let range = if compares(op) { Range::BOOL } else { span(op, a.range, b.range) };
        let text = format!("{} {} {}", a.wrapped(), symbol(op), b.wrapped());
        Self::join(text, range, &[a, b])
    }

    /// `c ? a : b`
    pub fn choose(cond: &Expr, a: &Expr, b: &Expr) -> Self {
        if let Some(cond) = cond.constant() {
            return if cond != 0 { a.clone() } else { b.clone() };
        }
        if a.text == b.text {
            return a.clone();
        }
        let range = Range { low: a.range.low.min(b.range.low), high: a.range.high.max(b.range.high) };
        let mut all = Self::join(format!("({} -> {} : {})", cond.text, a.text, b.text), range, &[cond, a, b]);
        all.atom = true;
        all
    }

    /// One of several values, by the value of `key`; another value of `key` does not come here.
    pub fn select(key: &Expr, options: Vec<(i16, Expr)>) -> Self {
        let mut options = options.into_iter().rev();
        let Some((_, mut chosen)) = options.next() else { return Expr::number(0) };
        for (value, expr) in options {
            let hit = Expr::binary(BinaryOp::Eq, key, &Expr::number(value));
            chosen = Expr::choose(&hit, &expr, &chosen);
        }
        chosen
    }
}

/// What a sum or a difference can be.
fn span(op: BinaryOp, a: Range, b: Range) -> Range {
    match op {
        BinaryOp::Add => Range { low: a.low.saturating_add(b.low), high: a.high.saturating_add(b.high) },
        BinaryOp::Sub => Range { low: a.low.saturating_sub(b.high), high: a.high.saturating_sub(b.low) },
        _ => ANY,
    }
}

/// The value of the simpler operators.
fn folded(op: BinaryOp, a: i16, b: i16) -> Option<i16> {
    Some(match op {
        BinaryOp::Add => a.checked_add(b)?,
        BinaryOp::Sub => a.checked_sub(b)?,
        BinaryOp::Eq => i16::from(a == b),
        BinaryOp::Ne => i16::from(a != b),
        BinaryOp::Lt => i16::from(a < b),
        BinaryOp::Le => i16::from(a <= b),
        BinaryOp::Gt => i16::from(a > b),
        BinaryOp::Ge => i16::from(a >= b),
        _ => return None,
    })
}

/// Whether the result is 0 or 1.
pub(super) fn compares(op: BinaryOp) -> bool {
    use BinaryOp::{And, Eq, Ge, Gt, Le, Lt, Ne, Or};
    matches!(op, Eq | Ne | Lt | Le | Gt | Ge | And | Or)
}

/// The condition under which an operator has no value.
pub(super) fn undefined(op: BinaryOp, b: &Expr) -> Option<Expr> {
    let text = match op {
        BinaryOp::Div | BinaryOp::Rem if !b.range.contains(0) => return None,
        BinaryOp::Div | BinaryOp::Rem => format!("{} == 0", b.wrapped()),
        BinaryOp::Shl | BinaryOp::Shr if b.range.low >= 0 && b.range.high < 32 => return None,
        BinaryOp::Shl | BinaryOp::Shr => format!("{0} < 0 || {0} > 31", b.wrapped()),
        _ => return None,
    };
    Some(Expr::join(text, Range::BOOL, &[b]))
}

/// Whether an operator may have no value, for all that an operand's form tells.
pub(super) fn may_be_undefined(op: BinaryOp, b: Operand) -> bool {
    match (op, b) {
        (BinaryOp::Div | BinaryOp::Rem, Operand::Imm(b)) => b == 0,
        (BinaryOp::Shl | BinaryOp::Shr, Operand::Imm(b)) => !(0..32).contains(&b),
        (BinaryOp::Div | BinaryOp::Rem | BinaryOp::Shl | BinaryOp::Shr, Operand::Reg(_)) => true,
        _ => false,
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
        BinaryOp::BitAnd => "&",
        BinaryOp::BitOr => "|",
        BinaryOp::BitXor => "^",
        BinaryOp::And => "&&",
        BinaryOp::Or => "||",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
    }
}
