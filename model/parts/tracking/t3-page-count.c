// SPDX-License-Identifier: GPL-2.0-only
/*
 * T3: a counter and a flag in struct page, in the room of page->lru; released by put_user_page()
 *
 * John Hubbard, 10 Nov 2018, patches 4 to 6 of 6: 20181110085041.10071-7-jhubbard@nvidia.com. In December 2018 this
 * is the "basic RFC approach" and "per-struct-page counter".
 *
 * Reading: as posted, with the plain spin_lock() on zone->zone_gup_lock. isolate_lru_page() and
 * PageDmaPinnedWasLru only keep the LRU list out of the way; there is no LRU here.
 */
#include <types.h>

struct page_ext {
	bool dma_pinned;			/* PAGE_DMA_PINNED in page->dma_pinned_flags */
	atomic_t dma_pinned_count __bits(3);	/* counts only while the flag is set */
};

#include <kernel.h>

struct zone {
	spinlock_t zone_gup_lock;
};
struct zone zones[1];

PAGEFLAG(DmaPinned, dma_pinned)

/* pin_page_for_dma() */
bool track_pin(struct page *page)
{
	spin_lock(&zones[0].zone_gup_lock);
	if (PageDmaPinned(page)) {
		atomic_inc(&page->dma_pinned_count);
	} else {
		atomic_set(&page->dma_pinned_count, 1);
		SetPageDmaPinned(page);
	}
	spin_unlock(&zones[0].zone_gup_lock);
	return true;
}

/* put_user_page(), up to its put_page() */
void untrack_pin(struct page *page)
{
	if (atomic_dec_and_test(&page->dma_pinned_count)) {
		spin_lock(&zones[0].zone_gup_lock);
		/* pin_page_for_dma() may have raised it again */
		if (atomic_read(&page->dma_pinned_count) == 0)
			ClearPageDmaPinned(page);
		spin_unlock(&zones[0].zone_gup_lock);
	}
}

bool page_dma_pinned(struct page *page)
{
	return PageDmaPinned(page);
}

int pin_count(struct address_space *mapping)
{
	int i, n = 0;

	for (i = 0; i < NR_PAGES; i++)
		if (pages[i].dma_pinned)
			n += pages[i].dma_pinned_count.counter;
	return n;
}

bool pin_flag(struct page *page)
{
	return page->dma_pinned;
}
