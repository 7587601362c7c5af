//! Operations of a recorded program, in kernel C.

use std::collections::BTreeSet;

use super::{NotModelled, Operation, forever};
use crate::lang::program::Kind;
use crate::scenario::ContextEntry;
use crate::validate::recording::{Event, Phase};

/// What process_vm_writev() writes: the program does not say it.
const WRITEV_VALUE: u64 = 0xf1;
/// What a direct I/O read of block N brings: each block of the source begins with this plus N.
const SOURCE_BLOCK: u64 = 0xdd_0000;
/// A block has 4096 bytes, a sector 512.
const SECTORS_PER_BLOCK: u64 = 8;
/// Who writes into pages that somebody holds.
enum Writer {
    /// The device of a direct I/O request that ends in an interrupt.
    Request,
    /// The device of one for which its task waits.
    Waited,
    /// process_vm_writev(): the CPU, through the kernel's mapping.
    Copy,
    /// Nobody: the device of a direct I/O write reads the page.
    Fetch,
}

/// Such a writer, and its entry of the pinners' buffers.
pub(super) struct Device {
    writer: Writer,
    slot: usize,
    /// What it writes, if it does.
    pub value: Option<u64>,
    /// Where its device reads that.
    pub sector: Option<u64>,
}

impl Device {
    pub fn name(&self) -> String {
        let kind = match self.writer {
            Writer::Request | Writer::Waited => "dma",
            Writer::Copy => "copy",
            Writer::Fetch => "fetch",
        };
        format!("{kind}{}", self.slot)
    }

    fn interrupt(&self) -> String {
        format!("dio_end{}", self.slot)
    }

    /// Contexts that wait for the device.
    pub fn names(&self) -> impl Iterator<Item = String> {
        [self.name(), self.interrupt()].into_iter()
    }

    pub fn contexts(&self) -> Vec<ContextEntry> {
        let slot = self.slot;
        let read = || forever(&self.name(), Kind::Device, format!("disk_read(&bios[{slot}]);"));
        match self.writer {
            Writer::Request => {
                let run = format!("dio_softirq(&bios[{slot}]);");
                vec![read(), forever(&self.interrupt(), Kind::Softirq, run)]
            }
            Writer::Waited => vec![read()],
            Writer::Fetch => {
                let fetch = forever(&self.name(), Kind::Device, format!("disk_fetch(&bios[{slot}]);"));
                let run = format!("dio_write_softirq(&bios[{slot}]);");
                vec![fetch, forever(&self.interrupt(), Kind::Softirq, run)]
            }
            Writer::Copy => vec![forever(&self.name(), Kind::Device, format!("nic(&slots[{slot}]);"))],
        }
    }
}

/// Reads operations.
pub(super) struct Reader<'a> {
    events: &'a [Event],
    /// Faults that count for nothing.
    retried: &'a BTreeSet<usize>,
    /// How many entries of pinners' buffers the operations use.
    pub slots: usize,
    /// Who writes into them.
    pub devices: Vec<Device>,
}

impl<'a> Reader<'a> {
    pub fn new(events: &'a [Event], retried: &'a BTreeSet<usize>) -> Self {
        Reader { events, retried, slots: 0, devices: Vec::new() }
    }

    /// What a task does, in order.
    pub fn operations(&mut self, task: u32) -> Result<Vec<Operation>, NotModelled> {
        let mut operations = Vec::new();
        let mut open: Option<usize> = None;
        let events = self.events;
        for (index, event) in events.iter().enumerate().filter(|(_, e)| e.task == task && e.phase == Phase::User) {
            let word = event.word();
            if word.ends_with("-begin") {
                open = Some(index);
            } else if word.ends_with("-end") {
                let begin = open.take().ok_or_else(|| not_begun(event))?;
                operations.push(self.operation(begin, Some(index))?);
            } else if event.said("mem").is_some() {
                // the program looks at the page to say what it holds
                let code = "read_fault(&mms[0], 0);".into();
                operations.push(Operation { begin: None, end: Some(index), word: String::new(), value: None, code });
            }
        }
        if let Some(begin) = open {
            operations.push(self.operation(begin, None)?);
        }
        Ok(operations)
    }

    fn operation(&mut self, begin: usize, end: Option<usize>) -> Result<Operation, NotModelled> {
        let event = &self.events[begin];
        let word = event.word().trim_end_matches("-begin");
        let (code, value) = match word {
            "store" => (self.store(begin, end), Some(number(event, "v", 16)?)),
            "fsync" | "msync" => (FSYNC.into(), None),
            // fs/fs-writeback.c sync_inodes_sb(): the flusher thread writes, and wait_sb_inodes() waits
            "sync" => ("filemap_fdatawait(&files[0]);".into(), None),
            // mm/sync.c ksys_sync_file_range(): SYNC_FILE_RANGE_WRITE starts writeback, as the flusher does
            "sfr" => ("flusher(&files[0]);".into(), None),
            "pageout" => ("reclaim(&pages[0]);".into(), None),
            "dropcaches" => ("drop_caches(&pages[0]);".into(), None),
            "truncate" => ("truncate(&files[0], 0);".into(), None),
            "punch" => ("punch_hole(&files[0], 0);".into(), None),
            "munmap" => ("munmap(&mms[0]);".into(), None),
            "dwrite-same-file" => (DIRECT_WRITE.into(), None),
            "process_vm_writev" => (self.copy(), None),
            "dio" => (self.direct_io(event)?, None),
            other => {
                return Err(NotModelled { seq: event.seq, message: format!("the model has nothing for `{other}`") });
            }
        };
        Ok(Operation { begin: Some(begin), end, word: word.into(), value, code })
    }

