//! Tiny programs: each has one thing that a road could get wrong.

use std::collections::BTreeMap;

use pinright_model::actors::{Fault, KernelModel, Refusal};
use pinright_model::lang::lower::{ContextSpec, MmSpec, lower};
use pinright_model::lang::parse::{Macros, parse_file, parse_statements};
use pinright_model::lang::program::{Kind, Program};
use pinright_model::lang::resolve::{Layer, resolve};
use pinright_model::lang::source::SourceMap;
use stateright::Model;
use stateright::actor::{Envelope, Network};

use crate::roads::{Comparison, Figures, hold_together};

/// What a context runs, its kind, and its CPU.
type Run<'a> = (&'a str, Kind, Option<u8>);

/// States that none of these programs reaches.
const LIMIT: u64 = 8_000;

const OBJECTS: &str = "
struct object { bool a; bool b; struct object *next; __ghost bool g; const unsigned k : 2; };
struct object x[2];
struct entry { bool v; };
struct entry entries[2];
struct mm_struct { bool a; };
struct mm_struct mms[1];
";

fn program(source: &str, contexts: &[Run<'_>]) -> (Program, SourceMap) {
    let claims = "CLAIM(S0, \"\", \"\", \"\", NEEDS_NOTHING);CLAIM(S5, \"\", \"\", \"\", NEEDS_NOTHING);";
    let mut sources = SourceMap::new();
    let mut macros = Macros::new();
    let file = sources.add("test.c", format!("{source}{claims}"));
    let parsed = parse_file(&sources, file, &mut macros, false).expect("a file");
    let unit = resolve(&[(Layer::Base, parsed)], &BTreeMap::new()).expect("a unit");
    let mut specs = Vec::new();
    for (index, &(run, kind, cpu)) in contexts.iter().enumerate() {
        let file = sources.add("run", run);
        let run = parse_statements(&sources, file, &macros).expect("statements");
        let mm = if kind == Kind::Task && cpu.is_some() { MmSpec::Index(0) } else { MmSpec::ByKind };
        specs.push(ContextSpec { name: format!("c{index}"), kind, cpu, mm, forever: false, run });
    }
    (lower(unit, &specs, &[]).expect("a program"), sources)
}

fn task(run: &str) -> Run<'_> {
    (run, Kind::Task, None)
}

