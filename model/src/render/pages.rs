//! Page states in words, from memory cells by their names.

use crate::system::System;

/// Where the members that make up a page's state lie in memory.
pub(super) struct Pages {
    pages: Vec<Page>,
    /// Cells of `slots[...].held`.
    held: Vec<usize>,
    /// Whether a dirty page must have buffers.
    buffers: bool,
    /// Whether pages are numbered: more than one is used.
    several: bool,
}

/// Cells of one page; a member that the program does not have is None.
struct Page {
    allocated: Option<usize>,
    mapping: Option<usize>,
    dirty: Option<usize>,
    writeback: Option<usize>,
    private: Option<usize>,
    newer: Option<usize>,
}

impl Pages {
    /// `memories`: every memory that will be asked about.
    pub(super) fn new<'a>(system: &System, memories: impl Iterator<Item = &'a [i16]>) -> Self {
        let len = |name: &str| {
            let pool = system.program().pools.iter().find(|pool| pool.name == name);
            pool.map_or(0, |pool| usize::from(pool.len))
        };
        let page = |index: usize| {
            let cell = |member: &str| system.cell_named("pages", index, member);
            Page {
                allocated: cell("allocated"),
                mapping: cell("mapping"),
                dirty: cell("dirty"),
                writeback: cell("writeback"),
                private: cell("private"),
                newer: cell("mem_newer"),
            }
        };
        let mut pages = Pages {
            pages: (0..len("pages")).map(page).collect(),
            held: (0..len("slots")).filter_map(|slot| system.cell_named("slots", slot, "held")).collect(),
            buffers: system.program().unit.constants.get("FS_EXT4").is_none_or(|ext4| *ext4 != 0),
            several: false,
        };
        let mut used = vec![false; pages.pages.len()];
        for memory in memories {
            pages.states(memory).iter().zip(&mut used).for_each(|(state, used)| *used |= state != FREE);
        }
        pages.several = used.iter().filter(|used| **used).count() > 1;
        pages
    }

    /// The state of every page.
    pub(super) fn states(&self, cells: &[i16]) -> Vec<String> {
        (0..self.pages.len()).map(|page| self.state(page, cells)).collect()
    }

    /// What changed, in words; pages are numbered where there are several.
    pub(super) fn changed(&self, before: &[String], after: &[String]) -> String {
        let changed = before.iter().zip(after).enumerate().filter(|(_, (before, after))| before != after);
        let words = changed.map(|(page, (_, after))| self.numbered(page, after));
        words.collect::<Vec<_>>().join("; ")
    }

    /// Every page that is not free.
    pub(super) fn all(&self, states: &[String]) -> String {
        let used = states.iter().enumerate().filter(|(_, state)| *state != FREE);
        used.map(|(page, state)| self.numbered(page, state)).collect::<Vec<_>>().join("; ")
    }

    fn numbered(&self, page: usize, state: &str) -> String {
        match self.several {
            true => format!("[{page}] {state}"),
            false => state.into(),
        }
    }

    fn state(&self, index: usize, cells: &[i16]) -> String {
        let page = &self.pages[index];
        let is = |cell: Option<usize>| cell.is_some_and(|cell| cells[cell] != 0);
        if !is(page.allocated) {
            return FREE.into();
        }
        let cached = is(page.mapping);
        let mut words = vec![if is(page.dirty) { "dirty" } else { "clean" }];
        if is(page.writeback) {
            words.push("writeback");
        }
        match self.held.iter().filter(|cell| cells[**cell] == index as i16 + 1).count() {
            0 => {}
            1 => words.push("pinned"),
            _ => words.push("pinned twice"),
        }
        let mut state = words.join(" ");
        if !cached {
            state.push_str(", not in cache");
        } else if self.buffers && !is(page.private) {
            state.push_str(", no buffers");
        }
        // A dirty page is newer than the disk: only where nothing else says so is it worth a word.
        if is(page.newer) && !is(page.dirty) && !is(page.writeback) {
            state.push_str(", newer than disk");
        }
        state
    }
}

/// A page of the page allocator.
const FREE: &str = "free";
