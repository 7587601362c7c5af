// SPDX-License-Identifier: GPL-2.0-only
/* get_user_pages(), one page at a time. */
#include <types.h>
#include <kernel.h>

/* mm/gup.c gup_pte_range(): no locks, interrupts off. Grab, then look at the pte again */
struct page *gup_pte(struct mm_struct *mm, int va, int flags)
{
	pte_t *ptep = &mm->pte[va];
	struct page *page;
	pte_t pte, again;

	pte = *ptep;
	witness("S14", true);
	if (!pte_access_permitted(pte, flags & FOLL_WRITE))
		return NULL;
	page = pte.page;
	if (!page_cache_get_speculative(page))
		return NULL;
	again = *ptep;
	if (!pte_same(pte, again)) {
		put_page(page);
		return NULL;
	}
	return page;
}

/* mm/gup.c get_user_pages_fast(), its part with interrupts off. G0: the pin is counted after the fact */
__weak struct page *gup_fast_pte(struct mm_struct *mm, int va, int flags)
{
	struct page *page;

	local_irq_disable();
	page = gup_pte(mm, va, flags);
	local_irq_enable();
	if (!page)
		return NULL;
	if (!track_pin(page)) {
		put_page(page);
		return NULL;
	}
	return page;
}

/* mm/gup.c follow_page_pte(), up to the unlock: a reference, taken under the pte lock */
struct page *follow_pte(struct mm_struct *mm, int va, int flags)
{
	pte_t *ptep = &mm->pte[va];
	struct page *page = NULL;
	pte_t pte;

	spin_lock(&mm->page_table_lock);
	pte = *ptep;
	if (pte_access_permitted(pte, flags & FOLL_WRITE)) {
		page = pte.page;
		get_page(page);
		if ((flags & FOLL_WRITE) && !pte_dirty(pte) && !PageDirty(page))
			set_page_dirty(page);
	}
	spin_unlock(&mm->page_table_lock);
	return page;
}

/* mm/gup.c follow_page_pte(). G0: the pin is counted after the pte lock was dropped */
__weak struct page *follow_page_pte(struct mm_struct *mm, int va, int flags)
{
	struct page *page = follow_pte(mm, va, flags);

	if (page && !track_pin(page)) {
		put_page(page);
		return NULL;
	}
	return page;
}

/* mm/gup.c faultin_page(): 0: look again */
static int faultin_page(struct vm_area_struct *vma, int va, int flags)
{
	int ret = handle_mm_fault(vma, va, flags & FOLL_WRITE);

	if (ret == VM_FAULT_OOM)
		return -ENOMEM;
	if (ret == VM_FAULT_SIGBUS)
		return -EFAULT;
	return 0;
}

/* the last step: the caller has its page */
static int pin_page(struct page *page, int flags, struct pin_slot *slot)
{
	int ret = before_pin(page);

	if (ret) {
		put_user_page(page);
		return ret;
	}
	__atomic {
		slot->page = page;
		if (flags & FOLL_WRITE)
			spec_pinned(slot, page);
	}
	return 0;
}

/*
 * mm/gup.c __get_user_pages(); mmap_sem held for read. Where the kernel looks and faults until it has a page, this
 * looks twice: the caller tries again.
 */
static int __get_user_pages(struct mm_struct *mm, int va, int flags, struct pin_slot *slot)
{
	struct vm_area_struct *vma = find_vma(mm, NULL);
	struct page *page;
	int ret;

	if (!vma)
		return -EFAULT;
	page = follow_page_pte(mm, va, flags);
	if (!page) {
		ret = faultin_page(vma, va, flags);
		if (ret)
			return ret;
		page = follow_page_pte(mm, va, flags);
		if (!page)
			return -EBUSY;
	}
	return pin_page(page, flags, slot);
}

/* mm/gup.c get_user_pages(), get_user_pages_longterm() */
int get_user_pages(struct mm_struct *mm, int va, int flags, struct pin_slot *slot)
{
	int ret = may_pin(mm, flags);

	if (ret)
		return ret;
	return __get_user_pages(mm, va, flags, slot);
}

/* mm/gup.c get_user_pages_fast(), get_user_pages_unlocked() */
int get_user_pages_fast(struct mm_struct *mm, int va, int flags, struct pin_slot *slot)
{
	struct page *page;
	int ret = may_pin(mm, flags);

	if (ret)
		return ret;
	page = gup_fast_pte(mm, va, flags);
	if (page)
		return pin_page(page, flags, slot);
	down_read_fault(&mm->mmap_sem);
	ret = __get_user_pages(mm, va, flags, slot);
	up_read_fault(&mm->mmap_sem);
	return ret;
}

/* hooks of the T, W and A axes that this file calls */

__weak bool track_pin(struct page *page)
{
	return true;
}

__weak void untrack_pin(struct page *page)
{
}

__weak bool page_dma_pinned(struct page *page)
{
	return false;
}

__weak int pin_count(struct address_space *mapping)
{
	return 0;
}

/* a tracking without a flag is not judged by it */
__weak bool pin_flag(struct page *page)
{
	return spec_held(page);
}

__weak int before_pin(struct page *page)
{
	return 0;
}

__weak int may_pin(struct mm_struct *mm, int flags)
{
	return 0;
}
