// SPDX-License-Identifier: GPL-2.0-only
/* Page faults and zapping. Shared file mappings only. */
#include <types.h>
#include <kernel.h>

/* mm/mmap.c find_vma(); mmap_sem held. One vma per mm */
struct vm_area_struct *find_vma(struct mm_struct *mm, struct page *page)
{
	if (!SEM_WRITERS) {
		BUG_ON(!mm);
		return &vmas[idx(mm)];
	}
	if (mm->unmapped)
		return NULL;
	return &vmas[idx(mm)];
}

/* mm/memory.c do_page_mkwrite(): on VM_FAULT_LOCKED the page is locked */
static int do_page_mkwrite(struct vm_area_struct *vma, struct page *page)
{
	return page_mkwrite(vma->vm_mapping, page);
}

/*
 * mm/memory.c fault_dirty_shared_page(); unlocks. set_page_dirty() would find the page dirty: page_mkwrite() saw to it
 * under this page lock. balance_dirty_pages() is not modelled.
 */
static void fault_dirty_shared_page(struct page *page)
{
	if (!PageDirty(page))
		set_page_dirty(page);
	unlock_page(page);
}

/* mm/memory.c finish_fault(), alloc_set_pte(): the caller's reference becomes the pte's */
static int finish_fault(struct vm_area_struct *vma, int va, struct page *page, bool write)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *ptep = &mm->pte[va];
	int ret = VM_FAULT_NOPAGE;

	spin_lock(&mm->page_table_lock);
	if (ptep->page == NULL) {
		page_add_file_rmap(page);
		__atomic {
			ptep->page = page;
			ptep->write = write;
			ptep->dirty = write;
		}
		ret = 0;
	}
	spin_unlock(&mm->page_table_lock);
	return ret;
}

/* fs/ext4/inode.c ext4_filemap_fault(), fs/xfs/xfs_file.c xfs_filemap_fault(), called by mm/memory.c __do_fault() */
static struct page *__do_fault(struct vm_area_struct *vma, int va)
{
	struct address_space *mapping = vma->vm_mapping;
	struct page *page;

	down_read_fault(&mapping->i_mmap_sem);
	page = filemap_fault(mapping, va);
	up_read_fault(&mapping->i_mmap_sem);
	return page;
}

/* mm/memory.c do_read_fault(); fault-around is not modelled */
static int do_read_fault(struct vm_area_struct *vma, int va)
{
	struct page *page = __do_fault(vma, va);
	int ret;

	if (!page)
		return VM_FAULT_OOM;
	ret = finish_fault(vma, va, page, false);
	unlock_page(page);
	if (ret)
		put_page(page);
	return ret;
}

/* mm/memory.c do_shared_fault() */
static int do_shared_fault(struct vm_area_struct *vma, int va)
{
	struct page *page = __do_fault(vma, va);
	int ret;

	if (!page)
		return VM_FAULT_OOM;
	unlock_page(page);
	ret = do_page_mkwrite(vma, page);
	if (ret) {
		put_page(page);
		return ret;
	}
	ret = finish_fault(vma, va, page, true);
	if (ret) {
		unlock_page(page);
		put_page(page);
		return ret;
	}
	fault_dirty_shared_page(page);
	return 0;
}

/* mm/memory.c finish_mkwrite_fault(), wp_page_reuse() */
static int finish_mkwrite_fault(struct vm_area_struct *vma, int va, pte_t orig)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *ptep = &mm->pte[va];
	pte_t pte;
	int ret = VM_FAULT_NOPAGE;

	spin_lock(&mm->page_table_lock);
	pte = *ptep;
	if (pte_same(pte, orig)) {
		__atomic {
			ptep->write = true;
			ptep->dirty = true;
		}
		ret = 0;
	}
	spin_unlock(&mm->page_table_lock);
	return ret;
}

/* mm/memory.c do_wp_page(), wp_page_shared(); the pte lock is held and dropped */
static int wp_page_shared(struct vm_area_struct *vma, int va, pte_t orig)
{
	struct mm_struct *mm = vma->vm_mm;
	struct page *page = orig.page;
	int ret;

	get_page(page);
	spin_unlock(&mm->page_table_lock);
	ret = do_page_mkwrite(vma, page);
	if (ret) {
		put_page(page);
		return ret;
	}
	ret = finish_mkwrite_fault(vma, va, orig);
	if (ret) {
		unlock_page(page);
		put_page(page);
		return ret;
	}
	fault_dirty_shared_page(page);
	put_page(page);
	return 0;
}

