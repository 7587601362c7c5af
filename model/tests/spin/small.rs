//! Small programs, one per feature of the export.

use pinright_model::lang::program::Program;
use pinright_model::promela::spin::is_installed;
use pinright_model::promela::{Judging, export};
use pinright_model::system::System;

use super::source::{self, Runs, Source};
use super::{Compared, compare};

/// What every program here begins with.
const HEADER: &str = r#"
typedef struct { int counter; } atomic_t;
typedef struct { bool locked; } spinlock_t;
CLAIM(S0, "no crash", "", "", NEEDS_NOTHING);
CLAIM(S1, "one", "", "", NEEDS_NOTHING);
CLAIM(S2, "two", "", "", NEEDS_NOTHING);
CLAIM(S7, "counts", "", "", NEEDS_NOTHING);
CLAIM(S13, "references", "", "", NEEDS_NOTHING);
CLAIM(S14, "sleeps", "", "", NEEDS_NOTHING);
"#;

pub fn task(name: &'static str, run: &'static str) -> Runs {
    source::task(run).named(name)
}

/// Compiles kernel C that stands alone.
pub fn program(text: &str, contexts: &[Runs]) -> Program {
    Source::new(&format!("{HEADER}{text}"), contexts).lower()
}

/// Compares a small program, unless SPIN is missing.
pub fn check(name: &str, text: &str, contexts: &[Runs]) -> Option<Compared> {
    if !is_installed() {
        println!("skipped: spin is not installed");
        return None;
    }
    let compared = compare(name, &program(text, contexts)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let (ours, spin) = (&compared.ours, &compared.spin);
    println!("{name}: {} states, SPIN {}, {:?}", ours.states, spin.states, spin.violations);
    Some(compared)
}

/// Two pages with counters.
pub const COUNTER: &str = r#"
struct page { atomic_t count; bool locked; bool seen; };
struct page pages[2];
static void lock(struct page *page) { __atomic { await(!page->locked); page->locked = true; } }
static void unlock(struct page *page) { page->locked = false; }
static void bump(struct page *page)
{
	int n = page->count.counter;

	page->count.counter = n + 1;
	check("S1", page->count.counter == n + 1);
}
bool always_S2(struct page *page) { return page->count.counter < 2; }
"#;

#[test]
fn a_lost_update() {
    let found = check("lost", COUNTER, &[task("a", "bump(&pages[0]);"), task("b", "bump(&pages[0]);")]);
    if let Some(found) = found {
        assert_eq!(found.ours.violations.len(), 1);
    }
}

#[test]
fn a_lock_excludes() {
    let run = "lock(&pages[0]); bump(&pages[0]); unlock(&pages[0]);";
    check("lock", COUNTER, &[task("a", run), task("b", run), task("c", "bump(&pages[1]);")]);
}

#[test]
fn a_count_below_zero_and_above_its_width() {
    let text = r#"
struct page { atomic_t count __bits(2); atomic_t refs __refcount; unsigned plain : 1; unsigned round : 2 __wraps; unsigned full : 2 __saturates; };
struct page pages[1];
static void down(void)
{
	__atomic { pages[0].count.counter--; }
	__atomic { pages[0].refs.counter--; }
	__atomic { pages[0].plain--; }
}
static void around(void)
{
	__atomic { pages[0].round++; }
	__atomic { pages[0].round--; }
	__atomic { pages[0].full++; }
}
static void up(void)
{
	__atomic { pages[0].count.counter += 2; }
}
"#;
    check("below", text, &[task("a", "down();"), task("b", "around();").forever()]);
    check("above", text, &[task("a", "down();"), task("b", "up();").forever()]);
}

#[test]
fn a_crash_ends_the_path() {
    let text = r#"
struct page { struct page *next; bool flag; bool pair[2]; };
struct page pages[3];
static void link(void) { pages[0].next = &pages[1]; pages[1].next = &pages[2]; }
static void walk(int n)
{
	struct page *page = pages[0].next;

	page->flag = true;
	page = page->next;
	page->pair[n] = true;
	BUG_ON(pages[2].flag);
}
static void set(int n) { pages[n].flag = true; }
"#;
    check(
        "crash",
        text,
        &[task("a", "link();"), task("b", "int i = nondet(3); walk(i);"), task("c", "int i = nondet(3); set(i);")],
    );
}

#[test]
fn a_crash_before_the_first_step() {
    let text = r#"
struct page { bool flag; };
struct page pages[2];
static void set(int n) { check("S1", n != 1); pages[n].flag = true; }
"#;
    check("crash-first", text, &[task("a", "int i = nondet(3); set(i);"), task("b", "set(0);")]);
}

/// Page tables, walked in loops.
pub const LOOPS: &str = r#"
typedef struct { struct page *page; bool write; } pte_t;
struct page { unsigned age : 2; };
struct mm_struct { pte_t pte[3]; };
struct page pages[2];
struct mm_struct mms[2];
static void map(struct mm_struct *mm, int va)
{
	pte_t pte;

	pte.page = &pages[va % 2];
	pte.write = va == 1;
	mm->pte[va] = pte;
}
static int mapped(struct page *page)
{
	int n = 0;
	int i;

	for (i = 0; i < 3; i++) {
		pte_t *ptep = &mms[0].pte[i];
		pte_t pte = *ptep;

		if (pte.page == page && !pte.write)
			n++;
	}
	return n;
}
static void age(struct page *page)
{
	int i;

	__atomic {
		for (i = 0; i < 5; i++)
			if (page->age < 3)
				page->age++;
		check("S1", page->age != 3);
	}
}
bool always_S2(struct page *page)
{
	int i;
	int n = 0;

	for (i = 0; i < 3; i++)
		if (mms[0].pte[i].page == page)
			n++;
	return n < 2;
}
bool quiescent_S7(struct page *page, struct mm_struct *mm) { return page->age == 0 || mm->pte[0].page != page; }
bool quiescent(void) { return mms[1].pte[0].page == NULL || pages[1].age == 3; }
"#;

/// What runs on [`LOOPS`].
pub fn loops() -> [Runs; 3] {
    [
        task("a", "int i; for (i = 0; i < 3; i++) map(&mms[0], i);"),
        task("b", "if (mapped(&pages[0]) > 1) age(&pages[0]); else map(&mms[1], 0);"),
        task("c", "struct page *page = mms[0].pte[1].page; if (page) age(page); else park();"),
    ]
}

#[test]
fn loops_and_structures() {
    check("loops", LOOPS, &loops());
}

#[test]
fn choices_that_depend_on_choices() {
    let text = r#"
struct page { unsigned n : 3; unsigned m : 3; };
struct page pages[1];
static void pick(void)
{
	int a = nondet(2);
	int b = 0;

	if (a)
		b = nondet(3);
	pages[0].n = a;
	pages[0].m = b;
}
static void again(void)
{
	pages[0].n = 7;
	pick();
}
"#;
    check("unequal-first", text, &[task("a", "pick();"), task("b", "pick();")]);
    check("unequal", text, &[task("a", "again();"), task("b", "again();")]);
}

#[test]
fn choices() {
    let text = r#"
struct page { unsigned n : 3; unsigned m : 3; };
struct page pages[1];
static void pick(void)
{
	int a = nondet(2);
	int b = nondet(3);

	pages[0].n = a;
	pages[0].m = b;
}
"#;
    check("choices-first", text, &[task("a", "pick();"), task("b", "pick();")]);
    check("choices", text, &[task("a", "pages[0].n = 7; pick();"), task("b", "pick();").forever()]);
}

#[test]
fn pools_that_hand_out() {
    let text = r#"
struct aux { unsigned n : 2; struct page *page; };
struct page { struct aux *aux; };
struct aux auxes[2];
struct page pages[2];
static void attach(struct page *page)
{
	struct aux *aux = pool_get(auxes);

	if (!aux)
		return;
	aux->page = page;
	aux->n = 2;
	page->aux = aux;
}
bool always_S2(struct aux *aux) { return aux->n == 2 || aux->page == NULL; }
bool always_S14(struct aux *aux) { return aux->page == NULL || aux->page->aux == aux || aux->n == 0; }
static void detach(struct page *page)
{
	struct aux *aux = page->aux;

	if (!aux)
		return;
	page->aux = NULL;
	pool_put(aux);
	check("S1", aux != page->aux);
}
"#;
    let contexts = [
        task("a", "attach(&pages[0]); attach(&pages[1]);"),
        task("b", "detach(&pages[0]);").forever(),
        task("c", "detach(&pages[1]); detach(&pages[0]); attach(&pages[1]);"),
    ];
    check("pools", text, &contexts);
}

/// A page with two numbers, and somebody who counts the first one up.
const NUMBERS: &str = r#"
struct page { unsigned n : 4; unsigned m : 4; atomic_t count; };
struct page pages[1];
static void up(void) { pages[0].n = 1; pages[0].n = 2; }
"#;

#[test]
fn a_step_that_chooses_and_then_waits() {
    let run = "__atomic { int i = nondet(3); await(pages[0].n == i); pages[0].m = i + 1; }";
    let found = check("choose-wait", NUMBERS, &[task("a", "up();"), task("b", run)]);
    if let Some(found) = found {
        // Before, between and after the two stores, each with b waiting or over: and b saw 0, 1 or 2.
        assert_eq!(found.ours.states, 3 + 3 + 2 + 1);
    }
}

#[test]
fn a_step_that_writes_and_then_waits() {
    let run = "int i = pages[0].n; __atomic { pages[0].m = i + 1; i = 2; pages[0].count.counter--; check(\"S1\", \
               pages[0].n != 1); await(pages[0].n >= 1); check(\"S2\", pages[0].n != 2); } pages[0].m = i;";
    let found = check("write-wait", NUMBERS, &[task("a", "up();"), task("b", run)]);
    if let Some(found) = found {
        let depths = found.spin.violations.into_iter().collect::<Vec<_>>();
        let expected = [("S1", 3), ("S2", 4), ("S7", 3)].map(|(claim, depth)| (claim.to_string(), depth));
        assert_eq!(depths, expected, "a check in front of the await is told once the step is taken, not before");
    }
    let crashes = "__atomic { int i = nondet(2); check(\"S1\", i); await(pages[0].n == 1); BUG_ON(i); }";
    check("write-crash", NUMBERS, &[task("a", "up();"), task("b", crashes)]);
}

#[test]
fn choices_that_repeat_in_one_step() {
    let run = "int i = 0; __atomic { while (i < 3 && nondet(2)) i++; pages[0].n = i; }";
    check("repeat", NUMBERS, &[task("a", "up();"), task("b", run)]);
    let many = "__atomic { int i = nondet(9); int j = nondet(9); pages[0].n = i; pages[0].m = j; }";
    check("many", NUMBERS, &[task("a", "up();"), task("b", many)]);
}

#[test]
fn values_beyond_sixteen_bits() {
    let run = "__atomic { int i = 120; int j = nondet(2); i = i * i * (j ? 3 : -3); pages[0].n = i == (j ? 32767 : -32768); \
               i = (1 + j) << 14; pages[0].m = i == (j ? 32767 : 16384); i = j << 20; pages[0].m = pages[0].m + (i == \
               32767); i = 32767 + j; check(\"S1\", i != 32767); check(\"S2\", pages[0].m == 1); i = 0; }";
    check("clamped", NUMBERS, &[task("a", "up();"), task("b", run)]);
}

#[test]
fn a_step_that_does_not_end_is_cut() {
    let run = "__atomic { int i = 1; while (pages[0].n != i) { pages[0].m = i; } }";
    let found = check("endless", NUMBERS, &[task("a", "up();"), task("b", run)]);
    assert!(found.is_none_or(|found| found.spin.cut));
}

#[test]
fn a_path_that_needs_more_options_than_there_are_is_no_result() {
    if !is_installed() {
        return println!("skipped: spin is not installed");
    }
    let run = "__atomic { int i = 0; while (i < 12 && nondet(2)) i++; pages[0].n = i; }";
    let fault = compare("short", &program(NUMBERS, &[task("a", run)])).err().expect("too many choices");
    assert!(fault.to_string().contains("a step chooses among more than the model has options for"), "{fault}");
}

/// What the export says of a program that it does not take.
fn refusal(text: &str, contexts: &[Runs]) -> String {
    let program = program(text, contexts);
    let system = System::new(program.clone(), true).expect("a system");
    export(&program, system.initial_cells(), Judging::Omitted).expect_err("a refusal").to_string()
}

#[test]
fn what_is_refused() {
    let claims = ["S_1", "S__1"].map(|id| format!("CLAIM({id}, \"\", \"\", \"\", NEEDS_NOTHING);\n")).concat();
    let text = format!("{NUMBERS}{claims}");
    assert_eq!(refusal(&text, &[task("a", "up();")]), "not in Promela: two claims of one name (claim S__1)");
    let run = "int i = nondet(7); int j = nondet(7); pages[0].n = i + j;";
    let told = "not in Promela: more than 256 ways to choose before the first steps (context a)";
    assert_eq!(refusal(NUMBERS, &[task("a", run), task("b", run)]), told);
}
