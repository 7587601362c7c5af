//! Several roads to the same states: the packed search, the fused stateright model and the actor model, held
//! together for every reading of every built-in proposal in the small scenarios.
//!
//! All of them count sticky states. The actor model may count more: a message remembers who sent it, and a context
//! can come to the same place from two objects. Without the sender its states are the others', as sets.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::Hash;

use pinright_model::actors::{Fault, KernelModel, KernelState, Refusal};
use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::fused::{FusedModel, Packed};
use pinright_model::lang::lower::{ContextSpec, MmSpec, lower};
use pinright_model::lang::parse::{Macros, parse_file, parse_statements};
use pinright_model::lang::program::{Kind, Program};
use pinright_model::lang::resolve::{Layer, resolve};
use pinright_model::lang::source::SourceMap;
use pinright_model::proposal::Composition;
use pinright_model::scenario::Population;
use pinright_model::search::{Coverage, Exploration, Limits, explore};
use pinright_model::system::{State, System};
use stateright::{Checker, Model};

/// Populations that most readings keep small.
const SMALL: &[&str] = &["two-pages", "stores-fsync/cow", "pin-truncate", "dio-same-cpu"];

/// States up to which a reading is followed.
const FEW: u64 = 8_000;

/// ... by the long test.
const MANY: u64 = 30_000;

/// Shortest runs by claim.
type Verdicts = BTreeMap<String, usize>;

/// Every state of a model, found level by level.
struct Survey<S> {
    states: HashSet<S>,
    verdicts: Verdicts,
    transitions: u64,
}

/// stateright's search does not give shortest runs; this one does.
fn survey<M: Packed>(model: &M) -> Survey<M::State>
where
    M::State: Clone + Eq + Hash,
{
    let claims = &model.machine().system().program().claims;
    let mut survey = Survey { states: HashSet::new(), verdicts: Verdicts::new(), transitions: 0 };
    let mut frontier = model.init_states();
    survey.states.extend(frontier.iter().cloned());
    for depth in 0.. {
        let mut next = Vec::new();
        for state in &frontier {
            for claim in model.machine().violated(&model.packed(state)).iter() {
                survey.verdicts.entry(claims[usize::from(claim)].decl.id.clone()).or_insert(depth);
            }
            for successor in model.next_states(state) {
                survey.transitions += 1;
                if survey.states.insert(successor.clone()) {
                    next.push(successor);
                }
            }
        }
        if next.is_empty() {
            break;
        }
        frontier = next;
    }
    survey
}

/// What stateright's own breadth-first search counts, and the properties that it finds violated.
fn stateright<M>(model: M) -> (usize, BTreeSet<String>)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync,
    M::Action: Clone + PartialEq,
{
    let checker = model.checker().spawn_bfs().join();
    let violated = checker.discoveries().into_keys().map(String::from).collect();
    (checker.unique_state_count(), violated)
}

/// The packed search with sticky states; `None` if it is longer than `limit`.
fn packed(program: &Program, limit: u64) -> Option<Exploration> {
    let system = System::new(program.clone(), true).expect("init runs through");
    let exploration = explore(&system, &Limits::default(), &mut |progress| progress.states <= limit);
    let complete = matches!(exploration.coverage, Coverage::Complete(_)) && exploration.states <= limit;
    complete.then_some(exploration)
}

fn verdicts(program: &Program, exploration: &Exploration) -> Verdicts {
    let found = exploration.violations.iter();
    found.map(|(claim, path)| (program.claims[usize::from(*claim)].decl.id.clone(), path.steps.len())).collect()
}

/// How many states each road counts.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    packed: usize,
    /// States behind a crash: the packed search follows no path there.
    dead: usize,
    /// `None` if there is no actor model.
    actors: Option<usize>,
}

impl Figures {
    fn add(&mut self, other: Figures) {
        self.packed += other.packed;
        self.dead += other.dead;
        *self.actors.get_or_insert(0) += other.actors.unwrap_or(0);
    }
}

/// Holds all roads together; `None` if the program has more than `limit` states.
fn hold_together(name: &str, program: &Program, sources: &SourceMap, limit: u64) -> Option<Figures> {
    let exploration = packed(program, limit)?;
    let expected = verdicts(program, &exploration);
    let model = FusedModel::new(program.clone(), sources.clone()).expect("init runs through");
    let fused = survey(&model);
    let system = model.machine().system();
    let dead = fused.states.iter().filter(|state| system.is_dead(state)).count();
    assert_eq!(fused.states.len(), exploration.states as usize + dead, "{name}: states, fused and packed");
    assert_eq!(fused.verdicts, expected, "{name}: verdicts, fused and packed");
    if exploration.cuts.is_empty() {
        assert_eq!(fused.transitions, exploration.transitions, "{name}: transitions, fused and packed");
    }
    let (unique, violated) = stateright(model);
    assert_eq!(unique, fused.states.len(), "{name}: states, by stateright");
    assert!(violated.iter().eq(expected.keys()), "{name}: {violated:?} by stateright, {expected:?} by search");
    let actors = actors(name, program, sources, &fused);
    Some(Figures { packed: exploration.states as usize, dead, actors })
}

