//! `explore scale`: how states, time and memory grow with the population.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pinright_model::corpus::Corpus;
use pinright_model::growth;
use pinright_model::render::{self, thousands};
use pinright_model::review::Job;
use pinright_model::scale::{GrowthTable, Plan, ScaleReport, VERSION, grow};
use pinright_model::scenario::Population;

use crate::args::{Form, ScaleArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Output, stdout_style};
use crate::screen::Screen;
use crate::{select, work};

/// Searches each reading in each chosen population and in larger ones, one search after the other: times and memory
/// are those of a search alone.
pub fn run(args: &ScaleArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let selected = select::proposal(&corpus, &args.proposal)?;
    let populations = select::populations(&corpus, &args.scenario)?;
    let mut tables = Vec::new();
    let stop = work::interruptible();
    for composition in &selected.compositions {
        for population in &populations {
            let job = Job::new(composition.clone(), true, population.clone());
            tables.push(table(&corpus, &job, args, &stop)?);
        }
    }
    let report = ScaleReport { version: VERSION, tables };
    let text = match args.format {
        Form::Json => report.to_json(),
        Form::Text => render::scale(&report, stdout_style()),
    };
    Ok(Output::new(text, exit(&report)))
}

fn table(corpus: &Corpus, job: &Job, args: &ScaleArgs, stop: &Arc<AtomicBool>) -> Result<GrowthTable, Failure> {
    let limits = work::limits(args.memory, args.time)?;
    let steps = growth::steps().map_err(Failure::internal)?;
    let population: &Population = &job.population;
    let plan = Plan { composition: &job.composition, population, steps: &steps, most: args.steps, limits: &limits };
    let screen = Screen::new(Vec::new(), args.verbose);
    let table = grow(corpus, &plan, &mut |name, progress| {
        if let Some(progress) = progress {
            screen.tell(name, &progress);
            screen.show(&format!("{name}: {} states", thousands(progress.states)));
        }
        !stop.load(Ordering::Relaxed)
    });
    screen.clear();
    table.map_err(|error| Failure::input(work::fault(job, &error)))
}

/// A new violation is a difference; a limit leaves it undecided whether there is one.
fn exit(report: &ScaleReport) -> Exit {
    if report.breaks() {
        Exit::Differs
    } else if report.undecided() {
        Exit::Undecided
    } else {
        Exit::Holds
    }
}
