//! The program that was recorded, told by what it said: which task did what, in which order. It becomes the population
//! that the model runs: a context per task, and one for each part of the machine that the recording shows at work.
//!
//! Owns what an operation of the program is in kernel C. Where a kernel calls the model's functions in another order than
//! v4.20 does, that stands here, with its source.

mod operations;

use std::collections::{BTreeMap, BTreeSet};

pub use operations::written_elsewhere;
use operations::{Device, Reader};

use super::flights::{Direction, Flights};
use super::recording::{Event, Kernel, Mode, Phase, Recording};
use crate::lang::program::Kind;
use crate::scenario::{ContextEntry, MmEntry, Population};

/// `errno` of a full disk: the model knows it. Any other that fsync() returns is the device's.
const ENOSPC: &str = "28";

/// `include/linux/mm_types.h`: the same in both kernels.
const VM_FAULT_RETRY: u32 = 0x400;

/// A recording that the model cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq}: {message}")]
pub struct NotModelled {
    /// The event.
    pub seq: u64,
    /// What there is not.
    pub message: String,
}

/// What one operation of a task is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The event with which it begins; none where the program says nothing first.
    pub begin: Option<usize>,
    /// The event with which it ends; none if the recording ends before.
    pub end: Option<usize>,
    /// What the program calls it; empty where it says nothing first.
    pub word: String,
    /// What it writes into memory.
    pub value: Option<u64>,
    /// Kernel C, one line.
    code: String,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: u32,
    /// The name of its context.
    pub context: String,
    /// What it does; the line of its code, from 1, is the number of the operation.
    pub operations: Vec<Operation>,
}

/// What a recording is about, for the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Tasks that say something.
    pub tasks: Vec<Task>,
    /// What the model runs.
    pub population: Population,
    /// What each direct I/O request and each pinner's device writes, by the name of its context.
    pub devices: BTreeMap<String, u64>,
    /// The sector that a request reads, by the names of its device and of its interrupt.
    pub sectors: BTreeMap<String, u64>,
    /// Whether the file system is ext4; else it is xfs.
    pub ext4: bool,
    /// Whether pages must not change under writeback.
    pub stable: bool,
    /// Whether the page lies in a hole at first: the recorder then reads some other block, and `disk=` says nothing.
    pub hole: bool,
    /// Events at which an fsync() begins and ends whose writes the device refused.
    pub refused: Vec<(usize, usize)>,
    /// Entry and return of every fault that let go of mmap_lock before it came to the page, and was taken again.
    pub retried: BTreeSet<usize>,
    /// Whether the end of writeback may hold the page for a batch that moves it to the end of its LRU list.
    pub rotates: bool,
}

impl Program {
    /// Reads the program off its recording.
    ///
    /// # Errors
    /// An operation that the model has nothing for.
    pub fn of(recording: &Recording, flights: &Flights) -> Result<Self, NotModelled> {
        let events = &recording.events;
        check_beginning(&events[0])?;
        let retried = retried(events);
        let mut reader = Reader::new(events, &retried);
        let ids: BTreeSet<u32> = events.iter().filter(|e| e.phase == Phase::User).map(|e| e.task).collect();
        let mut tasks = Vec::new();
        for id in ids {
            let context = format!("task{id}");
            let operations = reader.operations(id)?;
            tasks.push(Task { id, context, operations });
        }
        let any = |name: &str| events.iter().any(|event| event.function == name);
        let ext4 = any("ext4_page_mkwrite") || any("ext4_dirty_folio") || any("ext4_writepages");
        let first = &events[0].state;
        let mut program = Program {
            tasks,
            population: empty_population(recording),
            devices: BTreeMap::new(),
            sectors: BTreeMap::new(),
            ext4,
            stable: waits_for_stable(events),
            hole: ext4 && !first.buffers && first.data == 0,
            refused: refused(events),
            retried: BTreeSet::new(),
            rotates: recording.header.kernel == Kernel::V6_1 && any("try_to_unmap"),
        };
        let (slots, devices) = (reader.slots, reader.devices);
        program.retried = retried;
        program.populate(events, flights, slots, &devices);
        Ok(program)
    }

