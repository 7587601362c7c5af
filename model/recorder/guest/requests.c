/* Direct I/O between the page and a slow device, and other traffic on the devices. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actions.h"
#include "kernel.h"

/* A request for which its task waits says nothing when it is submitted: this is long enough, and shorter than the device. */
#define SUBMITTED_MS 60
/*
 * The disk of `dix` has a queue of one, and the block layer two requests for it: when the third is accepted, one has just begun,
 * and one waits. A write then stands behind 600 ms of reads, twice as long as the slow device takes.
 */
#define OCCUPIERS 3

struct request {
	struct page *page;
	enum how how;
	bool write;
	int block;
	pthread_t task;
	sem_t submitted;
};

static void check(long result, const char *what)
{
	if (result < 0)
		die("%s", what);
}

static aio_context_t new_context(int entries)
{
	aio_context_t context = 0;

	check(syscall(SYS_io_setup, entries, &context), "io_setup");
	return context;
}

static void submit(aio_context_t context, struct iocb *operation)
{
	check(syscall(SYS_io_submit, context, 1, &operation), "io_submit");
}

static long complete(aio_context_t context)
{
	struct io_event event = { 0 };

	check(syscall(SYS_io_getevents, context, 1, 1, &event, NULL), "io_getevents");
	return event.res;
}

static long asynchronous(struct request *request, int file)
{
	aio_context_t context = new_context(1);
	struct iocb operation = {
		.aio_fildes = file,
		.aio_lio_opcode = request->write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
		.aio_buf = (uint64_t)request->page->map,
		.aio_nbytes = PAGE_BYTES,
		.aio_offset = request->block * PAGE_BYTES,
	};

	submit(context, &operation);
	say("dio-submitted");
	sem_post(&request->submitted);
	return complete(context);
}

static long waited(struct request *request, int file)
{
	off_t at = request->block * PAGE_BYTES;

	sem_post(&request->submitted);
	if (request->write)
		return pwrite(file, (void *)request->page->map, PAGE_BYTES, at);
	return pread(file, (void *)request->page->map, PAGE_BYTES, at);
}

static void *task_of_request(void *argument)
{
	struct request *request = argument;
	int file = open(SLOW_DEVICE, O_RDWR | O_DIRECT);
	long result;

	check(file, "the slow device");
	say("dio-begin kind=%d blk=%d rw=%d", request->how, request->block, request->write);
	result = request->how == WAITED ? waited(request, file) : asynchronous(request, file);
	say("dio-end ret=%ld", result);
	close(file);
	return NULL;
}

static struct request *start(struct page *page, enum how how, int block, bool write)
{
	struct request *request = malloc(sizeof(*request));
	pthread_attr_t other_cpu;
	cpu_set_t set;

	*request = (struct request){ .page = page, .how = how, .block = block, .write = write };
	sem_init(&request->submitted, 0, 0);
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	pthread_attr_init(&other_cpu);
	pthread_attr_setaffinity_np(&other_cpu, sizeof(set), &set);
	errno = pthread_create(&request->task, &other_cpu, task_of_request, request);
	if (errno)
		die("a task for the request");
	sem_wait(&request->submitted);
	if (how == WAITED)
		pause_ms(SUBMITTED_MS);
	return request;
}

struct request *read_into(struct page *page, enum how how, int block)
{
	return start(page, how, block, false);
}

struct request *write_from(struct page *page, enum how how, int block)
{
	return start(page, how, block, true);
}

void await(struct request *request)
{
	pthread_join(request->task, NULL);
	free(request);
}

void use_up_allowance(void)
{
	static char data[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
	int file = open(SLOW_DEVICE, O_RDONLY | O_DIRECT);

	check(pread(file, data, PAGE_BYTES, 0), "the slow device");
	close(file);
}

void occupy_disk(struct page *page)
{
	static char data[PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
	aio_context_t context = new_context(OCCUPIERS);

	for (int i = 0; i < OCCUPIERS; i++) {
		struct iocb operation = {
			.aio_fildes = page->disk,
			.aio_lio_opcode = IOCB_CMD_PREAD,
			.aio_buf = (uint64_t)data,
			.aio_nbytes = PAGE_BYTES,
			.aio_offset = (i + 1) * 1000 * PAGE_BYTES,
		};

		submit(context, &operation);
	}
}
