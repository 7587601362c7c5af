//! Both engines in states that nobody may ever reach.
//!
//! What walks meet is taken apart: each context stands where it stood in one state or another, and memory holds what
//! its widths let it hold. There every step is compared, as on walks. Locals stay what they were where the context
//! stood, since the interpreter keeps them under their names and the packed engine in registers.

use pinright_model::reference::{Interpreter, State};

use super::dice::Dice;
use super::engine::Engine;
use super::packed::{Node, Packed};
use super::show::Teller;

/// A whole state as both engines have it.
pub type Met<'a> = (State<'a>, Node);

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scattered {
    /// States whose successors were compared.
    pub states: usize,
    /// Successors compared.
    pub edges: usize,
    /// Crashes among them.
    pub crashes: usize,
    /// States in which nobody could move.
    pub stuck: usize,
}

impl Scattered {
    /// Adds another count.
    pub fn add(&mut self, other: &Scattered) {
        self.states += other.states;
        self.edges += other.edges;
        self.crashes += other.crashes;
        self.stuck += other.stuck;
    }
}

/// Makes states of one program and compares their steps.
pub struct Scatter<'w, 'a> {
    pub interpreter: &'w Interpreter<'a>,
    pub packed: &'w Packed,
    pub teller: Teller<'w>,
    /// Not empty.
    pub met: Vec<Met<'a>>,
}

impl<'a> Scatter<'_, 'a> {
    /// Compares `states` states; the first difference ends it.
    pub fn run(&self, states: usize, dice: &mut Dice) -> Result<Scattered, String> {
        let mut total = Scattered::default();
        for number in 0..states {
            let one = self.one(dice).map_err(|fault| format!("random state {number}: {fault}"))?;
            total.add(&one);
        }
        Ok(total)
    }

    fn one(&self, dice: &mut Dice) -> Result<Scattered, String> {
        let (state, node) = self.made(dice);
        let here = self.packed.project(&node);
        let seen = self.interpreter.project(&state);
        self.teller.states([&seen].into(), [&here].into())?;
        let (interpreted, packed) = (self.interpreter.edges(&[state]), self.packed.edges(&[node]));
        self.teller.edges(&here, interpreted.keys().collect(), packed.keys().collect())?;
        let crashes = packed.keys().filter(|edge| edge.crashes()).count();
        Ok(Scattered { states: 1, edges: packed.len(), crashes, stuck: usize::from(packed.is_empty()) })
    }

    /// A state of parts.
    fn made(&self, dice: &mut Dice) -> Met<'a> {
        let (any, mixed) = (dice.below(self.met.len()), dice.below(2) == 0);
        let contexts = self.packed.system().program().contexts.len();
        let sources: Vec<usize> = (0..contexts).map(|_| if mixed { dice.below(self.met.len()) } else { any }).collect();
        let mut memory = self.packed.memory(&self.met[any].1);
        self.scatter(&mut memory, dice);
        let nodes: Vec<&Node> = sources.iter().map(|&source| &self.met[source].1).collect();
        let states: Vec<&State> = sources.iter().map(|&source| &self.met[source].0).collect();
        let node = self.packed.assemble(&memory, &nodes);
        // What no step writes keeps its value, whatever the dice said: the packed engine does not store it.
        let memory: Vec<i32> = self.packed.memory(&node).into_iter().map(i32::from).collect();
        (self.interpreter.assemble(&memory, &states), node)
    }

    /// Changes one cell, one in eight, or all.
    fn scatter(&self, memory: &mut [i16], dice: &mut Dice) {
        let how = dice.below(3);
        let only = dice.below(memory.len());
        for (cell, value) in memory.iter_mut().enumerate() {
            let changes = match how {
                0 => cell == only,
                1 => dice.below(8) == 0,
                _ => true,
            };
            if changes {
                let range = self.packed.range(cell);
                let values = (i32::from(range.high) - i32::from(range.low) + 1) as usize;
                *value = (i32::from(range.low) + dice.below(values) as i32) as i16;
            }
        }
    }
}
