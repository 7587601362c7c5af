//! Expressions.

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::habits;
use super::super::program::*;
use super::super::resolve::{Type, binary};
use super::emit::{Binding, Label, Location, Lowerer, Value};
use super::place::Target;

impl Lowerer<'_> {
    /// Evaluates an expression.
    pub(super) fn value(&mut self, expr: &Expr) -> Result<Value, Diagnostic> {
        self.span = expr.span;
        match &expr.kind {
            ExprKind::Int(value) => self.literal(*value, expr.span),
            ExprKind::Null => Ok(Value::Scalar(Operand::Imm(0), Type::Int)),
            ExprKind::Str(_) => Err(self
                .error(expr.span, "a string is no value here")
                .help("strings only name claims and lock classes")),
            ExprKind::Ident(name) => self.identifier(name, expr.span),
            ExprKind::Member { base, name, .. } if is_current(base) => self.current(name),
            ExprKind::Member { .. } | ExprKind::Index { .. } => {
                let target = self.target(expr)?;
                self.read_target(&target, expr.span)
            }
            ExprKind::Call { name, args } => self.call(name, args, expr.span),
            ExprKind::Unary { op, expr: inner } => self.unary(*op, inner, expr.span),
            ExprKind::Binary { op: BinaryOp::And | BinaryOp::Or, .. } => self.truth(expr),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.span),
            ExprKind::Conditional { cond, then, other } => self.conditional(cond, then, other, expr.span),
            ExprKind::Assign { op, left, right } => self.assign(*op, left, right, expr.span),
            ExprKind::IncDec { expr: inner, increment, postfix } => {
                self.inc_dec(inner, *increment, *postfix, expr.span)
            }
        }
    }

    fn literal(&mut self, value: i64, span: Span) -> Result<Value, Diagnostic> {
        match i16::try_from(value).ok() {
            Some(value) => Ok(Value::Scalar(Operand::Imm(value), Type::Int)),
            None => Err(self
                .error(span, format!("{value} is too large"))
                .help("states are enumerated: locals hold -128..127, members at most 8 bits. Scale it down, a bias of 1024 to 8 say, and give its counter the `__bits(n)` that this needs")),
        }
    }

    fn identifier(&mut self, name: &str, span: Span) -> Result<Value, Diagnostic> {
        match self.lookup(name) {
            Some(Binding::Local { reg, ty }) => Ok(Value::Scalar(Operand::Reg(*reg), ty.clone())),
            Some(Binding::Alias { value, ty }) => Ok(Value::Scalar(*value, ty.clone())),
            Some(Binding::Place(location)) => Ok(Value::Place(location.clone())),
            Some(Binding::Struct { regs, layout }) => {
                Ok(Value::Struct(regs.iter().map(|r| Operand::Reg(*r)).collect(), *layout))
            }
            None => match self.unit.constants.get(name) {
                Some(value) => self.literal(*value, span),
                None => Err(self.unknown_name(name, span)),
            },
        }
    }

    /// `current->mm`
    fn current(&mut self, name: &Name) -> Result<Value, Diagnostic> {
        if name.text != "mm" {
            return Err(self
                .error(name.span, format!("`current` has no member `{}`", name.text))
                .help(habits::of_current(&name.text)));
        }
        let Some(pool) = self.unit.struct_named("mm_struct").and_then(|s| self.unit.pool_of(s)) else {
            let help = "write `#include <kernel.h>`, which declares `mms`";
            return Err(self.error(name.span, "there is no pool of struct mm_struct").help(help));
        };
        let ty = Type::Object(pool);
        match self.around.mm {
            CurrentMm::Fixed(mm) => Ok(Value::Scalar(Operand::Imm(mm), ty)),
            _ => {
                let kept = self.mm_kept(pool as u16);
                let dst = self.reg_of("", &ty);
                self.emit(Op::CurrentMm { dst, kept });
                Ok(Value::Scalar(Operand::Reg(dst), ty))
            }
        }
    }

    pub(super) fn read_target(&mut self, target: &Target, span: Span) -> Result<Value, Diagnostic> {
        match target {
            Target::Shared(location) => self.read(location, span),
            Target::Local(reg, ty) => Ok(Value::Scalar(Operand::Reg(*reg), ty.clone())),
            Target::Cells(regs, Type::Value(layout)) => {
                Ok(Value::Struct(regs.iter().map(|r| Operand::Reg(*r)).collect(), *layout))
            }
            Target::Cells(..) => Err(self.error(span, "no value").help("name a member")),
        }
    }

    /// Evaluates an expression to a number or object pointer.
    pub(super) fn scalar(&mut self, expr: &Expr) -> Result<Operand, Diagnostic> {
        Ok(self.typed_scalar(expr)?.0)
    }

    pub(super) fn typed_scalar(&mut self, expr: &Expr) -> Result<(Operand, Type), Diagnostic> {
        match self.value(expr)? {
            Value::Scalar(operand, ty) => Ok((operand, ty)),
            Value::Void => Err(self.error(expr.span, "this has no value").help("the function returns void")),
            Value::Place(_) => Err(self
                .error(expr.span, "the address of a member is no number")
                .help("pass it to a function that takes a pointer, or read the member")),
            Value::Struct(..) => Err(self
                .error(expr.span, "a structure is no number")
                .help("name the member, or compare with a helper such as pte_same()")),
        }
    }

    fn unary(&mut self, op: UnaryOp, inner: &Expr, span: Span) -> Result<Value, Diagnostic> {
        match op {
            UnaryOp::AddressOf => self.address(inner, span),
            UnaryOp::Deref => match self.value(inner)? {
                Value::Place(location) => self.read(&location, span),
                _ => Err(self
                    .error(span, "a whole object cannot be read at once")
                    .help("name the member: page->dirty is one access")),
            },
            UnaryOp::Not | UnaryOp::Neg | UnaryOp::BitNot => {
                let a = self.scalar(inner)?;
                let not = op == UnaryOp::Not;
                let ty = if not { Type::Bool } else { Type::Int };
                if let Operand::Imm(value) = a {
                    let value = match op {
                        UnaryOp::Not => i16::from(value == 0),
                        UnaryOp::Neg => value.wrapping_neg(),
                        _ => !value,
                    };
                    return Ok(Value::Scalar(Operand::Imm(value), ty));
                }
                let dst = self.reg_of("", &ty);
                self.emit(Op::Unary { dst, op, a });
                Ok(Value::Scalar(Operand::Reg(dst), ty))
            }
        }
    }

    /// `&pages[i]` is an object, `&page->count` a place.
    fn address(&mut self, inner: &Expr, span: Span) -> Result<Value, Diagnostic> {
        match self.target(inner)? {
            Target::Shared(location) => Ok(self.address_of(location)),
            _ => Err(self.error(span, "the address of a local").help("pass the value, or return the result")),
        }
    }

    pub(super) fn address_of(&self, location: Location) -> Value {
        let whole = location.place.offset == 0 && location.place.index.is_none();
        let pool = usize::from(location.place.pool);
        if whole && location.ty == Type::Value(self.unit.pools[pool].layout) {
            return Value::Scalar(location.place.object, Type::Object(pool));
        }
        Value::Place(location)
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span) -> Result<Value, Diagnostic> {
        let (a, left_ty) = self.typed_scalar(left)?;
        let (b, right_ty) = self.typed_scalar(right)?;
        let comparison =
            matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge);
        let pointers = matches!(left_ty, Type::Object(_)) || matches!(right_ty, Type::Object(_));
        if pointers && !matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            return Err(self
                .error(span, "pointer arithmetic")
                .help("use idx(p) for the index of an object, and &pool[i] for the way back"));
        }
        self.span = span;
        self.combine(op, a, b, comparison, span)
    }

    pub(super) fn combine(
        &mut self,
        op: BinaryOp,
        a: Operand,
        b: Operand,
        comparison: bool,
        span: Span,
    ) -> Result<Value, Diagnostic> {
        let ty = if comparison { Type::Bool } else { Type::Int };
        if let (Operand::Imm(a), Operand::Imm(b)) = (a, b) {
            let folded = binary(op, i64::from(a), i64::from(b)).and_then(|v| i16::try_from(v).ok());
            return match folded {
                Some(value) => Ok(Value::Scalar(Operand::Imm(value), ty)),
                None => Err(self
                    .error(span, "this constant has no value")
                    .help("it divides by zero or grows too large: write another one")),
            };
        }
        let dst = self.reg_of("", &ty);
        self.emit(Op::Binary { dst, op, a, b });
        Ok(Value::Scalar(Operand::Reg(dst), ty))
    }

    /// A condition used as a value.
    fn truth(&mut self, expr: &Expr) -> Result<Value, Diagnostic> {
        let dst = self.reg("", Range::BOOL, None);
        let (yes, no, end) = (self.label(), self.label(), self.label());
        self.condition(expr, yes, no)?;
        self.bind(yes);
        self.emit(Op::Copy { dst, src: Operand::Imm(1) });
        self.jump(end);
        self.bind(no);
        self.emit(Op::Copy { dst, src: Operand::Imm(0) });
        self.bind(end);
        Ok(Value::Scalar(Operand::Reg(dst), Type::Bool))
    }

    /// Goes to `yes` or `no`; `&&` and `||` evaluate no more than they need.
    pub(super) fn condition(&mut self, expr: &Expr, yes: Label, no: Label) -> Result<(), Diagnostic> {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Not, expr: inner } => self.condition(inner, no, yes),
            ExprKind::Binary { op: BinaryOp::And, left, right } => {
                let middle = self.label();
                self.condition(left, middle, no)?;
                self.bind(middle);
                self.condition(right, yes, no)
            }
            ExprKind::Binary { op: BinaryOp::Or, left, right } => {
                let middle = self.label();
                self.condition(left, yes, middle)?;
                self.bind(middle);
                self.condition(right, yes, no)
            }
            _ => {
                let cond = self.scalar(expr)?;
                // Coverage tells conditions apart by their place, whatever was evaluated last inside.
                self.span = expr.span;
                self.branch(cond, yes, no);
                Ok(())
            }
        }
    }

    fn conditional(&mut self, cond: &Expr, then: &Expr, other: &Expr, span: Span) -> Result<Value, Diagnostic> {
        let (yes, no, end) = (self.label(), self.label(), self.label());
        self.condition(cond, yes, no)?;
        self.bind(yes);
        let (a, a_ty) = self.typed_scalar(then)?;
        let range = self.range(&a_ty);
        let pool = match &a_ty {
            Type::Object(pool) => Some(*pool as u16),
            _ => None,
        };
        let dst = self.reg("", range, pool);
        self.emit(Op::Copy { dst, src: a });
        self.jump(end);
        self.bind(no);
        let (b, b_ty) = self.typed_scalar(other)?;
        self.emit(Op::Copy { dst, src: b });
        self.bind(end);
        let ty = match (&a_ty, &b_ty) {
            (Type::Int, Type::Object(_)) => b_ty,
            (a, b) if a == b => a_ty,
            (Type::Object(_), Type::Int) => a_ty,
            (Type::Object(_), _) | (_, Type::Object(_)) => {
                return Err(self
                    .error(span, "the two values of `?:` have different types")
                    .help("give both the type of what takes the value, or write an `if`"));
            }
            _ => Type::Int,
        };
        let wide = self.range(&ty);
        let info = &mut self.code.regs[usize::from(dst)];
        info.range = Range { low: info.range.low.min(wide.low), high: info.range.high.max(wide.high) };
        Ok(Value::Scalar(Operand::Reg(dst), ty))
    }

    fn assign(&mut self, op: Option<BinaryOp>, left: &Expr, right: &Expr, span: Span) -> Result<Value, Diagnostic> {
        let target = self.target(left)?;
        let outer = self.aim_at(&target);
        let value = self.assigned_value(op, &target, left, right, span);
        self.writing_ghost = outer;
        self.store(&target, value?, span)
    }

    /// From here on what is evaluated goes into this target; yields what was so before.
    fn aim_at(&mut self, target: &Target) -> bool {
        let ghost = matches!(target, Target::Shared(location) if location.ghost);
        std::mem::replace(&mut self.writing_ghost, ghost)
    }

    fn assigned_value(
        &mut self,
        op: Option<BinaryOp>,
        target: &Target,
        left: &Expr,
        right: &Expr,
        span: Span,
    ) -> Result<Value, Diagnostic> {
        match op {
            None => self.value(right),
            Some(op) => {
                let old = self.read_target(target, left.span)?;
                let Value::Scalar(a, _) = old else {
                    return Err(self.error(left.span, "a structure is no number").help("name the member"));
                };
                let b = self.scalar(right)?;
                self.combine(op, a, b, false, span)
            }
        }
    }

    fn inc_dec(&mut self, inner: &Expr, up: bool, postfix: bool, span: Span) -> Result<Value, Diagnostic> {
        let target = self.target(inner)?;
        let outer = self.aim_at(&target);
        let old = self.read_target(&target, span);
        self.writing_ghost = outer;
        let Value::Scalar(mut old, ty) = old? else {
            return Err(self.error(span, "a structure is no number").help("name the member"));
        };
        if matches!(ty, Type::Object(_)) {
            return Err(self.error(span, "pointer arithmetic").help("use &pool[i] with an integer i"));
        }
        if let (Target::Local(reg, ty), true) = (&target, postfix) {
            let copy = self.reg_of("", ty);
            self.emit(Op::Copy { dst: copy, src: Operand::Reg(*reg) });
            old = Operand::Reg(copy);
        }
        let op = if up { BinaryOp::Add } else { BinaryOp::Sub };
        let new = self.combine(op, old, Operand::Imm(1), false, span)?;
        let stored = self.store(&target, new, span)?;
        Ok(if postfix { Value::Scalar(old, ty) } else { stored })
    }

    /// Writes a target; yields what was written.
    pub(super) fn store(&mut self, target: &Target, value: Value, span: Span) -> Result<Value, Diagnostic> {
        match (target, value) {
            (Target::Shared(location), value) => {
                self.write(location, value.clone(), span)?;
                Ok(value)
            }
            (Target::Local(reg, ty), Value::Scalar(src, from)) => {
                self.check_pointer(ty, &from, src, span)?;
                let src = self.coerce(src, &from, ty);
                self.span = span;
                self.emit(Op::Copy { dst: *reg, src });
                Ok(Value::Scalar(Operand::Reg(*reg), ty.clone()))
            }
            (Target::Cells(regs, Type::Value(layout)), Value::Struct(cells, other)) if *layout == other => {
                for (dst, src) in regs.iter().zip(&cells) {
                    self.emit(Op::Copy { dst: *dst, src: *src });
                }
                Ok(Value::Struct(cells, other))
            }
            _ => Err(self
                .error(span, "the value does not fit what it is assigned to")
                .help("assign a number or a pointer to a scalar, and a structure to one of the same type")),
        }
    }

    /// An object pointer takes NULL and pointers of its own pool only.
    pub(super) fn check_pointer(&self, to: &Type, from: &Type, value: Operand, span: Span) -> Result<(), Diagnostic> {
        let tag = |pool: usize| &self.unit.structs[self.unit.pools[pool].layout].name;
        match (to, from) {
            (Type::Object(a), Type::Object(b)) if a != b => Err(self
                .error(span, format!("a struct {} * is used as a struct {} *", tag(*b), tag(*a)))
                .help("objects of different types are different pools")),
            (Type::Object(_), Type::Object(_)) => Ok(()),
            (Type::Object(_), _) if value != Operand::Imm(0) => {
                Err(self.error(span, "a number is used as a pointer").help("use &pool[i], or NULL"))
            }
            _ => Ok(()),
        }
    }
}

fn is_current(base: &Expr) -> bool {
    matches!(&base.kind, ExprKind::Ident(name) if name == "current")
}
