//! docs/real-code.md says what the schemes say of themselves.

use pinright_checks::tables::markdown;

/// Behind this line everything is generated.
const MARKER: &str = "<!-- generated: UPDATE_DOCS=1 cargo test -p pinright-checks --test docs -->\n";

#[test]
fn the_tables_in_docs_are_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/real-code.md");
    let text = std::fs::read_to_string(path).expect("docs/real-code.md");
    let (introduction, tables) = text.split_once(MARKER).expect("the marker");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{introduction}{MARKER}{}", markdown()))
            .expect("docs/real-code.md can be written");
        return;
    }
    assert!(tables == markdown(), "UPDATE_DOCS=1 cargo test -p pinright-checks --test docs");
}
