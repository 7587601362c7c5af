//! What can be typed. Nothing here knows what it means.

mod words;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub use words::*;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "explore", version, about = "Checks page pinning protocols written in kernel C")]
#[command(after_help = crate::exit::HELP, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; `review` of everything built in if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Flags of the review.
    #[command(flatten)]
    pub review: ReviewFlags,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Proposals against claims: the matrix, the broken claims, what differs from the record
    #[command(after_help = crate::examples::REVIEW)]
    Review(ReviewArgs),
    /// What there is: proposals, parts, claims, scenarios
    #[command(after_help = crate::examples::LIST)]
    List(ListArgs),
    /// One proposal against every claim
    #[command(after_help = crate::examples::CHECK)]
    Check(CheckArgs),
    /// One proposal in larger and larger populations: states, time, memory, and verdicts that change
    #[command(after_help = crate::examples::SCALE)]
    Scale(ScaleArgs),
    /// Draws a stored counterexample
    #[command(after_help = crate::examples::TRACE)]
    Trace(TraceArgs),
    /// Re-executes a stored counterexample step by step and confirms the violation
    #[command(after_help = crate::examples::REPLAY)]
    Replay(ReplayArgs),
    /// Steps in a running system, in a browser: take any step, go back, fork, search from there
    #[command(after_help = crate::examples::SERVE)]
    Serve(ServeArgs),
    /// Prints a commented skeleton of a whole proposal in kernel C
    #[command(after_help = crate::examples::NEW)]
    New {
        /// Its name
        name: String,
    },
    /// Prints a system in another checker's language
    #[command(after_help = crate::examples::EXPORT)]
    Export(ExportArgs),
    /// Checks real implementations of the counter schemes under weak memory
    #[command(after_help = crate::examples::REAL)]
    Real(RealArgs),
    /// Breaks each order of steps that the kernel relies on, and compares what comes of it with the record
    #[command(after_help = crate::examples::CALIBRATE)]
    Calibrate(CalibrateArgs),
    /// Deletes, swaps and weakens the statements of the model one at a time: does a verdict notice?
    #[command(after_help = crate::examples::MUTANTS)]
    Mutants(MutantArgs),
    /// Holds the model against what a running kernel did: which proposal has a run that explains the recording
    #[command(after_help = crate::examples::VALIDATE)]
    Validate(ValidateArgs),
    /// Draws the pictures of the documentation
    #[command(after_help = crate::examples::PICTURES)]
    Pictures(PicturesArgs),
    /// Prints the completions of a shell
    #[command(after_help = crate::examples::COMPLETIONS)]
    Completions {
        /// Which
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Prints the JSON Schema of a format
    #[command(after_help = crate::examples::SCHEMA)]
    Schema {
        /// Which
        #[arg(value_enum)]
        of: Format,
    },
}

/// Schemes to check.
#[derive(Clone, Debug, Args)]
pub struct RealArgs {
    /// Schemes, such as gup_fast; all if none is given
    #[arg(value_name = "SCHEME")]
    pub schemes: Vec<String>,
    /// Draw the shortest failing execution of each check that fails
    #[arg(long)]
    pub executions: bool,
    /// Where failing executions go
    #[arg(long, value_name = "DIR", default_value = "traces/real")]
    pub traces: PathBuf,
    /// Write none
    #[arg(long, conflicts_with = "traces")]
    pub no_traces: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub format: Form,
}

/// Orders to break.
#[derive(Clone, Debug, Args)]
pub struct CalibrateArgs {
    /// Orders or cases, such as E1 or e04-ii; all if none is given
    #[arg(value_name = "ORDER")]
    pub orders: Vec<String>,
    /// Show each patch with its reasons, and the race of each claim that it breaks
    #[arg(long)]
    pub races: bool,
}

