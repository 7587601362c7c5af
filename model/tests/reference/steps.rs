//! What is a step, and where a context stands between two.

use std::collections::BTreeSet;

use pinright_model::reference::{Outcome, Position};

use super::source::task;
use super::{Program, at, only};

#[test]
fn each_operand_of_a_short_circuit_is_a_step() {
    let both = "void init(void) { x[0].a = 1; x[0].b = 1; }";
    let run = task("if (x[0].a && x[0].b) x[0].c = true;");
    assert_eq!(Program::new(both, &[run]).path().len(), 3);
    assert_eq!(Program::new("void init(void) { x[0].a = 1; }", &[run]).path().len(), 2);
    assert_eq!(Program::new("", &[run]).path().len(), 1);
}

#[test]
fn increments_outside_atomic_lose_updates() {
    let program = Program::new("", &[task("x[0].n++;"), task("x[0].n++;")]);
    assert_eq!(program.finals("n"), BTreeSet::from([1, 2]));
}

#[test]
fn an_atomic_block_is_one_step_and_loses_nothing() {
    let program = Program::new("", &[task("__atomic { x[0].n++; }"), task("__atomic { x[0].n += 2; }")]);
    assert_eq!(program.finals("n"), BTreeSet::from([3]));
    assert_eq!(Program::new("", &[task("__atomic { x[0].n++; x[0].a = x[0].n == 1; }")]).path().len(), 1);
}

#[test]
fn const_members_and_ghosts_are_read_without_a_step() {
    let source = "void init(void) { x[0].k = 5; x[0].g = 1; }";
    let program = Program::new(source, &[task("if (x[0].k == 5 && x[0].g) x[0].n = x[0].k;")]);
    assert_eq!(program.path().len(), 1);
    assert_eq!(program.finals("n"), BTreeSet::from([5]));
}

#[test]
fn a_block_of_ghosts_joins_the_step_before_it() {
    let program = Program::new("", &[task("x[0].a = 1; __atomic { x[0].g = 1; check(\"S5\", x[0].a); } x[0].b = 1;")]);
    assert_eq!(program.path().len(), 2);
    let states = program.explore().states;
    assert!(states.iter().all(|state| state.memory[at("a")] == state.memory[at("g")]));
    let early = Program::new("", &[task("__atomic { x[0].g = 1; } x[0].b = 1;")]);
    let interpreter = early.interpreter();
    let initial = only(interpreter.initial().expect("a program"));
    assert_eq!(interpreter.cell(&initial, "x", 0, "g"), Some(1));
}

#[test]
fn a_block_that_may_touch_memory_is_a_step_even_if_it_does_not() {
    let source = "static void set(struct object *p) { p->a = 1; }";
    let program = Program::new(source, &[task("__atomic { if (x[0].g) set(&x[0]); }")]);
    assert_eq!(program.path().len(), 1);
    let ghost = "static void up(struct object *p) { p->m++; }";
    assert_eq!(Program::new(ghost, &[task("__atomic { up(&x[0]); }")]).path().len(), 0);
}

#[test]
fn await_disables_a_context_until_its_condition_holds() {
    let program =
        Program::new("", &[task("await(x[0].a && !x[0].b); x[0].n = x[0].c;"), task("x[0].c = 1; x[0].a = 1;")]);
    assert_eq!(program.finals("n"), BTreeSet::from([1]));
    assert_eq!(Program::new("", &[task("await(x[0].a);")]).path().len(), 0);
    let lock = "__atomic { await(!x[0].a); x[0].a = 1; } x[0].n++; x[0].a = 0;";
    assert_eq!(Program::new("", &[task(lock), task(lock)]).finals("n"), BTreeSet::from([2]));
}

#[test]
fn a_forever_context_comes_back_to_its_head() {
    let program = Program::new("", &[task("x[0].a = 1; x[0].a = 0;").forever()]);
    let exploration = program.explore();
    assert_eq!(exploration.states.len(), 2);
    assert_eq!(exploration.edges.len(), 2);
}

#[test]
fn choices_belong_to_the_step_before_them() {
    let program = Program::new("", &[task("x[0].n = nondet(3); if (nondet(2)) x[0].a = 1;")]);
    let interpreter = program.interpreter();
    let initial = interpreter.initial().expect("a program");
    assert_eq!(initial.len(), 3);
    let next = interpreter.successors(&initial[1]).expect("a program");
    assert_eq!(next.iter().map(|next| next.choices.clone()).collect::<Vec<_>>(), [[0], [1]]);
    assert_eq!(program.finals("n"), BTreeSet::from([0, 1, 2]));
}

#[test]
fn a_projection_tells_where_the_next_step_stands() {
    let source = "
static bool get(struct object *p) { return p->b; }
static void f(struct object *p) { if (get(p) || p->c) p->d = 1; }";
    let program = Program::new(source, &[task("f(&x[0]);")]);
    let interpreter = program.interpreter();
    let mut state = only(interpreter.initial().expect("a program"));
    let mut seen = Vec::new();
    loop {
        match &interpreter.project(&state).positions[0] {
            Position::At { path, span } => {
                let path: Vec<&str> = path.iter().map(|(function, _)| function.as_str()).collect();
                seen.push(format!("{}: {}", path.join("/"), program.0.sources.snippet(*span)));
            }
            position => {
                assert_eq!(*position, Position::Ended);
                break;
            }
        }
        let next = only(interpreter.successors(&state).expect("a program"));
        let Outcome::State(next) = next.outcome else { panic!("no crash") };
        state = next;
    }
    assert_eq!(seen, ["f/get: p->b", "f: p->c"]);
}
