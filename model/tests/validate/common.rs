//! The recordings, by name, and documents that tests write.

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::validate::recording::Recording;

/// Their names: kernel, file system or device, program.
pub const NAMES: [&str; 16] = [
    "6.1-ext4_dio_reclaim1",
    "6.1-ext4_dio_wb1",
    "6.12-dix_dix_dma1",
    "6.12-dix_dix_store",
    "6.12-ext4_base",
    "6.12-ext4_dio_inval1",
    "6.12-ext4_dio_quiet0",
    "6.12-ext4_dio_reclaim1",
    "6.12-ext4_dio_trunc1",
    "6.12-ext4_dio_wb0",
    "6.12-ext4_dio_wb1",
    "6.12-ext4_hole",
    "6.12-ext4_pvmw",
    "6.12-ext4_wbstore",
    "6.12-virt_dio_wb1",
    "6.12-xfs_dio_wb1",
];

/// Recordings of `model/recorder/`, each for something that the sixteen do not show.
pub const FRESH: [&str; 10] = [
    "6.1-ext4_dio_from1",
    "6.1-ext4_pvmw",
    "6.1-ext4_random2",
    "6.12-ext4_dio_from1",
    "6.12-ext4_dio_punch1",
    "6.12-ext4_dio_two1",
    "6.12-ext4_dio_unmap1",
    "6.12-ext4_flusher",
    "6.12-ext4_random1",
    "6.12-virt_dio_race1",
];

/// All that their own kernel has a run for.
pub fn all() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(FRESH)
}

/// The proposal that is a recording's kernel.
pub fn right(name: &str) -> &'static str {
    if name.starts_with("6.12") { "v6.18" } else { "v6.1" }
}

/// The text of a recording.
pub fn text(name: &str) -> String {
    let path = format!("{}/tests/kernel-traces/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A recording.
pub fn recording(name: &str) -> Recording {
    Recording::parse(&format!("{name}.jsonl"), &text(name)).unwrap_or_else(|fault| panic!("{fault}"))
}

/// A built-in proposal's only reading, or a composition of parts.
pub fn composition(corpus: &Corpus, name: &str) -> Composition {
    match corpus.proposal(name) {
        Some(proposal) => proposal.compositions(corpus).expect("it is whole").remove(0),
        None => Composition::of_parts(corpus, name).expect("the parts are there"),
    }
}

/// Tests run side by side, and each writes its part only.
static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());

/// Holds the part of a document between `<!-- NAME -->` and `<!-- end NAME -->` to a text; `UPDATE_DOCS=1` writes it.
pub fn documented(document: &str, name: &str, text: &str) {
    let path = format!("{}/../docs/{document}", env!("CARGO_MANIFEST_DIR"));
    let _writing = WRITING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let old = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end {name} -->\n"));
    let from = old.find(&begin).unwrap_or_else(|| panic!("{document} has no {begin}")) + begin.len();
    let to = old.find(&end).unwrap_or_else(|| panic!("{document} has no {end}"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let new = format!("{}{text}{}", &old[..from], &old[to..]);
        std::fs::write(&path, new).unwrap_or_else(|error| panic!("{path}: {error}"));
        return;
    }
    assert_eq!(&old[from..to], text, "{document}, {name}: UPDATE_DOCS=1 writes what is found");
}
