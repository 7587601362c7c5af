//! Small programs in kernel C: which fairness they need, and what is said where a search was cut.

use pinright_model::lang::lower::lower;
use pinright_model::question::questions;
use pinright_model::search::Limits;
use pinright_model::search::liveness::{Fairness, Findings, Liveness, Missing, examine};
use pinright_model::system::System;

use crate::source::{Runs, Source, task};
use pinright_model::lang::program::Kind;

/// A lock and a page, and the claim that the page becomes clean.
const HEADER: &str = r#"
typedef struct { int counter; } atomic_t;
CLAIM(S0, "no crash", "", "", NEEDS_NOTHING);
CLAIM(L9, "a dirty page becomes clean", "", "", NEEDS_NOTHING);
struct page { bool locked; bool dirty; bool asked; atomic_t a; atomic_t b; atomic_t c; };
struct page pages[1];
static void clean(struct page *page) { page->dirty = false; }
static void unlock(struct page *page) { page->locked = false; }
bool when_L9(struct page *page) { return page->dirty; }
bool leads_to_L9(struct page *page) { return !page->dirty; }
"#;

fn system(text: &str, contexts: &[Runs]) -> System {
    let program = Source::new(&format!("{HEADER}{text}"), contexts).lower();
    System::new(program, false).expect("init runs")
}

fn findings(text: &str, contexts: &[Runs], limits: &Limits) -> Findings {
    let system = system(text, contexts);
    let claim = system.program().claim("L9").expect("it is declared");
    examine(&system, limits, questions(&system, claim), &mut |_| true)
}

/// The fairness that it needs; `None` if it is violated with all of it.
#[track_caller]
fn needs(text: &str, contexts: &[Runs]) -> Option<Fairness> {
    let findings = findings(text, contexts, &Limits::default());
    assert_eq!(findings.missing, None);
    match &findings.answers[..] {
        [(_, Liveness::Holds { needs, .. })] => Some(*needs),
        [(_, Liveness::Violated(_))] => None,
        other => panic!("{other:?}"),
    }
}

fn device(run: &'static str) -> Runs {
    Runs::new(Kind::Device, run)
}

fn kworker(run: &'static str) -> Runs {
    Runs::new(Kind::Kworker, run)
}

/// One takes the lock again and again; the other wants it to clean the page.
fn contended(word: &str) -> Option<Fairness> {
    let text = format!(
        "static void lock(struct page *page) {{ __atomic {{ {word}(!page->locked); page->locked = true; }} }}
         static void busy(struct page *page) {{ lock(page); unlock(page); }}
         static void cleaner(struct page *page) {{ page->dirty = true; lock(page); clean(page); unlock(page); }}"
    );
    needs(&text, &[kworker("busy(&pages[0]);").forever(), task("cleaner(&pages[0]);")])
}

#[test]
fn a_contended_lock_is_got_if_it_is_served_fairly_and_only_then() {
    assert_eq!(contended("await"), None);
    assert_eq!(contended("await_fair"), Some(Fairness::StrongAwaits));
}

#[test]
fn a_lock_that_lockdep_is_told_of_is_served_fairly() {
    let text = r#"
static void lock(struct page *page)
{
	__atomic {
		await(!page->locked);
		page->locked = true;
		lock_acquire("page lock");
	}
}
static void give(struct page *page) { __atomic { page->locked = false; lock_release("page lock"); } }
static void busy(struct page *page) { lock(page); give(page); }
static void cleaner(struct page *page) { page->dirty = true; lock(page); clean(page); give(page); }
"#;
    let contexts = [kworker("busy(&pages[0]);").forever(), task("cleaner(&pages[0]);")];
    assert_eq!(needs(text, &contexts), Some(Fairness::StrongAwaits));
}

#[test]
fn who_is_in_the_middle_of_something_goes_on() {
    assert_eq!(
        needs("static void f(struct page *p) { p->dirty = true; p->dirty = false; }", &[task("f(&pages[0]);")]),
        Some(Fairness::Weak)
    );
}

#[test]
fn nobody_has_to_make_a_system_call() {
    let text = "static void f(struct page *p) { p->dirty = true; }";
    assert_eq!(needs(text, &[task("f(&pages[0]);"), task("clean(&pages[0]);").forever()]), None);
    assert_eq!(needs(text, &[task("f(&pages[0]);"), kworker("clean(&pages[0]);").forever()]), Some(Fairness::Weak));
}

#[test]
fn a_device_that_was_asked_completes_unless_it_is_said_to_be_unfair() {
    let text = |word: &str| {
        format!(
            "static void f(struct page *p) {{ p->dirty = true; p->asked = true; }}
             static void disk(struct page *p) {{ __atomic {{ await(p->asked); {word} p->dirty = false; p->asked = false; }} }}"
        )
    };
    let contexts = [task("f(&pages[0]);"), device("disk(&pages[0]);").forever()];
    assert_eq!(needs(&text(""), &contexts), Some(Fairness::Weak));
    assert_eq!(needs(&text("unfair();"), &contexts), None);
}

#[test]
fn a_choice_that_is_made_again_and_again_ends_well_only_if_it_is_fair() {
    let text = |choice: &str| {
        format!(
            "static void f(struct page *p) {{ p->dirty = true; p->asked = true; }}
             static void disk(struct page *p)
             {{ __atomic {{ await(p->asked); if ({choice}) {{ p->dirty = false; p->asked = false; }} }} }}"
        )
    };
    let contexts = [task("f(&pages[0]);"), device("disk(&pages[0]);").forever()];
    assert_eq!(needs(&text("nondet(2)"), &contexts), None);
    assert_eq!(needs(&text("nondet_fair()"), &contexts), Some(Fairness::Weak));
}

