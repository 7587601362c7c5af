//! Statements, and what leaves them early.

use super::super::lang::ast::{Expr, Stmt, StmtKind, TypeName};
use super::super::lang::resolve::const_eval;
use super::machine::{Machine, Run, Stop};
use super::memory::{refused, ty_of};
use super::state::{Node, Task, Ty, Value};

impl<'a> Machine<'_, 'a> {
    /// Does one thing.
    pub(super) fn perform(&mut self, task: Task<'a>) -> Run<()> {
        match task {
            Task::Block { body, next } => self.block(body.0, next),
            Task::Scope(body) => {
                self.open_scope()?;
                self.then([Task::Block { body, next: 0 }])
            }
            Task::Stmt(stmt) => self.stmt(stmt.0),
            Task::EndScope => self.close_scope(),
            Task::Loop(stmt) => self.again(stmt.0),
            Task::Test(stmt) => self.test(stmt.0),
            Task::Decide(stmt) => self.decide(stmt.0),
            Task::Branch(stmt) => self.branch(stmt.0),
            Task::Switch(stmt) => self.switch(stmt.0),
            Task::EndSwitch => Ok(()),
            Task::Atomic(stmt) => self.atomic(stmt.0),
            Task::EndAtomic => {
                self.context.atomic -= 1;
                Ok(())
            }
            Task::Declare(stmt) => self.finish_local(stmt.0),
            Task::Return => self.finish_return(),
            Task::EndCall => {
                self.context.calls.pop();
                self.give(Value::Void);
                Ok(())
            }
            Task::Forever(run) => {
                self.become_idle();
                self.then([Task::Forever(run), Task::Scope(run)])
            }
            Task::Work(work) => {
                self.become_idle();
                self.then([Task::Work(work), Task::TakeWork(work)])
            }
            Task::TakeWork(work) => self.take_work(work),
            task => self.perform_expr(task),
        }
    }

    fn perform_expr(&mut self, task: Task<'a>) -> Run<()> {
        match task {
            Task::Eval(expr) => self.eval(expr.0),
            Task::Locate(expr) => self.locate(expr.0),
            Task::Drop => self.take().map(|_| ()),
            Task::Load { keep, .. } => self.finish_load(keep),
            Task::Store(_) => self.finish_store(),
            Task::Member(name) => self.finish_member(name.0),
            Task::Element(span) => self.finish_element(span),
            Task::ObjectAt { pool } => self.finish_object_at(pool),
            Task::AddressOf => self.finish_address(),
            Task::Unary(op) => self.finish_unary(op),
            Task::Binary(op) => self.finish_binary(op),
            Task::Logic { op, right } => self.finish_logic(op, right),
            Task::Truth => {
                let truth = self.take_truth()?;
                self.give(Value::Number(i32::from(truth)));
                Ok(())
            }
            Task::Choose(expr) => self.finish_conditional(expr.0),
            Task::IncDec(expr) => self.finish_inc_dec(expr.0),
            task => self.perform_call(task),
        }
    }

    /// The context is at the head of its loop: it may be idle for ever, and forgets its mm.
    fn become_idle(&mut self) {
        self.context.idle = true;
        self.context.mm = None;
    }

    fn block(&mut self, body: &'a [Stmt], next: usize) -> Run<()> {
        match body.get(next) {
            Some(stmt) => {
                self.push(Task::Block { body: Node(body), next: next + 1 });
                self.stmt(stmt)
            }
            None => self.close_scope(),
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Run<()> {
        let node = Node(stmt);
        match &stmt.kind {
            StmtKind::Empty | StmtKind::Label(_) => Ok(()),
            StmtKind::Expr(expr) => self.then([Task::Drop, Task::Eval(Node(expr))]),
            StmtKind::Local { ty, name, init: None } => {
                let ty = self.ty(ty, name.span)?;
                self.declare(&name.text, ty, None)
            }
            StmtKind::Local { init: Some(init), .. } => self.then([Task::Declare(node), Task::Eval(Node(init))]),
            StmtKind::Block(body) => self.then([Task::Scope(Node(body))]),
            StmtKind::Decls(decls) => {
                self.context.todo.extend(decls.iter().rev().map(|decl| Task::Stmt(Node(decl))));
                Ok(())
            }
            StmtKind::Atomic(_) => match self.context.atomic == 0 && self.is_step(stmt)? {
                // The machine stops before it.
                true => self.then([Task::Atomic(node)]),
                false => self.atomic(stmt),
            },
            StmtKind::If { cond, .. } => self.then([Task::Branch(node), Task::Eval(Node(cond))]),
            StmtKind::While { .. } => self.then([Task::Loop(node)]),
            StmtKind::DoWhile { body, .. } => self.then([Task::Loop(node), scope(body)]),
            StmtKind::For { init, .. } => {
                self.open_scope()?;
                self.then([Task::EndScope, Task::Loop(node), Task::Test(node)])?;
                self.context.todo.extend(init.iter().map(|init| Task::Stmt(Node(init))));
                Ok(())
            }
            StmtKind::Switch { value, .. } => self.then([Task::Switch(node), Task::Eval(Node(value))]),
            StmtKind::Break => self.unwind_to(|task| matches!(task, Task::Loop(_) | Task::EndSwitch), true),
            StmtKind::Continue => self.unwind_to(|task| matches!(task, Task::Loop(_)), false),
            StmtKind::Return(Some(value)) => self.then([Task::Return, Task::Eval(Node(value))]),
            StmtKind::Return(None) => {
                self.give(Value::Void);
                self.finish_return()
            }
            StmtKind::Goto(name) => self.goto(&name.text, stmt),
        }
    }

    pub(super) fn ty(&self, ty: &TypeName, span: super::super::lang::ast::Span) -> Run<Ty> {
        Ok(ty_of(&self.world.unit.type_of(ty, span)?))
    }

    fn finish_local(&mut self, stmt: &'a Stmt) -> Run<()> {
        let StmtKind::Local { ty, name, .. } = &stmt.kind else { return Ok(()) };
        let ty = self.ty(ty, name.span)?;
        let value = self.take()?;
        let value = self.coerce(value, ty)?;
        self.declare(&name.text, ty, Some(value))
    }

    fn atomic(&mut self, stmt: &'a Stmt) -> Run<()> {
        let StmtKind::Atomic(body) = &stmt.kind else { return Ok(()) };
        self.context.atomic += 1;
        self.then([Task::EndAtomic, Task::Scope(Node(body))])
    }

    fn branch(&mut self, stmt: &'a Stmt) -> Run<()> {
        let StmtKind::If { then, other, .. } = &stmt.kind else { return Ok(()) };
        let taken = match self.take_truth()? {
            true => Some(then),
            false => other.as_ref(),
        };
        self.context.todo.extend(taken.map(|stmt| scope(stmt)));
        Ok(())
    }

    /// `continue`, or the end of a loop's body.
    fn again(&mut self, stmt: &'a Stmt) -> Run<()> {
        let node = Node(stmt);
        self.then([Task::Loop(node), Task::Test(node)])?;
        if let StmtKind::For { step: Some(step), .. } = &stmt.kind {
            self.then([Task::Drop, Task::Eval(Node(step))])?;
        }
        Ok(())
    }

    fn test(&mut self, stmt: &'a Stmt) -> Run<()> {
        match &stmt.kind {
            StmtKind::While { cond, .. } | StmtKind::DoWhile { cond, .. } | StmtKind::For { cond: Some(cond), .. } => {
                self.then([Task::Decide(Node(stmt)), Task::Eval(Node(cond))])
            }
            StmtKind::For { body, .. } => self.then([scope(body)]),
            _ => Ok(()),
        }
    }

    fn decide(&mut self, stmt: &'a Stmt) -> Run<()> {
        let (StmtKind::While { body, .. } | StmtKind::DoWhile { body, .. } | StmtKind::For { body, .. }) = &stmt.kind
        else {
            return Ok(());
        };
        match self.take_truth()? {
            true => self.then([scope(body)]),
            false => self.unwind_to(|task| matches!(task, Task::Loop(_)), true),
        }
    }

    fn switch(&mut self, stmt: &'a Stmt) -> Run<()> {
        let StmtKind::Switch { cases, .. } = &stmt.kind else { return Ok(()) };
        let value = self.take_number()?;
        let mut chosen = None;
        for (index, (labels, _)) in cases.iter().enumerate() {
            for label in labels.iter().flatten() {
                let label = const_eval(label, &self.world.unit.constants)?;
                if chosen.is_none() && label == i64::from(value) {
                    chosen = Some(index);
                }
            }
        }
        let default = || cases.iter().position(|(labels, _)| labels.iter().any(Option::is_none));
        self.push(Task::EndSwitch);
        if let Some(first) = chosen.or_else(default) {
            self.push_cases(&cases[first..]);
        }
        Ok(())
    }

    /// The bodies of these cases, one falling through to the next.
    pub(super) fn push_cases(&mut self, cases: &'a [(Vec<Option<Expr>>, Vec<Stmt>)]) {
        self.context.todo.extend(cases.iter().rev().map(|(_, body)| Task::Scope(Node(body))));
    }

    fn finish_conditional(&mut self, expr: &'a Expr) -> Run<()> {
        let super::super::lang::ast::ExprKind::Conditional { then, other, .. } = &expr.kind else { return Ok(()) };
        let taken = if self.take_truth()? { then } else { other };
        self.then([Task::Eval(Node(taken))])
    }

    /// Leaves a function, or the context's own code.
    fn finish_return(&mut self) -> Run<()> {
        let value = self.take()?;
        while let Some(task) = self.context.todo.pop() {
            if task == Task::EndCall {
                let ret = self.call()?.ret;
                self.context.calls.pop();
                let value = match ret {
                    Ty::Void => Value::Void,
                    ret => self.coerce(value, ret)?,
                };
                self.give(value);
                return Ok(());
            }
            self.leave(&task)?;
        }
        Ok(())
    }

    /// Drops what is left to do down to the task that `wanted` names; `inclusive`: and that too.
    fn unwind_to(&mut self, wanted: fn(&Task) -> bool, inclusive: bool) -> Run<()> {
        while let Some(task) = self.context.todo.last() {
            let found = wanted(task);
            if found && !inclusive {
                return Ok(());
            }
            if *task == Task::EndCall {
                break;
            }
            if let Some(task) = self.context.todo.pop() {
                self.leave(&task)?;
            }
            if found {
                return Ok(());
            }
        }
        Err(Stop::Refused(refused(self.here(), "`break` or `continue` outside a loop")))
    }

    /// Undoes what a task that will not be done would have undone.
    pub(super) fn leave(&mut self, task: &Task<'a>) -> Run<()> {
        match task {
            Task::Block { .. } | Task::EndScope => self.close_scope(),
            Task::EndAtomic => {
                self.context.atomic -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A statement as a scope of its own.
pub(super) fn scope(stmt: &Stmt) -> Task<'_> {
    Task::Scope(Node(std::slice::from_ref(stmt)))
}
