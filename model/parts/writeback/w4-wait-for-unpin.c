// SPDX-License-Identifier: GPL-2.0-only
/*
 * W4: data-integrity writeback waits until the page is unpinned; cleaning writeback skips it
 *
 * Jan Kara, 28 Jun 2018, 20180628091743.khhta7nafuwstd3m@quack2.suse.cz; John Hubbard, 1 Jul 2018,
 * 20180702005654.20369-7-jhubbard@nvidia.com; Kara, 2 Jul 2018, 20180702101542.fi7ndfkg5fpzodey@quack2.suse.cz.
 *
 * Reading: Kara's order: write-protect everything, then check and wait on a wait queue, with the page lock held.
 * Reclaim unmaps, then keeps a pinned page. (Hubbard's own order is in proposals/t2-implicit-count.c.)
 */
#include <types.h>
#include <kernel.h>

enum wb_action mkclean_policy(struct page *page, int walked, enum writeback_sync_modes sync)
{
	while (decide_pinned(page)) {
		if (sync == WB_SYNC_NONE)
			return WB_SKIP;
		wait_event(!page_dma_pinned(page));
	}
	return WB_WRITE;
}

bool unmap_policy(struct page *page)
{
	return !decide_pinned(page);
}
