// SPDX-License-Identifier: GPL-2.0-only
/* PG_dirty, PG_writeback and the tags in the page cache. */
#include <types.h>
#include <kernel.h>

/* mm/page-writeback.c set_page_dirty(): page lock, or the lock of a pte that maps the page */
__weak bool set_page_dirty(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (mapping)
		return __set_page_dirty_buffers(mapping, page);
	witness("S11", true);
	if (!PageDirty(page))
		return !TestSetPageDirty(page);
	return false;
}

/* mm/page-writeback.c set_page_dirty_lock() */
__weak bool set_page_dirty_lock(struct page *page)
{
	bool ret;

	lock_page(page);
	ret = set_page_dirty(page);
	unlock_page(page);
	return ret;
}

/* mm/page-writeback.c __cancel_dirty_page() */
void cancel_dirty_page(struct page *page)
{
	TestClearPageDirty(page);
}

/* include/linux/page-flags.h TestClearPageDirty(), for writeback: the filesystem's preparations end here */
bool test_clear_page_dirty(struct page *page)
{
	bool was;

	__atomic {
		was = page->dirty;
		page->dirty = false;
		if (was)
			spec_cleaned(page);
	}
	return was;
}

/* mm/page-writeback.c clear_page_dirty_for_io(); page lock held. WB_SKIP: leave the page alone */
__weak enum wb_action clear_page_dirty_for_io(struct page *page, enum writeback_sync_modes sync)
{
	enum wb_action action;
	int met;

	met = page_mkclean(page);
	if (met % 2)
		set_page_dirty(page);
	action = mkclean_policy(page, met / 2, sync);
	if (action != WB_WRITE)
		return action;
	if (test_clear_page_dirty(page))
		return WB_WRITE;
	return WB_SKIP;
}

/* mm/page-writeback.c __test_set_page_writeback(); the page is locked and in the cache. The tags are one step */
void set_page_writeback(struct page *page)
{
	struct address_space *mapping = &files[0];
	bool dirty;

	spin_lock_irqsave(&mapping->i_pages_lock);
	page->writeback = true;
	dirty = PageDirty(page);
	__atomic {
		mapping->tag_writeback[page->index] = true;
		mapping->tag_towrite[page->index] = false;
		if (!dirty)
			mapping->tag_dirty[page->index] = false;
	}
	spin_unlock_irqrestore(&mapping->i_pages_lock);
}

/* mm/page-writeback.c redirty_page_for_writepage(), __set_page_dirty_nobuffers(): the preparations and the buffer's dirt stay */
bool redirty_page_for_writepage(struct page *page)
{
	__atomic { spec_redirtied(page); }
	if (TestSetPageDirty(page))
		return false;
	spin_lock_irqsave(&files[0].i_pages_lock);
	BUG_ON(page->mapping != &files[0]);
	files[0].tag_dirty[page->index] = true;
	spin_unlock_irqrestore(&files[0].i_pages_lock);
	return true;
}

/* mm/page-writeback.c tag_pages_for_writeback(): fsync's first step, where what it promises begins */
void tag_pages_for_writeback(struct address_space *mapping, bool promise)
{
	int i;

	spin_lock_irq(&mapping->i_pages_lock);
	if (promise)
		__atomic { spec_fsync_called(); }
	for (i = 0; i < NR_INDEX; i++) {
		__atomic {
			if (mapping->tag_dirty[i])
				mapping->tag_towrite[i] = true;
		}
	}
	spin_unlock_irq(&mapping->i_pages_lock);
}

/* mm/page-writeback.c write_cache_pages(), the loop's body; fs/ext4/inode.c mpage_prepare_extent_to_map() is alike */
static void write_cache_page(struct address_space *mapping, struct page *page, enum writeback_sync_modes sync)
{
	enum wb_action action;

	lock_page(page);
	if (page->mapping != mapping)
		goto unlock;
	if (!PageDirty(page))
		goto unlock;
	/* writeback meets a pinned page: whatever keeps it from being written, from here on, is the protocol */
	witness("S4o1", spec_held(page));
	witness("S5k", spec_held(page));
	if (PageWriteback(page)) {
		if (sync == WB_SYNC_NONE)
			goto unlock;
		wait_on_page_writeback(page);
	}
	if (writeback_policy(page, sync) == WB_SKIP)
		goto unlock;
	BUG_ON(PageWriteback(page));
	if (FS_EXT4 && !PagePrivate(page) && writepage_no_buffers(page))
		goto unlock;
	action = clear_page_dirty_for_io(page, sync);
	if (action == WB_SKIP)
		goto unlock;
	writepage(page, action == WB_BOUNCE, sync);
	return;
unlock:
	unlock_page(page);
}

/* mm/page-writeback.c write_cache_pages() */
void write_cache_pages(struct address_space *mapping, enum writeback_sync_modes sync)
{
	struct page *page;
	bool tagged;
	int i;

	for (i = 0; i < NR_INDEX; i++) {
		if (sync == WB_SYNC_ALL)
			tagged = mapping->tag_towrite[i];
		else
			tagged = mapping->tag_dirty[i];
		if (!tagged)
			continue;
		page = find_get_page(mapping, i);
		if (!page)
			continue;
		write_cache_page(mapping, page, sync);
		put_page(page);
	}
}

__weak enum wb_action mkclean_policy(struct page *page, int walked, enum writeback_sync_modes sync)
{
	return WB_WRITE;
}

__weak enum wb_action writeback_policy(struct page *page, enum writeback_sync_modes sync)
{
	return WB_WRITE;
}
