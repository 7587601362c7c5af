// SPDX-License-Identifier: GPL-2.0-only
/* From a page to the ptes that map it. The i_mmap tree's lock is not modelled: vmas do not come and go. */
#include <types.h>
#include <kernel.h>

/* mm/rmap.c page_add_file_rmap(), under the pte lock */
void page_add_file_rmap(struct page *page)
{
	atomic_inc(&page->_mapcount);
}

/* mm/rmap.c page_remove_rmap(), under the pte lock */
void page_remove_rmap(struct page *page)
{
	atomic_dec(&page->_mapcount);
}

/*
 * mm/rmap.c page_mkclean_one(): 0: not mapped here; 2: met, was clean; 3: met and cleaned; -1: the policy ends the
 * walk. PVMW_SYNC: the pte lock is taken even where the pte is none.
 */
int page_mkclean_one(struct page *page, struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *ptep = &mm->pte[page->index];
	pte_t pte;
	int met = 0;

	invalidate_start(mm, page->index);
	spin_lock(&mm->page_table_lock);
	pte = *ptep;
	if (pte.page == page) {
		met = 2;
		if (!mkclean_one_policy(page, vma)) {
			met = -1;
		} else if (pte_write(pte) || pte_dirty(pte)) {
			/* ptep_clear_flush(), then set_pte_at(): who looks without the lock may find none */
			__atomic {
				ptep->page = NULL;
				ptep->write = false;
				ptep->dirty = false;
				flush_tlb_page(mm, page->index);
			}
			ptep->page = page;
			met = 3;
		}
	}
	spin_unlock(&mm->page_table_lock);
	invalidate_end(mm, page->index);
	return met;
}

/* mm/rmap.c page_mkclean(): 2 * (ptes met) + (one of them was cleaned) */
__weak int page_mkclean(struct page *page)
{
	int walked = 0, cleaned = 0, met, i;

	if (!page_mapped(page))
		return 0;
	for (i = 0; i < NR_MMS; i++) {
		met = page_mkclean_one(page, &vmas[i]);
		if (met < 0)
			break;
		if (met > 0)
			walked++;
		if (met == 3)
			cleaned = 1;
	}
	return 2 * walked + cleaned;
}

/*
 * mm/rmap.c try_to_unmap_one(): without PVMW_SYNC, a none pte is passed over without the lock. The TLB is not flushed:
 * reclaim says TTU_BATCH_FLUSH. False: the policy ends the walk.
 */
bool try_to_unmap_one(struct page *page, struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *ptep = &mm->pte[page->index];
	pte_t pte;
	bool ret = true;

	invalidate_start(mm, page->index);
	if (ptep->page == NULL)
		goto out;
	spin_lock(&mm->page_table_lock);
	if (ptep->page != page)
		goto out_unlock;
	if (!unmap_one_policy(page, vma)) {
		ret = false;
		goto out_unlock;
	}
	/* ptep_get_and_clear(): xchg */
	__atomic {
		pte = *ptep;
		ptep->page = NULL;
		ptep->write = false;
		ptep->dirty = false;
	}
	if (pte_dirty(pte))
		set_page_dirty(page);
	page_remove_rmap(page);
	put_page(page);
out_unlock:
	spin_unlock(&mm->page_table_lock);
out:
	invalidate_end(mm, page->index);
	return ret;
}

/* mm/rmap.c try_to_unmap() */
__weak bool try_to_unmap(struct page *page)
{
	int i;

	for (i = 0; i < NR_MMS; i++) {
		if (!try_to_unmap_one(page, &vmas[i]))
			break;
		if (!page_mapped(page))
			break;
	}
	if (!unmap_policy(page))
		return false;
	return !page_mapped(page);
}

/* mm/rmap.c try_to_unmap_flush(), whether something was left or not */
void try_to_unmap_flush(void)
{
	int i, va;

	for (i = 0; i < NR_MMS; i++) {
		for (va = 0; va < NR_INDEX; va++)
			flush_tlb_page(&mms[i], va);
	}
}

/* hooks of the W and A axes that this file calls */

__weak bool mkclean_one_policy(struct page *page, struct vm_area_struct *vma)
{
	return true;
}

__weak bool unmap_one_policy(struct page *page, struct vm_area_struct *vma)
{
	return true;
}

__weak bool unmap_policy(struct page *page)
{
	return true;
}

__weak void invalidate_start(struct mm_struct *mm, int va)
{
}

__weak void invalidate_end(struct mm_struct *mm, int va)
{
}
