//! Which mutants shuttle's drawing schedulers see. Seeds are fixed, so that a line that changes tells of a changed
//! scheme, or of a changed shuttle.

use pinright_checks::run::Bound;
use pinright_checks::seen::{DRAWN, TOOLS, shuttle};

#[test]
fn random_and_pct_see_what_they_are_said_to() {
    for (tool, bound) in TOOLS.iter().zip([Bound::Random(DRAWN), Bound::Pct(DRAWN)]) {
        let path = format!("{}/src/seen/{}.txt", env!("CARGO_MANIFEST_DIR"), tool.name.to_lowercase());
        let seen = shuttle(bound);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &seen).expect(&path);
        }
        let stored = std::fs::read_to_string(&path).expect(&path);
        assert!(stored == seen, "UPDATE_DOCS=1 cargo test -p pinright-checks --test shuttle_seen");
    }
}
