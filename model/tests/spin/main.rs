//! SPIN against the search: same states, same violations, same shortest depths.

#[path = "../common/few.rs"]
mod few;
#[path = "../common/jobs.rs"]
mod jobs;
#[path = "../common/readings.rs"]
mod readings;
#[path = "../common/source.rs"]
mod source;

mod cpu;
mod proposals;
mod small;
mod sticky;

use std::collections::BTreeMap;
use std::path::PathBuf;

use pinright_model::lang::program::Program;
use pinright_model::promela::spin::{SpinLimits, SpinResult, run_within};
use pinright_model::promela::{Judging, Refusal, export, identifier};
use pinright_model::search::{Exploration, Limits, explore_quietly};
use pinright_model::system::System;

/// A directory for SPIN's files, gone when dropped.
struct Workshop(PathBuf);

impl Workshop {
    fn new(name: &str) -> Self {
        let name = identifier(name);
        let dir = std::env::temp_dir().join(format!("pinright-spin-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a directory for SPIN");
        Workshop(dir)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        if std::env::var_os("PINRIGHT_KEEP_PROMELA").is_none() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// Both searches of one program.
struct Compared {
    ours: Exploration,
    spin: SpinResult,
}

/// Why there is nothing to compare, or what differs.
#[derive(Debug)]
enum Fault {
    /// The export cannot carry this.
    Refused(Refusal),
    /// Anything else.
    Differs(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Fault::Refused(refusal) => refusal.fmt(f),
            Fault::Differs(how) => f.write_str(how),
        }
    }
}

/// Searches `program` with our engine and with SPIN, and holds the results together.
fn compare(name: &str, program: &Program) -> Result<Compared, Fault> {
    let system = System::new(program.clone(), true).map_err(|e| Fault::Differs(e.to_string()))?;
    let model = export(program, system.initial_cells(), Judging::Reported).map_err(Fault::Refused)?;
    let ours = explore_quietly(&system, &Limits::default());
    let workshop = Workshop::new(name);
    let limits = SpinLimits { optimise: if ours.states > 100_000 { 1 } else { 0 }, ..SpinLimits::default() };
    let spin = run_within(&model, &workshop.0, limits).map_err(|e| Fault::Differs(e.to_string()))?;
    let id = |claim: &u16| identifier(&program.claims[usize::from(*claim)].decl.id);
    let shortest: BTreeMap<String, u64> =
        ours.violations.iter().map(|(claim, path)| (id(claim), path.steps.len() as u64)).collect();
    let expected = (ours.states + 1, shortest, !ours.cuts.is_empty());
    let found = (spin.states, spin.violations.clone(), spin.cut);
    if found != expected {
        return Err(Fault::Differs(format!("SPIN says {found:?}, we {expected:?}: states, shortest violations, cut")));
    }
    Ok(Compared { ours, spin })
}
