//! What a user of the command line can rely on. Each test is named after what it claims.

mod common;

use common::{Folder, SMALL};

/// A whole proposal with a slip in line 6.
const SLIP: &str = "#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	page->dma_pinned = true;
	return true;
}
";

#[test]
fn help_documents_every_exit_code() {
    let run = Folder::new("help").explore(&["--help"]);
    run.exits(0);
    for code in ["0", "1", "2", "11", "12", "13", "20", "65", "70", "75"] {
        let documented = run.stdout().lines().any(|line| line.trim_start().starts_with(&format!("{code}  ")));
        assert!(documented, "exit code {code} in\n{}", run.stdout());
    }
}

#[test]
fn an_unknown_flag_is_a_usage_error_on_stderr() {
    let run = Folder::new("flag").explore(&["check", "v4.20", "--nonsense"]);
    run.exits(2);
    assert_eq!(run.stdout(), "");
    assert!(run.stderr().contains("--nonsense"));
}

#[test]
fn unknown_names_come_back_with_the_nearest_known_one() {
    let folder = Folder::new("names");
    let cases: [(&[&str], &str); 5] = [
        (&["check", "t3-w55"], "did you mean t3-w5?"),
        (&["check", "T3+G3+W5bb"], "did you mean W5b?"),
        (&["check", "v4.20", "--scenario", "pin/overwrit"], "did you mean pin/overwrite?"),
        (&["check", "v4.20", "--scenario", SMALL, "--claim", "S5x"], "did you mean S5"),
        (&["check", "t3-w5:z", "--scenario", SMALL], "it has a, b, c"),
    ];
    for (args, hint) in cases {
        let run = folder.explore(args);
        run.exits(2);
        assert_eq!(run.stdout(), "", "{args:?}");
        assert!(run.stderr().contains(hint), "{args:?}: {}", run.stderr());
    }
}

#[test]
fn a_file_that_is_not_there_is_a_usage_error() {
    let run = Folder::new("missing").explore(&["check", "missing.c", "--scenario", SMALL]);
    run.exits(2);
    assert!(run.stderr().contains("missing.c"));
}

#[test]
fn kernel_c_that_does_not_compile_is_shown_with_file_line_and_help() {
    let folder = Folder::new("slip");
    let path = folder.write("slip.c", SLIP);
    let run = folder.explore(&["check", &path, "--scenario", SMALL]);
    run.exits(65);
    assert_eq!(run.stdout(), "");
    assert!(run.stderr().contains("slip.c:6:"), "{}", run.stderr());
    assert!(run.stderr().contains("page->dma_pinned = true;"), "the line itself: {}", run.stderr());
    assert!(run.stderr().contains('┬') || run.stderr().contains('─'), "a caret: {}", run.stderr());
}

#[test]
fn a_violation_exits_12_with_its_race_and_its_trace() {
    let folder = Folder::new("violation");
    let run = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--claim", "S5k"]);
    run.exits(12);
    assert!(run.stdout().contains("S5k  a pinned page is never clean  violated"), "{}", run.stdout());
    assert!(run.stdout().contains("*** S5k: a pinned page is never clean"));
    assert!(run.stdout().contains("replay: explore replay traces/v4.20.S5k.json"));
    assert!(folder.path().join("traces/v4.20.S5k.json").is_file());
    assert_eq!(run.stderr(), "");
}

#[test]
fn a_claim_that_holds_exits_0_with_its_warranty() {
    let folder = Folder::new("holds");
    let run = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--claim", "s0"]);
    run.exits(0);
    assert!(run.stdout().contains("complete: "), "{}", run.stdout());
    assert!(run.stdout().contains(", 1 page, 1 mm, 6 contexts"), "{}", run.stdout());
    assert!(run.stdout().contains("- weak memory"), "{}", run.stdout());
}

