//! What the reference interpreter says of small kernel C sources. Each test is named after what it claims.

#[path = "../common/source.rs"]
mod source;

mod claims;
mod control;
mod cpu;
mod memory;
mod steps;

use std::collections::BTreeSet;

use pinright_model::reference::{Exploration, Interpreter, Outcome, State, Successor};
use source::{Runs, Source};

const OBJECT: &str = "
struct object {
	bool a;
	bool b;
	bool c;
	bool d;
	unsigned n : 3;
	const unsigned k : 3;
	struct object *next;
	__ghost bool g;
	__ghost unsigned m : 3;
};
struct object x[2];
";

const CLAIMS: &str = "
CLAIM(S0, \"no crash\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S5, \"some claim\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S7, \"no count below zero\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S13, \"no reference below zero\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S14, \"no sleep where it is forbidden\", \"\", \"\", NEEDS_NOTHING);
";

/// A source that the interpreter takes.
struct Program(Source);

impl Program {
    /// `OBJECT`, then `source`, then `CLAIMS`.
    fn new(source: &str, contexts: &[Runs]) -> Self {
        Program(Source::new(&format!("{OBJECT}{source}{CLAIMS}"), contexts))
    }

    fn interpreter(&self) -> Interpreter<'_> {
        Interpreter::new(&self.0.unit, &self.0.contexts, &self.0.init)
    }

    fn explore(&self) -> Exploration {
        self.interpreter().explore(100_000).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Runs the only path to its end: what each step led to.
    fn path(&self) -> Vec<Successor<'_>> {
        let interpreter = self.interpreter();
        let mut state = only(interpreter.initial().expect("a program"));
        let mut path = Vec::new();
        while let Some(next) = at_most_one(interpreter.successors(&state).expect("a program")) {
            path.push(next.clone());
            match next.outcome {
                Outcome::State(next) => state = next,
                _ => break,
            }
        }
        path
    }

    /// The values of a member of `x[0]` in all states in which nothing more can happen.
    fn finals(&self, member: &str) -> BTreeSet<i32> {
        let interpreter = self.interpreter();
        let mut seen: Vec<State> = interpreter.initial().expect("a program");
        let mut values = BTreeSet::new();
        let mut next = 0;
        while next < seen.len() {
            let successors = interpreter.successors(&seen[next]).expect("a program");
            if successors.is_empty() {
                values.extend(interpreter.cell(&seen[next], "x", 0, member));
            }
            for successor in successors {
                if let Outcome::State(state) = successor.outcome
                    && !seen.contains(&state)
                {
                    seen.push(state);
                }
            }
            next += 1;
        }
        values
    }
}

fn only<T>(mut all: Vec<T>) -> T {
    assert_eq!(all.len(), 1, "one possibility");
    all.remove(0)
}

fn at_most_one<T>(mut all: Vec<T>) -> Option<T> {
    assert!(all.len() <= 1, "at most one possibility");
    all.pop()
}

/// Index of a member of `x[0]` in a projection's memory.
fn at(member: &str) -> usize {
    ["a", "b", "c", "d", "n", "k", "next", "g", "m"].iter().position(|m| *m == member).expect("a member")
}
