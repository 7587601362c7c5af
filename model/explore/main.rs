//! `explore`: placeholder while the model is being assembled.

use pinright_model::corpus::Corpus;
use pinright_model::proposal::Composition;
use pinright_model::review::{Job, run_case, CaseError};
use pinright_model::search::Limits;
use pinright_model::verdict::Verdict;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let corpus = match Corpus::load() { Ok(c) => c, Err(e) => { eprintln!("{e}"); std::process::exit(70) } };
    let comps = match args.first().map(String::as_str) {
        None | Some("base") => vec![Composition { proposal: "base".into(), reading: String::new(), files: vec![] }],
        Some(name) => match corpus.proposal(name) { Some(p) => match p.compositions(&corpus) { Ok(c) => c, Err(e) => { eprintln!("{e}"); return } }, None => match Composition::of_parts(&corpus, name) { Ok(c) => vec![c], Err(e) => { eprintln!("{e}"); return } } },
    };
    for composition in comps {
        println!("== {}", composition.title());
        for scenario in corpus.scenarios() {
            if let Some(f) = args.get(1) && !scenario.name.contains(f.as_str()) { continue }
            for population in scenario.populations() {
                let job = Job { composition: composition.clone(), built_in: true, population };
                let mut limits = Limits::default();
                limits.deadline = Some(std::time::Instant::now() + std::time::Duration::from_secs(60));
                match run_case(&corpus, &job, &limits, &mut |_| true) {
                    Ok(case) => {
                        println!("steps {:?}", case.depth); println!("{:28} states {:8} tr {:9} depth {:4} bits {:4} {:7.0?} {}", case.population.name, case.states, case.transitions, case.depth, case.bits, case.elapsed, if case.complete { "" } else { "INCOMPLETE" });
                        for (id, v) in &case.verdicts {
                            match v {
                                Verdict::Violated(v) => { println!("    {id} VIOLATED {} steps", v.steps);
                                    if args.get(2).is_some_and(|c| c == id) { for s in &v.trace.steps { println!("        {:12} {:28} {} {}", s.context, s.function, s.at, s.choice) } println!("{:?}", match &v.trace.kind { pinright_model::trace::TraceKind::LockOrder { edges } => edges.iter().map(|e| format!("{} -> {} by {}", e.held, e.awaited, e.context)).collect::<Vec<_>>().join(", "), k => format!("{k:?}") }) } }
                                Verdict::Vacuous(_) => print!("    {id} vacuous"),
                                Verdict::Undecided(w) => print!("    {id} undecided {w}"),
                                _ => {}
                            }
                        }
                        println!();
                    }
                    Err(CaseError::Compile(e)) => { println!("{}", e.render(false)); std::process::exit(65) }
                    Err(CaseError::Init(e)) => println!("init {e}"),
                }
            }
        }
    }
}
