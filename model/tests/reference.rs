//! What the reference interpreter says of small kernel C sources. Each test is named after what it claims.

use std::collections::{BTreeMap, BTreeSet};

use pinright_model::lang::ast::Stmt;
use pinright_model::lang::lower::{ContextSpec, MmSpec};
use pinright_model::lang::parse::{Macros, parse_file, parse_statements};
use pinright_model::lang::program::Kind;
use pinright_model::lang::resolve::{Layer, Unit, resolve};
use pinright_model::lang::source::SourceMap;
use pinright_model::reference::{Exploration, Interpreter, Outcome, Position, State, Successor};

const OBJECT: &str = "
struct object {
	bool a;
	bool b;
	bool c;
	bool d;
	unsigned n : 3;
	const unsigned k : 3;
	struct object *next;
	__ghost bool g;
	__ghost unsigned m : 3;
};
struct object x[2];
";

const CLAIMS: &str = "
CLAIM(S0, \"no crash\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S5, \"some claim\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S7, \"no count below zero\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S13, \"no reference below zero\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S14, \"no sleep where it is forbidden\", \"\", \"\", NEEDS_NOTHING);
";

/// A source and its contexts.
struct Program {
    sources: SourceMap,
    unit: Unit,
    contexts: Vec<ContextSpec>,
    init: Vec<Stmt>,
}

/// What a context is, before its `run` is parsed.
#[derive(Clone, Copy)]
struct Runs(&'static str, Kind, Option<u8>, bool);

fn task(run: &'static str) -> Runs {
    Runs(run, Kind::Task, None, false)
}

impl Program {
    /// `OBJECT`, then `source`, then `CLAIMS`.
    fn new(source: &str, contexts: &[Runs]) -> Self {
        Self::alone(&format!("{OBJECT}{source}{CLAIMS}"), contexts)
    }

    fn alone(source: &str, contexts: &[Runs]) -> Self {
        let mut sources = SourceMap::new();
        let mut macros = Macros::new();
        let file = sources.add("test.c", source);
        let parsed = parse_file(&sources, file, &mut macros, false);
        let parsed = parsed.unwrap_or_else(|errors| panic!("{}", errors[0].render(&sources, false)));
        let unit = resolve(&[(Layer::Base, parsed)], &BTreeMap::new());
        let unit = unit.unwrap_or_else(|errors| panic!("{}", errors[0].render(&sources, false)));
        let mut parse = |run: &str| {
            let file = sources.add("run", run);
            let parsed = parse_statements(&sources, file, &macros);
            parsed.unwrap_or_else(|errors| panic!("{}", errors[0].render(&sources, false)))
        };
        let contexts = contexts.iter().enumerate().map(|(index, &Runs(run, kind, cpu, forever))| ContextSpec {
            name: format!("context {index}"),
            kind,
            cpu,
            mm: MmSpec::ByKind,
            forever,
            run: parse(run),
        });
        let contexts = contexts.collect();
        Program { unit, contexts, init: Vec::new(), sources }
    }

    fn interpreter(&self) -> Interpreter<'_> {
        Interpreter::new(&self.unit, &self.contexts, &self.init)
    }

    fn explore(&self) -> Exploration {
        self.interpreter().explore(100_000).unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// Runs the only path to its end: what each step led to.
    fn path(&self) -> Vec<Successor<'_>> {
        let interpreter = self.interpreter();
        let mut state = only(interpreter.initial().expect("a program"));
        let mut path = Vec::new();
        while let Some(next) = at_most_one(interpreter.successors(&state).expect("a program")) {
            path.push(next.clone());
            match next.outcome {
                Outcome::State(next) => state = next,
                _ => break,
            }
        }
        path
    }

    /// The values of a member of `x[0]` in all states in which nothing more can happen.
    fn finals(&self, member: &str) -> BTreeSet<i32> {
        let interpreter = self.interpreter();
        let mut seen: Vec<State> = interpreter.initial().expect("a program");
        let mut values = BTreeSet::new();
        let mut next = 0;
        while next < seen.len() {
            let successors = interpreter.successors(&seen[next]).expect("a program");
            if successors.is_empty() {
                values.extend(interpreter.cell(&seen[next], "x", 0, member));
            }
            for successor in successors {
                if let Outcome::State(state) = successor.outcome
                    && !seen.contains(&state)
                {
                    seen.push(state);
                }
            }
            next += 1;
        }
        values
    }
}

fn only<T>(mut all: Vec<T>) -> T {
    assert_eq!(all.len(), 1, "one possibility");
    all.remove(0)
}

fn at_most_one<T>(mut all: Vec<T>) -> Option<T> {
    assert!(all.len() <= 1, "at most one possibility");
    all.pop()
}

/// Index of a member of `x[0]` in a projection's memory.
fn at(member: &str) -> usize {
    ["a", "b", "c", "d", "n", "k", "next", "g", "m"].iter().position(|m| *m == member).expect("a member")
}

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
fn await_disables_a_context_until_its_condition_holds() {
    let program =
        Program::new("", &[task("await(x[0].a && !x[0].b); x[0].n = x[0].c;"), task("x[0].c = 1; x[0].a = 1;")]);
    assert_eq!(program.finals("n"), BTreeSet::from([1]));
    assert_eq!(Program::new("", &[task("await(x[0].a);")]).path().len(), 0);
    let lock = "__atomic { await(!x[0].a); x[0].a = 1; } x[0].n++; x[0].a = 0;";
    assert_eq!(Program::new("", &[task(lock), task(lock)]).finals("n"), BTreeSet::from([2]));
}

#[test]
fn a_softirq_runs_to_completion() {
    let softirq = Runs("x[0].c = 1; x[0].d = 1;", Kind::Softirq, Some(0), false);
    let on_cpu = Runs("x[0].a = 1; x[0].b = 1;", Kind::Task, Some(0), false);
    let exploration = Program::new("", &[on_cpu, softirq]).explore();
    let begun = |memory: &[i32]| memory[at("c")] == 1 && memory[at("d")] == 0;
    assert!(exploration.states.iter().any(|state| begun(&state.memory) && state.memory[at("a")] == 1));
    assert!(exploration.edges.iter().all(|(from, context, _)| !begun(&from.memory) || *context == 1));
    let elsewhere = Runs("x[0].a = 1; x[0].b = 1;", Kind::Task, Some(1), false);
    let exploration = Program::new("", &[elsewhere, softirq]).explore();
    assert!(exploration.edges.iter().any(|(from, context, _)| begun(&from.memory) && *context == 0));
}

#[test]
fn softirqs_of_a_cpu_exclude_each_other() {
    let first = Runs("x[0].a = 1; x[0].b = 1;", Kind::Softirq, Some(0), true);
    let second = Runs("x[0].c = x[0].a && !x[0].b; x[0].d = 1;", Kind::Softirq, Some(0), false);
    let exploration = Program::new("void init(void) { x[0].d = 0; }", &[first, second]).explore();
    assert!(exploration.states.iter().all(|state| state.memory[at("c")] == 0));
}

#[test]
fn interrupts_or_bottom_halves_off_keep_a_softirq_out() {
    let softirq = Runs("x[0].c = 1;", Kind::Softirq, Some(0), false);
    for (off, on) in [("local_irq_disable();", "local_irq_enable();"), ("local_bh_disable();", "local_bh_enable();")] {
        let source = format!("static void section(void) {{ {off} x[0].a = 1; x[0].b = 1; {on} x[0].d = 1; }}");
        let section = Runs("section();", Kind::Task, Some(0), false);
        let states = Program::new(&source, &[section, softirq]).explore().states;
        let inside = |memory: &[i32]| memory[at("b")] == 0 && memory[at("c")] == 1;
        assert!(!states.iter().any(|state| inside(&state.memory)), "{off}");
        assert!(states.iter().any(|state| state.memory[at("c")] == 1 && state.memory[at("d")] == 0), "{off}");
    }
}

#[test]
fn preemption_off_does_not_keep_a_softirq_out() {
    let softirq = Runs("x[0].c = 1;", Kind::Softirq, Some(0), false);
    let section = Runs("preempt_disable(); x[0].a = 1; x[0].b = 1; preempt_enable();", Kind::Task, Some(0), false);
    let states = Program::new("", &[section, softirq]).explore().states;
    assert!(states.iter().any(|state| state.memory[at("b")] == 0 && state.memory[at("c")] == 1));
}

#[test]
fn a_forever_context_comes_back_to_its_head() {
    let program = Program::new("", &[Runs("x[0].a = 1; x[0].a = 0;", Kind::Task, None, true)]);
    let exploration = program.explore();
    assert_eq!(exploration.states.len(), 2);
    assert_eq!(exploration.edges.len(), 2);
}

#[test]
fn a_quiescent_claim_is_judged_only_at_rest() {
    let source = "
bool quiescent(void) { return !x[0].d; }
bool quiescent_S5(struct object *o) { return !o->a; }";
    let busy = Runs("x[0].a = 1; x[0].a = 0;", Kind::Task, None, true);
    assert_eq!(Program::new(source, &[busy]).explore().violated, BTreeMap::new());
    let idle = Runs("x[0].a = 1;", Kind::Task, None, true);
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

#[test]
fn loops_switches_and_gotos_do_what_c_does() {
    let source = "
static int loops(void)
{
	int sum = 0;
	int i;

	for (i = 0; i < 10; i++) {
		if (i == 2)
			continue;
		if (i == 5)
			break;
		sum += i;
	}
	do {
		sum -= 3;
	} while (sum > 3);
	while (sum < 4)
		sum++;
	return sum;
}

static int switches(int n)
{
	int result = 0;

	switch (n) {
	case 0:
		result = 1;
		break;
	case 1:
		result = 2;
	case 2:
	case 3:
		result += 3;
		break;
	default:
		result = 7;
	}
	return result;
}

static int gotos(void)
{
	int tries = 0;

again:
	tries++;
	for (;;) {
		int inner = tries * 2;

		if (inner < 4)
			goto again;
		if (inner < 6) {
			int more = 1;

			tries += more;
			goto again;
		}
		goto out;
	}
	tries = 0;
out:
	return tries;
}

static void all(void)
{
	x[0].n = loops();
	x[1].n = switches(1);
	x[0].n = switches(3) + switches(0) - 1;
	x[1].n = switches(9);
	x[0].n = gotos();
}";
    let program = Program::new(source, &[task("all();")]);
    let interpreter = program.interpreter();
    let values = program.path().into_iter().map(|next| match next.outcome {
        Outcome::State(state) => {
            (interpreter.cell(&state, "x", 0, "n").unwrap_or(-9), interpreter.cell(&state, "x", 1, "n").unwrap_or(-9))
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(values.collect::<Vec<_>>(), [(4, 0), (4, 5), (3, 5), (3, 7), (4, 7)]);
}

#[test]
fn goto_leaves_an_atomic_block() {
    let source = "
static void f(void)
{
	__atomic {
		x[0].a = 1;
		if (x[0].a)
			goto out;
		x[0].b = 1;
	}
	x[0].c = 1;
out:
	x[0].d = 1;
}";
    let program = Program::new(source, &[task("f();")]);
    assert_eq!(program.path().len(), 2);
    assert_eq!(program.finals("b"), BTreeSet::from([0]));
}

#[test]
fn a_return_in_an_atomic_block_ends_its_step() {
    let source = "
static bool test_and_set(struct object *p)
{
	__atomic {
		if (p->a)
			return true;
		p->a = true;
	}
	return false;
}";
    let program = Program::new(source, &[task("x[0].b = test_and_set(&x[0]); x[0].c = test_and_set(&x[0]);")]);
    assert_eq!(program.path().len(), 4);
    assert_eq!((program.finals("b"), program.finals("c")), (BTreeSet::from([0]), BTreeSet::from([1])));
}

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
fn sleeping_where_it_is_forbidden_violates_s14() {
    let violated = |runs: Runs| !Program::new("", &[runs]).explore().violated.is_empty();
    assert!(violated(task("preempt_disable(); x[0].a = 1; might_sleep(); preempt_enable(); x[0].b = 1;")));
    assert!(violated(task("local_irq_disable(); wait_event(!x[0].a); local_irq_enable();")));
    assert!(violated(Runs("x[0].a = 1; might_sleep();", Kind::Softirq, None, false)));
    assert!(!violated(task("local_bh_disable(); x[0].a = 1; local_bh_enable(); might_sleep(); x[0].b = 1;")));
}

#[test]
fn a_work_item_runs_once_it_is_scheduled() {
    let source = "
struct work_struct { bool pending; };
static void schedule_work(struct work_struct *work) { __atomic { work->pending = true; } }
static void work_fn(struct work_struct *work) { x[0].b = !work->pending; }
DECLARE_WORK(w, work_fn);";
    let program = Program::new(source, &[task("x[0].a = 1; schedule_work(&w);")]);
    assert_eq!(program.interpreter().contexts().collect::<Vec<_>>(), ["context 0", "w"]);
    assert_eq!(program.finals("b"), BTreeSet::from([1]));
    assert_eq!(program.path().len(), 5);
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

#[test]
fn a_bound_softirq_sees_the_mm_of_the_task_on_its_cpu() {
    let source = "
struct mm_struct { bool seen; };
struct mm_struct mms[2];
static void look(void) { await(x[0].a); x[0].n = idx(current->mm) + 1; }";
    let softirq = Runs("look();", Kind::Softirq, Some(0), false);
    let on_cpu = Runs("x[0].a = 1; x[0].b = 1;", Kind::Task, Some(0), false);
    let mut program = Program::new(source, &[on_cpu, softirq]);
    program.contexts[0].mm = MmSpec::Index(1);
    // Before the task's second step its own, after it NULL.
    assert_eq!(program.finals("n"), BTreeSet::from([0, 2]));
    let unbound = Program::new(source, &[task("x[0].a = 1;"), Runs("look();", Kind::Softirq, None, false)]);
    assert_eq!(unbound.finals("n"), BTreeSet::from([0, 1, 2]));
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
                seen.push(format!("{}: {}", path.join("/"), program.sources.snippet(*span)));
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