/* mm/memory.c handle_mm_fault(), handle_pte_fault(), do_fault() */
int handle_mm_fault(struct vm_area_struct *vma, int va, bool write)
{
	struct mm_struct *mm = vma->vm_mm;
	pte_t *ptep = &mm->pte[va];
	pte_t orig, pte;

	orig = *ptep;
	if (pte_none(orig)) {
		if (write)
			return do_shared_fault(vma, va);
		return do_read_fault(vma, va);
	}
	spin_lock(&mm->page_table_lock);
	pte = *ptep;
	if (pte_same(pte, orig) && write && !pte_write(pte))
		return wp_page_shared(vma, va, orig);
	spin_unlock(&mm->page_table_lock);
	return 0;
}

/* v4.20 mm/memory.c zap_pte_range() */
__weak bool delay_rmap(pte_t pte)
{
	return false;
}

/* mm/memory.c zap_pte_range(): dirt goes to the page under the pte lock; the TLB is flushed before it is dropped */
void zap_pte(struct mm_struct *mm, int va)
{
	pte_t *ptep = &mm->pte[va];
	pte_t pte;
	bool late;

	invalidate_start(mm, va);
	spin_lock(&mm->page_table_lock);
	/* mm/rmap.c flush_tlb_batched_pending() */
	flush_tlb_page(mm, va);
	/* ptep_get_and_clear_full(): xchg */
	__atomic {
		pte = *ptep;
		ptep->page = NULL;
		ptep->write = false;
		ptep->dirty = false;
	}
	if (pte_none(pte)) {
		spin_unlock(&mm->page_table_lock);
	} else {
		if (pte_dirty(pte))
			set_page_dirty(pte.page);
		late = delay_rmap(pte);
		if (!late)
			page_remove_rmap(pte.page);
		flush_tlb_page(mm, va);
		/* v6.18 mm/mmu_gather.c tlb_flush_rmaps() */
		if (late)
			page_remove_rmap(pte.page);
		spin_unlock(&mm->page_table_lock);
		put_page(pte.page);
	}
	invalidate_end(mm, va);
}

/* mm/memory.c unmap_mapping_pages(): the ptes of one index in every mm */
void unmap_mapping_page(struct address_space *mapping, int index)
{
	int i;

	for (i = 0; i < NR_MMS; i++)
		zap_pte(&mms[i], index);
}

/* a load by user space: faults the page in */
void read_fault(struct mm_struct *mm, int va)
{
	struct vm_area_struct *vma;

	if (mm->pte[va].page)
		return;
	down_read_fault(&mm->mmap_sem);
	vma = find_vma(mm, NULL);
	if (vma)
		handle_mm_fault(vma, va, false);
	up_read_fault(&mm->mmap_sem);
}

/*
 * A store by user space: arch/x86/mm/fault.c __do_page_fault(). The MMU checks the pte, sets its dirty bit and
 * writes memory in one step; it faults otherwise, and the instruction is started again (forever).
 */
void store(struct mm_struct *mm, int va)
{
	pte_t *ptep = &mm->pte[va];
	struct vm_area_struct *vma;
	struct page *page = NULL;

	/* what the MMU does at once */
	__atomic {
		if (TLB && mm->tlb[va] && nondet(2)) {
			page = mm->tlb[va];
		} else if (ptep->page && ptep->write) {
			ptep->dirty = true;
			page = ptep->page;
			if (TLB)
				mm->tlb[va] = page;
		}
		if (page)
			spec_cpu_write(page);
	}
	if (page)
		return;
	down_read_fault(&mm->mmap_sem);
	vma = find_vma(mm, NULL);
	if (vma)
		handle_mm_fault(vma, va, true);
	up_read_fault(&mm->mmap_sem);
}

/* mm/mmap.c __do_munmap(), unmap_region(), with the downgrade; then the same file is mapped there again */
void munmap(struct mm_struct *mm)
{
	int va;

	down_write(&mm->mmap_sem);
	mm->unmapped = true;
	downgrade_write(&mm->mmap_sem);
	for (va = 0; va < NR_INDEX; va++)
		zap_pte(mm, va);
	up_read(&mm->mmap_sem);
	down_write(&mm->mmap_sem);
	mm->unmapped = false;
	up_write(&mm->mmap_sem);
}

void init(void)
{
	int i;

	for (i = 0; i < NR_MMS; i++) {
		vmas[i].vm_mm = &mms[i];
		vmas[i].vm_mapping = &files[0];
	}
	for (i = 0; i < NR_PAGES; i++)
		pages[i].index = i % NR_INDEX;
	/* the file has its blocks, and the page cache holds every page of it */
	for (i = 0; i < NR_INDEX; i++) {
		pages[i].allocated = true;
		pages[i].mapping = &files[0];
		pages[i].cached = true;
		pages[i]._refcount.counter = 1;
		files[0].i_pages[i] = &pages[i];
		files[0].block[i] = true;
	}
	files[0].free_blocks = FREE_BLOCKS;
}
