//! What may become of objects: a permutation per pool, and one of the elements of arrays of one length.

use crate::lang::lower::defs_uses;
use crate::lang::program::*;

/// Renamings that are looked at; a program with more gives only those that leave objects alone.
const MOST: usize = 4096;

/// What a value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A number: it stays.
    Number,
    /// An object of this pool: index + 1, or NULL.
    Object(u16),
    /// The number of an array's element.
    Element,
}

/// A renaming of objects and of array elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Renaming {
    /// The new place of each object, per pool.
    pub pools: Vec<Vec<u16>>,
    /// The new place of each element of arrays that are that long; empty if they stay.
    pub elements: Vec<u16>,
}

impl Renaming {
    pub(super) fn value(&self, sort: Sort, value: i16) -> i16 {
        let renamed = |table: &[u16], index: i16| table.get(index as usize).map(|new| *new as i16);
        match sort {
            Sort::Object(pool) if value > 0 => {
                renamed(&self.pools[usize::from(pool)], value - 1).map_or(value, |new| new + 1)
            }
            Sort::Element if value >= 0 => renamed(&self.elements, value).unwrap_or(value),
            _ => value,
        }
    }

    /// Whether all values of a sort stay.
    pub(super) fn keeps(&self, sort: Sort) -> bool {
        let stay = |table: &[u16]| table.iter().enumerate().all(|(old, new)| old == usize::from(*new));
        match sort {
            Sort::Number => true,
            Sort::Object(pool) => stay(&self.pools[usize::from(pool)]),
            Sort::Element => stay(&self.elements),
        }
    }

    /// What a cell holds. Constants that are numbers may say where in an array an object has its place.
    pub(super) fn sort(&self, cell: &CellInfo) -> Sort {
        match cell.pool {
            Some(pool) => Sort::Object(pool),
            None if cell.constant && !cell.boolean && !self.elements.is_empty() => Sort::Element,
            None => Sort::Number,
        }
    }

    /// What the registers of a code hold. A number that is only ever loaded from where elements' numbers are, or copied
    /// from such a number, is one.
    pub(super) fn registers(&self, program: &Program, code: &Code) -> Vec<Sort> {
        let sort = |reg: &RegInfo| reg.pool.map_or(Sort::Element, Sort::Object);
        let mut sorts: Vec<Sort> = code.regs.iter().map(sort).collect();
        loop {
            let before = sorts.clone();
            let mut loaded = vec![false; sorts.len()];
            for op in &code.ops {
                let Some(dst) = defs_uses(op).0.map(usize::from).filter(|dst| before[*dst] == Sort::Element) else {
                    continue;
                };
                let element = match op {
                    Op::Load { place, .. } => self.holds_elements(program, place),
                    Op::Copy { src: Operand::Reg(reg), .. } => before[usize::from(*reg)] == Sort::Element,
                    Op::Undef { .. } => continue,
                    _ => false,
                };
                loaded[dst] = true;
                if !element {
                    sorts[dst] = Sort::Number;
                }
            }
            // Never set: it holds what it held at the start.
            let unset = sorts.iter_mut().zip(&loaded).filter(|(sort, loaded)| **sort == Sort::Element && !**loaded);
            unset.for_each(|(sort, _)| *sort = Sort::Number);
            if sorts == before {
                return sorts;
            }
        }
    }

    fn holds_elements(&self, program: &Program, place: &Place) -> bool {
        let cells = &program.pools[usize::from(place.pool)].cells;
        let (elements, stride) = place.index.map_or((1, 0), |index| (index.len, index.stride));
        let mut offsets = (0..elements).map(|element| usize::from(place.offset + element * stride));
        offsets.all(|offset| self.sort(&cells[offset]) == Sort::Element)
    }

    /// Where each cell of memory goes.
    pub(super) fn cells(&self, program: &Program) -> Vec<u32> {
        let mut cells = Vec::new();
        for (pool, places) in program.pools.iter().zip(&self.pools) {
            let offsets = self.offsets(pool);
            for place in places {
                let object = pool.base + u32::from(*place) * pool.cells.len() as u32;
                cells.extend(offsets.iter().map(|offset| object + offset));
            }
        }
        cells
    }

    /// Where each cell of an object goes inside of it. Names are all that is left of arrays: `pte[0].write`.
    pub(super) fn offsets(&self, pool: &PoolInfo) -> Vec<u32> {
        let moved = |cell: &CellInfo| {
            let (array, index, rest) = element(&cell.name)?;
            let place = self.elements.get(usize::from(index)).filter(|_| length(pool, array) == self.elements.len())?;
            let name = format!("{array}[{place}]{rest}");
            pool.cells.iter().position(|other| other.name == name)
        };
        pool.cells.iter().enumerate().map(|(offset, cell)| moved(cell).unwrap_or(offset) as u32).collect()
    }
}

/// `pte[0].write`: the array, the index, the rest.
fn element(name: &str) -> Option<(&str, u16, &str)> {
    let (array, rest) = name.split_once('[')?;
    let (index, rest) = rest.split_once(']')?;
    Some((array, index.parse().ok()?, rest))
}

/// The number of elements of an array.
fn length(pool: &PoolInfo, array: &str) -> usize {
    let indexes = pool.cells.iter().filter_map(|cell| element(&cell.name)).filter(|(name, ..)| *name == array);
    indexes.map(|(_, index, _)| usize::from(index) + 1).max().unwrap_or(0)
}

/// All renamings, that which changes nothing first.
pub(super) fn renamings(program: &Program) -> Vec<Renaming> {
    let mut pools: Vec<Vec<Vec<u16>>> = vec![Vec::new()];
    for pool in &program.pools {
        let permutations = permutations(pool.len);
        if pools.len() * permutations.len() > MOST {
            pools = vec![program.pools.iter().map(|pool| (0..pool.len).collect()).collect()];
            break;
        }
        let longer = |pools: &Vec<Vec<u16>>, last: &Vec<u16>| [pools.clone(), vec![last.clone()]].concat();
        pools = pools.iter().flat_map(|pools| permutations.iter().map(move |last| longer(pools, last))).collect();
    }
    let elements = elements(program);
    let renaming =
        |pools: &Vec<Vec<u16>>, elements: &Vec<u16>| Renaming { pools: pools.clone(), elements: elements.clone() };
    pools.iter().flat_map(|pools| elements.iter().map(move |elements| renaming(pools, elements))).collect()
}

/// No renaming of elements, and those of the arrays of each length.
fn elements(program: &Program) -> Vec<Vec<u16>> {
    let arrays = program.pools.iter().flat_map(|pool| {
        let names = pool.cells.iter().filter_map(|cell| element(&cell.name));
        names.map(|(array, ..)| length(pool, array))
    });
    let mut lengths: Vec<usize> = arrays.filter(|length| (2..=3).contains(length)).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let moved = lengths.into_iter().flat_map(|length| permutations(length as u16).into_iter().skip(1));
    std::iter::once(Vec::new()).chain(moved).collect()
}

/// The permutations of 0..n in lexicographic order; none but the identity for more than four.
fn permutations(n: u16) -> Vec<Vec<u16>> {
    if n > 4 {
        return vec![(0..n).collect()];
    }
    let mut all = vec![Vec::new()];
    for _ in 0..n {
        let longer = |start: &Vec<u16>, next: u16| [start.clone(), vec![next]].concat();
        all = all
            .iter()
            .flat_map(|start| (0..n).filter(|next| !start.contains(next)).map(move |next| longer(start, next)))
            .collect();
    }
    all
}
