//! Claims judged on whole states: by a process of their own, or at the end of each step that can change the answer.

use std::collections::BTreeSet;

use super::body::{Body, Line, Purpose};
use super::choices::Shared;
use super::flow::Flow;
use super::region::Region;
use super::registers::{Scratch, Storage, mentioned, ranges, substitute};
use super::{Export, Judging};
use crate::lang::program::*;

/// The judges of a program.
pub(super) struct Judges<'a> {
    export: &'a Export<'a>,
    judging: Judging,
    /// Blocks written so far: labels must differ.
    blocks: usize,
    /// Scratch variables that the blocks share.
    pub shared: BTreeSet<Shared>,
}

impl<'a> Judges<'a> {
    pub fn new(export: &'a Export<'a>, judging: Judging) -> Self {
        Judges { export, judging, blocks: 0, shared: BTreeSet::new() }
    }

    /// The judgement at the end of a step (of the first of all if `None`), where states remember it.
    pub fn after(&mut self, step: Option<&Region>, scratch: &mut Scratch) -> Vec<Line> {
        match self.judging {
            Judging::Sticky => self.judge(step, scratch),
            _ => Vec::new(),
        }
    }

    /// A process that tells of every state in which a claim is violated, and changes nothing.
    pub fn process(&mut self, scratch: &mut Scratch) -> String {
        let judges = self.export.program.always.len() + self.export.program.quiescent.len();
        if self.judging != Judging::Reported || judges == 0 {
            return String::new();
        }
        let lines = super::region::render(&self.judge(None, scratch), "\t\t");
        format!("\nactive proctype judges() {{\nend:\tdo\n\t:: d_step {{ booted ->\n{lines}\t}}\n\tod\n}}\n")
    }

    fn judge(&mut self, step: Option<&Region>, scratch: &mut Scratch) -> Vec<Line> {
        let mut lines = Vec::new();
        let program = self.export.program;
        for judge in &program.always {
            let mut read: BTreeSet<usize> =
                judge.code.ops.iter().flat_map(|op| self.export.cells.read_by(op)).collect();
            read.extend(judge.params.iter().flat_map(|pool| self.export.cells.live_cells(*pool)));
            if step.is_none_or(|step| !step.written.is_disjoint(&read)) {
                lines.extend(self.for_all(judge, scratch));
            }
        }
        if !program.quiescent.is_empty() && step.is_none_or(|step| step.rests) {
            lines.extend(self.at_rest(scratch));
        }
        lines
    }

    fn at_rest(&mut self, scratch: &mut Scratch) -> Vec<Line> {
        let busy = self.prefix();
        let busy = format!("{busy}_busy");
        let mut lines = vec![Line::Text(format!("if\n:: at_rest -> skip\n:: else -> goto {busy}\nfi"))];
        if let Some(judge) = &self.export.program.at_rest {
            lines.extend(self.block(judge, &[], &format!("goto {busy}"), scratch));
        }
        for judge in &self.export.program.quiescent {
            lines.extend(self.for_all(judge, scratch));
        }
        lines.push(Line::Label(busy));
        lines.push(Line::Text("skip".into()));
        lines
    }

    fn for_all(&mut self, judge: &Judge, scratch: &mut Scratch) -> Vec<Line> {
        let claim = self.export.claim(judge.claim);
        let verdict = match self.judging {
            Judging::Sticky => format!("violated_{claim}()"),
            _ => format!("state_violates_{claim}()"),
        };
        let lens: Vec<i16> =
            judge.params.iter().map(|p| self.export.program.pools[usize::from(*p)].len as i16).collect();
        let mut lines = Vec::new();
        for objects in combinations(&lens) {
            lines.extend(self.block(judge, &objects, &verdict, scratch));
        }
        lines
    }

    fn prefix(&mut self) -> String {
        self.blocks += 1;
        format!("J{}", self.blocks)
    }

