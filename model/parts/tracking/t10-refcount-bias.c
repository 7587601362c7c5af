// SPDX-License-Identifier: GPL-2.0-only
/*
 * T10: a pin is many references: page->_refcount += GUP_PIN_COUNTING_BIAS
 *
 * Jan Kara, 14 Jan 2019 (PAGE_PIN_BIAS): 20190114145447.GJ13316@quack2.suse.cz. Merged by John Hubbard as
 * commit 3faa52c03f44 ("mm/gup: track FOLL_PIN pages").
 *
 * Reading: as merged, without the mapcount in the query. One reference is taken first, the rest added here, as
 * v6.18's try_grab_folio_fast() does. The bias is 16 instead of 1024: more than all other references together.
 */
#include <types.h>

#ifndef GUP_PIN_COUNTING_BIAS
#define GUP_PIN_COUNTING_BIAS 16
#endif

#include <kernel.h>

/* try_grab_folio_fast(): the caller holds the first reference */
bool track_pin(struct page *page)
{
	atomic_add(GUP_PIN_COUNTING_BIAS - 1, &page->_refcount);
	smp_mb__after_atomic();
	return true;
}

/* gup_put_folio(): the caller drops the last one */
void untrack_pin(struct page *page)
{
	atomic_sub(GUP_PIN_COUNTING_BIAS - 1, &page->_refcount);
}

/* page_maybe_dma_pinned() */
bool page_dma_pinned(struct page *page)
{
	return page_count(page) >= GUP_PIN_COUNTING_BIAS;
}

int pin_count(struct address_space *mapping)
{
	int i, n = 0;

	for (i = 0; i < NR_PAGES; i++)
		n += pages[i]._refcount.counter / GUP_PIN_COUNTING_BIAS;
	return n;
}

bool pin_flag(struct page *page)
{
	return page->_refcount.counter >= GUP_PIN_COUNTING_BIAS;
}
