//! The code under construction: ops, labels, registers, scopes and the inline call stack.

use std::collections::HashMap;

use super::super::ast::{Expr, Span};
use super::super::diag::Diagnostic;
use super::super::program::*;
use super::super::resolve::{Type, Unit};
use super::{liveness, nesting};

/// Steps that one context may have after inlining.
pub const MAX_STEPS: usize = 4096;

/// More operations, registers or calls than that are no protocol: calls that double at each level, say. The largest
/// context of a built-in proposal has a tenth of them, and memory for the analyses grows with their product.
pub(super) const MAX_OPS: usize = 60_000;
const MAX_REGS: usize = 30_000;
const MAX_FRAMES: usize = 20_000;

/// Deeper calls than that would overflow the stack of whoever inlines them.
const MAX_NESTED_CALLS: usize = 100;

/// A forward reference to an op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Label(pub(super) u32);

/// What an identifier stands for.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// A local that may be assigned.
    Local { reg: Reg, ty: Type },
    /// A parameter that is never assigned: its argument.
    Alias { value: Operand, ty: Type },
    /// A pointer to something that is no object.
    Place(Location),
    /// A structure by value, one register per cell.
    Struct { regs: Vec<Reg>, layout: usize },
}

/// A member of an object, with its type.
#[derive(Clone, Debug)]
pub(super) struct Location {
    pub place: Place,
    pub ty: Type,
    /// Array bounds that are not indexed yet.
    pub dims: Vec<usize>,
    pub ghost: bool,
    pub constant: bool,
    /// `struct.member`, the class of a lock that lives here.
    pub class: String,
}

/// A value being computed.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing.
    Void,
    /// A scalar.
    Scalar(Operand, Type),
    /// The address of a member.
    Place(Location),
    /// A structure by value.
    Struct(Vec<Operand>, usize),
}

/// What the context is, as far as its code depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// Kind of the context.
    pub kind: Kind,
    /// Its `current->mm`.
    pub mm: CurrentMm,
    /// Claim functions and `init`: no steps, and (for claims) no effects.
    pub judging: bool,
}

/// A function being inlined.
pub(super) struct FrameState {
    pub id: u32,
    pub function: String,
    pub ret: Type,
    pub result: Vec<Reg>,
    /// What the only, final return of the function yields, if that is all it does.
    pub direct: Option<Value>,
    pub exit: Label,
    pub labels: HashMap<String, Label>,
    pub scopes_below: usize,
}

/// Builds one [`Code`].
pub struct Lowerer<'a> {
    pub(super) unit: &'a Unit,
    pub(super) pools: &'a [PoolInfo],
    pub(super) claims: &'a mut [Claim],
    pub(super) lock_classes: &'a mut Vec<String>,
    pub(super) around: Surroundings,
    pub(super) code: Code,
    labels: Vec<Option<Target>>,
    pub(super) scopes: Vec<HashMap<String, Binding>>,
    pub(super) frames: Vec<FrameState>,
    pub(super) atomic: u32,
    pub(super) breaks: Vec<(Label, Option<Label>)>,
    pub(super) span: Span,
    /// Depth of `check` and `witness` conditions.
    pub(super) specifying: u32,
    /// Whether what is evaluated goes into a ghost.
    pub(super) writing_ghost: bool,
    mm_kept: Option<Reg>,
    steps: usize,
}

impl<'a> Lowerer<'a> {
    /// An empty code for a context (or claim function) of this kind.
    pub fn new(
        unit: &'a Unit,
        pools: &'a [PoolInfo],
        claims: &'a mut [Claim],
        lock_classes: &'a mut Vec<String>,
        around: Surroundings,
    ) -> Self {
        let mut lowerer = Lowerer {
            unit,
            pools,
            claims,
            lock_classes,
            around,
            code: Code::default(),
            labels: Vec::new(),
            scopes: vec![HashMap::new()],
            frames: Vec::new(),
            atomic: u32::from(around.judging),
            breaks: Vec::new(),
            span: Span::default(),
            specifying: 0,
            writing_ghost: false,
            mm_kept: None,
            steps: 0,
        };
        lowerer.code.frames.push(Frame { function: String::new(), call: Span::default(), parent: None });
        let exit = lowerer.label();
        lowerer.frames.push(FrameState {
            id: 0,
            function: String::new(),
            ret: Type::Void,
            result: Vec::new(),
            direct: None,
            exit,
            labels: HashMap::new(),
            scopes_below: 0,
        });
        lowerer
    }

    pub(super) fn error(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(span, message).calls(self.call_stack())
    }

    /// Functions being inlined, innermost first, each with its call.
    pub(super) fn call_stack(&self) -> Vec<(String, Span)> {
        let frames = self.frames.iter().rev().filter(|f| f.id != 0);
        frames.map(|f| (f.function.clone(), self.code.frames[f.id as usize].call)).collect()
    }

    pub(super) fn emit(&mut self, op: Op) {
        let frame = self.frames.last().map_or(0, |f| f.id);
        self.code.ops.push(op);
        self.code.origins.push(Origin { span: self.span, frame, atomic: self.atomic > 0, specified: false });
    }

    /// Begins a step, unless we are inside one.
    pub(super) fn step(&mut self) {
        if self.atomic == 0 {
            self.emit(Op::Step);
            self.steps += 1;
        }
    }

    /// Refuses code that grows without reason.
    pub(super) fn check_size(&self) -> Result<(), Diagnostic> {
        if self.steps > MAX_STEPS {
            return Err(too_many_steps(self.error(self.span, "")));
        }
        let code = &self.code;
        if code.ops.len() > MAX_OPS || code.regs.len() > MAX_REGS || code.frames.len() > MAX_FRAMES {
            return Err(too_large(self.error(self.span, "")));
        }
        if self.frames.len() > MAX_NESTED_CALLS {
            return Err(self
                .error(self.span, format!("calls nested deeper than {MAX_NESTED_CALLS}"))
                .help("calls are inlined: leave out functions that only call the next one"));
        }
        Ok(())
    }

