//! Pins and unpins on real threads, for benchmarks: `benches/pins.rs` drives them.

use std::hint::black_box;

use crate::kernel::Kernel;
use crate::lines::Line;
use crate::platform::Std;
use crate::schemes::counting::{Counter, Pin, Tracking};

/// Which page each thread pins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// All threads the same one.
    OnePage,
    /// Each of two threads another one.
    TwoPages,
}

/// A scheme's memory without its type, so that a list can have all of them.
pub trait Pairs: Send + Sync {
    /// Pins and unpins so many times.
    fn run(&self, thread: usize, pairs: usize);
}

struct Rig<M> {
    kernel: Kernel,
    memories: [Line<M>; 2],
    /// The memory and the pin of each thread.
    places: [(usize, Pin); 2],
}

/// Memory for two threads; `SHARE` if two pages are two pages of one memory, and not one page each of two.
pub fn set_up<C: Counter, const SHARE: bool>(placement: Placement) -> Box<dyn Pairs> {
    let kernel = Kernel::silent();
    let memories = [(); 2].map(|()| Line(<C::Memory<Std> as Tracking<Std>>::new(&kernel)));
    let other = match (placement, SHARE) {
        (Placement::OnePage, _) => (0, (0, 0)),
        (Placement::TwoPages, true) => (0, (0, 1)),
        (Placement::TwoPages, false) => (1, (0, 0)),
    };
    Box::new(Rig { kernel, memories, places: [(0, (0, 0)), other] })
}

impl<M: Tracking<Std>> Pairs for Rig<M> {
    fn run(&self, thread: usize, pairs: usize) {
        let (memory, pin) = self.places[thread];
        let memory = &*self.memories[memory];
        for _ in 0..pairs {
            if black_box(memory.track_pin(&self.kernel, pin)) {
                memory.untrack_pin(&self.kernel, pin.0, pin);
            }
        }
    }
}