    /// Fills in what the model runs.
    fn populate(&mut self, events: &[Event], flights: &Flights, slots: usize, devices: &[Device]) {
        self.devices = devices.iter().filter_map(|device| Some((device.name(), device.value?))).collect();
        let sectors = devices.iter().filter_map(|device| Some((device, device.sector?)));
        self.sectors = sectors.flat_map(|(device, sector)| device.names().map(move |name| (name, sector))).collect();
        self.population.defines = self.constants(slots);
        self.population.init = init(&events[0], self.hole);
        self.population.contexts = self.contexts(events, flights, devices);
    }

    /// The constants of the scenario. A page that leaves the cache may be followed by another.
    fn constants(&self, slots: usize) -> BTreeMap<String, i64> {
        let does = |word: &str| self.tasks.iter().flat_map(|task| &task.operations).any(|o| o.code.contains(word));
        let truncates = does("truncate(") || does("punch_hole(");
        let constants = [
            ("NR_PAGES", if truncates || does("invalidate_inode_pages2(") { 2 } else { 1 }),
            ("NR_INDEX", 1),
            ("NR_SLOTS", slots.max(1) as i64),
            ("NR_BIOS", slots.max(1) as i64),
            ("FS_EXT4", i64::from(self.ext4)),
            ("STABLE_PAGES", i64::from(self.stable)),
            ("SEM_WRITERS", i64::from(truncates || does("munmap("))),
        ];
        constants.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }

    /// The tasks, and the parts of the machine that the recording shows at work.
    fn contexts(&self, events: &[Event], flights: &Flights, devices: &[Device]) -> Vec<ContextEntry> {
        let mut contexts: Vec<ContextEntry> = self.tasks.iter().map(Task::entry).collect();
        if flights.any(Direction::Write) {
            contexts.push(forever("disk", Kind::Device, "disk_write(&pages[0]);".into()));
            contexts.push(forever("blk", Kind::Softirq, "write_softirq(&pages[0]);".into()));
        }
        contexts.extend(devices.iter().flat_map(Device::contexts));
        let kernel_does =
            |names: &[&str]| events.iter().any(|e| !self.is_program(e) && names.contains(&e.function.as_str()));
        if kernel_does(&["ext4_writepages", "folio_clear_dirty_for_io"]) {
            contexts.push(forever("flusher", Kind::Kworker, "flusher(&files[0]);".into()));
        }
        if kernel_does(&["try_to_unmap"]) {
            contexts.push(forever("kswapd", Kind::Task, "reclaim(&pages[0]);".into()));
        }
        contexts
    }

    /// Whether an operation begins with `WORD-begin`.
    pub fn does(&self, word: &str) -> bool {
        self.tasks.iter().flat_map(|task| &task.operations).any(|operation| operation.word == word)
    }

    /// Whether a write that ends before the event of this index is one that the device refused. The model has no I/O errors:
    /// that the old data stays on disk is taken from the recording.
    pub fn refuses(&self, event: usize) -> bool {
        self.refused.iter().any(|(begin, end)| (*begin..*end).contains(&event))
    }

    /// Whether a task of the program does this itself, and no interrupt of it.
    pub fn is_program(&self, event: &Event) -> bool {
        event.ctx == Mode::Task && self.tasks.iter().any(|task| task.id == event.task)
    }

    /// The task of an event, if it is the program's.
    pub fn task(&self, event: &Event) -> Option<&Task> {
        self.tasks.iter().find(|task| self.is_program(event) && task.id == event.task)
    }
}

impl Task {
    fn entry(&self) -> ContextEntry {
        let lines: Vec<&str> = self.operations.iter().map(|operation| operation.code.as_str()).collect();
        ContextEntry {
            name: self.context.clone(),
            kind: Kind::Task,
            cpu: None,
            mm: Some(MmEntry::Index(0)),
            forever: false,
            run: lines.join("\n") + "\n",
        }
    }
}

fn empty_population(recording: &Recording) -> Population {
    let header = &recording.header;
    Population {
        name: format!("{} {}", header.kernel, header.trace),
        title: format!("the program `{}` on Linux {}", header.trace, header.kernel),
        brings: Vec::new(),
        offers: BTreeSet::new(),
        defines: BTreeMap::new(),
        overrides: BTreeMap::new(),
        init: String::new(),
        contexts: Vec::new(),
    }
}

