//! The parsers, each with the texts and words that its inputs are made of.

use std::path::{Path, PathBuf};

use pinright_model::compile::{Compiled, compile};
use pinright_model::corpus::Corpus;
use pinright_model::lang::diag::Diagnostics;
use pinright_model::lang::parse::{parse_file, parse_statements};
use pinright_model::lang::source::SourceMap;
use pinright_model::proposal::{Composition, Proposal};
use pinright_model::scenario::Scenario;
use pinright_model::system::System;
use pinright_model::trace::{Trace, replay};

use super::mutate::Mutator;
use super::watch::Target;

/// What can be fuzzed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parser {
    /// Files and statements of kernel C.
    KernelC,
    /// Whole proposals, down to the program.
    Compile,
    /// Proposals in TOML.
    Proposal,
    /// Scenarios.
    Scenario,
    /// Traces.
    Trace,
}

/// The population that proposals are compiled for.
const POPULATION: &str = "pin/overwrite";

/// Makes a target and hands it on.
pub fn with<T>(parser: Parser, then: impl FnOnce(&Target) -> T) -> T {
    let corpus = Corpus::load().expect("the corpus");
    let (name, seeds, words) = match parser {
        Parser::KernelC => ("kernel_c", texts(&["parts", "proposals", "kernel/mm", "kernel/fs"], "c"), KERNEL_C),
        Parser::Compile => ("compile", texts(&["parts", "proposals", "explore"], "c"), KERNEL_C),
        Parser::Proposal => ("proposal", texts(&["proposals"], "toml"), TOML),
        Parser::Scenario => ("scenario", texts(&["scenarios"], "toml"), TOML),
        Parser::Trace => ("trace", traces(), JSON),
    };
    let words = words.split_whitespace().collect();
    let mutator = Mutator { seeds, words };
    let cases = match parser {
        Parser::Trace => cases(&corpus, &mutator.seeds),
        _ => Vec::new(),
    };
    let parse: &dyn Fn(&str) -> bool = match parser {
        Parser::KernelC => &|text| kernel_c(&corpus, text),
        Parser::Compile => &|text| whole(&corpus, text),
        Parser::Proposal => &|text| proposal(&corpus, text),
        Parser::Scenario => &|text| scenario(&corpus, text),
        Parser::Trace => &|text| trace(&corpus, &cases, text),
    };
    then(&Target { name, mutator, parse })
}

/// Every file with this ending in these folders.
fn texts(folders: &[&str], ending: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in folders {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut paths);
    }
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a text")).collect()
}

fn collect(folder: &Path, ending: &str, into: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, ending, into);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            into.push(path);
        }
    }
}

/// Some stored traces, of each kind.
fn traces() -> Vec<String> {
    let names = ["v4.20.S5k", "v4.20.S1", "t3-w5-b.L2", "t2.L6", "t2.S14", "real/dirty_skip.L14.1"];
    let read = |name| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../traces/{name}.json"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    names.into_iter().map(read).collect()
}

/// Faults must be told, and lie inside their text.
fn refused(faults: &Diagnostics, sources: &SourceMap) -> bool {
    for fault in faults {
        let len = sources.text(fault.span.file).len();
        assert!(fault.span.start <= fault.span.end && fault.span.end as usize <= len, "{fault:?}");
    }
    if let Some(first) = faults.first() {
        assert!(!first.render(sources, false).is_empty());
    }
    faults.is_empty()
}

fn kernel_c(corpus: &Corpus, text: &str) -> bool {
    let mut sources = SourceMap::new();
    let file = sources.add("fuzz.c", text);
    let parsed = parse_file(&sources, file, &mut corpus.macros().clone(), false).map_err(|f| refused(&f, &sources));
    let inside = parse_statements(&sources, file, corpus.macros()).map_err(|f| refused(&f, &sources));
    parsed.is_ok() || inside.is_ok()
}

fn whole(corpus: &Corpus, text: &str) -> bool {
    let population = corpus.population(POPULATION).expect("a population");
    let files = vec![("fuzz.c".to_string(), text.to_string())];
    let composition = Composition { proposal: "fuzz".into(), reading: String::new(), files };
    match compile(corpus, &composition, &population) {
        Ok(compiled) => System::new(compiled.program, false).is_ok(),
        Err(error) => refused(&error.diagnostics, &error.sources),
    }
}

fn proposal(corpus: &Corpus, text: &str) -> bool {
    let proposal = Proposal::parse("fuzz.toml", text);
    let proposal = proposal.inspect_err(|fault| assert!(!fault.render(false).is_empty()));
    proposal.is_ok_and(|proposal| proposal.compositions(corpus).is_ok())
}

/// Compiling takes long: every hundredth scenario that is read is compiled too.
fn scenario(corpus: &Corpus, text: &str) -> bool {
    let scenario = Scenario::parse("fuzz", text).inspect_err(|fault| assert!(!fault.render(false).is_empty()));
    let Ok(scenario) = scenario else { return false };
    let populations = scenario.populations();
    if text.len().is_multiple_of(100) {
        let composition = Composition { proposal: "fuzz".into(), reading: String::new(), files: Vec::new() };
        match compile(corpus, &composition, &populations[0]) {
            Ok(compiled) => drop(System::new(compiled.program, false)),
            Err(error) => drop(refused(&error.diagnostics, &error.sources)),
        }
    }
    true
}

