//! Results on stdout, everything else on stderr. A reader that goes away is no error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use pinright_model::render::Style;

use crate::exit::Exit;

/// A command's result.
pub struct Output {
    text: String,
    exit: Exit,
    faults: Vec<String>,
}

impl Output {
    /// What to print, and how to exit.
    pub fn new(text: String, exit: Exit) -> Self {
        Output { text, exit, faults: Vec::new() }
    }

    /// The same, beside input that nothing could be made of: it is told behind the result, and gives the exit code.
    pub fn with(self, faults: Vec<String>) -> Self {
        let exit = if faults.is_empty() { self.exit } else { Exit::BadInput };
        Output { faults, exit, ..self }
    }

    /// Prints the result and yields the code.
    pub fn print(self) -> ExitCode {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(self.text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => {
                self.faults.iter().for_each(|fault| diagnose(&format!("error: {}", fault.trim_end())));
                self.exit.into()
            }
            // `explore list | head`: whoever read has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.exit.into(),
            Err(error) => {
                diagnose(&format!("error: cannot write the result: {error}"));
                Exit::Internal.into()
            }
        }
    }
}

/// Writes a line to stderr. If that fails there is nobody to tell.
pub fn diagnose(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Colours: only on a terminal, and only if NO_COLOR is unset or empty.
fn style(terminal: bool) -> Style {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if terminal && !refused { Style::Colour } else { Style::Plain }
}

/// The style of results.
pub fn stdout_style() -> Style {
    style(std::io::stdout().is_terminal())
}

/// Whether diagnostics are coloured.
pub fn stderr_colour() -> bool {
    style(std::io::stderr().is_terminal()) == Style::Colour
}
