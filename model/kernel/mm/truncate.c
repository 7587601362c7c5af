// SPDX-License-Identifier: GPL-2.0-only
/* Truncation of one page, and dropping clean pages. */
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
	witness("S11", page->writeback || spec_held(page));
	wait_on_page_writeback(page);
	/* truncate_inode_page() */
	if (page->mapping == mapping) {
		truncate_cleanup_page(mapping, page);
		delete_from_page_cache(mapping, page);
	}
	unlock_page(page);
	put_page(page);
}

/*
 * fs/ext4/inode.c ext4_setattr(), ext4_truncate(): one page of the file and its block. Without i_size, a fault may bring
 * the index back as a hole.
 */
void truncate(struct address_space *mapping, int index)
{
	bool freed;

	down_write(&mapping->i_mmap_sem);
	if (before_truncate(mapping, index))
		goto out;
	/* mm/truncate.c truncate_pagecache(): unmap, truncate; its second unmapping finds nothing, faults are kept out */
	unmap_mapping_page(mapping, index);
	truncate_inode_pages_range(mapping, index);
	__atomic {
		freed = mapping->block[index];
		mapping->block[index] = false;
		if (freed)
			mapping->free_blocks++;
	}
	check("S11", !mapping->block[index]);
	witness("L5", true);
out:
	up_write(&mapping->i_mmap_sem);
}

/*
 * fs/ext4/inode.c ext4_punch_hole(), fs/xfs/xfs_bmap_util.c xfs_free_file_space(): dirty pages are written before, so that
 * it can fail, and wait for a pin, where truncate() does not. From there on it is truncate(): truncate_pagecache_range()
 * keeps private copies, which are not modelled.
 */
void punch_hole(struct address_space *mapping, int index)
{
	if (before_punch(mapping, index))
		return;
	truncate(mapping, index);
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
		witness("S9", FS_EXT4 && page->private && spec_held(page));
		invalidate_inode_page(page);
		unlock_page(page);
	}
	put_page(page);
}

/* mm/truncate.c invalidate_complete_page2(): looks at PG_dirty, not at references */
static void invalidate_complete_page2(struct address_space *mapping, struct page *page)
{
	if (FS_EXT4 && PagePrivate(page)) {
		if (!try_to_release_page(page))
			return;
	}
	spin_lock_irqsave(&mapping->i_pages_lock);
	if (PageDirty(page)) {
		spin_unlock_irqrestore(&mapping->i_pages_lock);
		return;
	}
	delete_clean_from_page_cache(mapping, page);
	spin_unlock_irqrestore(&mapping->i_pages_lock);
	put_page(page);
}

/*
 * mm/truncate.c invalidate_inode_pages2_range(), called by fs/iomap.c iomap_dio_rw() for a write(2) with O_DIRECT to this
 * file, before and after the I/O. The flush in front of it is the flusher's business here, and the write to the disk is not
 * modelled.
 */
void invalidate_inode_pages2(struct address_space *mapping, int index)
{
	struct page *page = find_get_page(mapping, index);

	if (!page)
		return;
	lock_page(page);
	if (page->mapping == mapping) {
		wait_on_page_writeback(page);
		if (page_mapped(page))
			unmap_mapping_page(mapping, index);
		witness("S17", spec_held(page));
		witness("S9", FS_EXT4 && page->private && spec_held(page));
		invalidate_complete_page2(mapping, page);
	}
	unlock_page(page);
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

/* fs/ext4/inode.c ext4_punch_hole(), fs/xfs/xfs_bmap_util.c xfs_flush_unmap_range(): dirty pages of the range are written */
int write_before_punch(struct address_space *mapping, int index)
{
	if (!mapping->tag_dirty[index])
		return 0;
	return filemap_write_and_wait_range(mapping, false);
}

__weak int before_punch(struct address_space *mapping, int index)
{
	return write_before_punch(mapping, index);
}
