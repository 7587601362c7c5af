// SPDX-License-Identifier: GPL-2.0-only
/*
 * W7: a pinned page never becomes clean: the flusher skips it, fsync() writes a bounce page
 *
 * Jan Kara, 10 Jul 2018, 20180710082100.mkdwngdv5kkrcz6n@quack2.suse.cz (Matthew Wilcox's suggestion), 14 Dec 2018,
 * 20181214154321.GF8896@quack2.suse.cz, and 18 Dec 2018, 20181218103306.GC18032@quack2.suse.cz.
 *
 * Reading: clear_page_dirty_for_io() asks when all ptes are write-protected. The bounce page is filled when the
 * write is submitted, and PG_dirty stays set.
 */
#include <types.h>
#include <kernel.h>

enum wb_action mkclean_policy(struct page *page, int walked, enum writeback_sync_modes sync)
{
	if (!decide_pinned(page))
		return WB_WRITE;
	return sync == WB_SYNC_ALL ? WB_BOUNCE : WB_SKIP;
}
