//! Intrinsics: calls of what the compiler knows become ops.

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::program::*;
use super::super::resolve::Type;
use super::emit::{Lowerer, Value};

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

/// Nothing is yielded.
pub(super) const VOID: Result<Value, Diagnostic> = Ok(Value::Void);

impl Lowerer<'_> {
    /// A call of an intrinsic; `None` if the name is not one.
    pub(super) fn intrinsic(&mut self, name: &Name, args: &[Expr], span: Span) -> Option<Result<Value, Diagnostic>> {
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
