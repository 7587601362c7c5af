// SPDX-License-Identifier: GPL-2.0-only
/* Reference counts and the page allocator. */
#include <types.h>
#include <kernel.h>

/* include/linux/mm.h get_page() */
__weak void get_page(struct page *page)
{
	__atomic {
		check("S13", page->_refcount.counter > 0);
		page->_refcount.counter++;
	}
}

/* include/linux/mm.h get_page_unless_zero(): legal on a free page */
__weak bool get_page_unless_zero(struct page *page)
{
	return atomic_inc_not_zero(&page->_refcount);
}

/* include/linux/pagemap.h page_cache_get_speculative() */
bool page_cache_get_speculative(struct page *page)
{
	return get_page_unless_zero(page);
}

/*
 * mm/swap.c __put_page(), mm/page_alloc.c free_unref_page(): nobody refers to the page any more. What a part keeps in
 * the page must be gone by now (mm/page_alloc.c free_pages_check() calls flags that are not a bad page).
 */
void __put_page(struct page *page)
{
	__atomic {
		check("S7", page_ext_is_zero(page));
		page->allocated = false;
		page->dirty = false;
		spec_freed(page);
	}
}

/* include/linux/mm.h put_page() */
__weak void put_page(struct page *page)
{
	if (atomic_dec_and_test(&page->_refcount))
		__put_page(page);
}

/* include/linux/page_ref.h page_ref_sub_and_test(): several references of one holder at once */
void put_page_many(struct page *page, int n)
{
	if (atomic_sub_and_test(n, &page->_refcount))
		__put_page(page);
}

/* include/linux/page_ref.h page_ref_freeze() */
bool page_ref_freeze(struct page *page, int count)
{
	bool frozen;

	__atomic {
		frozen = page->_refcount.counter == count;
		if (frozen)
			page->_refcount.counter = 0;
		check("S13", !frozen || !spec_held(page));
		witness("S13", frozen);
	}
	return frozen;
}

/* include/linux/page_ref.h page_ref_unfreeze() */
void page_ref_unfreeze(struct page *page, int count)
{
	atomic_set(&page->_refcount, count);
}

/*
 * mm/page_alloc.c __alloc_pages_nodemask(), prep_new_page(): lower pages first. __SetPageLocked() of
 * __add_to_page_cache_locked() is part of the step: without LRU lists, reclaim could find the page before.
 */
struct page *alloc_page(int index)
{
	struct page *page;
	bool mine;
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		page = &pages[i];
		if (page->index != index)
			continue;
		__atomic {
			mine = !page->allocated;
			if (mine) {
				page->allocated = true;
				page_ext_zero(page);
				page->_refcount.counter = 1;
				page->locked = true;
			}
		}
		if (mine)
			return page;
	}
	return NULL;
}

/* The thread's placeholder: every page of get_user_pages() is released through it, in any context. */
__weak void put_user_page(struct page *page)
{
	untrack_pin(page);
	put_page(page);
}
