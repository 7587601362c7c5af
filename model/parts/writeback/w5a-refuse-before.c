// SPDX-License-Identifier: GPL-2.0-only
/*
 * W5a: page_mkclean() and try_to_unmap() leave the ptes of a pinned page alone; asked before each pte changes
 *
 * John Hubbard, 27 Jun 2018, 1f6e79c5-5801-16d2-18a6-66bd0712b5b8@nvidia.com:
 * "if (PageDmaPinned(page)) return false;" in page_mkclean_one() and try_to_unmap_one(). The December 2018 mail
 * ("use PageDmaPinned to decide what to do in page_mkclean() and try_to_unmap()") keeps it "as before".
 *
 * Reading: to the letter. false ends the walk, and clear_page_dirty_for_io() goes on as if there had been no pte:
 * the page is cleaned and written while a pte stays writable.
 */
#include <types.h>
#include <kernel.h>

bool mkclean_one_policy(struct page *page, struct vm_area_struct *vma)
{
	return !decide_pinned(page);
}

bool unmap_one_policy(struct page *page, struct vm_area_struct *vma)
{
	return !decide_pinned(page);
}
