//! `explore real`: the counter schemes as real code, under weak memory.

use pinright_checks::record::{Access, Effect};
use pinright_checks::report::{CheckReport, RealReport, SchemeReport};
use pinright_checks::run::Bound;
use pinright_checks::schemes::{ALL, Scheme};
use pinright_model::lang::resolve::nearest;
use pinright_model::render::{Table, thousands};

use crate::args::{Form, RealArgs};
use crate::exit::{Exit, Failure};
use crate::output::{Output, diagnose};

/// Runs the checks of the schemes that were asked for.
pub fn run(args: &RealArgs) -> Result<Output, Failure> {
    let schemes = schemes(&args.schemes)?;
    let report = RealReport::of(&schemes, &mut |check| diagnose(check));
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
    for check in scheme.checks.iter().filter(|check| executions && check.wrong.is_some()) {
        text.push_str(&format!("\n  {}:\n{}", check.name, execution(&check.execution)));
    }
    text
}

/// What stands behind a verdict.
fn warranty(check: &CheckReport) -> String {
    let race = if check.race.is_empty() { String::new() } else { format!("{}, as expected: ", check.race) };
    let wrong = check.wrong.as_deref().map(|wrong| format!("{race}{wrong}; ")).unwrap_or_default();
    let bound = match check.bound {
        Bound::Preemptions(most) => format!("within {most} preemptions"),
        _ if check.complete => "complete".into(),
        _ => "ended early".into(),
    };
    format!("{wrong}{bound}: {} executions, {} threads, loom", thousands(check.executions as u64), check.threads)
}

/// An execution, a line per access, a column per thread.
fn execution(log: &[Access]) -> String {
    let line = |access: &Access| {
        let effect = match access.effect {
            Effect::Load(value) => format!("reads {value}"),
            Effect::Store(value) => format!("stores {value}"),
            Effect::Rmw(old, new) => format!("{old} -> {new}"),
            Effect::Lock => "lock".into(),
            Effect::Unlock => "unlock".into(),
            Effect::Rest(value) => format!("ends as {value}"),
        };
        format!("    {}t{} {}: {} {effect}\n", "  ".repeat(access.thread), access.thread, access.site, access.word)
    };
    log.iter().map(line).collect()
}
