/* What a program can do to the page. Each says when it begins and ends, and that is recorded with the state. */
#ifndef ACTIONS_H
#define ACTIONS_H

#include "page.h"

/* Says something: an event of its own. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what memory and the disk hold. Reading memory may fault. */
void note(struct page *page, const char *when);

void pause_ms(int milliseconds);

void store(struct page *page, uint64_t value);
void sync_file(struct page *page);		/* fsync() */
void sync_mapping(struct page *page);		/* msync(MS_SYNC) */
void start_writeback(struct page *page);	/* sync_file_range(SYNC_FILE_RANGE_WRITE): does not wait */
void page_out(struct page *page);		/* MADV_PAGEOUT */
void drop_caches(struct page *page);
void sync_all(void);				/* sync(): the flusher thread writes */
void truncate_file(struct page *page);
void punch_hole(struct page *page);
void unmap(struct page *page);			/* munmap() */
void write_same_file(struct page *page);	/* O_DIRECT write() of other data to the same block */
void write_through_kernel(struct page *page);	/* process_vm_writev() of 0xf1 */

/* Direct I/O between the page and a slow device, in a task of its own on the other CPU. */
enum how {
	WAITED,		/* pread() of the block device */
	ASYNCHRONOUS,	/* io_submit() to the block device */
};

struct request;

/* Reads block N into the page; returns when the device has the request. N begins with 0xdd0000 + N. */
struct request *read_into(struct page *page, enum how how, int block);

/* Writes the page to block N. */
struct request *write_from(struct page *page, enum how how, int block);

/* Returns when it is complete. */
void await(struct request *request);

/* Uses up what a throttled device does at once: the next request waits. */
void use_up_allowance(void);

/* Fills the queue of the disk, so that what is written next stands in it for a while. */
void occupy_disk(struct page *page);

/* Devices, as init made them. */
#define SLOW_DEVICE "/dev/slow"

#endif