#[test]
fn a_claim_that_nothing_exercises_exits_20() {
    let run =
        Folder::new("vacuous").explore(&["check", "v4.20", "--scenario", "lookup", "--claim", "S0", "--claim", "S7"]);
    assert!(matches!(run.code(), 0 | 20), "{}", run.stdout());
    let run = Folder::new("na").explore(&["check", "v4.20", "--scenario", SMALL, "--claim", "S7"]);
    run.exits(20);
    assert!(run.stdout().contains("the proposal has no pin_count()"), "{}", run.stdout());
}

#[test]
fn a_search_that_was_cut_exits_75_and_holds_nothing() {
    let folder = Folder::new("cut");
    let run = folder.explore(&["check", "v4.20", "--scenario", SMALL, "--claim", "S13", "--memory", "0.00001"]);
    run.exits(75);
    assert!(run.stdout().contains("undecided  memory limit"), "{}", run.stdout());
    assert!(!run.stdout().contains("holds  "), "{}", run.stdout());
}

#[test]
fn no_limit_of_zero_is_taken() {
    let run = Folder::new("zero").explore(&["check", "v4.20", "--scenario", SMALL, "--memory", "0"]);
    run.exits(2);
}

#[test]
fn without_traces_nothing_is_written() {
    let folder = Folder::new("untraced");
    folder.explore(&["check", "v4.20", "--scenario", SMALL, "--claim", "S5k", "--no-traces"]).exits(12);
    assert!(!folder.path().join("traces").exists());
}

#[test]
fn a_constant_that_was_set_travels_with_the_trace() {
    let folder = Folder::new("define");
    let args = ["check", "v4.20", "--scenario", SMALL, "--claim", "S5k", "--define", "FREE_BLOCKS=2"];
    folder.explore(&args).exits(12);
    let trace = std::fs::read_to_string(folder.path().join("traces/v4.20.S5k.json")).expect("a trace");
    assert!(trace.contains("\"FREE_BLOCKS\": 2"), "{trace}");
    folder.explore(&["replay", "traces/v4.20.S5k.json"]).exits(0);
}

#[test]
fn a_constant_that_no_header_knows_is_refused() {
    let run = Folder::new("constant").explore(&["check", "v4.20", "--scenario", SMALL, "--define", "NR_PAGE=2"]);
    run.exits(65);
    assert!(run.stderr().contains("NR_PAGE"), "{}", run.stderr());
}

#[test]
fn the_skeleton_compiles_runs_and_replays() {
    let folder = Folder::new("skeleton");
    let skeleton = folder.explore(&["new", "my-proposal"]);
    skeleton.exits(0);
    for shown in ["put_user_page", "struct page_ext", "PAGEFLAG", "pin_count", "my-proposal: one line"] {
        assert!(skeleton.stdout().contains(shown), "{shown}");
    }
    let path = folder.write("mine.c", &skeleton.stdout());
    let run = folder.explore(&["check", &path, "--scenario", SMALL]);
    assert_eq!(run.stderr(), "");
    assert!(matches!(run.code(), 0 | 11 | 12 | 13 | 20), "{}", run.code());
    let traces = std::fs::read_dir(folder.path().join("traces")).expect("traces");
    let trace = traces.filter_map(Result::ok).map(|entry| entry.path()).next().expect("a trace");
    // The trace carries the text: it replays where the file is gone.
    std::fs::remove_file(&path).expect("a file");
    folder.explore(&["replay", &trace.display().to_string()]).exits(0);
}

#[test]
fn lists_name_what_there_is() {
    let folder = Folder::new("lists");
    for (what, known) in [("proposals", "v4.20"), ("parts", "T6b"), ("claims", "S4o1"), ("scenarios", "stores")] {
        let run = folder.explore(&["list", what]);
        run.exits(0);
        assert!(run.stdout().lines().any(|line| line.starts_with(known)), "{what}: {}", run.stdout());
        let json: serde_json::Value =
            serde_json::from_str(&folder.explore(&["list", what, "--format", "json"]).stdout()).expect("JSON");
        assert!(json[what].as_array().is_some_and(|entries| !entries.is_empty()), "{what}");
    }
}

