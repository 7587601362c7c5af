//! The texts a program is made of, numbered, and where a byte of them stands.
//!
//! Owns every source text; a [`Span`] means nothing without the map it was made with.

use super::ast::Span;

/// One text and the offsets at which its lines begin.
#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    lines: Vec<usize>,
}

/// Every source text of a program; a file's number is its index here.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Source>,
}

impl SourceMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and returns its number.
    ///
    /// # Panics
    ///
    /// If there are more than `u32::MAX` files.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u32 {
        let text = text.into();
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.files.push(Source { name: name.into(), text, lines });
        u32::try_from(self.files.len() - 1).expect("fewer than 2^32 files")
    }

    /// The name a file was added with; empty if there is no such file.
    #[must_use]
    pub fn name(&self, file: u32) -> &str {
        self.get(file).map_or("", |source| &source.name)
    }

    /// A file's text; empty if there is no such file.
    #[must_use]
    pub fn text(&self, file: u32) -> &str {
        self.get(file).map_or("", |source| &source.text)
    }

    /// The text of the file of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&str> {
        self.files.iter().find(|source| source.name == name).map(|source| source.text.as_str())
    }

    /// Line and column of a span's first byte, both from 1; the column counts characters.
    #[must_use]
    pub fn line_col(&self, span: Span) -> (usize, usize) {
        let Some(source) = self.get(span.file) else {
            return (1, 1);
        };
        let at = floor(&source.text, span.start as usize);
        let line = source.line_of(at);
        (line + 1, source.text[source.lines[line]..at].chars().count() + 1)
    }

    /// The text under a span.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        let text = self.text(span.file);
        let start = floor(text, span.start as usize);
        let end = floor(text, span.end as usize).max(start);
        &text[start..end]
    }

    /// The whole line in which a span begins, without its newline.
    #[must_use]
    pub fn line_text(&self, span: Span) -> &str {
        let Some(source) = self.get(span.file) else {
            return "";
        };
        let line = source.line_of(floor(&source.text, span.start as usize));
        let rest = &source.text[source.lines[line]..];
        rest.split('\n').next().unwrap_or("")
    }

    /// The number of files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    fn get(&self, file: u32) -> Option<&Source> {
        self.files.get(file as usize)
    }
}

impl Source {
    /// The line (from 0) that holds byte `at`.
    fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).saturating_sub(1)
    }
}

/// The nearest character boundary at or below `at`, so that no span can split a character.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
