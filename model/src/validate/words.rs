//! The mapping between the model's functions and the kernel's: what a kernel is seen to call and to leave when the model
//! comes to the first step of a function, or has taken its last.
//!
//! One row says what the recorder sees at one crossing; the first row that fits counts, and a crossing without a row is
//! not seen. Two kernels and two file systems call differently around the same steps: labels and rows say so. The order of
//! labels is the kernel's; the model stands still between them, because no step of it lies there.

mod table;

use super::recording::{Kernel, Phase};
pub use table::ROWS;

/// What the recorder notes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Call {
    /// The kernel's function.
    pub function: &'static str,
    /// Entered or left.
    pub phase: Phase,
}

/// A call, and the kernels that make it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    call: Call,
    kernel: Option<Kernel>,
}

const fn seen(function: &'static str, phase: Phase, kernel: Option<Kernel>) -> Seen {
    Seen { call: Call { function, phase }, kernel }
}

/// What the model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// It stands at the first step of a function.
    Enter(&'static str),
    /// It has taken the last one.
    Leave(&'static str),
    /// ... of the first call of this function in its caller.
    LeaveFirst(&'static str),
}

/// What must be so for a row to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The file system is ext4.
    Ext4,
    /// It is xfs.
    Xfs,
    /// Pages must not change under writeback.
    Stable,
    /// They may.
    Unstable,
    /// The page is dirty.
    Dirty,
    /// It is under writeback.
    Writeback,
    /// Its block is reserved and not allocated.
    Reserved,
    /// The program punches holes.
    Punches,
    /// The pin is counted while the reference is taken: the G part re-reads the pte afterwards.
    CountsInGrab,
    /// The context's own code makes this call.
    Top,
    /// The model stands inside this function.
    Under(&'static str),
    /// It does not.
    Outside(&'static str),
    /// The step leads into this function.
    Into(&'static str),
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The crossing.
    pub at: At,
    /// Conditions, all of them.
    pub when: &'static [When],
    /// What is seen.
    pub seen: &'static [Seen],
    /// Where the kernel does so.
    pub source: &'static str,
}

impl Row {
    /// What a kernel is seen to call here.
    pub fn calls(&self, kernel: Kernel) -> impl Iterator<Item = Call> {
        self.seen.iter().filter(move |seen| seen.kernel.is_none_or(|only| only == kernel)).map(|seen| seen.call)
    }
}

/// The call of an event, if some row has it.
pub fn call(function: &str, phase: Phase) -> Option<Call> {
    let mut all = ROWS.iter().flat_map(|row| row.seen).map(|seen| seen.call);
    all.find(|call| call.function == function && call.phase == phase)
}