    /// A store is tried again after each fault.
    fn store(&self, begin: usize, end: Option<usize>) -> String {
        let task = self.events[begin].task;
        let fault = |index: &usize| {
            let event = &self.events[*index];
            let enters = event.function == "handle_mm_fault" && event.phase == Phase::Entry;
            enters && event.task == task && !self.retried.contains(index)
        };
        "store(&mms[0], 0); ".repeat(1 + (begin..end.unwrap_or(self.events.len())).filter(fault).count())
    }

    /// mm/process_vm_access.c process_vm_rw_pages(): pin, copy, release dirty, as a driver does.
    fn copy(&mut self) -> String {
        let slot = self.device(Writer::Copy, Some(WRITEV_VALUE), None);
        format!("rdma(&mms[0], 0, &slots[{slot}]);")
    }

    fn direct_io(&mut self, event: &Event) -> Result<String, NotModelled> {
        let block = number(event, "blk", 10)?;
        let value = Some(SOURCE_BLOCK + block);
        match event.said("kind") {
            Some("1") if is_write(event) => {
                let slot = self.device(Writer::Fetch, None, Some(block * SECTORS_PER_BLOCK));
                Ok(format!("dio_write(&mms[0], 0, &bios[{slot}]);"))
            }
            Some(kind) if is_write(event) => {
                let message = format!("a direct I/O write of kind {kind}: which of the disk's writes are the page's?");
                Err(NotModelled { seq: event.seq, message })
            }
            Some("0") => {
                let slot = self.device(Writer::Waited, value, Some(block * SECTORS_PER_BLOCK));
                Ok(waited_read(slot))
            }
            Some(kind @ ("1" | "2")) => {
                // a file's blocks lie anywhere
                let sector = (kind == "1").then_some(block * SECTORS_PER_BLOCK);
                let slot = self.device(Writer::Request, value, sector);
                Ok(format!("dio_read(&mms[0], 0, &bios[{slot}]);"))
            }
            kind => {
                let message = format!("direct I/O of kind {}: there are 0 to 2", kind.unwrap_or("-"));
                Err(NotModelled { seq: event.seq, message })
            }
        }
    }

    fn device(&mut self, writer: Writer, value: Option<u64>, sector: Option<u64>) -> usize {
        let slot = self.slots;
        self.slots += 1;
        self.devices.push(Device { writer, slot, value, sector });
        slot
    }
}

/// The sectors to which direct I/O writes.
pub fn written_elsewhere(events: &[Event]) -> BTreeSet<u64> {
    let writes = events.iter().filter(|event| event.word() == "dio-begin" && is_write(event));
    writes.filter_map(|event| Some(number(event, "blk", 10).ok()? * SECTORS_PER_BLOCK)).collect()
}

fn is_write(event: &Event) -> bool {
    event.said("rw") != Some("0")
}

/// block/fops.c __blkdev_direct_IO_simple(), fs/block_dev.c in v4.20: the task waits, dirties and releases; nobody dirties
/// the page before.
fn waited_read(slot: usize) -> String {
    format!(
        "if (!get_user_pages_fast(&mms[0], 0, FOLL_WRITE, &slots[{slot}])) {{ bios[{slot}].state = BIO_SUBMITTED; \
         wait_event(bios[{slot}].state == BIO_DONE); bio_dirty_and_release(&bios[{slot}]); }}"
    )
}

/// fs/sync.c, mm/msync.c, without a journal. mm/filemap.c filemap_fdatawrite_wbc(), __filemap_fdatawrite_range() in v4.20: a file
/// of which no page is tagged dirty is not written, but waited for.
const FSYNC: &str = "if (files[0].tag_dirty[0]) { fsync(&files[0]); } else { __atomic { spec_fsync_called(); } \
                     filemap_fdatawait(&files[0]); __atomic { spec_fsync_returned(0); } }";

/// mm/filemap.c kiocb_invalidate_pages(). In v6.18, as in 6.12, mm/truncate.c invalidate_inode_pages2_range() unmaps the range
/// before it takes the first page lock; v4.20 does so under it, and then finds nothing left to unmap here.
const DIRECT_WRITE: &str = "filemap_write_and_wait_range(&files[0], false); struct page *page = find_get_page(&files[0], 0); \
                            if (page) { if (page_mapped(page)) unmap_mapping_page(&files[0], 0); put_page(page); } \
                            invalidate_inode_pages2(&files[0], 0);";

fn not_begun(event: &Event) -> NotModelled {
    NotModelled { seq: event.seq, message: format!("`{}` ends, and nothing has begun", event.word()) }
}

fn number(event: &Event, key: &str, radix: u32) -> Result<u64, NotModelled> {
    let text = event.said(key).unwrap_or_default();
    u64::from_str_radix(text, radix).map_err(|_| {
        let message = format!("`{}` says no number {key}=", event.op.as_deref().unwrap_or_default());
        NotModelled { seq: event.seq, message }
    })
}
