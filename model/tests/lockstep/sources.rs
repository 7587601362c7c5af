//! Small sources for what no proposal does today: values that do not fit, local ones among them, jumps, crashes.

use pinright_model::lang::lower::MmSpec;

use super::source::{Runs, Source, softirq, task};

/// What each source begins with.
const HEADER: &str = "
typedef struct { int counter; } atomic_t;
struct object {
	bool a;
	bool b;
	unsigned n : 2;
	unsigned wraps : 2 __wraps;
	unsigned saturates : 2 __saturates;
	atomic_t count;
	atomic_t ring __bits(2) __wraps;
	atomic_t full __bits(2) __saturates;
	atomic_t refs __refcount;
	bool pair[2];
	struct object *next;
	__ghost unsigned g : 2;
};
struct object x[2];
struct entry { bool v; struct object *of; };
struct entry entries[1];
struct mm_struct { bool seen; };
struct mm_struct mms[2];
struct work_struct { bool pending; };
static void schedule_work(struct work_struct *work) { __atomic { work->pending = true; } }
static void work_fn(struct work_struct *work) { x[0].b = !work->pending; }
DECLARE_WORK(w, work_fn);
static bool both(int i) { return x[i].a && x[i].b; }
static void bump(int i) { int n = x[i].n; x[i].n = n + 1; }
static int pick(void)
{
	int i = 0;
again:
	i = nondet(3);
	if (i == 2 && x[0].a)
		goto again;
	return i;
}
bool always_S5(struct object *o) { return !(o->a && o->b) || o->g == 0; }
bool always_S6(struct object *o) { return !o->pair[o->a]; }
bool quiescent_S6(struct object *o) { return o->n != 1; }
bool quiescent(void) { return !x[1].a; }
bool sometimes_S6(struct object *o) { return o->n == 2 && o->count.counter > 0; }
CLAIM(S0, \"no crash\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S5, \"one\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S6, \"two\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S7, \"counts\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S13, \"references\", \"\", \"\", NEEDS_NOTHING);
CLAIM(S14, \"sleeps\", \"\", \"\", NEEDS_NOTHING);
";

/// A population on [`HEADER`].
pub struct Small {
    pub name: &'static str,
    contexts: Vec<Runs>,
}

impl Small {
    pub fn source(&self) -> Source {
        Source::new(HEADER, &self.contexts)
    }
}

fn small<const N: usize>(name: &'static str, contexts: [Runs; N]) -> Small {
    Small { name, contexts: contexts.into() }
}

/// All of them.
pub fn all() -> Vec<Small> {
    let adds = "__atomic { x[0].wraps += 3; } __atomic { x[0].saturates += 3; } __atomic { x[0].count.counter--; }";
    let subtracts = "__atomic { x[0].ring.counter -= 3; } __atomic { x[0].full.counter -= 1; } \
                     __atomic { x[0].wraps -= 1; } __atomic { x[0].saturates -= 1; }";
    let takes = "struct entry *e = pool_get(entries); if (e) { e->of = &x[0]; e->v = e->of->a; pool_put(e); }";
    let irq = "local_irq_disable(); x[0].a = 1; x[0].b = 1; local_irq_enable(); local_bh_disable(); x[0].n = 2; \
               local_bh_enable(); preempt_disable(); might_sleep(); x[0].a = 0; preempt_enable(); x[0].b = 0;";
    vec![
        small("a member that leaves its width", [task("bump(0);").forever(), task("bump(0); x[0].n = 0;")]),
        small(
            "a local that leaves its width",
            [task("int i = x[0].n + 120; i += 4 * x[0].n; x[0].a = 1; x[0].b = i > 0;"), task("bump(0); bump(0);")],
        ),
        small(
            "what wraps, saturates or goes below zero",
            [task(adds), task(adds), task("__atomic { x[0].refs.counter--; x[0].n--; }")],
        ),
        small("what wraps or saturates below zero", [task(subtracts), task(subtracts)]),
        small(
            "short circuits",
            [
                task("if (both(0) || x[1].n) x[1].n = 2;"),
                task("x[0].a = 1; x[0].b = 1; x[1].n = 1;"),
                task("x[0].a = 0;"),
            ],
        ),
        small(
            "choices and jumps",
            [task("int i = pick(); if (i < 2) x[i].pair[i] = 1; x[0].n = pick();"), task("x[0].a = nondet(2);")],
        ),
        small(
            "pointers and bounds",
            [
                task("x[0].next = &x[1]; x[0].next = NULL;"),
                task("x[0].next->a = 1; x[0].pair[x[1].n] = 1;"),
                task("x[1].n = 2;"),
            ],
        ),
        small("a pool of one", [task(takes), task(takes), task("x[0].a = 1;")]),
        small(
            "a pool entry that is put twice",
            [task("struct entry *e = pool_get(entries); if (e) { pool_put(e); pool_put(e); }"), task(takes)],
        ),
        small(
            "ghosts",
            [
                task("x[0].a = 1; __atomic { x[0].g = 1; check(\"S7\", !x[0].b); } x[0].b = 1; BUG_ON(x[1].a);"),
                task("x[0].b = 1; witness(\"S13\", x[0].a); x[1].a = 1;"),
            ],
        ),
        small(
            "a task and its softirqs",
            [
                task(irq).on(0).mm(MmSpec::Index(1)).forever(),
                softirq("await(x[0].a); x[1].n = idx(current->mm) + 1; x[1].a = current->mm != NULL;").on(0).forever(),
                softirq("x[1].b = x[1].a; x[1].a = 0;").on(0),
            ],
        ),
        small(
            "an unbound softirq and work",
            [
                softirq("await(x[0].a); x[1].n = idx(current->mm) + 1; x[0].a = idx(current->mm) == 1;").forever(),
                task("x[0].a = 1; schedule_work(&w);"),
            ],
        ),
        small(
            "somebody parks",
            [task("x[0].n = 1; if (nondet(2)) park(); await(x[1].a); x[0].n = 2;"), task("x[1].a = 1; x[1].a = 0;")],
        ),
        small(
            "a choice and a write before an await",
            [
                task("__atomic { int i = nondet(3); x[0].wraps = i; await(x[0].n == i); check(\"S6\", i != 2); }"),
                task("x[0].n = 1; x[0].n = 2;"),
            ],
        ),
        small(
            "a softirq on the CPU of a parked task",
            [
                task("x[0].a = 1; if (x[0].b) park(); x[0].a = 0;").on(0).mm(MmSpec::Index(1)),
                softirq("await(x[0].a); x[1].n = idx(current->mm) + 1; x[1].a = current->mm == NULL;").on(0),
                task("x[0].b = 1;"),
            ],
        ),
        small("a claim about an element", [task("x[1].a = 1; x[1].pair[1] = 1;"), task("x[0].b = 1;")]),
        small(
            "a softirq on the CPU of an idle task",
            [
                task("x[0].a = 1; x[0].a = 0;").on(0).mm(MmSpec::Index(1)).forever(),
                softirq("x[1].b = 1; x[1].a = current->mm == NULL;").on(0),
            ],
        ),
    ]
}
