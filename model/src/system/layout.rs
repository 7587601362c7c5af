//! How a state is packed into words: memory, then per context its program counter and the locals live there.
//!
//! Cells that no context writes are constants and cost nothing. Dead locals are not stored: they cannot split states.

use crate::lang::program::*;

/// Where a context stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pc {
    /// At this step (index into [`Code::steps`]).
    At(u16),
    /// Its code is over.
    Ended,
    /// It parked.
    Parked,
}

/// Some bits of one word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bits {
    word: u16,
    shift: u8,
    width: u8,
}

impl Bits {
    pub(super) fn get(self, state: &[u64]) -> u64 {
        state[usize::from(self.word)] >> self.shift & self.mask()
    }

    pub(super) fn set(self, state: &mut [u64], value: u64) {
        let word = &mut state[usize::from(self.word)];
        *word = *word & !(self.mask() << self.shift) | value << self.shift;
    }

    /// Sets these bits in a mask.
    fn mark(self, mask: &mut [u64]) {
        mask[usize::from(self.word)] |= self.mask() << self.shift;
    }

    fn mask(self) -> u64 {
        match self.width {
            64 => u64::MAX,
            width => (1 << width) - 1,
        }
    }
}

/// A packed number: its bits and the value that zero bits stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub bits: Bits,
    pub low: i16,
}

impl Slot {
    pub(super) fn get(self, state: &[u64]) -> i16 {
        self.bits.get(state) as i16 + self.low
    }

    pub(super) fn set(self, state: &mut [u64], value: i16) {
        self.bits.set(state, (i32::from(value) - i32::from(self.low)) as u64);
    }
}

/// A local that is stored at a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct LocalSlot {
    pub reg: Reg,
    pub slot: Slot,
    pub range: Range,
}

#[derive(Clone, Debug)]
pub(super) struct ContextLayout {
    pub pc: Bits,
    /// Locals stored at each step.
    pub locals: Vec<Vec<LocalSlot>>,
    /// The bits that hold locals at any step, to be cleared.
    pub block: Vec<Bits>,
}

impl ContextLayout {
    /// Sets the context's bits in a mask.
    pub(super) fn mark(&self, mask: &mut [u64]) {
        self.block.iter().chain([&self.pc]).for_each(|bits| bits.mark(mask));
    }
}

/// The layout of states.
#[derive(Clone, Debug)]
pub struct Layout {
    words: usize,
    bits: u32,
    memory_bits: u32,
    /// The slot of each cell that some context writes.
    pub(super) cells: Vec<Option<Slot>>,
    pub(super) contexts: Vec<ContextLayout>,
    pub(super) sticky: Option<Bits>,
    pub(super) dead: Option<Bits>,
}

/// Hands out bits; a field never crosses a word.
struct Allocator {
    next: u32,
}

impl Allocator {
    fn take(&mut self, width: u32) -> Bits {
        if self.next % 64 + width > 64 {
            self.next = self.next.next_multiple_of(64);
        }
        let at = self.next;
        self.next += width;
        Bits { word: (at / 64) as u16, shift: (at % 64) as u8, width: width as u8 }
    }
}

impl Layout {
    pub(super) fn new(program: &Program, sticky: bool) -> Self {
        let mut allocator = Allocator { next: 0 };
        let written = written_cells(program);
        let mut cells = Vec::new();
        for pool in &program.pools {
            for object in 0..usize::from(pool.len) {
                for (offset, info) in pool.cells.iter().enumerate() {
                    let index = pool.base as usize + object * pool.cells.len() + offset;
                    cells.push(
                        written[index].then(|| Slot { bits: allocator.take(info.range.bits()), low: info.range.low }),
                    );
                }
            }
        }
        let memory_bits = allocator.next;
        let contexts = program.contexts.iter().map(|c| context_layout(&c.code, &mut allocator)).collect();
        let sticky_bits = sticky.then(|| allocator.take((program.claims.len() as u32).max(1)));
        let dead = sticky.then(|| allocator.take(1));
        Layout {
            words: (allocator.next as usize).div_ceil(64).max(1),
            bits: allocator.next,
            memory_bits,
            cells,
            contexts,
            sticky: sticky_bits,
            dead,
        }
    }

    /// Words of a state.
    pub fn words(&self) -> usize {
        self.words
    }

    /// Bits of a state, and how many of them are memory.
    pub fn bits(&self) -> (u32, u32) {
        (self.bits, self.memory_bits)
    }

    /// Where a context stands in a packed state.
    pub fn pc(&self, state: &[u64], context: usize) -> Pc {
        let layout = &self.contexts[context];
        let code = layout.pc.get(state) as usize;
        match code.checked_sub(layout.locals.len()) {
            None => Pc::At(code as u16),
            Some(0) => Pc::Ended,
            Some(_) => Pc::Parked,
        }
    }

    pub(super) fn set_pc(&self, state: &mut [u64], context: usize, pc: Pc) {
        let layout = &self.contexts[context];
        let code = match pc {
            Pc::At(step) => usize::from(step),
            Pc::Ended => layout.locals.len(),
            Pc::Parked => layout.locals.len() + 1,
        };
        layout.pc.set(state, code as u64);
    }
}

fn context_layout(code: &Code, allocator: &mut Allocator) -> ContextLayout {
    let codes = code.steps.len() as u32 + 2;
    let pc = allocator.take(u32::BITS - (codes - 1).leading_zeros());
    let start = allocator.next;
    let mut end = start;
    let mut locals = Vec::new();
    for step in &code.steps {
        allocator.next = start;
        let slots = step.live.iter().map(|&reg| {
            let range = code.regs[usize::from(reg)].range;
            LocalSlot { reg, slot: Slot { bits: allocator.take(range.bits()), low: range.low }, range }
        });
        locals.push(slots.collect());
        end = end.max(allocator.next);
    }
    allocator.next = end;
    ContextLayout { pc, locals, block: block(start, end) }
}

/// The bits from `start` to `end`, word by word.
fn block(start: u32, end: u32) -> Vec<Bits> {
    let mut bits = Vec::new();
    let mut at = start;
    while at < end {
        let width = (64 - at % 64).min(end - at);
        bits.push(Bits { word: (at / 64) as u16, shift: (at % 64) as u8, width: width as u8 });
        at += width;
    }
    bits
}

/// Which cells some context may write.
fn written_cells(program: &Program) -> Vec<bool> {
    let mut written = vec![false; program.memory_len()];
    let mut mark = |pool: &PoolInfo, object: Option<u16>, offset: usize| {
        for i in 0..pool.len {
            if object.is_none_or(|o| o == i + 1) {
                written[pool.base as usize + usize::from(i) * pool.cells.len() + offset] = true;
            }
        }
    };
    for op in program.contexts.iter().flat_map(|c| &c.code.ops) {
        match op {
            Op::Store { place, .. } => {
                let object = match place.object {
                    Operand::Imm(object) => Some(object as u16),
                    Operand::Reg(_) => None,
                };
                let elements = place.index.map_or(1, |i| usize::from(i.len));
                let stride = place.index.map_or(0, |i| usize::from(i.stride));
                for element in 0..elements {
                    let offset = usize::from(place.offset) + element * stride;
                    mark(&program.pools[usize::from(place.pool)], object, offset);
                }
            }
            Op::PoolGet { pool, .. } | Op::PoolPut { pool, .. } => {
                let pool = &program.pools[usize::from(*pool)];
                mark(pool, None, pool.cells.len() - 1);
            }
            _ => {}
        }
    }
    written
}
