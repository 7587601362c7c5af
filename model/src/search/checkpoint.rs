//! Checkpoints: a search in the middle of its work as bytes, and back.
//!
//! ```text
//! pinright checkpoint        magic
//! u64                        length of the header
//! header                     JSON: what was noted, levels, number of values and of states
//! u64 ...                    values of each part, then keys of states, by depth
//! u32                        CRC of everything before
//! ```
//! Numbers are little-endian. The table is not stored: it is made from the keys.

use std::io::{self, Read, Write};
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bfs::Search;
use super::expand::{Expander, Space};
use super::key::{Field, Key, KeyLayout};
use super::levels::{Levels, Piece};
use super::notes::Notes;
use super::states::States;
use super::values::Dictionary;
use super::workers::Worker;
use crate::system::symmetry::Symmetry;
use crate::system::{Ran, System};

const MAGIC: &[u8] = b"pinright checkpoint\n";
/// Goes up when the format changes; another one is not read.
const VERSION: u32 = 3;

/// Why a checkpoint cannot be resumed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It cannot be read to its end.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no checkpoint, or a damaged one.
    #[error("it is damaged, or no checkpoint: {0}")]
    Damaged(&'static str),
    /// Its format is another one.
    #[error("its format is {0}, and this program reads {VERSION}")]
    Version(u32),
    /// It belongs to another system.
    #[error("it belongs to another program, scenario or set of claims")]
    Other,
    /// It keeps one state for all that differ by a renaming, and the search is to keep all; or the other way round.
    #[error("it was made with symmetry and the search is without, or the other way round")]
    Symmetry,
}

/// A search that can be written down.
pub trait Snapshot {
    /// Writes it. `identity` names the system: [`RestoreError::Other`] is found by it.
    ///
    /// # Errors
    /// Whatever the writer says.
    fn write(&self, identity: &str, writer: &mut dyn Write) -> io::Result<()>;
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    identity: String,
    /// Elements of the group whose canonical states these are; 1 if they are all states.
    symmetry: usize,
    /// Words of a key.
    words: usize,
    states: usize,
    /// States of each level that was begun; the others are of the next.
    levels: Vec<u64>,
    /// States of the last of them that were expanded.
    expanded: usize,
    transitions: u64,
    elapsed: Duration,
    notes: Notes,
    covered: Vec<Vec<Ran>>,
    fields: Vec<Field>,
    /// Number of values of each part.
    parts: Vec<usize>,
}

/// A checkpoint that was read, before it is a search again.
pub struct Checkpoint {
    header: Header,
    /// Values, then keys.
    words: Vec<u64>,
}

/// Sums up what is written.
struct Summing<'w> {
    writer: &'w mut dyn Write,
    sum: crc32fast::Hasher,
}

impl Write for Summing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.writer.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<const W: usize> Snapshot for Search<'_, W> {
    fn write(&self, identity: &str, writer: &mut dyn Write) -> io::Result<()> {
        let mut writer = Summing { writer, sum: crc32fast::Hasher::new() };
        let header = serde_json::to_vec(&self.header(identity))?;
        writer.write_all(MAGIC)?;
        writer.write_all(&(header.len() as u64).to_le_bytes())?;
        writer.write_all(&header)?;
        for part in &self.space.dictionary().parts {
            write_words(&mut writer, part.words())?;
        }
        let fresh = self.workers.iter().flat_map(|worker| worker.fresh.iter().flatten()).copied();
        for key in self.levels.all().chain(fresh) {
            write_words(&mut writer, &key)?;
        }
        let sum = writer.sum.clone().finalize();
        writer.write_all(&sum.to_le_bytes())?;
        writer.flush()
    }
}

fn write_words(writer: &mut impl Write, words: &[u64]) -> io::Result<()> {
    words.iter().try_for_each(|word| writer.write_all(&word.to_le_bytes()))
}

impl<'a, const W: usize> Search<'a, W> {
    fn header(&self, identity: &str) -> Header {
        Header {
            version: VERSION,
            identity: identity.into(),
            symmetry: self.space.symmetry.order(),
            words: W,
            states: self.states.len,
            levels: self.levels.sizes(),
            expanded: self.levels.expanded(),
            transitions: self.transitions,
            elapsed: self.elapsed,
            notes: self.notes(),
            covered: self.covered(),
            fields: self.space.layout.fields.clone(),
            parts: self.space.dictionary().counts().collect(),
        }
    }