fn actors(name: &str, program: &Program, sources: &SourceMap, fused: &Survey<State>) -> Option<usize> {
    let model = match KernelModel::new(program.clone(), sources.clone()) {
        Ok(model) => model,
        Err(Refusal::CurrentMm { context }) => {
            assert!(program.contexts.iter().any(|c| c.name == context && c.kind == Kind::Softirq && c.cpu.is_some()));
            return None;
        }
        Err(refusal) => panic!("{name}: {refusal}"),
    };
    let survey = survey(&model);
    assert_eq!(model.fault().map(ToString::to_string), None, "{name}");
    let whole: HashSet<State> = survey.states.iter().map(|state| model.packed(state).as_ref().into()).collect();
    assert!(whole == fused.states, "{name}: {} states without senders, {} fused", whole.len(), fused.states.len());
    assert_eq!(survey.verdicts, fused.verdicts, "{name}: verdicts, actors and fused");
    // The senders, and nothing else, tell states apart that are one state of the system.
    let sent: HashSet<_> = survey.states.iter().map(|state| (model.packed(state).into_owned(), senders(state))).collect();
    assert_eq!(sent.len(), survey.states.len(), "{name}: actor states, by state and senders");
    let (unique, violated) = stateright(model);
    assert_eq!(unique, survey.states.len(), "{name}: actor states, by stateright");
    assert!(violated.iter().eq(fused.verdicts.keys()), "{name}: {violated:?} by stateright among actors");
    Some(survey.states.len())
}

/// Who sent each context.
fn senders(state: &KernelState) -> Vec<(u16, usize)> {
    let mut senders: Vec<_> = state.flights().map(|e| (e.msg.context, usize::from(e.src))).collect();
    senders.sort_unstable();
    senders
}

fn readings(corpus: &Corpus) -> Vec<Composition> {
    corpus.proposals().flat_map(|proposal| proposal.compositions(corpus).expect("built-in readings")).collect()
}

fn compiled(corpus: &Corpus, composition: &Composition, population: &Population) -> Compiled {
    compile(corpus, composition, population).unwrap_or_else(|error| panic!("{}", error.render(false)))
}

/// Every reading in every population that `choose` takes.
fn every_reading(limit: u64, choose: impl Fn(&str) -> bool) -> BTreeMap<String, (usize, Figures)> {
    let corpus = Corpus::load().expect("what is built in parses");
    let mut table: BTreeMap<String, (usize, Figures)> = BTreeMap::new();
    let populations: Vec<_> = corpus.scenarios().flat_map(|s| s.populations()).filter(|p| choose(&p.name)).collect();
    for composition in readings(&corpus) {
        for population in &populations {
            let name = format!("{}, {}", composition.title(), population.name);
            let started = std::time::Instant::now();
            let compiled = compiled(&corpus, &composition, population);
            let Some(figures) = hold_together(&name, &compiled.program, &compiled.sources, limit) else { continue };
            println!("{name}: {figures:?} {:?}", started.elapsed());
            let (readings, sum) = table.entry(population.name.clone()).or_default();
            *readings += 1;
            sum.add(figures);
        }
    }
    table
}

#[test]
fn every_road_leads_to_the_same_states_and_verdicts() {
    let table = every_reading(FEW, |name| SMALL.contains(&name));
    println!("{table:#?}");
    let readings = readings(&Corpus::load().expect("what is built in parses")).len();
    assert_eq!(table.len(), SMALL.len());
    assert!(table.values().all(|(held, _)| *held * 4 > readings * 3), "{table:#?}");
}

#[test]
#[ignore = "minutes: every population, as far as it stays small"]
fn every_road_leads_to_the_same_states_and_verdicts_elsewhere() {
    let table = every_reading(MANY, |name| !SMALL.contains(&name));
    println!("{table:#?}");
}

/// A source and what its contexts run.
fn program(source: &str, contexts: &[(&str, Kind, Option<u8>)]) -> (Program, SourceMap) {
    let source = format!("{source}CLAIM(S0, \"\", \"\", \"\", NEEDS_NOTHING);CLAIM(S5, \"\", \"\", \"\", NEEDS_NOTHING);");
    let mut sources = SourceMap::new();
    let mut macros = Macros::new();
    let file = sources.add("test.c", source);
    let parsed = parse_file(&sources, file, &mut macros, false).expect("a file");
    let unit = resolve(&[(Layer::Base, parsed)], &BTreeMap::new()).expect("a unit");
    let contexts: Vec<ContextSpec> = contexts
        .iter()
        .enumerate()
        .map(|(index, &(run, kind, cpu))| {
            let file = sources.add("run", run);
            let run = parse_statements(&sources, file, &macros).expect("statements");
            let mm = if kind == Kind::Task && cpu.is_some() { MmSpec::Index(0) } else { MmSpec::ByKind };
            ContextSpec { name: format!("c{index}"), kind, cpu, mm, forever: false, run }
        })
        .collect();
    (lower(&unit, &contexts, &[]).expect("a program"), sources)
}

fn task(run: &str) -> (&str, Kind, Option<u8>) {
    (run, Kind::Task, None)
}

