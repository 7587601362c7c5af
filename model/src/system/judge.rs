//! Claims judged on whole states.

use super::{ClaimSet, Pc, PoolShape, Scratch, System};
use crate::lang::lower::MAX_PARAMS;
use crate::lang::program::{Judge, LeadsTo, Op, Operand, Program};

/// Which claim functions a cell concerns: a bit per function, `always_` ones first, then `sometimes_`.
pub(super) type Concern = u64;

impl System {
    /// What the claim functions say of the state in `scratch`: claims violated, claims exercised.
    pub fn judge(&self, scratch: &mut Scratch) -> (ClaimSet, ClaimSet) {
        self.judge_concerned(scratch, Concern::MAX)
    }

    /// As [`System::judge`], for the state after a step that has just been fired: functions that read no cell that
    /// the step changed say what they said before, and are not asked again.
    pub fn judge_changed(&self, scratch: &mut Scratch) -> (ClaimSet, ClaimSet) {
        let concerned = self.concerned(scratch);
        self.judge_concerned(scratch, concerned)
    }

    /// The functions that read a cell that the fired step changed.
    pub(super) fn concerned(&self, scratch: &Scratch) -> Concern {
        scratch.undo.iter().fold(0, |mask, (cell, _)| mask | self.concerns[*cell as usize])
    }

    fn judge_concerned(&self, scratch: &mut Scratch, concerned: Concern) -> (ClaimSet, ClaimSet) {
        let (violated, exercised) = self.judge_memory(scratch, concerned);
        let quiet = match !self.program.quiescent.is_empty() && self.quiescent(scratch) {
            true => self.judge_quiescent(scratch),
            false => ClaimSet::default(),
        };
        (violated.union(quiet), exercised)
    }

    /// Of the functions asked, `always_` and `sometimes_` ones: they read memory alone.
    pub(super) fn judge_memory(&self, scratch: &mut Scratch, concerned: Concern) -> (ClaimSet, ClaimSet) {
        let mut violated = ClaimSet::default();
        let mut exercised = ClaimSet::default();
        let asked = |index: usize| index >= 63 || concerned >> index & 1 == 1;
        let always = self.program.always.len();
        for (index, judge) in self.program.always.iter().enumerate() {
            if asked(index) && !violated.contains(judge.claim) && !self.for_all(scratch, judge) {
                violated.insert(judge.claim);
            }
        }
        for (index, judge) in self.program.sometimes.iter().enumerate() {
            if asked(always + index) && !exercised.contains(judge.claim) && self.for_some(scratch, judge) {
                exercised.insert(judge.claim);
            }
        }
        self.told((violated, exercised))
    }

    /// What the functions for quiet states say.
    pub(super) fn judge_quiescent(&self, scratch: &mut Scratch) -> ClaimSet {
        let mut violated = ClaimSet::default();
        for judge in self.program.quiescent.iter().filter(|_| !self.premises) {
            if !violated.contains(judge.claim) && !self.for_all(scratch, judge) {
                violated.insert(judge.claim);
            }
        }
        violated
    }

    /// The claims that functions of states judge.
    pub fn judged(&self) -> ClaimSet {
        let judges = self.program.always.iter().chain(&self.program.quiescent);
        judges.fold(ClaimSet::default(), |claims, judge| claims.union(ClaimSet::one(judge.claim)))
    }

    /// Whether the functions that judge one claim hold in the state in `scratch`.
    pub fn holds(&self, scratch: &mut Scratch, claim: u16) -> bool {
        let mut always = self.program.always.iter().filter(|judge| judge.claim == claim);
        if !always.all(|judge| self.for_all(scratch, judge)) {
            return false;
        }
        let mut quiescent = self.program.quiescent.iter().filter(|judge| judge.claim == claim).peekable();
        if quiescent.peek().is_none() || !self.quiescent(scratch) {
            return true;
        }
        quiescent.all(|judge| self.for_all(scratch, judge))
    }

    /// What a pair of claim functions says about some objects in the state in `scratch`: whether the state asks for
    /// something, and whether it is what was asked for. Nothing is asked about a pool entry that nobody took.
    pub fn asks(&self, scratch: &mut Scratch, pair: &LeadsTo, objects: &[i16]) -> (bool, bool) {
        if self.free(scratch, &pair.from, objects) {
            return (false, true);
        }
        (self.evaluate(scratch, &pair.from, objects), self.evaluate(scratch, &pair.until, objects))
    }

