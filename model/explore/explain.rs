//! `explore check P --explain CLAIM`: the shortest run that puts a claim to the test.

use pinright_model::corpus::Corpus;
use pinright_model::lang::resolve::ClaimDecl;
use pinright_model::premise::{Premise, premise};
use pinright_model::review::Job;
use pinright_model::trace::Trace;

use crate::args::SearchFlags;
use crate::check::drawn;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::work;

/// What the populations of one composition showed.
struct Shown<'j> {
    title: String,
    run: Option<(&'j Job, Trace)>,
    looked_in: usize,
    cut: bool,
}

/// Explains a claim: one run for each composition, the shortest over all its populations.
pub fn run(corpus: &Corpus, jobs: &[Job], claim: &ClaimDecl, flags: &SearchFlags) -> Result<Output, Failure> {
    let mut all: Vec<Shown> = Vec::new();
    for job in jobs {
        let title = job.composition.title();
        if all.last().is_none_or(|last| last.title != title) {
            all.push(Shown { title, run: None, looked_in: 0, cut: false });
        }
        if let Some(shown) = all.last_mut() {
            look(corpus, job, claim, flags, shown)?;
        }
    }
    let mut text = format!("{}  {}\nput to the test when {}\n", claim.id, claim.sentence, premise_of(claim));
    for shown in &all {
        text.push_str(&told(corpus, shown)?);
    }
    Ok(Output::new(text, exit(&all)))
}

fn look<'j>(
    corpus: &Corpus,
    job: &'j Job,
    claim: &ClaimDecl,
    flags: &SearchFlags,
    shown: &mut Shown<'j>,
) -> Result<(), Failure> {
    let limits = work::limits(flags.memory, flags.time)?;
    let found = premise(corpus, job, &claim.id, &limits, &mut |_| true);
    match found.map_err(|error| Failure::input(work::fault(job, &error)))? {
        Premise::NotApplicable => return Ok(()),
        Premise::Never => {}
        Premise::Undecided => shown.cut = true,
        Premise::Shown(trace) => {
            let shorter = shown.run.as_ref().is_none_or(|(_, known)| trace.steps.len() < known.steps.len());
            if shorter {
                shown.run = Some((job, *trace));
            }
        }
    }
    shown.looked_in += 1;
    Ok(())
}

fn premise_of(claim: &ClaimDecl) -> &str {
    match claim.premise.as_str() {
        "" => "one of its witness() calls says so (it declares no CLAIM_PREMISE)",
        premise => premise,
    }
}

fn told(corpus: &Corpus, shown: &Shown) -> Result<String, Failure> {
    let Shown { title, run, looked_in, cut } = shown;
    let populations = if *looked_in == 1 { "1 population".into() } else { format!("{looked_in} populations") };
    Ok(match run {
        Some((job, trace)) => {
            let picture = drawn(corpus, trace).map_err(|refused| Failure::internal(refused.to_string()))?;
            format!("\n{title}, in {}, the shortest of {populations}:\n\n{picture}", job.population.name)
        }
        None if *looked_in == 0 => format!("\n{title}: the claim says nothing in any population that was asked for\n"),
        None if *cut => format!("\n{title}: not found in {populations}, but a bound ended a search\n"),
        None => format!("\n{title}: never, in any state of {populations}: it is vacuous there\n"),
    })
}

fn exit(all: &[Shown]) -> Exit {
    let open = || all.iter().filter(|shown| shown.run.is_none());
    match open().any(|shown| shown.cut) {
        true => Exit::Undecided,
        false if open().next().is_some() => Exit::Vacuous,
        false => Exit::Holds,
    }
}
