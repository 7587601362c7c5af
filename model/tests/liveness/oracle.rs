//! The search for fair lassos against a definition that tries every set of states.

use pinright_model::search::liveness::{Answer, Fairness, Lasso, Response, respond};

use crate::graphs::{Random, Written};

/// What the search says, and the lasso it shows with the fairness that this lasso has.
pub fn answer(graph: &Written) -> Answer {
    respond(graph, &Response { from: &|s| graph.is_from(s), until: &|s| graph.is_until(s) })
}

/// The fairness that suffices, if any does.
fn needs(graph: &Written) -> Option<Fairness> {
    let levels = [Fairness::None, Fairness::Weak, Fairness::StrongAwaits];
    levels.into_iter().find(|fairness| graph.oracle(*fairness).is_none())
}

fn check_lasso(graph: &Written, lasso: &Lasso, fairness: Fairness) {
    assert_eq!(graph.objection(lasso, fairness), None, "{fairness:?} {lasso:?} {graph:?}");
    assert_eq!(Some(lasso.stem.len()), graph.oracle(fairness), "{fairness:?} {lasso:?} {graph:?}");
}

#[test]
fn ten_thousand_random_graphs_get_the_answers_of_the_definition_and_lassos_that_are_fair() {
    let mut random = Random(20_181_218);
    let mut seen = [0; 4];
    for _ in 0..10_000 {
        let graph = random.graph();
        let expected = needs(&graph);
        match answer(&graph) {
            Answer::Violated(lasso) => {
                assert_eq!(expected, None, "{graph:?}");
                check_lasso(&graph, &lasso, Fairness::StrongAwaits);
                seen[3] += 1;
            }
            Answer::Holds { needs, without } => {
                assert_eq!(expected, Some(needs), "{graph:?}");
                let weaker = match needs {
                    Fairness::None => None,
                    Fairness::Weak => Some(Fairness::None),
                    Fairness::StrongAwaits => Some(Fairness::Weak),
                };
                assert_eq!(without.is_some(), weaker.is_some(), "{graph:?}");
                without.iter().zip(weaker).for_each(|(lasso, fairness)| check_lasso(&graph, lasso, fairness));
                seen[needs as usize] += 1;
            }
        }
    }
    // The answers are not all alike.
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}
