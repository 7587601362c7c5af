// SPDX-License-Identifier: GPL-2.0-only
/*
 * T2: a counter in the room of page->lru, which get_page() and put_page() keep once it is in use
 *
 * John Hubbard, 1 Jul 2018, "[PATCH v2 5/6] mm: track gup pages with page->dma_pinned_* fields",
 * 20180702005654.20369-6-jhubbard@nvidia.com, and "[PATCH v2 6/6] mm: page_mkclean, ttu: handle pinned pages",
 * 20180702005654.20369-7-jhubbard@nvidia.com. Jan Kara, 2 Jul 2018, 20180702095331.n5zfz35d3invl5al@quack2.suse.cz:
 * "these two are just wrong".
 *
 * Reading: the two patches, without the LRU list: isolate_lru_page() never fails. The sync_mode that patch 4
 * hands to page_mkclean() waits in the page.
 */
#include <types.h>

struct page_ext {
	bool dma_pinned;			/* PAGE_DMA_PINNED in page->dma_pinned_flags */
	atomic_t dma_pinned_count __bits(3);	/* counts only while the flag is set */
	bool skip_pinned_pages __wraps;		/* page lock; the parameter of page_mkclean(), kept for nobody */
};

#include <kernel.h>

struct zone {
	spinlock_t zone_gup_lock;
};
struct zone zones[1];

PAGEFLAG(DmaPinned, dma_pinned)

/* ---- patch 5: mm/gup.c, mm/swap.c, include/linux/mm.h ---- */

/* pin_page_for_dma(), at the end of get_user_pages() */
bool track_pin(struct page *page)
{
	spin_lock(&zones[0].zone_gup_lock);
	if (PageDmaPinned(page)) {
		atomic_inc(&page->dma_pinned_count);
		goto unlock_out;
	}
	atomic_set(&page->dma_pinned_count, 1);
	SetPageDmaPinned(page);
unlock_out:
	spin_unlock(&zones[0].zone_gup_lock);
	return true;
}

static void __get_page_for_pinned_dma(struct page *page)
{
	spin_lock(&zones[0].zone_gup_lock);
	if (PageDmaPinned(page))
		atomic_inc(&page->dma_pinned_count);
	spin_unlock(&zones[0].zone_gup_lock);
}

static void __put_page_for_pinned_dma(struct page *page)
{
	if (atomic_dec_and_test(&page->dma_pinned_count)) {
		spin_lock(&zones[0].zone_gup_lock);
		/* pin_page_for_dma() or get_page() may have raised it again */
		if (atomic_read(&page->dma_pinned_count) == 0)
			ClearPageDmaPinned(page);
		spin_unlock(&zones[0].zone_gup_lock);
	}
}

void get_page(struct page *page)
{
	__atomic {
		check("S13", page->_refcount.counter > 0);
		page->_refcount.counter++;
	}
	if (unlikely(PageDmaPinned(page)))
		__get_page_for_pinned_dma(page);
}

void put_page(struct page *page)
{
	if (unlikely(PageDmaPinned(page)))
		__put_page_for_pinned_dma(page);
	put_page_many(page, 1);
}

/* ---- patch 6: mm/page-writeback.c, mm/rmap.c ---- */

bool page_dma_pinned(struct page *page)
{
	return PageDmaPinned(page);
}

/* called with zone_gup_lock held */
static void wait_for_dma_pinned_to_clear(struct page *page)
{
	while (decide_pinned(page)) {
		spin_unlock(&zones[0].zone_gup_lock);
		/* schedule() */
		wait_event(!PageDmaPinned(page));
		spin_lock(&zones[0].zone_gup_lock);
	}
}

/* clear_page_dirty_for_io(page, sync_mode) */
enum wb_action writeback_policy(struct page *page, enum writeback_sync_modes sync)
{
	page->skip_pinned_pages = sync != WB_SYNC_ALL;
	return WB_WRITE;
}

int page_mkclean(struct page *page)
{
	bool is_dma_pinned, skipped = false;
	int cleaned = 0, met, i;

	if (!page_mapped(page))
		return 0;
	if (!page_mapping(page))
		return 0;
	for (i = 0; i < NR_MMS && !skipped; i++) {
		/* page_mkclean_one(): serialize with get_user_pages */
		spin_lock(&zones[0].zone_gup_lock);
		is_dma_pinned = decide_pinned(page);
		if (is_dma_pinned && page->skip_pinned_pages) {
			skipped = true;
		} else {
			/* it was dropped here around mmu_notifier_invalidate_range_start() */
			wait_for_dma_pinned_to_clear(page);
			met = page_mkclean_one(page, &vmas[i]);
			if (met == 3)
				cleaned = 1;
		}
		spin_unlock(&zones[0].zone_gup_lock);
	}
	return cleaned && !skipped;
}

bool try_to_unmap(struct page *page)
{
	bool pinned;
	int i;

	for (i = 0; i < NR_MMS; i++) {
		/* try_to_unmap_one(): serialize with get_user_pages */
		spin_lock(&zones[0].zone_gup_lock);
		pinned = decide_pinned(page);
		spin_unlock(&zones[0].zone_gup_lock);
		if (pinned || !try_to_unmap_one(page, &vmas[i]))
			break;
		if (!page_mapped(page))
			break;
	}
	return !page_mapped(page);
}

/* ---- what the claims look at ---- */

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
