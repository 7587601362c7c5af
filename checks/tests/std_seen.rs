//! Measures which mutants miri sees: `MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test -p pinright-checks
//! --test std_seen -- --ignored`.

use pinright_checks::schemes::ALL;
use pinright_checks::seen::{TOOLS, std};

/// Executions of each mutant.
const TIMES: usize = 24;

#[test]
#[ignore = "a measurement: rewrites checks/src/seen/miri.txt, and means something under miri only"]
fn measure_miri() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/seen/miri.txt");
    let text = std(TIMES);
    if cfg!(miri) {
        ::std::fs::write(path, text).expect("miri.txt");
    }
}

#[test]
fn every_mutant_was_measured_by_every_tool() {
    for tool in TOOLS {
        let mutants = ALL.iter().flat_map(|scheme| scheme.mutants.iter().map(move |mutant| (scheme, mutant)));
        let missing: Vec<_> = mutants.filter(|(scheme, mutant)| tool.of(scheme, mutant).is_none()).collect();
        let names: Vec<_> = missing.iter().map(|(scheme, mutant)| (scheme.name, mutant.mutation)).collect();
        assert!(names.is_empty(), "{}: measure again: {names:?}", tool.name);
    }
}
