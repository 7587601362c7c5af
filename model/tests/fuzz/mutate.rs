//! Makes bad inputs of good ones: what an editor, a mailer and a hurried hand do to a text, and what an adversary does.

use super::dice::Dice;

/// No input is longer: a reader does not send more than a mail holds.
const MAX_LEN: usize = 32 * 1024;

/// How often something is nested where nesting is tried.
const DEPTHS: [usize; 4] = [30, 199, 300, 4000];

/// What opens without closing, in all of the four languages.
const OPENERS: [&str; 20] = [
    "(",
    "{",
    "[",
    "((",
    "!",
    "-",
    "~",
    "*",
    "&",
    "if (x) ",
    "a ? ",
    "x = ",
    "for (;;) {",
    "switch (x) { case 1: ",
    "[[",
    "{\"a\":",
    "[\"x\",",
    "\"\"\"",
    "/*",
    "__atomic {",
];

/// Characters that texts are not made of.
const ODD: [char; 16] = [
    '\0',
    '\u{feff}',
    '\u{2026}',
    '\u{a0}',
    '\u{201c}',
    'é',
    '\u{1f600}',
    '\r',
    '\\',
    '"',
    '\'',
    '#',
    '\t',
    '\u{7f}',
    '@',
    '`',
];

/// Numbers at the edges of what something may hold.
const NUMBERS: [&str; 18] = [
    "0",
    "-1",
    "1",
    "7",
    "8",
    "127",
    "128",
    "255",
    "256",
    "4096",
    "32768",
    "65535",
    "65536",
    "2147483648",
    "4294967295",
    "9223372036854775807",
    "18446744073709551616",
    "1e999",
];

/// Makes inputs for one parser.
pub struct Mutator {
    /// Texts that the parser takes.
    pub seeds: Vec<String>,
    /// Words that mean something to it.
    pub words: Vec<&'static str>,
}

impl Mutator {
    /// Input `number` of a series.
    pub fn input(&self, seed: u64, number: u64) -> String {
        let mut dice = Dice::of(seed, number);
        let mut text = self.seeds[dice.below(self.seeds.len())].clone();
        for _ in 0..=dice.below(5) {
            text = match dice.below(3) {
                0 => self.lines(&text, &mut dice),
                1 => characters(&text, &mut dice),
                _ => self.tokens(&text, &mut dice),
            };
        }
        let mut end = text.len().min(MAX_LEN);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }

    /// Lines deleted, doubled, moved, or taken from another text; now and then most of the text goes.
    fn lines(&self, text: &str, dice: &mut Dice) -> String {
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        if lines.is_empty() {
            return text.into();
        }
        let start = dice.below(lines.len());
        let end = start + 1 + dice.below((lines.len() - start).min(8));
        match dice.below(6) {
            0 => drop(lines.drain(start..end)),
            1 => {
                let again: Vec<&str> = lines[start..end].repeat(1 + dice.below(3));
                lines.splice(start..start, again);
            }
            2 => {
                let moved: Vec<&str> = lines.drain(start..end).collect();
                let to = dice.below(lines.len() + 1);
                lines.splice(to..to, moved);
            }
            3 => {
                let other: Vec<&str> = self.seeds[dice.below(self.seeds.len())].split_inclusive('\n').collect();
                let from = dice.below(other.len().max(1)).min(other.len());
                let to = (from + 1 + dice.below(12)).min(other.len());
                lines.splice(start..end, other[from..to].iter().copied());
            }
            4 => lines.truncate(end),
            _ => drop(lines.drain(..start)),
        }
        lines.concat()
    }

    /// Tokens deleted, doubled, swapped, replaced by words and numbers, or buried in nesting.
    fn tokens(&self, text: &str, dice: &mut Dice) -> String {
        let mut tokens = tokens(text);
        if tokens.is_empty() {
            return self.words[dice.below(self.words.len())].into();
        }
        let at = dice.below(tokens.len());
        let other = dice.below(tokens.len());
        let bomb;
        match dice.below(9) {
            0 => drop(tokens.drain(at..(at + 1 + dice.below(4)).min(tokens.len()))),
            1 => {
                let end = (at + 1 + dice.below(6)).min(tokens.len());
                let again = tokens[at..end].repeat(1 + dice.below(3));
                tokens.splice(at..at, again);
            }
            2 => tokens.swap(at, other),
            3 => tokens[at] = tokens[other],
            4 | 5 => tokens[at] = self.words[dice.below(self.words.len())],
            6 => tokens.insert(at, self.words[dice.below(self.words.len())]),
            7 => {
                let numbers: Vec<usize> =
                    (0..tokens.len()).filter(|i| tokens[*i].starts_with(|c: char| c.is_ascii_digit())).collect();
                let at = if numbers.is_empty() { at } else { numbers[dice.below(numbers.len())] };
                tokens[at] = dice.pick(&NUMBERS);
            }
            _ => {
                bomb = nested(tokens[at], dice);
                tokens[at] = &bomb;
            }
        }
        tokens.concat()
    }
}

/// A token inside many brackets, which may or may not be closed.
fn nested(token: &str, dice: &mut Dice) -> String {
    let opener = dice.pick(&OPENERS);
    let depth = DEPTHS[dice.below(DEPTHS.len())];
    let closer = match opener.chars().find(|c| "({[".contains(*c)) {
        Some('(') => ")",
        Some('{') => "}",
        Some(_) => "]",
        None => "",
    };
    let closed = if dice.below(2) == 0 { depth } else { dice.below(depth) };
    format!("{}{token}{}", opener.repeat(depth), closer.repeat(closed))
}

/// A character lost, replaced or inserted; a text cut off, or begun in the middle.
fn characters(text: &str, dice: &mut Dice) -> String {
    let mut at = dice.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (before, after) = text.split_at(at);
    let odd = ODD[dice.below(ODD.len())];
    let mut rest = after.chars();
    match dice.below(12) {
        0 => before.into(),
        1 => after.into(),
        2..=4 => {
            rest.next();
            format!("{before}{}", rest.as_str())
        }
        5..=7 => {
            rest.next();
            format!("{before}{odd}{}", rest.as_str())
        }
        _ => format!("{before}{odd}{after}"),
    }
}

/// Words, numbers, blanks, and everything else one by one.
fn tokens(text: &str) -> Vec<&str> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (at, c) in text.char_indices() {
        let this = class(c);
        if last.is_some_and(|last| last != this || this == 2) {
            tokens.push(&text[start..at]);
            start = at;
        }
        last = Some(this);
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
    tokens
}
