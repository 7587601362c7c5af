//! Runs one target on a series of inputs: a panic, an input that takes too long and one that takes too much memory are
//! told with what makes the input again, and the input is saved.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::mutate::Mutator;

/// An input that takes longer hangs. A parser needs milliseconds; the machine may be busy with something else.
const PATIENCE: Duration = Duration::from_secs(20);

/// Memory of the whole process. The corpus and a compiled system take a tenth of it.
const MEMORY: u64 = 2 << 30;

/// A parser, the inputs to make for it, and what to do with each.
pub struct Target<'a> {
    /// What to call it.
    pub name: &'static str,
    /// Makes the inputs.
    pub mutator: Mutator,
    /// Parses; says whether the text was taken.
    pub parse: &'a dyn Fn(&str) -> bool,
}

/// What a series came to.
#[derive(Debug)]
pub struct Series {
    /// Inputs.
    pub inputs: u64,
    /// How many the parser took.
    pub taken: u64,
    /// How long it took.
    pub time: Duration,
    /// The longest time for one input, and its number.
    pub slowest: (Duration, u64),
}

/// Runs inputs until there were enough of them, or until the time is over.
pub fn run(target: &Target, seed: u64, inputs: u64, time: Duration) -> Series {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // If the process dies of an overflown stack, this file says of what.
    let last = File::create(folder.join(format!("fuzz-{}.last", target.name))).expect("a file");
    let watch = Watch::new(target.name, seed);
    let begun = Instant::now();
    let mut series = Series { inputs: 0, taken: 0, time: Duration::ZERO, slowest: (Duration::ZERO, 0) };
    while series.inputs < inputs && begun.elapsed() < time {
        let number = series.inputs;
        last.write_at(format!("{seed}:{number:<20}").as_bytes(), 0).expect("a file that can be written");
        watch.begin(number);
        let text = target.mutator.input(seed, number);
        let start = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| (target.parse)(&text))) {
            Ok(taken) => series.taken += u64::from(taken),
            Err(_) => panic!("{} panics on {}", target.name, saved(target, seed, number, &text).display()),
        }
        series.slowest = series.slowest.max((start.elapsed(), number));
        series.inputs += 1;
    }
    series.time = begun.elapsed();
    series
}

/// One input again, from what a failure said.
pub fn replay(target: &Target, seed: u64, number: u64) {
    let text = target.mutator.input(seed, number);
    println!("{}", saved(target, seed, number, &text).display());
    let start = Instant::now();
    let taken = (target.parse)(&text);
    println!("{} in {:?}", if taken { "taken" } else { "refused" }, start.elapsed());
}

fn saved(target: &Target, seed: u64, number: u64, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}-{seed}-{number}.txt", target.name));
    std::fs::write(&path, text).expect("a file");
    path
}

/// A thread that ends the process where an input takes too long or too much: nothing else can.
struct Watch {
    number: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Watch {
    fn new(name: &'static str, seed: u64) -> Self {
        let watch = Watch { number: Arc::default(), over: Arc::default() };
        let (number, over) = (Arc::clone(&watch.number), Arc::clone(&watch.over));
        std::thread::spawn(move || {
            let mut since = (u64::MAX, Instant::now());
            while !over.load(Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
                let now = number.load(Relaxed);
                if since.0 != now {
                    since = (now, Instant::now());
                }
                let complaint = match (since.1.elapsed() > PATIENCE, resident() > MEMORY) {
                    (true, _) => "hangs",
                    (_, true) => "takes too much memory",
                    _ => continue,
                };
                eprintln!("{name} {complaint}: PINRIGHT_FUZZ_REPLAY={seed}:{now}");
                std::process::abort();
            }
        });
        watch
    }

    fn begin(&self, number: u64) {
        self.number.store(number, Relaxed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
    }
}

/// Memory of this process, in bytes; zero where the system does not say.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages * 4096
}
