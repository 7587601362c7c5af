//! Proves that a renaming maps the system onto itself: initial states, claim functions, and every step of every
//! context; where its code is not plainly the same (`structure`), for all values that the step reads. Values that no run produces count too: a proof may fail for their sake,
//! and then the renaming is not used.

use std::collections::BTreeSet;

use super::super::{Cut, Pc, System};
use super::Element;
use super::probe::{Effect, Goes, Known, Local, Location, effects, says};
use super::reach::Reach;
use super::regions::otherwise;
use super::renaming::{Renaming, Sort, renamings};
use super::structure::Structure;
use crate::lang::program::*;

/// Cases per step; one that reads too much proves nothing.
const CASES: u32 = 20_000;
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
struct Attempt<'a> {
    system: &'a System,
    renaming: Renaming,
    /// What no run changes, and where none goes.
    reach: &'a Reach,
    /// Where each cell goes inside of its object, per pool.
    offsets: Vec<Vec<u32>>,
    /// Where each cell goes, and where it comes from.
    cells: Vec<u32>,
    origins: Vec<u32>,
    sorts: Vec<Sort>,
    /// What the registers of each context hold.
    registers: Vec<Vec<Sort>>,
    locals: Vec<Vec<Vec<Sort>>>,
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
        let steps = a.code.steps.len();
        let (steps, plain) = (vec![None; steps], vec![true; steps]);
        Pairing { attempt: self, from, to, steps, plain, queue: Vec::new() }.prove()
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
    fn for_all(
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

/// Why the image of a path is not followed: told by the op and the register of that number.
pub(super) fn renamed_cut(cut: &Cut, context: u16, offset: impl Fn(u16, u16) -> u16) -> Cut {
    match cut {
        Cut::Member(pool, at) => Cut::Member(*pool, offset(*pool, *at)),
        Cut::Local(_, reg) => Cut::Local(context, *reg),
        Cut::Endless(_, op) => Cut::Endless(context, *op),
    }
}

/// What a context becomes.
#[derive(Clone)]
struct Image {
    context: u16,
    /// Which step of that context each step becomes; `u16::MAX` where nothing leads.
    steps: Vec<u16>,
    /// Steps of which each op becomes the op with its number.
    plain: Vec<bool>,
}

/// Which of the two asks for more.
enum Side {
    Ours(Location),
    Theirs(Location),
}

/// The proof that one context, renamed, does what another does.
struct Pairing<'a> {
    attempt: &'a Attempt<'a>,
    from: usize,
    to: usize,
    steps: Vec<Option<u16>>,
    /// Steps of which each op becomes the op with its number.
    plain: Vec<bool>,
    queue: Vec<u16>,
}

