//! Locations: which member of which object an expression names, reading it and writing it.

use super::super::ast::*;
use super::super::diag::Diagnostic;
use super::super::habits;
use super::super::program::*;
use super::super::resolve::{Type, const_eval, extension_of, nearest};
use super::emit::{Binding, Location, Lowerer, Value};

/// What can be assigned.
pub(super) enum Target {
    /// A member of an object.
    Shared(Location),
    /// A local.
    Local(Reg, Type),
    /// Cells of a local structure.
    Cells(Vec<Reg>, Type),
}

impl Lowerer<'_> {
    /// The location or local that `expr` names. Evaluates what stands before the last member.
    pub(super) fn target(&mut self, expr: &Expr) -> Result<Target, Diagnostic> {
        match &expr.kind {
            ExprKind::Ident(name) => self.named(name, expr.span),
            ExprKind::Member { base, name, arrow } => self.member(base, name, *arrow),
            ExprKind::Index { base, index } => self.indexed(base, index),
            ExprKind::Unary { op: UnaryOp::Deref, expr: inner } => match self.value(inner)? {
                Value::Place(location) => Ok(Target::Shared(location)),
                _ => Err(self
                    .error(expr.span, "a whole object cannot be read or written at once")
                    .help("name the member: `page->dirty` is one access")),
            },
            _ => Err(self
                .error(expr.span, "this is nothing that can be assigned to")
                .help("assign to a member, `page->dirty = true;`, or to a local")),
        }
    }

    fn named(&mut self, name: &str, span: Span) -> Result<Target, Diagnostic> {
        match self.lookup(name) {
            Some(Binding::Local { reg, ty }) => Ok(Target::Local(*reg, ty.clone())),
            Some(Binding::Struct { regs, layout }) => Ok(Target::Cells(regs.clone(), Type::Value(*layout))),
            Some(Binding::Place(_)) => Err(self
                .error(span, format!("`{name}` points to a member and cannot be assigned"))
                .help("declare a second local where you need another member")),
            Some(Binding::Alias { ty: Type::Object(_), .. }) => Err(self
                .error(span, format!("`{name}` is a pointer to an object"))
                .help(format!("`{name}->member` names one of its members"))),
            Some(Binding::Alias { .. }) => Err(self
                .error(span, format!("`{name}` cannot be assigned here"))
                .help("declare a local for the new value: `int n = ...;`")),
            None => match self.single_object(name) {
                Some(location) => Ok(Target::Shared(location)),
                None => Err(self.unknown_name(name, span)),
            },
        }
    }

    pub(super) fn unknown_name(&self, name: &str, span: Span) -> Diagnostic {
        if let Some(pool) = self.unit.pool_named(name) {
            let one = if self.unit.pools[pool].single { "an object" } else { "a whole pool" };
            return self.error(span, format!("`{name}` is {one}, and no value")).help(format!(
                "name one object, `&{name}[i]`, or a member, `{name}[i].member`; `idx(p)` is the number of object p"
            ));
        }
        if let Some(help) = habits::of_name(name) {
            return self.error(span, format!("unknown name `{name}`")).help(help);
        }
        let locals = self.scopes.iter().flat_map(|s| s.keys());
        let pools = self.unit.pools.iter().map(|p| &p.name);
        let constants = self.unit.constants.keys();
        let known = locals.chain(pools).chain(constants).map(String::as_str);
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "declare it with its type where it is used first: `int {name} = ...;`, `struct page *{name} = ...;`"
            ),
        };
        self.error(span, format!("unknown name `{name}`")).help(help)
    }

    /// A global declared without bounds, or a work item.
    fn single_object(&self, name: &str) -> Option<Location> {
        if let Some(work) = self.unit.works.iter().find(|w| w.name == name) {
            let pool = self.unit.pool_named(super::super::resolve::WORKS)?;
            return Some(self.object_location(pool, Operand::Imm(work.object as i16 + 1)));
        }
        let pool = self.unit.pool_named(name)?;
        self.unit.pools[pool].single.then(|| self.object_location(pool, Operand::Imm(1)))
    }

    pub(super) fn object_location(&self, pool: usize, object: Operand) -> Location {
        let layout = self.unit.pools[pool].layout;
        Location {
            place: Place { pool: pool as u16, object, offset: 0, index: None },
            ty: Type::Value(layout),
            dims: Vec::new(),
            ghost: false,
            constant: false,
            class: self.unit.structs[layout].name.clone(),
        }
    }

    fn member(&mut self, base: &Expr, name: &Name, arrow: bool) -> Result<Target, Diagnostic> {
        if let ExprKind::Ident(ident) = &base.kind
            && ident == "current"
        {
            return Err(self
                .error(name.span, "`current` cannot be written")
                .help("only current->mm can be read; put state into an object"));
        }
        if arrow {
            return match self.value(base)? {
                Value::Scalar(object, Type::Object(pool)) => {
                    let location = self.object_location(pool, object);
                    self.member_of(location, name).map(Target::Shared)
                }
                Value::Place(location) => self.member_of(location, name).map(Target::Shared),
                _ => Err(self
                    .error(name.span, format!("`->{}` needs a pointer on its left", name.text))
                    .help("use `.` for a structure by value")),
            };
        }
        match self.target(base)? {
            Target::Shared(location) => self.member_of(location, name).map(Target::Shared),
            Target::Cells(regs, Type::Value(layout)) => {
                let Some(field) = self.unit.field(layout, &name.text) else {
                    return Err(self.unknown_member(layout, name));
                };
                if !field.dims.is_empty() {
                    return Err(self.error(name.span, "an array inside a local structure").help("use scalars"));
                }
                let cells = regs[field.offset..field.offset + field.stride].to_vec();
                Ok(match &field.ty {
                    Type::Value(_) => Target::Cells(cells, field.ty.clone()),
                    ty => Target::Local(cells[0], ty.clone()),
                })
            }
            _ => Err(self
                .error(name.span, format!("`.{}` needs a structure on its left", name.text))
                .help("use `->` for a pointer")),
        }
    }

    fn unknown_member(&self, index: usize, name: &Name) -> Diagnostic {
        let layout = &self.unit.structs[index];
        let message = format!("`{}` has no member `{}`", self.unit.written(&Type::Value(index)), name.text);
        let fields = layout.fields.iter().filter(|field| !field.ghost).map(|field| field.name.as_str());
        let near = nearest(&name.text, fields.clone()).map(|near| format!("did you mean `{near}`? "));
        let add = extension_of(&layout.name)
            .map(|name| format!("; add yours in `struct {name} {{ ... }};` before `#include <kernel.h>`"));
        let help = match habits::of_member(&name.text) {
            Some(help) => help.to_owned(),
            None => format!(
                "{}It has {}{}",
                near.unwrap_or_default(),
                fields.collect::<Vec<_>>().join(", "),
                add.unwrap_or_default()
            ),
        };
        self.error(name.span, message).help(help)
    }

    fn member_of(&self, location: Location, name: &Name) -> Result<Location, Diagnostic> {
        let Type::Value(layout) = location.ty else {
            let message =
                format!("`{}` is asked of a {}, which has no members", name.text, self.unit.written(&location.ty));
            return Err(self.error(name.span, message).help("read or write the value itself"));
        };
        if !location.dims.is_empty() {
            return Err(self.error(name.span, "this is an array").help("index it first"));
        }
        let Some(field) = self.unit.field(layout, &name.text) else {
            return Err(self.unknown_member(layout, name));
        };
        self.refuse_foreign_ghost(field, name)?;
        let mut place = location.place;
        place.offset += field.offset as u16;
        Ok(Location {
            place,
            ty: field.ty.clone(),
            dims: field.dims.clone(),
            ghost: location.ghost || field.ghost,
            constant: location.constant || field.constant,
            class: match location.place.offset == 0 && location.class == self.unit.structs[layout].name {
                true => format!("{}.{}", location.class, field.name),
                false => format!("{}.{}", location.class, field.name),
            },
        })
    }

    fn indexed(&mut self, base: &Expr, index: &Expr) -> Result<Target, Diagnostic> {
        if let Some(pool) = self.pool_array(base) {
            let object = self.object_at(pool, index)?;
            return Ok(Target::Shared(self.object_location(pool, object)));
        }
        let Target::Shared(location) = self.target(base)? else {
            return Err(self.error(base.span, "this cannot be indexed").help("index a pool or an array member"));
        };
        let value = self.scalar(index)?;
        self.element(location, value, index).map(Target::Shared)
    }

    /// Whether an index is written as a constant. One that only became constant by inlining (`idx(NULL)`) may stand
    /// on a path that is never taken: it crashes when it runs.
    fn literal_index(&self, index: &Expr) -> bool {
        const_eval(index, &self.unit.constants).is_ok()
    }

    /// The pool that an identifier names, if no local hides it.
    pub(super) fn pool_array(&self, base: &Expr) -> Option<usize> {
        let ExprKind::Ident(name) = &base.kind else { return None };
        if self.lookup(name).is_some() {
            return None;
        }
        self.unit.pool_named(name).filter(|p| !self.unit.pools[*p].single)
    }

    /// Pointer to `pool[index]`.
    pub(super) fn object_at(&mut self, pool: usize, index: &Expr) -> Result<Operand, Diagnostic> {
        let len = self.unit.pools[pool].len;
        match self.scalar(index)? {
            Operand::Imm(value) if (0..len as i16).contains(&value) => Ok(Operand::Imm(value + 1)),
            Operand::Imm(value) if self.literal_index(index) => Err(self
                .error(index.span, format!("`{}` has no object {value}: it has {len}", self.unit.pools[pool].name))
                .help("raise the scenario's constant: `--define NR_PAGES=2` and its kin")),
            Operand::Imm(_) => {
                self.emit(Op::Crash(Crash::Bounds));
                Ok(Operand::Imm(0))
            }
            index => {
                let dst = self.reg_of("", &Type::Object(pool));
                self.emit(Op::ObjectAt { dst, index, len: len as u16 });
                Ok(Operand::Reg(dst))
            }
        }
    }

    fn element(&mut self, mut location: Location, value: Operand, index: &Expr) -> Result<Location, Diagnostic> {
        let span = index.span;
        if location.dims.is_empty() {
            return Err(self.error(span, "this is no array").help("index a pool or an array member"));
        }
        let len = location.dims.remove(0);
        let stride = self.cells(&location.ty) * location.dims.iter().product::<usize>().max(1);
        match value {
            Operand::Imm(value) if (0..len as i16).contains(&value) => {
                location.place.offset += (value as usize * stride) as u16;
            }
            Operand::Imm(value) if self.literal_index(index) => {
                return Err(self
                    .error(span, format!("the array has {len} elements, no element {value}"))
                    .help("count from 0; raise the scenario's constant if there are to be more"));
            }
            Operand::Imm(_) => self.emit(Op::Crash(Crash::Bounds)),
            value if location.place.index.is_some() => {
                let _ = value;
                return Err(self
                    .error(span, "two run-time indices in one access")
                    .help("read the inner element into a local first, or use a constant index"));
            }
            value => {
                location.place.index = Some(Index { value, stride: stride as u16, len: len as u16 });
            }
        }
        Ok(location)
    }

    /// A place keeps the object and element that it named when it was made: where the function assigns to the
    /// variable it was made from, their values are copied.
    pub(super) fn pinned(&mut self, mut location: Location) -> Location {
        location.place.object = self.settled(location.place.object);
        if let Some(index) = &mut location.place.index {
            index.value = self.settled(index.value);
        }
        location
    }

    fn settled(&mut self, value: Operand) -> Operand {
        let Operand::Reg(reg) = value else { return value };
        let info = self.code.regs[usize::from(reg)].clone();
        let function = self.frames.last().and_then(|f| self.unit.functions.get(&f.function));
        let body = function.and_then(|f| f.body.as_deref());
        // The code of a context or a claim is no function: copy, to be safe.
        let changes = body.is_none_or(|body| super::call::assigned(body, &info.name));
        if info.name.is_empty() || !changes {
            return value;
        }
        let dst = self.reg("", info.range, info.pool);
        self.emit(Op::Copy { dst, src: value });
        Operand::Reg(dst)
    }

    /// Cells of one value of this type.
    pub(super) fn cells(&self, ty: &Type) -> usize {
        match ty {
            Type::Value(layout) => self.unit.structs[*layout].size,
            _ => 1,
        }
    }

    /// Begins the step of an access to `location`.
    fn access(&mut self, location: &Location) {
        if !location.ghost && !location.constant {
            self.step();
        }
    }

    /// Reads a location: one step.
    pub(super) fn read(&mut self, location: &Location, span: Span) -> Result<Value, Diagnostic> {
        if !location.dims.is_empty() {
            return Err(self.error(span, "a whole array cannot be read").help("index it"));
        }
        self.refuse_ghost_read(location, span)?;
        self.span = span;
        self.access(location);
        match &location.ty {
            Type::Value(layout) => {
                let size = self.unit.structs[*layout].size;
                let cells = (0..size).map(|i| self.load_cell(location, i)).collect();
                Ok(Value::Struct(cells, *layout))
            }
            ty => {
                let ty = ty.clone();
                Ok(Value::Scalar(self.load_cell(location, 0), ty))
            }
        }
    }

    fn load_cell(&mut self, location: &Location, cell: usize) -> Operand {
        let mut place = location.place;
        place.offset += cell as u16;
        let info = &self.pools[usize::from(place.pool)].cells[usize::from(place.offset)];
        let (range, pool) = (info.range, info.pool);
        let dst = self.reg("", range, pool);
        self.emit(Op::Load { dst, place });
        Operand::Reg(dst)
    }

    /// Writes a location: one step.
    pub(super) fn write(&mut self, location: &Location, value: Value, span: Span) -> Result<(), Diagnostic> {
        if location.ghost && self.atomic == 0 {
            return Err(self.error(span, "a ghost is written outside `__atomic`").help(
                "ghosts change together with a step: put the assignment into the `__atomic` block of that step",
            ));
        }
        if location.constant && !self.initialising() {
            return Err(self
                .error(span, "a const member is written")
                .help("only `init` may write it; drop the `const` if it changes"));
        }
        self.span = span;
        self.access(location);
        match value {
            Value::Scalar(src, ty) => {
                self.check_pointer(&location.ty, &ty, src, span)?;
                let src = self.coerce(src, &ty, &location.ty);
                self.emit(Op::Store { place: location.place, src });
                Ok(())
            }
            Value::Struct(cells, _) => {
                for (i, src) in cells.into_iter().enumerate() {
                    let mut place = location.place;
                    place.offset += i as u16;
                    self.emit(Op::Store { place, src });
                }
                Ok(())
            }
            _ => Err(self.error(span, "this value cannot be stored").help("members hold numbers and object pointers")),
        }
    }

    fn initialising(&self) -> bool {
        self.around.judging
    }

    /// Makes a value fit a type: anything that is no bool becomes 0 or 1 where a bool is wanted.
    pub(super) fn coerce(&mut self, value: Operand, from: &Type, to: &Type) -> Operand {
        if *to != Type::Bool || *from == Type::Bool {
            return value;
        }
        match value {
            Operand::Imm(v) => Operand::Imm(i16::from(v != 0)),
            a => {
                let dst = self.reg("", Range::BOOL, None);
                self.emit(Op::Binary { dst, op: BinaryOp::Ne, a, b: Operand::Imm(0) });
                Operand::Reg(dst)
            }
        }
    }
}
