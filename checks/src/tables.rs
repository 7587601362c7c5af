//! Tables for docs/, made of what the schemes say of themselves. Tests hold every cell: `loom_schemes`,
//! `shuttle_schemes`, `loom_model`; and of what the backends show: `loom_backend`, `shuttle_backend`.

use crate::backends::litmus_table;
use crate::mutants::{Change, Killer};
use crate::schemes::{ALL, Broken, Scheme};

/// docs/real-code.md, but for its introduction.
pub fn markdown() -> String {
    litmus_table() + &ALL.iter().map(scheme).collect::<String>()
}

fn scheme(scheme: &Scheme) -> String {
    let Scheme { name, title, mirrors, checks, broken, programs, mutants } = scheme;
    let names = |names: Vec<String>| if names.is_empty() { "none".into() } else { names.join("; ") };
    let held = checks.iter().map(|check| format!("{} ({} threads)", check.name, check.threads)).collect();
    let fails = broken.iter().map(fails).collect();
    let model = programs.iter().map(|program| format!("{} as {}", program.check.name, program.part)).collect();
    let mut text = format!("\n## {name}\n\n{title}. Mirrors {mirrors}.\n\n");
    text.push_str(&format!("* Holds: {}.\n", names(held)));
    text.push_str(&format!("* Fails, as it must: {}.\n", names(fails)));
    text.push_str(&format!("* Held against the model's kernel C: {}.\n\n", names(model)));
    text.push_str("| site | change | dies in | loom | shuttle |\n|---|---|---|---|---|\n");
    for mutant in *mutants {
        let (loom, shuttle) = killers(mutant.killer);
        let change = change(mutant.mutation.change);
        text.push_str(&format!("| {} | {change} | {} | {loom} | {shuttle} |\n", mutant.mutation.site, mutant.check));
    }
    text
}

fn fails(broken: &Broken) -> String {
    let Broken { check, race, message, because, hypothesis, .. } = broken;
    let hypothesis = if *hypothesis { ", **hypothesis**: shown on no kernel" } else { "" };
    format!("{} ({race}{hypothesis}): {message}. {because}", check.name)
}

fn change(change: Change) -> &'static str {
    match change {
        Change::Relax => "relaxed",
        Change::AcquireRelease => "acquire and release only",
        Change::Tear => "load, then store",
        Change::Omit => "left out",
        Change::Rewrite => "moved, or its condition dropped",
    }
}

/// Who kills a mutant; one that nobody can kill has its reason in place of loom's answer.
fn killers(killer: Killer) -> (String, &'static str) {
    match killer {
        Killer::WeakMemory => ("dies".into(), "survives"),
        Killer::Interleaving => ("dies".into(), "dies"),
        Killer::Equivalent(reason) => (format!("equivalent: {reason}"), "survives"),
        Killer::Unseen(reason) => (format!("not seen: {reason}"), "survives"),
    }
}
