// SPDX-License-Identifier: GPL-2.0-only
/*
 * W8: a pinned page is PageWriteback, so that all who want to write it wait
 *
 * Dave Chinner, 13 Dec 2018, 20181213005119.GD29416@dastard, on what Glisse's [O1] asks for. Glisse answered the
 * same day, 20181213020229.GN5037@redhat.com: some pins last for years.
 *
 * Reading: the bit is the count. A pin waits for it to clear (for another pin's as well) and sets it; the release
 * dirties the page and ends it. Truncate waits too.
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
	if (dirty)
		set_page_dirty_lock(page);
	end_page_writeback(page);
	put_user_page(page);
}
