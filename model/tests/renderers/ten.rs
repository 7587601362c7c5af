//! The ten traces that every renderer is held to, and how a trace is replayed.

use std::path::{Path, PathBuf};

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::render::Subject;
use pinright_model::system::System;
use pinright_model::trace::{Trace, replay};

/// File and what it is here for.
pub const TEN: [(&str, &str); 10] = [
    ("traces/v4.20.S1.json", "safety: a race with writeback, an interrupt and reclaim"),
    ("traces/seed-hybrid-b.S6.json", "safety: two mms, a question of the proposal"),
    ("traces/w8-a.L1.json", "a hang: somebody waits for a pin that is kept for ever"),
    ("traces/races/b17.W3a.L2.json", "a deadlock: a lock that an interrupt waits for"),
    ("traces/t2.S14.json", "a cycle of the lock order: several runs"),
    ("traces/seed-hybrid-a.L6.json", "a lasso that stops: nobody has to step"),
    ("traces/seed-hybrid-b.L6.json", "a lasso that goes round, and two pages"),
    ("traces/a1.S5.json", "seven contexts"),
    ("model/tests/renderers/one-step.json", "one step, a crash, kernel C that travels with the trace"),
    ("model/tests/renderers/no-step.json", "no step: the initial state crashes"),
];

/// A file of the source checkout.
pub fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A trace from a file.
pub fn trace(path: &Path) -> Trace {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Trace::parse(&path.display().to_string(), &text).unwrap_or_else(|fault| panic!("{}", fault.render(false)))
}

/// Replays a trace and hands it on.
pub fn replayed<T>(corpus: &Corpus, trace: &Trace, then: impl FnOnce(&Subject) -> T) -> T {
    let (composition, population) = trace.case(corpus).expect("its case is built in or travels with it");
    let compiled = compile(corpus, &composition, &population).expect("compiles");
    let system = System::new(compiled.program, false).expect("init runs");
    let replay = replay(&system, trace).unwrap_or_else(|error| panic!("{} {}: {error}", trace.proposal, trace.claim));
    then(&Subject { system: &system, sources: &compiled.sources, trace, replay: &replay })
}

/// Does something with each of the ten, by its name: `v4.20.S1`.
pub fn each(mut work: impl FnMut(&str, &Subject)) {
    let corpus = Corpus::load().expect("the corpus loads");
    for (file, _) in TEN {
        let name = Path::new(file).file_stem().and_then(|name| name.to_str()).expect("a name");
        replayed(&corpus, &trace(&source(file)), |subject| work(name, subject));
    }
}
