//! `explore calibrate`: what becomes of the kernel's claims when an order of steps is broken.

use pinright_model::calibration::{Calibration, CalibrationError, Outcome, calibrations};
use pinright_model::corpus::Corpus;
use pinright_model::render;
use pinright_model::search::Limits;

use crate::args::CalibrateArgs;
use crate::check::drawn;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Tries the chosen cases, one after the other.
pub fn run(args: &CalibrateArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let cases = chosen(&corpus, &args.orders)?;
    let mut text = String::new();
    let mut rows = Vec::new();
    for case in cases {
        let outcome = case.run(&corpus, &Limits::default()).map_err(failed)?;
        if args.races {
            text.push_str(&races(&case, &outcome)?);
        }
        rows.push((case, outcome));
    }
    let differs = rows.iter().any(|(case, outcome)| outcome.changes() != case.changes);
    text.push_str(&render::calibration(&rows));
    Ok(Output::new(text, if differs { Exit::Differs } else { Exit::Holds }))
}

fn failed(error: CalibrationError) -> Failure {
    Failure::internal(error.to_string())
}

fn chosen(corpus: &Corpus, orders: &[String]) -> Result<Vec<Calibration>, Failure> {
    let mut cases = calibrations(corpus).map_err(failed)?;
    let is = |case: &Calibration, name: &String| case.order.eq_ignore_ascii_case(name) || case.name == *name;
    if let Some(unknown) = orders.iter().find(|name| !cases.iter().any(|case| is(case, name))) {
        let known: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        return Err(Failure::usage(format!("there is no order or case {unknown}; there are {}", known.join(", "))));
    }
    if !orders.is_empty() {
        cases.retain(|case| orders.iter().any(|name| is(case, name)));
    }
    Ok(cases)
}

/// The patch, and a race for each claim that it breaks.
fn races(case: &Calibration, outcome: &Outcome) -> Result<String, Failure> {
    let patched = case.patched().map_err(failed)?;
    let mut text = format!("{}\n", case.patch.text);
    for (claim, _) in outcome.changes().iter().filter(|(_, word)| *word == "violated") {
        if let Some((found, violation)) = outcome.run(claim) {
            let picture = drawn(&patched, &violation.trace);
            let picture = picture.map_err(|refused| Failure::internal(refused.to_string()))?;
            text.push_str(&format!("{} breaks {claim} in {}:\n\n{picture}\n", case.name, found.population.name));
        }
    }
    Ok(text)
}