/// Compares all roads on a program.
fn figures(contexts: &[Run<'_>]) -> Figures {
    let (program, sources) = program(OBJECTS, contexts);
    match hold_together("a tiny program", &program, &sources, LIMIT) {
        Comparison::Same(figures) => figures,
        Comparison::TooLarge => panic!("more than {LIMIT} states"),
        Comparison::Refused(refusal) => panic!("{refusal}"),
    }
}

fn refusal(contexts: &[Run<'_>]) -> Refusal {
    let (program, sources) = program(OBJECTS, contexts);
    KernelModel::new(program, sources).err().expect("a refusal")
}

#[test]
fn a_last_step_that_only_reads_is_taken() {
    let Figures { packed, actors, .. } = figures(&[task("x[0].a;")]);
    assert_eq!((packed, actors), (2, 2));
    figures(&[task("if (x[0].a) x[1].b = 1; x[1].a;"), task("x[0].a = 1;")]);
}

#[test]
fn a_context_that_waits_is_not_delivered() {
    let Figures { packed, .. } = figures(&[task("await(x[0].a); x[1].b = 1;"), task("x[1].a = 1; x[0].a = 1;")]);
    assert_eq!(packed, 5);
}

#[test]
fn choices_belong_to_the_delivery() {
    figures(&[task("x[nondet(2)].a = nondet(2); if (nondet(3) == 2) x[1].b = x[0].a;")]);
    figures(&[task("x[0].a = 1; if (nondet(2)) park(); x[0].a = 0;"), task("await(x[0].a); x[1].a = 1;")]);
}

#[test]
fn a_choice_before_the_first_step_gives_several_initial_states() {
    let Figures { packed, .. } = figures(&[task("int i = nondet(3); if (i) x[0].a = 1; if (i == 2) x[1].a = 1;")]);
    assert_eq!(packed, 6);
}

#[test]
fn a_pool_hands_out_its_entries_as_one_object() {
    figures(&[
        task("struct entry *e = pool_get(entries); if (e) { e->v = 1; pool_put(e); }"),
        task("struct entry *e = pool_get(entries); struct entry *f = pool_get(entries); if (f) f->v = e->v;"),
    ]);
}

#[test]
fn a_crash_ends_the_path_at_whichever_object() {
    let run = "x[0].next = &x[1]; x[0].next->a = 1; x[1].next->a = 1; x[0].b = 1;";
    let Figures { dead, .. } = figures(&[task(run), task("x[0].a = 1;")]);
    assert_eq!(dead, 2);
}

#[test]
fn a_check_may_look_at_another_object() {
    figures(&[
        task("__atomic { x[0].a = 1; x[0].g = 1; check(\"S5\", x[1].next && x[1].next->b); } x[0].b = 1;"),
        task("x[1].next = &x[0]; x[0].b = 1;"),
    ]);
}

#[test]
fn a_search_goes_on_where_every_claim_is_violated() {
    let Figures { packed, .. } =
        figures(&[task("__atomic { x[0].a = 1; check(\"S5\", false); } x[1].a = 1; x[1].next->b = 1;")]);
    assert_eq!(packed, 4);
}

#[test]
fn a_join_reached_from_two_objects_is_counted_once_per_sender() {
    let join = "bool b = nondet(2); if (b) x[0].k; x[0].next = &x[0]; if (nondet(2)) x[1].a; x[0].b = 1;";
    let Figures { packed, actors, .. } = figures(&[task(join)]);
    assert_eq!(actors, packed + 1, "the last step is sent by x[0] and by x[1]");
}

#[test]
fn a_softirq_runs_to_completion_on_its_cpu() {
    let interrupted = ("x[0].a = 1; x[0].b = 1;", Kind::Task, Some(0));
    let softirq = ("x[1].a = x[0].a; x[1].b = 1;", Kind::Softirq, Some(0));
    let elsewhere = ("x[1].a = x[0].a; x[1].b = 1;", Kind::Softirq, None);
    let bound = figures(&[interrupted, softirq]);
    let free = figures(&[interrupted, elsewhere]);
    assert!(bound.packed < free.packed, "{bound:?}, {free:?}");
}

#[test]
fn a_softirq_sees_the_mm_of_the_task_that_it_interrupts() {
    let softirq = "struct mm_struct *mm = current->mm; x[0].a = mm != NULL; if (mm) mm->a = 1; x[1].a = 1;";
    let Figures { packed, .. } = figures(&[("x[1].b = 1;", Kind::Task, Some(0)), (softirq, Kind::Softirq, Some(0))]);
    assert!(packed > 5);
}

#[test]
fn a_step_delivered_to_another_object_is_a_fault() {
    let (program, sources) = program(OBJECTS, &[task("x[0].a = 1; x[1].a = 1;"), task("pool_get(entries);")]);
    let model = KernelModel::new(program, sources).expect("an actor model");
    let names: Vec<_> = model.objects().iter().map(|object| object.name.as_str()).collect();
    assert_eq!(names, ["x[0]", "x[1]", "entries", "mms[0]"]);
    let mut state = model.init_states().remove(0);
    let mut actions = Vec::new();
    model.actions(&state, &mut actions);
    let mut astray = actions.remove(0);
    assert_eq!(usize::from(astray.dst), 0);
    // Somebody readdresses the message on its way.
    astray.dst = 1.into();
    let envelope = Envelope { src: astray.src, dst: astray.dst, msg: astray.flight.clone() };
    state.actors.network = Network::new_unordered_nonduplicating([envelope]);
    assert!(model.next_state(&state, astray).is_none());
    assert!(matches!(model.fault(), Some(Fault::Trespass { .. })), "{:?}", model.fault());
}

#[test]
fn a_step_whose_object_depends_on_a_choice_inside_it_is_refused() {
    let refusal = refusal(&[task("x[0].b = 1;"), task("x[0].b = 0; __atomic { x[nondet(2)].a = 1; }")]);
    assert!(matches!(&refusal, Refusal::Wanders { context, .. } if context == "c1"), "{refusal}");
}

#[test]
fn a_program_without_objects_is_refused() {
    let (program, sources) = program("struct object { __ghost bool g; };struct object x[1];", &[task("")]);
    let refusal = KernelModel::new(program, sources).err().expect("a refusal");
    assert!(matches!(refusal, Refusal::Empty), "{refusal}");
}

#[test]
fn a_program_whose_init_crashes_is_refused() {
    let source = format!("{OBJECTS}void init(void) {{ BUG(); }}");
    let (program, sources) = program(&source, &[task("x[0].a = 1;")]);
    let refusal = KernelModel::new(program, sources).err().expect("a refusal");
    assert!(matches!(refusal, Refusal::Init(_)), "{refusal}");
}
