//! Statements that change memory: stores with what their width asks for, and pools that hand out entries.

use super::body::{Body, Exit};
use super::choices::Shared;
use super::expr::Expr;
use crate::lang::program::*;
use crate::lang::resolve::Overflow;

impl Body<'_> {
    pub fn address(&mut self, at: usize, place: &Place) -> (Expr, Option<Expr>) {
        let object = self.operand(at, place.object);
        (object, place.index.map(|i| self.operand(at, i.value)))
    }

    pub fn store(&mut self, at: usize, place: &Place, src: Operand) {
        let (object, index) = self.address(at, place);
        let mut value = self.operand(at, src);
        self.leave_if(at, self.export.cells.crashes(place, &object, index.as_ref()), Exit::Crash);
        let spots = self.export.cells.spots(place, &object, index.as_ref());
        let Some(info) = spots.iter().flat_map(|(_, e)| e).map(|(_, cell)| self.export.cells.info(*cell)).next() else {
            return;
        };
        let fits = info.range.contains(value.range.low) && info.range.contains(value.range.high);
        if !fits || value.range.low < 0 && info.pool.is_none() {
            value = self.fitted(at, info, value);
        } else if spots.len() > 1 && !value.is_atom() {
            value = self.held(value);
        }
        let written = |cell: usize| format!("{} = {}", self.export.cells.variable(cell), value.text);
        let zero = Expr::number(0);
        let each = spots.iter().map(|(number, elements)| {
            let elements = elements.iter().map(|(element, cell)| (*element, written(*cell))).collect();
            (*number, switch(index.as_ref().unwrap_or(&zero), elements))
        });
        let text = switch(&object, each.collect());
        self.text(text);
    }

    /// The value in a variable of its own.
    fn held(&mut self, value: Expr) -> Expr {
        self.shared.insert(Shared::Value);
        self.text(format!("t_value = {}", value.text));
        Expr::scratch("t_value", value.range)
    }

    /// What a member holds after `value` was stored into it.
    fn fitted(&mut self, at: usize, info: &CellInfo, value: Expr) -> Expr {
        let Range { low, high } = info.range;
        let span = i32::from(high) - i32::from(low) + 1;
        let value = self.held(value);
        let mut lines = Vec::new();
        match info.overflow {
            Overflow::Wrap => {
                let inside = format!("((t_value - ({low})) % {span} + {span}) % {span} + ({low})");
                lines.push(format!(":: t_value < {low} || t_value > {high} -> t_value = {inside}"));
            }
            Overflow::Saturate => {
                lines.push(format!(":: t_value > {high} -> t_value = {high}"));
                lines.extend(self.below(at, info, &value));
            }
            Overflow::Cut => {
                if value.range.high > high {
                    let label = self.exit(at, Exit::Cut);
                    lines.push(format!(":: t_value > {high} -> goto {label}"));
                }
                lines.extend(self.below(at, info, &value));
            }
        }
        self.text(format!("if\n{}\n:: else -> skip\nfi", lines.join("\n")));
        value
    }

    /// What happens to a value below the lowest, where there can be one: a counter violates its claim.
    fn below(&mut self, at: usize, info: &CellInfo, value: &Expr) -> Option<String> {
        let low = info.range.low;
        let counts = (-1..=0).contains(&low) && info.pool.is_none();
        let least = if counts { 0 } else { low };
        if value.range.low >= least {
            return None;
        }
        let claim = self.export.signs.claim(info).filter(|_| counts);
        let blame = claim.map_or(String::new(), |claim| format!("; {}", self.blame(at, claim)));
        Some(format!(":: t_value < {least} -> t_value = {low}{blame}"))
    }

    /// The first free entry, or NULL.
    pub fn pool_get(&mut self, dst: Reg, pool: u16) {
        let info = &self.export.program.pools[usize::from(pool)];
        let take = |object: i16| {
            let live = self.export.cells.variable(self.export.cells.cell(pool, object, info.cells.len() - 1));
            format!(":: !{live} -> {live} = 1; @{dst}@ = {object}")
        };
        let text = (1..=info.len as i16).rev().fold(format!("@{dst}@ = 0"), |otherwise, object| {
            format!("if\n{}\n:: else -> {otherwise}\nfi", take(object))
        });
        self.text(text);
    }

    /// A returned entry is zeroed.
    pub fn pool_put(&mut self, at: usize, pool: u16, object: Operand) {
        let object = self.operand(at, object);
        let place = Place { pool, object: Operand::Imm(0), offset: 0, index: None };
        self.leave_if(at, self.export.cells.crashes(&place, &object, None), Exit::Crash);
        let info = &self.export.program.pools[usize::from(pool)];
        let written = self.export.cells.written_by(self.flow.op(at));
        let objects = (1..=info.len as i16).filter(|o| object.range.contains(*o));
        let each = objects.map(|number| {
            let cells = (0..info.cells.len()).map(|offset| self.export.cells.cell(pool, number, offset));
            let zeroed =
                cells.filter(|c| written.contains(c)).map(|c| format!("{} = 0", self.export.cells.variable(c)));
            (number, zeroed.collect::<Vec<_>>().join("; "))
        });
        let text = switch(&object, each.collect());
        self.text(text);
    }
}

/// One of several statements, by the value of `key`; another value of `key` does not come here.
fn switch(key: &Expr, options: Vec<(i16, String)>) -> String {
    let mut options = options.into_iter().rev();
    let Some((_, last)) = options.next() else { return "skip".into() };
    options.fold(last, |otherwise, (value, text)| {
        format!("if\n:: {} == {value} -> {text}\n:: else -> {otherwise}\nfi", key.text)
    })
}
