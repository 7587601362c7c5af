// SPDX-License-Identifier: GPL-2.0-only
/*
 * G3b: as G3 for callers that say FOLL_PIN; direct I/O takes plain references
 *
 * Linux 6.1, as recordings of 6.1.192 show it: process_vm_writev() adds the bias to the count
 * (model/tests/kernel-traces/6.1-ext4_pvmw.jsonl), direct I/O adds one (6.1-ext4_dio_wb1.jsonl).
 *
 * Reading: both orders as in G3. Whoever asks about pins does not see direct I/O.
 */
#include <types.h>
#include <kernel.h>

/* mm/gup.c gup_pte_range() with FOLL_PIN: the count in try_grab_folio() */
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
	if (flags & FOLL_PIN)
		page = gup_pte_pinned(mm, va, flags);
	else
		page = gup_pte(mm, va, flags);
	local_irq_enable();
	return page;
}

/* mm/gup.c follow_page_pte(), with the count in try_grab_page(), under the pte lock */
static struct page *follow_pte_pinned(struct mm_struct *mm, int va, int flags)
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

struct page *follow_page_pte(struct mm_struct *mm, int va, int flags)
{
	if (flags & FOLL_PIN)
		return follow_pte_pinned(mm, va, flags);
	return follow_pte(mm, va, flags);
}

/* block/bio.c bio_release_pages(): put_page(), as nothing was counted */
void release_bio_slot(struct pin_slot *slot, bool dirty)
{
	release_reference(slot, dirty);
}
