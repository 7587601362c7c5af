// SPDX-License-Identifier: GPL-2.0-only
/*
 * W8b: as W8, a pinned page is PageWriteback, ended before it is dirtied
 *
 * Dave Chinner, 13 Dec 2018, 20181213005119.GD29416@dastard, on what Glisse's [O1] asks for. Glisse answered the
 * same day, 20181213020229.GN5037@redhat.com: some pins last for years.
 *
 * Reading: as W8, but end_page_writeback() comes first: fsync() waits for it with the page lock held, and
 * set_page_dirty_lock() needs the page lock.
 */
#include <types.h>
#include <kernel.h>

int before_pin(struct page *page)
{
	lock_page(page);
	if (!page_mapping(page)) {
		unlock_page(page);
		return -EFAULT;
	}
	wait_on_page_writeback(page);
	set_page_writeback(page);
	unlock_page(page);
	return 0;
}

void release_user_page(struct page *page, bool dirty)
{
	end_page_writeback(page);
	if (dirty)
		set_page_dirty_lock(page);
	put_user_page(page);
}
