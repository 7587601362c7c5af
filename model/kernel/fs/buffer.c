// SPDX-License-Identifier: GPL-2.0-only
/* Buffers, reservations and blocks: one block per page. With FS_EXT4 0 (xfs) pages have no buffers. */
#include <types.h>
#include <kernel.h>

/* fs/buffer.c __set_page_dirty(): truncate may have been faster */
static void __set_page_dirty(struct address_space *mapping, struct page *page)
{
	spin_lock_irqsave(&mapping->i_pages_lock);
	if (page->mapping) {
		__atomic {
			mapping->tag_dirty[page->index] = true;
			check("S11", mapping->i_pages[page->index] == page);
		}
	}
	spin_unlock_irqrestore(&mapping->i_pages_lock);
}

/*
 * fs/buffer.c __set_page_dirty_buffers(), and fs/iomap.c iomap_set_page_dirty() for xfs. The buffer first, then the
 * page, then the tag. mark_inode_dirty() is not modelled: the flusher looks at the tags.
 */
bool __set_page_dirty_buffers(struct address_space *mapping, struct page *page)
{
	bool newly_dirty;

	if (FS_EXT4) {
		spin_lock(&mapping->private_lock);
		/* the buffer is found through page->private */
		__atomic {
			if (page->private)
				page->buffer_dirty = true;
		}
		newly_dirty = !TestSetPageDirty(page);
		spin_unlock(&mapping->private_lock);
	} else {
		newly_dirty = !TestSetPageDirty(page);
	}
	if (newly_dirty)
		__set_page_dirty(mapping, page);
	return newly_dirty;
}

/* the filesystem's count of free blocks (a per-cpu counter, a lock in the kernel) */
bool take_free_block(struct address_space *mapping)
{
	bool taken;

	__atomic {
		taken = mapping->free_blocks > 0;
		if (taken)
			mapping->free_blocks--;
	}
	return taken;
}

void give_free_block(struct address_space *mapping)
{
	__atomic { mapping->free_blocks++; }
}

/* fs/buffer.c create_empty_buffers(), attach_page_buffers(): buffers of a dirty page are dirty */
static void create_page_buffers(struct address_space *mapping, struct page *page)
{
	if (PagePrivate(page))
		return;
	spin_lock(&mapping->private_lock);
	if (PageDirty(page))
		page->buffer_dirty = true;
	get_page(page);
	SetPagePrivate(page);
	spin_unlock(&mapping->private_lock);
}

/*
 * fs/ext4/inode.c ext4_da_get_block_prep(), fs/xfs/xfs_iomap.c xfs_file_iomap_begin(): every write to cow storage
 * needs a new block, others only where the file has a hole. 0, or -ENOSPC.
 */
static int reserve_block(struct address_space *mapping, struct page *page)
{
	if (page->reserved)
		return 0;
	if (!COW && mapping->block[page->index])
		return 0;
	if (!take_free_block(mapping)) {
		check("S3", !page->mem_newer || page->dirty || page->writeback);
		return -ENOSPC;
	}
	page->reserved = true;
	return 0;
}

/* fs/buffer.c block_page_mkwrite(), fs/iomap.c iomap_page_mkwrite() */
int block_page_mkwrite(struct address_space *mapping, struct page *page)
{
	lock_page(page);
	if (page->mapping != mapping) {
		unlock_page(page);
		return VM_FAULT_NOPAGE;
	}
	if (FS_EXT4)
		create_page_buffers(mapping, page);
	if (reserve_block(mapping, page)) {
		unlock_page(page);
		return VM_FAULT_SIGBUS;
	}
	__atomic {
		page->notified = true;
		page->decided = false;
	}
	set_page_dirty(page);
	witness("S0", true);
	witness("L2", true);
	witness("S4", STABLE_PAGES && page->writeback);
	wait_for_stable_page(page);
	return VM_FAULT_LOCKED;
}

