// SPDX-License-Identifier: GPL-2.0-only
/* Truncation of one page in the middle of the file (a hole is punched), and dropping clean pages. */
#include <types.h>
#include <kernel.h>

/* mm/truncate.c truncate_cleanup_page() */
static void truncate_cleanup_page(struct address_space *mapping, struct page *page)
{
	if (page_mapped(page))
		unmap_mapping_page(mapping, page->index);
	do_invalidatepage(mapping, page);
	cancel_dirty_page(page);
}

/* mm/truncate.c truncate_inode_pages_range(); its first pass, with trylock, is the second pass with luck */
static void truncate_inode_pages_range(struct address_space *mapping, int index)
{
	struct page *page = find_get_page(mapping, index);

	if (!page)
		return;
	lock_page(page);
	wait_on_page_writeback(page);
	/* truncate_inode_page() */
	if (page->mapping == mapping) {
		truncate_cleanup_page(mapping, page);
		delete_from_page_cache(mapping, page);
	}
	unlock_page(page);
	put_page(page);
}

/* fs/ext4/inode.c ext4_punch_hole(), fs/xfs/xfs_file.c xfs_file_fallocate(): one page of the file and its block */
void truncate(struct address_space *mapping, int index)
{
	bool freed;

	down_write(&mapping->i_mmap_sem);
	if (before_truncate(mapping, index))
		goto out;
	/* mm/truncate.c truncate_pagecache_range() */
	unmap_mapping_page(mapping, index);
	truncate_inode_pages_range(mapping, index);
	__atomic {
		freed = mapping->block[index];
		mapping->block[index] = false;
		if (freed)
			mapping->free_blocks++;
	}
	witness("L5", true);
out:
	up_write(&mapping->i_mmap_sem);
}

/* mm/truncate.c invalidate_complete_page() */
static void invalidate_complete_page(struct address_space *mapping, struct page *page)
{
	if (FS_EXT4 && PagePrivate(page)) {
		if (!try_to_release_page(page))
			return;
	}
	remove_mapping(mapping, page);
}

/* mm/truncate.c invalidate_inode_page() */
static void invalidate_inode_page(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (!mapping)
		return;
	if (PageDirty(page) || PageWriteback(page))
		return;
	if (page_mapped(page))
		return;
	if (!evict_policy(page))
		return;
	invalidate_complete_page(mapping, page);
}

/* mm/truncate.c invalidate_mapping_pages(), for /proc/sys/vm/drop_caches and fadvise() */
void drop_caches(struct page *page)
{
	if (!get_page_unless_zero(page))
		return;
	if (trylock_page(page)) {
		witness("S17", spec_held(page));
		invalidate_inode_page(page);
		unlock_page(page);
	}
	put_page(page);
}

__weak bool evict_policy(struct page *page)
{
	return true;
}

__weak int before_truncate(struct address_space *mapping, int index)
{
	return 0;
}
