//! Hangs: contexts in the middle of something that can never take another step, whatever the others do.

use super::bfs::{Found, Graph};
use super::path::{self, Path};
use crate::system::{Pc, Scratch};

/// The first state from which a context can never step again.
#[derive(Clone, Debug)]
pub struct Hang {
    /// The context.
    pub context: u16,
    /// Where it stands.
    pub pc: Pc,
    /// Every context that is stuck in that state.
    pub stuck: Vec<u16>,
    /// Whether some context is parked there: it may be what the others wait for, legally.
    pub parked: bool,
    /// The run to that state.
    pub path: Path,
}

/// Looks backward over the closed graph: which contexts can still step from each state.
pub(super) fn find(graph: &Graph, scratch: &mut Scratch) -> Vec<Hang> {
    let future = future(graph);
    let contexts = graph.system.program().contexts.len();
    let mut hangs: Vec<Hang> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (index, future) in future.iter().enumerate() {
        if *future & mask(contexts) == mask(contexts) {
            continue;
        }
        let pcs = (0..contexts).map(|c| graph.system.layout().pc(graph.store.state(index), c)).collect::<Vec<_>>();
        let stuck = |c: &usize| future >> c & 1 == 0 && graph.system.unfinished(*c, pcs[*c]);
        let stuck: Vec<u16> = (0..contexts).filter(stuck).map(|c| c as u16).collect();
        let parked = pcs.contains(&Pc::Parked);
        for &context in &stuck {
            let pc = pcs[usize::from(context)];
            if seen.insert((context, pc, parked)) {
                let path = path::to(graph, Found { state: index as u32, step: None }, scratch);
                hangs.push(Hang { context, pc, stuck: stuck.clone(), parked, path });
            }
        }
    }
    hangs
}

fn mask(contexts: usize) -> u64 {
    match contexts {
        64 => u64::MAX,
        n => (1 << n) - 1,
    }
}

/// Per state, the contexts that can step there or later: the least fixpoint, reached in a few backward sweeps.
fn future(graph: &Graph) -> Vec<u64> {
    let mut future = graph.enabled.clone();
    let mut changed = true;
    while changed {
        changed = false;
        for index in (0..future.len()).rev() {
            let start = graph.starts[index] as usize;
            let end = graph.starts.get(index + 1).map_or(graph.edges.len(), |e| *e as usize);
            let after = graph.edges[start..end].iter().fold(future[index], |mask, next| mask | future[*next as usize]);
            if after != future[index] {
                future[index] = after;
                changed = true;
            }
        }
    }
    future
}