#[test]
fn every_claim_is_listed_with_its_sentence_and_source() {
    let stored = include_str!("list-claims.txt");
    let run = Folder::new("claims").explore(&["list", "claims"]);
    assert_eq!(run.stdout(), stored, "if claims.c changed: explore list claims > model/explore/tests/list-claims.txt");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_explore"));
    let mut child = child.arg("list").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("explore runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_review_of_one_scenario_prints_a_matrix_that_fits_100_columns() {
    let folder = Folder::new("review");
    let run = folder.explore(&["review", "v4.20", "T3+G3+W5b", "--scenario", SMALL]);
    assert!(matches!(run.code(), 0 | 1), "{}\n{}", run.code(), run.stderr());
    let text = run.stdout();
    let matrix: Vec<&str> = text.lines().take(3).collect();
    assert!(matrix[0].trim_start().starts_with("S0 S1 S2w"), "{text}");
    assert!(matrix[1].starts_with("v4.20 ") && matrix[2].starts_with("T3+G3+W5b "), "{text}");
    assert!(matrix.iter().all(|line| line.chars().count() <= 100), "{text}");
    assert!(text.contains("X violated"), "a legend: {text}");
    assert!(folder.path().join("traces/T3-G3-W5b.S5k.json").is_file() || !text.contains("T3+G3+W5b.S5k"));
}

#[test]
fn recording_needs_every_scenario_and_a_checkout() {
    let folder = Folder::new("record");
    folder.explore(&["review", "v4.20", "--record", "--scenario", SMALL]).exits(2);
    folder.explore(&["review", "v4.20", "--record"]).exits(2);
}

#[test]
fn ctrl_c_ends_a_search_with_everything_found_so_far() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::{Command, Stdio};
    let folder = Folder::new("interrupt");
    let mut command = Command::new(env!("CARGO_BIN_EXE_explore"));
    command.args(["check", "t3-w5", "--no-traces", "--threads", "1", "--verbose"]).current_dir(folder.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("explore runs");
    // The first of some two hundred cases is through: the handler stands, and the end is far.
    let mut stderr = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert!(line.starts_with("1 of "), "{line}");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    let drain = std::thread::spawn(move || stderr.read_to_string(&mut line));
    let output = child.wait_with_output().expect("it ends");
    drain.join().expect("a thread").expect("stderr");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(matches!(output.status.code(), Some(11 | 12 | 13 | 75)), "{:?}\n{stdout}", output.status);
    assert!(stdout.contains("undecided  interrupted"), "{stdout}");
}

#[test]
fn lines_and_functions_that_nobody_runs_are_shown() {
    let folder = Folder::new("unrun");
    let text = folder.explore(&["new", "unrun"]).stdout();
    let text = format!("{text}\nint nobody_calls_this(struct page *page)\n{{\n\treturn page->dma_pinned;\n}}\n");
    let path = folder.write("unrun.c", &text);
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces"]);
    assert!(run.stdout().contains("lines that no population ran:"), "{}", run.stdout());
    assert!(run.stdout().contains("int nobody_calls_this(struct page *page)"), "{}", run.stdout());
    assert!(!run.stdout().contains("bool track_pin(struct page *page)"), "{}", run.stdout());
}

#[test]
fn an_export_is_a_model_for_spin() {
    let folder = Folder::new("export");
    let run = folder.explore(&["export", "v4.20", "--promela", "--scenario", SMALL]);
    run.exits(0);
    assert!(run.stdout().contains("proctype") || run.stdout().contains("active"), "{}", run.stdout());
    let several = folder.explore(&["export", "t3-w5", "--promela", "--scenario", SMALL]);
    several.exits(2);
    assert!(several.stderr().contains("t3-w5:a"), "{}", several.stderr());
}

#[test]
fn real_code_holds_only_where_every_execution_was_seen_and_the_report_says_what_loom_does_not_see() {
    let run = Folder::new("real").explore(&["real", "gup_fast"]);
    run.exits(75);
    let held = |line: &&str| line.contains("  holds  ");
    assert!(run.stdout().lines().any(|line| held(&line)), "{}", run.stdout());
    assert!(run.stdout().lines().filter(held).all(|line| line.contains("complete: ")), "{}", run.stdout());
    assert!(run.stdout().contains("- load buffering"), "{}", run.stdout());
}

#[test]
fn real_code_explored_within_a_bound_is_undecided_and_an_expected_race_is_no_surprise() {
    let run = Folder::new("real-bound").explore(&["real", "page_count"]);
    run.exits(75);
    assert!(run.stdout().contains("undecided  within 3 preemptions"), "{}", run.stdout());
    assert!(run.stdout().contains("B06, as expected"), "{}", run.stdout());
}

#[test]
fn an_unknown_scheme_comes_back_with_the_nearest_known_one() {
    let run = Folder::new("scheme").explore(&["real", "gup_fist"]);
    run.exits(2);
    assert!(run.stderr().contains("did you mean gup_fast?"), "{}", run.stderr());
}

#[test]
fn what_was_found_is_kept_where_other_input_is_bad() {
    let folder = Folder::new("kept");
    // A composition of two parts that fill the same hooks, beside a proposal that is fine.
    let run = folder.explore(&["review", "v4.20", "T6b+T6a", "--scenario", SMALL]);
    run.exits(65);
    assert!(run.stdout().lines().any(|line| line.starts_with("v4.20 ")), "{}", run.stdout());
    assert!(!run.stdout().lines().any(|line| line.starts_with("T6b+T6a ")), "{}", run.stdout());
    assert!(run.stderr().contains("T6b+T6a does not compile"), "{}", run.stderr());
    assert!(folder.path().join("traces/v4.20.S5k.json").is_file());
}

#[test]
fn a_proposal_that_compiles_in_some_populations_holds_nothing_and_keeps_what_was_found() {
    let folder = Folder::new("some");
    let text = folder.explore(&["new", "some"]).stdout();
    let text = text.replacen("SetPageDmaPinned(page);", "slots[1].dma = false;\n\tSetPageDmaPinned(page);", 1);
    let path = folder.write("some.c", &text);
    // The second population has one slot only.
    let run = folder.explore(&["check", &path, "--scenario", &format!("two-pins,{SMALL}"), "--claim", "S5k"]);
    run.exits(65);
    let verdict = run
        .stdout()
        .lines()
        .map(str::trim_start)
        .find(|line| line.starts_with("S5k "))
        .map(str::to_owned)
        .unwrap_or_default();
    assert!(verdict.contains("violated") || verdict.contains("undecided"), "{}", run.stdout());
    assert!(run.stderr().contains("`slots` has no object 1"), "{}", run.stderr());
}

#[test]
fn mutants_are_tried_in_the_places_that_are_named_and_nowhere_else() {
    let folder = Folder::new("places");
    let run =
        folder.explore(&["mutants", "release_slot(): delete `slot->page", "--at", "v4.20,dirty-unlocked-truncate"]);
    run.exits(0);
    assert!(run.stderr().contains("1 mutants, 1 places"), "{}", run.stderr());
    for (place, hint) in
        [("v4.20", "v6.18,punch"), ("v4.20,nowhere", "no population nowhere"), ("v4.21,loads", "v4.21")]
    {
        let run = folder.explore(&["mutants", "find_vma", "--at", place]);
        run.exits(2);
        assert_eq!(run.stdout(), "", "{place}");
        assert!(run.stderr().contains(hint), "{place}: {}", run.stderr());
    }
}
