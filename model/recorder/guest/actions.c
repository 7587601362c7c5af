#define _GNU_SOURCE
#include "actions.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel.h"
#include "probes.h"
#include "tracefs.h"

/* What other writers put into the page. */
#define VALUE_OF_COPY 0xf1
#define VALUE_OF_WRITE 0xc1

/* One page for one write() at a time. */
static uint64_t other_data[PAGE_BYTES / sizeof(uint64_t)] __attribute__((aligned(PAGE_BYTES)));

void say(const char *format, ...)
{
	static int marker = -1;
	char text[256];
	va_list arguments;

	if (marker < 0)
		marker = open(TRACEFS "trace_marker", O_WRONLY);
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (write(marker, text, strlen(text)) < 0)
		die("trace_marker");
	syscall(SYS_getpgid, SAY);
}

void note(struct page *page, const char *when)
{
	uint64_t memory = page->map[0];

	page_find_block(page);
	if (page->offset < 0)
		say("%s mem=%lx", when, memory);
	else
		say("%s mem=%lx disk=%lx", when, memory, page_on_disk(page));
}

void pause_ms(int milliseconds)
{
	usleep(milliseconds * 1000);
}

void store(struct page *page, uint64_t value)
{
	say("store-begin v=%lx", value);
	page->map[0] = value;
	say("store-end v=%lx", value);
}

void sync_file(struct page *page)
{
	int result;

	say("fsync-begin");
	errno = 0;
	result = fsync(page->file);
	say("fsync-end ret=%d errno=%d", result, errno);
}

void sync_mapping(struct page *page)
{
	say("msync-begin");
	say("msync-end ret=%d", msync((void *)page->map, PAGE_BYTES, MS_SYNC));
}

void start_writeback(struct page *page)
{
	say("sfr-begin");
	if (sync_file_range(page->file, 0, PAGE_BYTES, SYNC_FILE_RANGE_WRITE))
		die("sync_file_range");
	say("sfr-end");
}

void page_out(struct page *page)
{
	say("pageout-begin");
	say("pageout-end ret=%d", madvise((void *)page->map, PAGE_BYTES, MADV_PAGEOUT));
}

void drop_caches(struct page *page)
{
	(void)page;
	say("dropcaches-begin");
	must_put("/proc/sys/vm/drop_caches", "1");
	say("dropcaches-end");
}

void sync_all(void)
{
	say("sync-begin");
	sync();
	say("sync-end");
}

void truncate_file(struct page *page)
{
	say("truncate-begin");
	if (ftruncate(page->file, 0))
		die("ftruncate");
	say("truncate-end");
}

void punch_hole(struct page *page)
{
	say("punch-begin");
	if (fallocate(page->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE_BYTES))
		die("fallocate");
	say("punch-end");
}

void unmap(struct page *page)
{
	say("munmap-begin");
	if (munmap((void *)page->map, PAGE_BYTES))
		die("munmap");
	say("munmap-end");
}

void write_same_file(struct page *page)
{
	int file = open(page->path, O_RDWR | O_DIRECT);
	ssize_t length;

	other_data[0] = VALUE_OF_WRITE;
	say("dwrite-same-file-begin");
	length = pwrite(file, other_data, PAGE_BYTES, 0);
	say("dwrite-same-file-end ret=%zd", length);
	close(file);
}

void write_through_kernel(struct page *page)
{
	uint64_t value = VALUE_OF_COPY;
	struct iovec from = { &value, sizeof(value) }, to = { (void *)page->map, sizeof(value) };

	say("process_vm_writev-begin");
	say("process_vm_writev-end ret=%zd", process_vm_writev(getpid(), &from, 1, &to, 1, 0));
}