#[test]
fn a_run_that_stands_still_for_ever_is_a_violation() {
    let text = "static void f(struct page *p) { p->dirty = true; await(p->asked); p->dirty = false; }";
    let findings = findings(text, &[task("f(&pages[0]);")], &Limits::default());
    let [(_, Liveness::Violated(round))] = &findings.answers[..] else { panic!("{findings:?}") };
    assert_eq!((round.stem, round.path.steps.len()), (1, 1));
}

#[test]
fn a_path_that_ends_in_a_crash_is_left_to_s0() {
    let text = "static void f(struct page *p) { p->dirty = true; BUG_ON(p->dirty); }";
    assert_eq!(needs(text, &[task("f(&pages[0]);")]), Some(Fairness::Weak));
}

/// Counts three counters up and down, so that there are more states than fit.
const MANY: &str = r#"
static void a(struct page *p) { __atomic { p->a.counter = (p->a.counter + 1) % 40; } }
static void b(struct page *p) { __atomic { p->b.counter = (p->b.counter + 1) % 40; } }
static void c(struct page *p) { __atomic { p->c.counter = (p->c.counter + 1) % 40; } }
"#;

#[test]
fn a_bound_is_no_alarm_and_no_proof() {
    let contexts =
        [kworker("a(&pages[0]);").forever(), kworker("b(&pages[0]);").forever(), kworker("c(&pages[0]);").forever()];
    let limits = Limits { memory: 100_000, ..Limits::default() };
    let cut = findings(MANY, &contexts, &limits);
    assert_eq!((cut.missing, cut.answers.len()), (Some(Missing::Memory(100_000)), 0));
    // 40 values, and each context once before it has begun.
    let whole = findings(MANY, &contexts, &Limits::default());
    assert_eq!((whole.missing, whole.states, whole.asked), (None, 41 * 41 * 41, vec![false]));
}

#[test]
fn a_counter_that_leaves_its_width_is_no_alarm_and_no_proof() {
    let text = "static void up(struct page *p) { p->dirty = true; __atomic { p->a.counter++; } }";
    let cut = findings(text, &[kworker("up(&pages[0]);").forever()], &Limits::default());
    assert!(matches!(cut.missing, Some(Missing::Cut(_))), "{cut:?}");
    assert!(cut.answers.is_empty());
}

#[test]
fn a_lasso_beside_a_path_that_was_cut_is_one_all_the_same() {
    let text = "
static void up(struct page *p) { __atomic { p->a.counter++; } }
static void f(struct page *p) { p->dirty = true; await(p->asked); p->dirty = false; }";
    let contexts = [task("up(&pages[0]);").forever(), task("f(&pages[0]);")];
    let cut = findings(text, &contexts, &Limits::default());
    assert!(matches!(cut.missing, Some(Missing::Cut(_))), "{cut:?}");
    assert!(matches!(&cut.answers[..], [(_, Liveness::Violated(_))]), "{cut:?}");
    // Who has to go on leaves the states that are known: nothing is said of what happens then.
    let contexts = [kworker("up(&pages[0]);").forever(), task("f(&pages[0]);")];
    let cut = findings(text, &contexts, &Limits::default());
    assert!(matches!(cut.missing, Some(Missing::Cut(_))) && cut.answers.is_empty(), "{cut:?}");
}

/// What the compiler says of claims and contexts that do not fit together.
fn refusal(text: &str, contexts: &[Runs]) -> String {
    let source = Source::new(text, contexts);
    let errors = lower(source.unit.clone(), &source.contexts, &source.init).expect_err("it is refused");
    errors.iter().map(|error| error.render(&source.sources, false)).collect()
}

const HALF: &str = r#"
CLAIM(S0, "no crash", "", "", NEEDS_NOTHING);
CLAIM(L9, "a dirty page becomes clean", "", "", NEEDS_NOTHING);
struct page { bool dirty; };
struct page pages[1];
struct zone { bool full; };
struct zone zones[1];
"#;

#[test]
fn half_a_claim_is_refused_with_its_place_and_the_missing_half() {
    let text = format!("{HALF}bool when_L9(struct page *page) {{ return page->dirty; }}\n");
    let refused = refusal(&text, &[]);
    assert!(refused.contains("`when_L9` is half a claim: there is no `leads_to_L9`"), "{refused}");
    assert!(refused.contains("test.c:8"), "{refused}");
    let text = format!("{HALF}bool leads_to_L9_again(struct page *page) {{ return page->dirty; }}\n");
    let refused = refusal(&text, &[]);
    assert!(refused.contains("there is no `when_L9_again`"), "{refused}");
}

#[test]
fn halves_about_different_objects_are_refused() {
    let text = format!(
        "{HALF}bool when_L9(struct page *page) {{ return page->dirty; }}
         bool leads_to_L9(struct zone *zone) {{ return zone->full; }}"
    );
    let refused = refusal(&text, &[]);
    assert!(refused.contains("`leads_to_L9` is about other objects than `when_L9`"), "{refused}");
}

#[test]
fn a_fair_choice_behind_another_choice_of_the_same_step_is_refused() {
    let text = format!(
        "{HALF}static void f(struct page *p) {{ __atomic {{ p->dirty = nondet(2); if (nondet_fair()) p->dirty = false; }} }}"
    );
    let refused = refusal(&text, &[task("f(&pages[0]);")]);
    assert!(refused.contains("a fair choice behind another choice of the same step"), "{refused}");
}