/// Mutants to try.
#[derive(Clone, Debug, Args)]
pub struct MutantArgs {
    /// Text that their ids contain, such as mm/rmap.c or page_mkclean_one; all of them (half an hour) if none is given
    #[arg(value_name = "TEXT")]
    pub filters: Vec<String>,
    /// Show what is on record of them, and try none
    #[arg(long, conflicts_with = "record")]
    pub list: bool,
    /// Write what becomes of them to model/mutants/record.json, with this date
    #[arg(long, value_name = "DATE")]
    pub record: Option<String>,
    /// Try them in populations of up to so many states, each proposal's own: more find more, and take longer
    #[arg(long, value_name = "N", default_value_t = pinright_model::mutants::MOST_STATES)]
    pub states: u64,
    /// ... and of more than so many: those that were tried before with --states N are left out
    #[arg(long, value_name = "N")]
    pub beyond: Option<u64>,
    /// Try them in this place only, such as v6.18,punch or w3:a,pin/cow, however large; may be given several times
    #[arg(long, value_name = "PROPOSAL,SCENARIO", conflicts_with_all = ["states", "beyond"])]
    pub at: Vec<String>,
    /// How many to try at a time; as many as there are cores if not given
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
}

/// A recording of a running kernel.
#[derive(Clone, Debug, Args)]
pub struct ValidateArgs {
    /// The history of one page, as JSON lines
    #[arg(value_name = "RECORDING")]
    pub recording: PathBuf,
    /// As for check; every built-in proposal if not given
    #[arg(long, value_name = "P")]
    pub against: Option<String>,
    /// Show the model's steps between the kernel's events; with one reading only
    #[arg(long, requires = "against")]
    pub run: bool,
    /// Folder for a counterexample of each claim that the kernel is seen to violate; with one reading only
    #[arg(long, value_name = "DIR", requires = "against")]
    pub traces: Option<PathBuf>,
    /// For people, for programs, or as a page that shows kernel and model side by side; that with one reading only
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub format: ValidationForm,
    /// Write there instead of printing
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A system to export.
#[derive(Clone, Debug, Args)]
pub struct ExportArgs {
    /// As for check, but one reading
    #[arg(value_name = "P")]
    pub proposal: String,
    /// For SPIN
    #[arg(long, required = true)]
    pub promela: bool,
    /// One population, such as pin/cow
    #[arg(long, value_name = "S")]
    pub scenario: String,
    /// Set a constant of the scenario, such as FREE_BLOCKS=2
    #[arg(long, value_name = "NAME=VALUE")]
    pub define: Vec<String>,
}

/// What searches may use, and where they write.
#[derive(Clone, Debug, Args)]
pub struct SearchFlags {
    /// Scenarios, or populations such as pin/cow, separated by commas; all if none is given
    #[arg(long, value_name = "S", value_delimiter = ',')]
    pub scenario: Vec<String>,
    /// Memory per search
    #[arg(long, value_name = "GIB", default_value_t = 4.0)]
    pub memory: f64,
    /// Time for everything together
    #[arg(long, value_name = "SECONDS")]
    pub time: Option<f64>,
    /// Threads of all searches together; all cores if not given. Cases are searched side by side, one thread each; where
    /// there are fewer cases than threads, each search gets several
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Folder for counterexamples
    #[arg(long, value_name = "DIR", default_value = "traces")]
    pub traces: PathBuf,
    /// Write no counterexamples
    #[arg(long, conflicts_with = "traces")]
    pub no_traces: bool,
    /// For people, for programs, or for a browser
    #[arg(long, value_enum, default_value_t = ReportForm::Text)]
    pub format: ReportForm,
    /// Write the report to this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Search the whole program, not only what the claims need
    #[arg(long)]
    pub no_slice: bool,
    /// Keep every state, not one for all that differ by a renaming of like contexts and objects
    #[arg(long)]
    pub no_symmetry: bool,
    /// Use symmetry even where claims about fair runs need a search of all states besides
    #[arg(long, conflicts_with = "no_symmetry")]
    pub symmetry: bool,
    /// One line per case on stderr, and a line a minute about long searches
    #[arg(long)]
    pub verbose: bool,
}

/// Flags of a review.
#[derive(Clone, Debug, Args)]
pub struct ReviewFlags {
    /// Write the verdicts found to the [recorded] tables of model/proposals/*.toml
    #[arg(long)]
    pub record: bool,
    /// Every built-in proposal in every reading, not only those that the plain review covers
    #[arg(long)]
    pub all: bool,
    /// What every search takes.
    #[command(flatten)]
    pub search: SearchFlags,
}

/// A review.
#[derive(Clone, Debug, Args)]
pub struct ReviewArgs {
    /// Built-in proposals, or compositions such as T6b+G3+W5b; all built-in ones if none is given
    #[arg(value_name = "P")]
    pub proposals: Vec<String>,
    /// Flags.
    #[command(flatten)]
    pub flags: ReviewFlags,
}

/// A check.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// A built-in proposal (t3-w5, or one reading: t3-w5:a), a composition (T6b+G3+W5b), or a file of kernel C
    #[arg(value_name = "P")]
    pub proposal: String,
    /// How text is laid out
    #[arg(long, value_enum, default_value_t = Style::Terminal)]
    pub style: Style,
    /// Search for these claims only, separated by commas
    #[arg(long, value_name = "C", value_delimiter = ',')]
    pub claim: Vec<String>,
    /// Set a constant of the scenario, such as FREE_BLOCKS=2
    #[arg(long, value_name = "NAME=VALUE")]
    pub define: Vec<String>,
    /// List the source, line by line, with how many contexts ran each and which branches never came out how
    #[arg(long, value_enum, value_name = "OF", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "proposal")]
    pub coverage: Option<Side>,
    /// Search for nothing: show the shortest run that puts this claim to the test
    #[arg(long, value_name = "C", conflicts_with_all = ["claim", "coverage", "fewest_switches", "checkpoint"])]
    pub explain: Option<String>,
    /// Tell each violation by the run with the fewest context switches, not by a shortest one, and whether it is certain
    /// that none has fewer. Deadlocks, lock cycles and runs that never end keep their shortest ones
    #[arg(long)]
    pub fewest_switches: bool,
    /// Keep each search in this folder now and then and at its end; the same command goes on from there
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,
    /// Least time from one checkpoint of a search to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "checkpoint")]
    pub every: u64,
    /// What every search takes.
    #[command(flatten)]
    pub search: SearchFlags,
}

