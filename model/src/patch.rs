//! Patches to the kernel of the model, as `git format-patch` writes them: subject, reasons, trailers, hunks.
//!
//! Owns how a patch is read and applied. What its trailers mean is the business of those who ask for them.

use diffy::patch_set::{ParseOptions, PatchSet};

use crate::corpus::{Edits, embedded};

/// A patch, read.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The subject, without `[PATCH]`.
    pub subject: String,
    /// The reasons: all paragraphs between the subject and the trailers, each on a line of its own.
    pub reasons: Vec<String>,
    /// `Name: value`, in order.
    pub trailers: Vec<(String, String)>,
    /// Everything, hunks included.
    pub text: String,
}

/// Why a patch cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// No hunk was found, or one is malformed.
    #[error("this is no patch: {0}")]
    Malformed(String),
    /// The file is none of the kernel's and no part.
    #[error("there is no file {0} in the model: a patch changes files below model/kernel/ or model/parts/")]
    NoFile(String),
    /// The text is not what the patch expects.
    #[error("{file}: {reason}: the text differs from what the patch was made for")]
    DoesNotApply {
        /// The file.
        file: String,
        /// Which hunk.
        reason: String,
    },
}

impl Patch {
    /// Reads a patch. What stands before the first line with `---` is the message.
    pub fn parse(text: &str) -> Self {
        let message = text.split_once("\n---").map_or(text, |(message, _)| message);
        let (head, body) = message.split_once("\n\n").unwrap_or(("", message));
        let subject = head.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        let subject = subject.strip_prefix("[PATCH] ").unwrap_or(subject).to_string();
        let mut paragraphs: Vec<&str> = body.trim().split("\n\n").collect();
        let trailers = paragraphs.last().and_then(|last| trailers(last)).unwrap_or_default();
        if !trailers.is_empty() {
            paragraphs.pop();
        }
        let reasons = paragraphs.iter().map(|p| p.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        Patch { subject, reasons, trailers, text: text.into() }
    }

    /// The value of a trailer.
    pub fn trailer(&self, name: &str) -> Option<&str> {
        self.trailers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The changed texts of the files that the patch touches.
    ///
    /// # Errors
    /// A patch that is none, or that does not fit the files as they are.
    pub fn edits(&self) -> Result<Edits, PatchError> {
        let mut edits = Edits::new();
        for file in PatchSet::parse(&self.text, ParseOptions::unidiff()) {
            let file = file.map_err(|error| PatchError::Malformed(error.to_string()))?;
            let hunks = file.patch().as_text().ok_or_else(|| PatchError::Malformed("it is binary".into()))?;
            let path = hunks.modified().unwrap_or_default();
            let path = path.strip_prefix("b/").unwrap_or(path).trim();
            let known = edits.get(path).map(String::as_str).or_else(|| embedded(path));
            let text = known.ok_or_else(|| PatchError::NoFile(path.into()))?;
            let changed = diffy::apply(text, hunks);
            let refused =
                |error: diffy::ApplyError| PatchError::DoesNotApply { file: path.into(), reason: error.to_string() };
            edits.insert(path.into(), changed.map_err(refused)?);
        }
        match edits.is_empty() {
            true => Err(PatchError::Malformed("it changes no file".into())),
            false => Ok(edits),
        }
    }
}

/// The trailers, if every line of a paragraph is one.
fn trailers(paragraph: &str) -> Option<Vec<(String, String)>> {
    let trailer = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        let named = name.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
        named.then(|| (name.to_string(), value.trim().to_string()))
    };
    paragraph.lines().map(trailer).collect()
}
