//! From a unit and what its contexts run to a program.

use std::sync::Arc;

use super::super::ast::{Function, Name, Stmt};
use super::super::diag::{Diagnostic, Diagnostics};
use super::super::program::*;
use super::super::resolve::{Field, MAX_CELLS, Overflow, Type, Unit};
use super::MAX_PARAMS;
use super::emit::{Binding, Lowerer, Surroundings, type_range};
use super::pairs::pairs;

/// `current->mm` of a context, as a scenario gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MmSpec {
    /// By kind: NULL for a kworker and a device, that of its CPU's task for a bound softirq, any for an unbound one.
    ByKind,
    /// The mm of this index.
    Index(u8),
    /// Any mm or NULL.
    Any,
}

/// A context of a scenario, parsed.
#[derive(Clone, Debug)]
pub struct ContextSpec {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// The CPU it is bound to.
    pub cpu: Option<u8>,
    /// Its mm.
    pub mm: MmSpec,
    /// Whether `run` is repeated for ever.
    pub forever: bool,
    /// What it runs.
    pub run: Vec<Stmt>,
}

/// Lowers a unit: its contexts, its claims, and `init` followed by the scenario's own.
///
/// # Errors
/// Everything that the language forbids, at its place, with the inline call stack.
pub fn lower(mut unit: Unit, contexts: &[ContextSpec], init: &[Stmt]) -> Result<Program, Diagnostics> {
    mark_allocated(&mut unit, contexts);
    let mut builder = Builder::new(unit)?;
    builder.contexts(contexts);
    builder.judges();
    builder.init(init);
    builder.finish()
}

struct Builder {
    program: Program,
    errors: Diagnostics,
}

impl Builder {
    fn new(unit: Unit) -> Result<Self, Diagnostics> {
        let pools = pool_infos(&unit).map_err(|e| vec![e])?;
        let claims = unit.claims.iter().map(|decl| Claim {
            decl: decl.clone(),
            hooked: decl.hooks.iter().all(|hook| unit.provided.contains(hook)),
            present: false,
        });
        let program = Program {
            claims: claims.collect(),
            pools,
            contexts: Vec::new(),
            always: Vec::new(),
            quiescent: Vec::new(),
            sometimes: Vec::new(),
            leads_to: Vec::new(),
            at_rest: None,
            init: Code::default(),
            lock_classes: Vec::new(),
            unit: Arc::new(unit),
        };
        Ok(Builder { program, errors: Vec::new() })
    }

    fn code(
        &mut self,
        around: Surroundings,
        body: impl FnOnce(&mut Lowerer) -> Result<(), Diagnostic>,
    ) -> Option<Code> {
        let program = &mut self.program;
        let (unit, pools) = (&program.unit, &program.pools);
        let mut lowerer = Lowerer::new(unit, pools, &mut program.claims, &mut program.lock_classes, around);
        let code = body(&mut lowerer).and_then(|()| lowerer.finish());
        code.map_err(|error| self.errors.push(error)).ok()
    }

    fn contexts(&mut self, specs: &[ContextSpec]) {
        for spec in specs {
            let mm = current_mm(spec);
            let around = Surroundings { kind: spec.kind, mm, judging: false };
            let code = self.code(around, |lowerer| lowerer.context_body(&spec.run, spec.forever));
            self.add_context(&spec.name, spec.kind, spec.cpu, mm, spec.forever, code);
        }
        for work in self.program.unit.works.clone() {
            let mm = CurrentMm::Fixed(0);
            let around = Surroundings { kind: Kind::Kworker, mm, judging: false };
            let code = self.code(around, |lowerer| lowerer.work_loop(work.object, &work.function));
            self.add_context(&work.name, Kind::Kworker, None, mm, true, code);
        }
    }

    fn add_context(
        &mut self,
        name: &str,
        kind: Kind,
        cpu: Option<u8>,
        mm: CurrentMm,
        forever: bool,
        code: Option<Code>,
    ) {
        let Some(code) = code else { return };
        self.program.contexts.push(Context { name: name.into(), kind, cpu, mm, forever, code });
    }

    fn judges(&mut self) {
        for claim in 0..self.program.claims.len() {
            let id = self.program.claims[claim].decl.id.clone();
            for prefix in ["always", "quiescent", "sometimes"] {
                for function in judge_functions(&self.program.unit, prefix, &id) {
                    let Some(judge) = self.judge(claim as u16, &function) else { continue };
                    match prefix {
                        "always" => self.program.always.push(judge),
                        "quiescent" => self.program.quiescent.push(judge),
                        _ => self.program.sometimes.push(judge),
                    }
                    self.program.claims[claim].present |= prefix != "sometimes";
                }
            }
            self.pairs(claim as u16, &id);
        }
        if let Some(function) = self.program.unit.functions.get("quiescent").cloned() {
            self.program.at_rest = self.judge(0, &function);
        }
    }

