//! What the model accepts, what it rejects, and where.

use pinright_model::corpus::Corpus;
use pinright_model::notation::Notation;
use pinright_model::system::System;
use pinright_model::trace::{Trace, replay};
use pinright_model::validate::{Rejection, Verdict, counterexamples, validate};

use crate::common::{all, composition, recording, right};

fn verdict(name: &str, against: &str) -> Verdict {
    let corpus = Corpus::load().expect("the corpus loads");
    let answer = validate(&corpus, &composition(&corpus, against), &recording(name));
    answer.unwrap_or_else(|refusal| panic!("{name} against {against}: {refusal}")).verdict
}

/// The rejection of a recording, and the function and number of its event.
#[track_caller]
fn rejected(name: &str, against: &str) -> (u64, String, Rejection) {
    let Verdict::Rejected(rejection) = verdict(name, against) else { panic!("{against} accepts {name}") };
    let event = &recording(name).events[rejection.event];
    (event.seq, event.function.clone(), rejection)
}

#[test]
fn every_recording_has_a_run_of_its_own_kernel() {
    for name in all() {
        match verdict(name, right(name)) {
            Verdict::Accepted { run, .. } => assert!(run.path.steps.len() > 70, "{name}: {}", run.path.steps.len()),
            Verdict::Rejected(rejection) => {
                let event = &recording(name).events[rejection.event];
                panic!("{name}: event {}: {:?}, {:?}", event.seq, rejection.differences, rejection.instead)
            }
        }
    }
}

#[test]
fn plain_references_have_no_run_where_6_12_pins() {
    let (seq, function, rejection) = rejected("6.12-ext4_dio_reclaim1", "v6.1");
    assert_eq!((seq, function.as_str()), (1055, "try_grab_folio_fast"));
    let names: Vec<&str> = rejection.differences.iter().map(|difference| difference.name).collect();
    assert_eq!(names, ["references", "pins"]);
}

#[test]
fn pins_have_no_run_where_6_1_takes_plain_references() {
    let (seq, function, rejection) = rejected("6.1-ext4_dio_reclaim1", "v6.18");
    assert_eq!((seq, function.as_str()), (1264, "try_grab_folio"));
    assert_eq!((rejection.differences[0].kernel.as_str(), rejection.differences[0].model.as_str()), ("4", "1027"));
}

#[test]
fn without_w10_the_model_frees_buffers_that_6_12_keeps() {
    let (seq, _, rejection) = rejected("6.12-ext4_dio_reclaim1", "T10+G3+W11+W13+W14");
    assert_eq!(seq, 1101, "the end of MADV_PAGEOUT");
    assert_eq!(rejection.instead, ["filemap_release_folio entry"]);
}

#[test]
fn with_w10_the_model_keeps_buffers_that_6_1_frees() {
    let (seq, function, _) = rejected("6.1-ext4_dio_reclaim1", "T3+G3+W10+W11+W14");
    assert_eq!((seq, function.as_str()), (1312, "filemap_release_folio"));
}

#[test]
fn without_w14_the_model_tries_to_evict_a_page_that_6_12_leaves_alone() {
    let (seq, function, rejection) = rejected("6.12-ext4_dio_reclaim1", "T10+G3+W10+W11+W13");
    assert_eq!((seq, function.as_str()), (1105, "mapping_evict_folio"));
    assert_eq!(rejection.instead, ["filemap_release_folio entry"]);
}

#[test]
fn without_w11_the_model_crashes_where_6_1_forgets_that_the_page_is_dirty() {
    let (seq, function, rejection) = rejected("6.1-ext4_dio_reclaim1", "W14");
    assert_eq!((seq, function.as_str()), (6221, "ext4_writepages"));
    assert!(rejection.crashes);
}

#[test]
fn without_w15_the_model_writes_what_6_12_punches_away() {
    let (_, function, rejection) = rejected("6.12-ext4_dio_punch1", "T10+G3+W10+W11+W13+W14+A5");
    assert_eq!(function, "unmap_mapping_range");
    assert!(rejection.instead.iter().any(|word| word.starts_with("ext4_writepages")), "{:?}", rejection.instead);
}

