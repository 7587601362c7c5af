//! Calls: functions are inlined; what the compiler knows itself is `intrinsic`'s.

use std::collections::HashMap;

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::habits;
use super::super::program::*;
use super::super::resolve::{Type, WORKS, nearest};
use super::emit::{FrameState, Lowerer, Value};
use super::intrinsic::{INTRINSICS, VOID};

impl Lowerer<'_> {
    /// A call of an intrinsic or of a function.
    pub(super) fn call(&mut self, name: &Name, args: &[Expr], span: Span) -> Result<Value, Diagnostic> {
        if let Some(value) = self.intrinsic(name, args, span) {
            return value;
        }
        let Some(function) = self.unit.functions.get(&name.text) else {
            return Err(self.unknown_function(name));
        };
        self.refuse_spec_call(name)?;
        self.inline(function, name, args)
    }

    fn unknown_function(&self, name: &Name) -> Diagnostic {
        let known = || self.unit.functions.keys().map(String::as_str).chain(INTRINSICS.iter().copied());
        // A slip of the fingers is one, whatever the kernel has of that name.
        let slip = known().find(|known| name.text.len() > 4 && strsim::osa_distance(known, &name.text) <= 2);
        if let Some(help) = habits::of_function(&name.text).filter(|_| slip.is_none()) {
            return self.error(name.span, format!("kernel C has no {}()", name.text)).help(help);
        }
        match slip.or_else(|| nearest(&name.text, known())) {
            Some(near) => self
                .error(name.span, format!("unknown function `{}`", name.text))
                .help(format!("did you mean `{near}`? Otherwise define it, as far as the protocol needs it")),
            None => self
                .error(name.span, format!("unknown function `{}`", name.text))
                .help("the kernel model has no such function: define it, as far as the protocol needs it"),
        }
    }

    pub(super) fn arity(&self, name: &Name, args: &[Expr], wanted: usize) -> Result<(), Diagnostic> {
        if args.len() == wanted {
            return Ok(());
        }
        let plural = if wanted == 1 { "" } else { "s" };
        let message = format!("`{}` takes {wanted} argument{plural}, and {} stand here", name.text, args.len());
        let params = self.unit.functions.get(&name.text).map(|function| &function.params);
        let names = params.map(|params| params.iter().map(|param| param.name.text.as_str()).collect::<Vec<_>>());
        let help = match names {
            Some(names) => format!("write {}({})", name.text, names.join(", ")),
            None => format!("docs/kernel-c.md says what `{}` takes", name.text),
        };
        Err(self.error(name.span, message).help(help))
    }

    /// Lowers the body of a function in place of its call.
    fn inline(&mut self, function: &Function, name: &Name, args: &[Expr]) -> Result<Value, Diagnostic> {
        self.arity(name, args, function.params.len())?;
        if self.frames.iter().any(|f| f.function == name.text) {
            return Err(self
                .error(name.span, format!("`{}` calls itself", name.text))
                .help("calls are inlined: write the recursion as a loop"));
        }
        self.span = name.span;
        self.check_size()?;
        let scope = self.bind_params(function, args)?;
        self.enter(function, name.span)?;
        self.scopes.push(scope);
        let body = function.body.as_deref().unwrap_or_default();
        self.span = function.name.span;
        let result = self.body(body);
        self.scopes.pop();
        let frame = self.frames.pop();
        result?;
        let Some(frame) = frame else { return VOID };
        self.bind(frame.exit);
        self.span = name.span;
        if let Some(direct) = frame.direct {
            return Ok(direct);
        }
        Ok(match frame.ret {
            Type::Void => Value::Void,
            Type::Value(layout) => Value::Struct(frame.result.into_iter().map(Operand::Reg).collect(), layout),
            ty => Value::Scalar(Operand::Reg(frame.result[0]), ty),
        })
    }

    /// A function that is one `return` needs no result register: fewer live bits at the program counter.
    fn body(&mut self, body: &[Stmt]) -> Result<(), Diagnostic> {
        let [Stmt { kind: StmtKind::Return(Some(value)), span }] = body else {
            // Whoever reads the result of a path without `return` reads what nobody assigned.
            let result = self.frames.last().map_or(Vec::new(), |f| f.result.clone());
            result.into_iter().for_each(|dst| self.emit(Op::Undef { dst }));
            return self.block(body);
        };
        let ret = self.frames.last().map_or(Type::Void, |f| f.ret.clone());
        if ret == Type::Void {
            return self.block(body);
        }
        let direct = match self.value(value)? {
            Value::Void => return Err(self.other_result(&ret, &Value::Void, *span)),
            Value::Scalar(src, from) => {
                self.check_pointer(&ret, &from, src, *span)?;
                Value::Scalar(self.coerce(src, &from, &ret), ret)
            }
            other => other,
        };
        if let Some(frame) = self.frames.last_mut() {
            frame.direct = Some(direct);
        }
        Ok(())
    }

    fn enter(&mut self, function: &Function, call: Span) -> Result<(), Diagnostic> {
        let ret = self.unit.type_of(&function.ret, function.name.span)?;
        let result = match &ret {
            Type::Void => Vec::new(),
            Type::Value(layout) => self.struct_regs(*layout, ""),
            ty => vec![self.reg_of("", ty)],
        };
        let parent = self.frames.last().map(|f| f.id);
        self.code.frames.push(Frame { function: function.name.text.clone(), call, parent });
        let exit = self.label();
        self.frames.push(FrameState {
            id: self.code.frames.len() as u32 - 1,
            function: function.name.text.clone(),
            ret,
            result,
            direct: None,
            exit,
            labels: HashMap::new(),
            scopes_below: self.scopes.len(),
        });
        Ok(())
    }

    /// The loop of a work item's kworker: wait until it is scheduled, call its function.
    pub(super) fn work_loop(&mut self, object: usize, function: &Name) -> Result<(), Diagnostic> {
        let Some(pool) = self.unit.pool_named(WORKS) else { return Ok(()) };
        let place = self.work_pending(pool, object, function.span)?;
        let head = self.label();
        self.bind(head);
        self.span = function.span;
        self.emit(Op::Idle);
        self.step();
        let cond = self.reg("", Range::BOOL, None);
        self.emit(Op::Load { dst: cond, place });
        self.emit(Op::Await { cond: Operand::Reg(cond) });
        self.emit(Op::Store { place, src: Operand::Imm(0) });
        let target = self.unit.functions.get(&function.text);
        let Some(target) = target else { return Err(self.unknown_function(function)) };
        let arg = Expr { kind: ExprKind::Ident(self.unit.works[object].name.clone()), span: function.span };
        let arg = Expr { kind: ExprKind::Unary { op: UnaryOp::AddressOf, expr: Box::new(arg) }, span: function.span };
        let args = if target.params.is_empty() { Vec::new() } else { vec![arg] };
        self.inline(target, function, &args)?;
        self.jump(head);
        Ok(())
    }

    fn work_pending(&self, pool: usize, object: usize, span: Span) -> Result<Place, Diagnostic> {
        let layout = self.unit.pools[pool].layout;
        let Some(field) = self.unit.field(layout, "pending") else {
            return Err(self.error(span, "struct work_struct has no member `pending`"));
        };
        Ok(Place {
            pool: pool as u16,
            object: Operand::Imm(object as i16 + 1),
            offset: field.offset as u16,
            index: None,
        })
    }
}

/// Whether a body assigns to the local `name` (a hidden one of the same name counts too: that only costs a copy).
pub(super) fn assigned(body: &[Stmt], name: &str) -> bool {
    let is = |e: &Expr| matches!(&e.kind, ExprKind::Ident(n) if n == name);
    let mut found = false;
    super::super::walk::exprs(body, &mut |expr| match &expr.kind {
        ExprKind::Assign { left, .. } if is(left) => found = true,
        ExprKind::IncDec { expr, .. } if is(expr) => found = true,
        _ => {}
    });
    found
}
