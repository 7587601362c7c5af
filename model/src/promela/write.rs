//! The model's text: declarations, the process that starts everything, one process per context.

use std::collections::{BTreeMap, BTreeSet};

use super::body::Line;
use super::choices::{Choosing, Shared, is_choice};
use super::judges::Judges;
use super::region::{DEAD, Region, Subject, UNBEGIN, region, render};
use super::registers::{Scratch, Storage, declare, ranges, share, substitute};
use super::{Export, Judging, Refusal, identifier};
use crate::lang::program::*;

/// A context's steps, and the variables of its registers.
struct Process {
    boot: Region,
    steps: Vec<Region>,
    names: BTreeMap<Reg, String>,
    kept: BTreeSet<Reg>,
    storage: BTreeMap<Reg, Storage>,
    declarations: String,
}

/// Writes the whole model.
pub(super) fn model(export: &Export, judging: Judging) -> Result<String, Refusal> {
    let contexts = 0..export.program.contexts.len();
    let processes: Vec<Process> = contexts.map(|context| process(export, context)).collect();
    let mortal = processes.iter().any(|p| p.boot.says(DEAD));
    let mut writer = Writer { export, judges: Judges::new(export, judging), scratch: Scratch::default(), mortal };
    let options = Choosing::together(export, processes.iter().map(|p| p.boot.choices))?;
    let mut text = writer.boot(&processes, options);
    for (context, process) in processes.iter().enumerate() {
        text += &writer.context(context, process);
    }
    text += &writer.judges.process(&mut writer.scratch);
    let regions = || processes.iter().flat_map(|p| p.steps.iter().chain([&p.boot]));
    let mut head = String::from("bit booted;\nbit cut;\n");
    head.extend(mortal.then_some("bit dead;\n"));
    head += &export.places.declarations();
    head += &export.cells.declarations();
    head.extend(processes.iter().map(|p| p.declarations.as_str()));
    head += &claims(export, &text);
    head += &writer.scratch.declarations();
    head.extend((0..regions().map(|r| r.saved).max().unwrap_or(0)).map(|i| format!("short t_saved{i};\n")));
    let used =
        |shared: &&Shared| writer.judges.shared.contains(shared) || regions().any(|r| r.scratch.contains(shared));
    head.extend(Shared::ALL.iter().filter(used).map(|shared| shared.declaration()));
    if regions().any(|r| r.scratch.contains(&Shared::Ways)) {
        head += "bit short_of;\ninline short_of_options() { short_of = 1; assert(short_of == 0); short_of = 0 }\n";
    }
    head += super::expr::MACROS;
    head += "inline too_wide() { cut = 1; assert(cut == 0); cut = 0 }\n";
    Ok(head + &text)
}

/// Bits and macros of the claims that the text mentions.
fn claims(export: &Export, text: &str) -> String {
    let mut out = String::new();
    for claim in &export.program.claims {
        let id = identifier(&claim.decl.id);
        let noted = text.contains(&format!("noted_{id}()"));
        if noted {
            out += &format!("inline noted_{id}() {{ viol_{id} = 1 }}\n");
        }
        if noted || text.contains(&format!("violated_{id}()")) {
            out += &format!(
                "bit viol_{id};\ninline violated_{id}() {{\n\tif\n\t:: !viol_{id} -> viol_{id} = 1; assert(viol_{id} == 0)\n\t:: else -> skip\n\tfi\n}}\n"
            );
        }
        for (call, bit) in [("broken", "now"), ("state_violates", "state")] {
            if text.contains(&format!("{call}_{id}()")) {
                out += &format!(
                    "bit {bit}_{id};\ninline {call}_{id}() {{ {bit}_{id} = 1; assert({bit}_{id} == 0); {bit}_{id} = 0 }}\n"
                );
            }
        }
    }
    out
}