#[test]
fn without_g3b_the_model_counts_no_pin_where_6_1_counts_that_of_process_vm_writev() {
    let (_, function, rejection) = rejected("6.1-ext4_pvmw", "W11+W13+W14");
    assert_eq!(function, "try_grab_page");
    assert_eq!((rejection.differences[0].kernel.as_str(), rejection.differences[0].model.as_str()), ("1027", "4"));
}

#[test]
fn with_g3_instead_of_g3b_the_model_counts_pins_of_direct_io_that_6_1_does_not() {
    let (_, function, rejection) = rejected("6.1-ext4_dio_wb1", "T10+G3+W11+W13+W14");
    assert_eq!(function, "try_grab_folio");
    assert_eq!((rejection.differences[0].kernel.as_str(), rejection.differences[0].model.as_str()), ("4", "1027"));
}

#[test]
fn a_device_that_reads_the_page_is_pinned_for_on_6_12_only_and_breaks_nothing() {
    for name in ["6.1-ext4_dio_from1", "6.12-ext4_dio_from1"] {
        assert_eq!(violations(name), [], "{name}");
    }
    assert_eq!(rejected("6.1-ext4_dio_from1", "v6.18").1, "try_grab_folio");
    assert_eq!(rejected("6.12-ext4_dio_from1", "v6.1").1, "try_grab_folio_fast");
}

#[test]
fn a_pin_that_is_counted_after_the_grab_is_not_what_6_12_does() {
    let (_, function, rejection) = rejected("6.12-ext4_dio_wb1", "T10+G0+W10+W11+W13+W14+A5");
    assert_eq!(function, "try_grab_folio_fast");
    assert_eq!((rejection.differences[0].kernel.as_str(), rejection.differences[0].model.as_str()), ("1027", "4"));
}

/// Claims that every run violates, each with the number of the event before which it does.
fn violations(name: &str) -> Vec<(String, u64)> {
    let Verdict::Accepted { violations, .. } = verdict(name, right(name)) else { panic!("{name} is rejected") };
    let recording = recording(name);
    let certain = violations.into_iter().filter(|violation| violation.certain);
    certain.map(|violation| (violation.claim, recording.events[violation.event].seq)).collect()
}

#[track_caller]
fn violates(name: &str, expected: &[(&str, u64)]) {
    let found = violations(name);
    for (claim, seq) in expected {
        assert!(found.contains(&((*claim).into(), *seq)), "{name}: {claim} at {seq}, found {found:?}");
    }
}

/// `running-kernels.md` saw data change in a clean page, and a page dirtied without page_mkwrite().
#[test]
fn the_known_bug_is_told_on_the_events_of_both_kernels() {
    violates("6.12-ext4_dio_wb1", &[("S5k", 711), ("S2s", 720), ("S2w", 728)]);
    violates("6.1-ext4_dio_wb1", &[("S5k", 848), ("S2s", 860), ("S2w", 868)]);
    violates("6.12-xfs_dio_wb1", &[("S2s", 386), ("S2w", 394)]);
    violates("6.12-virt_dio_wb1", &[("S2s", 1317), ("S2w", 1324)]);
}

#[test]
fn the_silent_loss_of_data_is_told_where_fsync_returns_zero() {
    violates("6.1-ext4_dio_reclaim1", &[("S9", 1319), ("S1", 6133)]);
    let found = violations("6.1-ext4_dio_reclaim1");
    let lost = |claim: &str| found.iter().any(|(id, seq)| id == claim && (6221..=6225).contains(seq));
    assert!(lost("S10"), "{found:?}");
    assert!(!violations("6.12-ext4_dio_reclaim1").iter().any(|(id, _)| id == "S10" || id == "S1"));
}

/// 6.1 shows no return of bio_dirty_fn(): until the release has returned, S5 calls the data owed.
#[test]
fn what_only_some_explaining_runs_violate_is_told_apart() {
    let Verdict::Accepted { perhaps, .. } = verdict("6.1-ext4_dio_reclaim1", "v6.1") else { panic!("rejected") };
    assert!(perhaps.contains(&"S5".to_string()), "{perhaps:?}");
}

#[test]
fn a_pinned_page_that_a_direct_write_evicts_is_told() {
    violates("6.12-ext4_dio_inval1", &[("S17", 1581)]);
    assert!(!violations("6.12-ext4_dio_trunc1").iter().any(|(id, _)| id == "S17"), "truncate may");
}

