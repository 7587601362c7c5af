//! `explore export`: a system in another checker's language.

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::promela::{Judging, export};
use pinright_model::review::{CaseError, Job};
use pinright_model::system::System;

use crate::args::ExportArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, stderr_colour};
use crate::{select, work};

/// Prints one proposal in one population as a model for SPIN.
pub fn run(args: &ExportArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let selected = select::proposal(&corpus, &args.proposal)?;
    let [composition] = selected.compositions.as_slice() else {
        return Err(Failure::usage(format!("{0} has several readings: choose one, such as {0}:a", args.proposal)));
    };
    let populations = select::populations(&corpus, std::slice::from_ref(&args.scenario))?;
    let [population] = populations.as_slice() else {
        let names: Vec<&str> = populations.iter().map(|population| population.name.as_str()).collect();
        return Err(Failure::usage(format!("{} has several populations: {}", args.scenario, names.join(", "))));
    };
    let population = population.clone().with(&select::defines(&args.define)?);
    let job = Job::new(composition.clone(), selected.built_in, population);
    let compiled = compile(&corpus, &job.composition, &job.population);
    let compiled = compiled.map_err(|error| Failure::input(work::fault(&job, &CaseError::Compile(error))))?;
    let system = System::new(compiled.program, true).map_err(|error| Failure::input(error.to_string()))?;
    let text = export(system.program(), system.initial_cells(), Judging::Sticky);
    let text =
        text.map_err(|refusal| Failure::input(refusal.diagnostic().render(&compiled.sources, stderr_colour())))?;
    Ok(Output::new(text, Exit::Holds))
}
