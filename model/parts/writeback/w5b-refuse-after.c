// SPDX-License-Identifier: GPL-2.0-only
/*
 * W5b: page_mkclean() and try_to_unmap() refuse a pinned page; asked when all its ptes have changed
 *
 * John Hubbard, 27 Jun 2018, 1f6e79c5-5801-16d2-18a6-66bd0712b5b8@nvidia.com, in
 * the order that Kara asked for on 2 Jul 2018, 20180702101542.fi7ndfkg5fpzodey@quack2.suse.cz: first clear all
 * the page tables, then check PageDmaPinned(), "ditto for the unmap path".
 *
 * Reading: the refusal reaches the caller. The page stays dirty and is not written, for fsync() no more than for
 * the flusher; reclaim keeps it.
 */
#include <types.h>
#include <kernel.h>

enum wb_action mkclean_policy(struct page *page, int walked, enum writeback_sync_modes sync)
{
	return decide_pinned(page) ? WB_SKIP : WB_WRITE;
}

bool unmap_policy(struct page *page)
{
	return !decide_pinned(page);
}
