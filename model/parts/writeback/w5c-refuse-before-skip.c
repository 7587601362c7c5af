// SPDX-License-Identifier: GPL-2.0-only
/*
 * W5c: as W5a, asked before each pte changes, but the caller is told: a page that was refused is not written
 *
 * John Hubbard, 1 Jul 2018, 20180702005654.20369-7-jhubbard@nvidia.com: page_mkclean_one() counts what it skipped,
 * page_mkclean() returns it.
 *
 * Reading: what the skip is meant for ("memory cleaning": 20180628091743.khhta7nafuwstd3m@quack2.suse.cz): the
 * page stays dirty. A page that no pte maps is never asked about.
 */
#include <types.h>

struct page_ext {
	bool mkclean_skipped;		/* page lock; page_mkclean_info.skipped */
};

#include <kernel.h>

bool mkclean_one_policy(struct page *page, struct vm_area_struct *vma)
{
	if (!decide_pinned(page))
		return true;
	page->mkclean_skipped = true;
	return false;
}

enum wb_action mkclean_policy(struct page *page, int walked, enum writeback_sync_modes sync)
{
	if (!page->mkclean_skipped)
		return WB_WRITE;
	page->mkclean_skipped = false;
	return WB_SKIP;
}

bool unmap_one_policy(struct page *page, struct vm_area_struct *vma)
{
	return !decide_pinned(page);
}
