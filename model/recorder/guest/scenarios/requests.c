/* Direct I/O and writeback: a device writes into the page, or reads it. */
#include "scenarios.h"

#include <stdlib.h>

#include "actions.h"

/* Writeback that begins this long after a read was submitted is not over when the read is. */
#define SHORT_OF_READ_MS (READ_MS - 20)
/* Three pauses of up to this are about as long as a read. */
#define RANDOM_MS (READ_MS / 2)

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
static void only_read(struct page *page, int block)
{
	await(read_into(page, WAITED, block));
	note(page, "after-dio");
	sync_file(page);
	note(page, "after-fsync");
}

static void dio_quiet0(struct page *page)
{
	only_read(page, 1);
}

/* The same where the page was read from disk, and has no buffers yet. */
static void dio_fresh0(struct page *page)
{
	only_read(page, 14);
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

/* The write of the page stands in the queue, its checksum made, when the device of the read changes it. */
static void dix_dma1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	occupy_disk(page);
	request = read_into(page, ASYNCHRONOUS, 13);
	sync_file(page);
	note(page, "after-fsync");
	await(request);
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

const struct scenario requests_scenarios[] = {
	{ "dio_wb0", WRITTEN, dio_wb0 },
	{ "dio_wb1", WRITTEN, dio_wb1 },
	{ "dio_quiet0", WRITTEN, dio_quiet0 },
	{ "dio_fresh0", READ, dio_fresh0 },
	{ "dio_race1", WRITTEN, dio_race1 },
	{ "dio_two1", WRITTEN, dio_two1 },
	{ "dio_store1", WRITTEN, dio_store1 },
	{ "dio_sfr1", WRITTEN, dio_sfr1 },
	{ "dix_dma1", WRITTEN, dix_dma1 },
	{ "dio_from1", WRITTEN, dio_from1 },
	{ "random1", WRITTEN, random1 },
	{ "random2", WRITTEN, random2 },
	{ "random3", WRITTEN, random3 },
	{ 0 },
};
