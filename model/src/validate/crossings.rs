//! Crossings: what a recorder would see of a step of the model. A step that leaves functions and comes to others is a word of
//! calls, by the table in `words`; the context then stands still until the recording has said them.

use std::collections::HashMap;

use super::program::Program;
use super::recording::Kernel;
use super::words::{At, Call, ROWS, Row, When};
use crate::lang::program::{Code, Frame};
use crate::lang::source::SourceMap;
use crate::system::{Pc, System};

/// What somebody sees of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// A function of the kernel is entered or left.
    Call(Call),
    /// The program says something: the event of this index.
    Said(usize),
}

/// What memory says to the conditions of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// PG_dirty.
    pub dirty: bool,
    /// PG_writeback.
    pub writeback: bool,
    /// A block is reserved and not allocated.
    pub reserved: bool,
}

/// Where a context stands.
#[derive(Clone, Debug)]
struct Place {
    /// Functions that it is inside of, outermost first, as frames of its code.
    path: Vec<u32>,
    /// Line of its own code, from 1; 0 if it is over.
    line: usize,
    /// Whether a loop for ever begins again here.
    idle: bool,
}

/// Tells the words of steps.
pub struct Crossings<'a> {
    system: &'a System,
    kernel: Kernel,
    ext4: bool,
    stable: bool,
    punches: bool,
    counts_in_grab: bool,
    /// Per context and step.
    places: Vec<Vec<Place>>,
    /// Per context: the events at which its operations begin and end, by line.
    operations: Vec<Vec<(Option<usize>, Option<usize>)>>,
    known: HashMap<(usize, Pc, Pc, Facts), Vec<Label>>,
}

impl<'a> Crossings<'a> {
    /// For a system that runs a recorded program.
    pub fn new(system: &'a System, sources: &SourceMap, program: &Program, kernel: Kernel) -> Self {
        let contexts = &system.program().contexts;
        let places = contexts.iter().map(|context| places(&context.code, sources)).collect();
        let operations = contexts.iter().map(|context| {
            let task = program.tasks.iter().find(|task| task.context == context.name);
            task.map(|task| task.operations.iter().map(|o| (o.begin, o.end)).collect()).unwrap_or_default()
        });
        Crossings {
            system,
            kernel,
            ext4: program.ext4,
            stable: program.stable,
            punches: program.does("punch"),
            // parts/gup_fast/g3-recheck-pte.c
            counts_in_grab: system.program().unit.functions.contains_key("gup_pte_pinned"),
            places,
            operations: operations.collect(),
            known: HashMap::new(),
        }
    }

    /// The functions that a context is inside of, outermost first.
    pub fn functions(&self, context: usize, pc: Pc) -> impl Iterator<Item = &str> {
        let code = &self.system.program().contexts[context].code;
        let path = self.place(context, pc).map(|place| place.path.as_slice()).unwrap_or_default();
        path.iter().map(|frame| code.frames[*frame as usize].function.as_str())
    }

    /// The number of the operation, from 0, that a task of the program is at.
    pub fn operation(&self, context: usize, pc: Pc) -> Option<usize> {
        self.place(context, pc)?.line.checked_sub(1)
    }

    fn place(&self, context: usize, pc: Pc) -> Option<&Place> {
        match pc {
            Pc::At(step) => self.places[context].get(usize::from(step)),
            Pc::Ended | Pc::Parked => None,
        }
    }

    /// What is seen of a context that comes from one place to another; `from` is none at the very start.
    pub fn word(&mut self, context: usize, from: Option<Pc>, to: Pc, facts: Facts) -> Vec<Label> {
        let key = (context, from.unwrap_or(Pc::Parked), to, facts);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let word = self.spell(context, from, to, facts);
        self.known.insert(key, word.clone());
        word
    }

    fn spell(&self, context: usize, from: Option<Pc>, to: Pc, facts: Facts) -> Vec<Label> {
        let nowhere = Place { path: Vec::new(), line: 0, idle: false };
        let old = from.and_then(|from| self.place(context, from)).unwrap_or(&nowhere);
        let new = self.place(context, to).unwrap_or(&nowhere);
        let same = old.path.iter().zip(&new.path).take_while(|(a, b)| a == b).count();
        let same = if new.idle || old.line != new.line { 0 } else { same };
        let entered = &new.path[same..];
        let mut word = Vec::new();
        for depth in (same..old.path.len()).rev() {
            word.extend(self.calls(context, &old.path, depth, false, entered, facts));
        }
        if old.line != new.line {
            let around = |line: usize| line.checked_sub(1).and_then(|index| self.operations[context].get(index));
            word.extend(around(old.line).and_then(|operation| operation.1).map(Label::Said));
            word.extend(around(new.line).and_then(|operation| operation.0).map(Label::Said));
        }
        for depth in same..new.path.len() {
            word.extend(self.calls(context, &new.path, depth, true, entered, facts));
        }
        word
    }

    /// The calls that are seen when the frame at a depth is entered or left.
    fn calls(
        &self,
        context: usize,
        path: &[u32],
        depth: usize,
        entering: bool,
        entered: &[u32],
        facts: Facts,
    ) -> Vec<Label> {
        let code = &self.system.program().contexts[context].code;
        let name = |frame: &u32| code.frames[*frame as usize].function.as_str();
        let frame = path[depth];
        let is = |row: &&Row| match row.at {
            At::Enter(function) => entering && function == name(&frame),
            At::Leave(function) => !entering && function == name(&frame),
            At::LeaveFirst(function) => !entering && function == name(&frame) && is_first(code, frame),
        };
        let holds = |when: &When| match when {
            When::Ext4 => self.ext4,
            When::Xfs => !self.ext4,
            When::Stable => self.stable,
            When::Unstable => !self.stable,
            When::Dirty => facts.dirty,
            When::Writeback => facts.writeback,
            When::Reserved => facts.reserved,
            When::Punches => self.punches,
            When::CountsInGrab => self.counts_in_grab,
            When::Top => depth == 0,
            When::Under(function) => path[..depth].iter().any(|frame| name(frame) == *function),
            When::Outside(function) => !path[..depth].iter().any(|frame| name(frame) == *function),
            When::Into(function) => entered.iter().any(|frame| name(frame) == *function),
        };
        let row = ROWS.iter().filter(is).find(|row| row.when.iter().all(holds));
        row.map(|row| row.calls(self.kernel).map(Label::Call).collect()).unwrap_or_default()
    }
}

/// Whether a frame is the first call of its function in the one around it, as the source goes.
fn is_first(code: &Code, frame: u32) -> bool {
    let Frame { function, call, parent } = &code.frames[frame as usize];
    let alike = code.frames.iter().filter(|other| other.function == *function && other.parent == *parent);
    alike.map(|other| other.call.start).min() == Some(call.start)
}

/// Where each step of a context stands.
fn places(code: &Code, sources: &SourceMap) -> Vec<Place> {
    let steps = code.steps.iter().map(|step| {
        let origin = code.origins[step.at as usize];
        let mut path = Vec::new();
        let mut frame = Some(origin.frame);
        while let Some(index) = frame.filter(|index| *index != 0) {
            path.push(index);
            frame = code.frames[index as usize].parent;
        }
        path.reverse();
        let own = path.first().map_or(origin.span, |outermost| code.frames[*outermost as usize].call);
        Place { path, line: sources.line_col(own).0, idle: step.attrs.idle }
    });
    steps.collect()
}
