//! Whatever is written, a parser refuses it or takes it: it does not panic, hang, or eat the memory.
//!
//! Inputs are made of the built-in texts by a seeded mutator, so that a failure can be made again:
//!
//! ```text
//! cargo test -p pinright-model --test fuzz                                      # a second or two for each parser
//! cargo test -p pinright-model --test fuzz -- --ignored --nocapture            # a million inputs for each
//! PINRIGHT_FUZZ_SEED=7 PINRIGHT_FUZZ_INPUTS=10000 cargo test ...               # others, and fewer
//! PINRIGHT_FUZZ_REPLAY=7:4711 cargo test ... --ignored --nocapture --exact kernel_c
//! ```
//!
//! A failing input is saved in `target/tmp`; `fuzz-NAME.last` there says the seed and number of the last input.

mod dice;
mod mutate;
mod targets;
mod watch;

use std::time::Duration;

use targets::Parser;
use watch::{Series, Target};

/// How long the plain test run spends on each parser.
const SHORT: Duration = Duration::from_millis(1500);

/// How many inputs a long run makes for each parser.
const LONG: u64 = 1_000_000;

fn short(parser: Parser) {
    let series = targets::with(parser, |target| watch::run(target, 1, LONG, SHORT));
    assert!(series.inputs > 0, "{series:?}");
}

fn long(parser: Parser) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("PINRIGHT_FUZZ_SEED").unwrap_or(1);
    let inputs = number("PINRIGHT_FUZZ_INPUTS").unwrap_or(LONG);
    targets::with(parser, |target| match std::env::var("PINRIGHT_FUZZ_REPLAY") {
        Ok(which) => again(target, &which),
        Err(_) => tell(target, &watch::run(target, seed, inputs, Duration::MAX)),
    });
}

fn again(target: &Target, which: &str) {
    let parts =
        which.split_once(':').and_then(|(seed, number)| Some((seed.parse().ok()?, number.trim().parse().ok()?)));
    let (seed, number) = parts.expect("PINRIGHT_FUZZ_REPLAY=SEED:NUMBER");
    watch::replay(target, seed, number);
}

fn tell(target: &Target, series: &Series) {
    let Series { inputs, taken, time, slowest } = series;
    println!(
        "{}: {inputs} inputs, {taken} taken, {time:.0?}; slowest: number {} in {:?}",
        target.name, slowest.1, slowest.0
    );
}

macro_rules! parsers {
    ($($name:ident $long:ident $parser:ident)*) => { $(
        #[test]
        fn $name() {
            short(Parser::$parser);
        }

        #[test]
        #[ignore = "a million inputs; see the head of the file"]
        fn $long() {
            long(Parser::$parser);
        }
    )* };
}

parsers! {
    kernel_c_is_parsed_or_refused kernel_c KernelC
    what_parses_is_compiled_or_refused compile Compile
    a_proposal_is_read_or_refused proposal Proposal
    a_scenario_is_read_or_refused scenario Scenario
    a_trace_is_replayed_or_refused trace Trace
}
