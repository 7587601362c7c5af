//! Which ops stand between a step and the next ones, and which of them run alike in the image of a context.

use crate::lang::lower::successors;
use crate::lang::program::*;

/// The ops of a step: its head, those that follow, and the heads that they lead to.
fn region(code: &Code, step: &StepInfo) -> Vec<usize> {
    let head = step.at as usize;
    let mut region = vec![head];
    let mut stack: Vec<usize> = successors(&code.ops, head).into_iter().flatten().collect();
    while let Some(at) = stack.pop() {
        if region.contains(&at) || at >= code.ops.len() {
            continue;
        }
        region.push(at);
        if !matches!(code.ops[at], Op::Step) {
            stack.extend(successors(&code.ops, at).into_iter().flatten());
        }
    }
    region
}

/// Given the steps of which each op becomes the op with its number: the steps that share an op with another one, and the
/// ops of no such other one.
pub(super) fn otherwise(code: &Code, plain: &[bool]) -> (Vec<bool>, Vec<bool>) {
    let mut alike = vec![true; code.ops.len()];
    if plain.iter().all(|plain| *plain) {
        return (vec![false; plain.len()], alike);
    }
    for (step, _) in code.steps.iter().zip(plain).filter(|(_, plain)| !**plain) {
        region(code, step).into_iter().for_each(|op| alike[op] = false);
    }
    let shares = |step: &StepInfo| region(code, step).into_iter().any(|op| !alike[op]);
    (code.steps.iter().map(shares).collect(), alike)
}
