//! Statements.

use std::collections::HashMap;

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::program::*;
use super::super::resolve::Type;
use super::emit::{Binding, Label, Lowerer, Value};

impl Lowerer<'_> {
    /// Statements of one scope.
    pub(super) fn block(&mut self, body: &[Stmt]) -> Result<(), Diagnostic> {
        self.scopes.push(HashMap::new());
        let result = body.iter().try_for_each(|stmt| self.stmt(stmt));
        self.scopes.pop();
        result
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt) -> Result<(), Diagnostic> {
        self.span = stmt.span;
        self.check_size()?;
        match &stmt.kind {
            StmtKind::Empty => Ok(()),
            StmtKind::Expr(expr) => self.value(expr).map(|_| ()),
            StmtKind::Local { ty, name, init } => self.local(ty, name, init.as_ref()),
            StmtKind::Block(body) => self.block(body),
            StmtKind::Decls(decls) => decls.iter().try_for_each(|decl| self.stmt(decl)),
            StmtKind::Atomic(body) => self.atomic_block(body, stmt.span),
            StmtKind::If { cond, then, other } => self.if_else(cond, then, other.as_deref()),
            StmtKind::While { cond, body } => self.while_loop(cond, body),
            StmtKind::DoWhile { body, cond } => self.do_while(body, cond),
            StmtKind::For { init, cond, step, body } => {
                self.scopes.push(HashMap::new());
                let result = self.for_loop(init.as_deref(), cond.as_ref(), step.as_ref(), body);
                self.scopes.pop();
                result
            }
            StmtKind::Switch { value, cases } => self.switch(value, cases),
            StmtKind::Break => match self.breaks.last() {
                Some(&(out, _)) => {
                    self.jump(out);
                    Ok(())
                }
                None => Err(self
                    .error(stmt.span, "`break` outside a loop or switch")
                    .help("write `return` to leave the function")),
            },
            StmtKind::Continue => match self.breaks.iter().rev().find_map(|b| b.1) {
                Some(again) => {
                    self.jump(again);
                    Ok(())
                }
                None => Err(self.error(stmt.span, "`continue` outside a loop").help("delete it, or write the loop")),
            },
            StmtKind::Return(value) => self.return_stmt(value.as_ref(), stmt.span),
            StmtKind::Goto(name) => {
                let label = self.goto_label(&name.text);
                self.jump(label);
                Ok(())
            }
            StmtKind::Label(name) => {
                let label = self.goto_label(&name.text);
                if self.is_bound(label) {
                    return Err(self
                        .error(name.span, format!("the label `{}` stands twice", name.text))
                        .help("rename one of them"));
                }
                self.bind(label);
                Ok(())
            }
        }
    }

    fn goto_label(&mut self, name: &str) -> Label {
        let known = self.frames.last().and_then(|f| f.labels.get(name).copied());
        known.unwrap_or_else(|| {
            let label = self.label();
            if let Some(frame) = self.frames.last_mut() {
                frame.labels.insert(name.into(), label);
            }
            label
        })
    }

    fn local(&mut self, ty: &TypeName, name: &Name, init: Option<&Expr>) -> Result<(), Diagnostic> {
        let ty = self.unit.type_of(ty, name.span)?;
        match (&ty, init) {
            (Type::Void, _) => Err(self.error(name.span, "a local of type void").help("give it the type of its value")),
            (Type::Place(_), Some(init)) => match self.value(init)? {
                Value::Place(location) => {
                    let location = self.pinned(location);
                    self.declare(&name.text, Binding::Place(location));
                    Ok(())
                }
                _ => Err(self
                    .error(init.span, format!("`{}` must point to a member of an object", name.text))
                    .help("write its initial value as &object->member")),
            },
            (Type::Place(_), None) => Err(self
                .error(name.span, format!("`{}` points to a member and has no initial value", name.text))
                .help("initialise it where it is declared: pte_t *ptep = &mm->pte[va];")),
            (Type::Value(layout), init) => self.local_struct(*layout, name, init),
            (_, init) => {
                let value = init.map(|init| self.typed_scalar(init)).transpose()?;
                let reg = self.reg_of(&name.text, &ty);
                match value {
                    Some((src, from)) => {
                        self.check_pointer(&ty, &from, src, name.span)?;
                        let src = self.coerce(src, &from, &ty);
                        self.emit(Op::Copy { dst: reg, src });
                    }
                    None => {
                        self.span = name.span;
                        self.emit(Op::Undef { dst: reg });
                    }
                }
                self.declare(&name.text, Binding::Local { reg, ty });
                Ok(())
            }
        }
    }

    fn local_struct(&mut self, layout: usize, name: &Name, init: Option<&Expr>) -> Result<(), Diagnostic> {
        if self.unit.pool_of(layout).is_some() {
            return Err(self
                .error(name.span, format!("the object `{}` is a local", name.text))
                .help("objects live in global pools; declare a pointer"));
        }
        let value = init.map(|init| self.value(init)).transpose()?;
        let regs = self.struct_regs(layout, &name.text);
        match value {
            Some(Value::Struct(cells, other)) if other == layout => {
                for (dst, src) in regs.iter().zip(cells) {
                    self.emit(Op::Copy { dst: *dst, src });
                }
            }
            Some(_) => {
                return Err(self
                    .error(name.span, "the initial value has another type")
                    .help("initialise it with a structure of its own type, or assign its members"));
            }
            None => {
                self.span = name.span;
                for &dst in &regs {
                    self.emit(Op::Undef { dst });
                }
            }
        }
        self.declare(&name.text, Binding::Struct { regs, layout });
        Ok(())
    }

    /// One register per cell of a structure.
    pub(super) fn struct_regs(&mut self, layout: usize, name: &str) -> Vec<Reg> {
        let mut regs = Vec::new();
        let fields = self.unit.structs[layout].fields.clone();
        for field in fields {
            for _ in 0..field.dims.iter().product::<usize>() {
                match field.ty {
                    Type::Value(inner) => regs.extend(self.struct_regs(inner, &format!("{name}.{}", field.name))),
                    ref ty => regs.push(self.reg_of(&format!("{name}.{}", field.name), ty)),
                }
            }
        }
        regs
    }

    /// One step; a block that touches ghosts only joins the step before it.
    fn atomic_block(&mut self, body: &[Stmt], span: Span) -> Result<(), Diagnostic> {
        if self.atomic > 0 {
            return self.block(body);
        }
        let head = self.code.ops.len();
        self.step();
        self.atomic += 1;
        let result = self.block(body);
        self.atomic -= 1;
        result?;
        if !self.one_object(head, span)? {
            self.code.ops[head] = Op::Nop;
        }
        Ok(())
    }

    /// Whether the ops from `head` on touch real memory or wait.
    ///
    /// # Errors
    /// They touch two objects.
    pub(super) fn one_object(&self, head: usize, span: Span) -> Result<bool, Diagnostic> {
        let mut seen: Option<(u16, Operand)> = None;
        let mut real = false;
        for (i, op) in self.code.ops.iter().enumerate().skip(head) {
            let place = match op {
                Op::Load { place, .. } | Op::Store { place, .. } => place,
                Op::Await { .. } | Op::PoolGet { .. } | Op::PoolPut { .. } => {
                    real = true;
                    continue;
                }
                _ => continue,
            };
            let cell = &self.pools[usize::from(place.pool)].cells[usize::from(place.offset)];
            if cell.ghost || cell.constant {
                continue;
            }
            if self.code.origins[i].specified {
                continue;
            }
            real = true;
            match seen {
                Some(first) if first != (place.pool, place.object) => {
                    return Err(self
                        .error(self.code.origins[i].span, "a second object in one step")
                        .label("this is another object than the one accessed before")
                        .help("`__atomic` and `await` touch one object: make two steps, as the hardware does")
                        .calls([vec![("__atomic".to_string(), span)], self.call_stack()].concat()));
                }
                _ => seen = Some((place.pool, place.object)),
            }
        }
        Ok(real)
    }

    fn if_else(&mut self, cond: &Expr, then: &Stmt, other: Option<&Stmt>) -> Result<(), Diagnostic> {
        let (yes, no, end) = (self.label(), self.label(), self.label());
        let at = self.code.ops.len();
        self.condition(cond, yes, no)?;
        let taken = self.decided(at, yes, no);
        self.bind(yes);
        if taken != Some(false) {
            self.block(std::slice::from_ref(then))?;
            self.jump(end);
        }
        self.bind(no);
        if let Some(other) = other
            && taken != Some(true)
        {
            self.block(std::slice::from_ref(other))?;
        }
        self.bind(end);
        Ok(())
    }

    /// What a condition that came out constant decided: its one op is a jump. Dead branches are not lowered, so
    /// that a macro constant can switch off what would not compile (an array of no objects, say).
    fn decided(&self, at: usize, yes: Label, no: Label) -> Option<bool> {
        match &self.code.ops[at..] {
            [Op::Jump(target)] if *target == yes.0 => Some(true),
            [Op::Jump(target)] if *target == no.0 => Some(false),
            _ => None,
        }
    }

    fn switch(&mut self, value: &Expr, cases: &[(Vec<Option<Expr>>, Vec<Stmt>)]) -> Result<(), Diagnostic> {
        let value = self.scalar(value)?;
        let out = self.label();
        let mut bodies = Vec::new();
        let mut default = out;
        for (labels, _) in cases {
            let body = self.label();
            bodies.push(body);
            for label in labels {
                let Some(label) = label else {
                    default = body;
                    continue;
                };
                let wanted = self.scalar(label)?;
                let Value::Scalar(hit, _) = self.combine(BinaryOp::Eq, value, wanted, true, label.span)? else {
                    continue;
                };
                let next = self.label();
                self.branch(hit, body, next);
                self.bind(next);
            }
        }
        self.jump(default);
        self.breaks.push((out, None));
        let result = bodies.into_iter().zip(cases).try_for_each(|(label, (_, body))| {
            self.bind(label);
            self.block(body)
        });
        self.breaks.pop();
        self.bind(out);
        result
    }

    /// What is returned is nothing that the function may return.
    pub(super) fn other_result(&self, ret: &Type, value: &Value, span: Span) -> Diagnostic {
        let what = match value {
            Value::Void => "what is returned has no value: the function that is called returns void",
            _ => "the returned value has another type",
        };
        let help = format!("the function returns `{}`: call first, then `return` such a value", self.unit.written(ret));
        self.error(span, what).help(help)
    }

    fn return_stmt(&mut self, value: Option<&Expr>, span: Span) -> Result<(), Diagnostic> {
        let Some(frame) = self.frames.last() else { return Ok(()) };
        let (ret, exit, result) = (frame.ret.clone(), frame.exit, frame.result.clone());
        match (value, &ret) {
            (None, Type::Void) => {}
            (None, _) => {
                return Err(self
                    .error(span, "`return` without a value")
                    .help("write `return value;`, or make the function `void`"));
            }
            (Some(_), Type::Void) => {
                return Err(self
                    .error(span, "`return` with a value in a void function")
                    .help("drop the value, or give the function its type"));
            }
            (Some(value), _) => match self.value(value)? {
                Value::Scalar(src, from) => {
                    self.check_pointer(&ret, &from, src, span)?;
                    let src = self.coerce(src, &from, &ret);
                    self.span = span;
                    self.emit(Op::Copy { dst: result[0], src });
                }
                Value::Struct(cells, _) if cells.len() == result.len() => {
                    for (dst, src) in result.iter().zip(cells) {
                        self.emit(Op::Copy { dst: *dst, src });
                    }
                }
                other => return Err(self.other_result(&ret, &other, span)),
            },
        }
        self.jump(exit);
        Ok(())
    }
}
