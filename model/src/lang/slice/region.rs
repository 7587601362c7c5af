//! Branches inside a step that come together again: what lies between may be jumped over if nothing there is needed.

use std::collections::HashMap;

use super::super::lower::successors;
use super::*;

/// Ops between a branch and where its ways meet; more are never jumped over.
const MOST: usize = 1024;

/// A branch that may be jumped over.
pub(super) struct Region {
    /// Where its ways meet.
    pub join: Target,
    /// What lies between.
    pub ops: Vec<usize>,
}

/// The region of each branch that has one.
pub(super) fn regions(code: &Code, covered: &[u32]) -> Vec<Option<Region>> {
    let joins = post_dominators(code);
    let decided = decided_after(code);
    let region = |at: usize| {
        let join = matches!(code.ops[at], Op::Branch { .. }).then(|| joins[at]).flatten()?;
        let ops = between(code, at, join)?;
        let inside = ops.iter().map(|op| &code.origins[*op]);
        let behind = ops.iter().chain([&at]).filter_map(|op| decided.get(&(*op as Target))).flatten();
        let same = inside.chain(behind.copied()).all(|origin| same_lines(code, covered, at, origin));
        same.then_some(Region { join: join as Target, ops })
    };
    (0..code.ops.len()).map(region).collect()
}

/// Where conditions stand that became no op, by the op that ran before: nothing else says whether control came to them.
fn decided_after(code: &Code) -> HashMap<Target, Vec<&Origin>> {
    let mut behind: HashMap<Target, Vec<&Origin>> = HashMap::new();
    for decided in &code.decided {
        if let Some((op, _)) = decided.after {
            behind.entry(op).or_default().push(&decided.origin);
        }
    }
    behind
}

/// The ops between a branch and its join; `None` if a step, the end of the path or a loop is among them.
fn between(code: &Code, branch: usize, join: usize) -> Option<Vec<usize>> {
    let mut ops = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut stack: Vec<(usize, bool)> = next(code, branch).map(|op| (op, false)).collect();
    while let Some((at, left)) = stack.pop() {
        if left {
            open.pop();
            continue;
        }
        if at == join || ops.contains(&at) && !open.contains(&at) {
            continue;
        }
        if open.contains(&at) || at == branch || matches!(code.ops[at], Op::Step) || ops.len() == MOST {
            return None;
        }
        ops.push(at);
        open.push(at);
        stack.push((at, true));
        stack.extend(next(code, at).map(|op| (op, false)));
    }
    Some(ops)
}

fn next(code: &Code, at: usize) -> impl Iterator<Item = usize> {
    successors(&code.ops, at).into_iter().flatten()
}

/// Whether an op or a condition stands on no line of the covered files that the branch does not stand on too.
fn same_lines(code: &Code, covered: &[u32], branch: usize, origin: &Origin) -> bool {
    let places = |origin: Origin| {
        let frames = std::iter::successors(Some(origin.frame), |frame| code.frames[*frame as usize].parent);
        std::iter::once(origin.span).chain(frames.map(|frame| code.frames[frame as usize].call))
    };
    let branch = code.origins[branch];
    places(*origin).filter(|span| covered.contains(&span.file)).all(|span| places(branch).any(|other| other == span))
}

/// For each op, the next one in its step that every path from it goes through; `None` where paths part for good. After "A Simple, Fast
/// Dominance Algorithm" (Cooper, Harvey, Kennedy 2001), on the reversed graph.
fn post_dominators(code: &Code) -> Vec<Option<usize>> {
    let end = code.ops.len();
    let order = backward_order(code);
    let mut rank = vec![usize::MAX; end + 1];
    order.iter().enumerate().for_each(|(index, at)| rank[*at] = index);
    let mut parents: Vec<Option<usize>> = vec![None; end + 1];
    parents[end] = Some(end);
    let mut changed = true;
    while changed {
        changed = false;
        for &at in &order[1..] {
            let known = after(code, at).filter(|next| parents[*next].is_some());
            let parent = known.reduce(|a, b| meet(&parents, &rank, a, b));
            changed |= parent != parents[at];
            parents[at] = parent;
        }
    }
    parents.truncate(end);
    parents.into_iter().map(|parent| parent.filter(|join| *join != end)).collect()
}

/// What follows an op within its step; the end (one past the last op) follows the next step's head, and what nothing
/// else does. A context that runs for ever has joins all the same.
fn after(code: &Code, at: usize) -> impl Iterator<Item = usize> {
    let inside = !matches!(code.ops[at], Op::Step);
    let last = !inside || next(code, at).next().is_none();
    next(code, at).filter(move |_| inside).chain(last.then_some(code.ops.len()))
}

/// The first op that both `a` and `b` go through.
fn meet(parents: &[Option<usize>], rank: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        let later = if rank[a] > rank[b] { &mut a } else { &mut b };
        *later = parents[*later].unwrap_or(parents.len() - 1);
    }
    a
}

/// The ops from which the end can be reached, each after one that follows it: reverse postorder of the reversed graph.
fn backward_order(code: &Code) -> Vec<usize> {
    let end = code.ops.len();
    let mut before = vec![Vec::new(); end + 1];
    (0..end).for_each(|at| after(code, at).for_each(|next| before[next].push(at)));
    let mut seen = vec![false; end + 1];
    seen[end] = true;
    let mut order = Vec::new();
    let mut stack = vec![(end, 0)];
    while let Some((at, child)) = stack.pop() {
        let Some(&previous) = before[at].get(child) else {
            order.push(at);
            continue;
        };
        stack.push((at, child + 1));
        if !std::mem::replace(&mut seen[previous], true) {
            stack.push((previous, 0));
        }
    }
    order.reverse();
    order
}
