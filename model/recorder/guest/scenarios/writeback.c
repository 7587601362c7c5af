/* The program and writeback: no device has the page. */
#include "scenarios.h"

#include "actions.h"

static void base(struct page *page)
{
	store(page, 0xb1);
	sync_file(page);
	note(page, "after-fsync");
	store(page, 0xb2);
	sync_mapping(page);
	note(page, "after-msync");
}

static void hole(struct page *page)
{
	store(page, 0xb1);
	sync_file(page);
	note(page, "after-fsync");
	store(page, 0xb2);
	start_writeback(page);
	pause_ms(WRITTEN_MS);
}

/* The page was read from disk: it has no buffers until page_mkwrite() makes them. */
static void fresh(struct page *page)
{
	store(page, 0xb1);
	sync_file(page);
	note(page, "after-fsync");
}

/* Stores while the page is written: allowed where storage does not need stable pages. */
static void wbstore(struct page *page)
{
	store(page, 0xb1);
	start_writeback(page);
	for (uint64_t value = 0xb2; value <= 0xb5; value++)
		store(page, value);
	pause_ms(WRITTEN_MS);
	store(page, 0xb6);
	store(page, 0xb7);
	note(page, "settled");
	sync_file(page);
	note(page, "after-fsync");
}

/* A store waits for the write. */
static void dix_store(struct page *page)
{
	store(page, 0xb1);
	start_writeback(page);
	store(page, 0xb2);
	note(page, "settled");
	sync_file(page);
	note(page, "after-fsync");
}

static void pvmw(struct page *page)
{
	store(page, 0xb1);
	sync_file(page);
	note(page, "after-fsync");
	write_through_kernel(page);
	sync_file(page);
	note(page, "after-fsync");
}

/* The flusher thread writes the page. */
static void flusher(struct page *page)
{
	store(page, 0xb1);
	sync_all();
	pause_ms(WRITTEN_MS);
	note(page, "settled");
	sync_file(page);
	note(page, "after-fsync");
}

const struct scenario writeback_scenarios[] = {
	{ "base", WRITTEN, base },
	{ "hole", HOLE, hole },
	{ "fresh", READ, fresh },
	{ "wbstore", WRITTEN, wbstore },
	{ "dix_store", WRITTEN, dix_store },
	{ "pvmw", WRITTEN, pvmw },
	{ "flusher", WRITTEN, flusher },
	{ 0 },
};
