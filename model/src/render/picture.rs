//! Pictures for the documentation, as SVG: a matrix of verdicts, and bars. Dark and light follow the reader's choice.

use std::fmt::Write;

/// Height of a row, and of the line of a text.
const ROW: usize = 18;
/// Columns of the matrix.
const CELL: usize = 32;
/// Room for the longest bar.
const BAR: usize = 360;

/// Colours by name, for light and dark; every text has a contrast of at least 4.5:1 on what is behind it.
const STYLE: &str = "\
svg{background:#fff}text{font:12px sans-serif;fill:#1a1c1e}.c{text-anchor:middle;font-weight:700}.h{font-weight:700}
.violated{fill:#fde7e5}.holds{fill:#e4f3e8}.vacuous{fill:#fdf0d5}.undecided{fill:#efe7fa}.none{fill:#f6f7f9}
.b0{fill:#5b8def}.b1{fill:#e39b43}.b2{fill:#4aa36b}
@media(prefers-color-scheme:dark){svg{background:#14171a}text{fill:#e8eaed}
.violated{fill:#4a1d1a}.holds{fill:#17361f}.vacuous{fill:#41310b}.undecided{fill:#33234d}.none{fill:#1d2125}}";

/// A row of the matrix: a name, and a verdict for each claim.
pub type Verdicts = (String, Vec<String>);

/// The matrix of verdicts. A verdict is a sign and a colour, never a colour alone.
pub fn matrix_picture(title: &str, claims: &[String], rows: &[Verdicts]) -> String {
    let margin = 12 + 7 * rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let (width, top) = (margin + CELL * claims.len() + 12, 3 * ROW);
    let mut body = text("h", 8, ROW, title);
    for (column, claim) in claims.iter().enumerate() {
        body += &text("c", margin + CELL * column + CELL / 2, top - 6, claim);
    }
    for (number, (name, verdicts)) in rows.iter().enumerate() {
        let y = top + ROW * number;
        body += &text("", 8, y + 13, name);
        for (column, verdict) in verdicts.iter().enumerate() {
            let x = margin + CELL * column;
            let (class, sign) = sign(verdict);
            let _ = writeln!(
                body,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\"/>",
                CELL - 2,
                ROW - 2
            );
            body += &text("c", x + CELL / 2 - 1, y + 13, sign);
        }
    }
    let bottom = top + ROW * rows.len();
    body += &text("", 8, bottom + ROW, "X violated   . holds   v vacuous   ? undecided   - says nothing here");
    document(title, width.max(460), bottom + 2 * ROW, &body)
}

fn sign(verdict: &str) -> (&'static str, &'static str) {
    match verdict {
        "violated" => ("violated", "X"),
        "holds" => ("holds", "."),
        "vacuous" => ("vacuous", "v"),
        "undecided" => ("undecided", "?"),
        _ => ("none", "-"),
    }
}

/// A bar: its name, its length, and what is written behind it.
pub struct Bar {
    /// What it is.
    pub name: String,
    /// How long it is, in any unit.
    pub value: f64,
    /// The value in words.
    pub words: String,
    /// Which of three colours it has; bars of one kind share one.
    pub kind: usize,
}

/// Bars below each other; `logarithmic` where values differ by orders of magnitude (values below 1 have no bar then).
pub fn bar_picture(title: &str, note: &str, bars: &[Bar], logarithmic: bool) -> String {
    let margin = 16 + 7 * bars.iter().map(|bar| bar.name.chars().count()).max().unwrap_or(0);
    let scaled = |value: f64| if logarithmic { value.max(1.0).log10() } else { value };
    let most = bars.iter().map(|bar| scaled(bar.value)).fold(f64::MIN_POSITIVE, f64::max);
    let top = 2 * ROW;
    let mut body = text("h", 8, ROW, title);
    for (number, bar) in bars.iter().enumerate() {
        let (y, length) = (top + ROW * number, (scaled(bar.value) / most * BAR as f64).round() as usize);
        body += &text("", 8, y + 13, &bar.name);
        let _ = writeln!(
            body,
            "<rect class=\"b{}\" x=\"{margin}\" y=\"{y}\" width=\"{length}\" height=\"{}\"/>",
            bar.kind % 3,
            ROW - 4
        );
        body += &text("", margin + length + 6, y + 13, &bar.words);
    }
    let bottom = top + ROW * bars.len();
    body += &text("", 8, bottom + ROW, note);
    let longest = bars.iter().map(|bar| bar.words.chars().count()).max().unwrap_or(0);
    let width = margin + BAR + 16 + 7 * longest;
    document(title, width.max(16 + 7 * note.chars().count()), bottom + 2 * ROW, &body)
}

fn text(class: &str, x: usize, y: usize, words: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" xml:space=\"preserve\">{words}</text>\n")
}

fn document(title: &str, width: usize, height: usize, body: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}