fn forever(name: &str, kind: Kind, run: String) -> ContextEntry {
    ContextEntry { name: name.into(), kind, cpu: None, mm: None, forever: true, run }
}

/// The model's page begins clean and at rest: nobody knows what a dirty one was promised.
fn check_beginning(first: &Event) -> Result<(), NotModelled> {
    let state = &first.state;
    let wrong = match () {
        () if state.locked => "locked",
        () if state.dirty => "dirty",
        () if state.writeback => "under writeback",
        () if state.pins > 0 => "pinned",
        () => return Ok(()),
    };
    Err(NotModelled { seq: first.seq, message: format!("the page is {wrong} at first: record from a clean page on") })
}

/// The page as it is at the first event, for `init`.
fn init(first: &Event, hole: bool) -> String {
    let state = &first.state;
    let mapped = state.pte.present && state.pte.this;
    let references = 1 + u32::from(state.private) + u32::from(mapped);
    let mut code = format!(
        "pages[0].private = {}; pages[0]._refcount.counter = {references}; pages[0]._mapcount.counter = {};\n",
        state.private,
        u32::from(mapped)
    );
    if mapped {
        let (write, dirty) = (state.pte.w, state.pte.d);
        code += "mms[0].pte[0].page = &pages[0];\n";
        code += &format!("mms[0].pte[0].write = {write}; mms[0].pte[0].dirty = {dirty};\n");
    }
    if hole {
        // S18 counts blocks: the one that the file does not have is free
        code += "files[0].block[0] = false; files[0].free_blocks++;\n";
    }
    code
}

/// Storage needs stable pages if a store waits for writeback: folio_wait_stable() calls folio_wait_writeback() then only.
fn waits_for_stable(events: &[Event]) -> bool {
    let own = |event: &Event, task: u32, name: &str, phase: Phase| {
        event.task == task && event.ctx == Mode::Task && event.function == name && event.phase == phase
    };
    events.iter().enumerate().any(|(index, event)| {
        let next = events[index + 1..].iter().find(|next| next.task == event.task && next.ctx == Mode::Task);
        own(event, event.task, "folio_wait_stable", Phase::Entry)
            && next.is_some_and(|next| own(next, event.task, "folio_wait_writeback", Phase::Entry))
    })
}

/// Every fault that returned VM_FAULT_RETRY, and in which its task did nothing that is seen: mm/filemap.c filemap_fault() drops
/// mmap_lock for readahead, or it is the fault under the lock of the vma that needs mmap_lock.
fn retried(events: &[Event]) -> BTreeSet<usize> {
    let is_fault = |event: &Event, phase: Phase| event.function == "handle_mm_fault" && event.phase == phase;
    let retries =
        |event: &Event| event.retval.as_deref().and_then(hexadecimal).is_some_and(|bits| bits & VM_FAULT_RETRY != 0);
    let mut indices = BTreeSet::new();
    for (entry, event) in events.iter().enumerate().filter(|(_, event)| is_fault(event, Phase::Entry)) {
        let next =
            (entry + 1..events.len()).find(|next| events[*next].task == event.task && events[*next].ctx == event.ctx);
        if let Some(next) = next.filter(|next| is_fault(&events[*next], Phase::Return) && retries(&events[*next])) {
            indices.extend([entry, next]);
        }
    }
    indices
}

/// `0x400`.
fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// Every fsync() that failed for another reason than a full disk.
fn refused(events: &[Event]) -> Vec<(usize, usize)> {
    let failed = |event: &Event| {
        event.word() == "fsync-end" && event.said("ret") != Some("0") && event.said("errno") != Some(ENOSPC)
    };
    let ends = events.iter().enumerate().filter(|(_, event)| failed(event));
    let begun = |end: usize, task: u32| {
        events[..end].iter().rposition(|event| event.task == task && event.word() == "fsync-begin")
    };
    ends.filter_map(|(end, event)| Some((begun(end, event.task)?, end))).collect()
}
