//! Documents of `docs/` that are partly written by tests.

/// Holds what stands behind the marker of a document to what it must be, or writes it with `UPDATE_DOCS=1`. The marker
/// is a comment that names the test which writes.
pub fn documented(document: &str, test: &str, generated: &str) {
    let command = format!("UPDATE_DOCS=1 cargo test -p pinright-model --test {test}");
    let marker = format!("<!-- generated: {command} -->\n");
    let path = format!("{}/../docs/{document}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the document");
    let (introduction, written) = text.split_once(&marker).expect("the marker");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{introduction}{marker}{generated}")).expect("docs/ can be written");
        return;
    }
    assert!(written == generated, "{command}");
}
