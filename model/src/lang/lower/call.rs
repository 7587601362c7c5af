//! Calls: functions are inlined, intrinsics become ops.

use std::collections::HashMap;

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::habits;
use super::super::program::*;
use super::super::resolve::{Type, WORKS, nearest};
use super::emit::{FrameState, Lowerer, Value};

/// The names that the compiler knows, for "did you mean".
pub(crate) const INTRINSICS: &[&str] = &[
    "await",
    "await_fair",
    "wait_event",
    "check",
    "witness",
    "BUG_ON",
    "BUG",
    "WARN_ON",
    "WARN_ON_ONCE",
    "might_sleep",
    "preempt_disable",
    "preempt_enable",
    "local_bh_disable",
    "local_bh_enable",
    "local_irq_disable",
    "local_irq_enable",
    "local_irq_save",
    "local_irq_restore",
    "lock_acquire",
    "lock_acquired",
    "lock_release",
    "nondet",
    "nondet_fair",
    "unfair",
    "park",
    "idx",
    "in_interrupt",
    "pool_get",
    "pool_put",
    "schedule_work",
    "READ_ONCE",
    "WRITE_ONCE",
    "likely",
    "unlikely",
    "smp_mb",
    "smp_rmb",
    "smp_wmb",
    "smp_mb__after_atomic",
    "smp_mb__before_atomic",
    "barrier",
    "rcu_read_lock",
    "rcu_read_unlock",
];

