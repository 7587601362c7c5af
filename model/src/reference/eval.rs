//! Expressions.

use super::super::lang::ast::{BinaryOp, Expr, ExprKind, Span, UnaryOp};
use super::super::lang::program::Crash;
use super::super::lang::resolve::WORKS;
use super::machine::{Machine, Mm, Run};
use super::memory::refused;
use super::state::{Node, Place, Slot, Task, Ty, Value};

impl<'a> Machine<'_, 'a> {
    /// Begins to evaluate an expression.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Run<()> {
        let located = |task| [task, Task::Locate(Node(expr))];
        match &expr.kind {
            ExprKind::Int(value) => self.constant(*value, expr.span),
            ExprKind::Null => {
                self.give(Value::Number(0));
                Ok(())
            }
            ExprKind::Str(_) => Err(refused(expr.span, "a string is no value here").into()),
            ExprKind::Ident(name) => self.identifier(name, expr.span),
            ExprKind::Member { base, name, .. } if is_current(base) && name.text == "mm" => self.current_mm(expr.span),
            ExprKind::Member { .. } | ExprKind::Index { .. } => {
                self.then(located(Task::Load { span: expr.span, keep: false }))
            }
            ExprKind::Call { name, args } => self.begin_call(expr, name, args),
            ExprKind::Unary { op: UnaryOp::AddressOf, expr: inner } => {
                self.then([Task::AddressOf, Task::Locate(Node(inner))])
            }
            ExprKind::Unary { op: UnaryOp::Deref, .. } => {
                self.then(located(Task::Load { span: expr.span, keep: false }))
            }
            ExprKind::Unary { op, expr: inner } => self.then([Task::Unary(*op), Task::Eval(Node(inner))]),
            ExprKind::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                self.then([Task::Logic { op: *op, right: Node(right) }, Task::Eval(Node(left))])
            }
            ExprKind::Binary { op, left, right } => {
                self.then([Task::Binary(*op), Task::Eval(Node(right)), Task::Eval(Node(left))])
            }
            ExprKind::Conditional { cond, .. } => self.then([Task::Choose(Node(expr)), Task::Eval(Node(cond))]),
            ExprKind::Assign { op: None, left, right } => {
                self.then([Task::Store(expr.span), Task::Eval(Node(right)), Task::Locate(Node(left))])
            }
            ExprKind::Assign { op: Some(op), left, right } => self.then([
                Task::Store(expr.span),
                Task::Binary(*op),
                Task::Eval(Node(right)),
                Task::Load { span: left.span, keep: true },
                Task::Locate(Node(left)),
            ]),
            ExprKind::IncDec { expr: inner, .. } => self.then([
                Task::IncDec(Node(expr)),
                Task::Load { span: expr.span, keep: true },
                Task::Locate(Node(inner)),
            ]),
        }
    }

    /// Adds things to do; the last of them comes first.
    pub(super) fn then<const N: usize>(&mut self, tasks: [Task<'a>; N]) -> Run<()> {
        self.context.todo.extend(tasks);
        Ok(())
    }

    fn constant(&mut self, value: i64, span: Span) -> Run<()> {
        let value = i32::try_from(value).map_err(|_| refused(span, "this constant is too large"))?;
        self.give(Value::Number(value));
        Ok(())
    }

    fn identifier(&mut self, name: &str, span: Span) -> Run<()> {
        if let Some(slot) = self.lookup(name) {
            let value = self.read_slot(slot)?;
            self.give(value);
            return Ok(());
        }
        match self.world.unit.constants.get(name) {
            Some(&value) => self.constant(value, span),
            None => Err(refused(span, format!("unknown name `{name}`")).into()),
        }
    }

    fn current_mm(&mut self, span: Span) -> Run<()> {
        let unit = self.world.unit;
        let pool = unit.struct_named("mm_struct").and_then(|layout| unit.pool_of(layout));
        let pool = pool.ok_or_else(|| refused(span, "there is no pool of struct mm_struct"))?;
        let number = match (self.mm, self.context.mm) {
            (Mm::Fixed(number), _) => number,
            (Mm::OfTask(_), _) if self.context.idle || self.context.fresh => {
                let message = "a softirq that has not started yet does not know `current->mm`";
                return Err(refused(span, message).into());
            }
            (Mm::OfTask(number), _) => number,
            (Mm::Any, Some(number)) => number,
            (Mm::Any, None) => self.choose(self.memory.len(pool) as u32 + 1)? as i32,
        };
        if self.mm == Mm::Any {
            self.context.mm = Some(number);
        }
        self.give(Value::Object { pool, number });
        Ok(())
    }

    /// Begins to find out what an expression names.
    pub(super) fn locate(&mut self, expr: &'a Expr) -> Run<()> {
        match &expr.kind {
            ExprKind::Ident(name) => {
                let value = match self.lookup(name) {
                    Some(slot) => Value::Slot(slot),
                    None => Value::Place(self.single_object(name, expr.span)?),
                };
                self.give(value);
                Ok(())
            }
            ExprKind::Member { base, name, arrow: true } => {
                self.then([Task::Member(Node(name)), Task::Eval(Node(base))])
            }
            ExprKind::Member { base, name, arrow: false } => {
                self.then([Task::Member(Node(name)), Task::Locate(Node(base))])
            }
            ExprKind::Index { base, index } => match self.pool_array(base) {
                Some(pool) => self.then([Task::ObjectAt { pool }, Task::Eval(Node(index))]),
                None => self.then([Task::Element(index.span), Task::Eval(Node(index)), Task::Locate(Node(base))]),
            },
            ExprKind::Unary { op: UnaryOp::Deref, expr: inner } => self.then([Task::Eval(Node(inner))]),
            _ => Err(refused(expr.span, "this is no place").into()),
        }
    }

    /// A global declared without bounds, or a work item.
    pub(super) fn single_object(&self, name: &str, span: Span) -> Run<Place> {
        let unit = self.world.unit;
        let works = unit.pool_named(WORKS);
        if let (Some(work), Some(pool)) = (unit.works.iter().find(|work| work.name == name), works) {
            return Ok(self.whole(pool, work.object as i32 + 1));
        }
        match unit.pool_named(name) {
            Some(pool) if unit.pools[pool].single => Ok(self.whole(pool, 1)),
            _ => Err(refused(span, format!("unknown name `{name}`")).into()),
        }
    }

    /// The pool that an identifier names, if no local hides it.
    pub(super) fn pool_array(&self, expr: &Expr) -> Option<usize> {
        let ExprKind::Ident(name) = &expr.kind else { return None };
        let unit = self.world.unit;
        let pool = unit.pool_named(name).filter(|&pool| !unit.pools[pool].single)?;
        self.lookup(name).is_none().then_some(pool)
    }

    pub(super) fn finish_member(&mut self, name: &'a super::super::lang::ast::Name) -> Run<()> {
        let value = match self.take()? {
            Value::Object { pool, number } => Value::Place(self.member(self.whole(pool, number), name)?),
            Value::Place(place) => Value::Place(self.member(place, name)?),
            Value::Slot(slot) => Value::Slot(self.member_of_local(slot, name)?),
            _ => return Err(refused(name.span, "this has no members").into()),
        };
        self.give(value);
        Ok(())
    }

    fn member_of_local(&self, slot: Slot, name: &super::super::lang::ast::Name) -> Run<Slot> {
        // A structure's layout is the same in memory and in a local.
        let place = Place { pool: 0, object: 0, offset: slot.offset, ty: slot.ty, dims: Vec::new(), outside: false };
        let member = self.member(place, name)?;
        Ok(Slot { offset: member.offset, ty: member.ty, ..slot })
    }

    pub(super) fn finish_element(&mut self, span: Span) -> Run<()> {
        let index = self.take_number()?;
        let Value::Place(mut place) = self.take()? else {
            return Err(refused(span, "this cannot be indexed").into());
        };
        if place.dims.is_empty() {
            return Err(refused(span, "this is no array").into());
        }
        let len = place.dims.remove(0);
        let stride = self.size(place.ty) * place.dims.iter().product::<usize>();
        match usize::try_from(index) {
            Ok(index) if index < len => place.offset += index * stride,
            _ => place.outside = true,
        }
        self.give(Value::Place(place));
        Ok(())
    }

    pub(super) fn finish_object_at(&mut self, pool: usize) -> Run<()> {
        let index = self.take_number()?;
        if index < 0 || index as usize >= self.memory.len(pool) {
            return Err(Crash::Bounds.into());
        }
        let place = self.whole(pool, index + 1);
        self.give(Value::Place(place));
        Ok(())
    }

    /// The address of a whole object is an object pointer.
    pub(super) fn finish_address(&mut self) -> Run<()> {
        let Value::Place(place) = self.take()? else {
            return Err(refused(self.here(), "the address of a local").into());
        };
        let whole = place.offset == 0 && place.ty == Ty::Struct(self.world.unit.pools[place.pool].layout);
        self.give(match whole {
            true => Value::Object { pool: place.pool, number: place.object },
            false => Value::Place(place),
        });
        Ok(())
    }

    pub(super) fn finish_load(&mut self, keep: bool) -> Run<()> {
        let target = self.take()?;
        let value = match &target {
            Value::Place(place) if place.dims.is_empty() => self.load(place)?,
            Value::Slot(slot) => self.read_slot(*slot)?,
            _ => return Err(refused(self.here(), "this cannot be read").into()),
        };
        if keep {
            self.give(target);
        }
        self.give(value);
        Ok(())
    }

    /// The value of a local, or of a member of one.
    fn read_slot(&mut self, slot: Slot) -> Run<Value> {
        let size = self.size(slot.ty);
        let here = self.here();
        let local = self.local(slot)?;
        let name = local.name;
        match &local.value {
            Some(Value::Struct { cells, .. }) => {
                let cells = cells[slot.offset..slot.offset + size].to_vec();
                Ok(Self::value_of(slot.ty, cells))
            }
            Some(value) => Ok(value.clone()),
            None => Err(refused(here, format!("`{name}` is read before it is assigned")).into()),
        }
    }

    pub(super) fn finish_store(&mut self) -> Run<()> {
        let value = self.take()?;
        let stored = match self.take()? {
            Value::Place(place) => {
                let value = self.coerce(value, place.ty)?;
                self.refuse_constant(&place)?;
                self.store(&place, &value)?;
                value
            }
            Value::Slot(slot) => {
                let value = self.coerce(value, slot.ty)?;
                self.write_slot(slot, value.clone())?;
                value
            }
            _ => return Err(refused(self.here(), "this cannot be written").into()),
        };
        self.give(stored);
        Ok(())
    }

    fn refuse_constant(&self, place: &Place) -> Run<()> {
        match self.world.cells[place.pool][place.offset].constant && !self.initialising {
            true => Err(refused(self.here(), "a const member is written").into()),
            false => Ok(()),
        }
    }

    fn write_slot(&mut self, slot: Slot, value: Value) -> Run<()> {
        let local = self.local(slot)?;
        match (&mut local.value, value) {
            (Some(Value::Struct { cells, .. }), Value::Struct { cells: new, .. }) => {
                cells[slot.offset..slot.offset + new.len()].copy_from_slice(&new);
            }
            (Some(Value::Struct { cells, .. }), Value::Number(number) | Value::Object { number, .. }) => {
                cells[slot.offset] = number;
            }
            (place, value) => *place = Some(value),
        }
        Ok(())
    }

    /// Makes a value one of this type: 0 or 1 for a bool, NULL for a pointer.
    pub(super) fn coerce(&self, value: Value, ty: Ty) -> Run<Value> {
        match (ty, value) {
            (Ty::Bool, Value::Number(number) | Value::Object { number, .. }) => {
                Ok(Value::Number(i32::from(number != 0)))
            }
            (Ty::Object(pool), Value::Number(0)) => Ok(Value::Object { pool, number: 0 }),
            (Ty::Object(pool), value @ Value::Object { pool: other, .. }) if pool == other => Ok(value),
            (Ty::Number { .. }, Value::Number(number) | Value::Object { number, .. }) => Ok(Value::Number(number)),
            (Ty::Struct(_), value @ Value::Struct { .. }) | (Ty::Place, value @ Value::Place(_)) => Ok(value),
            _ => Err(refused(self.here(), "a value of another type").into()),
        }
    }

    pub(super) fn finish_inc_dec(&mut self, expr: &'a Expr) -> Run<()> {
        let ExprKind::IncDec { increment, postfix, .. } = &expr.kind else { return Ok(()) };
        let old = self.take_number()?;
        let target = self.take()?;
        if *postfix {
            self.give(Value::Number(old));
            self.push(Task::Drop);
        }
        self.give(target);
        self.give(Value::Number(if *increment { old + 1 } else { old - 1 }));
        self.push(Task::Store(expr.span));
        Ok(())
    }

    pub(super) fn finish_unary(&mut self, op: UnaryOp) -> Run<()> {
        let a = self.take_number()?;
        self.give(Value::Number(match op {
            UnaryOp::Not => i32::from(a == 0),
            UnaryOp::Neg => -a,
            _ => !a,
        }));
        Ok(())
    }

    pub(super) fn finish_binary(&mut self, op: BinaryOp) -> Run<()> {
        let b = self.take_number()?;
        let a = self.take_number()?;
        let value = arithmetic(op, a, b).ok_or(Crash::Bug)?;
        self.give(Value::Number(value));
        Ok(())
    }

    pub(super) fn finish_logic(&mut self, op: BinaryOp, right: Node<'a, Expr>) -> Run<()> {
        let left = self.take_truth()?;
        if left == (op == BinaryOp::Or) {
            self.give(Value::Number(i32::from(left)));
            return Ok(());
        }
        self.then([Task::Truth, Task::Eval(right)])
    }
}

