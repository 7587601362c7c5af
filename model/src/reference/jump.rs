//! `goto`: leaves scopes up to the one that holds the label, and enters those around it.

use super::super::lang::ast::{Stmt, StmtKind};
use super::machine::{Machine, Run};
use super::memory::refused;
use super::state::{Local, Node, Task};

impl<'a> Machine<'_, 'a> {
    pub(super) fn goto(&mut self, label: &str, at: &Stmt) -> Run<()> {
        while let Some(task) = self.context.todo.pop() {
            match task {
                Task::Block { body, .. } if body.0.iter().any(|stmt| holds(stmt, label)) => {
                    // Its scope stays open.
                    return self.enter(body.0, label);
                }
                Task::EndCall => break,
                task => self.leave(&task)?,
            }
        }
        Err(refused(at.span, format!("no label `{label}`")).into())
    }

    /// Goes on at the label inside the statements of the innermost scope.
    fn enter(&mut self, body: &'a [Stmt], label: &str) -> Run<()> {
        let Some(index) = body.iter().position(|stmt| holds(stmt, label)) else { return Ok(()) };
        self.know(&body[..index])?;
        self.push(Task::Block { body: Node(body), next: index + 1 });
        self.descend(&body[index], label)
    }

    fn enter_scope(&mut self, body: &'a [Stmt], label: &str) -> Run<()> {
        self.open_scope()?;
        self.enter(body, label)
    }

    /// Makes the locals of the innermost scope those that these statements declare; what is new has no value.
    fn know(&mut self, before: &'a [Stmt]) -> Run<()> {
        let known: Vec<Local> = self.call()?.scopes.last_mut().map(std::mem::take).unwrap_or_default();
        for stmt in before {
            let decls = match &stmt.kind {
                StmtKind::Decls(decls) => decls.as_slice(),
                _ => std::slice::from_ref(stmt),
            };
            for decl in decls {
                let StmtKind::Local { ty, name, .. } = &decl.kind else { continue };
                let ty = self.ty(ty, name.span)?;
                let old = known.iter().find(|local| local.name == name.text);
                self.declare(&name.text, ty, old.and_then(|local| local.value.clone()))?;
            }
        }
        Ok(())
    }

    /// Enters a statement that holds the label, as if it had been reached from its start.
    fn descend(&mut self, stmt: &'a Stmt, label: &str) -> Run<()> {
        let node = Node(stmt);
        match &stmt.kind {
            StmtKind::Block(body) => self.enter_scope(body, label),
            StmtKind::If { then, other, .. } => {
                let branch = other.as_ref().filter(|other| holds(other, label)).unwrap_or(then);
                self.enter_scope(std::slice::from_ref(branch), label)
            }
            StmtKind::While { body, .. } | StmtKind::DoWhile { body, .. } => {
                self.push(Task::Loop(node));
                self.enter_scope(std::slice::from_ref(body), label)
            }
            StmtKind::For { init, body, .. } => {
                self.open_scope()?;
                if let Some(init) = init {
                    self.know(std::slice::from_ref(init))?;
                }
                self.then([Task::EndScope, Task::Loop(node)])?;
                self.enter_scope(std::slice::from_ref(body), label)
            }
            StmtKind::Switch { cases, .. } => {
                let Some(at) = cases.iter().position(|(_, body)| body.iter().any(|stmt| holds(stmt, label))) else {
                    return Ok(());
                };
                self.push(Task::EndSwitch);
                self.push_cases(&cases[at + 1..]);
                self.enter_scope(&cases[at].1, label)
            }
            StmtKind::Atomic(_) => Err(refused(stmt.span, "a `goto` into `__atomic`").into()),
            _ => Ok(()),
        }
    }
}

/// Whether the label stands in this statement.
fn holds(stmt: &Stmt, label: &str) -> bool {
    let any = |body: &[Stmt]| body.iter().any(|stmt| holds(stmt, label));
    match &stmt.kind {
        StmtKind::Label(name) => name.text == label,
        StmtKind::Block(body) | StmtKind::Decls(body) | StmtKind::Atomic(body) => any(body),
        StmtKind::If { then, other, .. } => {
            holds(then, label) || other.as_ref().is_some_and(|other| holds(other, label))
        }
        StmtKind::While { body, .. } | StmtKind::DoWhile { body, .. } | StmtKind::For { body, .. } => {
            holds(body, label)
        }
        StmtKind::Switch { cases, .. } => cases.iter().any(|(_, body)| any(body)),
        _ => false,
    }
}
