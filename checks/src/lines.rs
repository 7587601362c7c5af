//! Which words share a cache line: by their names, for counting, and in memory, for measuring.
//!
//! A line has 64 bytes, as on x86-64 and most arm64. `struct page` has 64 bytes on 64-bit and starts on a line wherever
//! it has that size (include/linux/mm_types.h: eight words, with `_refcount`, `_mapcount`, `flags` and `mapping` among them), so
//! that a page's words share one. Everything else is larger than a line: of a mapping, a vma, an mm or a zone the schemes touch
//! one word, and it is taken to be alone in its line.

use std::ops::Deref;

/// A cache line of its own, or several.
#[repr(align(64))]
pub struct Line<T>(pub T);

impl<T> Deref for Line<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The line of a word, by its name in the model: words with the same answer share it.
pub fn line_of(word: &str) -> &str {
    match word.split_once('.') {
        // include/linux/mm_types.h struct folio: on 64-bit in `__page_1`, the folio's second struct page
        Some((_, "_pincount")) => word,
        // a page table is no part of the mm
        Some((_, field)) if field.starts_with("pte[") => word,
        Some((object, _)) => object,
        None => word,
    }
}
