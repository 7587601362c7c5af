// SPDX-License-Identifier: GPL-2.0-only
/*
 * T6a: hybrid: the flag in the page, the count in the address_space
 *
 * John Hubbard, 13 Dec 2018, idea credited to Jerome Glisse: 05a68829-6e6d-b766-11b4-99e1ba4bc87b@nvidia.com
 *
 * Reading: "the mappings" are what page_mapping() returns, one address_space for each file page. A page that was
 * invalidated has none: it is then neither counted nor released.
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

bool track_pin(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (!mapping)
		return false;
	atomic_inc(&mapping->dma_pinned_count);
	SetPageDmaPinned(page);
	return true;
}

void untrack_pin(struct page *page)
{
	struct address_space *mapping;

	if (!PageDmaPinned(page))
		return;
	mapping = page_mapping(page);
	if (mapping && atomic_dec_and_test(&mapping->dma_pinned_count))
		ClearPageDmaPinned(page);
}

bool page_dma_pinned(struct page *page)
{
	return PageDmaPinned(page);
}

int pin_count(struct address_space *mapping)
{
	return mapping->dma_pinned_count.counter;
}

bool pin_flag(struct page *page)
{
	return page->dma_pinned;
}
