//! What counting schemes have in common: threads that pin, ask and unpin, and what must be true of them.
//!
//! A query must not miss a pin that stood from before it to after it. A thread's own pins are such pins, and those that
//! another thread handed to it; of all others a query may say either. Claims S6, S7 and L6 of the model are about the same.

use std::marker::PhantomData;

use crate::kernel::{Atomic, Kernel};
use crate::platform::Platform;
use crate::record::{Access, Call, Effect};
use crate::run::Check;

/// A pin: the mm it was made for, and the page.
pub type Pin = (usize, usize);

/// What a thread does.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// get_user_pages() with this as `current->mm`.
    Pin(Pin),
    /// put_user_page(): this is `current->mm`, and this the pin.
    Unpin(usize, Pin),
    /// Is the page pinned?
    Query(usize),
    /// A release store: the pin belongs to whoever takes it.
    Pass(Pin),
    /// An acquire load; the thread ends if there is nothing to take.
    Take(Pin),
}

/// Pins a page for the first mm.
pub const PIN: Op = Op::Pin((0, 0));
/// Unpins it.
pub const UNPIN: Op = Op::Unpin(0, (0, 0));
/// Asks.
pub const QUERY: Op = Op::Query(0);

/// The memory of a scheme, with what can be done to it.
pub trait Tracking<P: Platform>: Send + Sync + 'static {
    /// Memory in which nothing is pinned.
    fn new(kernel: &Kernel) -> Self;
    /// Counts a pin; false if it cannot be had.
    fn track_pin(&self, kernel: &Kernel, pin: Pin) -> bool;
    /// Drops a pin. `current` is `current->mm`; what the caller remembers is the pin.
    fn untrack_pin(&self, kernel: &Kernel, current: usize, pin: Pin);
    /// The query.
    fn page_dma_pinned(&self, kernel: &Kernel, page: usize) -> bool;
    /// Whether memory says, when nobody runs, that these are the pins.
    ///
    /// # Errors
    /// What it says instead.
    fn at_rest(&self, pins: &[Pin]) -> Result<(), String>;
}

/// A scheme on any platform.
pub trait Counter: Send + Sync + 'static {
    /// Its memory.
    type Memory<P: Platform>: Tracking<P>;
}

/// What each thread does.
pub trait Threads: Send + Sync + 'static {
    /// In a few words.
    const NAME: &'static str;
    /// By thread.
    const OPS: &'static [&'static [Op]];
}

/// A scheme under these threads.
pub struct Run<C, T>(PhantomData<fn() -> (C, T)>);

/// What the threads share.
pub struct Bench<P: Platform, M> {
    kernel: Kernel,
    memory: M,
    passed: Atomic<P>,
}

impl<C: Counter, T: Threads> Check for Run<C, T> {
    type Shared<P: Platform> = Bench<P, C::Memory<P>>;
    const NAME: &'static str = T::NAME;
    const THREADS: usize = T::OPS.len();

    fn set_up<P: Platform>(kernel: &Kernel) -> Self::Shared<P> {
        Bench { kernel: kernel.clone(), memory: C::Memory::new(kernel), passed: Atomic::new(kernel, "passed", 0) }
    }

    fn run<P: Platform>(kernel: &Kernel, bench: &Self::Shared<P>, thread: usize) -> i32 {
        let mut answers = 0;
        let mut held = Vec::new();
        for (number, op) in T::OPS[thread].iter().enumerate() {
            let answer = bench.perform(kernel, *op, &held);
            answers |= i32::from(answer) << number;
            if !account(*op, answer, &mut held) {
                break;
            }
        }
        answers
    }

    fn judge<P: Platform>(bench: &Self::Shared<P>, results: &[i32]) -> Result<(), String> {
        never_below_zero(&bench.kernel.log())?;
        let mut all = Vec::new();
        for (ops, answers) in T::OPS.iter().zip(results) {
            judge_answers(ops, *answers, &mut all)?;
        }
        bench.memory.at_rest(&all)
    }
}

impl<P: Platform, M: Tracking<P>> Bench<P, M> {
    fn perform(&self, kernel: &Kernel, op: Op, held: &[Pin]) -> bool {
        let Some(call) = call(op, held) else { return false };
        kernel.call::<P>(call, || {
            match op {
                Op::Pin(pin) => return self.memory.track_pin(kernel, pin),
                Op::Unpin(current, pin) => self.memory.untrack_pin(kernel, current, pin),
                Op::Query(page) => return self.memory.page_dma_pinned(kernel, page),
                Op::Pass(_) => self.passed.set_release("hand over", 1),
                Op::Take(_) => return self.passed.read_acquire("take over") == 1,
            }
            false
        })
    }
}

