//! The number of the thread that runs, for the record.

use std::cell::Cell;

use crate::platform::Platform;

thread_local! {
    static STD: Cell<usize> = const { Cell::new(0) };
}
loom::thread_local! {
    static LOOM: Cell<usize> = Cell::new(0);
}
shuttle::thread_local! {
    static SHUTTLE: Cell<usize> = Cell::new(0);
}

/// The number of the running thread. Simulated threads share the real one: each backend has a variable of its own.
pub(super) fn this_thread<P: Platform>() -> usize {
    match P::NAME {
        "loom" => LOOM.with(Cell::get),
        "shuttle" => SHUTTLE.with(Cell::get),
        _ => STD.with(Cell::get),
    }
}

/// Says which thread is running, before its first access.
pub fn set_thread<P: Platform>(thread: usize) {
    match P::NAME {
        "loom" => LOOM.with(|number| number.set(thread)),
        "shuttle" => SHUTTLE.with(|number| number.set(thread)),
        _ => STD.with(|number| number.set(thread)),
    }
}
