//! Is an `__atomic` block a step? It is, unless all that it says concerns ghosts, const members and checks.
//!
//! The question is about the text of the block and of the functions that it calls, not about the way taken through
//! it, so this walks over both branches of everything. Values matter only as far as they name members. A branch that
//! a constant of the program switches off is no part of the text.

use super::super::lang::ast::{Expr, ExprKind, Name, Stmt, StmtKind, UnaryOp};
use super::super::lang::resolve::const_eval;
use super::machine::{Machine, Run};
use super::memory::refused;
use super::state::{Place, Ty, Value};

/// What an assignment would write.
enum Target {
    Shared(Place),
    Local(Ty),
}

struct Walk<'m, 'w, 'a> {
    machine: &'m Machine<'w, 'a>,
    /// Locals of the block and of the functions it calls; where a call begins.
    locals: Vec<(&'a str, Value)>,
    floor: usize,
    /// How many calls deep.
    depth: usize,
    found: bool,
}

impl<'a> Machine<'_, 'a> {
    /// Whether this `__atomic` statement is a step of its own.
    pub(super) fn is_step(&self, stmt: &'a Stmt) -> Run<bool> {
        let mut walk = Walk { machine: self, locals: Vec::new(), floor: 0, depth: 0, found: false };
        walk.stmt(stmt)?;
        Ok(walk.found)
    }
}

impl<'a> Walk<'_, '_, 'a> {
    fn touch(&mut self, place: &Place) {
        self.found |= self.machine.world.is_real(place);
    }

    fn stmts(&mut self, body: &'a [Stmt]) -> Run<()> {
        let before = self.locals.len();
        body.iter().try_for_each(|stmt| self.stmt(stmt))?;
        self.locals.truncate(before);
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Run<()> {
        match &stmt.kind {
            StmtKind::Expr(expr) | StmtKind::Return(Some(expr)) => self.expr(expr).map(|_| ()),
            StmtKind::Local { ty, name, init } => {
                let ty = self.machine.ty(ty, name.span)?;
                let value = init.as_ref().map(|init| self.expr(init)).transpose()?;
                let value = value.filter(|_| ty == Ty::Place).unwrap_or_else(|| self.any(ty));
                self.locals.push((&name.text, value));
                Ok(())
            }
            StmtKind::Decls(decls) => decls.iter().try_for_each(|decl| self.stmt(decl)),
            StmtKind::Block(body) | StmtKind::Atomic(body) => self.stmts(body),
            StmtKind::If { cond, then, other } => self.branches(cond, then, other.as_deref()),
            StmtKind::While { cond, body } | StmtKind::DoWhile { body, cond } => {
                self.expr(cond)?;
                self.stmts(std::slice::from_ref(body))
            }
            StmtKind::For { init, cond, step, body } => {
                let before = self.locals.len();
                init.iter().try_for_each(|init| self.stmt(init))?;
                cond.iter().chain(step).try_for_each(|expr| self.expr(expr).map(|_| ()))?;
                self.stmt(body)?;
                self.locals.truncate(before);
                Ok(())
            }
            StmtKind::Switch { value, cases } => {
                self.expr(value)?;
                cases.iter().try_for_each(|(_, body)| self.stmts(body))
            }
            _ => Ok(()),
        }
    }

    fn branches(&mut self, cond: &'a Expr, then: &'a Stmt, other: Option<&'a Stmt>) -> Run<()> {
        let constant = const_eval(cond, &self.machine.world.unit.constants).ok();
        if constant.is_none() {
            self.expr(cond)?;
        }
        if constant != Some(0) {
            self.stmts(std::slice::from_ref(then))?;
        }
        match other {
            Some(other) if constant.unwrap_or(0) == 0 => self.stmts(std::slice::from_ref(other)),
            _ => Ok(()),
        }
    }

    /// Some value of a type.
    fn any(&self, ty: Ty) -> Value {
        match ty {
            Ty::Object(pool) => Value::Object { pool, number: 0 },
            Ty::Struct(layout) => Value::Struct { layout, cells: Vec::new() },
            Ty::Void => Value::Void,
            _ => Value::Number(0),
        }
    }

    fn local(&self, name: &str) -> Option<Value> {
        let own = self.locals[self.floor..].iter().rev().find(|(local, _)| *local == name);
        if self.depth > 0 || own.is_some() {
            return own.map(|(_, value)| value.clone());
        }
        let slot = self.machine.lookup(name)?;
        let local = &self.machine.context.calls.last()?.scopes[slot.scope][slot.index];
        match &local.value {
            Some(value @ Value::Place(_)) => Some(value.clone()),
            _ => Some(self.any(local.ty)),
        }
    }

    fn expr(&mut self, expr: &'a Expr) -> Run<Value> {
        match &expr.kind {
            ExprKind::Ident(name) => Ok(self.local(name).unwrap_or(Value::Number(0))),
            ExprKind::Member { .. } | ExprKind::Index { .. } | ExprKind::Unary { op: UnaryOp::Deref, .. } => {
                let target = self.target(expr)?;
                Ok(self.access(&target))
            }
            ExprKind::Unary { op: UnaryOp::AddressOf, expr: inner } => match self.target(inner)? {
                Target::Shared(place) => Ok(self.address(place)),
                Target::Local(_) => Err(refused(expr.span, "the address of a local").into()),
            },
            ExprKind::Unary { expr: inner, .. } => {
                self.expr(inner)?;
                Ok(Value::Number(0))
            }
            ExprKind::Binary { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)?;
                Ok(Value::Number(0))
            }
            ExprKind::Conditional { cond, then, other } => {
                self.expr(cond)?;
                let then = self.expr(then)?;
                let other = self.expr(other)?;
                Ok(if then == Value::Number(0) { other } else { then })
            }
            ExprKind::Assign { left, right, .. } => {
                let target = self.target(left)?;
                self.expr(right)?;
                Ok(self.access(&target))
            }
            ExprKind::IncDec { expr: inner, .. } => {
                let target = self.target(inner)?;
                Ok(self.access(&target))
            }
            ExprKind::Call { name, args } => self.call(name, args),
            ExprKind::Int(_) | ExprKind::Null | ExprKind::Str(_) => Ok(Value::Number(0)),
        }
    }

