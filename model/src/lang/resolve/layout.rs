//! Where members and objects lie: structures in cells, pools of objects.

use super::super::ast::{Expr, Global, Member, Name, Span, StructDef, TypeName};
use super::super::diag::Diagnostic;
use super::{ATOMIC_MAX, Builder, Field, MAX_CELLS, MAX_NESTED, Overflow, Pool, Struct, Type, WORKS, unknown};

impl Builder<'_> {
    /// Names first: a member may point to a structure that is defined further down.
    pub(super) fn name_structs(&mut self) {
        for ext in ["page_ext", "vma_ext", "mapping_ext", "mm_ext"] {
            if !self.struct_defs.iter().any(|s| s.name.text == ext) {
                let name = Name { text: ext.into(), span: Span::default() };
                self.struct_defs.push(StructDef { name, members: Vec::new() });
            }
        }
        for def in &self.struct_defs {
            self.unit.structs.push(Struct {
                name: def.name.text.clone(),
                fields: Vec::new(),
                size: 0,
                span: def.name.span,
            });
        }
    }

    pub(super) fn lay_out_pools(&mut self) {
        for global in std::mem::take(&mut self.globals) {
            if let Err(error) = self.pool(&global) {
                self.errors.push(error);
            }
        }
        if self.unit.works.is_empty() {
            return;
        }
        if let Some(layout) = self.unit.struct_named("work_struct") {
            let (len, span) = (self.unit.works.len(), self.unit.works[0].function.span);
            let pool = Pool { name: WORKS.into(), layout, len, single: false, allocated: false, span };
            self.unit.pools.push(pool);
        }
    }

    fn pool(&mut self, global: &Global) -> Result<(), Diagnostic> {
        let span = global.name.span;
        let name = &global.name.text;
        let structure = match &global.ty {
            TypeName::Struct(tag) => Some(tag.clone()),
            TypeName::Typedef(alias) => match self.unit.typedefs.get(alias) {
                Some(TypeName::Struct(tag)) => Some(tag.clone()),
                _ => None,
            },
            _ => None,
        };
        let Some(tag) = structure else {
            return Err(Diagnostic::error(span, format!("the global `{name}` is no object"))
                .help("put it into a struct: `struct my_state { ... }; struct my_state state;`"));
        };
        let layout = self
            .unit
            .struct_named(&tag)
            .ok_or_else(|| unknown("struct", &tag, span, self.unit.structs.iter().map(|s| &s.name)))?;
        if let Some(other) = self.unit.pool_of(layout) {
            let other = &self.unit.pools[other].name;
            return Err(Diagnostic::error(span, format!("struct {tag} has two pools, `{other}` and `{name}`"))
                .help("an object type has one pool: make one array of both"));
        }
        let len = match &global.len {
            Some(expr) => self.constant(expr)?,
            None => 1,
        };
        if !(0..=64).contains(&len) {
            return Err(Diagnostic::error(span, format!("`{name}` has {len} objects"))
                .help("a pool has 0 to 64 objects: lower the scenario's constant"));
        }
        let pool = Pool {
            name: name.clone(),
            layout,
            len: len as usize,
            single: global.len.is_none(),
            allocated: false,
            span,
        };
        self.unit.pools.push(pool);
        Ok(())
    }

    /// Lays structures out in dependency order (by-value members first).
    pub(super) fn lay_out_structs(&mut self) {
        let mut done = vec![false; self.struct_defs.len()];
        for index in 0..self.struct_defs.len() {
            if let Err(error) = self.lay_out(index, &mut done, &mut Vec::new()) {
                self.errors.push(error);
            }
        }
    }

    fn lay_out(&mut self, index: usize, done: &mut [bool], stack: &mut Vec<usize>) -> Result<(), Diagnostic> {
        if done[index] {
            return Ok(());
        }
        let def = self.struct_defs[index].clone();
        if stack.contains(&index) {
            return Err(Diagnostic::error(def.name.span, format!("struct {} contains itself", def.name.text))
                .help("make the member a pointer"));
        }
        if stack.len() > MAX_NESTED {
            return Err(Diagnostic::error(def.name.span, format!("structures nested deeper than {MAX_NESTED}"))
                .help("put the members into the outer structure"));
        }
        stack.push(index);
        let mut fields = Vec::new();
        let mut size = 0;
        for member in &def.members {
            self.member(&def, member, &mut fields, &mut size, done, stack)?;
        }
        stack.pop();
        self.unit.structs[index].fields = fields;
        self.unit.structs[index].size = size;
        done[index] = true;
        Ok(())
    }

    fn member(
        &mut self,
        def: &StructDef,
        member: &Member,
        fields: &mut Vec<Field>,
        size: &mut usize,
        done: &mut [bool],
        stack: &mut Vec<usize>,
    ) -> Result<(), Diagnostic> {
        let mut ty = self.unit.type_of(&member.ty, member.span)?;
        let mut stride = 1;
        if let Type::Value(inner) = ty {
            self.lay_out(inner, done, stack)?;
            stride = self.unit.structs[inner].size;
        }
        if let Type::Place(_) = ty {
            return Err(Diagnostic::error(member.span, "a member that points into a structure")
                .help("members point to objects (struct page *, struct bio *, ...); embed the structure instead"));
        }
        let Some(name) = &member.name else {
            return self.embed(&ty, member, fields, size);
        };
        let attrs = &member.attrs;
        if def.name.text == "atomic_t" && ty == Type::Int {
            ty = Type::Range(-1, ATOMIC_MAX);
        }
        if let Some(bits) = attrs.bits.as_ref().or(member.bitfield.as_ref()) {
            ty = self.with_bits(ty, bits)?;
        } else if member.ty == TypeName::Unsigned {
            return Err(Diagnostic::error(member.span, format!("`{}` has no width", name.text))
                .help("a counter needs a bound: write `unsigned count : 3;`"));
        }
        let mut dims = Vec::new();
        for dim in &member.dims {
            let len = self.constant(dim)?;
            if !(0..=64).contains(&len) {
                return Err(Diagnostic::error(dim.span, format!("an array of {len} elements"))
                    .help("an array has 0 to 64 elements: states are enumerated, so keep it small"));
            }
            dims.push(len as usize);
        }
        if fields.iter().any(|f| f.name == name.text) {
            return Err(Diagnostic::error(
                name.span,
                format!("`{}` is a member of struct {} already", name.text, def.name.text),
            )
            .help("rename it"));
        }
        let cells = dims.iter().fold(stride, |cells, len| cells.saturating_mul(*len));
        if cells > MAX_CELLS || *size + cells > MAX_CELLS {
            return Err(Diagnostic::error(
                member.span,
                format!("struct {} has more than {MAX_CELLS} cells", def.name.text),
            )
            .help("each member and each element of an array is one: make its arrays smaller"));
        }
        fields.push(Field {
            name: name.text.clone(),
            ty,
            dims,
            offset: *size,
            stride,
            constant: attrs.constant,
            ghost: attrs.ghost,
            stale: attrs.stale,
            refcount: attrs.refcount,
            counter: matches!(member.ty, TypeName::Int | TypeName::Unsigned),
            overflow: match (attrs.wraps, attrs.saturates) {
                (true, _) => Overflow::Wrap,
                (_, true) => Overflow::Saturate,
                _ => Overflow::Cut,
            },
            owner: def.name.text.clone(),
            span: member.span,
        });
        *size += cells;
        Ok(())
    }

    /// `struct page_ext;` as a member: its members become ours.
    fn embed(
        &mut self,
        ty: &Type,
        member: &Member,
        fields: &mut Vec<Field>,
        size: &mut usize,
    ) -> Result<(), Diagnostic> {
        let Type::Value(inner) = ty else {
            return Err(Diagnostic::error(member.span, "a member without a name").help("name it"));
        };
        let inner = self.unit.structs[*inner].clone();
        for mut field in inner.fields {
            if fields.iter().any(|f| f.name == field.name) {
                return Err(Diagnostic::error(
                    field.span,
                    format!("`{}` is a member of the extended struct already", field.name),
                )
                .help("rename the part's member"));
            }
            field.offset += *size;
            fields.push(field);
        }
        *size += inner.size;
        Ok(())
    }

    /// Applies a width: to an integer, or to the counter inside an `atomic_t`.
    fn with_bits(&mut self, ty: Type, bits: &Expr) -> Result<Type, Diagnostic> {
        let width = self.constant(bits)?;
        if !(1..=8).contains(&width) {
            return Err(Diagnostic::error(bits.span, format!("a width of {width} bits"))
                .help("1 to 8 bits: states are enumerated, so keep counters small"));
        }
        match ty {
            Type::Value(layout) => {
                let name = format!("{}:{width}", self.unit.structs[layout].name);
                if let Some(known) = self.unit.struct_named(&name) {
                    return Ok(Type::Value(known));
                }
                let mut narrow = self.unit.structs[layout].clone();
                narrow.name = name;
                for field in &mut narrow.fields {
                    if let Type::Range(low, _) = field.ty {
                        field.ty = Type::Range(low, (1 << width) - 1 + low);
                    }
                }
                self.unit.structs.push(narrow);
                Ok(Type::Value(self.unit.structs.len() - 1))
            }
            Type::Bool => Ok(Type::Bool),
            Type::Int => Ok(Type::Range(0, (1 << width) - 1)),
            other => Ok(other),
        }
    }
}
