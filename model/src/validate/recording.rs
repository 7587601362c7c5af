//! Recordings: the history of one page in a running kernel, as JSON lines. The first line is the header, every other one
//! an observation: a function was entered or left, or the program said something; and what the page looked like then.
//!
//! Owns the format. Nothing here knows the model.

mod state;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::notation::{Fault, Notation};

pub use state::{Mapping, PageState, PteState};

/// What to do about a file that is none.
const HELP: &str = "take a file that a recorder wrote: JSON lines, the header first";

/// The history of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The file.
    pub name: String,
    /// What the recorder says of it.
    pub header: Header,
    /// What was seen, in the order in which it happened.
    pub events: Vec<Event>,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The program that was run.
    pub trace: String,
    /// The kernel.
    pub kernel: Kernel,
    /// Address of the page's `struct folio`.
    pub folio: String,
    /// Number of events.
    pub events: usize,
    /// Whether it ends because the page was freed: its memory is somebody else's then.
    pub ended_by_free: bool,
    /// Number of probes.
    pub probes: String,
    /// Probes that fired and were not noted.
    pub probe_misses: u64,
    /// Events that the ring buffer lost.
    pub lost: u64,
    /// Probes that the kernel refused.
    pub probes_failed: Vec<String>,
}

/// The kernels whose functions are known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kernel {
    /// Linux 6.1: direct I/O takes plain references.
    #[serde(rename = "6.1")]
    V6_1,
    /// Linux 6.12: direct I/O pins.
    #[serde(rename = "6.12")]
    V6_12,
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Kernel::V6_1 => "6.1",
            Kernel::V6_12 => "6.12",
        })
    }
}

/// One observation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Place in the total order of all events of the machine; numbers between two belong to other pages.
    pub seq: u64,
    /// The CPU.
    pub cpu: u32,
    /// The task's id; 0 is the idle task.
    pub task: u32,
    /// The task's name.
    pub comm: String,
    /// What the CPU was doing.
    pub ctx: Mode,
    /// What ftrace prints about interrupts and preemption; not used.
    pub irqflags: String,
    /// The function, or `user`.
    #[serde(rename = "fn")]
    pub function: String,
    /// Whether it begins or ends.
    pub phase: Phase,
    /// Arguments, as far as the probe fetched them.
    #[serde(default, skip_serializing_if = "Arguments::is_empty")]
    pub args: Arguments,
    /// The result, for a return.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retval: Option<String>,
    /// Whom it returns to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// What the program says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// The page.
    pub state: PageState,
}

impl Event {
    /// `truncate-begin` of `truncate-begin size=0`; empty unless the program says something.
    pub fn word(&self) -> &str {
        self.op.as_deref().and_then(|op| op.split_whitespace().next()).unwrap_or_default()
    }

    /// The value of `key=value` in what the program says.
    pub fn said(&self, key: &str) -> Option<&str> {
        let mut words = self.op.as_deref()?.split_whitespace();
        words.find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }
}

/// What a CPU does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A process in the kernel.
    Task,
    /// A worker of a workqueue.
    Kworker,
    /// Another kernel thread.
    Kthread,
    /// A bottom half, whatever it interrupts.
    Softirq,
    /// An interrupt.
    Hardirq,
}

/// When an observation was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// At a function's first instruction.
    Entry,
    /// When it returns.
    Return,
    /// The program said something.
    User,
}

/// Arguments that probes fetch, as they print them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Arguments {
    /// `bio->bi_opf`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opf: Option<String>,
    /// The bio's first sector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sect: Option<String>,
    /// The bio's device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bdev: Option<String>,
    /// Flags of get_user_pages().
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gflags: Option<String>,
    /// Number of references.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refs: Option<String>,
    /// Whether PAGECACHE_TAG_TOWRITE is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// `wbc->nr_to_write`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nr: Option<String>,
    /// Flags of a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fflags: Option<String>,
    /// Whether a release dirties.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark_dirty: Option<String>,
    /// The work item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<String>,
    /// Flags of try_to_unmap().
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttu: Option<String>,
    /// First byte of a truncation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lstart: Option<String>,
    /// Last byte of a truncation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lend: Option<String>,
}

