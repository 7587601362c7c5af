//! Loops: those that count over few objects are unrolled.

use std::collections::HashMap;

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::program::*;
use super::super::resolve::const_eval;
use super::emit::{Binding, Label, Lowerer};

/// Loops of more rounds stay loops.
const MAX_UNROLLED: i64 = 8;

/// A loop that counts from `first` up to, but not including, `end`.
struct Counted {
    name: String,
    first: i64,
    end: i64,
}

/// The counter that a for loop's init sets, and to what.
fn counter(init: &Stmt) -> Option<(String, &Expr)> {
    match &init.kind {
        StmtKind::Local { name, init: Some(value), .. } => Some((name.text.clone(), value)),
        StmtKind::Decls(decls) if decls.len() == 1 => counter(&decls[0]),
        StmtKind::Expr(Expr { kind: ExprKind::Assign { op: None, left, right }, .. }) => match &left.kind {
            ExprKind::Ident(name) => Some((name.clone(), right)),
            _ => None,
        },
        _ => None,
    }
}

impl Lowerer<'_> {
    fn loop_body(&mut self, body: &Stmt, out: Label, again: Label) -> Result<(), Diagnostic> {
        self.breaks.push((out, Some(again)));
        let result = self.block(std::slice::from_ref(body));
        self.breaks.pop();
        result
    }

    pub(super) fn while_loop(&mut self, cond: &Expr, body: &Stmt) -> Result<(), Diagnostic> {
        let (head, inside, out) = (self.label(), self.label(), self.label());
        self.bind(head);
        self.condition(cond, inside, out)?;
        self.bind(inside);
        self.loop_body(body, out, head)?;
        self.jump(head);
        self.bind(out);
        Ok(())
    }

    pub(super) fn do_while(&mut self, body: &Stmt, cond: &Expr) -> Result<(), Diagnostic> {
        let (head, test, out) = (self.label(), self.label(), self.label());
        self.bind(head);
        self.loop_body(body, out, test)?;
        self.bind(test);
        self.condition(cond, head, out)?;
        self.bind(out);
        Ok(())
    }

    pub(super) fn for_loop(
        &mut self,
        init: Option<&Stmt>,
        cond: Option<&Expr>,
        step: Option<&Expr>,
        body: &Stmt,
    ) -> Result<(), Diagnostic> {
        if let Some(init) = init {
            self.stmt(init)?;
        }
        if let Some(count) = self.counted(init, cond, step, body) {
            return self.unrolled(&count, body);
        }
        let (head, inside, next, out) = (self.label(), self.label(), self.label(), self.label());
        self.bind(head);
        match cond {
            Some(cond) => self.condition(cond, inside, out)?,
            None => self.jump(inside),
        }
        self.bind(inside);
        self.loop_body(body, out, next)?;
        self.bind(next);
        if let Some(step) = step {
            self.value(step)?;
        }
        self.jump(head);
        self.bind(out);
        Ok(())
    }

    /// A counted loop over few objects: `for (i = 0; i < NR_PAGES; i++)`, with a body that leaves `i` alone.
    fn counted(&self, init: Option<&Stmt>, cond: Option<&Expr>, step: Option<&Expr>, body: &Stmt) -> Option<Counted> {
        let (name, first) = counter(init?)?;
        let first = const_eval(first, &self.unit.constants).ok()?;
        let ExprKind::Binary { op, left, right } = &cond?.kind else { return None };
        let is_counter = |e: &Expr| matches!(&e.kind, ExprKind::Ident(n) if *n == name);
        let last = const_eval(right, &self.unit.constants).ok()?;
        let end = match op {
            BinaryOp::Lt => last,
            BinaryOp::Le => last + 1,
            _ => return None,
        };
        let ExprKind::IncDec { expr, increment: true, .. } = &step?.kind else { return None };
        let plain = is_counter(left) && is_counter(expr) && end - first <= MAX_UNROLLED;
        let body = std::slice::from_ref(body);
        let untouched = !super::call::assigned(body, &name) && !super::super::walk::has_label(body);
        (plain && untouched).then_some(Counted { name, first, end })
    }

    /// The body once per round, the counter a constant in it: fewer locals in the state, and objects known by name.
    fn unrolled(&mut self, count: &Counted, body: &Stmt) -> Result<(), Diagnostic> {
        let Some(Binding::Local { reg, ty }) = self.lookup(&count.name).cloned() else { return Ok(()) };
        let out = self.label();
        for round in count.first..count.end {
            let next = self.label();
            let value = Operand::Imm(round as i16);
            self.emit(Op::Copy { dst: reg, src: value });
            let hidden = Binding::Alias { value, ty: ty.clone() };
            self.scopes.push(HashMap::from([(count.name.clone(), hidden)]));
            let result = self.loop_body(body, out, next);
            self.scopes.pop();
            result?;
            self.bind(next);
        }
        self.emit(Op::Copy { dst: reg, src: Operand::Imm(count.end.max(count.first) as i16) });
        self.bind(out);
        Ok(())
    }
}
