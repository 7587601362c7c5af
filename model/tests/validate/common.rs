//! The recordings, by name.

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

/// The text of a recording.
pub fn text(name: &str) -> String {
    let path = format!("{}/tests/kernel-traces/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A recording.
pub fn recording(name: &str) -> Recording {
    Recording::parse(&format!("{name}.jsonl"), &text(name)).unwrap_or_else(|fault| panic!("{fault}"))
}
