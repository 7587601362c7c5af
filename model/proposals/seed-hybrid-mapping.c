// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hybrid of the December 2018 mail, as typed there, with the count in the address_space
 *
 * John Hubbard, 13 Dec 2018, 05a68829-6e6d-b766-11b4-99e1ba4bc87b@nvidia.com; idea credited to Jerome Glisse.
 *
 * Reading: "look up dma_pinned_count via page_mapping's": the appropriate mapping is page_mapping(). Nothing is
 * checked that the mail does not check. page_mkclean() and try_to_unmap() use PageDmaPinned "as before": the
 * early-outs of June 2018.
 */
#include <types.h>

struct page_ext {
	bool dma_pinned;
};
struct mapping_ext {
	atomic_t dma_pinned_count __bits(3);
};

#include <kernel.h>

PAGEFLAG(DmaPinned, dma_pinned)

static inline bool PageAnon(struct page *page)
{
	return false;
}

/* 1. the counter(s) in the mappings; get_user_pages() */
bool track_pin(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	atomic_inc(&mapping->dma_pinned_count);
	SetPageDmaPinned(page);
	return true;
}

/* 2. no page_mkwrite, nothing that requires lock_page() */
void put_user_page(struct page *page)
{
	struct address_space *mapping;

	if (PageAnon(page)) {
		put_page(page);
	} else {
		/*
		 * Check PageDmaPinned, look up dma_pinned_count, decrement the appropriate mapping's. Clear
		 * PageDmaPinned if dma_pinned_count hits zero.
		 */
		if (PageDmaPinned(page)) {
			mapping = page_mapping(page);
			if (atomic_dec_and_test(&mapping->dma_pinned_count))
				ClearPageDmaPinned(page);
		}
		put_page(page);
	}
}

/* 3. "and as before, use PageDmaPinned to decide what to do" */
bool page_dma_pinned(struct page *page)
{
	return PageDmaPinned(page);
}

/* page_mkclean() */
bool mkclean_one_policy(struct page *page, struct vm_area_struct *vma)
{
	if (decide_pinned(page))
		return false;
	return true;
}

/* try_to_unmap() */
bool unmap_one_policy(struct page *page, struct vm_area_struct *vma)
{
	if (decide_pinned(page))
		return false;
	return true;
}

int pin_count(struct address_space *mapping)
{
	return mapping->dma_pinned_count.counter;
}

bool pin_flag(struct page *page)
{
	return page->dma_pinned;
}
