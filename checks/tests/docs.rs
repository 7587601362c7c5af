//! docs/real-code.md and docs/cost-of-pins.md say what the schemes say of themselves.

use pinright_checks::{cost, tables};

/// Behind this line everything is generated.
const MARKER: &str = "<!-- generated: UPDATE_DOCS=1 cargo test -p pinright-checks --test docs -->\n";

#[test]
fn the_tables_in_docs_are_current() {
    holds("real-code.md", &tables::markdown());
    holds("cost-of-pins.md", &cost::markdown());
}

fn holds(name: &str, generated: &str) {
    let path = format!("{}/../docs/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the document");
    let (introduction, tables) = text.split_once(MARKER).expect("the marker");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{introduction}{MARKER}{generated}")).expect("docs/ can be written");
        return;
    }
    assert!(tables == generated, "{name}: UPDATE_DOCS=1 cargo test -p pinright-checks --test docs");
}
