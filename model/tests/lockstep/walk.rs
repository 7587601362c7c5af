//! Walks through both engines at once, along the same edges.
//!
//! A walker sees projections only, and several whole states may look the same. So it keeps all that the way so far
//! may have led to, on either side: both sides must then offer the same edges.

use std::collections::BTreeMap;

use pinright_model::reference::{Interpreter, Position, Projection};

use super::dice::Dice;
use super::engine::{Edge, Engine, Target};
use super::packed::Packed;
use super::random::Met;
use super::show::Teller;

/// How far to walk.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub walks: u64,
    /// Of each walk.
    pub steps: usize,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Walked {
    /// States whose successors were compared.
    pub steps: usize,
    /// Successors compared.
    pub edges: usize,
    /// Places where a context stood, of [`Packed::places`].
    pub places: usize,
}

/// Walks one program.
pub struct Walker<'w, 'a> {
    pub interpreter: &'w Interpreter<'a>,
    pub packed: &'w Packed,
    pub teller: Teller<'w>,
    visits: BTreeMap<(usize, Position), usize>,
    walked: Walked,
    /// States that look like no other, so that each engine's is known to be the other's.
    met: Vec<Met<'a>>,
}

impl<'w, 'a> Walker<'w, 'a> {
    pub fn new(interpreter: &'w Interpreter<'a>, packed: &'w Packed, teller: Teller<'w>) -> Self {
        Walker { interpreter, packed, teller, visits: BTreeMap::new(), walked: Walked::default(), met: Vec::new() }
    }

    /// Walks as planned; the first difference ends it.
    pub fn run(self, plan: Plan, seed: u64) -> Result<Walked, String> {
        Ok(self.meet(plan, seed)?.0)
    }

    /// The same; yields what it met, too.
    pub fn meet(mut self, plan: Plan, seed: u64) -> Result<(Walked, Vec<Met<'a>>), String> {
        for walk in 0..plan.walks {
            // Every other walk prefers places where nobody stood so far.
            let (mut dice, curious) = (Dice(seed.wrapping_add(walk)), walk % 2 == 0);
            self.walk(plan.steps, &mut dice, curious).map_err(|fault| format!("walk {walk}: {fault}"))?;
        }
        Ok((Walked { places: self.visits.len(), ..self.walked }, self.met))
    }

    fn walk(&mut self, steps: usize, dice: &mut Dice, curious: bool) -> Result<(), String> {
        let (interpreted, packed) = (Engine::initial(self.interpreter), self.packed.initial());
        self.teller.states(interpreted.keys().collect(), packed.keys().collect())?;
        let starts: Vec<&Projection> = interpreted.keys().collect();
        let mut here = starts[dice.below(starts.len())].clone();
        let (mut states, mut nodes) = (interpreted[&here].clone(), packed[&here].clone());
        for step in 0..steps {
            // Of the interpreter's states that look the same, any will do: they differ in dead locals only.
            if let ([node], [state, ..]) = (nodes.as_slice(), states.as_slice()) {
                self.met.push((state.clone(), node.clone()));
            }
            let (interpreted, packed) = (self.interpreter.edges(&states), self.packed.edges(&nodes));
            let same = self.teller.edges(&here, interpreted.keys().collect(), packed.keys().collect());
            same.map_err(|fault| format!("step {step}: {fault}"))?;
            self.walked.steps += 1;
            self.walked.edges += packed.len();
            let Some((edge, to)) = self.choose(packed.keys(), dice, curious) else { return Ok(()) };
            self.visits.entry((edge.context, to.positions[edge.context].clone())).and_modify(|n| *n += 1).or_insert(1);
            (states, nodes) = (interpreted[edge].clone(), packed[edge].clone());
            here = to.clone();
        }
        Ok(())
    }

    /// One of the edges that lead on: any, or one of those that lead where somebody stood least often.
    fn choose<'e>(
        &self,
        edges: impl Iterator<Item = &'e Edge>,
        dice: &mut Dice,
        curious: bool,
    ) -> Option<(&'e Edge, &'e Projection)> {
        let visits = |edge: &Edge, to: &Projection| {
            self.visits.get(&(edge.context, to.positions[edge.context].clone())).copied().unwrap_or_default()
        };
        let mut offered = BTreeMap::<usize, Vec<(&Edge, &Projection)>>::new();
        for edge in edges {
            if let Target::State(to) = &edge.target {
                let rank = if curious { visits(edge, to) } else { 0 };
                offered.entry(rank).or_default().push((edge, to));
            }
        }
        let best = offered.into_values().next()?;
        Some(best[dice.below(best.len())])
    }
}
