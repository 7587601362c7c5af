//! Renderers: pure functions from a report or a replayed trace to text. They print nothing themselves.

mod calibration;
mod cause;
mod check;
mod coverage;
mod execution;
mod html;
mod itf;
mod junit;
mod lanes;
mod lasso;
mod mail;
mod markdown;
mod matrix;
mod mermaid;
mod mutants;
mod pages;
mod picture;
mod progress;
mod race;
mod runs;
mod scale;
mod steps;
mod table;
mod teller;
mod vacuity;
mod validate;

pub use calibration::{calibration, calibration_page};
pub use check::check;
pub use execution::execution;
pub use html::{Bundle, html, html_beside, html_live, html_review};
pub use itf::itf;
pub use junit::junit;
pub use mail::{Shown, reply, reply_to_race};
pub use markdown::{markdown, markdown_race};
pub use matrix::review;
pub use mermaid::mermaid;
pub use mutants::{fate, mutant_counts, mutants_page};
pub use picture::{Bar, Verdicts, bar_picture, matrix_picture};
pub use progress::{progress, progress_line};
pub use race::{Subject, WIDTH, race};
pub use scale::scale;
pub use steps::steps;
pub use table::{Table, wrap};
pub use validate::{beside, validation};

use crate::trace::place;

/// Whether words are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// For a terminal.
    Colour,
}

impl Style {
    /// A verdict in its colour.
    pub fn verdict(self, word: &str, text: &str) -> String {
        let code = match word {
            "violated" => "31",
            "holds" => "32",
            "vacuous" => "33",
            "undecided" => "35",
            _ => "2",
        };
        match self {
            Style::Plain => text.into(),
            Style::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// `1,234,567`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 page`, `3 pages`, `1 to 2 pages`
pub fn span((low, high): (usize, usize), one: &str) -> String {
    match (low, high) {
        (1, 1) => format!("1 {one}"),
        (low, high) if low == high => format!("{low} {one}s"),
        (low, high) => format!("{low} to {high} {one}s"),
    }
}
