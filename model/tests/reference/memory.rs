//! Structures, places, widths, pools, and what crashes.

use std::collections::{BTreeMap, BTreeSet};

use pinright_model::reference::Outcome;

use super::Program;
use super::source::task;

#[test]
fn a_structure_is_loaded_and_stored_in_one_step() {
    let source = "
typedef struct { struct object *page; bool write; bool dirty; } pte_t;
struct table { pte_t pte[2]; };
struct table tables[1];
static pte_t cleaned(pte_t pte) { pte.dirty = false; return pte; }
static void f(int va)
{
	pte_t *ptep = &tables[0].pte[va];
	pte_t pte = *ptep;

	if (pte.page)
		pte.page->n = 3;
	tables[0].pte[1] = cleaned(pte);
	ptep->write = false;
}
void init(void) { tables[0].pte[0].page = &x[0]; tables[0].pte[0].write = 1; tables[0].pte[0].dirty = 1; }";
    let program = Program::new(source, &[task("f(0);")]);
    let path = program.path();
    assert_eq!(path.len(), 4);
    let Outcome::State(last) = &path[3].outcome else { panic!("no crash") };
    let interpreter = program.interpreter();
    let cell = |name: &str| interpreter.cell(last, "tables", 0, name);
    let cells = ["pte[0].write", "pte[0].dirty", "pte[1].page", "pte[1].write", "pte[1].dirty"].map(cell);
    assert_eq!(cells, [0, 1, 1, 1, 0].map(Some));
    assert_eq!(program.finals("n"), BTreeSet::from([3]));
}

#[test]
fn a_place_stays_the_member_it_was_declared_as() {
    let source = "
typedef struct { int counter; } atomic_t;
struct counted { atomic_t count; };
struct counted y[2];
static void f(void)
{
	int i = 0;
	atomic_t *v = &y[i].count;

	i = 1;
	v->counter = 3;
	y[i].count.counter = 4;
}";
    let program = Program::new(source, &[task("f();")]);
    let Outcome::State(last) = &program.path()[1].outcome else { panic!("no crash") };
    let interpreter = program.interpreter();
    let counts = [0, 1].map(|object| interpreter.cell(last, "y", object, "count.counter"));
    assert_eq!(counts, [Some(3), Some(4)]);
}

#[test]
fn following_null_ends_the_path_with_s0() {
    let program = Program::new("", &[task("x[0].next->a = 1; x[0].b = 1;")]);
    let path = program.path();
    assert_eq!(path.len(), 2);
    assert!(matches!(path[1].outcome, Outcome::Crash(_)));
    assert_eq!(program.explore().violated, BTreeMap::from([("S0".into(), 2)]));
    let bug = Program::new("", &[task("BUG_ON(x[0].a); x[0].b = 1; BUG();")]);
    assert!(matches!(bug.path().last().expect("a step").outcome, Outcome::Crash(_)));
    assert_eq!(bug.path().len(), 2);
    let outside = Program::new("", &[task("int i = x[0].n + 2; x[i].a = 1;")]);
    assert_eq!(outside.path().len(), 1);
    assert!(matches!(outside.path()[0].outcome, Outcome::Crash(_)));
}

#[test]
fn a_count_below_zero_stays_there_and_violates_its_claim() {
    let source = "
typedef struct { int counter; } atomic_t;
struct counted { atomic_t count; atomic_t refs __refcount; atomic_t small __bits(2); unsigned u : 2; };
struct counted y[1];
static void dec(atomic_t *v) { __atomic { v->counter--; } }";
    let value = |run: &'static str, member: &str| {
        let program = Program::new(source, &[task(run)]);
        let path = program.path();
        let Outcome::State(state) = &path.last().expect("a step").outcome else { panic!("no crash") };
        let violated: Vec<String> = path.iter().flat_map(|next| next.violated.clone()).collect();
        (program.interpreter().cell(state, "y", 0, member), violated.join(" "))
    };
    assert_eq!(value("dec(&y[0].count);", "count.counter"), (Some(-1), "S7".into()));
    assert_eq!(value("dec(&y[0].count); dec(&y[0].count);", "count.counter"), (Some(-1), "S7 S7".into()));
    assert_eq!(value("dec(&y[0].refs);", "refs.counter"), (Some(-1), "S13".into()));
    assert_eq!(value("__atomic { y[0].u--; }", "u"), (Some(0), "S7".into()));
    assert_eq!(value("y[0].small.counter = 2;", "small.counter"), (Some(2), String::new()));
    let cut = Program::new(source, &[task("y[0].small.counter = 3;")]);
    assert_eq!(cut.path()[0].outcome, Outcome::Cut("small.counter".into()));
}

#[test]
fn a_value_above_its_width_cuts_wraps_or_saturates() {
    let source = "
struct wide { unsigned cut : 2; unsigned wraps : 2 __wraps; unsigned saturates : 2 __saturates; };
struct wide w[1];";
    let cut = Program::new(source, &[task("w[0].cut = 4; x[0].a = 1;")]);
    assert_eq!(cut.path().len(), 1);
    assert_eq!(cut.explore().cuts.len(), 1);
    let others = Program::new(source, &[task("w[0].wraps = 5; w[0].saturates = 5;")]);
    let Outcome::State(last) = &others.path()[1].outcome else { panic!("no cut") };
    let interpreter = others.interpreter();
    assert_eq!(["wraps", "saturates"].map(|m| interpreter.cell(last, "w", 0, m)), [Some(1), Some(3)]);
    let local = Program::new("", &[task("int i = 100 + x[0].n; i += i; x[0].a = i > 0;")]);
    assert_eq!(local.path()[0].outcome, Outcome::Cut("i".into()));
}

#[test]
fn pool_entries_are_taken_given_back_and_guarded() {
    let source = "
struct entry { bool v; struct entry *link; };
struct entry entries[1];";
    let runs = |run: &'static str| {
        let program = Program::new(source, &[task(run)]);
        let path = program.path();
        (path.len(), matches!(path.last().expect("a step").outcome, Outcome::Crash(_)))
    };
    let full =
        "struct entry *a = pool_get(entries); struct entry *b = pool_get(entries); a->v = 1; x[0].a = b == NULL;";
    assert_eq!(runs(full), (4, false));
    assert_eq!(Program::new(source, &[task(full)]).finals("a"), BTreeSet::from([1]));
    let again =
        "struct entry *a = pool_get(entries); a->v = 1; pool_put(a); a = pool_get(entries); x[0].a = a->v; x[0].b = 1;";
    let program = Program::new(source, &[task(again)]);
    assert_eq!((program.finals("a"), program.finals("b")), (BTreeSet::from([0]), BTreeSet::from([1])));
    assert_eq!(runs("struct entry *a = pool_get(entries); pool_put(a); a->v = 1;"), (3, true));
    assert_eq!(runs("struct entry *a = pool_get(entries); pool_put(a); pool_put(a);"), (3, true));
}
