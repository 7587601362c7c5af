// SPDX-License-Identifier: GPL-2.0-only
/* The flusher. */
#include <types.h>
#include <kernel.h>

/* fs/fs-writeback.c wb_workfn(), __writeback_single_inode(): I_DIRTY_PAGES is the dirty tags */
void flusher(struct address_space *mapping)
{
	write_cache_pages(mapping, WB_SYNC_NONE);
}