/// A stored trace and the system that it is a run of.
struct Stored {
    trace: Trace,
    system: System,
}

fn cases(corpus: &Corpus, texts: &[String]) -> Vec<Stored> {
    let stored = texts.iter().filter_map(|text| {
        let trace = Trace::parse("stored.json", text).expect("a trace");
        let (composition, population) = trace.case(corpus).ok()?;
        let Compiled { program, .. } = compile(corpus, &composition, &population).expect("kernel C");
        Some(Stored { trace, system: System::new(program, false).expect("a system") })
    });
    stored.collect()
}

/// A trace that still names its case is replayed there, whatever its steps say now.
fn trace(corpus: &Corpus, stored: &[Stored], text: &str) -> bool {
    let trace = match Trace::parse("fuzz.json", text) {
        Ok(trace) => trace,
        Err(fault) => {
            assert!(!fault.render(false).is_empty());
            return false;
        }
    };
    if trace.case(corpus).is_err() {
        return pinright_model::execution::replay(&trace).is_ok();
    }
    let same = |other: &&Stored| {
        let other = &other.trace;
        (&trace.proposal, &trace.reading, &trace.scenario) == (&other.proposal, &other.reading, &other.scenario)
    };
    stored.iter().find(same).is_some_and(|stored| replay(&stored.system, &trace).is_ok())
}

const KERNEL_C: &str = "
    if else while do for switch case default break continue goto return struct enum union typedef static inline extern
    const void bool int unsigned char long float __weak __ghost __bits(3) __wraps __saturates __refcount __stale __atomic
    true false NULL page mm vma mapping pte_t atomic_t pages[0] pages mms[0] files slots current->mm current idx(page)
    nondet(2) nondet(200) nondet_fair() park() await(true) await_fair(page->dirty) wait_event(false) check(\"S5\",true)
    witness(\"S5\",x) BUG_ON(1) WARN_ON(x) might_sleep() preempt_disable() local_irq_disable() local_irq_enable()
    spin_lock(&x->lock) spin_unlock(&x->lock) lock_page(page) unlock_page(page) get_page(page) put_page(page)
    track_pin(page) untrack_pin(page) page_dma_pinned(page) atomic_inc(&page->count) READ_ONCE(x) WRITE_ONCE(x,1)
    PAGEFLAG(A,a) DECLARE_WORK(w,fn) schedule_work(&w) CLAIM(S99,\"a\",\"b\",\"c\",NEEDS_NOTHING); pool_get(aux)
    pool_put(p) always_S99 quiescent_S7 when_S9 leads_to_S9 #define #include #ifndef #endif #if 0 \\ ... -> . , ; : ? { } (
    ) [ ] + - * / % & | ^ ~ ! = == != < > <= >= << >> && || ++ -- += -= /= <<= 'a' \"s\" 1.5 0x10 07 99999999999 /* */ //
    printk(\"x\") kmalloc(4,GFP_KERNEL) list_for_each_entry(a,&b,c) sizeof(x) (struct page *)x &page->mapping *page
    struct page_ext { } struct page *p; int x; x x = 1; x++; return x; while(1){} for(;;){} goto out; out: volatile
";

const TOML: &str = "
    name title who when message_id summary review reading expected prediction recorded parts whole claim verdict scenario
    source race brings offers defines init variants context kind cpu mm forever run = [ ] [[ ]] { } , . \" ' \"\"\" # true
    false \"task\" \"kworker\" \"softirq\" \"device\" \"any\" \"pin\" \"S5\" \"T6b\" \"holds\" \"violated\" \"\" 0 1 255 256 -1 1.5 1e9
    1979-05-27 inf nan 0x10 \"rdma(&mms[0], 0, &slots[0]);\" \"x = ;\" \"...\" \"while (1) ;\" [[context]] [[reading]]
    NR_PAGES NR_MMS NR_SLOTS FREE_BLOCKS \\u0000 \\ud800 a.b.c
";

const JSON: &str = "
    \"version\" \"proposal\" \"reading\" \"files\" \"scenario\" \"defines\" \"claim\" \"sentence\" \"kind\" \"program\" \"initial\"
    \"steps\" \"context\" \"function\" \"at\" \"choice\" \"memory\" \"step\" {\"hang\":{\"stuck\":[\"rdma\"]}}
    {\"hang\":{\"stuck\":[]}} {\"lasso\":{\"stem\":3,\"fairness\":\"strong_awaits\"}} {\"lock_order\":{\"edges\":[]}}
    \"hang\" \"lasso\" \"lock_order\" \"execution\" \"stuck\" \"stem\" \"objects\" \"fairness\" \"edges\" \"held\" \"awaited\" \"start\" \"rest\"
    \"rdma\" \"nic\" \"flusher\" \"disk\" \"blk\" \"dio\" \"kswapd\" \"S5\" \"L1\" \"L2\" \"L6\" \"S14\" \"S0\" \"pin/overwrite\" { } [ ] : , true
    false null 0 1 2 3 4294967295 -1 1.5 1e5 \"\" \"\\u0000\" \"\\ud800\" {} []
";