/* fs/ext4/inode.c ext4_page_mkwrite() (delalloc), fs/xfs/xfs_file.c __xfs_filemap_fault(); no freezing, no journal */
__weak int page_mkwrite(struct address_space *mapping, struct page *page)
{
	int ret;

	down_read_fault(&mapping->i_mmap_sem);
	ret = block_page_mkwrite(mapping, page);
	up_read_fault(&mapping->i_mmap_sem);
	return ret;
}

/* fs/ext4/inode.c mpage_prepare_extent_to_map(), page_buffers(): BUG_ON(!PagePrivate(page)) */
__weak bool writepage_no_buffers(struct page *page)
{
	BUG();
	return true;
}

/*
 * The block that this write goes to: fs/ext4/inode.c mpage_map_one_extent(), fs/xfs/xfs_aops.c xfs_map_blocks().
 * The reservation becomes a block (writepage() ends it, so that no moment is without either); without one it is too
 * late to say ENOSPC to anybody but fsync().
 */
static bool allocate_block(struct address_space *mapping, struct page *page)
{
	witness("S15", COW);
	if (page->reserved)
		return true;
	if (!COW && mapping->block[page->index])
		return true;
	check("S15", false);
	if (take_free_block(mapping))
		return true;
	check("S3", !page->mem_newer || page->dirty || page->writeback);
	mapping->wb_err = true;
	return false;
}

/*
 * fs/ext4/inode.c mpage_submit_page(), fs/ext4/page-io.c ext4_bio_write_page(), fs/xfs/xfs_aops.c xfs_do_writepage();
 * with REDIRTY, fs/buffer.c __block_write_full_page(), which does not wait for a locked buffer on the flusher's behalf.
 * Page lock held, PG_dirty just cleared (kept when a bounce page is written); unlocks.
 */
__weak void writepage(struct page *page, bool bounce, enum writeback_sync_modes sync)
{
	struct address_space *mapping = &files[0];
	bool dirty = true, old = false;

	witness("S0", true);
	check("S1", !FS_EXT4 || page->private);
	if (REDIRTY && sync == WB_SYNC_NONE && nondet(2)) {
		redirty_page_for_writepage(page);
		goto unlock;
	}
	if (FS_EXT4) {
		__atomic {
			dirty = page->buffer_dirty;
			if (!bounce)
				page->buffer_dirty = false;
		}
	}
	if (!dirty) {
		/* somebody's set_page_dirty() fell between the last write's two dirty bits: nothing to submit */
		set_page_writeback(page);
		end_page_writeback(page);
		goto unlock;
	}
	if (!allocate_block(mapping, page))
		goto unlock;
	/* cow: the old place is free once the new one is written */
	__atomic {
		old = COW && mapping->block[page->index];
		mapping->block[page->index] = true;
	}
	set_page_writeback(page);
	submit_write(page, old, bounce);
	page->reserved = false;
unlock:
	unlock_page(page);
}

/* fs/buffer.c try_to_free_buffers(), drop_buffers(); cancelling PG_dirty is part of the private_lock section */
static bool try_to_free_buffers(struct address_space *mapping, struct page *page)
{
	bool ret = false;

	if (PageWriteback(page))
		return false;
	spin_lock(&mapping->private_lock);
	if (!page->buffer_dirty) {
		ClearPagePrivate(page);
		put_page(page);
		cancel_dirty_page(page);
		ret = true;
	}
	spin_unlock(&mapping->private_lock);
	return ret;
}

/* mm/filemap.c try_to_release_page(), fs/ext4/inode.c ext4_releasepage(); PG_writeback is tested once */
__weak bool try_to_release_page(struct page *page)
{
	return try_to_free_buffers(&files[0], page);
}

/* mm/truncate.c do_invalidatepage(), fs/ext4/inode.c ext4_da_invalidatepage(), fs/buffer.c block_invalidatepage() */
void do_invalidatepage(struct address_space *mapping, struct page *page)
{
	__atomic { spec_truncated(page); }
	if (page->reserved) {
		page->reserved = false;
		give_free_block(mapping);
	}
	if (FS_EXT4 && PagePrivate(page)) {
		page->buffer_dirty = false;
		try_to_free_buffers(mapping, page);
	}
}
