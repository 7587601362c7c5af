//! Pairs of pin and unpin per second, for every scheme of `cost::PRICED`.
//!
//! `cargo bench -p pinright-checks`. A test run performs each benchmark once. With two threads, items are those of one
//! thread: both together do twice as many.

use std::thread::current;

use divan::Bencher;
use divan::counter::ItemsCount;
use pinright_checks::cost::{PRICED, Pages, Priced};
use pinright_checks::measure::Placement;

/// Long enough that two threads overlap nearly all the time although the second one must be woken first.
const PAIRS: usize = 50_000;

fn main() {
    divan::main();
}

/// One thread.
#[divan::bench(args = PRICED)]
fn alone(bencher: Bencher, scheme: &Priced) {
    drive(bencher, scheme, Placement::OnePage);
}

/// Two threads, one page.
#[divan::bench(args = PRICED, threads = 2)]
fn contended(bencher: Bencher, scheme: &Priced) {
    drive(bencher, scheme, Placement::OnePage);
}

/// Two threads, a page each, of one mapping, one vma and one zone.
#[divan::bench(args = PRICED.iter().filter(|scheme| scheme.pages != Pages::One), threads = 2)]
fn two_pages(bencher: Bencher, scheme: &Priced) {
    drive(bencher, scheme, Placement::TwoPages);
}

fn drive(bencher: Bencher, scheme: &Priced, placement: Placement) {
    let memory = (scheme.set_up)(placement);
    // divan runs the first of the threads itself.
    let first = current().id();
    bencher.counter(ItemsCount::new(PAIRS)).bench(|| memory.run(usize::from(current().id() != first), PAIRS));
}
