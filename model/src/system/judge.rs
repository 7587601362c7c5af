//! Claims judged on whole states.

use super::{ClaimSet, Pc, Scratch, System};
use crate::lang::program::Judge;

impl System {
    /// What the claim functions say of the state in `scratch`: claims violated, claims exercised.
    pub fn judge(&self, scratch: &mut Scratch) -> (ClaimSet, ClaimSet) {
        let mut violated = ClaimSet::default();
        let mut exercised = ClaimSet::default();
        for judge in &self.program.always {
            if !violated.contains(judge.claim) && !self.for_all(scratch, judge) {
                violated.insert(judge.claim);
            }
        }
        if !self.program.quiescent.is_empty() && self.quiescent(scratch) {
            for judge in &self.program.quiescent {
                if !violated.contains(judge.claim) && !self.for_all(scratch, judge) {
                    violated.insert(judge.claim);
                }
            }
        }
        for judge in &self.program.sometimes {
            if !exercised.contains(judge.claim) && self.for_some(scratch, judge) {
                exercised.insert(judge.claim);
            }
        }
        (violated, exercised)
    }

    /// Each context is over, parked or idle, and nothing is pending.
    pub fn quiescent(&self, scratch: &mut Scratch) -> bool {
        let busy = (0..scratch.pcs.len()).any(|context| self.unfinished(context, scratch.pcs[context]));
        if busy {
            return false;
        }
        match &self.program.at_rest {
            Some(judge) => self.evaluate(scratch, judge, &[]),
            None => true,
        }
    }

    fn for_all(&self, scratch: &mut Scratch, judge: &Judge) -> bool {
        self.objects(judge, &mut |objects| self.evaluate(scratch, judge, objects))
    }

    fn for_some(&self, scratch: &mut Scratch, judge: &Judge) -> bool {
        !self.objects(judge, &mut |objects| !self.evaluate(scratch, judge, objects))
    }

    /// Calls `f` for each combination of objects of the judge's parameters, until it says false.
    fn objects(&self, judge: &Judge, f: &mut dyn FnMut(&[i16]) -> bool) -> bool {
        let lens: Vec<i16> = judge.params.iter().map(|p| self.program.pools[usize::from(*p)].len as i16).collect();
        if lens.contains(&0) {
            return true;
        }
        let mut objects = vec![1; lens.len()];
        loop {
            if !f(&objects) {
                return false;
            }
            let Some(next) = (0..lens.len()).find(|&i| objects[i] < lens[i]) else { return true };
            objects[..next].fill(1);
            objects[next] += 1;
        }
    }

    /// Where each context of the loaded state stands.
    pub fn pcs<'s>(&self, scratch: &'s Scratch) -> &'s [Pc] {
        &scratch.pcs
    }

    /// Puts a context back to where it stood before a step that was rolled back.
    pub fn stand(&self, scratch: &mut Scratch, context: usize, pc: Pc) {
        scratch.pcs[context] = pc;
    }

    /// Memory of the loaded state.
    pub fn cells<'s>(&self, scratch: &'s Scratch) -> &'s [i16] {
        &scratch.cells
    }
}
