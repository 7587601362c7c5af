//! Examples that `--help` ends with. A test parses each of them as it stands.

/// Of `explore review`.
pub const REVIEW: &str = "\
Examples:
  explore review                                   everything built in
  explore review v4.20 T6b+G3+W5b --scenario pin   two rows, in one scenario
  explore review --format html --out review.html   each violated cell opens its race
  explore review --format junit --out review.xml   for a CI system";

/// Of `explore check`.
pub const CHECK: &str = "\
Examples:
  explore check my_idea.c                          every claim, in every population
  explore check t3-w5:b --scenario pin --claim S5  one reading, one scenario, one claim
  explore check my_idea.c --explain S5             the shortest run that puts S5 to the test
  explore check my_idea.c --fewest-switches        the races that are easiest to follow
  explore check my_idea.c --style lkml             a reply to the list
  explore check my_idea.c --format html --out my_idea.html";

/// Of `explore scale`.
pub const SCALE: &str = "\
Example:
  explore scale my_idea.c --scenario pin/overwrite --time 60";

/// Of `explore trace`.
pub const TRACE: &str = "\
Examples:
  explore trace traces/v4.20.S1.json               the race, in 72 columns
  explore trace traces/v4.20.S1.json --style lkml  with the protocol's lines, for a mail
  explore trace traces/v4.20.S1.json --format html --out race.html
  explore trace traces/v4.20.S1.json --format mermaid";

/// Of `explore replay`.
pub const REPLAY: &str = "\
Example:
  explore replay traces/v4.20.S1.json";

/// Of `explore list`.
pub const LIST: &str = "\
Examples:
  explore list                                     everything
  explore list claims                              what each says, and who asked for it";

/// Of `explore new`.
pub const NEW: &str = "\
Example:
  explore new my_idea > my_idea.c
  explore check my_idea.c";

/// Of `explore export`.
pub const EXPORT: &str = "\
Example:
  explore export t3-w5:b --promela --scenario pin/overwrite > t3.pml";

/// Of `explore real`.
pub const REAL: &str = "\
Examples:
  explore real                                     every scheme
  explore real gup_fast --executions               one, with its failing executions";

/// Of `explore mutants`.
pub const MUTANTS: &str = "\
Examples:
  explore mutants --list mm/rmap.c                 what is on record of a file's mutants
  explore mutants page_mkclean_one                 tries those of one function again";

/// Of `explore validate`.
pub const VALIDATE: &str = "\
Examples:
  explore validate model/tests/kernel-traces/6.12-ext4_dio_wb1.jsonl
  explore validate model/tests/kernel-traces/6.12-ext4_dio_wb1.jsonl --against v6.18 --run";

/// Of `explore calibrate`.
pub const CALIBRATE: &str = "\
Examples:
  explore calibrate                                every order
  explore calibrate E1 --races                     one, with the races that it opens";

/// Of `explore serve`.
pub const SERVE: &str = "\
Examples:
  explore serve my_idea.c                          http://127.0.0.1:3000/
  explore serve t3-w5:b --scenario two-pages --port 0";

/// Of `explore pictures`.
pub const PICTURES: &str = "\
Example:
  explore pictures --out docs/pictures";

/// Of `explore completions`.
pub const COMPLETIONS: &str = "\
Example:
  explore completions bash > ~/.local/share/bash-completion/completions/explore";

/// Of `explore schema`.
pub const SCHEMA: &str = "\
Example:
  explore schema report > report.schema.json";

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::Cli;

    const ALL: [&str; 16] = [
        REVIEW,
        CHECK,
        SCALE,
        TRACE,
        REPLAY,
        LIST,
        NEW,
        EXPORT,
        REAL,
        CALIBRATE,
        MUTANTS,
        VALIDATE,
        SERVE,
        PICTURES,
        COMPLETIONS,
        SCHEMA,
    ];

    #[test]
    fn every_example_is_a_command_that_is_understood() {
        let lines = ALL.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("  explore "));
        let lines: Vec<&str> = lines.collect();
        assert!(lines.len() > 20);
        for line in lines {
            // Behind two spaces or a redirection there is nothing for the program.
            let command = line.split("  ").next().unwrap_or(line).split(" > ").next().unwrap_or(line);
            let words = std::iter::once("explore").chain(command.split_whitespace());
            assert!(Cli::try_parse_from(words).is_ok(), "{command}");
        }
    }
}
