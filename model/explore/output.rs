//! Results on stdout, everything else on stderr. A reader that goes away is no error.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pinright_model::render::Style;

use crate::exit::Exit;

/// A command's result.
pub struct Output {
    text: String,
    exit: Exit,
    faults: Vec<String>,
    /// Where the result goes; stdout if nothing is said.
    file: Option<PathBuf>,
}

impl Output {
    /// What to print, and how to exit.
    pub fn new(text: String, exit: Exit) -> Self {
        Output { text, exit, faults: Vec::new(), file: None }
    }

    /// The same, beside input that nothing could be made of: it is told behind the result, and gives the exit code.
    pub fn with(self, faults: Vec<String>) -> Self {
        let exit = if faults.is_empty() { self.exit } else { Exit::BadInput };
        Output { faults, exit, ..self }
    }

    /// The same, into a file.
    pub fn into_file(self, file: Option<&PathBuf>) -> Self {
        Output { file: file.cloned(), ..self }
    }

    /// Prints the result and yields the code.
    pub fn print(self) -> ExitCode {
        match &self.file {
            Some(file) => self.write(file),
            None => self.show(),
        }
    }

    fn write(&self, file: &Path) -> ExitCode {
        let name = file.display();
        match std::fs::write(file, &self.text) {
            Ok(()) => {
                diagnose(&format!("wrote {name}"));
                self.tell_faults();
                self.exit.into()
            }
            Err(error) => {
                diagnose(&format!("error: {name} cannot be written: {error}\nwrite the name of a file that can"));
                Exit::Usage.into()
            }
        }
    }

    fn tell_faults(&self) {
        self.faults.iter().for_each(|fault| diagnose(&format!("error: {}", fault.trim_end())));
    }

    fn show(&self) -> ExitCode {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(self.text.as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => {
                self.tell_faults();
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
