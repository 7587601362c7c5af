//! The recorder's converter, on excerpts of what ftrace printed: it needs python3, and no emulator.
//!
//! What is expected was read off the text of `converter/*.trace` with the headers of the two kernels at hand: bit numbers of page
//! flags and ptes, GUP_PIN_COUNTING_BIAS, the meaning of ftrace's columns.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pinright_model::validate::recording::{Event, Mapping, Recording};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/converter")
}

/// Runs the converter; none where there is no python3.
fn convert(plan: &Path, out: &Path) -> Option<Output> {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("recorder/convert/convert.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(program).arg("--plan").arg(plan).arg("--out").arg(out).arg(here());
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: python3: {error}");
            None
        }
    }
}

/// A directory for the recordings of one test.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    path
}

/// A recording that the converter makes of an excerpt, for a test.
fn converted(test: &str, name: &str) -> Option<Recording> {
    let out = directory(test);
    let output = convert(&here().join("plan"), &out)?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(out.join(name)).expect("the recording is there");
    Some(Recording::parse(name, &text).unwrap_or_else(|fault| panic!("{fault}")))
}

/// An event in a line: who does what, and the page.
fn line(event: &Event) -> String {
    let state = &event.state;
    let phase = event.op.as_deref().map_or_else(|| format!("{:?}", event.phase).to_lowercase(), str::to_string);
    let flags = [("locked", state.locked), ("writeback", state.writeback), ("dirty", state.dirty), ("lru", state.lru)];
    let flags = flags.into_iter().chain([("private", state.private)]).filter(|flag| flag.1);
    let flags: Vec<&str> = flags.map(|flag| flag.0).collect();
    let mapping = if state.mapping == Mapping::File { "file" } else { "null" };
    let pte = match (state.pte.present, state.pte.w, state.pte.d) {
        (false, ..) => "none",
        (true, false, false) => "clean",
        (true, true, true) => "writable dirty",
        other => panic!("{other:?}"),
    };
    format!(
        "{} {:?} {} {phase}: {}, refs {} pins {} mapcount {} {mapping}, pte {pte}, {:#x}",
        event.seq,
        event.ctx,
        event.function,
        flags.join(" "),
        state.refs,
        state.pins,
        state.mapcount,
        state.data
    )
}

/// 5743 returns from a call that began before the excerpt, 5758 and 5759 from calls that are about other pages; after 5767 the
/// memory is somebody else's.
#[test]
fn of_6_1_only_returns_behind_an_entry_are_kept_and_the_page_ends_where_it_is_freed() {
    let Some(recording) = converted("returns", "6.1-ext4_dio_trunc1.jsonl") else { return };
    let lines: Vec<String> = recording.events.iter().map(line).collect();
    let expected = [
        "5737 Task user truncate-begin: dirty lru private, refs 4 pins 0 mapcount 1 file, pte writable dirty, 0xb1",
        "5738 Task unmap_mapping_range entry: dirty lru private, refs 4 pins 0 mapcount 1 file, pte writable dirty, 0xb1",
        "5744 Task unmap_mapping_range return: dirty lru private, refs 3 pins 0 mapcount 0 file, pte none, 0xb1",
        "5745 Task truncate_inode_pages_range entry: dirty lru private, refs 3 pins 0 mapcount 0 file, pte none, 0xb1",
        "5753 Task truncate_inode_pages_range return: lru, refs 1 pins 0 mapcount 0 null, pte none, 0xb1",
        "5757 Task user truncate-end: lru, refs 1 pins 0 mapcount 0 null, pte none, 0xb1",
        "5761 Kworker bio_endio entry: lru, refs 1 pins 0 mapcount 0 null, pte none, 0xdd0005",
        "5764 Kworker bio_dirty_fn entry: lru, refs 1 pins 0 mapcount 0 null, pte none, 0xdd0005",
        "5766 Kworker folio_mark_dirty entry: locked lru, refs 1 pins 0 mapcount 0 null, pte none, 0xdd0005",
        "5767 Kworker __folio_put entry: dirty lru, refs 0 pins 0 mapcount 0 null, pte none, 0xdd0005",
    ];
    assert_eq!(lines, expected);
    assert!(recording.header.ended_by_free);
}

