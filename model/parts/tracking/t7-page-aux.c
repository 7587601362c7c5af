// SPDX-License-Identifier: GPL-2.0-only
/*
 * T7: the count in a struct page_aux, out of line, reached through page->private
 *
 * Jan Kara, 10 Dec 2018, 20181210102846.GC29289@quack2.suse.cz (squeeze out what HMM keeps in struct page);
 * John Hubbard, 13 Dec 2018, 01cf4e0c-b2d6-225a-3ee9-ef0f7e53684d@nvidia.com (struct page_aux). Never posted as
 * patches.
 *
 * Reading: the first pin allocates the page_aux without sleeping, the last one frees it, and an irq-safe lock
 * holds them apart. The pointer to the buffers moves to aux->private, and the filesystem looks for it there.
 */
#include <types.h>

struct page_ext {
	struct page_aux *aux;		/* in the place of page->private */
};

#include <kernel.h>

struct page_aux {
	atomic_t dma_pinned_count __bits(3);
};
struct page_aux page_auxes[NR_PAGES];

struct page_aux_lock {
	spinlock_t lock;
};
struct page_aux_lock page_aux_lock[1];

bool track_pin(struct page *page)
{
	struct page_aux *aux;

	spin_lock_irqsave(&page_aux_lock[0].lock);
	aux = page->aux;
	if (!aux) {
		aux = pool_get(page_auxes);	/* GFP_ATOMIC */
		if (!aux) {
			spin_unlock_irqrestore(&page_aux_lock[0].lock);
			return false;
		}
		page->aux = aux;
	}
	atomic_inc(&aux->dma_pinned_count);
	spin_unlock_irqrestore(&page_aux_lock[0].lock);
	return true;
}

void untrack_pin(struct page *page)
{
	struct page_aux *aux;

	spin_lock_irqsave(&page_aux_lock[0].lock);
	aux = page->aux;
	if (atomic_dec_and_test(&aux->dma_pinned_count)) {
		page->aux = NULL;
		pool_put(aux);
	}
	spin_unlock_irqrestore(&page_aux_lock[0].lock);
}

/* an aux is there while its count is not zero */
bool page_dma_pinned(struct page *page)
{
	return READ_ONCE(page->aux) != NULL;
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
	return page->aux != NULL;
}
