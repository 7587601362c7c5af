//! Proves that a renaming maps the system onto itself: initial states, claim functions, and every step of every
//! context; where its code is not plainly the same (`structure`), for all values that the step reads. Values that no run produces count too: a proof may fail for their sake,
//! and then the renaming is not used.

use std::collections::BTreeSet;

use super::super::System;
use super::Element;
use super::pairing::{Image, Pairing};
use super::probe::{Known, Location, says};
use super::reach::Reach;
use super::regions::otherwise;
use super::renaming::{Renaming, Sort, renamings};
use crate::lang::program::*;

/// Cases per step; one that reads too much proves nothing.
pub(super) const CASES: u32 = 20_000;
/// Those per claim function: counts that range far, and loops over all slots.
const JUDGE_CASES: u32 = 1_000_000;
/// Elements of a group; every state is compared with that many images.
const ORDER: usize = 24;

/// All automorphisms that can be proved, the identity first.
pub(super) fn automorphisms(system: &System) -> Vec<Element> {
    let program = &system.program;
    let mut found = Vec::new();
    let reach = Reach::of(system);
    // What a bottom half takes for current->mm depends on where another context stands: not followed here.
    let of_cpu = program.contexts.iter().any(|context| matches!(context.mm, CurrentMm::OfCpu(_)));
    for renaming in renamings(program) {
        let attempt = Attempt::new(system, &reach, renaming);
        if attempt.is_identity() && found.is_empty() {
            found.push(attempt.identity());
        }
        if of_cpu || !attempt.memory_stays() {
            continue;
        }
        for element in attempt.elements() {
            if found.iter().all(|other: &Element| other.action() != element.action()) {
                found.push(element);
            }
        }
        if found.len() > ORDER {
            found.truncate(1);
            break;
        }
    }
    found
}

/// One renaming of objects, to be completed by one of contexts.
pub(super) struct Attempt<'a> {
    pub system: &'a System,
    pub renaming: Renaming,
    /// What no run changes, and where none goes.
    pub reach: &'a Reach,
    /// Where each cell goes inside of its object, per pool.
    pub offsets: Vec<Vec<u32>>,
    /// Where each cell goes, and where it comes from.
    pub cells: Vec<u32>,
    pub origins: Vec<u32>,
    pub sorts: Vec<Sort>,
    /// What the registers of each context hold.
    pub registers: Vec<Vec<Sort>>,
    pub locals: Vec<Vec<Vec<Sort>>>,
}

impl<'a> Attempt<'a> {
    fn new(system: &'a System, reach: &'a Reach, renaming: Renaming) -> Self {
        let program = &system.program;
        let cells = renaming.cells(program);
        let mut origins = vec![0; cells.len()];
        cells.iter().enumerate().for_each(|(from, to)| origins[*to as usize] = from as u32);
        let objects = program.pools.iter().flat_map(|pool| (0..pool.len).flat_map(|_| &pool.cells));
        let sorts = objects.map(|cell| renaming.sort(cell)).collect();
        let registers: Vec<Vec<Sort>> =
            program.contexts.iter().map(|context| renaming.registers(program, &context.code)).collect();
        let steps = |(context, sorts): (&Context, &Vec<Sort>)| {
            let live = |step: &StepInfo| step.live.iter().map(|reg| sorts[usize::from(*reg)]).collect();
            context.code.steps.iter().map(live).collect()
        };
        let locals = program.contexts.iter().zip(&registers).map(steps).collect();
        Attempt {
            system,
            offsets: program.pools.iter().map(|pool| renaming.offsets(pool)).collect(),
            renaming,
            reach,
            cells,
            origins,
            sorts,
            registers,
            locals,
        }
    }

    fn is_identity(&self) -> bool {
        self.cells.iter().enumerate().all(|(from, to)| from == *to as usize)
    }

    /// The element that changes nothing.
    fn identity(&self) -> Element {
        let contexts = self.system.program.contexts.iter().map(|context| context.code.steps.len() as u16);
        let itself = |(context, steps): (usize, u16)| Image {
            context: context as u16,
            steps: (0..steps).collect(),
            plain: vec![true; usize::from(steps)],
        };
        self.element(contexts.enumerate().map(itself).collect())
    }

