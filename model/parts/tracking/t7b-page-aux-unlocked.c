// SPDX-License-Identifier: GPL-2.0-only
/*
 * T7b: as T7, the count in a struct page_aux, without the lock
 *
 * John Hubbard, 13 Dec 2018, 01cf4e0c-b2d6-225a-3ee9-ef0f7e53684d@nvidia.com, which names no lock.
 *
 * Reading: the first pin allocates the page_aux without sleeping and publishes it with cmpxchg(), the last one
 * takes it away and frees it.
 */
#include <types.h>

struct page_ext {
	struct page_aux *aux;		/* in the place of page->private */
};

#include <kernel.h>

struct page_aux {
	atomic_t dma_pinned_count __bits(3);
};
struct page_aux page_auxes[NR_PAGES + 1];	/* one more, for the loser of a race */

/* cmpxchg(&page->aux, NULL, aux) == NULL */
static bool publish_aux(struct page *page, struct page_aux *aux)
{
	bool won;

	__atomic {
		won = !page->aux;
		if (won)
			page->aux = aux;
	}
	return won;
}

bool track_pin(struct page *page)
{
	struct page_aux *aux = READ_ONCE(page->aux);

	if (!aux) {
		aux = pool_get(page_auxes);	/* GFP_ATOMIC */
		if (!aux)
			return false;
		if (!publish_aux(page, aux)) {
			pool_put(aux);
			aux = READ_ONCE(page->aux);
		}
	}
	atomic_inc(&aux->dma_pinned_count);
	return true;
}

void untrack_pin(struct page *page)
{
	struct page_aux *aux = READ_ONCE(page->aux);

	if (atomic_dec_and_test(&aux->dma_pinned_count)) {
		WRITE_ONCE(page->aux, NULL);
		pool_put(aux);
	}
}

bool page_dma_pinned(struct page *page)
{
	struct page_aux *aux = READ_ONCE(page->aux);

	if (!aux)
		return false;
	return atomic_read(&aux->dma_pinned_count) > 0;
}

int pin_count(struct address_space *mapping)
{
	int i, n = 0;

	for (i = 0; i < NR_PAGES; i++)
		if (pages[i].aux)
			n += pages[i].aux->dma_pinned_count.counter;
	return n;
}

bool pin_flag(struct page *page)
{
	return page->aux && page->aux->dma_pinned_count.counter > 0;
}
