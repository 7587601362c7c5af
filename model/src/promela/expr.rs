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
        let range = unary_range(op, a.range);
        let a_text = a.wrapped();
        let text = match op {
            UnaryOp::Not => format!("!{a_text}"),
            // The least number is its own opposite.
            UnaryOp::Neg if a.range.low == i16::MIN => format!("({a_text} == {} -> {a_text} : -{a_text})", i16::MIN),
            UnaryOp::Neg => format!("-{a_text}"),
            _ => format!("~{a_text}"),
        };
        Self::join(text, range, &[a])
    }

    pub fn binary(op: BinaryOp, a: &Expr, b: &Expr) -> Self {
        if let (Some(a), Some(b)) = (a.constant(), b.constant())
            && let Some(value) = folded(op, a, b)
        {
            return Self::number(value);
        }
        let text = match (op, exact(op, a.range, b.range)) {
            (BinaryOp::Shl, None) => format!("shifted({}, {})", a.text, b.text),
            (_, Some((low, high))) if low < i16::MIN.into() || high > i16::MAX.into() => {
                format!("clamped({} {} {})", a.wrapped(), symbol(op), b.wrapped())
            }
            _ => format!("{} {} {}", a.wrapped(), symbol(op), b.wrapped()),
        };
        Self::join(text, binary_range(op, a.range, b.range), &[a, b])
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

/// The arithmetic of kernel C: a result beyond 16 bits is the nearest number that is not. A shift by more than 15 is
/// one of a number that is 0, or goes beyond.
pub(super) const MACROS: &str = "\
#define clamped(x) ((x) > 32767 -> 32767 : ((x) < -32768 -> -32768 : (x)))
#define shifted(a, b) ((b) > 15 -> ((a) == 0 -> 0 : ((a) > 0 -> 32767 : -32768)) : clamped((a) * (1 << (b))))
";

/// Where the result of an operator lies before it is clamped; `None` for one that is not bounded here.
fn exact(op: BinaryOp, a: Range, b: Range) -> Option<(i64, i64)> {
    let ((a_low, a_high), (b_low, b_high)) = (wide(a), wide(b));
    let corners = |f: fn(i64, i64) -> i64| {
        let values = [f(a_low, b_low), f(a_low, b_high), f(a_high, b_low), f(a_high, b_high)];
        values.into_iter().fold((i64::MAX, i64::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    match op {
        BinaryOp::Add => Some((a_low + b_low, a_high + b_high)),
        BinaryOp::Sub => Some((a_low - b_high, a_high - b_low)),
        BinaryOp::Mul => Some(corners(|a, b| a * b)),
        BinaryOp::Div => Some((a_low.min(-a_high), a_high.max(-a_low))),
        // Shifting a negative number left means nothing in C.
        BinaryOp::Shl if a_low >= 0 && b_low >= 0 && b_high < 15 && a_high << b_high <= i16::MAX.into() => {
            Some((0, a_high << b_high))
        }
        BinaryOp::BitAnd if a_low >= 0 && b_low >= 0 => Some((0, a_high.min(b_high))),
        _ => None,
    }
}

fn wide(range: Range) -> (i64, i64) {
    (range.low.into(), range.high.into())
}

/// What the result of a binary operator can be.
pub(super) fn binary_range(op: BinaryOp, a: Range, b: Range) -> Range {
    let clamp = |value: i64| value.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
    match exact(op, a, b) {
        _ if compares(op) => Range::BOOL,
        Some((low, high)) => Range { low: clamp(low), high: clamp(high) },
        None => ANY,
    }
}

/// What the result of a unary operator can be.
pub(super) fn unary_range(op: UnaryOp, a: Range) -> Range {
    match op {
        UnaryOp::Not => Range::BOOL,
        UnaryOp::Neg if a.low > i16::MIN => Range { low: -a.high, high: -a.low },
        UnaryOp::Neg => ANY,
        _ => Range { low: !a.high, high: !a.low },
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