/// Finds the steps of a context and the variables of its registers.
fn process(export: &Export, context: usize) -> Process {
    let code = &export.program.contexts[context].code;
    let ranges = ranges(export.program, code);
    let kept: BTreeSet<Reg> = code.steps.iter().flat_map(|step| &step.live).copied().collect();
    let subject = Subject { context, code, ranges };
    let any_choice = export.program.contexts.len() > 1;
    let boot = region(export, &subject, None, any_choice && chooses_first(export, context), &format!("B{context}"));
    let steps: Vec<Region> = (0..code.steps.len())
        .map(|step| region(export, &subject, Some(step), false, &format!("L{context}_{step}")))
        .collect();
    let storage: BTreeMap<Reg, Storage> =
        (0..code.regs.len() as Reg).map(|reg| (reg, Storage::of(subject.ranges[usize::from(reg)]))).collect();
    let together: Vec<BTreeSet<Reg>> =
        steps.iter().chain([&boot]).map(|r| r.registers.intersection(&kept).copied().collect()).collect();
    let prefix = format!("c{context}");
    let names = share(&prefix, &kept, &|reg| storage[&reg], &together);
    let declarations = declare(&prefix, &names);
    Process { boot, steps, names, kept, storage, declarations }
}

/// Whether a context chooses before its first step.
fn chooses_first(export: &Export, context: usize) -> bool {
    let flow = super::flow::Flow::new(&export.program.contexts[context].code, 0);
    flow.ops.iter().any(|at| is_choice(flow.op(*at)))
}

struct Writer<'a> {
    export: &'a Export<'a>,
    judges: Judges<'a>,
    scratch: Scratch,
    /// Whether a context may crash before its first step.
    mortal: bool,
}