    fn pairs(&mut self, claim: u16, id: &str) {
        let pairs = pairs(&self.program.unit, id).map_err(|errors| self.errors.extend(errors));
        for (from, until) in pairs.unwrap_or_default() {
            if let (Some(from), Some(until)) = (self.judge(claim, &from), self.judge(claim, &until)) {
                self.program.leads_to.push(LeadsTo { from, until });
                self.program.claims[usize::from(claim)].present = true;
            }
        }
    }

    fn judge(&mut self, claim: u16, function: &Function) -> Option<Judge> {
        let mut params = Vec::new();
        if function.params.len() > MAX_PARAMS {
            let error = Diagnostic::error(function.name.span, format!("a claim about more than {MAX_PARAMS} objects"))
                .help("ask about one object at a time, and loop over the others");
            self.errors.push(error);
            return None;
        }
        for param in &function.params {
            match self.program.unit.type_of(&param.ty, param.name.span) {
                Ok(Type::Object(pool)) => params.push(pool as u16),
                Ok(_) => {
                    let error =
                        Diagnostic::error(param.name.span, "a claim is asked about something that is no object")
                            .help("claim functions take object pointers: bool always_S5(struct page *page)");
                    self.errors.push(error);
                    return None;
                }
                Err(error) => {
                    self.errors.push(error);
                    return None;
                }
            }
        }
        let around = Surroundings { kind: Kind::Device, mm: CurrentMm::Fixed(0), judging: true };
        let pools = params.clone();
        let code = self.code(around, |lowerer| lowerer.judge_body(function, &pools))?;
        if let Some(at) = code.ops.iter().position(|op| matches!(op, Op::Store { .. } | Op::PoolGet { .. })) {
            let error = Diagnostic::error(code.origins[at].span, format!("`{}` changes the state", function.name.text))
                .help("claims only look: call functions that do not write");
            self.errors.push(error);
        }
        Some(Judge { claim, name: function.name.text.clone(), params, code })
    }

    fn init(&mut self, own: &[Stmt]) {
        let around = Surroundings { kind: Kind::Device, mm: CurrentMm::Fixed(0), judging: true };
        let base = self.program.unit.functions.get("init").cloned();
        let code = self.code(around, |lowerer| {
            if let Some(base) = &base {
                lowerer.block(base.body.as_deref().unwrap_or_default())?;
            }
            lowerer.block(own)
        });
        self.program.init = code.unwrap_or_default();
    }

    fn finish(self) -> Result<Program, Diagnostics> {
        match self.errors.is_empty() {
            true => Ok(self.program),
            false => Err(self.errors),
        }
    }
}

impl Lowerer<'_> {
    /// A context's code: its `run`, once or for ever.
    fn context_body(&mut self, run: &[Stmt], forever: bool) -> Result<(), Diagnostic> {
        let head = self.label();
        self.bind(head);
        if forever {
            self.emit(Op::Idle);
        }
        self.block(run)?;
        if forever {
            self.jump(head);
        }
        Ok(())
    }

    /// A claim function: parameters in the first registers, the result in `Return`.
    fn judge_body(&mut self, function: &Function, params: &[u16]) -> Result<(), Diagnostic> {
        let mut scope = std::collections::HashMap::new();
        for (param, pool) in function.params.iter().zip(params) {
            let ty = Type::Object(usize::from(*pool));
            let reg = self.reg_of(&param.name.text, &ty);
            scope.insert(param.name.text.clone(), Binding::Local { reg, ty });
        }
        self.scopes.push(scope);
        let result = self.judge_result(function)?;
        self.scopes.pop();
        self.emit(Op::Return(result));
        Ok(())
    }

    fn judge_result(&mut self, function: &Function) -> Result<Operand, Diagnostic> {
        let result = self.reg("", Range::BOOL, None);
        let exit = self.label();
        if let Some(frame) = self.frames.last_mut() {
            frame.ret = Type::Bool;
            frame.result = vec![result];
            frame.exit = exit;
        }
        self.block(function.body.as_deref().unwrap_or_default())?;
        self.bind(exit);
        if let Some(frame) = self.frames.last_mut() {
            frame.ret = Type::Void;
        }
        let end = self.label();
        if let Some(frame) = self.frames.last_mut() {
            frame.exit = end;
        }
        Ok(Operand::Reg(result))
    }
}

fn current_mm(spec: &ContextSpec) -> CurrentMm {
    match (spec.mm, spec.kind, spec.cpu) {
        (MmSpec::Index(index), _, _) => CurrentMm::Fixed(i16::from(index) + 1),
        (MmSpec::Any, _, _) | (MmSpec::ByKind, Kind::Softirq, None) => CurrentMm::Any,
        (MmSpec::ByKind, Kind::Softirq, Some(cpu)) => CurrentMm::OfCpu(cpu),
        (MmSpec::ByKind, _, _) => CurrentMm::Fixed(0),
    }
}

/// `always_S5` and `always_S5_on_evict` judge S5.
fn judge_functions(unit: &Unit, prefix: &str, id: &str) -> Vec<Function> {
    let exact = format!("{prefix}_{id}");
    let longer = format!("{exact}_");
    let named = unit.functions.iter().filter(|(name, _)| **name == exact || name.starts_with(&longer));
    named.map(|(_, function)| function.clone()).collect()
}

