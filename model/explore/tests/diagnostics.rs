//! Command lines and traces that are refused: each beside its message and exit code.
//!
//! `NAME.args` is a command line, `NAME.json` a trace for `explore replay`, in model/tests/diagnostics; `NAME.out` beside
//! each is the exit code and what stderr says. `UPDATE_DIAGNOSTICS=1 cargo test --test diagnostics` writes them anew:
//! then read the difference.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The inputs with this ending in a folder, in the order of their names.
fn inputs(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("model/tests/diagnostics").join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == ending)).collect();
    paths.sort();
    paths
}

/// Runs `explore` beside the input, holds what it says against what stands there, and yields it with the exit code.
fn hold(path: &Path, args: &[&str], wrong: &mut String) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_explore"));
    let run = command.args(args).current_dir(path.parent().expect("a folder")).output().expect("explore runs");
    let code = run.status.code().unwrap_or(-1);
    let stderr = String::from_utf8(run.stderr).expect("UTF-8");
    let told = format!("exit {code}\n{stderr}");
    if !run.stdout.is_empty() {
        *wrong += &format!("{}: stdout is for results\n", path.display());
    }
    let beside = path.with_extension("out");
    if std::env::var_os("UPDATE_DIAGNOSTICS").is_some() {
        std::fs::write(&beside, &told).expect("a file");
    } else if std::fs::read_to_string(&beside).unwrap_or_default() != told {
        *wrong += &format!("{} is told\n{told}\n", path.display());
    }
    (code, stderr)
}

#[test]
fn a_command_line_that_is_refused_is_told_why_and_exits_with_2_or_65() {
    let mut wrong = String::new();
    let paths = inputs("args", "args");
    assert!(paths.len() >= 35);
    for path in &paths {
        let line = std::fs::read_to_string(path).expect("a text");
        let args: Vec<&str> = line.split_whitespace().collect();
        let (code, told) = hold(path, &args, &mut wrong);
        let says =
            ["did you mean", "write", "help: ", "--help", "`explore ", "choose", "use ", "without it", "run it in"];
        if !matches!(code, 2 | 65) || !says.iter().any(|word| told.contains(word)) {
            wrong += &format!("{}: exit {code}, and what to type instead?\n{told}\n", path.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nIf this is what should be told: UPDATE_DIAGNOSTICS=1");
}

#[test]
fn a_trace_that_is_refused_is_told_where_and_exits_with_65() {
    let mut wrong = String::new();
    let paths = inputs("trace", "json");
    assert!(paths.len() >= 12);
    for path in &paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (code, told) = hold(path, &["replay", &name], &mut wrong);
        // A fault in the text that travels with a trace is shown there.
        let place = told.contains(&format!("[{name}:")) || told.contains("its program does not compile");
        if code != 65 || !place || !told.contains(&name) || !told.contains("help: ") {
            wrong += &format!("{name}: exit {code}, and where, and what to do?\n{told}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nIf this is what should be told: UPDATE_DIAGNOSTICS=1");
}
