//! What a terminal shows: help that teaches, completions, colours that carry nothing alone, and how a failure ends.

mod common;

use common::{Folder, SMALL};

const COMMANDS: [&str; 14] = [
    "review",
    "list",
    "check",
    "scale",
    "trace",
    "replay",
    "new",
    "export",
    "real",
    "calibrate",
    "serve",
    "pictures",
    "completions",
    "schema",
];

#[test]
fn the_help_of_every_command_ends_with_an_example() {
    let folder = Folder::new("help-examples");
    let all = folder.explore(&["--help"]).stdout();
    for command in COMMANDS {
        assert!(all.contains(&format!("\n  {command} ")), "{command} is not in --help");
        let help = folder.explore(&[command, "--help"]).exits(0).stdout();
        let (_, examples) = help.split_once("\nExample").unwrap_or_else(|| panic!("{command}: no example\n{help}"));
        assert!(examples.contains(&format!("  explore {command}")), "{command}: {examples}");
    }
}

#[test]
fn every_shell_gets_completions_that_know_the_commands() {
    let folder = Folder::new("completions");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.explore(&["completions", shell]).exits(0).stdout();
        for command in COMMANDS {
            assert!(script.contains(command), "{shell} does not know {command}");
        }
    }
}

#[test]
fn the_completions_are_a_script_that_bash_reads() {
    let folder = Folder::new("bash");
    let script = folder.write("explore.bash", &folder.explore(&["completions", "bash"]).stdout());
    let bash = std::process::Command::new("bash").args(["-n", &script]).output().expect("bash runs");
    assert!(bash.status.success(), "{}", String::from_utf8_lossy(&bash.stderr));
}

#[test]
fn a_failed_claim_ends_with_its_trace_and_the_command_that_replays_it() {
    let folder = Folder::new("ends");
    let check = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--claim", "S2s"]).exits(12).stdout();
    let last: Vec<&str> = check.lines().rev().take(2).collect();
    let wanted = ["  replay: explore replay traces/v4.20.S2s.json", "  trace: traces/v4.20.S2s.json"];
    assert_eq!(last, wanted);
    folder.explore(&["replay", "traces/v4.20.S2s.json"]).exits(0);
    let review = folder.explore(&["review", "v4.20", "--scenario", SMALL]).stdout();
    assert!(review.contains("\nto go along it: explore replay traces/v4.20."), "{review}");
}

#[test]
fn no_escape_sequence_is_written_where_there_is_no_terminal() {
    let folder = Folder::new("no-terminal");
    let run = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--no-traces"]);
    assert!(!run.stdout().contains('\x1b') && !run.stderr().contains('\x1b'));
}