impl Arguments {
    fn is_empty(&self) -> bool {
        *self == Arguments::default()
    }
}

impl Recording {
    /// Reads the file `name`.
    ///
    /// # Errors
    /// The first line that is none of a recording, or what makes the whole one worthless: lost events, a wrong order.
    pub fn parse(name: &str, text: &str) -> Result<Self, Fault> {
        let notation = Notation { name, text };
        let mut lines = Lines { notation, start: 0 };
        let Some(header) = lines.next_line::<Header>()? else {
            return Err(notation.fault(lines.here(0), "this file is empty", HELP));
        };
        let mut events: Vec<Event> = Vec::new();
        loop {
            let start = lines.start;
            let Some(event) = lines.next_line::<Event>()? else { break };
            if let Some((message, help)) = event.fault(events.last()) {
                return Err(notation.fault(lines.here(start), message, help));
            }
            events.push(event);
        }
        let recording = Recording { name: name.into(), header, events };
        match recording.fault() {
            Some((message, help)) => Err(notation.fault(lines.here(0), message, help)),
            None => Ok(recording),
        }
    }

    /// As it is stored.
    pub fn to_json_lines(&self) -> String {
        // String keys only: there is nothing that could fail.
        let line = |text: serde_json::Result<String>| text.unwrap_or_default() + "\n";
        let events = self.events.iter().map(|event| line(serde_json::to_string(event)));
        std::iter::once(line(serde_json::to_string(&self.header))).chain(events).collect()
    }

    /// What makes the whole recording worthless.
    fn fault(&self) -> Option<(String, &'static str)> {
        let Header { events, lost, probe_misses, .. } = self.header;
        if lost > 0 || probe_misses > 0 {
            let message = format!("{} events are missing: the kernel did what nobody saw", lost + probe_misses);
            return Some((message, "record it again, with a larger buffer"));
        }
        if events != self.events.len() {
            let message = format!("the header says {events} events, and there are {}", self.events.len());
            return Some((message, "it was cut off: take the whole file"));
        }
        self.events.is_empty().then(|| ("there is no event".into(), "record a program that touches the page"))
    }
}

impl Event {
    /// What is wrong with an event behind another.
    fn fault(&self, before: Option<&Event>) -> Option<(String, &'static str)> {
        if let Some(before) = before.filter(|before| before.seq >= self.seq) {
            let message = format!("event {} stands behind {}", self.seq, before.seq);
            return Some((message, "`seq` is the order in which things happened: sort the lines by it"));
        }
        if (self.phase == Phase::User) != self.op.is_some() || (self.phase == Phase::User) != (self.function == "user")
        {
            let message = "the program, and nobody else, says something".to_string();
            return Some((message, "write `\"fn\":\"user\",\"phase\":\"user\"` with `op`, or a function without it"));
        }
        None
    }
}

/// Goes from line to line.
struct Lines<'a> {
    notation: Notation<'a>,
    start: usize,
}

impl Lines<'_> {
    /// Reads the next line; none at the end.
    fn next_line<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>, Fault> {
        let rest = &self.notation.text[self.start..];
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        if line.trim().is_empty() {
            let behind = rest.trim_start();
            if behind.is_empty() {
                return Ok(None);
            }
            let at = self.here(self.start);
            return Err(self.notation.fault(at, "a line is empty", "delete it: there is one event a line"));
        }
        let value = serde_json::from_str(line.trim_end());
        let value = value.map_err(|error| self.notation.json_line(self.start, &error, HELP))?;
        self.start += line.len();
        Ok(Some(value))
    }

    /// The line that begins at byte `start`.
    fn here(&self, start: usize) -> crate::lang::ast::Span {
        let line = self.notation.text[start..].lines().next().unwrap_or_default();
        crate::lang::ast::Span { file: 0, start: start as u32, end: (start + line.len()) as u32 }
    }
}

/// A phase in a word.
pub fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Entry => "entry",
        Phase::Return => "return",
        Phase::User => "user",
    }
}
