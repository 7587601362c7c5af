// SPDX-License-Identifier: GPL-2.0-only
/*
 * G3: count the pin, then read the pte again
 *
 * Jan Kara, 23 Jan 2019, 20190123180230.GN13149@quack2.suse.cz; Jerome Glisse agreed the same day,
 * 20190123190409.GF3097@redhat.com. page_mkclean() changes the pte first and reads the count afterwards, so one of
 * the two sees the other.
 *
 * Reading: gup_fast counts between the grab and gup_pte_range()'s own re-check; the slow path counts under the
 * pte lock, which page_mkclean() needs.
 */
#include <types.h>
#include <kernel.h>

/* mm/gup.c gup_pte_range(), with the count in page_cache_get_speculative() */
static struct page *gup_pte_pinned(struct mm_struct *mm, int va, int flags)
{
	pte_t *ptep = &mm->pte[va];
	struct page *page;
	pte_t pte, again;

	pte = READ_ONCE(*ptep);
	if (!pte_access_permitted(pte, flags & FOLL_WRITE))
		return NULL;
	page = pte_page(pte);
	if (!page_cache_get_speculative(page))
		return NULL;
	if (!track_pin(page)) {
		put_page(page);
		return NULL;
	}
	again = READ_ONCE(*ptep);
	if (!pte_same(pte, again)) {
		untrack_pin(page);
		put_page(page);
		return NULL;
	}
	return page;
}

struct page *gup_fast_pte(struct mm_struct *mm, int va, int flags)
{
	struct page *page;

	local_irq_disable();
	page = gup_pte_pinned(mm, va, flags);
	local_irq_enable();
	return page;
}

/* mm/gup.c follow_page_pte(), with the count in get_page() */
struct page *follow_page_pte(struct mm_struct *mm, int va, int flags)
{
	pte_t *ptep = &mm->pte[va];
	struct page *page = NULL;
	pte_t pte;

	spin_lock(&mm->page_table_lock);
	pte = *ptep;
	if (!pte_access_permitted(pte, flags & FOLL_WRITE))
		goto out;
	page = pte_page(pte);
	get_page(page);
	if (!track_pin(page)) {
		put_page(page);
		page = NULL;
		goto out;
	}
	if ((flags & FOLL_WRITE) && !pte_dirty(pte) && !PageDirty(page))
		set_page_dirty(page);
out:
	spin_unlock(&mm->page_table_lock);
	return page;
}