/// Pools of which some function takes entries.
fn mark_allocated(unit: &mut Unit, contexts: &[ContextSpec]) {
    let mut taken = Vec::new();
    let mut note = |e: &super::super::ast::Expr| {
        use super::super::ast::ExprKind;
        if let ExprKind::Call { name: Name { text, .. }, args } = &e.kind
            && text == "pool_get"
            && let Some(ExprKind::Ident(pool)) = args.first().map(|a| &a.kind)
        {
            taken.push(pool.clone());
        }
    };
    for function in unit.functions.values() {
        super::super::walk::exprs(function.body.as_deref().unwrap_or_default(), &mut note);
    }
    contexts.iter().for_each(|c| super::super::walk::exprs(&c.run, &mut note));
    for pool in &mut unit.pools {
        pool.allocated = taken.contains(&pool.name);
    }
}

/// Name of the implicit member that says whether a pool entry is handed out.
pub const LIVE: &str = "<allocated>";

fn pool_infos(unit: &Unit) -> Result<Vec<PoolInfo>, Diagnostic> {
    let lens: Vec<PoolInfo> = unit
        .pools
        .iter()
        .map(|pool| PoolInfo {
            name: pool.name.clone(),
            tag: unit.structs[pool.layout].name.clone(),
            len: pool.len as u16,
            single: pool.single,
            allocated: pool.allocated,
            cells: Vec::new(),
            base: 0,
        })
        .collect();
    let mut infos = lens.clone();
    let mut base = 0;
    for (info, pool) in infos.iter_mut().zip(&unit.pools) {
        let inherited =
            Inherited { ghost: false, constant: false, refcount: false, stale: false, overflow: Overflow::Cut };
        flatten(unit, &lens, pool.layout, "", inherited, &mut info.cells);
        if pool.allocated {
            info.cells.push(live_cell(unit, pool.layout));
        }
        if info.cells.len() > MAX_CELLS {
            return Err(Diagnostic::error(
                pool.span,
                format!("an object of `{}` has {} cells", pool.name, info.cells.len()),
            )
            .help(format!("at most {MAX_CELLS}: make its arrays smaller")));
        }
        info.base = base;
        base += info.cells.len() as u32 * u32::from(info.len);
    }
    Ok(infos)
}

#[derive(Clone, Copy)]
struct Inherited {
    ghost: bool,
    constant: bool,
    refcount: bool,
    stale: bool,
    overflow: Overflow,
}

fn flatten(
    unit: &Unit,
    pools: &[PoolInfo],
    layout: usize,
    prefix: &str,
    inherited: Inherited,
    cells: &mut Vec<CellInfo>,
) {
    for field in &unit.structs[layout].fields {
        let attrs = Inherited {
            ghost: inherited.ghost || field.ghost,
            constant: inherited.constant || field.constant,
            refcount: inherited.refcount || field.refcount,
            stale: inherited.stale || field.stale,
            overflow: if field.overflow == Overflow::Cut { inherited.overflow } else { field.overflow },
        };
        for name in element_names(prefix, field) {
            match field.ty {
                Type::Value(inner) => flatten(unit, pools, inner, &format!("{name}."), attrs, cells),
                _ => cells.push(cell(pools, field, name, attrs)),
            }
        }
    }
}

fn cell(pools: &[PoolInfo], field: &Field, name: String, attrs: Inherited) -> CellInfo {
    CellInfo {
        name,
        range: width(type_range(pools, &field.ty), attrs.overflow),
        ghost: attrs.ghost,
        constant: attrs.constant,
        overflow: attrs.overflow,
        refcount: attrs.refcount,
        counter: field.counter,
        stale: attrs.stale,
        pool: match field.ty {
            Type::Object(pool) => Some(pool as u16),
            _ => None,
        },
        owner: field.owner.clone(),
        boolean: field.ty == Type::Bool,
    }
}

/// What wraps has no place for "below zero": all of its bits count.
fn width(range: Range, overflow: Overflow) -> Range {
    match (range.low, overflow) {
        (-1, Overflow::Wrap) => Range { low: 0, high: range.high + 1 },
        _ => range,
    }
}

fn live_cell(unit: &Unit, layout: usize) -> CellInfo {
    CellInfo {
        name: LIVE.into(),
        range: Range::BOOL,
        ghost: false,
        constant: false,
        overflow: Overflow::Cut,
        refcount: false,
        counter: false,
        stale: false,
        pool: None,
        owner: unit.structs[layout].name.clone(),
        boolean: true,
    }
}

/// `x`, or `x[0]`, `x[1]`, ... in memory order.
fn element_names(prefix: &str, field: &Field) -> Vec<String> {
    let mut names = vec![format!("{prefix}{}", field.name)];
    for &dim in &field.dims {
        names = names.iter().flat_map(|name| (0..dim).map(move |i| format!("{name}[{i}]"))).collect();
    }
    names
}