impl Pairing<'_> {
    fn prove(mut self) -> Option<Image> {
        let system = self.attempt.system;
        for state in system.initial() {
            match (system.standing(&state, self.from).pc, system.standing(&state, self.to).pc) {
                (Pc::At(from), Pc::At(to)) if self.pair(from, to) => {}
                (Pc::At(_), _) | (_, Pc::At(_)) => return None,
                (from, to) if from != to => return None,
                _ => {}
            }
        }
        while let Some(step) = self.queue.pop() {
            if !self.step(step) {
                return None;
            }
        }
        // Steps that nothing leads to have no image, and need none.
        let steps = self.steps.iter().map(|step| step.unwrap_or(u16::MAX)).collect();
        Some(Image { context: self.to as u16, steps, plain: self.plain })
    }

    /// Notes that a step becomes another, unless that contradicts what is known. Where no run goes, nothing need be.
    fn pair(&mut self, from: u16, to: u16) -> bool {
        if !self.attempt.reach.step(self.attempt.system, self.from, from) {
            return true;
        }
        match self.steps[usize::from(from)] {
            Some(known) => known == to,
            None if self.steps.contains(&Some(to)) || !self.alike(from, to) => false,
            None => {
                self.steps[usize::from(from)] = Some(to);
                self.queue.push(from);
                true
            }
        }
    }

    /// What holds statically at two steps is the same: nesting, locks, functions, locals.
    fn alike(&self, from: u16, to: u16) -> bool {
        let system = self.attempt.system;
        let info = |context: usize, step: u16| &system.program.contexts[context].code.steps[usize::from(step)];
        let calls = |context: usize, step: u16| {
            let site = system.site(context, Pc::At(step));
            site.into_iter().flat_map(|site| site.calls).map(|(name, _)| name).collect::<Vec<_>>()
        };
        let (a, b) = (info(self.from, from), info(self.to, to));
        a.attrs == b.attrs
            && a.awaits == b.awaits
            && self.locals(self.from, from) == self.locals(self.to, to)
            && calls(self.from, from) == calls(self.to, to)
    }

    fn locals(&self, context: usize, step: u16) -> Vec<(Sort, Range)> {
        let code = &self.attempt.system.program.contexts[context].code;
        let sorts = &self.attempt.locals[context][usize::from(step)];
        let live = code.steps[usize::from(step)].live.iter().map(|reg| code.regs[usize::from(*reg)].range);
        sorts.iter().copied().zip(live).collect()
    }

    fn step(&mut self, from: u16) -> bool {
        let attempt = self.attempt;
        let Some(to) = self.steps[usize::from(from)] else { return false };
        if let Some(next) = self.same_code(from, to) {
            return next.into_iter().all(|(from, to)| self.pair(from, to));
        }
        self.plain[usize::from(from)] = false;
        let locals = self.locals(self.from, from);
        let mut known = Known::nothing(&attempt.reach.fixed, locals.len());
        let (a, b) = (self.from, self.to);
        let mut scratch = attempt.system.scratch();
        let same = &mut |known: &Known, image: &Known| {
            let ours = effects(attempt.system, &mut scratch, (a, from), known).map_err(Side::Ours)?;
            let theirs = effects(attempt.system, &mut scratch, (b, to), image).map_err(Side::Theirs)?;
            Ok(self.same(&ours, theirs))
        };
        attempt.for_all(&locals, &mut known, &mut { CASES }, same)
    }

    /// The steps that follow, in pairs, if the code of two steps is plainly the same: then no value need be tried.
    fn same_code(&self, from: u16, to: u16) -> Option<Vec<(u16, u16)>> {
        let Attempt { system, reach, renaming, offsets, registers, .. } = self.attempt;
        let code = |context: usize| &system.program.contexts[context].code;
        let (ours, theirs) = (code(self.from), code(self.to));
        let runs = &reach.ops[self.from];
        let sorts = (&registers[self.from][..], &registers[self.to][..]);
        Structure { program: &system.program, renaming, offsets, runs, sorts, ours, theirs }.step(from, to)
    }

    /// Whether the effects of one, renamed, are those of the other.
    fn same(&mut self, ours: &[Effect], mut theirs: Vec<Effect>) -> bool {
        let all = ours.iter().all(|effect| {
            let Some(at) = theirs.iter().position(|other| self.matches(effect, other)) else { return false };
            theirs.remove(at);
            true
        });
        all && theirs.is_empty()
    }

    fn matches(&mut self, ours: &Effect, theirs: &Effect) -> bool {
        let attempt = self.attempt;
        let image = |&(cell, value): &(usize, i16)| {
            (attempt.cells[cell] as usize, attempt.renaming.value(attempt.sorts[cell], value))
        };
        let mut writes: Vec<(usize, i16)> = ours.writes.iter().map(image).collect();
        writes.sort_unstable();
        if writes != theirs.writes || ours.claims != theirs.claims {
            return false;
        }
        if let (Goes::Cut(ours), Goes::Cut(theirs)) = (&ours.goes, &theirs.goes) {
            let offset = |pool: u16, offset: u16| attempt.offsets[usize::from(pool)][usize::from(offset)] as u16;
            return renamed_cut(ours, self.to as u16, offset) == *theirs;
        }
        let (Goes::At(from, locals), Goes::At(to, others)) = (&ours.goes, &theirs.goes) else {
            return ours.goes == theirs.goes;
        };
        let sorts = &attempt.locals[self.from][usize::from(*from)];
        let renamed = locals.iter().zip(sorts).map(|(local, sort)| match local {
            Local::Value(value) => Local::Value(attempt.renaming.value(*sort, *value)),
            same => *same,
        });
        renamed.eq(others.iter().copied()) && self.pair(*from, *to)
    }
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
