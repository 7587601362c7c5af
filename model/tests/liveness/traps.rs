//! Graphs on which checkers of liveness are known to go wrong.

use pinright_model::search::liveness::{Answer, Edge, Fairness};

use crate::graphs::Written;
use crate::oracle::answer;

const A: u64 = 1;
const B: u64 = 2;

#[track_caller]
fn violated(graph: &Written) -> (usize, usize) {
    match answer(graph) {
        Answer::Violated(lasso) => {
            assert_eq!(graph.objection(&lasso, Fairness::StrongAwaits), None);
            (lasso.stem.len(), lasso.cycle.len())
        }
        Answer::Holds { .. } => panic!("no violation was found"),
    }
}

#[track_caller]
fn holds(graph: &Written) -> Fairness {
    match answer(graph) {
        Answer::Holds { needs, .. } => needs,
        Answer::Violated(lasso) => panic!("{lasso:?}"),
    }
}

#[test]
fn a_cycle_that_never_comes_to_q_is_found() {
    let graph = Written::new(3, &[(0, 1, A), (1, 2, A), (2, 0, A)]);
    assert_eq!(violated(&graph), (0, 3));
}

#[test]
fn a_state_that_another_path_has_visited_before_does_not_hide_a_violation() {
    // 1 -> 4 -> 6 and 0 -> 2 -> 4 -> 6: the path through 1 fulfils Q, the one through 2 never does.
    let mut graph = Written::new(7, &[(1, 4, A), (4, 6, A), (0, 2, A), (2, 4, A)]);
    graph.initial = vec![1, 0];
    assert_eq!(violated(&graph.from(&[0, 1]).until(&[1])), (3, 0));
}

#[test]
fn a_run_that_stops_where_nothing_can_happen_is_a_violation() {
    assert_eq!(violated(&Written::new(2, &[(0, 1, A)])), (1, 0));
}

#[test]
fn a_run_may_not_stop_where_something_has_to_happen() {
    let graph = Written::new(2, &[(0, 1, A)]).until(&[1]);
    assert_eq!(holds(&graph), Fairness::Weak);
}

#[test]
fn whoever_has_no_duty_may_stop_for_ever() {
    let mut graph = Written::new(2, &[(0, 1, A)]).until(&[1]);
    graph.duties[0].weak = 0;
    assert_eq!(violated(&graph), (0, 0));
}

#[test]
fn a_path_that_ends_in_another_way_is_no_violation() {
    let mut graph = Written::new(1, &[]);
    graph.edges[0].push(Edge { to: None, by: A });
    graph.duties[0].weak = A;
    assert_eq!(holds(&graph), Fairness::Weak);
}

#[test]
fn who_could_step_all_the_time_is_not_kept_waiting_by_a_busy_loop() {
    let graph = Written::new(3, &[(0, 1, A), (1, 0, A), (0, 2, B), (1, 2, B)]).until(&[2]);
    assert_eq!(holds(&graph), Fairness::Weak);
}

#[test]
fn who_can_step_again_and_again_only_needs_strong_fairness() {
    let graph = Written::new(3, &[(0, 1, A), (1, 0, A), (0, 2, B)]).until(&[2]);
    assert_eq!(violated(&graph), (0, 2));
    assert_eq!(holds(&graph.awaiting(B, &[0])), Fairness::StrongAwaits);
}

#[test]
fn the_cycle_lets_everybody_step_who_has_to() {
    // Two loops share a state, each belongs to another process: a fair cycle takes both.
    let graph = Written::new(3, &[(0, 1, A), (1, 0, A), (0, 2, B), (2, 0, B), (1, 1, B), (2, 2, A)]);
    let mut graph = graph;
    graph.duties.iter_mut().for_each(|duties| duties.weak = A | B);
    let (_, cycle) = violated(&graph);
    assert!(cycle >= 2);
}

#[test]
fn a_fair_part_inside_an_unfair_component_is_found() {
    // The component {0, 1, 2} owes B a step in state 0, but 1 and 2 alone do not.
    let graph = Written::new(4, &[(0, 1, A), (1, 2, A), (2, 1, A), (2, 0, A), (0, 3, B)]).until(&[3]);
    assert_eq!(violated(&graph.awaiting(B, &[0])), (1, 2));
}

#[test]
fn what_happens_before_p_or_after_q_does_not_count() {
    let cycle = Written::new(3, &[(0, 0, A), (0, 1, B), (1, 2, B), (2, 2, A)]);
    assert_eq!(holds(&cycle.clone().from(&[1]).until(&[2])), Fairness::Weak);
    assert_eq!(violated(&cycle.from(&[1]).until(&[0])), (2, 1));
}