const VOID: Result<Value, Diagnostic> = Ok(Value::Void);

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

    fn arity(&self, name: &Name, args: &[Expr], wanted: usize) -> Result<(), Diagnostic> {
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

    fn intrinsic(&mut self, name: &Name, args: &[Expr], span: Span) -> Option<Result<Value, Diagnostic>> {
        let text = name.text.as_str();
        let wanted = match text {
            "BUG"
            | "might_sleep"
            | "preempt_disable"
            | "preempt_enable"
            | "local_bh_disable"
            | "local_bh_enable"
            | "local_irq_disable"
            | "local_irq_enable"
            | "park"
            | "nondet_fair"
            | "unfair"
            | "in_interrupt"
            | "smp_mb"
            | "smp_rmb"
            | "smp_wmb"
            | "smp_mb__after_atomic"
            | "smp_mb__before_atomic"
            | "barrier"
            | "rcu_read_lock"
            | "rcu_read_unlock" => 0,
            "await" | "await_fair" | "wait_event" | "BUG_ON" | "WARN_ON" | "WARN_ON_ONCE" | "local_irq_save"
            | "local_irq_restore" | "lock_acquire" | "lock_acquired" | "lock_release" | "nondet" | "idx"
            | "pool_get" | "pool_put" | "schedule_work" | "READ_ONCE" | "likely" | "unlikely" => 1,
            "check" | "witness" | "WRITE_ONCE" => 2,
            _ => return None,
        };
        if text == "schedule_work" && self.unit.functions.contains_key(text) {
            return None;
        }
        Some(self.arity(name, args, wanted).and_then(|()| self.known(text, args, span)))
    }

    fn known(&mut self, text: &str, args: &[Expr], span: Span) -> Result<Value, Diagnostic> {
        self.span = span;
        match text {
            "await" => self.await_(&args[0], None, span),
            "await_fair" => self.await_(&args[0], Some(Expectation::Served), span),
            "wait_event" => {
                self.emit(Op::MightSleep);
                self.await_(&args[0], None, span)
            }
            "check" | "witness" => self.check(text == "check", args),
            "BUG_ON" => self.bug_on(&args[0], span),
            "BUG" => {
                self.emit(Op::Crash(Crash::Bug));
                VOID
            }
            "WARN_ON" | "WARN_ON_ONCE" | "READ_ONCE" | "likely" | "unlikely" => self.value(&args[0]),
            "WRITE_ONCE" => {
                let target = self.target(&args[0])?;
                let value = self.value(&args[1])?;
                self.store(&target, value, span)
            }
            "might_sleep" => {
                self.emit(Op::MightSleep);
                VOID
            }
            "lock_acquire" | "lock_acquired" | "lock_release" => self.lock(text, &args[0]),
            "nondet" => {
                self.refuse_choice(span)?;
                let n = self.scalar(&args[0])?;
                let high = match n {
                    Operand::Imm(n) => (n - 1).max(0),
                    Operand::Reg(_) => 127,
                };
                let dst = self.reg("", Range { low: 0, high }, None);
                self.span = span;
                self.emit(Op::Nondet { dst, n });
                Ok(Value::Scalar(Operand::Reg(dst), Type::Range(0, i32::from(high))))
            }
            "nondet_fair" => {
                self.refuse_choice(span)?;
                let dst = self.reg("", Range::BOOL, None);
                self.emit(Op::Expect(Expectation::Chosen));
                self.emit(Op::Nondet { dst, n: Operand::Imm(2) });
                Ok(Value::Scalar(Operand::Reg(dst), Type::Bool))
            }
            "unfair" => {
                self.emit(Op::Expect(Expectation::Nothing));
                VOID
            }
            "park" => {
                self.refuse_choice(span)?;
                self.emit(Op::Park);
                VOID
            }
            "idx" => self.index_of(&args[0]),
            "in_interrupt" => {
                let softirq = i16::from(self.around.kind == Kind::Softirq);
                Ok(Value::Scalar(Operand::Imm(softirq), Type::Bool))
            }
            "pool_get" => self.pool_get(&args[0], span),
            "pool_put" => self.pool_put(&args[0], span),
            "schedule_work" => Err(self.error(span, "schedule_work is not declared here").help("include <kernel.h>")),
            _ => {
                if let Some((what, up)) = nesting(text) {
                    self.emit(Op::Nesting { what, up });
                }
                VOID
            }
        }
    }

    /// `judging` code must be a function of the state.
    fn refuse_choice(&self, span: Span) -> Result<(), Diagnostic> {
        match self.around.judging || self.specifying > 0 {
            true => Err(self
                .error(span, "a claim, a check or an init that waits or chooses")
                .help("claims are judged at once: call only functions that neither write, nor wait, nor choose")),
            false => Ok(()),
        }
    }

    fn await_(&mut self, cond: &Expr, expected: Option<Expectation>, span: Span) -> Result<Value, Diagnostic> {
        self.refuse_choice(span)?;
        let head = self.code.ops.len();
        self.step();
        self.atomic += 1;
        let cond = self.scalar(cond);
        self.atomic -= 1;
        self.span = span;
        let cond = cond?;
        expected.into_iter().for_each(|expected| self.emit(Op::Expect(expected)));
        self.emit(Op::Await { cond });
        self.one_object(head, span)?;
        VOID
    }

    /// Specification code: evaluated at once, with the step before it; it may read everything.
    fn check(&mut self, is_check: bool, args: &[Expr]) -> Result<Value, Diagnostic> {
        let claim = self.claim(&args[0])?;
        let head = self.code.ops.len();
        self.atomic += 1;
        self.specifying += 1;
        let cond = self.scalar(&args[1]);
        self.specifying -= 1;
        self.atomic -= 1;
        let cond = cond?;
        self.code.origins[head..].iter_mut().for_each(|origin| origin.specified = true);
        self.span = args[1].span;
        if is_check {
            self.claims[usize::from(claim)].present = true;
            self.emit(Op::Check { claim, cond });
        } else {
            self.emit(Op::Witness { claim, cond });
        }
        VOID
    }

    fn bug_on(&mut self, cond: &Expr, span: Span) -> Result<Value, Diagnostic> {
        let (bad, fine) = (self.label(), self.label());
        self.condition(cond, bad, fine)?;
        self.bind(bad);
        self.span = span;
        self.emit(Op::Crash(Crash::Bug));
        self.bind(fine);
        VOID
    }

    fn lock(&mut self, text: &str, arg: &Expr) -> Result<Value, Diagnostic> {
        let name = match &arg.kind {
            ExprKind::Str(name) => name.clone(),
            _ => match self.value(arg)? {
                Value::Place(location) => location.class,
                _ => {
                    return Err(self
                        .error(arg.span, "a lock class is a string or the address of the lock")
                        .help("write lock_acquire(\"name\") or lock_acquire(&object->lock)"));
                }
            },
        };
        let class = self.lock_class(&name);
        self.emit(match text {
            "lock_acquire" => Op::Acquire { class, blocking: true },
            "lock_acquired" => Op::Acquire { class, blocking: false },
            _ => Op::Release { class },
        });
        VOID
    }

    fn index_of(&mut self, arg: &Expr) -> Result<Value, Diagnostic> {
        let (object, ty) = self.typed_scalar(arg)?;
        let Type::Object(pool) = ty else {
            return Err(self.error(arg.span, "idx() takes an object pointer").help("write idx(page)"));
        };
        if let Operand::Imm(value) = object {
            return Ok(Value::Scalar(Operand::Imm(value - 1), Type::Int));
        }
        let high = self.unit.pools[pool].len as i16 - 1;
        let dst = self.reg("", Range { low: -1, high }, None);
        self.emit(Op::Binary { dst, op: BinaryOp::Sub, a: object, b: Operand::Imm(1) });
        Ok(Value::Scalar(Operand::Reg(dst), Type::Int))
    }

    fn pool_get(&mut self, arg: &Expr, span: Span) -> Result<Value, Diagnostic> {
        let Some(pool) = self.pool_array(arg) else {
            return Err(self
                .error(arg.span, "pool_get() takes the name of a global pool")
                .help("struct x xs[4]; ... pool_get(xs)"));
        };
        if self.atomic > 0 {
            return Err(self.error(span, "pool_get() inside `__atomic`").help("it is a step of its own"));
        }
        self.step();
        let dst = self.reg_of("", &Type::Object(pool));
        self.emit(Op::PoolGet { dst, pool: pool as u16 });
        Ok(Value::Scalar(Operand::Reg(dst), Type::Object(pool)))
    }

    fn pool_put(&mut self, arg: &Expr, span: Span) -> Result<Value, Diagnostic> {
        let (object, ty) = self.typed_scalar(arg)?;
        let Type::Object(pool) = ty else {
            return Err(self
                .error(arg.span, "pool_put() takes an object pointer")
                .help("give it what pool_get() returned"));
        };
        if self.atomic > 0 {
            return Err(self.error(span, "pool_put() inside `__atomic`").help("it is a step of its own"));
        }
        // The step is the call; its argument was evaluated before.
        self.span = span;
        self.step();
        self.emit(Op::PoolPut { pool: pool as u16, object });
        VOID
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

fn nesting(text: &str) -> Option<(Nest, bool)> {
    Some(match text {
        "preempt_disable" => (Nest::Preempt, true),
        "preempt_enable" => (Nest::Preempt, false),
        "local_bh_disable" => (Nest::BottomHalf, true),
        "local_bh_enable" => (Nest::BottomHalf, false),
        "local_irq_disable" | "local_irq_save" => (Nest::Irq, true),
        "local_irq_enable" | "local_irq_restore" => (Nest::Irq, false),
        _ => return None,
    })
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