    /// Each combination of objects that a claim function is asked about.
    pub fn asked_about(&self, judge: &Judge) -> Vec<Vec<i16>> {
        let mut all = Vec::new();
        self.objects(judge, &mut |objects| {
            all.push(objects.to_vec());
            true
        });
        all
    }

    /// Each context is over, parked or idle, and nothing is pending.
    pub fn quiescent(&self, scratch: &mut Scratch) -> bool {
        let busy = (0..scratch.pcs.len()).any(|context| self.unfinished(context, scratch.pcs[context]));
        !busy && self.memory_rests(scratch)
    }

    /// No work item and no I/O is pending.
    pub(super) fn memory_rests(&self, scratch: &mut Scratch) -> bool {
        match &self.program.at_rest {
            Some(judge) => self.evaluate(scratch, judge, &[]),
            None => true,
        }
    }

    fn for_all(&self, scratch: &mut Scratch, judge: &Judge) -> bool {
        self.objects(judge, &mut |objects| self.free(scratch, judge, objects) || self.evaluate(scratch, judge, objects))
    }

    fn for_some(&self, scratch: &mut Scratch, judge: &Judge) -> bool {
        !self.objects(judge, &mut |objects| {
            self.free(scratch, judge, objects) || !self.evaluate(scratch, judge, objects)
        })
    }

    /// Whether one of the objects is a pool entry that nobody took: no claim is about it.
    fn free(&self, scratch: &Scratch, judge: &Judge, objects: &[i16]) -> bool {
        judge.params.iter().zip(objects).any(|(pool, object)| {
            let shape = self.pools[usize::from(*pool)];
            let live = shape.live.map(|live| shape.base + (*object as u32 - 1) * shape.size + live);
            live.is_some_and(|live| scratch.cells[live as usize] == 0)
        })
    }

    /// Calls `f` for each combination of objects of the judge's parameters, until it says false.
    fn objects(&self, judge: &Judge, f: &mut dyn FnMut(&[i16]) -> bool) -> bool {
        // Asked in every new state: no allocation. More than four parameters are refused when the claim is lowered.
        let count = judge.params.len().min(MAX_PARAMS);
        let len = |i: usize| self.pools[usize::from(judge.params[i])].len as i16;
        if (0..count).any(|i| len(i) == 0) {
            return true;
        }
        let mut objects = [1i16; MAX_PARAMS];
        loop {
            if !f(&objects[..count]) {
                return false;
            }
            let Some(next) = (0..count).find(|&i| objects[i] < len(i)) else { return true };
            objects[..next].fill(1);
            objects[next] += 1;
        }
    }

    /// Where each context of the loaded state stands.
    pub fn pcs<'s>(&self, scratch: &'s Scratch) -> &'s [Pc] {
        &scratch.pcs
    }

    /// Memory of the loaded state.
    pub fn cells<'s>(&self, scratch: &'s Scratch) -> &'s [i16] {
        &scratch.cells
    }

    /// Claims that the loaded state remembers; none unless the system is `sticky`.
    pub fn remembered(&self, scratch: &Scratch) -> ClaimSet {
        scratch.sticky
    }
}

/// The claim functions that read each cell. A function that reads through a register counts for every object of the
/// pool, and for every element of the array.
pub(super) fn concerns(program: &Program, pools: &[PoolShape]) -> Vec<Concern> {
    let mut concerns = vec![0; program.memory_len()];
    let judges = program.always.iter().chain(&program.sometimes);
    for (index, judge) in judges.enumerate() {
        let bit = 1 << index.min(63);
        for &pool in &judge.params {
            let shape = pools[usize::from(pool)];
            for object in 0..u32::from(shape.len) {
                shape.live.iter().for_each(|live| concerns[(shape.base + object * shape.size + live) as usize] |= bit);
            }
        }
        for op in &judge.code.ops {
            let Op::Load { place, .. } = op else { continue };
            let shape = pools[usize::from(place.pool)];
            for object in 0..shape.len {
                if matches!(place.object, Operand::Imm(o) if o != object as i16 + 1) {
                    continue;
                }
                let elements = place.index.map_or(1, |i| u32::from(i.len));
                let stride = place.index.map_or(0, |i| u32::from(i.stride));
                for element in 0..elements {
                    let cell = shape.base + u32::from(object) * shape.size + u32::from(place.offset) + element * stride;
                    concerns[cell as usize] |= bit;
                }
            }
        }
    }
    concerns
}
