/* The page that is recorded: where it is in user space, in its file, on the disk and in the kernel. */
#ifndef PAGE_H
#define PAGE_H

#include <stdint.h>

#define PAGE_BYTES 4096UL

/* How the page comes into the cache. */
enum origin {
	WRITTEN,	/* write() and fsync(): clean, with buffers on ext4 */
	READ,		/* read from disk: clean, without buffers */
	HOLE,		/* read from a hole: zeroes, without a block */
};

struct page {
	/* the file has this one page */
	int file;
	char path[64];
	/* the device without its delays, and the page's byte on it: -1 while the file has no block there */
	int disk;
	int64_t offset;
	/* the mapping, in 2 MB of its own, where another page keeps the page table alive */
	volatile uint64_t *map;
	/* kernel addresses: struct folio, struct address_space, the pte, the data */
	uint64_t folio, mapping, pte, data;
};

/* Makes a file of one page that begins with 0xa0 (0 for a hole), and maps it; the pte is read-only. */
void page_open(struct page *page, const char *directory, const char *name, const char *disk, enum origin origin);

/* Finds the block again, after the file may have got one. */
void page_find_block(struct page *page);

/* The first eight bytes of the page on disk. */
uint64_t page_on_disk(const struct page *page);

#endif