    /// The search that was written down; its keys have [`Checkpoint::words`] words.
    pub(super) fn restored(
        system: &'a System,
        symmetry: Symmetry,
        checkpoint: Checkpoint,
    ) -> Result<Self, RestoreError> {
        let Checkpoint { header, words } = checkpoint;
        if header.symmetry != symmetry.order() {
            return Err(RestoreError::Symmetry);
        }
        let mut dictionary = Dictionary::new(system);
        if header.parts.len() != dictionary.parts.len() || header.fields.len() != header.parts.len() {
            return Err(RestoreError::Other);
        }
        let mut rest = &words[..];
        for (part, values) in dictionary.parts.iter_mut().zip(&header.parts) {
            let (mine, others) = rest.split_at_checked(values * system.layout().words()).ok_or(RestoreError::Other)?;
            for value in mine.chunks_exact(system.layout().words()) {
                part.number(value);
            }
            rest = others;
        }
        let keys = rest.as_chunks::<W>().0;
        if keys.len() != header.states || dictionary.counts().ne(header.parts.iter().copied()) {
            return Err(RestoreError::Damaged("its states are not as many as it says"));
        }
        let layout = KeyLayout { fields: header.fields };
        let too_few = RestoreError::Damaged("its levels are not as large as it says");
        let (levels, ahead) = levels_of(keys, &header.levels, header.expanded).ok_or(too_few)?;
        let workers = vec![Worker::having(Expander::new(system, &symmetry), vec![ahead.to_vec()])];
        Ok(Search {
            states: States::of(layout.bits(), keys.len() / 4 * 5, vec![Piece::Plain(keys)], 1),
            space: Space { system, symmetry, dictionary: Mutex::new(dictionary), layout },
            levels,
            transitions: header.transitions,
            elapsed: header.elapsed,
            noted: header.notes,
            ran_before: header.covered,
            workers,
        })
    }
}

/// Keys by level, and those of the level after the last that was begun.
fn levels_of<'k, const W: usize>(
    keys: &'k [Key<W>],
    sizes: &[u64],
    expanded: usize,
) -> Option<(Levels<W>, &'k [Key<W>])> {
    let (mut lists, mut rest) = (Vec::new(), keys);
    for size in sizes {
        let (level, others) = rest.split_at_checked(usize::try_from(*size).ok()?)?;
        lists.push(level.to_vec());
        rest = others;
    }
    let mut lists = lists.into_iter();
    let mut levels = Levels::new(lists.next()?);
    lists.for_each(|list| levels.advance(vec![list], 1));
    let possible = expanded <= levels.frontier_len();
    levels.frontier.iter_mut().for_each(|list| list.expanded = expanded);
    possible.then_some((levels, rest))
}

impl Checkpoint {
    /// Reads a checkpoint of the system that `identity` names.
    ///
    /// # Errors
    /// Bytes that are no whole checkpoint of that system.
    pub fn read(identity: &str, mut reader: impl Read) -> Result<Self, RestoreError> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes)?;
        let (body, sum) = bytes.split_last_chunk::<4>().ok_or(RestoreError::Damaged("it is too short"))?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            return Err(RestoreError::Damaged("its sum is another"));
        }
        let rest = body.strip_prefix(MAGIC).ok_or(RestoreError::Damaged("it does not begin like one"))?;
        let (length, rest) = rest.split_first_chunk::<8>().ok_or(RestoreError::Damaged("it has no header"))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (header, words) = rest.split_at_checked(length).ok_or(RestoreError::Damaged("its header is cut"))?;
        let header = header_of(header, identity)?;
        let words = words.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
        Ok(Checkpoint { header, words })
    }

    /// States found so far.
    pub fn states(&self) -> u64 {
        self.header.states as u64
    }

    /// Words of a key.
    pub(super) fn words(&self) -> usize {
        self.header.words
    }

    /// Time that the search had taken.
    pub(super) fn elapsed(&self) -> Duration {
        self.header.elapsed
    }
}

fn header_of(json: &[u8], identity: &str) -> Result<Header, RestoreError> {
    // The version first: a later format may have members that this one does not know.
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let unreadable = |_| RestoreError::Damaged("its header is unreadable");
    let Versioned { version } = serde_json::from_slice(json).map_err(unreadable)?;
    if version != VERSION {
        return Err(RestoreError::Version(version));
    }
    let header: Header = serde_json::from_slice(json).map_err(unreadable)?;
    if header.identity != identity { Err(RestoreError::Other) } else { Ok(header) }
}