#[test]
fn dma_under_writeback_breaks_stable_pages_and_a_store_waits() {
    violates("6.12-dix_dix_dma1", &[("S4", 445)]);
    assert_eq!(violations("6.12-dix_dix_store"), []);
}

#[test]
fn programs_without_a_pin_that_outlives_writeback_break_nothing() {
    for name in ["6.12-ext4_base", "6.12-ext4_hole", "6.12-ext4_wbstore", "6.12-ext4_pvmw", "6.12-ext4_dio_quiet0"] {
        assert_eq!(violations(name), [], "{name}");
    }
}

/// Each device writes when its own request is in flight, and the first to be done dirties the page for both.
#[test]
fn of_two_requests_each_writes_its_own_block() {
    violates("6.12-ext4_dio_two1", &[("S5k", 1684), ("S2s", 1691), ("S2w", 1700)]);
}

/// 6.12 writes nothing before it punches a hole: there is no writeback, and the page leaves the file dirty and pinned.
#[test]
fn a_hole_is_punched_under_a_pin_without_writeback() {
    let seen = recording("6.12-ext4_dio_punch1");
    assert!(!seen.events.iter().any(|event| event.function == "__folio_start_writeback"));
    assert_eq!(violations("6.12-ext4_dio_punch1"), []);
}

#[test]
fn a_device_writes_into_a_page_that_is_mapped_no_more() {
    violates("6.12-ext4_dio_unmap1", &[("S5k", 2100), ("S2s", 2105), ("S2w", 2113)]);
}

/// The interrupt comes while page_mkclean_one() has the pte cleared: what the device wrote is written to disk.
#[test]
fn a_device_that_is_done_while_the_pte_is_cleared_breaks_nothing() {
    let seen = recording("6.12-virt_dio_race1");
    let ends = seen.events.iter().find(|event| event.function == "bio_endio").expect("the request ends");
    assert!(!ends.state.pte.present && ends.state.mapcount == 1 && ends.state.dirty, "{ends:?}");
    assert_eq!(violations("6.12-virt_dio_race1"), []);
}

/// mm/vmscan.c shrink_folio_list() leaves PG_reclaim on a dirty page, which a fault takes for PG_readahead.
#[test]
fn a_fault_that_is_taken_again_is_no_fault_of_the_model() {
    let seen = recording("6.12-ext4_random1");
    let retried =
        seen.events.iter().filter(|e| e.function == "handle_mm_fault" && e.retval.as_deref() == Some("0x400"));
    assert_eq!(retried.count(), 1);
    violates("6.12-ext4_random1", &[("S5k", 2388), ("S2s", 2391)]);
}

#[test]
fn a_counterexample_carries_its_population_and_replays_after_it_was_stored() {
    let corpus = Corpus::load().expect("the corpus loads");
    let known = composition(&corpus, "v6.18");
    let answer = validate(&corpus, &known, &recording("6.12-ext4_dio_wb1")).expect("an answer");
    let traces = counterexamples(&answer, &known, true);
    assert!(traces.len() >= 4, "{}", traces.len());
    for trace in traces {
        let again = Trace::parse("t.json", &trace.to_json()).unwrap_or_else(|fault| panic!("{fault}"));
        let (composition, population) = again.case(&corpus).unwrap_or_else(|case| panic!("{}", case.message));
        let compiled = pinright_model::compile::compile(&corpus, &composition, &population);
        let compiled = compiled.unwrap_or_else(|error| panic!("{}", error.render(false)));
        let system = System::new(compiled.program, false).expect("init runs through");
        replay(&system, &again).unwrap_or_else(|error| panic!("{}: {error}", trace.claim));
    }
}

#[test]
fn a_population_that_is_none_is_refused_at_its_key() {
    let corpus = Corpus::load().expect("the corpus loads");
    let known = composition(&corpus, "v6.18");
    let answer = validate(&corpus, &known, &recording("6.12-ext4_dio_wb1")).expect("an answer");
    let mut trace = counterexamples(&answer, &known, true).remove(0);
    trace.population = Some("title = 3".into());
    let case = trace.case(&corpus).expect_err("no scenario");
    let text = trace.to_json();
    let fault = Notation { name: "t.json", text: &text }.fault(Default::default(), case.message, case.help);
    assert_eq!(case.key, "population");
    assert!(fault.render(false).contains("does not stand here"), "{fault}");
}
