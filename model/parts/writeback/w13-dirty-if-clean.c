// SPDX-License-Identifier: GPL-2.0-only
/*
 * W13: the release dirties a page only if it finds it clean, and looks without the page lock
 *
 * v4.20 drivers/infiniband/core/umem.c __ib_umem_release(); v6.18 mm/gup.c unpin_user_pages_dirty_lock(), whose
 * comment argues that either outcome of the race with clear_page_dirty_for_io() is harmless.
 *
 * Reading: as in the code.
 */
#include <types.h>
#include <kernel.h>

void release_user_page(struct page *page, bool dirty)
{
	if (dirty && !PageDirty(page))
		set_page_dirty_lock(page);
	put_user_page(page);
}
