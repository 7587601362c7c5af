//! `explore new`: a whole proposal to begin with.

use crate::exit::Failure;

/// What is printed; NAME is replaced.
const SKELETON: &str = include_str!("skeleton.c");

/// The skeleton of the proposal `name`.
pub fn text(name: &str) -> Result<String, Failure> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    match !name.is_empty() && name.chars().all(fits) {
        true => Ok(SKELETON.replace("NAME", name)),
        false => Err(Failure::usage(format!("`{name}` is no name: use letters, digits, spaces and - _ ."))),
    }
}
