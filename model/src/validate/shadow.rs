//! What the model has no members for, and a recording constrains: the data of the page, of the write in flight and of the
//! disk, and references that only the kernel takes.
//!
//! The model keeps whether memory is newer than the disk; here the values are followed. A store writes what the program
//! said, a device what its request said, and the disk gets what the device took from memory.

use super::observe::{Cells, Unknown};
use super::program::Program;
use super::recording::{Event, Phase};

/// A reference of folio_end_writeback(), which v4.20 does not take and 6.1 does (mm/filemap.c): it is there when
/// __folio_end_writeback() is called, and goes some time after that returns, which nobody sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Extra {
    /// There is none.
    #[default]
    None,
    /// It is there.
    Held,
    /// It may have gone.
    Leaving,
}

/// Values beside a state of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shadow {
    /// In memory.
    pub memory: u64,
    /// In the write that a device works on.
    pub flight: u64,
    /// On disk.
    pub disk: u64,
    /// The reference of folio_end_writeback().
    pub extra: Extra,
    /// That of the batch in which folio_rotate_reclaimable() put the page, which 6.1 leaves on its LRU list meanwhile.
    pub rotating: bool,
}

/// A step of the model that moves data.
pub struct Moved<'a> {
    /// The context.
    pub context: &'a str,
    /// The functions that it stood in, outermost first.
    pub functions: &'a [String],
    /// Whether it was idle there.
    pub idle: bool,
    /// Whether it is idle afterwards.
    pub ends: bool,
    /// The number of its operation.
    pub operation: Option<usize>,
    /// Memory before.
    pub before: &'a [i16],
    /// Memory after.
    pub after: &'a [i16],
}

impl Shadow {
    /// At the first event: a clean page is what the disk has.
    pub fn at(event: &Event) -> Self {
        let data = event.state.data;
        Shadow { memory: data, flight: data, disk: data, extra: Extra::None, rotating: false }
    }

    /// After a step, which lies before the event of index `event`.
    #[must_use]
    pub fn moved(self, program: &Program, cells: &Cells, step: &Moved, event: usize) -> Self {
        let mut next = self;
        let inside = |name: &str| step.functions.iter().any(|function| function == name);
        let bounces = cells.bounced(step.after) && !cells.bounced(step.before);
        if step.functions.last().is_some_and(|function| function == "store") && cells.writable(step.before) {
            next.memory = stored(program, step).unwrap_or(next.memory);
        } else if inside("disk_read") || inside("nic") && step.ends {
            // nic() may look which page it is before it writes
            next.memory = device(program, step).unwrap_or(next.memory);
        } else if inside("disk_write") && !cells.bounced(step.before) || inside("submit_write") && bounces {
            next.flight = self.memory;
        } else if inside("write_softirq") && step.idle && !program.refuses(event) {
            next.disk = self.flight;
        }
        next
    }

    /// Before an event is compared.
    #[must_use]
    pub fn before(self, event: &Event) -> Self {
        match (event.function.as_str(), event.phase) {
            ("__folio_end_writeback", Phase::Entry) => Shadow { extra: Extra::Held, ..self },
            _ => self,
        }
    }

    /// After it was.
    #[must_use]
    pub fn after(self, event: &Event) -> Self {
        match (event.function.as_str(), event.phase) {
            ("__folio_end_writeback", Phase::Return) => Shadow { extra: Extra::Leaving, ..self },
            _ => self,
        }
    }

    /// What may have become of references in the meantime. mm/filemap.c folio_end_writeback() of 6.1 moves a page that reclaim has
    /// looked at to the end of its list, before it calls __folio_end_writeback(); when the batch lets go, nobody sees.
    pub fn choices(self, program: &Program, event: &Event) -> impl Iterator<Item = Shadow> {
        let ends_writeback = event.function == "__folio_end_writeback" && event.phase == Phase::Entry;
        let gone = (self.extra == Extra::Leaving).then_some(Shadow { extra: Extra::None, ..self });
        let rotates = program.rotates && ends_writeback;
        let either = move |shadow: Shadow| {
            let other = (rotates || shadow.rotating).then_some(Shadow { rotating: !shadow.rotating, ..shadow });
            std::iter::once(shadow).chain(other)
        };
        std::iter::once(self).chain(gone).flat_map(either)
    }

    /// References that the model does not know. A page off the LRU lists is held by who took it off: by reclaim, whose
    /// reference the model has (`isolated`), or by a folio batch that brings it back.
    pub fn unknown(self, event: &Event, isolated: bool) -> Unknown {
        let batch = !event.state.lru && !isolated || event.state.lru && self.rotating;
        Unknown { batch: u32::from(batch), end_writeback: u32::from(self.extra != Extra::None) }
    }
}

/// The value that the program's store writes.
fn stored(program: &Program, step: &Moved) -> Option<u64> {
    let task = program.tasks.iter().find(|task| task.context == step.context)?;
    task.operations.get(step.operation?)?.value
}

/// The value that a device writes into a pinned page.
fn device(program: &Program, step: &Moved) -> Option<u64> {
    program.devices.get(step.context).copied()
}
