//! Words of a litmus test, each with its line.

use super::refusal::Refusal;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A name or keyword.
    Name(String),
    /// A number without its sign.
    Number(i32),
    /// Anything else.
    Mark(&'static str),
    /// The end of the file.
    End,
}

impl Token {
    /// The word as a person would write it.
    pub fn text(&self) -> String {
        match self {
            Token::Name(name) => name.clone(),
            Token::Number(number) => number.to_string(),
            Token::Mark(mark) => (*mark).to_string(),
            Token::End => "the end of the file".to_string(),
        }
    }
}

/// Longest first, so that `==` is not read as two `=`.
const MARKS: &[&str] =
    &["/\\", "\\/", "==", "!=", "(", ")", "{", "}", "=", ";", ",", ":", "*", "&", "+", "-", "<", ">", "~", "!"];

/// Splits `source` into words, the first line `C name` included.
///
/// Comments `(* ... *)` may stand only before the first brace: in code, `(*x)` is a dereference.
pub fn lex(file: &str, source: &str) -> Result<Vec<(Token, usize)>, Refusal> {
    let code = source.find('{').unwrap_or(source.len());
    let mut rest = source;
    let mut tokens = Vec::new();
    loop {
        let at = source.len() - rest.len();
        let line = source[..at].matches('\n').count() + 1;
        let Some(first) = rest.chars().next() else {
            tokens.push((Token::End, line));
            return Ok(tokens);
        };
        let taken = if first.is_whitespace() {
            first.len_utf8()
        } else if at < code && rest.starts_with("(*") {
            rest.find("*)")
                .map(|end| end + 2)
                .ok_or_else(|| Refusal::new(file, line, "a comment that does not end", "close it with *)"))?
        } else {
            let (token, length) = word(rest).ok_or_else(|| {
                Refusal::new(file, line, format!("the character {first}"), "teach lex.rs, or write it otherwise")
            })?;
            tokens.push((token, line));
            length
        };
        rest = &rest[taken..];
    }
}

/// The word at the start of `rest`, and its length.
fn word(rest: &str) -> Option<(Token, usize)> {
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    if length == 0 {
        let mark = MARKS.iter().find(|mark| rest.starts_with(**mark))?;
        return Some((Token::Mark(mark), mark.len()));
    }
    let text = &rest[..length];
    // A part of a title such as 2step is a name, although it begins with a digit.
    let number = text.parse().map(Token::Number);
    Some((number.unwrap_or_else(|_| Token::Name(text.to_string())), length))
}
