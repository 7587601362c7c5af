//! States and steps in words: names of cells, values, source positions. For traces and reports.

use super::{Pc, Scratch, System};
use crate::lang::ast::Span;
use crate::lang::program::*;

/// A cell that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellChange {
    /// `pages[0].dirty`
    pub name: String,
    /// Value before, in words.
    pub from: String,
    /// Value after, in words.
    pub to: String,
    /// Whether it belongs to the specification.
    pub ghost: bool,
}

/// Where a step stands in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSite {
    /// Functions, outermost first, each with the place of its call; the context's own code has none.
    pub calls: Vec<(String, Span)>,
    /// The access.
    pub span: Span,
}

impl System {
    /// The calls and the source position of a step.
    pub fn site(&self, context: usize, pc: Pc) -> Option<StepSite> {
        let Pc::At(step) = pc else { return None };
        let code = &self.program().contexts[context].code;
        Some(site_of(code, code.steps[usize::from(step)].at))
    }

    /// The cell that a step read, where it is plain to see: the first load of a variable, before anything is
    /// written or decided. Asked between [`System::fire`] and the rollback: registers still name the object.
    pub fn read_by(&self, scratch: &Scratch, context: usize, pc: Pc) -> Option<usize> {
        let Pc::At(step) = pc else { return None };
        let code = &self.program().contexts[context].code;
        let start = code.steps[usize::from(step)].at as usize + 1;
        for op in &code.ops[start..] {
            match op {
                // The register that named the object is gone.
                Op::Load { dst, place } if place.object == Operand::Reg(*dst) => return None,
                Op::Load { place, .. } => {
                    let info = &self.program().pools[usize::from(place.pool)].cells[usize::from(place.offset)];
                    if !info.constant && !info.ghost {
                        return self.cell(scratch, place).ok();
                    }
                }
                Op::Step | Op::Jump(_) | Op::Branch { .. } | Op::Store { .. } | Op::End | Op::Return(_) => return None,
                _ => {}
            }
        }
        None
    }

    /// The pool, object index and offset of a memory cell.
    pub fn locate(&self, cell: usize) -> (usize, usize, usize) {
        let pools = &self.program().pools;
        let pool = pools.iter().rposition(|p| p.base as usize <= cell && p.len > 0 && !p.cells.is_empty()).unwrap_or(0);
        let inside = cell - pools[pool].base as usize;
        (pool, inside / pools[pool].cells.len(), inside % pools[pool].cells.len())
    }

    /// `pages[0].dirty`
    pub fn cell_name(&self, cell: usize) -> String {
        let (pool, object, offset) = self.locate(cell);
        let pool = &self.program().pools[pool];
        format!("{}.{}", object_name(pool, object), pool.cells[offset].name)
    }

    /// `pages[0]`: an object of a pool, by its number from 1.
    pub fn object_name(&self, pool: usize, object: i16) -> String {
        object_name(&self.program().pools[pool], object as usize - 1)
    }

    /// A value of a cell in words.
    pub fn value_name(&self, cell: usize, value: i16) -> String {
        let (pool, _, offset) = self.locate(cell);
        let info = &self.program().pools[pool].cells[offset];
        match (info.pool, info.boolean) {
            (Some(_), _) if value == 0 => "NULL".into(),
            (Some(pool), _) => object_name(&self.program().pools[usize::from(pool)], value as usize - 1),
            (None, true) => if value == 0 { "no" } else { "yes" }.into(),
            (None, false) => value.to_string(),
        }
    }

    /// The cells that differ between two memories.
    pub fn changes(&self, before: &[i16], after: &[i16]) -> Vec<CellChange> {
        let pairs = before.iter().zip(after).enumerate().filter(|(_, (a, b))| a != b);
        pairs
            .map(|(cell, (&from, &to))| {
                let (pool, _, offset) = self.locate(cell);
                CellChange {
                    name: self.cell_name(cell),
                    from: self.value_name(cell, from),
                    to: self.value_name(cell, to),
                    ghost: self.program().pools[pool].cells[offset].ghost,
                }
            })
            .collect()
    }

    /// The memory cell `pool[object].member`, if there is one.
    pub fn cell_named(&self, pool: &str, object: usize, member: &str) -> Option<usize> {
        let pool = self.program().pools.iter().find(|p| p.name == pool)?;
        let offset = pool.cells.iter().position(|c| c.name == member)?;
        (object < usize::from(pool.len)).then(|| pool.base as usize + object * pool.cells.len() + offset)
    }
}

/// `pages[0]`, or `zone` for a pool without bounds.
fn object_name(pool: &PoolInfo, object: usize) -> String {
    match pool.single {
        true => pool.name.clone(),
        false => format!("{}[{object}]", pool.name),
    }
}

/// Calls and source position of the access that follows a step head.
pub fn site_of(code: &Code, at: Target) -> StepSite {
    let origin = code.origins[at as usize];
    let mut calls = Vec::new();
    let mut frame = Some(origin.frame);
    while let Some(index) = frame {
        let info = &code.frames[index as usize];
        if index != 0 {
            calls.push((info.function.clone(), info.call));
        }
        frame = info.parent;
    }
    calls.reverse();
    StepSite { calls, span: origin.span }
}
