// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAME: one line that says what it does
 *
 * Who, when, message id. Reading: where the mail leaves an order open, say here which one this file takes.
 *
 * A proposal is judged against claims that it does not see: `explore list claims`. What it can do is fill hooks and
 * replace functions that the base kernel declares __weak; both are listed, with their contexts and locks, in
 * model/kernel/include/hooks.h and base.h. docs/kernel-c.md defines the language: each read and each write of a shared member
 * is one step, and anything may happen between two steps.
 *
 * As it stands, this counts pins in struct page and lets page_mkclean() leave a pinned page alone. It is wrong in
 * several ways. `explore check NAME.c` shows them.
 */
#include <types.h>

/*
 * What the proposal adds to struct page. vma_ext, mapping_ext and mm_ext extend the other objects. An atomic_t has
 * six bits unless __bits() says otherwise; the fewer, the faster. `explore` reports a count that does not fit.
 */
struct page_ext {
	bool dma_pinned;
	atomic_t dma_pinned_count __bits(3);
};

#include <kernel.h>

/* PageDmaPinned(), SetPageDmaPinned(), ClearPageDmaPinned(), TestSet..., TestClear...: one step each */
PAGEFLAG(DmaPinned, dma_pinned)

/* hook: get_user_pages() has a reference and counts its pin. False: too many, the pin fails */
bool track_pin(struct page *page)
{
	atomic_inc(&page->dma_pinned_count);
	SetPageDmaPinned(page);
	return true;
}

/*
 * __weak in the base, where it calls the hook untrack_pin() and then put_page(). A definition here replaces it.
 * It runs in any context, softirq included, where current->mm is somebody else's.
 */
void put_user_page(struct page *page)
{
	if (atomic_dec_and_test(&page->dma_pinned_count))
		ClearPageDmaPinned(page);
	put_page(page);
}

/* hook: the question. Writeback and reclaim ask it through decide_pinned(), which carries claims S6 and S6p */
bool page_dma_pinned(struct page *page)
{
	return PageDmaPinned(page);
}

/* hook: page_mkclean() is about to write-protect a pte. Page lock and pte lock held; false ends the walk */
bool mkclean_one_policy(struct page *page, struct vm_area_struct *vma)
{
	return !decide_pinned(page);
}

/* for claims only, evaluated at once: how many pins the proposal counts for the file (S7) */
int pin_count(struct address_space *mapping)
{
	int i, n = 0;

	for (i = 0; i < NR_PAGES; i++)
		n += pages[i].dma_pinned_count.counter;
	return n;
}

/* for claims only: does the proposal call the page pinned (S7, L6) */
bool pin_flag(struct page *page)
{
	return page->dma_pinned;
}
