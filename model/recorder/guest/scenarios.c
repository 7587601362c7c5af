/* The scenarios. To add one, write a function, enter it in the table below, and give it a device in `plan`. */
#include "scenarios.h"

#include <stddef.h>
#include <string.h>

#include "actions.h"

/* Longer than the disk takes for a write. */
#define WRITTEN_MS 150

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

/* A device writes into the page after fsync() has cleaned it: the bug that started it all. */
static void fsync_under_read(struct page *page, enum how how)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, how, 2);
	sync_file(page);
	note(page, "after-fsync");
	await(request);
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

static void dio_wb0(struct page *page)
{
	fsync_under_read(page, WAITED);
}

static void dio_wb1(struct page *page)
{
	fsync_under_read(page, ASYNCHRONOUS);
}

/* A device writes into a page that is clean and stays alone. */
static void dio_quiet0(struct page *page)
{
	await(read_into(page, WAITED, 1));
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

/* Reclaim looks at the page while the device has it. */
static void dio_reclaim1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 4);
	sync_file(page);
	note(page, "after-fsync");
	page_out(page);
	drop_caches(page);
	await(request);
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

/* The page leaves the file while the device has it. */
static void dio_trunc1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 5);
	truncate_file(page);
	await(request);
}

static void dio_inval1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 6);
	write_same_file(page);
	await(request);
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

/* The write of the page stands in the queue, its checksum made, when the device of the read changes it. */
static void dix_dma1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 13);
	occupy_disk(page);
	sync_file(page);
	note(page, "after-fsync");
	await(request);
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

static const struct scenario scenarios[] = {
	{ "base", WRITTEN, base },
	{ "hole", HOLE, hole },
	{ "wbstore", WRITTEN, wbstore },
	{ "dio_wb0", WRITTEN, dio_wb0 },
	{ "dio_wb1", WRITTEN, dio_wb1 },
	{ "dio_quiet0", WRITTEN, dio_quiet0 },
	{ "dio_reclaim1", WRITTEN, dio_reclaim1 },
	{ "dio_trunc1", WRITTEN, dio_trunc1 },
	{ "dio_inval1", WRITTEN, dio_inval1 },
	{ "pvmw", WRITTEN, pvmw },
	{ "dix_dma1", WRITTEN, dix_dma1 },
	{ "dix_store", WRITTEN, dix_store },
};

const struct scenario *scenario(const char *name)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}
