/* The page loses its mapping, its buffers, its block or its file, with and without a device that has it. */
#include "scenarios.h"

#include "actions.h"

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

/* The block goes while the device has the page. */
static void dio_punch1(struct page *page)
{
	struct request *request;

	store(page, 0xb1);
	request = read_into(page, ASYNCHRONOUS, 12);
	punch_hole(page);
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

const struct scenario leaving_scenarios[] = {
	{ "reclaim", WRITTEN, reclaim },
	{ "drop", WRITTEN, drop },
	{ "dio_reclaim1", WRITTEN, dio_reclaim1 },
	{ "dio_trunc1", WRITTEN, dio_trunc1 },
	{ "dio_punch1", WRITTEN, dio_punch1 },
	{ "dio_inval1", WRITTEN, dio_inval1 },
	{ "dio_unmap1", WRITTEN, dio_unmap1 },
	{ 0 },
};