const OBJECTS: &str = "
struct object { bool a; bool b; struct object *next; __ghost bool g; const unsigned k : 2; };
struct object x[2];
struct entry { bool v; };
struct entry entries[2];
";

#[test]
fn small_programs_hold_together() {
    let cases: &[(&str, &[(&str, Kind, Option<u8>)])] = &[
        ("a step that only reads at the end", &[task("if (x[0].a) x[1].b = 1; x[1].a;"), task("x[0].a = 1;")]),
        ("waiting", &[task("await(x[0].a); x[1].b = 1;"), task("x[1].a = 1; x[0].a = 1;")]),
        ("choices", &[task("x[nondet(2)].a = nondet(2); if (nondet(3) == 2) x[1].b = x[0].a;")]),
        ("parking", &[task("x[0].a = 1; if (nondet(2)) park(); x[0].a = 0;"), task("await(x[0].a); x[1].a = 1;")]),
        ("pools", &[
            task("struct entry *e = pool_get(entries); if (e) { e->v = 1; pool_put(e); }"),
            task("struct entry *e = pool_get(entries); struct entry *f = pool_get(entries); if (f) f->v = e->v;"),
        ]),
        ("NULL", &[task("x[0].next = &x[1]; x[0].next->a = 1; x[1].next->a = 1; x[0].b = 1;"), task("x[0].a = 1;")]),
        ("a check of another object", &[
            task("__atomic { x[0].a = 1; x[0].g = 1; check(\"S5\", x[1].next && x[1].next->b); } x[0].b = 1;"),
            task("x[1].next = &x[0]; x[0].b = 1;"),
        ]),
        ("every claim violated at once", &[task("__atomic { x[0].a = 1; check(\"S5\", false); } x[1].next->b = 1;")]),
        ("softirq", &[
            ("x[0].a = 1; x[0].b = 1;", Kind::Task, Some(0)),
            ("x[1].a = x[0].a; x[1].b = 1;", Kind::Softirq, Some(0)),
        ]),
    ];
    for (name, contexts) in cases {
        let (program, sources) = program(OBJECTS, contexts);
        let figures = hold_together(name, &program, &sources, FEW).expect("few states");
        assert!(figures.actors.is_some_and(|actors| actors >= figures.packed), "{name}: {figures:?}");
    }
}

#[test]
fn a_step_delivered_to_another_object_is_a_fault() {
    let (program, sources) = program(OBJECTS, &[task("x[0].a = 1; x[1].a = 1;"), task("pool_get(entries);")]);
    let model = KernelModel::new(program, sources).expect("an actor model");
    let mut state = model.init_states().remove(0);
    let mut actions = Vec::new();
    model.actions(&state, &mut actions);
    assert_eq!(model.objects().iter().map(|object| object.name.as_str()).collect::<Vec<_>>(), ["x[0]", "x[1]", "entries"]);
    assert_eq!(usize::from(actions[0].dst), 0);
    // Somebody readdresses the message on its way.
    let mut astray = actions.remove(0);
    let flight = astray.flight.clone();
    state.actors.network = stateright::actor::Network::new_unordered_nonduplicating([stateright::actor::Envelope {
        src: astray.src,
        dst: 1.into(),
        msg: flight,
    }]);
    astray.dst = 1.into();
    assert!(model.next_state(&state, astray).is_none());
    assert!(matches!(model.fault(), Some(Fault::Trespass { .. })), "{:?}", model.fault());
}

#[test]
fn what_messages_cannot_carry_is_refused_by_name() {
    let source = "struct mm_struct { bool a; };struct mm_struct mms[1];";
    let softirq = ("struct mm_struct *mm = current->mm; mms[0].a = mm != NULL;", Kind::Softirq, Some(0));
    let (program, sources) = program(source, &[("mms[0].a = 1;", Kind::Task, Some(0)), softirq]);
    let refusal = KernelModel::new(program, sources).err().expect("a refusal");
    assert!(matches!(&refusal, Refusal::CurrentMm { context } if context == "c1"), "{refusal}");
}

#[test]
fn actions_and_steps_read_as_words() {
    let corpus = Corpus::load().expect("what is built in parses");
    let composition = Composition::of_parts(&corpus, "T3").expect("a part");
    let population = corpus.scenario("pin").expect("a scenario").populations().remove(0);
    let compiled = compiled(&corpus, &composition, &population);
    let model = FusedModel::new(compiled.program.clone(), compiled.sources.clone()).expect("init runs through");
    let initial = model.init_states().remove(0);
    let (step, _) = model.next_steps(&initial).into_iter().next().expect("a step");
    let action = model.format_action(&step);
    assert!(action.contains("(), model/kernel/"), "{action}");
    assert!(model.format_step(&initial, step).is_some_and(|text| text.contains(" -> ") || text.contains("next ")));
    let model = KernelModel::new(compiled.program, compiled.sources).expect("an actor model");
    let initial = model.init_states().remove(0);
    let (delivery, _) = model.next_steps(&initial).into_iter().next().expect("a delivery");
    assert!(model.format_action(&delivery).contains(", at "), "{}", model.format_action(&delivery));
}