impl Writer<'_> {
    /// The process that makes the first step of all.
    fn boot(&mut self, processes: &[Process], options: u32) -> String {
        let mut text =
            String::from("\n/* What contexts do before their first step. */\nactive proctype boot() {\nend:\tdo\n");
        let digits = processes.iter().any(|p| p.boot.scratch.contains(&Shared::Choice));
        for choice in 0..options {
            let mut lines = vec![Line::Text("booted = 1".into())];
            lines.extend(digits.then(|| Line::Text(format!("t_choice = {choice}"))));
            for process in processes {
                lines.extend(self.variables(process, &process.boot, choice));
            }
            lines.extend(digits.then(|| Line::Text("t_choice = 0".into())));
            lines.extend(self.judges.after(None, &mut self.scratch));
            lines.push(Line::Text("goto boot_over".into()));
            lines.extend(self.unbegin(processes));
            let over = [Line::Label("boot_over".into()), Line::Text("skip".into())];
            lines.extend(over);
            text += &format!("\t:: d_step {{ !booted ->\n{}\t}}\n", render(&relabelled(lines, choice), "\t\t"));
        }
        text + "\tod\n}\n"
    }

    /// Puts everything back that happened before the first steps, if anybody goes there.
    fn unbegin(&mut self, processes: &[Process]) -> Vec<Line> {
        if !processes.iter().any(|p| p.boot.says(UNBEGIN)) {
            return Vec::new();
        }
        let mut lines = vec![Line::Label("boot_back".into()), Line::Text("booted = 0".into())];
        let mut put = |name: &str, value: usize| lines.push(Line::Text(format!("{name} = {value}")));
        for (context, process) in processes.iter().enumerate() {
            let places = &self.export.places;
            put(&places.counter(context), places.unborn(context));
            let scratch = process.boot.registers.difference(&process.kept).map(|reg| (*reg, process.storage[reg]));
            self.scratch.assign(scratch).values().for_each(|name| put(name, 0));
            let kept = process.boot.registers.iter().filter_map(|reg| process.names.get(reg));
            kept.for_each(|name| put(name, 0));
            process.boot.scratch.iter().for_each(|shared| put(shared.name(), shared.initially().into()));
        }
        let written: BTreeSet<usize> = processes.iter().flat_map(|p| p.boot.written.iter().copied()).collect();
        let cells = &self.export.cells;
        lines.extend(written.iter().map(|c| Line::Text(format!("{} = {}", cells.variable(*c), cells.initially(*c)))));
        let ids = self.export.program.claims.iter().map(|claim| identifier(&claim.decl.id));
        let told = ids.filter(|id| processes.iter().any(|p| p.boot.says(&format!("violated_{id}()"))));
        lines.extend(told.map(|id| Line::Text(format!("viol_{id} = 0"))));
        if self.mortal {
            lines.push(Line::Text("dead = 0".into()));
        }
        lines
    }

    /// The process of a context: one option per step head and choice.
    fn context(&mut self, context: usize, process: &Process) -> String {
        let code = &self.export.program.contexts[context].code;
        if process.steps.is_empty() {
            return String::new();
        }
        let name = self.export.places.name(context);
        let mut text = format!("\nactive proctype run_{name}() {{\nend:\tdo\n");
        for (step, region) in process.steps.iter().enumerate() {
            text += &self.comment(code, process, step);
            for choice in 0..region.choices {
                let alive = if self.mortal { "!dead && " } else { "" };
                let guard = format!("{alive}{}", substitute(&region.guard, &process.names));
                let mut lines = self.variables(process, region, choice);
                lines.extend(self.judges.after(Some(region), &mut self.scratch));
                lines.push(Line::Label(format!("L{context}_{step}_over")));
                lines.push(Line::Text("skip".into()));
                let lines = relabelled(lines, choice);
                text += &format!("\t:: d_step {{ {guard} ->\n{}\t}}\n", render(&lines, "\t\t"));
            }
        }
        text + "\tod\n}\n"
    }

    /// The statements of a step with variables in the place of its registers and of its choice.
    fn variables(&mut self, process: &Process, region: &Region, choice: u32) -> Vec<Line> {
        let scratch = region.registers.difference(&process.kept).map(|reg| (*reg, process.storage[reg]));
        let mut names = self.scratch.assign(scratch);
        names.extend(process.names.iter().map(|(reg, name)| (*reg, name.clone())));
        let line = |line: &Line| match line {
            Line::Text(text) => Line::Text(substitute(&text.replace("@choice@", &choice.to_string()), &names)),
            Line::Label(label) => Line::Label(label.clone()),
            Line::Land { .. } => Line::Text("skip".into()),
        };
        region.lines.iter().map(line).collect()
    }

    /// Where a step stands, and which locals live there.
    fn comment(&self, code: &Code, process: &Process, step: usize) -> String {
        let info = &code.steps[step];
        let mut calls = Vec::new();
        let mut frame = Some(code.origins[info.at as usize].frame);
        while let Some(index) = frame.filter(|index| *index != 0) {
            calls.push(format!("{}()", code.frames[index as usize].function));
            frame = code.frames[index as usize].parent;
        }
        let named = info.live.iter().filter(|reg| !code.regs[usize::from(**reg)].name.is_empty());
        let locals: Vec<String> =
            named.map(|reg| format!("{} = {}", code.regs[usize::from(*reg)].name, process.names[reg])).collect();
        format!("\t/* {step}: {}; {} */\n", calls.join(" in "), locals.join(", "))
    }
}

/// Labels of the options of one step must differ.
fn relabelled(mut lines: Vec<Line>, choice: u32) -> Vec<Line> {
    if choice == 0 {
        return lines;
    }
    let suffix = format!("_choice{choice}");
    for line in &mut lines {
        match line {
            Line::Label(label) => label.push_str(&suffix),
            Line::Text(text) => {
                let mut parts = text.split("goto ");
                let mut out = parts.next().unwrap_or("").to_string();
                for part in parts {
                    let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
                    out += &format!("goto {}{suffix}{}", &part[..end], &part[end..]);
                }
                *text = out;
            }
            Line::Land { .. } => {}
        }
    }
    lines
}