    fn element(&self, images: Vec<Image>) -> Element {
        let codes = self.system.program.contexts.iter().map(|context| &context.code);
        let (otherwise, alike) = codes.zip(&images).map(|(code, image)| otherwise(code, &image.plain)).unzip();
        Element {
            renaming: self.renaming.clone(),
            cells: self.cells.clone(),
            contexts: images.iter().map(|image| image.context).collect(),
            steps: images.into_iter().map(|image| image.steps).collect(),
            otherwise,
            alike,
            locals: self.locals.clone(),
            sorts: self.sorts.clone(),
            moves: self.reach.fixed.iter().map(|value| value.is_none()).collect(),
        }
    }

    /// Memory begins the same, the same cells never change, and each keeps its kind.
    fn memory_stays(&self) -> bool {
        let (initial, layout) = (&self.system.initial_cells, &self.system.layout.cells);
        (0..self.cells.len()).all(|from| {
            let to = self.cells[from] as usize;
            initial[to] == self.renaming.value(self.sorts[from], initial[from])
                && layout[from].is_some() == layout[to].is_some()
                && self.range(from) == self.range(to)
        })
    }

    fn range(&self, cell: usize) -> Range {
        let (pool, _, offset) = self.system.locate(cell);
        self.system.program.pools[pool].cells[offset].range
    }

    /// All ways to complete the renaming.
    fn elements(&self) -> Vec<Element> {
        let contexts = self.system.program.contexts.len();
        let mut ways: Vec<Vec<Image>> = Vec::new();
        for from in 0..contexts {
            ways.push((0..contexts).filter_map(|to| self.pairing(from, to)).collect());
            if ways[from].is_empty() {
                return Vec::new();
            }
        }
        let elements = matchings(&ways).into_iter().map(|way| self.element(way));
        let proved: Vec<Element> = elements.filter(|element| self.cpus_stay(element) && self.begins(element)).collect();
        // The claims come last: they are asked about every object.
        if proved.is_empty() || !self.judges_stay() { Vec::new() } else { proved }
    }

    /// Contexts on one CPU stay on one.
    fn cpus_stay(&self, element: &Element) -> bool {
        let cpu = |context: usize| self.system.program.contexts[context].cpu;
        let together = |a: usize, b: usize| cpu(a).is_some() && cpu(a) == cpu(b);
        let count = element.contexts.len();
        (0..count).all(|a| (0..count).all(|b| together(a, b) == together(element.context(a), element.context(b))))
    }

    /// The initial states are mapped onto each other.
    fn begins(&self, element: &Element) -> bool {
        let initial: BTreeSet<_> = self.system.initial().into_iter().collect();
        initial.iter().all(|state| initial.contains(&element.state(self.system, state)))
    }

    /// `to` as the image of `from`, if it does what `from` does, renamed.
    fn pairing(&self, from: usize, to: usize) -> Option<Image> {
        let contexts = &self.system.program.contexts;
        let (a, b) = (&contexts[from], &contexts[to]);
        let mm = |mm: CurrentMm| match (mm, self.mms()) {
            (CurrentMm::Fixed(mm), Some(pool)) => CurrentMm::Fixed(self.renaming.value(Sort::Object(pool), mm)),
            (mm, _) => mm,
        };
        if a.kind != b.kind
            || a.forever != b.forever
            || mm(a.mm) != b.mm
            || self.named(from, true) != self.named(to, false)
        {
            return None;
        }
        Pairing::new(self, from, to).prove()
    }

    fn mms(&self) -> Option<u16> {
        self.system.program.pools.iter().position(|pool| pool.tag == "mm_struct").map(|pool| pool as u16)
    }

    /// The objects that a code names, renamed or as they are: most pairs of contexts differ here already.
    fn named(&self, context: usize, renamed: bool) -> BTreeSet<(u16, i16)> {
        let ops = self.system.program.contexts[context].code.ops.iter().zip(&self.reach.ops[context]);
        let places = ops.filter(|(_, run)| **run).filter_map(|(op, _)| match op {
            Op::Load { place, .. } | Op::Store { place, .. } => Some(place),
            _ => None,
        });
        let named = places.filter_map(|place| match place.object {
            Operand::Imm(object) => Some((place.pool, object)),
            Operand::Reg(_) => None,
        });
        let image = |(pool, object)| match renamed {
            true => (pool, self.renaming.value(Sort::Object(pool), object)),
            false => (pool, object),
        };
        named.map(image).collect()
    }

