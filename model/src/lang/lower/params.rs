//! Parameters: what an argument may be, and what it is bound to.

use std::collections::HashMap;

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::program::*;
use super::super::resolve::Type;
use super::call::assigned;
use super::emit::{Binding, Location, Lowerer, Value};

impl Lowerer<'_> {
    pub(super) fn bind_params(
        &mut self,
        function: &Function,
        args: &[Expr],
    ) -> Result<HashMap<String, Binding>, Diagnostic> {
        let mut scope = HashMap::new();
        for (param, arg) in function.params.iter().zip(args) {
            let ty = self.unit.type_of(&param.ty, param.name.span)?;
            let value = self.value(arg)?;
            self.span = arg.span;
            let binding = self.bind_param(function, param, ty, value, arg.span)?;
            scope.insert(param.name.text.clone(), binding);
        }
        Ok(scope)
    }

    fn bind_param(
        &mut self,
        function: &Function,
        param: &Param,
        ty: Type,
        value: Value,
        span: Span,
    ) -> Result<Binding, Diagnostic> {
        match (&ty, value) {
            (Type::Place(inner), Value::Place(location)) => {
                if !self.same_place(inner, &location) {
                    return Err(self.other_place(function, param, &ty, &location, span));
                }
                Ok(Binding::Place(location))
            }
            (Type::Value(layout), Value::Struct(cells, other)) if *layout == other => {
                let regs = self.struct_regs(*layout, &param.name.text);
                for (dst, src) in regs.iter().zip(cells) {
                    self.emit(Op::Copy { dst: *dst, src });
                }
                Ok(Binding::Struct { regs, layout: *layout })
            }
            (Type::Void | Type::Place(_) | Type::Value(_), _) => Err(self.other_type(function, param, &ty, span)),
            (_, Value::Scalar(value, from)) => {
                self.check_pointer(&ty, &from, value, span)?;
                let value = self.coerce(value, &from, &ty);
                let body = function.body.as_deref().unwrap_or_default();
                if !assigned(body, &param.name.text) {
                    return Ok(Binding::Alias { value, ty });
                }
                let reg = self.reg_of(&param.name.text, &ty);
                self.emit(Op::Copy { dst: reg, src: value });
                Ok(Binding::Local { reg, ty })
            }
            _ => Err(self.other_type(function, param, &ty, span)),
        }
    }

    /// Whether a place is what a parameter points to. Widths do not matter: `atomic_t` is one type.
    fn same_place(&self, wanted: &Type, location: &Location) -> bool {
        let number = |ty: &Type| matches!(ty, Type::Bool | Type::Int | Type::Range(..));
        let same =
            number(wanted) && number(&location.ty) || self.unit.written(wanted) == self.unit.written(&location.ty);
        same && location.dims.is_empty()
    }

    fn other_place(
        &self,
        function: &Function,
        param: &Param,
        ty: &Type,
        location: &Location,
        span: Span,
    ) -> Diagnostic {
        let wanted = self.unit.written(ty);
        let array = if location.dims.is_empty() { "" } else { "n array of" };
        let given = format!("a{array} `{}`", self.unit.written(&location.ty));
        let message = format!("{}() takes a `{wanted}`, and this points to {given}", function.name.text);
        let member = wanted.trim_end_matches(" *");
        let help = format!(
            "give it the address of such a member{}, or of one of your own: `{member} {};`",
            example(&wanted),
            param.name.text
        );
        self.error(span, message).help(help)
    }

    fn other_type(&self, function: &Function, param: &Param, ty: &Type, span: Span) -> Diagnostic {
        let help = match ty {
            Type::Place(_) => format!(
                "give it the address of a member{}, or a parameter that is one",
                example(&self.unit.written(ty))
            ),
            Type::Value(_) => "give it a structure by value, such as a pte_t that was read".into(),
            _ => "give it a number or an object pointer, such as a member that is read: `page->mapping`".into(),
        };
        let wanted = self.unit.written(ty);
        self.error(span, format!("{}() takes a `{wanted}` as `{}`", function.name.text, param.name.text)).help(help)
    }
}

/// A member of the base that a pointer of this type may point to.
fn example(pointer: &str) -> &'static str {
    match pointer {
        "spinlock_t *" => ", `&mm->page_table_lock`",
        "struct rw_semaphore *" => ", `&mm->mmap_sem`",
        "atomic_t *" => ", `&page->_refcount`",
        "pte_t *" => ", `&mm->pte[va]`",
        _ => "",
    }
}