    /// Evaluates a claim function of these objects, and does `verdict` unless it is true. Of a pool entry that
    /// nobody took no claim speaks.
    fn block(&mut self, judge: &Judge, objects: &[i16], verdict: &str, scratch: &mut Scratch) -> Vec<Line> {
        let prefix = self.prefix();
        let code = applied(&judge.code, objects);
        let ranges = ranges(self.export.program, &code);
        let flow = Flow::new(&code, 0);
        let mut body = Body::new(self.export, &flow, &ranges, &prefix, Purpose::Judge);
        body.write();
        self.shared.extend(&body.shared);
        let registers: BTreeSet<Reg> = body
            .lines
            .iter()
            .flat_map(|line| match line {
                Line::Text(text) => mentioned(text).collect::<Vec<_>>(),
                _ => Vec::new(),
            })
            .collect();
        let storage = |reg: &Reg| (*reg, Storage::of(ranges[usize::from(*reg)]));
        let names = scratch.assign(registers.iter().map(storage));
        let scratch = body.shared.iter().map(|shared| shared.name()).collect::<Vec<_>>();
        let used = || names.values().map(String::as_str).chain(scratch.iter().copied());
        let zero = || used().map(|name| Line::Text(format!("{name} = 0")));

        let mut lines: Vec<Line> = judge
            .params
            .iter()
            .zip(objects)
            .filter_map(|(pool, object)| {
                let live = self.export.cells.live_cells(*pool).nth(*object as usize - 1)?;
                let live = self.export.cells.value(live).text;
                Some(Line::Text(format!("if\n:: {live} -> skip\n:: else -> goto {prefix}_good\nfi")))
            })
            .collect();
        lines.extend(body.lines);
        lines.push(Line::Label(format!("{prefix}_bad")));
        if verdict.starts_with("goto") {
            lines.extend(zero());
        }
        lines.push(Line::Text(verdict.into()));
        lines.push(Line::Label(format!("{prefix}_good")));
        lines.extend(zero());
        lines.push(Line::Text("skip".into()));
        for line in &mut lines {
            if let Line::Text(text) = line {
                *text = substitute(text, &names);
            }
        }
        lines
    }
}

/// The code of a claim function with its parameters, its first registers, given.
fn applied(code: &Code, objects: &[i16]) -> Code {
    let mut code = code.clone();
    let assigned: BTreeSet<Reg> = code.ops.iter().filter_map(super::flow::defines).collect();
    for (reg, &object) in objects.iter().enumerate() {
        let reg = reg as Reg;
        if !assigned.contains(&reg) {
            code.ops.iter_mut().for_each(|op| replace(op, reg, object));
            continue;
        }
        // A claim function that reuses its parameter is given it as the first of its ops: they all move.
        shift(&mut code);
        code.ops.insert(0, Op::Copy { dst: reg, src: Operand::Imm(object) });
        code.origins.insert(0, Origin::default());
    }
    code
}

/// Makes room for one op in front.
fn shift(code: &mut Code) {
    for op in &mut code.ops {
        match op {
            Op::Jump(target) => *target += 1,
            Op::Branch { then, other, .. } => {
                *then += 1;
                *other += 1;
            }
            _ => {}
        }
    }
}

/// Puts a number in the place of a register.
fn replace(op: &mut Op, reg: Reg, value: i16) {
    let put = |operand: &mut Operand| {
        if *operand == Operand::Reg(reg) {
            *operand = Operand::Imm(value);
        }
    };
    match op {
        Op::Copy { src: a, .. } | Op::Unary { a, .. } | Op::ObjectAt { index: a, .. } => put(a),
        Op::Binary { a, b, .. } => {
            put(a);
            put(b);
        }
        Op::Load { place, .. } => {
            put(&mut place.object);
            place.index.iter_mut().for_each(|i| put(&mut i.value));
        }
        Op::Branch { cond: a, .. } | Op::Check { cond: a, .. } | Op::Return(a) => put(a),
        _ => {}
    }
}

/// Every combination of objects, each from 1 to its pool's length.
fn combinations(lens: &[i16]) -> Vec<Vec<i16>> {
    lens.iter().fold(vec![Vec::new()], |all, &len| {
        let longer = all.iter().flat_map(|one| (1..=len).map(move |object| [one.as_slice(), &[object]].concat()));
        longer.collect()
    })
}
