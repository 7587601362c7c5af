//! Both engines behind one face: states without locals, and labelled edges between them.
//!
//! A node of an engine is a whole state, locals included; what is compared of it is its projection.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use pinright_model::reference::Projection;

/// What a step leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A state.
    State(Projection),
    /// Claim S0, and why.
    Crash(String),
    /// Nothing that is followed: this member or local left its width.
    Cut(String),
}

/// A step as both engines must tell it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Who takes it.
    pub context: usize,
    /// Where it leads.
    pub target: Target,
    /// Claims that the step, or the state after it, violates.
    pub violated: BTreeSet<String>,
    /// Claims that the step, or the state after it, exercises.
    pub witnessed: BTreeSet<String>,
}

impl Edge {
    /// Whether it ends the path.
    pub fn crashes(&self) -> bool {
        matches!(self.target, Target::Crash(_))
    }
}

/// Nodes by what is seen of them.
pub type Nodes<N> = BTreeMap<Projection, Vec<N>>;

/// Edges by what is seen of them, each with the nodes that it leads to.
pub type Edges<N> = BTreeMap<Edge, Vec<N>>;

/// An implementation of the language.
pub trait Engine {
    /// A whole state.
    type Node: Clone + Debug + PartialEq;

    /// The states before the first step.
    fn initial(&self) -> Nodes<Self::Node>;

    /// Adds every step out of `node` to `edges`.
    fn successors(&self, node: &Self::Node, edges: &mut Edges<Self::Node>);

    /// Every step out of one of `nodes`.
    fn edges(&self, nodes: &[Self::Node]) -> Edges<Self::Node> {
        let mut edges = Edges::new();
        nodes.iter().for_each(|node| self.successors(node, &mut edges));
        edges
    }
}

/// Adds a node once.
pub fn add<K: Ord, N: PartialEq>(nodes: &mut BTreeMap<K, Vec<N>>, key: K, node: Option<N>) {
    let known = nodes.entry(key).or_default();
    if let Some(node) = node.filter(|node| !known.contains(node)) {
        known.push(node);
    }
}
