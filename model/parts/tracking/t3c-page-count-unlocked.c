// SPDX-License-Identifier: GPL-2.0-only
/*
 * T3c: as T3, a counter and a flag in struct page, without the lock
 *
 * John Hubbard, 10 Nov 2018, 20181110085041.10071-7-jhubbard@nvidia.com, where the comment in put_user_page()
 * names the window between the count's zero and the flag: this is what the lock is for.
 *
 * Reading: count, then flag; nothing is checked again.
 */
#include <types.h>

struct page_ext {
	bool dma_pinned __stale;	/* nothing orders the query */
	atomic_t dma_pinned_count __bits(3);
};

#include <kernel.h>

PAGEFLAG(DmaPinned, dma_pinned)

bool track_pin(struct page *page)
{
	atomic_inc(&page->dma_pinned_count);
	SetPageDmaPinned(page);
	return true;
}

void untrack_pin(struct page *page)
{
	if (atomic_dec_and_test(&page->dma_pinned_count))
		ClearPageDmaPinned(page);
}

bool page_dma_pinned(struct page *page)
{
	return PageDmaPinned(page);
}

int pin_count(struct address_space *mapping)
{
	int i, n = 0;

	for (i = 0; i < NR_PAGES; i++)
		n += pages[i].dma_pinned_count.counter;
	return n;
}

bool pin_flag(struct page *page)
{
	return page->dma_pinned;
}