fn is_current(base: &Expr) -> bool {
    matches!(&base.kind, ExprKind::Ident(name) if name == "current")
}

/// What C makes of two numbers; nothing for a division by zero or a shift by a silly amount.
fn arithmetic(op: BinaryOp, a: i32, b: i32) -> Option<i32> {
    let shift = || u32::try_from(b).ok().filter(|b| *b < 31);
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div => a.checked_div(b),
        BinaryOp::Rem => a.checked_rem(b),
        BinaryOp::Shl => a.checked_shl(shift()?),
        BinaryOp::Shr => a.checked_shr(shift()?),
        BinaryOp::BitAnd => Some(a & b),
        BinaryOp::BitOr => Some(a | b),
        BinaryOp::BitXor => Some(a ^ b),
        BinaryOp::And => Some(i32::from(a != 0 && b != 0)),
        BinaryOp::Or => Some(i32::from(a != 0 || b != 0)),
        BinaryOp::Eq => Some(i32::from(a == b)),
        BinaryOp::Ne => Some(i32::from(a != b)),
        BinaryOp::Lt => Some(i32::from(a < b)),
        BinaryOp::Le => Some(i32::from(a <= b)),
        BinaryOp::Gt => Some(i32::from(a > b)),
        BinaryOp::Ge => Some(i32::from(a >= b)),
    }
}
