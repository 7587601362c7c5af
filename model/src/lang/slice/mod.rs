//! Slicing: a program without what the wanted claims, and the steps themselves, do not need.
//!
//! Left out: checks, witnesses and judges of other claims, what only they compute, and stores to cells that nothing
//! left reads. `range` bounds values, `nonzero` knows pointers, `leave` finds ops that may end a path, `region` finds branches that may be
//! jumped over, `need` follows uses back to what makes them. Nothing here executes.
//!
//! What stays, so that a run of the slice is a run of the program, step for step and choice for choice: every step,
//! wait, choice, lock, allocation and end; every access that may crash; every value that may leave its width; and what
//! goes below zero, where the claim on that is wanted. Ops keep their numbers, so coverage and traces speak of the
//! program. A cell whose stores are all gone is a constant to the layout of states, and costs no bit.

mod leave;
mod need;
mod nonzero;
mod range;
mod region;

use std::collections::BTreeSet;

use super::program::*;

use need::Need;

/// What a search is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Claims, by index into [`Program::claims`].
    pub claims: BTreeSet<u16>,
    /// Files whose lines must be covered as in the whole program: a branch is jumped over only if none is behind it.
    pub covered: Vec<u32>,
}

/// The slice of a program for what is wanted. Verdicts of the wanted claims, their shortest runs, which contexts can
/// step where, and what is cut are those of the program; other claims are never violated.
pub fn slice(program: &Program, wanted: &Wanted) -> Program {
    let mut sliced = program.clone();
    keep_judges(&mut sliced, wanted);
    let mut need = Need::new(&sliced, wanted);
    need.close();
    let codes: Vec<Code> = (0..sliced.contexts.len()).map(|context| rewritten(&need, context)).collect();
    for (context, code) in sliced.contexts.iter_mut().zip(codes) {
        context.code = code;
    }
    sliced
}

/// Judges of other claims go; so does the question whether all is at rest, if no judge asks it.
fn keep_judges(program: &mut Program, wanted: &Wanted) {
    for judges in [&mut program.always, &mut program.quiescent, &mut program.sometimes] {
        judges.retain(|judge| wanted.claims.contains(&judge.claim));
    }
    program.leads_to.retain(|pair| wanted.claims.contains(&pair.from.claim));
    if program.quiescent.is_empty() {
        program.at_rest = None;
    }
}

/// The code of a context without what is not needed.
fn rewritten(need: &Need, context: usize) -> Code {
    let mut code = need.code(context).clone();
    // A store that is not needed still follows its pointer: what it would find there goes nowhere.
    let nowhere = code.regs.len() as Reg;
    for at in 0..code.ops.len() {
        if need.needs(context, at) {
            continue;
        }
        code.ops[at] = match (&code.ops[at], need.follows(context, at)) {
            (Op::Store { place, .. }, true) => Op::Load { dst: nowhere, place: *place },
            (op, true) => op.clone(),
            (Op::Jump(target), _) => Op::Jump(*target),
            (Op::Branch { .. }, false) => need.around(context, at).map_or(Op::Nop, Op::Jump),
            (_, false) => Op::Nop,
        };
    }
    code.regs.push(RegInfo { name: String::new(), range: Range::INT, pool: None });
    for (index, step) in code.steps.iter_mut().enumerate() {
        step.live = need.live(context, index);
    }
    code
}

/// The cells, by offset in the object, that a place may mean.
fn offsets(place: &Place) -> impl Iterator<Item = usize> {
    let (elements, stride) = place.index.map_or((1, 0), |index| (usize::from(index.len), usize::from(index.stride)));
    let first = usize::from(place.offset);
    (0..elements).map(move |element| first + element * stride)
}
