/* The scenarios. To add one, write a function, enter it in the table below, and give it a device in `plan`. */
#include "scenarios.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "actions.h"

/* Longer than the disk takes for a write. */
#define WRITTEN_MS 150
/* A read takes 200 ms and a write 40: writeback that begins now is not over when the read is. */
#define SHORT_OF_READ_MS 180
/* Three pauses of up to this are about as long as a read. */
#define RANDOM_MS 120

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

	use_up_allowance();
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

/* The device is fast: it is done while fsync() cleans the page. */
static void dio_race1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 2);
	sync_file(page);
	await(request);
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

/* Two devices have the page at once. */
static void dio_two1(struct page *page)
{
	struct request *first, *second;

	store(page, 0xb1);
	first = read_into(page, ASYNCHRONOUS, 7);
	pause_ms(50);
	second = read_into(page, ASYNCHRONOUS, 8);
	sync_file(page);
	note(page, "after-fsync");
	await(first);
	note(page, "after-first");
	await(second);
	note(page, "after-second");
	sync_file(page);
	note(page, "after-fsync");
}

/* The program stores again, and asks the file system, before the device does. */
static void dio_store1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 9);
	sync_file(page);
	store(page, 0xb2);
	note(page, "stored");
	await(request);
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

/* Writeback without waiting: the device writes when the disk is done, or not yet. */
static void dio_sfr1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 10);
	pause_ms(SHORT_OF_READ_MS);
	start_writeback(page);
	await(request);
	pause_ms(WRITTEN_MS);
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

/* The mapping goes while the device has the page. */
static void dio_unmap1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 11);
	unmap(page);
	sync_file(page);
	await(request);
	sync_file(page);
}

/* The block goes while the device has the page. */
static void dio_punch1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 12);
	punch_hole(page);
	await(request);
}

/* The page was read from disk: it has no buffers until page_mkwrite() makes them. */
static void fresh(struct page *page)
{
	store(page, 0xb1);
	sync_file(page);
	note(page, "after-fsync");
}

static void dio_fresh0(struct page *page)
{
	await(read_into(page, WAITED, 14));
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

/* Reclaim of a page that nobody has. */
static void reclaim(struct page *page)
{
	store(page, 0xb1);
	sync_file(page);
	note(page, "after-fsync");
	page_out(page);
}

static void drop(struct page *page)
{
	store(page, 0xb1);
	sync_file(page);
	unmap(page);
	drop_caches(page);
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

/* The device reads from the page. */
static void dio_from1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = write_from(page, ASYNCHRONOUS, 15);
	sync_file(page);
	note(page, "after-fsync");
	await(request);
	note(page, "after-dio");
}

/* Orders that luck decides: stores, writeback and reclaim at random times around one request. */
static void random_times(struct page *page, unsigned int seed)
{
	struct request *request;

	srand(seed);
	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 16 + seed);
	for (uint64_t value = 0xb2; value <= 0xb4; value++) {
		pause_ms(rand() % RANDOM_MS);
		switch (rand() % 4) {
		case 0:
			store(page, value);
			break;
		case 1:
			start_writeback(page);
			break;
		case 2:
			sync_file(page);
			break;
		case 3:
			page_out(page);
			break;
		}
	}
	await(request);
	pause_ms(WRITTEN_MS);
	note(page, "settled");
	sync_file(page);
	note(page, "after-fsync");
}

static void random1(struct page *page)
{
	random_times(page, 1);
}

static void random2(struct page *page)
{
	random_times(page, 2);
}

static void random3(struct page *page)
{
	random_times(page, 3);
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
	{ "dio_race1", WRITTEN, dio_race1 },
	{ "dio_two1", WRITTEN, dio_two1 },
	{ "dio_store1", WRITTEN, dio_store1 },
	{ "dio_sfr1", WRITTEN, dio_sfr1 },
	{ "dio_unmap1", WRITTEN, dio_unmap1 },
	{ "dio_punch1", WRITTEN, dio_punch1 },
	{ "fresh", READ, fresh },
	{ "dio_fresh0", READ, dio_fresh0 },
	{ "reclaim", WRITTEN, reclaim },
	{ "drop", WRITTEN, drop },
	{ "flusher", WRITTEN, flusher },
	{ "dio_from1", WRITTEN, dio_from1 },
	{ "random1", WRITTEN, random1 },
	{ "random2", WRITTEN, random2 },
	{ "random3", WRITTEN, random3 },
};

const struct scenario *scenario(const char *name)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	return NULL;
}
