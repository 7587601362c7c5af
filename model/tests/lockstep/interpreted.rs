//! The reference interpreter as an [`Engine`].

use pinright_model::reference::{Interpreter, Outcome, State};

use super::engine::{Edge, Edges, Engine, Nodes, Target, add};

impl<'a> Engine for Interpreter<'a> {
    type Node = State<'a>;

    fn initial(&self) -> Nodes<Self::Node> {
        let mut nodes = Nodes::new();
        for state in Interpreter::initial(self).unwrap_or_else(|e| panic!("{}", e.message)) {
            add(&mut nodes, self.project(&state), Some(state));
        }
        nodes
    }

    fn successors(&self, node: &Self::Node, edges: &mut Edges<Self::Node>) {
        for next in Interpreter::successors(self, node).unwrap_or_else(|e| panic!("{}", e.message)) {
            let mut edge = Edge {
                context: next.context,
                target: Target::Cut(String::new()),
                violated: next.violated.into_iter().collect(),
                witnessed: next.witnessed.into_iter().collect(),
            };
            let mut node = None;
            match next.outcome {
                Outcome::State(state) => {
                    edge.target = Target::State(self.project(&state));
                    node = Some(state);
                }
                Outcome::Crash(crash) => {
                    edge.target = Target::Crash(format!("{crash:?}"));
                    edge.violated.insert("S0".into());
                }
                Outcome::Cut(what) => edge.target = Target::Cut(what),
            }
            add(edges, edge, node);
        }
    }
}