/// What an operation calls; nothing if a thread would drop a pin that it does not have.
fn call(op: Op, held: &[Pin]) -> Option<Call> {
    match op {
        Op::Pin(pin) => Some(Call::Pin(pin.1)),
        Op::Unpin(_, pin) => held.contains(&pin).then_some(Call::Unpin(pin.1)),
        Op::Query(page) => Some(Call::Query(page)),
        Op::Pass(_) => Some(Call::Pass),
        Op::Take(_) => Some(Call::Take),
    }
}

/// Keeps the list of a thread's pins; whether the thread goes on.
fn account(op: Op, answer: bool, held: &mut Vec<Pin>) -> bool {
    match op {
        Op::Pin(pin) | Op::Take(pin) if answer => held.push(pin),
        Op::Unpin(_, pin) | Op::Pass(pin) => drop_one(held, pin),
        Op::Take(_) => return false,
        Op::Pin(_) | Op::Query(_) => {}
    }
    true
}

fn drop_one(held: &mut Vec<Pin>, pin: Pin) {
    if let Some(at) = held.iter().position(|other| *other == pin) {
        held.swap_remove(at);
    }
}

/// Judges what one thread was told, and adds the pins that it leaves.
fn judge_answers(ops: &[Op], answers: i32, all: &mut Vec<Pin>) -> Result<(), String> {
    let mut held = Vec::new();
    for (number, op) in ops.iter().enumerate() {
        let answer = answers & (1 << number) != 0;
        match *op {
            Op::Query(page) if !answer && held.iter().any(|pin: &Pin| pin.1 == page) => {
                return Err(format!("pages[{page}] was found unpinned, and the asking thread had it pinned"));
            }
            Op::Pin(pin) if answer => all.push(pin),
            Op::Unpin(_, pin) if held.contains(&pin) => drop_one(all, pin),
            _ => {}
        }
        if !account(*op, answer, &mut held) {
            break;
        }
    }
    Ok(())
}

/// Flags and pointers never are; so whatever is stored below zero is a count.
fn never_below_zero(log: &[Access]) -> Result<(), String> {
    let below = log.iter().find(|access| matches!(access.effect, Effect::Store(new) | Effect::Rmw(_, new) if new < 0));
    below.map_or(Ok(()), |access| Err(format!("{} went below zero", access.word)))
}

/// How many of these are pins of a page.
pub fn of_page(pins: &[Pin], page: usize) -> i32 {
    pins.iter().filter(|pin| pin.1 == page).count() as i32
}

/// How many of these are pins that were made for an mm.
pub fn of_mm(pins: &[Pin], mm: usize) -> i32 {
    pins.iter().filter(|pin| pin.0 == mm).count() as i32
}

/// Whether a count, or a flag, is what it must be.
///
/// # Errors
/// What it is instead.
pub fn expect<P: Platform>(word: &Atomic<P>, wanted: i32, pins: i32) -> Result<(), String> {
    match word.at_rest() {
        found if found == wanted => Ok(()),
        found => Err(format!("{} is {found} at the end, with {pins} pins", word.name())),
    }
}

/// Declares what threads do.
macro_rules! threads {
    ($($(#[$doc:meta])* $name:ident, $text:literal, [$($ops:expr),+ $(,)?];)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl $crate::schemes::counting::Threads for $name {
            const NAME: &'static str = $text;
            const OPS: &'static [&'static [$crate::schemes::counting::Op]] = &[$(&$ops),+];
        }
    )+};
}
pub(crate) use threads;

threads! {
    /// Nobody asks.
    TwoPins, "pin beside pin", [[PIN, UNPIN], [PIN, UNPIN]];
    /// The asking thread has a pin.
    AskedByTwo, "query beside pin", [[PIN, UNPIN], [PIN, QUERY, UNPIN]];
    /// The asking thread has no pin: it may be told either, but not no, while a pin stands, nor yes for ever.
    AskedByStranger, "query by one without a pin", [[PIN, UNPIN], [QUERY, QUERY]];
    /// Somebody else's pin goes before the query.
    AskedByThree, "query beside two pins", [[PIN, UNPIN], [PIN, UNPIN], [PIN, QUERY, UNPIN]];
    /// As many as loom has room for.
    AskedByFour, "query beside three pins", [[PIN, UNPIN], [PIN, UNPIN], [PIN, UNPIN], [PIN, QUERY, UNPIN]];
    /// Pins of several rounds.
    TwoRounds, "two rounds of pins", [[PIN, UNPIN, PIN, UNPIN], [PIN, QUERY, UNPIN]];
    /// Completion in another context than submission.
    HandedOver, "a pin is handed over", [[PIN, Op::Pass((0, 0))], [Op::Take((0, 0)), QUERY, UNPIN]];
    /// Two pins of a thread at once.
    Twice, "pinned twice", [[PIN, PIN, UNPIN, QUERY, UNPIN], [PIN, UNPIN]];
}