    fn access(&mut self, target: &Target) -> Value {
        match target {
            Target::Shared(place) => {
                self.touch(place);
                self.any(place.ty)
            }
            Target::Local(ty) => self.any(*ty),
        }
    }

    fn address(&self, place: Place) -> Value {
        let layout = self.machine.world.unit.pools[place.pool].layout;
        match place.offset == 0 && place.ty == Ty::Struct(layout) {
            true => Value::Object { pool: place.pool, number: 0 },
            false => Value::Place(place),
        }
    }

    fn target(&mut self, expr: &'a Expr) -> Run<Target> {
        let machine = self.machine;
        match &expr.kind {
            ExprKind::Ident(name) => match self.local(name) {
                Some(Value::Object { pool, .. }) => Ok(Target::Local(Ty::Object(pool))),
                Some(Value::Struct { layout, .. }) => Ok(Target::Local(Ty::Struct(layout))),
                Some(_) => Ok(Target::Local(Ty::Bool)),
                None if name == "current" => {
                    let layout = machine.world.unit.struct_named("task_struct");
                    Ok(Target::Local(layout.map_or(Ty::Void, Ty::Struct)))
                }
                None => machine.single_object(name, expr.span).map(Target::Shared),
            },
            ExprKind::Member { base, name, arrow } => self.member(base, name, *arrow),
            ExprKind::Index { base, index } => {
                self.expr(index)?;
                if let Some(pool) = machine.pool_array(base) {
                    return Ok(Target::Shared(machine.whole(pool, 0)));
                }
                let Target::Shared(mut place) = self.target(base)? else {
                    return Err(refused(expr.span, "this is no array").into());
                };
                place.dims.drain(..1.min(place.dims.len()));
                Ok(Target::Shared(place))
            }
            ExprKind::Unary { op: UnaryOp::Deref, expr: inner } => match self.expr(inner)? {
                Value::Place(place) => Ok(Target::Shared(place)),
                _ => Err(refused(expr.span, "this is no place").into()),
            },
            _ => Err(refused(expr.span, "this is no place").into()),
        }
    }

    fn member(&mut self, base: &'a Expr, name: &'a Name, arrow: bool) -> Run<Target> {
        let machine = self.machine;
        if arrow && matches!(&base.kind, ExprKind::Ident(base) if base == "current") {
            let unit = machine.world.unit;
            let pool = unit.struct_named("mm_struct").and_then(|layout| unit.pool_of(layout));
            return Ok(Target::Local(pool.map_or(Ty::Void, Ty::Object)));
        }
        if arrow {
            let place = match self.expr(base)? {
                Value::Object { pool, .. } => machine.whole(pool, 0),
                Value::Place(place) => place,
                _ => return Err(refused(name.span, "this has no members").into()),
            };
            return machine.member(place, name).map(Target::Shared);
        }
        match self.target(base)? {
            Target::Shared(place) => machine.member(place, name).map(Target::Shared),
            Target::Local(ty) => {
                let place = Place { ty, ..machine.whole(0, 0) };
                machine.member(place, name).map(|member| Target::Local(member.ty))
            }
        }
    }

    fn call(&mut self, name: &'a Name, args: &'a [Expr]) -> Run<Value> {
        let unit = self.machine.world.unit;
        if let Some(function) = unit.functions.get(&name.text) {
            let mut locals = Vec::new();
            for (param, arg) in function.params.iter().zip(args) {
                let ty = self.machine.ty(&param.ty, param.name.span)?;
                let value = self.expr(arg)?;
                locals.push((param.name.text.as_str(), if ty == Ty::Place { value } else { self.any(ty) }));
            }
            let floor = std::mem::replace(&mut self.floor, self.locals.len());
            self.locals.extend(locals);
            self.depth += 1;
            self.stmts(function.body.as_deref().unwrap_or_default())?;
            self.depth -= 1;
            self.locals.truncate(self.floor);
            self.floor = floor;
            return Ok(self.any(self.machine.ty(&function.ret, function.name.span)?));
        }
        match name.text.as_str() {
            // Checks belong to the specification, like ghosts.
            "check" | "witness" => return Ok(Value::Void),
            "await" | "await_fair" | "wait_event" | "pool_get" | "pool_put" => self.found = true,
            _ => {}
        }
        let mut last = Value::Number(0);
        for arg in args {
            last = self.expr(arg)?;
        }
        Ok(last)
    }
}
