//! When claims are judged.

use std::collections::{BTreeMap, BTreeSet};

use super::Program;
use super::source::task;

#[test]
fn a_check_sees_the_state_of_its_step_and_the_path_goes_on() {
    let program = Program::new("", &[task("x[0].a = 1; check(\"S5\", !x[0].a && x[1].b); x[0].b = 1;")]);
    let path = program.path();
    assert_eq!(path.len(), 2);
    assert_eq!(path[0].violated, ["S5"]);
    assert_eq!(program.explore().violated, BTreeMap::from([("S5".into(), 1)]));
    let witnessed = Program::new("", &[task("x[0].a = 1; witness(\"S5\", x[0].a);")]);
    assert!(witnessed.explore().witnessed.contains("S5"));
}

#[test]
fn a_quiescent_claim_is_judged_only_at_rest() {
    let source = "
bool quiescent(void) { return !x[0].d; }
bool quiescent_S5(struct object *o) { return !o->a; }";
    let busy = task("x[0].a = 1; x[0].a = 0;").forever();
    assert_eq!(Program::new(source, &[busy]).explore().violated, BTreeMap::new());
    let idle = task("x[0].a = 1;").forever();
    assert_eq!(Program::new(source, &[idle]).explore().violated, BTreeMap::from([("S5".into(), 1)]));
    let parks = task("x[0].a = 1; park();");
    assert_eq!(Program::new(source, &[parks]).explore().violated, BTreeMap::from([("S5".into(), 1)]));
    let pending = task("x[0].d = 1; x[0].a = 1;");
    assert_eq!(Program::new(source, &[pending]).explore().violated, BTreeMap::new());
}

#[test]
fn always_and_sometimes_claims_are_judged_for_every_object_in_every_state() {
    let source = "
bool always_S5(struct object *o) { return o == &x[0] || !o->b; }
bool sometimes_S7(struct object *o) { return o->a && idx(o) == 1; }";
    let exploration = Program::new(source, &[task("x[0].b = 1; x[1].a = 1; x[1].b = 1;")]).explore();
    assert_eq!(exploration.violated, BTreeMap::from([("S5".into(), 3)]));
    assert_eq!(exploration.witnessed, BTreeSet::from(["S7".into()]));
}
