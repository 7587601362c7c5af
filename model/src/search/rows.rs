//! What components can do, by memory: the effects of steps that were fired once.
//!
//! All rows of one memory stand together, because a state asks for a row of each of its components at once. (Measured on
//! stores-two-mms with a second flusher, 2.4 million states: looking rows up in one hash table took 41 % of the time.)

use super::effect::{By, Effect, Lead};

/// Everything that a component can do from one pair of values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// The first effect.
    pub start: u32,
    /// Effects that lead to states.
    pub len: u32,
    /// Effects, those included that lead nowhere.
    pub transitions: u32,
    /// A number that the owner knows: who can step, and so on. Its low bit: whether some context is in the middle of
    /// something.
    stance: u32,
}

impl Row {
    /// What the owner called the stance.
    pub fn stance(&self) -> usize {
        self.stance as usize >> 1
    }

    /// Whether some context of the component is in the middle of something.
    pub fn busy(&self) -> bool {
        self.stance & 1 == 1
    }
}

/// A row and whose it is: component + 1 above 24 bits of value; zero is an empty entry.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    tag: u32,
    row: Row,
}

/// The rows of one memory: open addressing, a power of two of entries.
#[derive(Default)]
struct Block {
    entries: Box<[Entry]>,
    used: u32,
}

/// Rows and their effects.
#[derive(Default)]
pub(super) struct Rows {
    blocks: Vec<Block>,
    leads: Vec<Lead>,
    by: Vec<By>,
    entries: usize,
}

/// The most values of a component that have a tag; a search that comes to more ends as if memory were full.
pub(super) const MOST_VALUES: u32 = 1 << 24;

fn tag(component: usize, value: u32) -> u32 {
    (component as u32 + 1) << 24 | value
}

fn slot(tag: u32, len: usize) -> usize {
    (tag.wrapping_mul(0x9e37_79b9) >> 8) as usize & (len - 1)
}

impl Rows {
    /// The row of a component's value beside a value of memory.
    pub fn get(&self, memory: u32, component: usize, value: u32) -> Option<Row> {
        let block = self.blocks.get(memory as usize)?;
        block.get(tag(component, value))
    }

    /// Effects of a row that lead to states: where, and by which step.
    pub fn effects(&self, row: &Row) -> impl Iterator<Item = (Lead, &By)> {
        let effects = row.start as usize..row.start as usize + row.len as usize;
        self.leads[effects.clone()].iter().copied().zip(&self.by[effects])
    }

    /// The steps of its other effects.
    pub fn nowhere(&self, row: &Row) -> &[By] {
        &self.by[row.start as usize..][row.len as usize..row.transitions as usize]
    }

    /// Adds a row that is not there, with its effects: those that lead to states, and the others.
    pub fn add(
        &mut self,
        (memory, component, value): (u32, usize, u32),
        (stance, busy): (usize, bool),
        effects: [&[Effect]; 2],
    ) -> Row {
        let [len, others] = effects.map(|effects| effects.len() as u32);
        let stance = (stance as u32) << 1 | u32::from(busy);
        let row = Row { start: self.leads.len() as u32, len, transitions: len + others, stance };
        for effect in effects.into_iter().flatten() {
            self.leads.push(effect.lead);
            self.by.push(effect.by);
        }
        if self.blocks.len() <= memory as usize {
            self.blocks.resize_with(memory as usize + 1, Block::default);
        }
        let block = &mut self.blocks[memory as usize];
        let before = block.entries.len();
        block.add(Entry { tag: tag(component, value), row });
        self.entries += block.entries.len() - before;
        row
    }

    /// Whether effects come near the number from which on a row could not say where its own begin.
    pub fn are_many(&self) -> bool {
        self.leads.len() > (u32::MAX / 2) as usize
    }

    /// Bytes in use.
    pub fn bytes(&self) -> u64 {
        let blocks = self.blocks.capacity() * size_of::<Block>() + self.entries * size_of::<Entry>();
        (blocks + self.leads.capacity() * size_of::<Lead>() + self.by.capacity() * size_of::<By>()) as u64
    }
}

impl Block {
    fn get(&self, tag: u32) -> Option<Row> {
        let len = self.entries.len();
        let mut at = if len == 0 { return None } else { slot(tag, len) };
        loop {
            let entry = &self.entries[at];
            if entry.tag == tag {
                return Some(entry.row);
            }
            if entry.tag == 0 {
                return None;
            }
            at = (at + 1) & (len - 1);
        }
    }

    fn add(&mut self, new: Entry) {
        if (self.used as usize + 1) * 4 > self.entries.len() * 3 {
            let grown = (self.entries.len() * 2).max(8);
            let old = std::mem::replace(&mut self.entries, vec![Entry::default(); grown].into());
            old.iter().filter(|entry| entry.tag != 0).for_each(|entry| self.put(*entry));
        }
        self.put(new);
        self.used += 1;
    }

    fn put(&mut self, new: Entry) {
        let len = self.entries.len();
        let mut at = slot(new.tag, len);
        while self.entries[at].tag != 0 {
            at = (at + 1) & (len - 1);
        }
        self.entries[at] = new;
    }
}
