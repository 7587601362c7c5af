//! What a drawing and a report say about a proposal's own text is true, and what a reviewer types is understood.

mod common;

use common::{Folder, SMALL};

/// The skeleton with each pair's first replaced by its second.
fn skeleton(folder: &Folder, changes: &[(&str, &str)]) -> String {
    let mut text = folder.explore(&["new", "drawn"]).stdout();
    for (from, to) in changes {
        assert!(text.contains(from), "the skeleton has no {from}");
        text = text.replacen(from, to, 1);
    }
    folder.write("drawn.c", &text)
}

#[test]
fn a_line_that_only_calls_counts_as_run() {
    let folder = Folder::new("calls");
    let path = skeleton(
        &folder,
        &[(
            "/* hook: page_mkclean() is about",
            "enum wb_action clear_page_dirty_for_io(struct page *page, enum writeback_sync_modes sync)
{
	enum wb_action ret = WB_SKIP;

	if (page_mkclean(page) & 1)
		set_page_dirty(page);
	if (!decide_pinned(page) && test_clear_page_dirty(page))
		ret = WB_WRITE;
	return ret;
}

/* hook: page_mkclean() is about",
        )],
    );
    let run = folder.explore(&["check", &path, "--scenario", "dio-fsync", "--no-traces"]);
    assert!(!run.stdout().contains("set_page_dirty(page);"), "{}", run.stdout());
}

#[test]
fn a_claim_of_ones_own_is_no_line_that_nobody_runs() {
    let folder = Folder::new("own-claim");
    let claim = "CLAIM(S99, \"own\", \"\", \"\", NEEDS_PIN);

bool always_S99(struct page *page)
{
	return page->dma_pinned || !page->dma_pinned;
}

/* for claims only, evaluated at once: how";
    let path = skeleton(&folder, &[("/* for claims only, evaluated at once: how", claim)]);
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces"]);
    assert!(run.stdout().contains("S99"), "{}", run.stderr());
    assert!(!run.stdout().contains("bool always_S99"), "{}", run.stdout());
}

#[test]
fn a_crash_is_drawn_with_its_reason() {
    let folder = Folder::new("crash");
    let null = "struct address_space *mapping = NULL;\n\n\tmapping->wb_err = true;\n\tSetPageDmaPinned(page);";
    let path = skeleton(&folder, &[("SetPageDmaPinned(page);", null)]);
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces", "--claim", "S0"]);
    let drawn = run.exits(12).stdout();
    assert!(drawn.contains("rdma follows a NULL pointer in track_pin()"), "{drawn}");
}

#[test]
fn what_a_function_reads_is_not_drawn_as_what_it_returns() {
    let folder = Folder::new("answer");
    let read = "if (page->dma_pinned)\n\t\treturn true;\n\tatomic_inc(&page->dma_pinned_count);";
    let path = skeleton(&folder, &[("atomic_inc(&page->dma_pinned_count);", read)]);
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces", "--claim", "S2s"]);
    let drawn = run.exits(12).stdout();
    assert!(drawn.contains("track_pin() (dma_pinned: no)"), "{drawn}");
    assert!(!drawn.contains("track_pin(): no"), "{drawn}");
}

#[test]
fn a_hang_on_a_hold_that_another_context_gives_back_is_drawn_with_the_hold() {
    let folder = Folder::new("hold");
    let policy = "enum wb_action writeback_policy(struct page *page, enum writeback_sync_modes sync)
{
	down_write(&page->pin_sem);
	up_write(&page->pin_sem);
	return WB_WRITE;
}

/* hook: page_mkclean() is about";
    let changes = [
        ("\tbool dma_pinned;", "\tstruct rw_semaphore pin_sem;\n\tbool dma_pinned;"),
        ("SetPageDmaPinned(page);", "down_read_non_owner(&page->pin_sem);\n\tSetPageDmaPinned(page);"),
        ("\tput_page(page);", "\tup_read_non_owner(&page->pin_sem);\n\tput_page(page);"),
        ("/* hook: page_mkclean() is about", policy),
    ];
    let path = skeleton(&folder, &changes);
    let run = folder.explore(&["check", &path, "--scenario", "long-pin-fsync", "--no-traces", "--claim", "L1"]);
    let drawn = run.exits(13).stdout();
    assert!(drawn.contains("down_read_non_owner()"), "{drawn}");
}

#[test]
fn locks_with_flags_trylocks_and_sequence_counters_are_known() {
    let folder = Folder::new("typed");
    let body = "unsigned long flags;
	unsigned int seq = raw_seqcount_begin(&page->seq);

	spin_lock_irqsave(&page->pin_lock, flags);
	write_seqcount_begin(&page->seq);
	write_seqcount_end(&page->seq);
	spin_unlock_irqrestore(&page->pin_lock, flags);
	if (read_seqcount_retry(&page->seq, seq) && down_write_trylock(&page->pin_sem))
		up_write(&page->pin_sem);
	if (read_seqcount_begin(&page->seq) == seq && down_read_trylock(&page->pin_sem))
		up_read(&page->pin_sem);
	SetPageDmaPinned(page);";
    let members = "\tspinlock_t pin_lock;\n\tseqcount_t seq;\n\tstruct rw_semaphore pin_sem;\n\tbool dma_pinned;";
    let path = skeleton(&folder, &[("SetPageDmaPinned(page);", body), ("\tbool dma_pinned;", members)]);
    let run = folder.explore(&["check", &path, "--scenario", SMALL, "--no-traces", "--claim", "L2,S14"]);
    // Both hold; that nobody ever contends for these locks is told as well.
    assert!(run.exits(20).stdout().contains("conditions that were true whenever they were asked"), "{}", run.stdout());
}

#[test]
fn scenarios_may_be_separated_by_commas() {
    let folder = Folder::new("commas");
    let run =
        folder.explore(&["check", "v4.20", "--scenario", "pin/overwrite,pin/cow", "--claim", "S0", "--no-traces"]);
    assert!(run.exits(0).stdout().contains("+ populations: pin/overwrite, pin/cow"), "{}", run.stdout());
}
