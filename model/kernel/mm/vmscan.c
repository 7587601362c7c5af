// SPDX-License-Identifier: GPL-2.0-only
/* Reclaim. The LRU lists are not modelled: kswapd looks at any page at any time. */
#include <types.h>
#include <kernel.h>

/* mm/vmscan.c __remove_mapping(): freeze, then look at PG_dirty */
static bool __remove_mapping(struct address_space *mapping, struct page *page)
{
	spin_lock_irqsave(&mapping->i_pages_lock);
	/* the page cache's reference and ours */
	if (!page_ref_freeze(page, 2))
		goto cannot_free;
	if (PageDirty(page)) {
		page_ref_unfreeze(page, 2);
		goto cannot_free;
	}
	delete_clean_from_page_cache(mapping, page);
	spin_unlock_irqrestore(&mapping->i_pages_lock);
	return true;

cannot_free:
	spin_unlock_irqrestore(&mapping->i_pages_lock);
	return false;
}

/* mm/vmscan.c remove_mapping(): leaves the caller's reference */
bool remove_mapping(struct address_space *mapping, struct page *page)
{
	if (!__remove_mapping(mapping, page))
		return false;
	page_ref_unfreeze(page, 1);
	return true;
}

/* mm/vmscan.c shrink_page_list(), for one page. True: it is frozen and out of the cache. Dirty pages are the flusher's */
static bool shrink_page(struct page *page)
{
	struct address_space *mapping;

	if (PageWriteback(page))
		return false;
	mapping = page_mapping(page);
	if (page_mapped(page)) {
		if (!try_to_unmap(page))
			return false;
	}
	if (!reclaim_policy(page))
		return false;
	if (PageDirty(page))
		return false;
	if (!mapping)
		return false;
	if (FS_EXT4 && PagePrivate(page)) {
		if (!try_to_release_page(page))
			return false;
	}
	return __remove_mapping(mapping, page);
}

/* mm/vmscan.c isolate_lru_pages(), shrink_page_list(), putback_inactive_pages(). TLBs are flushed when the list is through */
void reclaim(struct page *page)
{
	bool freed;

	if (!get_page_unless_zero(page))
		return;
	if (!trylock_page(page)) {
		put_page(page);
		return;
	}
	witness("S17", spec_held(page));
	witness("S9", FS_EXT4 && page->private && spec_held(page));
	freed = shrink_page(page);
	unlock_page(page);
	try_to_unmap_flush();
	if (freed)
		__put_page(page);
	else
		put_page(page);
}

__weak bool reclaim_policy(struct page *page)
{
	return true;
}