#[test]
fn of_6_12_flags_pins_and_interrupts_are_told_apart() {
    let Some(recording) = converted("flags", "6.12-virt_dio_race1.jsonl") else { return };
    let lines: Vec<String> = recording.events.iter().map(line).collect();
    let expected = [
        "3673 Task submit_bio_noacct entry: dirty lru, refs 1026 pins 1 mapcount 1 file, pte writable dirty, 0xb1",
        "3676 Task user dio-submitted: dirty lru, refs 1026 pins 1 mapcount 1 file, pte writable dirty, 0xdd0002",
        "3678 Task user fsync-begin: dirty lru, refs 1026 pins 1 mapcount 1 file, pte writable dirty, 0xdd0002",
        "3679 Task folio_clear_dirty_for_io entry: locked dirty lru, refs 1027 pins 1 mapcount 1 file, pte writable dirty, 0xdd0002",
        "3680 Task folio_mkclean entry: locked dirty lru, refs 1027 pins 1 mapcount 1 file, pte writable dirty, 0xdd0002",
        "3681 Task page_mkclean_one entry: locked dirty lru, refs 1027 pins 1 mapcount 1 file, pte writable dirty, 0xdd0002",
        "3682 Hardirq bio_endio entry: locked dirty lru, refs 1027 pins 1 mapcount 1 file, pte none, 0xdd0002",
        "3685 Hardirq gup_put_folio entry: locked dirty lru, refs 1027 pins 1 mapcount 1 file, pte none, 0xdd0002",
        "3686 Hardirq gup_put_folio return: locked dirty lru, refs 3 pins 0 mapcount 1 file, pte none, 0xdd0002",
        "3689 Task folio_mkclean return: locked dirty lru, refs 3 pins 0 mapcount 1 file, pte clean, 0xdd0002",
        "3693 Task folio_clear_dirty_for_io return: locked lru, refs 3 pins 0 mapcount 1 file, pte clean, 0xdd0002",
        "3694 Task __folio_start_writeback entry: locked lru, refs 3 pins 0 mapcount 1 file, pte clean, 0xdd0002",
        "3695 Task __folio_start_writeback return: locked writeback lru, refs 3 pins 0 mapcount 1 file, pte clean, 0xdd0002",
        "3697 Task folio_wait_writeback entry: writeback lru, refs 3 pins 0 mapcount 1 file, pte clean, 0xdd0002",
        "3698 Kthread submit_bio_noacct entry: writeback lru, refs 3 pins 0 mapcount 1 file, pte clean, 0xdd0002",
        "3700 Kthread bio_endio entry: writeback lru, refs 3 pins 0 mapcount 1 file, pte clean, 0xdd0002",
    ];
    assert_eq!(lines, expected);
    let caller =
        |seq: u64| recording.events.iter().find(|event| event.seq == seq).and_then(|event| event.caller.clone());
    assert_eq!(caller(3693).as_deref(), Some("writeback_iter"));
}

/// 12865 ends a flush (REQ_PREFLUSH, sector 0) whose pointer to pages is still that of an earlier bio.
#[test]
fn a_flush_is_no_write_of_the_page() {
    let Some(recording) = converted("flush", "6.1-dix_dix_dma1.jsonl") else { return };
    let lines: Vec<String> = recording.events.iter().map(line).collect();
    let expected = [
        "12846 Task submit_bio_noacct entry: writeback lru private, refs 4 pins 0 mapcount 1 file, pte clean, 0xb1",
        "12847 Task bio_integrity_prep entry: writeback lru private, refs 4 pins 0 mapcount 1 file, pte clean, 0xb1",
        "12866 Softirq bio_endio entry: writeback dirty lru private, refs 4 pins 0 mapcount 1 file, pte clean, 0xdd000d",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn the_header_says_what_was_refused_and_that_nothing_is_missing() {
    let Some(recording) = converted("header", "6.12-virt_dio_race1.jsonl") else { return };
    let header = &recording.header;
    assert_eq!(
        (header.trace.as_str(), header.probes.as_str(), header.folio.as_str()),
        ("dio_race1", "80", "0xffffea000017bb00")
    );
    assert_eq!(header.probes_failed[0], "internal_gup_fast(-22)");
    assert_eq!((header.events, header.lost, header.probe_misses, header.ended_by_free), (16, 0, 0, false));
}

#[test]
fn a_scenario_of_the_plan_that_left_nothing_is_named_and_the_others_are_converted() {
    let out = directory("plan");
    let plan = out.join("plan");
    std::fs::write(&plan, "ext4 nobody dio_trunc1\n").expect("the plan is written");
    let Some(output) = convert(&plan, &out) else { return };
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).to_string();
    assert!(said.contains("ext4_nobody: the program did not finish"), "{said}");
    assert!(out.join("6.1-ext4_dio_trunc1.jsonl").exists());
}
