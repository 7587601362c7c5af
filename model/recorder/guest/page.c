#define _GNU_SOURCE
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel.h"

#define HUGE (2UL << 20)
/* What the page holds at first. */
#define FIRST 0xa0

/* arch/x86/include/asm/pgtable_types.h PTE_PFN_MASK */
#define PTE_FRAME 0x000ffffffffff000UL

static void write_first(int file)
{
	uint64_t data[PAGE_BYTES / sizeof(uint64_t)] = { FIRST };

	if (pwrite(file, data, sizeof(data), 0) != sizeof(data) || fsync(file))
		die("the file of the page");
}

/* 2 MB of address space with one page table; its first page stays, and so does the table. */
static char *own_page_table(void)
{
	char *space = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *aligned = (char *)(((uint64_t)space + HUGE - 1) & ~(HUGE - 1));

	if (space == MAP_FAILED || mprotect(aligned, PAGE_BYTES, PROT_READ | PROT_WRITE))
		die("address space");
	if (madvise(aligned, HUGE, MADV_NOHUGEPAGE))
		die("MADV_NOHUGEPAGE");
	*(volatile char *)aligned = 1;
	return aligned;
}

/* mm/madvise.c madvise_cold() calls lru_add_drain(): pages of this CPU's batches go to the LRU lists. */
static void drain_lru_batches(char *anonymous)
{
	if (madvise(anonymous, PAGE_BYTES, MADV_COLD))
		die("MADV_COLD");
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("CPU %d", cpu);
}

void page_find_block(struct page *page)
{
	struct {
		struct fiemap head;
		struct fiemap_extent extent;
	} map = { .head = { .fm_length = PAGE_BYTES, .fm_extent_count = 1 } };
	const uint32_t nowhere = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC;

	if (ioctl(page->file, FS_IOC_FIEMAP, &map))
		die("FIEMAP");
	page->offset = -1;
	if (map.head.fm_mapped_extents == 1 && !(map.extent.fe_flags & nowhere))
		page->offset = map.extent.fe_physical;
}

uint64_t page_on_disk(const struct page *page)
{
	static uint64_t data[PAGE_BYTES / sizeof(uint64_t)] __attribute__((aligned(PAGE_BYTES)));

	if (pread(page->disk, data, PAGE_BYTES, page->offset) != PAGE_BYTES)
		die("reading the disk");
	return data[0];
}

/* Addresses in the kernel, and a look whether they are what they should be. */
static void find_in_kernel(struct page *page)
{
	uint64_t frame = frame_of(page->map);

	page->folio = kernel_folio(frame);
	page->data = kernel_data(frame);
	page->pte = kernel_pte(page->map);
	page->mapping = kernel_word(page->folio + FOLIO_MAPPING);
	errno = EINVAL;
	if (kernel_word(page->data) != page->map[0])
		die("%#lx is not the data of the page", page->data);
	if ((kernel_word(page->pte) & PTE_FRAME) / PAGE_BYTES != frame)
		die("%#lx is not the pte of the page", page->pte);
}

void page_open(struct page *page, const char *directory, const char *name, const char *disk, enum origin origin)
{
	char *space = own_page_table();

	run_on(0);
	snprintf(page->path, sizeof(page->path), "%s/%s", directory, name);
	page->file = open(page->path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	page->disk = open(disk, O_RDONLY | O_DIRECT);
	if (page->file < 0 || page->disk < 0)
		die("%s, %s", page->path, disk);
	if (origin == HOLE) {
		if (ftruncate(page->file, PAGE_BYTES) || fsync(page->file))
			die("the file of the page");
	} else {
		write_first(page->file);
	}
	page_find_block(page);
	if (origin == READ)
		must_put("/proc/sys/vm/drop_caches", "1");
	page->map = mmap(space + HUGE / 2, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, page->file, 0);
	if (page->map == MAP_FAILED)
		die("mapping the page");
	(void)page->map[0];
	drain_lru_batches(space);
	find_in_kernel(page);
}
