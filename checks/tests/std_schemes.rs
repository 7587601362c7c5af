//! Every scheme on real threads. Interpreted by miri, this is a third opinion: it reorders, and sees data races.
//!
//! `cargo +nightly miri test -p pinright-checks --test std_schemes`

use pinright_checks::schemes::ALL;

/// Real threads rarely meet, however often they run; miri makes them meet, and is slow.
const TIMES: usize = if cfg!(miri) { 8 } else { 2_000 };

#[test]
fn every_scheme_holds_on_real_threads() {
    for scheme in ALL {
        for check in scheme.checks {
            let found = (check.stress)(TIMES, None);
            assert_eq!(found.executions, TIMES);
            assert_eq!(found.failure, None, "{}: {}", scheme.name, check.name);
        }
    }
}
