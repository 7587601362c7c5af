//! Who may run: CPUs, softirqs, work items, and whose mm they see.

use std::collections::BTreeSet;

use pinright_model::lang::lower::MmSpec;

use super::source::{Runs, softirq, task};
use super::{Program, at};

#[test]
fn a_softirq_runs_to_completion() {
    let bound = softirq("x[0].c = 1; x[0].d = 1;").on(0);
    let on_cpu = task("x[0].a = 1; x[0].b = 1;").on(0);
    let exploration = Program::new("", &[on_cpu, bound]).explore();
    let begun = |memory: &[i32]| memory[at("c")] == 1 && memory[at("d")] == 0;
    assert!(exploration.states.iter().any(|state| begun(&state.memory) && state.memory[at("a")] == 1));
    assert!(exploration.edges.iter().all(|(from, context, _)| !begun(&from.memory) || *context == 1));
    let elsewhere = task("x[0].a = 1; x[0].b = 1;").on(1);
    let exploration = Program::new("", &[elsewhere, bound]).explore();
    assert!(exploration.edges.iter().any(|(from, context, _)| begun(&from.memory) && *context == 0));
}

#[test]
fn softirqs_of_a_cpu_exclude_each_other() {
    let first = softirq("x[0].a = 1; x[0].b = 1;").on(0).forever();
    let second = softirq("x[0].c = x[0].a && !x[0].b; x[0].d = 1;").on(0);
    let exploration = Program::new("void init(void) { x[0].d = 0; }", &[first, second]).explore();
    assert!(exploration.states.iter().all(|state| state.memory[at("c")] == 0));
}

#[test]
fn interrupts_or_bottom_halves_off_keep_a_softirq_out() {
    let bound = softirq("x[0].c = 1;").on(0);
    for (off, on) in [("local_irq_disable();", "local_irq_enable();"), ("local_bh_disable();", "local_bh_enable();")] {
        let source = format!("static void section(void) {{ {off} x[0].a = 1; x[0].b = 1; {on} x[0].d = 1; }}");
        let section = task("section();").on(0);
        let states = Program::new(&source, &[section, bound]).explore().states;
        let inside = |memory: &[i32]| memory[at("b")] == 0 && memory[at("c")] == 1;
        assert!(!states.iter().any(|state| inside(&state.memory)), "{off}");
        assert!(states.iter().any(|state| state.memory[at("c")] == 1 && state.memory[at("d")] == 0), "{off}");
    }
}

#[test]
fn preemption_off_does_not_keep_a_softirq_out() {
    let bound = softirq("x[0].c = 1;").on(0);
    let section = task("preempt_disable(); x[0].a = 1; x[0].b = 1; preempt_enable();").on(0);
    let states = Program::new("", &[section, bound]).explore().states;
    assert!(states.iter().any(|state| state.memory[at("b")] == 0 && state.memory[at("c")] == 1));
}

#[test]
fn sleeping_where_it_is_forbidden_violates_s14() {
    let violated = |runs: Runs| !Program::new("", &[runs]).explore().violated.is_empty();
    assert!(violated(task("preempt_disable(); x[0].a = 1; might_sleep(); preempt_enable(); x[0].b = 1;")));
    assert!(violated(task("local_irq_disable(); wait_event(!x[0].a); local_irq_enable();")));
    assert!(violated(softirq("x[0].a = 1; might_sleep();")));
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
fn a_bound_softirq_sees_the_mm_of_the_task_on_its_cpu() {
    let source = "
struct mm_struct { bool seen; };
struct mm_struct mms[2];
static void look(void) { await(x[0].a); x[0].n = idx(current->mm) + 1; }";
    let bound = softirq("look();").on(0);
    let on_cpu = task("x[0].a = 1; x[0].b = 1;").on(0).mm(MmSpec::Index(1));
    let program = Program::new(source, &[on_cpu, bound]);
    // Before the task's second step its own, after it NULL.
    assert_eq!(program.finals("n"), BTreeSet::from([0, 2]));
    let unbound = Program::new(source, &[task("x[0].a = 1;"), softirq("look();")]);
    assert_eq!(unbound.finals("n"), BTreeSet::from([0, 1, 2]));
}
