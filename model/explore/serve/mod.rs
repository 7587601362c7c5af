//! `explore serve`: stepping in a running system, beside stateright's Explorer on the same system.

mod http;
mod session;

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;

use pinright_model::compile::compile;
use pinright_model::corpus::Corpus;
use pinright_model::explorer::ExplorerModel;
use pinright_model::fused::FusedModel;
use pinright_model::lang::program::Program;
use pinright_model::lang::source::SourceMap;
use pinright_model::review::{CaseError, Job};
use stateright::Model;

use crate::args::ServeArgs;
use crate::exit::{Exit, Failure};
use crate::output::{Output, diagnose};
use crate::{select, work};
use session::Session;

/// States that stateright's search may come to: it keeps all of them.
const MOST: usize = 2_000_000;

/// Serves until the program is ended.
pub fn run(args: &ServeArgs) -> Result<Output, Failure> {
    let corpus = Corpus::load()?;
    let job = job(&corpus, args)?;
    let compiled = compile(&corpus, &job.composition, &job.population);
    let compiled = compiled.map_err(|error| Failure::input(work::fault(&job, &CaseError::Compile(error))))?;
    let explorer = (!args.no_explorer).then(|| explorer(compiled.program.clone(), compiled.sources.clone(), args));
    let explorer = explorer.transpose()?;
    let session = Session::new(compiled, job).map_err(|error| Failure::input(error.to_string()))?;
    let (server, address) = http::listen(SocketAddr::new(args.address, args.port)).map_err(Failure::usage)?;
    diagnose(&format!("{}: http://{address}/", session.title()));
    if let Some(address) = explorer {
        diagnose(&format!("stateright's Explorer on the same system: http://{address}/"));
    }
    diagnose("Ctrl-C ends it");
    http::serve(server, &Arc::new(session));
    Ok(Output::new(String::new(), Exit::Holds))
}

/// One reading in one population.
fn job(corpus: &Corpus, args: &ServeArgs) -> Result<Job, Failure> {
    let selected = select::proposal(corpus, &args.proposal)?;
    let [composition] = selected.compositions.as_slice() else {
        return Err(Failure::usage(format!("{0} has several readings: choose one, such as {0}:a", args.proposal)));
    };
    let populations = select::populations(corpus, std::slice::from_ref(&args.scenario))?;
    let [population] = populations.as_slice() else {
        let names: Vec<&str> = populations.iter().map(|population| population.name.as_str()).collect();
        return Err(Failure::usage(format!("{} has several populations: {}", args.scenario, names.join(", "))));
    };
    let population = population.clone().with(&select::defines(&args.define)?);
    Ok(Job::new(composition.clone(), selected.built_in, population))
}

/// Starts stateright's Explorer on the next port. Its threads end when a reader goes away in the middle of an answer:
/// it is started again then.
fn explorer(program: Program, sources: SourceMap, args: &ServeArgs) -> Result<SocketAddr, Failure> {
    let model = FusedModel::new(program, sources).map_err(|error| Failure::input(error.to_string()))?;
    let model = Arc::new(model);
    let address = free(args.address, if args.port == 0 { 0 } else { args.port.saturating_add(1) })?;
    std::thread::spawn(move || {
        loop {
            let model = ExplorerModel::new(Arc::clone(&model));
            let serve = move || drop(model.checker().target_state_count(MOST).serve(address));
            let ended = std::thread::spawn(serve).join();
            diagnose(match ended {
                Ok(()) => "note: stateright's Explorer ended; it starts again",
                Err(_) => "note: stateright's Explorer failed; it starts again",
            });
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    });
    Ok(address)
}

/// An address that nobody listens on; any port for 0.
fn free(address: IpAddr, port: u16) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind((address, port)).and_then(|listener| listener.local_addr());
    listener.map_err(|error| Failure::usage(http::refused(SocketAddr::new(address, port), &error.to_string())))
}
