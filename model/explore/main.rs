//! `explore`: parse what was typed, call, print, exit.

mod args;
mod calibrate;
mod check;
mod checkpoints;
mod examples;
mod exit;
mod explain;
mod export;
mod list;
mod mutants;
mod output;
mod page;
mod pictures;
mod real;
mod review;
mod scale;
mod schema;
mod screen;
mod select;
mod serve;
mod skeleton;
mod stored;
mod validate;
mod work;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use exit::{Exit, Failure};
use output::Output;

fn main() -> std::process::ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell if even this cannot be written.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Holds.into() };
        }
    };
    match run(cli) {
        Ok(output) => output.print(),
        Err(failure) => failure.print(),
    }
}

fn run(cli: Cli) -> Result<Output, Failure> {
    match cli.command {
        None => review::run(&args::ReviewArgs { proposals: Vec::new(), flags: cli.review }),
        Some(Command::Review(args)) => review::run(&args),
        Some(Command::List(args)) => list::run(&args),
        Some(Command::Check(args)) => check::run(&args),
        Some(Command::Scale(args)) => scale::run(&args),
        Some(Command::Trace(args)) => stored::trace(&args),
        Some(Command::Replay(args)) => stored::replay(&args),
        Some(Command::New { name }) => Ok(Output::new(skeleton::text(&name)?, Exit::Holds)),
        Some(Command::Export(args)) => export::run(&args),
        Some(Command::Calibrate(args)) => calibrate::run(&args),
        Some(Command::Mutants(args)) => mutants::run(&args),
        Some(Command::Real(args)) => real::run(&args),
        Some(Command::Validate(args)) => validate::run(&args),
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Pictures(args)) => pictures::run(&args),
        Some(Command::Completions { shell }) => Ok(Output::new(completions(shell), Exit::Holds)),
        Some(Command::Schema { of }) => Ok(Output::new(schema::text(of), Exit::Holds)),
    }
}

/// A script that a shell reads.
fn completions(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "explore", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
