//! Calls: of functions, and of what the language knows by itself.

use super::super::lang::ast::{Expr, ExprKind, Name, Span};
use super::super::lang::program::{Crash, Kind};
use super::super::lang::resolve::WORKS;
use super::machine::{Machine, Run, Stop};
use super::memory::refused;
use super::state::{Call, Local, Node, Task, Ty, Value};

impl<'a> Machine<'_, 'a> {
    /// Begins a call.
    pub(super) fn begin_call(&mut self, expr: &'a Expr, name: &'a Name, args: &'a [Expr]) -> Run<()> {
        if self.world.unit.functions.contains_key(&name.text) {
            self.push(Task::Enter(Node(expr)));
            self.context.todo.extend(args.iter().rev().map(|arg| Task::Eval(Node(arg))));
            return Ok(());
        }
        match args {
            [] => self.bare(name),
            [arg] => self.unary_call(name, arg, expr.span),
            [claim, cond] if name.text == "check" || name.text == "witness" => {
                let claim = self.world.declared_claim(claim)?;
                self.context.atomic += 1;
                self.then([Task::Check { claim, check: name.text == "check" }, Task::Eval(Node(cond))])
            }
            [place, value] if name.text == "WRITE_ONCE" => {
                self.then([Task::Store(expr.span), Task::Eval(Node(value)), Task::Locate(Node(place))])
            }
            _ => Err(unknown(name)),
        }
    }

    /// What takes no argument.
    fn bare(&mut self, name: &Name) -> Run<()> {
        let mut value = Value::Void;
        match name.text.as_str() {
            "BUG" => return Err(Crash::Bug.into()),
            "might_sleep" => self.might_sleep(),
            "in_interrupt" => value = Value::Number(i32::from(self.kind == Kind::Softirq)),
            "park" => {
                self.context.stop(true);
                return Ok(());
            }
            "smp_mb"
            | "smp_rmb"
            | "smp_wmb"
            | "smp_mb__after_atomic"
            | "smp_mb__before_atomic"
            | "barrier"
            | "rcu_read_lock"
            | "rcu_read_unlock"
            // Fairness is no part of this semantics.
            | "unfair" => {}
            "nondet_fair" => {
                let choice = self.choose(2)?;
                value = Value::Number(choice as i32);
            }
            _ => self.nest(name)?,
        }
        self.give(value);
        Ok(())
    }

    /// What takes one argument.
    fn unary_call(&mut self, name: &Name, arg: &'a Expr, span: Span) -> Run<()> {
        let node = Node(arg);
        match name.text.as_str() {
            "await" | "await_fair" => self.then([Task::Await { cond: node, span }]),
            "wait_event" => {
                self.might_sleep();
                self.then([Task::Await { cond: node, span }])
            }
            "BUG_ON" => self.then([Task::BugOn, Task::Eval(node)]),
            "WARN_ON" | "WARN_ON_ONCE" | "READ_ONCE" | "likely" | "unlikely" => self.eval(arg),
            // The flags are nothing: the counters nest.
            "local_irq_save" | "local_irq_restore" => {
                self.nest(name)?;
                self.give(Value::Void);
                Ok(())
            }
            "lock_acquire" | "lock_acquired" | "lock_release" => match arg.kind {
                ExprKind::Str(_) => {
                    self.give(Value::Void);
                    Ok(())
                }
                _ => self.eval(arg),
            },
            "nondet" => self.then([Task::Nondet, Task::Eval(node)]),
            "idx" => self.then([Task::Idx, Task::Eval(node)]),
            "pool_put" => self.then([Task::PoolPut(span), Task::Eval(node)]),
            "pool_get" => match self.pool_array(arg) {
                Some(pool) => self.then([Task::PoolGet { pool, span }]),
                None => Err(refused(arg.span, "pool_get() takes the name of a pool").into()),
            },
            _ => Err(unknown(name)),
        }
    }

    /// The nesting counters.
    fn nest(&mut self, name: &Name) -> Run<()> {
        let context = &mut self.context;
        let (counter, up) = match name.text.as_str() {
            "preempt_disable" => (&mut context.preempt, true),
            "preempt_enable" => (&mut context.preempt, false),
            "local_bh_disable" => (&mut context.bottom_half, true),
            "local_bh_enable" => (&mut context.bottom_half, false),
            "local_irq_disable" | "local_irq_save" => (&mut context.irq, true),
            "local_irq_enable" | "local_irq_restore" => (&mut context.irq, false),
            _ => return Err(unknown(name)),
        };
        *counter = match up {
            true => *counter + 1,
            false => counter.checked_sub(1).ok_or_else(|| refused(name.span, "enabled without being disabled"))?,
        };
        Ok(())
    }

    /// The second half of a call.
    pub(super) fn perform_call(&mut self, task: Task<'a>) -> Run<()> {
        match task {
            Task::Enter(expr) => self.enter_function(expr.0),
            Task::Await { cond, .. } => {
                self.context.atomic += 1;
                self.then([Task::AwaitTest, Task::Eval(cond)])
            }
            Task::AwaitTest => {
                self.context.atomic -= 1;
                match self.take_truth()? {
                    true => self.done(Value::Void),
                    false => Err(Stop::Blocked),
                }
            }
            Task::Check { claim, check } => {
                self.context.atomic -= 1;
                match (self.take_truth()?, check) {
                    (false, true) => self.violated.push(claim),
                    (true, false) => self.witnessed.push(claim),
                    _ => {}
                }
                self.done(Value::Void)
            }
            Task::BugOn => match self.take_truth()? {
                true => Err(Crash::Bug.into()),
                false => self.done(Value::Void),
            },
            Task::Nondet => {
                let count = self.take_number()?.max(0) as u32;
                let choice = self.choose(count)?;
                self.done(Value::Number(choice as i32))
            }
            Task::Idx => {
                let number = self.take_number()?;
                self.done(Value::Number(number - 1))
            }
            Task::PoolGet { pool, .. } => {
                let number = self.memory.get(pool);
                self.done(Value::Object { pool, number })
            }
            Task::PoolPut(span) => match self.take()? {
                Value::Object { pool, number } => {
                    self.memory.put(pool, number)?;
                    self.done(Value::Void)
                }
                _ => Err(refused(span, "pool_put() takes an object").into()),
            },
            _ => Ok(()),
        }
    }

    fn done(&mut self, value: Value) -> Run<()> {
        self.give(value);
        Ok(())
    }

    fn enter_function(&mut self, expr: &'a Expr) -> Run<()> {
        let ExprKind::Call { name, args } = &expr.kind else { return Ok(()) };
        let first = self.context.values.len().checked_sub(args.len());
        let first = first.ok_or_else(|| refused(name.span, "an argument without a value"))?;
        let values = self.context.values.split_off(first);
        self.enter_named(name, values)
    }

    /// Calls a function with these arguments.
    pub(super) fn enter_named(&mut self, name: &'a Name, values: Vec<Value>) -> Run<()> {
        let Some(function) = self.world.unit.functions.get(&name.text) else { return Err(unknown(name)) };
        if function.params.len() != values.len() {
            return Err(refused(name.span, "a wrong number of arguments").into());
        }
        if self.context.calls.iter().any(|call| call.function == name.text) {
            return Err(refused(name.span, "recursion").into());
        }
        let mut params = Vec::new();
        for (param, value) in function.params.iter().zip(values) {
            let ty = self.ty(&param.ty, param.name.span)?;
            let value = Some(self.coerce(value, ty)?);
            params.push(Local { name: &param.name.text, ty, value });
        }
        let ret = self.ty(&function.ret, function.name.span)?;
        self.context.calls.push(Call { function: &function.name.text, site: name.span, ret, scopes: vec![params] });
        let body = function.body.as_deref().unwrap_or_default();
        self.then([Task::EndCall, Task::Scope(Node(body))])
    }

    /// The only step of a kworker's loop: takes the work item if it is scheduled, then runs it.
    pub(super) fn take_work(&mut self, index: usize) -> Run<()> {
        let work = &self.world.unit.works[index];
        let (pool, pending) = self.work_pending(&work.function)?;
        let place = self.member(self.whole(pool, work.object as i32 + 1), &pending)?;
        if self.load(&place)? == Value::Number(0) {
            return Err(Stop::Blocked);
        }
        self.store(&place, &Value::Number(0))?;
        let takes_one = self.world.unit.functions.get(&work.function.text).is_some_and(|f| !f.params.is_empty());
        let arg = Value::Object { pool, number: work.object as i32 + 1 };
        self.push(Task::Drop);
        self.enter_named(&work.function, if takes_one { vec![arg] } else { Vec::new() })
    }

    fn work_pending(&self, function: &Name) -> Run<(usize, Name)> {
        let pool = self.world.unit.pool_named(WORKS);
        let pool = pool.ok_or_else(|| refused(function.span, "there is no struct work_struct"))?;
        Ok((pool, Name { text: "pending".into(), span: function.span }))
    }
}

fn unknown(name: &Name) -> Stop {
    Stop::Refused(refused(name.span, format!("unknown function `{}`", name.text)))
}

/// A context's own code, before anything is called.
pub(super) fn outermost<'a>() -> Call<'a> {
    Call { function: "", site: Span::default(), ret: Ty::Void, scopes: vec![Vec::new()] }
}
