//! Memory: a variable for each cell that some context may write; the others are numbers.

use std::collections::BTreeSet;

use super::expr::Expr;
use crate::lang::ast::BinaryOp;
use crate::lang::program::*;

/// Names before an underscore that mean something else in the model, or in Promela.
const RESERVED: [&str; 11] =
    ["pc", "rests", "active", "masked", "viol", "now", "state", "violated", "broken", "t", "d"];

/// The cells that a place may name: per object, per array element.
pub(super) type Spots = Vec<(i16, Vec<(i16, usize)>)>;

/// The cells of a program.
pub(super) struct Cells<'a> {
    program: &'a Program,
    initial: &'a [i16],
    /// The variable of each cell; `None` for a constant.
    names: Vec<Option<String>>,
}

impl<'a> Cells<'a> {
    pub fn new(program: &'a Program, initial: &'a [i16]) -> Self {
        let mut cells = Cells { program, initial, names: vec![None; initial.len()] };
        let mut used = BTreeSet::new();
        for cell in cells.written() {
            let mut name = cells.name(cell);
            while !used.insert(name.clone()) {
                name.push('_');
            }
            cells.names[cell] = Some(name);
        }
        cells
    }

    /// Every cell that some op of some context may write.
    fn written(&self) -> BTreeSet<usize> {
        let ops = self.program.contexts.iter().flat_map(|c| &c.code.ops);
        ops.flat_map(|op| self.written_by(op)).collect()
    }

