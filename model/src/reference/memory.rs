//! Memory: every cell of every object as a number, and the rules of widths.

use super::super::lang::ast::Span;
use super::super::lang::diag::Diagnostic;
use super::super::lang::program::Crash;
use super::super::lang::resolve::{Field, Overflow, Type, Unit};
use super::state::{Place, Ty};

/// A cell of an object.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Path in the object: `pte[0].write`.
    pub name: String,
    pub ty: Ty,
    pub ghost: bool,
    pub constant: bool,
    pub refcount: bool,
    pub overflow: Overflow,
}

/// The contents of all pools.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Memory {
    /// By pool, object and offset.
    cells: Vec<Vec<Vec<i32>>>,
    /// By pool and object: whether the entry may be used. Only `pool_get` and `pool_put` change it.
    live: Vec<Vec<bool>>,
}

/// What became of a value that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    Fits,
    /// It went below zero: S7, or S13 for a reference count.
    BelowZero {
        refcount: bool,
    },
    /// It went above the width: the path is cut.
    TooLarge,
}

/// The type of a value at run time.
pub(super) fn ty_of(ty: &Type) -> Ty {
    match ty {
        Type::Void => Ty::Void,
        Type::Bool => Ty::Bool,
        Type::Int => Ty::Number { low: -128, high: 127 },
        Type::Range(low, high) => Ty::Number { low: *low, high: *high },
        Type::Object(pool) => Ty::Object(*pool),
        Type::Place(_) => Ty::Place,
        Type::Value(layout) => Ty::Struct(*layout),
    }
}

/// The cells of a structure in memory order. Attributes of a member hold for everything inside it.
pub(super) fn cells_of(unit: &Unit, layout: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    for field in &unit.structs[layout].fields {
        for name in elements(field) {
            match &field.ty {
                Type::Value(inner) => cells.extend(cells_of(unit, *inner).into_iter().map(|mut cell| {
                    cell.name = format!("{name}.{}", cell.name);
                    cell.ghost |= field.ghost;
                    cell.constant |= field.constant;
                    cell.refcount |= field.refcount;
                    if field.overflow != Overflow::Cut {
                        cell.overflow = field.overflow;
                    }
                    // All bits of what wraps count: -1 is no value of its own.
                    if let (Ty::Number { low: -1, high }, Overflow::Wrap) = (cell.ty, cell.overflow) {
                        cell.ty = Ty::Number { low: 0, high: high + 1 };
                    }
                    cell
                })),
                ty => cells.push(Cell {
                    name,
                    ty: ty_of(ty),
                    ghost: field.ghost,
                    constant: field.constant,
                    refcount: field.refcount,
                    overflow: field.overflow,
                }),
            }
        }
    }
    cells
}

/// `x`, or `x[0]`, `x[1]`, ..., the last index running fastest.
fn elements(field: &Field) -> Vec<String> {
    let mut names = vec![field.name.clone()];
    for &dim in &field.dims {
        names = names.iter().flat_map(|name| (0..dim).map(move |i| format!("{name}[{i}]"))).collect();
    }
    names
}

impl Memory {
    /// All zero; entries of the pools in `allocated` are free, all others live.
    pub fn new(unit: &Unit, allocated: &[bool]) -> Self {
        let pools = || unit.pools.iter().zip(allocated);
        Memory {
            cells: pools().map(|(p, _)| vec![vec![0; unit.structs[p.layout].size]; p.len]).collect(),
            live: pools().map(|(p, &allocated)| vec![!allocated; p.len]).collect(),
        }
    }

    /// Number of objects in a pool.
    pub fn len(&self, pool: usize) -> usize {
        self.cells[pool].len()
    }

    /// Whether an object (from 1) may be used.
    pub fn live(&self, pool: usize, number: i32) -> bool {
        self.live[pool][number as usize - 1]
    }

    /// The object (from 0) of a place that may be used.
    fn object(&self, place: &Place) -> Result<usize, Crash> {
        if place.object == 0 {
            return Err(Crash::Null);
        }
        if place.outside {
            return Err(Crash::Bounds);
        }
        let object = place.object as usize - 1;
        match self.live[place.pool][object] {
            true => Ok(object),
            false => Err(Crash::Freed),
        }
    }

    /// Reads `count` cells.
    pub fn read(&self, place: &Place, count: usize) -> Result<Vec<i32>, Crash> {
        let object = self.object(place)?;
        Ok(self.cells[place.pool][object][place.offset..place.offset + count].to_vec())
    }

    /// Writes a cell, as far as its width allows.
    pub fn write(&mut self, place: &Place, cell: &Cell, value: i32) -> Result<Stored, Crash> {
        let object = self.object(place)?;
        let (value, stored) = fit(cell, value);
        if stored != Stored::TooLarge {
            self.cells[place.pool][object][place.offset] = value;
        }
        Ok(stored)
    }

    /// Hands out the first free entry; 0 if there is none.
    pub fn get(&mut self, pool: usize) -> i32 {
        match self.live[pool].iter().position(|live| !live) {
            Some(free) => {
                self.live[pool][free] = true;
                free as i32 + 1
            }
            None => 0,
        }
    }

    /// Takes an entry back. Its contents are lost: the next owner finds zeros.
    pub fn put(&mut self, pool: usize, number: i32) -> Result<(), Crash> {
        if number == 0 {
            return Err(Crash::Null);
        }
        let object = number as usize - 1;
        if !self.live[pool][object] {
            return Err(Crash::Freed);
        }
        self.live[pool][object] = false;
        self.cells[pool][object].fill(0);
        Ok(())
    }

    /// All cells in memory order; an object of an `allocated` pool is followed by whether it is live.
    pub fn flat(&self, allocated: &[bool]) -> Vec<i32> {
        let mut all = Vec::new();
        for (pool, objects) in self.cells.iter().enumerate() {
            for (object, cells) in objects.iter().enumerate() {
                all.extend(cells);
                if allocated[pool] {
                    all.push(i32::from(self.live[pool][object]));
                }
            }
        }
        all
    }

    /// Takes all cells from a list in the order of [`Memory::flat`].
    pub fn fill(&mut self, all: &[i32], allocated: &[bool]) {
        let mut all = all.iter().copied();
        for (pool, objects) in self.cells.iter_mut().enumerate() {
            for (object, cells) in objects.iter_mut().enumerate() {
                cells.iter_mut().zip(&mut all).for_each(|(cell, value)| *cell = value);
                if allocated[pool] {
                    self.live[pool][object] = all.next() == Some(1);
                }
            }
        }
    }
}

/// What a cell holds after a value was stored to it.
fn fit(cell: &Cell, value: i32) -> (i32, Stored) {
    let (low, high) = match cell.ty {
        Ty::Number { low, high } => (low, high),
        Ty::Bool => return (i32::from(value != 0), Stored::Fits),
        _ => return (value, Stored::Fits),
    };
    // Counters start at 0, or at -1 for an atomic_t, where -1 stands for everything below zero.
    if value < 0 && low >= -1 && cell.overflow != Overflow::Wrap {
        return (low, Stored::BelowZero { refcount: cell.refcount });
    }
    if (low..=high).contains(&value) {
        return (value, Stored::Fits);
    }
    match cell.overflow {
        Overflow::Cut => (value, Stored::TooLarge),
        Overflow::Saturate => (value.clamp(low, high), Stored::Fits),
        Overflow::Wrap => ((value - low).rem_euclid(high - low + 1) + low, Stored::Fits),
    }
}

/// A program that the language forbids.
pub(super) fn refused(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(span, message).help("the reference interpreter takes only what lowering accepts")
}
