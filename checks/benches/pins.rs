//! Pairs of pin and unpin per second, for every scheme of `cost::PRICED`.
//!
//! `cargo bench -p pinright-checks --bench pins`; a test run performs one iteration of each. With two threads the items are
//! those of one thread, and both together do twice as many. A sample is a million pairs, so that it takes many time slices:
//! in a short one, threads that the machine runs one after the other would look as if they ran at once and undisturbed.

use std::thread::current;

use divan::counter::ItemsCount;
use divan::{Bencher, Divan};
use pinright_checks::cost::{PRICED, Pages, Priced};
use pinright_checks::measure::Placement;

/// What an iteration does.
const PAIRS: usize = 20_000;
/// Iterations of a sample.
const ITERATIONS: u32 = 50;
/// Samples of a benchmark.
const SAMPLES: u32 = 20;

fn main() {
    Divan::default().sample_size(ITERATIONS).sample_count(SAMPLES).config_with_args().main();
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