    /// Cells that an op may write, for all that its operands' form tells.
    pub fn written_by(&self, op: &Op) -> BTreeSet<usize> {
        match op {
            Op::Store { place, .. } => self.cells_of(place),
            Op::PoolGet { pool, .. } => self.live_cells(*pool).collect(),
            Op::PoolPut { pool, .. } => {
                let info = &self.program.pools[usize::from(*pool)];
                let all = info.base as usize..info.base as usize + info.cells.len() * usize::from(info.len);
                let live: BTreeSet<usize> = self.live_cells(*pool).collect();
                all.filter(|c| live.contains(c) || self.names[*c].is_some()).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// Cells that an op may read.
    pub fn read_by(&self, op: &Op) -> BTreeSet<usize> {
        match op {
            Op::Load { place, .. } => {
                let mut cells = self.cells_of(place);
                cells.extend(self.live_cells(place.pool));
                cells
            }
            _ => BTreeSet::new(),
        }
    }

    fn cells_of(&self, place: &Place) -> BTreeSet<usize> {
        let operand = |o: Operand| match o {
            Operand::Imm(value) => Expr::number(value),
            Operand::Reg(reg) => Expr::register(reg, super::expr::ANY),
        };
        let index = place.index.map(|i| operand(i.value));
        let spots = self.spots(place, &operand(place.object), index.as_ref());
        spots.into_iter().flat_map(|(_, elements)| elements).map(|(_, cell)| cell).collect()
    }

    /// For each entry of a pool the cell that says whether it is handed out; none where entries never are.
    pub fn live_cells(&self, pool: u16) -> impl Iterator<Item = usize> {
        let info = &self.program.pools[usize::from(pool)];
        let objects = if info.allocated { info.len as i16 } else { 0 };
        (1..=objects).map(move |object| self.cell(pool, object, info.cells.len() - 1))
    }

    pub fn cell(&self, pool: u16, object: i16, offset: usize) -> usize {
        let info = &self.program.pools[usize::from(pool)];
        info.base as usize + (object as usize - 1) * info.cells.len() + offset
    }

    pub fn info(&self, cell: usize) -> &'a CellInfo {
        let (pool, _, offset) = self.locate(cell);
        &pool.cells[offset]
    }

    fn locate(&self, cell: usize) -> (&'a PoolInfo, usize, usize) {
        let holds = |p: &&PoolInfo| {
            let base = p.base as usize;
            (base..base + p.cells.len() * usize::from(p.len)).contains(&cell)
        };
        let pool = self.program.pools.iter().find(holds).unwrap_or(&self.program.pools[0]);
        let inside = cell - pool.base as usize;
        (pool, inside / pool.cells.len(), inside % pool.cells.len())
    }

    fn name(&self, cell: usize) -> String {
        let (pool, object, offset) = self.locate(cell);
        let member = super::identifier(&pool.cells[offset].name);
        let numbered = pool.name.strip_prefix('c').is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
        let taken = numbered || RESERVED.contains(&pool.name.as_str());
        let owner = if taken { format!("pool_{}", pool.name) } else { pool.name.clone() };
        match pool.single {
            true => format!("{owner}_{member}"),
            false => format!("{owner}_{object}_{member}"),
        }
    }

    /// The variable of a cell that is written somewhere.
    pub fn variable(&self, cell: usize) -> &str {
        self.names[cell].as_deref().unwrap_or("0")
    }

    /// Its value after `init`.
    pub fn initially(&self, cell: usize) -> i16 {
        self.initial[cell]
    }

    pub fn value(&self, cell: usize) -> Expr {
        match &self.names[cell] {
            Some(name) => Expr::cell(name, self.info(cell).range),
            None => Expr::number(self.initial[cell]),
        }
    }

    /// Objects (index + 1) and elements that `place` may name, with their cells.
    pub fn spots(&self, place: &Place, object: &Expr, index: Option<&Expr>) -> Spots {
        let pool = &self.program.pools[usize::from(place.pool)];
        let objects = (1..=pool.len as i16).filter(|o| object.range.contains(*o));
        let elements = |object: i16| {
            let at = |element: i16| {
                let stride = place.index.map_or(0, |i| usize::from(i.stride));
                self.cell(place.pool, object, usize::from(place.offset) + element as usize * stride)
            };
            let len = place.index.map_or(1, |i| i.len as i16);
            let wanted = (0..len).filter(|e| index.is_none_or(|i| i.range.contains(*e)));
            wanted.map(|element| (element, at(element))).collect::<Vec<_>>()
        };
        objects.map(|object| (object, elements(object))).collect()
    }

    /// The value of a place.
    pub fn load(&self, place: &Place, object: &Expr, index: Option<&Expr>) -> Expr {
        let zero = Expr::number(0);
        let values = self.spots(place, object, index).into_iter().map(|(number, elements)| {
            let elements = elements.into_iter().map(|(element, cell)| (element, self.value(cell))).collect();
            (number, Expr::select(index.unwrap_or(&zero), elements))
        });
        Expr::select(object, values.collect())
    }

    /// The condition under which an access crashes: NULL, a free entry, an index out of range.
    pub fn crashes(&self, place: &Place, object: &Expr, index: Option<&Expr>) -> Option<Expr> {
        let mut reasons = Vec::new();
        if object.range.low <= 0 {
            reasons.push(Expr::binary(BinaryOp::Le, object, &Expr::number(0)));
        }
        if self.program.pools[usize::from(place.pool)].allocated {
            let live = self.live(place.pool, object);
            reasons.push(Expr::binary(BinaryOp::Eq, &live, &Expr::number(0)));
        }
        if let (Some(index), Some(info)) = (index, &place.index) {
            let len = info.len as i16;
            if index.range.low < 0 {
                reasons.push(Expr::binary(BinaryOp::Lt, index, &Expr::number(0)));
            }
            if index.range.high >= len {
                reasons.push(Expr::binary(BinaryOp::Ge, index, &Expr::number(len)));
            }
        }
        reasons.into_iter().reduce(|a, b| Expr::binary(BinaryOp::Or, &a, &b))
    }

    /// Whether an entry of a pool is handed out.
    pub fn live(&self, pool: u16, object: &Expr) -> Expr {
        let info = &self.program.pools[usize::from(pool)];
        let objects = (1..=info.len as i16).filter(|o| object.range.contains(*o));
        let values = objects.map(|o| (o, self.value(self.cell(pool, o, info.cells.len() - 1))));
        Expr::select(object, values.collect())
    }

    /// Declarations of all variables, one line per object.
    pub fn declarations(&self) -> String {
        let mut text = String::new();
        for (cell, name) in self.names.iter().enumerate() {
            let Some(name) = name else { continue };
            let storage = super::registers::Storage::of(self.info(cell).range);
            text += &format!("{} {name} = {};\n", storage.keyword(), self.initial[cell]);
        }
        text
    }
}