    pub(super) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    pub(super) fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = Some(self.code.ops.len() as Target);
    }

    pub(super) fn is_bound(&self, label: Label) -> bool {
        self.labels[label.0 as usize].is_some()
    }

    pub(super) fn jump(&mut self, label: Label) {
        self.emit(Op::Jump(label.0));
    }

    pub(super) fn branch(&mut self, cond: Operand, then: Label, other: Label) {
        match cond {
            Operand::Imm(0) => self.jump(other),
            Operand::Imm(_) => self.jump(then),
            Operand::Reg(_) => self.emit(Op::Branch { cond, then: then.0, other: other.0 }),
        }
    }

    pub(super) fn reg(&mut self, name: &str, range: Range, pool: Option<u16>) -> Reg {
        self.code.regs.push(RegInfo { name: name.into(), range, pool });
        (self.code.regs.len() - 1) as Reg
    }

    pub(super) fn reg_of(&mut self, name: &str, ty: &Type) -> Reg {
        let pool = match ty {
            Type::Object(pool) => Some(*pool as u16),
            _ => None,
        };
        let range = self.range(ty);
        self.reg(name, range, pool)
    }

    pub(super) fn range(&self, ty: &Type) -> Range {
        type_range(self.pools, ty)
    }

    pub(super) fn lookup(&self, name: &str) -> Option<&Binding> {
        let below = self.frames.last().map_or(0, |f| f.scopes_below);
        self.scopes[below..].iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn declare(&mut self, name: &str, binding: Binding) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.into(), binding);
        }
    }

    /// Index of a lock class, entered when first seen.
    pub(super) fn lock_class(&mut self, name: &str) -> u16 {
        let known = self.lock_classes.iter().position(|c| c == name);
        let index = known.unwrap_or_else(|| {
            self.lock_classes.push(name.into());
            self.lock_classes.len() - 1
        });
        index as u16
    }

    /// Index of the claim that a string literal names.
    pub(super) fn claim(&mut self, arg: &Expr) -> Result<u16, Diagnostic> {
        let super::super::ast::ExprKind::Str(id) = &arg.kind else {
            return Err(self
                .error(arg.span, "a claim is named by a string")
                .help("write its name in quotes: check(\"S5\", condition);"));
        };
        match self.claims.iter().position(|c| c.decl.id == *id) {
            Some(index) => Ok(index as u16),
            None => Err(self
                .error(arg.span, format!("unknown claim \"{id}\""))
                .help(format!("`explore list claims` shows those there are; declare yours at file scope: CLAIM({id}, \"sentence\", \"consequence\", \"source\", NEEDS_NOTHING);"))),
        }
    }

    /// The register that keeps an unbound context's choice of `current->mm`.
    pub(super) fn mm_kept(&mut self, pool: u16) -> Reg {
        if let Some(reg) = self.mm_kept {
            return reg;
        }
        let high = self.pools[usize::from(pool)].len as i16;
        let reg = self.reg("current->mm", Range { low: 0, high }, Some(pool));
        self.mm_kept = Some(reg);
        reg
    }

    /// Resolves labels and runs the analyses.
    ///
    /// # Errors
    /// A local read before it is assigned, a loop without a step, too many steps.
    pub fn finish(mut self) -> Result<Code, Diagnostic> {
        if let Some(frame) = self.frames.first() {
            let exit = frame.exit;
            self.bind(exit);
        }
        self.emit(Op::End);
        self.resolve_labels()?;
        let sleeper = self.claims.iter().position(|c| c.decl.id == "S14").map(|i| i as u16);
        let mut code = nesting::expand(&self.code, self.around.kind, sleeper, &self.unit.provided)?;
        liveness::finish(&mut code, self.around.judging)?;
        Ok(code)
    }
}

/// What is said where a context takes too many steps.
pub(super) fn too_many_steps(at: Diagnostic) -> Diagnostic {
    let message = format!("the context has more than {MAX_STEPS} inlined steps");
    Diagnostic { message, ..at.help("split it into several contexts, or call less from it") }
}

/// What is said where code grows too large without steps.
pub(super) fn too_large(at: Diagnostic) -> Diagnostic {
    let message = "the code grows too large when its calls are inlined and its loops unrolled".into();
    let help = "call a function once and keep its value in a local; branch less often on what was read before";
    Diagnostic { message, ..at.help(help) }
}

impl Lowerer<'_> {
    fn resolve_labels(&mut self) -> Result<(), Diagnostic> {
        for (op, origin) in self.code.ops.iter_mut().zip(&self.code.origins) {
            let unbound = || {
                Diagnostic::error(origin.span, "this `goto` has no label to go to")
                    .help("write the label in this function; one in a branch that the scenario's constants switch off does not count")
            };
            match op {
                Op::Jump(target) => *target = self.labels[*target as usize].ok_or_else(unbound)?,
                Op::Branch { then, other, .. } => {
                    *then = self.labels[*then as usize].ok_or_else(unbound)?;
                    *other = self.labels[*other as usize].ok_or_else(unbound)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// The values that a type can hold.
pub(super) fn type_range(pools: &[PoolInfo], ty: &Type) -> Range {
    match ty {
        Type::Bool => Range::BOOL,
        Type::Range(low, high) => Range { low: *low as i16, high: *high as i16 },
        Type::Object(pool) => Range { low: 0, high: pools[*pool].len as i16 },
        _ => Range::INT,
    }
}
