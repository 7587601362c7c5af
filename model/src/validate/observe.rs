//! What of a page is compared, and how: the state that a recorder sees against memory of the model.
//!
//! One row is one observable. Not compared are PG_referenced, PG_active and the accessed bit of the pte: nothing in the model
//! depends on them. PG_uptodate must be set: the model reads no page from disk.

use super::recording::{Mapping, PageState};
use crate::system::System;

/// `include/linux/mm.h GUP_PIN_COUNTING_BIAS`.
const KERNEL_BIAS: u32 = 1024;

/// Memory cells that are looked at.
pub struct Cells {
    locked: usize,
    dirty: usize,
    writeback: usize,
    private: usize,
    reserved: usize,
    bounced: usize,
    mapping: usize,
    refcount: usize,
    mapcount: usize,
    pte_page: usize,
    pte_write: usize,
    pte_dirty: usize,
    /// How many references a pin is, where it is one of many.
    bias: Option<i16>,
}

/// References that the model does not know, and the kernel holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// That of a folio batch, on the way to an LRU list.
    pub batch: u32,
    /// folio_end_writeback()'s own.
    pub end_writeback: u32,
}

/// An observable that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub name: &'static str,
    /// What the model has.
    pub model: String,
    /// What the kernel had.
    pub kernel: String,
}

/// An observable.
struct Observable {
    name: &'static str,
    kernel: fn(&PageState) -> i64,
    model: fn(&Memory) -> i64,
}

/// Memory of the model, as an observable asks for it.
struct Memory<'a> {
    cells: &'a [i16],
    at: &'a Cells,
    unknown: Unknown,
    data: u64,
}

impl Memory<'_> {
    fn flag(&self, cell: usize) -> i64 {
        i64::from(self.cells[cell] != 0)
    }

    /// The pte maps the page that is looked at.
    fn mapped(&self) -> bool {
        self.cells[self.at.pte_page] == 1
    }

    fn references(&self) -> i64 {
        let count = i64::from(self.cells[self.at.refcount]);
        let unknown = i64::from(self.unknown.batch + self.unknown.end_writeback);
        match self.at.bias.map(i64::from) {
            // the model's bias is smaller, so that few bits do
            Some(bias) => count % bias + count / bias * i64::from(KERNEL_BIAS) + unknown,
            None => count + unknown,
        }
    }
}

const OBSERVABLES: &[Observable] = &[
    // include/linux/page-flags.h
    Observable { name: "locked", kernel: |s| s.locked.into(), model: |m| m.flag(m.at.locked) },
    Observable { name: "dirty", kernel: |s| s.dirty.into(), model: |m| m.flag(m.at.dirty) },
    Observable { name: "writeback", kernel: |s| s.writeback.into(), model: |m| m.flag(m.at.writeback) },
    Observable { name: "uptodate", kernel: |s| s.uptodate.into(), model: |_| 1 },
    // PG_private, and page->private as fs/buffer.c attach_page_private() sets it: the model has one member for both
    Observable { name: "private", kernel: |s| s.private.into(), model: |m| m.flag(m.at.private) },
    Observable { name: "buffers", kernel: |s| s.buffers.into(), model: |m| m.flag(m.at.private) },
    // page->mapping: the file's, or NULL
    Observable {
        name: "mapping",
        kernel: |s| match s.mapping {
            Mapping::Null => 0,
            Mapping::File => 1,
            Mapping::Other => 2,
        },
        model: |m| m.flag(m.at.mapping),
    },
    // page->_refcount, with what the model does not know
    Observable { name: "references", kernel: |s| s.refs.into(), model: |m| m.references() },
    Observable { name: "pins", kernel: |s| s.pins.into(), model: |m| m.references() / i64::from(KERNEL_BIAS) },
    // page->_mapcount + 1
    Observable { name: "mapcount", kernel: |s| s.mapcount.into(), model: |m| m.cells[m.at.mapcount].into() },
    // the pte of the program's mapping
    Observable { name: "pte present", kernel: |s| (s.pte.present && s.pte.this).into(), model: |m| m.mapped().into() },
    Observable {
        name: "pte write",
        kernel: |s| (s.pte.this && s.pte.w).into(),
        model: |m| i64::from(m.mapped()) & m.flag(m.at.pte_write),
    },
    Observable {
        name: "pte dirty",
        kernel: |s| (s.pte.this && s.pte.d).into(),
        model: |m| i64::from(m.mapped()) & m.flag(m.at.pte_dirty),
    },
    // the first eight bytes
    Observable { name: "data", kernel: |s| s.data as i64, model: |m| m.data as i64 },
];

impl Cells {
    /// Where they are in a system; none if its kernel has no such page.
    pub fn of(system: &System) -> Option<Self> {
        let page = |member: &str| system.cell_named("pages", 0, member);
        let pte = |member: &str| system.cell_named("mms", 0, &format!("pte[0].{member}"));
        Some(Cells {
            locked: page("locked")?,
            dirty: page("dirty")?,
            writeback: page("writeback")?,
            private: page("private")?,
            reserved: page("reserved")?,
            bounced: page("bounced")?,
            mapping: page("mapping")?,
            refcount: page("_refcount.counter").or(page("_refcount"))?,
            mapcount: page("_mapcount.counter").or(page("_mapcount"))?,
            pte_page: pte("page")?,
            pte_write: pte("write")?,
            pte_dirty: pte("dirty")?,
            bias: system.program().unit.constants.get("GUP_PIN_COUNTING_BIAS").map(|bias| *bias as i16),
        })
    }

    /// What the rows of `words` ask.
    pub fn facts(&self, cells: &[i16]) -> super::crossings::Facts {
        super::crossings::Facts {
            dirty: cells[self.dirty] != 0,
            writeback: cells[self.writeback] != 0,
            reserved: cells[self.reserved] != 0,
        }
    }

    /// Whether a store retires: the pte maps the page for writing.
    pub fn writable(&self, cells: &[i16]) -> bool {
        cells[self.pte_page] == 1 && cells[self.pte_write] != 0
    }

    /// Whether a bounce page is written.
    pub fn bounced(&self, cells: &[i16]) -> bool {
        cells[self.bounced] != 0
    }

    /// Every observable that differs.
    pub fn differences(&self, cells: &[i16], unknown: Unknown, data: u64, state: &PageState) -> Vec<Difference> {
        let memory = Memory { cells, at: self, unknown, data };
        let differ = OBSERVABLES.iter().filter_map(|observable| {
            let (model, kernel) = ((observable.model)(&memory), (observable.kernel)(state));
            let word = |value: i64| if observable.name == "data" { format!("{value:#x}") } else { value.to_string() };
            (model != kernel).then(|| Difference { name: observable.name, model: word(model), kernel: word(kernel) })
        });
        differ.collect()
    }

    /// Whether none differs.
    pub fn agree(&self, cells: &[i16], unknown: Unknown, data: u64, state: &PageState) -> bool {
        let memory = Memory { cells, at: self, unknown, data };
        OBSERVABLES.iter().all(|observable| (observable.model)(&memory) == (observable.kernel)(state))
    }
}
