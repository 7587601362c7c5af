//! What a test has to keep to so that its run means what it says.

use std::collections::BTreeSet;

use super::ast::{Call, Condition, Expr, Litmus, Statement, Thread};
use super::explore::MAX_THREADS;
use super::refusal::Refusal;
use super::rules::Effect;

/// Refuses names that stand for nothing and tests that are too large for loom.
pub fn validate(file: &str, litmus: &Litmus) -> Result<(), Refusal> {
    if litmus.threads.len() > MAX_THREADS {
        let what = format!("{} threads", litmus.threads.len());
        return Err(Refusal::new(file, 1, what, format!("loom has room for {MAX_THREADS}")));
    }
    for thread in &litmus.threads {
        Names { file, thread, assigned: BTreeSet::new() }.body(&thread.body)?;
    }
    exists_clause(file, litmus)
}

/// The state asked about must be one that every run decides: a misspelt name would make any test say Never.
fn exists_clause(file: &str, litmus: &Litmus) -> Result<(), Refusal> {
    let mut unknown = None;
    litmus.exists.leaves(&mut |leaf| {
        let (known, name) = match leaf {
            Condition::Register(index, register, _) => (
                litmus.threads.get(*index).is_some_and(|thread| always_assigns(&thread.body, register)),
                format!("{index}:{register}"),
            ),
            Condition::Location(name, _) => (is_word(litmus, name), name.clone()),
            _ => return,
        };
        if !known {
            unknown.get_or_insert(name);
        }
    });
    match unknown {
        Some(name) => Err(Refusal::new(
            file,
            1,
            format!("the exists clause asks for {name}"),
            "name a location, or a register that its thread sets on every path",
        )),
        None => Ok(()),
    }
}

fn is_word(litmus: &Litmus, name: &str) -> bool {
    litmus.threads.iter().flat_map(|thread| &thread.parameters).any(|word| word.name == name && !word.is_lock)
}

fn always_assigns(body: &[Statement], register: &str) -> bool {
    body.iter().any(|statement| match statement {
        Statement::Assign(name, _) => name == register,
        Statement::Call(_) => false,
        Statement::If(_, then, otherwise) => always_assigns(then, register) && always_assigns(otherwise, register),
    })
}

/// Checks the names in one thread: registers are set before they are read, places are its parameters.
struct Names<'a> {
    file: &'a str,
    thread: &'a Thread,
    assigned: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn body(&mut self, body: &'a [Statement]) -> Result<(), Refusal> {
        for statement in body {
            match statement {
                Statement::Assign(register, value) => {
                    self.expression(value)?;
                    self.assigned.insert(register);
                }
                Statement::Call(call) => self.call(call)?,
                Statement::If(condition, then, otherwise) => {
                    self.expression(condition)?;
                    self.arms(then, otherwise)?;
                }
            }
        }
        Ok(())
    }

    fn arms(&mut self, then: &'a [Statement], otherwise: &'a [Statement]) -> Result<(), Refusal> {
        let before = self.assigned.clone();
        self.body(then)?;
        let after_then = std::mem::replace(&mut self.assigned, before);
        self.body(otherwise)?;
        self.assigned.retain(|register| after_then.contains(register));
        Ok(())
    }

    fn expression(&self, expression: &Expr) -> Result<(), Refusal> {
        match expression {
            Expr::Number(_) => Ok(()),
            Expr::Register(name) if self.assigned.contains(name.as_str()) => Ok(()),
            Expr::Register(name) => {
                Err(Refusal::new(self.file, 1, format!("{name} is read"), "set it on every path before"))
            }
            Expr::Call(call) => self.call(call),
            Expr::Minus(inner) => self.expression(inner),
            Expr::Binary(_, left, right) => {
                self.expression(left)?;
                self.expression(right)
            }
        }
    }

    fn call(&self, call: &Call) -> Result<(), Refusal> {
        for operand in &call.operands {
            self.expression(operand)?;
        }
        let Some(place) = &call.place else { return Ok(()) };
        let wants_lock = matches!(call.rule.effect, Effect::Lock | Effect::Unlock);
        let fits = |kind: bool| self.thread.parameters.iter().any(|word| word.name == *place && word.is_lock == kind);
        match fits(wants_lock) {
            true => Ok(()),
            false => Err(Refusal::new(
                self.file,
                call.line,
                format!("{}() of {place}", call.rule.name),
                "name a parameter of this thread of the right type",
            )),
        }
    }
}