    /// Claim functions say of renamed objects in a renamed state what they say of the objects. Those about fair runs are
    /// not asked on canonical states.
    fn judges_stay(&self) -> bool {
        let program = &self.system.program;
        let mut scratch = self.system.scratch();
        let judges = program.always.iter().chain(&program.quiescent).chain(&program.sometimes).chain(&program.at_rest);
        judges.into_iter().all(|judge| {
            let lens: Vec<i16> = judge.params.iter().map(|pool| program.pools[usize::from(*pool)].len as i16).collect();
            objects(&lens).into_iter().all(|objects| {
                let pools = judge.params.iter().zip(&objects);
                let images: Vec<i16> =
                    pools.map(|(pool, object)| self.renaming.value(Sort::Object(*pool), *object)).collect();
                let mut cases = JUDGE_CASES;
                let same = &mut |known: &Known, image: &Known| {
                    let ours = says(self.system, &mut scratch, judge, &objects, known).map_err(Side::Ours)?;
                    Ok(ours == says(self.system, &mut scratch, judge, &images, image).map_err(Side::Theirs)?)
                };
                self.for_all(&[], &mut Known::nothing(&self.reach.fixed, 0), &mut cases, same)
            })
        })
    }

    /// Whether `same` says yes for a partial state and its image, whatever the values it asks for.
    pub(super) fn for_all(
        &self,
        locals: &[(Sort, Range)],
        known: &mut Known,
        cases: &mut u32,
        same: &mut dyn FnMut(&Known, &Known) -> Result<bool, Side>,
    ) -> bool {
        let Some(rest) = cases.checked_sub(1) else { return false };
        *cases = rest;
        let location = match same(known, &self.image(locals, known)) {
            Ok(same) => return same,
            Err(Side::Ours(location)) => location,
            Err(Side::Theirs(Location::Cell(cell))) => Location::Cell(self.origins[cell] as usize),
            Err(Side::Theirs(location)) => location,
        };
        let range = match location {
            Location::Cell(cell) => self.range(cell),
            Location::Local(local) => locals[local].1,
        };
        let all = (range.low..=range.high).all(|value| {
            known.set(location, Some(value));
            self.for_all(locals, known, cases, same)
        });
        known.set(location, None);
        all
    }

    /// What is known, renamed.
    fn image(&self, locals: &[(Sort, Range)], known: &Known) -> Known {
        let mut cells = vec![None; known.cells.len()];
        for (cell, value) in known.cells.iter().enumerate() {
            cells[self.cells[cell] as usize] = value.map(|value| self.renaming.value(self.sorts[cell], value));
        }
        let locals = known.locals.iter().zip(locals);
        let locals = locals.map(|(value, (sort, _))| value.map(|value| self.renaming.value(*sort, value)));
        Known { cells, locals: locals.collect() }
    }
}

/// Which of the two asks for more.
pub(super) enum Side {
    Ours(Location),
    Theirs(Location),
}

/// All ways to give each context an image of its own.
fn matchings(ways: &[Vec<Image>]) -> Vec<Vec<Image>> {
    let mut all: Vec<Vec<Image>> = vec![Vec::new()];
    for images in ways {
        let free = |start: &Vec<Image>, image: &Image| start.iter().all(|used| used.context != image.context);
        let longer = |start: &Vec<Image>, image: &Image| [start.clone(), vec![image.clone()]].concat();
        all = all
            .iter()
            .flat_map(|start| {
                images.iter().filter(move |image| free(start, image)).map(move |image| longer(start, image))
            })
            .take(4 * ORDER)
            .collect();
    }
    all
}

/// All tuples of objects: numbers from 1 to each length.
fn objects(lens: &[i16]) -> Vec<Vec<i16>> {
    let mut all = vec![Vec::new()];
    for len in lens {
        all = all.iter().flat_map(|start| (1..=*len).map(move |next| [start.clone(), vec![next]].concat())).collect();
    }
    all
}