/// Growth.
#[derive(Clone, Debug, Args)]
pub struct ScaleArgs {
    /// As for check
    #[arg(value_name = "P")]
    pub proposal: String,
    /// Populations to begin with, separated by commas
    #[arg(long, value_name = "S", value_delimiter = ',', default_value = "pin/overwrite")]
    pub scenario: Vec<String>,
    /// Steps along each axis: contexts, pages, mms
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub steps: usize,
    /// Memory per search
    #[arg(long, value_name = "GIB", default_value_t = 4.0)]
    pub memory: f64,
    /// Time for each table
    #[arg(long, value_name = "SECONDS")]
    pub time: Option<f64>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub format: Form,
    /// A line a minute about long searches, even on a terminal
    #[arg(long)]
    pub verbose: bool,
}

/// A system to step in.
#[derive(Clone, Debug, Args)]
pub struct ServeArgs {
    /// As for check, but one reading
    #[arg(value_name = "P")]
    pub proposal: String,
    /// One population
    #[arg(long, value_name = "S", default_value = "pin/overwrite")]
    pub scenario: String,
    /// Set a constant of the scenario, such as FREE_BLOCKS=2
    #[arg(long, value_name = "NAME=VALUE")]
    pub define: Vec<String>,
    /// Port of the page; 0 for any. stateright's Explorer takes the next one
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub port: u16,
    /// Where to listen. Others than this machine can see it only if you say so here
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub address: std::net::IpAddr,
    /// Only the page, not stateright's Explorer
    #[arg(long)]
    pub no_explorer: bool,
}

/// Pictures.
#[derive(Clone, Debug, Args)]
pub struct PicturesArgs {
    /// Folder; growth.json in it, written by `explore scale P --format json`, is drawn too
    #[arg(long, value_name = "DIR", default_value = "docs/pictures")]
    pub out: PathBuf,
}

/// A list.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Of what; everything if not given
    #[arg(value_enum)]
    pub what: Option<Listed>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub format: Form,
}

/// A trace to draw.
#[derive(Clone, Debug, Args)]
pub struct TraceArgs {
    /// The trace
    pub file: PathBuf,
    /// How
    #[arg(long, value_enum, default_value_t = Drawing::Race)]
    pub format: Drawing,
    /// How the race is laid out
    #[arg(long, value_enum, default_value_t = Style::Terminal)]
    pub style: Style,
    /// Write it to this file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A trace to replay.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// The trace
    pub file: PathBuf,
}
