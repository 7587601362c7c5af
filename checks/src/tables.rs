//! Tables for docs/, made of what the schemes say of themselves. Tests hold every cell: `loom_schemes`,
//! `shuttle_schemes`, `loom_model`; and of what the backends show: `loom_backend`, `shuttle_backend`.

use std::collections::BTreeMap;

use crate::backends::litmus_table;
use crate::litmus::corpus::Corpus;
use crate::litmus::expected::Record;
use crate::mutants::{Change, Killer, Mutant};
use crate::schemes::{ALL, Broken, Scheme};
use crate::seen::TOOLS;

/// docs/real-code.md, but for its introduction.
pub fn markdown() -> String {
    // A test reads the corpus: whoever broke it is told there.
    let herd7 = Corpus::load().map(|corpus| corpus.expected.tests).unwrap_or_default();
    litmus_table() + &ALL.iter().map(|scheme| section(scheme, &herd7)).collect::<String>()
}

fn section(scheme: &Scheme, herd7: &BTreeMap<String, Record>) -> String {
    let Scheme { name, mirrors, checks, broken, programs, mutants, .. } = scheme;
    let names = |names: Vec<String>| if names.is_empty() { "none".into() } else { names.join("; ") };
    let held = checks.iter().map(|check| format!("{} ({} threads)", check.name, check.threads)).collect();
    let fails = broken.iter().map(fails).collect();
    let model = programs.iter().map(|program| format!("{} as {}", program.check.name, program.part)).collect();
    let mut text = format!("\n## {name}\n\n{}\n\n* Mirrors {mirrors}.\n", scheme.reasons());
    text.push_str(&format!("* Holds: {}.\n", names(held)));
    text.push_str(&format!("* Fails, as it must: {}.\n", names(fails)));
    text.push_str(&format!("* Held against the model's kernel C: {}.\n\n", names(model)));
    let tools = TOOLS.map(|tool| tool.name).join(" | ");
    text.push_str(&format!("| site | change | check | LKMM | loom | shuttle | {tools} |\n"));
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    mutants.iter().for_each(|mutant| text.push_str(&row(scheme, mutant, herd7)));
    text
}

fn row(scheme: &Scheme, mutant: &Mutant, herd7: &BTreeMap<String, Record>) -> String {
    let Mutant { mutation, check, killer, lkmm } = mutant;
    let (loom, shuttle) = killers(*killer);
    let (site, change) = (mutation.site, change(mutation.change));
    let says = |test: &str| herd7.get(test).map(|record| format!("{test}: {:?}", record.herd7));
    let lkmm = lkmm.and_then(says).unwrap_or("-".into());
    let seen = TOOLS.map(|tool| tool.of(scheme, mutant).unwrap_or("not measured")).join(" | ");
    format!("| {site} | {change} | {check} | {lkmm} | {loom} | {shuttle} | {seen} |\n")
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
