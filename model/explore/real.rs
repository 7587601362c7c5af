//! `explore real`: the counter schemes as real code, under weak memory.

use std::collections::BTreeMap;
use std::path::Path;

use pinright_checks::report::{CheckReport, RealReport, SchemeReport};
use pinright_checks::run::Bound;
use pinright_checks::schemes::{ALL, Scheme};
use pinright_checks::trace::file_name;
use pinright_model::execution;
use pinright_model::lang::resolve::nearest;
use pinright_model::render::{self, Table, thousands};

use crate::args::{Form, RealArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Output, diagnose};

/// Runs the checks of the schemes that were asked for.
pub fn run(args: &RealArgs) -> Result<Output, Failure> {
    let schemes = schemes(&args.schemes)?;
    let mut report = RealReport::of(&schemes, &mut |check| diagnose(check));
    if !args.no_traces {
        write(&mut report, &args.traces)?;
    }
    let text = match args.format {
        Form::Json => report.to_json(),
        Form::Text => text(&report, args.executions),
    };
    Ok(Output::new(text, exit(&report)))
}

fn schemes(names: &[String]) -> Result<Vec<Scheme>, Failure> {
    if names.is_empty() {
        return Ok(ALL.to_vec());
    }
    let find = |name: &String| ALL.iter().find(|scheme| scheme.name == name).copied().ok_or_else(|| unknown(name));
    names.iter().map(find).collect()
}

fn unknown(name: &str) -> Failure {
    let known: Vec<&str> = ALL.iter().map(|scheme| scheme.name).collect();
    let near = nearest(name, known.iter().copied()).map(|near| format!(": did you mean {near}?")).unwrap_or_default();
    Failure::usage(format!("there is no scheme `{name}`{near}\nthere are {}", known.join(", ")))
}

/// A check that fails where a race is expected is as it should be; any other failure is a violation.
fn exit(report: &RealReport) -> Exit {
    let checks = || report.schemes.iter().flat_map(|scheme| &scheme.checks);
    if checks().any(|check| (check.verdict == "violated") == check.race.is_empty()) {
        Exit::Safety
    } else if checks().any(|check| check.verdict == "undecided") {
        Exit::Undecided
    } else {
        Exit::Holds
    }
}

fn text(report: &RealReport, executions: bool) -> String {
    let schemes: Vec<String> = report.schemes.iter().map(|scheme| scheme_text(scheme, executions)).collect();
    let gaps: String = report.gaps.iter().map(|gap| format!("  - {gap}\n")).collect();
    format!("{}\nnot covered:\n{gaps}  - more threads, and longer programs\n", schemes.join("\n"))
}

fn scheme_text(scheme: &SchemeReport, executions: bool) -> String {
    let mut table = Table::new();
    for check in &scheme.checks {
        table.row([&check.name, &check.verdict, &warranty(check)]);
    }
    let mut text = format!("{}: {}\n  mirrors {}\n{}", scheme.name, scheme.title, scheme.mirrors, table.render(2));
    for check in &scheme.checks {
        if let Some(path) = &check.trace {
            text.push_str(&format!("  explore trace {path}\n"));
        }
    }
    if executions {
        text.extend(scheme.checks.iter().filter_map(picture));
    }
    text
}

/// The shortest failing execution of a check.
fn picture(check: &CheckReport) -> Option<String> {
    let trace = check.execution.as_ref()?;
    match execution::replay(trace) {
        Ok(replayed) => Some(format!("\n{}:\n{}", check.name, render::execution(trace, &replayed))),
        Err(error) => Some(format!("\n{}: a defect of ours: {error}\n", check.name)),
    }
}

/// Writes each failing execution to a file of its own.
fn write(report: &mut RealReport, folder: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    for scheme in &mut report.schemes {
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for check in &mut scheme.checks {
            let Some(trace) = &check.execution else { continue };
            let number = numbers.entry(trace.claim.clone()).or_default();
            *number += 1;
            std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
            let path = folder.join(file_name(trace, *number));
            std::fs::write(&path, trace.to_json()).map_err(|error| failed(&path, error))?;
            check.trace = Some(path.display().to_string());
        }
    }
    Ok(())
}

/// What stands behind a verdict.
fn warranty(check: &CheckReport) -> String {
    let race = match check.race.as_str() {
        "" => String::new(),
        race if check.hypothesis => format!("{race}, as expected (a hypothesis: shown on no kernel): "),
        race => format!("{race}, as expected: "),
    };
    let wrong = check.wrong.as_deref().map(|wrong| format!("{race}{wrong}; ")).unwrap_or_default();
    let bound = match (&check.cut, check.bound) {
        (Some(cut), _) => format!("loom gave up ({})", cut.lines().next().unwrap_or_default()),
        _ if !check.complete => "ended by what is wrong".into(),
        (None, Bound::Preemptions(most)) => format!("within {most} preemptions"),
        _ => "complete".into(),
    };
    let executions = thousands(check.executions as u64);
    format!("{wrong}{bound}: {executions} executions, {} ends, {} threads, loom", check.ends.len(), check.threads)
}
