// SPDX-License-Identifier: GPL-2.0-only
/*
 * A1: hardware that faults by itself; no pin, an MMU notifier takes the device's mapping away
 *
 * Jerome Glisse, 28 Sep 2018, 20180928152958.GA3321@redhat.com (only this solves it); Dave Chinner, 1 Oct 2018,
 * 20181001061127.GQ31060@dastard, doubts that RDMA can do without. It is CASE 3 of
 * Documentation/core-api/pin_user_pages.rst.
 *
 * Reading: v4.20 drivers/infiniband/core/umem_odp.c. A device fault is a write fault of the CPU's page table; the
 * device's pte is installed under umem_mutex while no invalidation runs. The sequence count of the driver is a
 * second look at the pte under that mutex. An invalidation stops the device and dirties the page, with or
 * without the page lock, before the pte changes.
 */
#include <types.h>

struct page_ext {
	bool odp_mapped[NR_MMS];	/* device ptes, writable; gone means that the device's TLB is flushed */
};
struct mm_ext {
	struct page *page_list[NR_INDEX];	/* struct ib_umem_odp: the page behind each device pte */
	bool umem_mutex;
	unsigned notifiers_count : 3;	/* invalidations that run */
};

#include <kernel.h>

static void lock_umem(struct mm_struct *mm)
{
	might_sleep();
	__atomic {
		await(!mm->umem_mutex);
		mm->umem_mutex = true;
		lock_acquire("umem_mutex");
	}
}

static void unlock_umem(struct mm_struct *mm)
{
	__atomic {
		mm->umem_mutex = false;
		lock_release("umem_mutex");
	}
}

/* ib_umem_odp_map_dma_single_page() */
static bool odp_map(struct mm_struct *mm, int va, struct pin_slot *slot)
{
	pte_t *ptep = &mm->pte[va];
	pte_t pte;
	bool mapped = false;

	lock_umem(mm);
	if (mm->notifiers_count == 0) {
		pte = READ_ONCE(*ptep);
		if (pte_write(pte)) {
			slot->page = pte.page;
			mm->page_list[va] = pte.page;
			pte.page->odp_mapped[idx(mm)] = true;
			mapped = true;
		}
	}
	unlock_umem(mm);
	return mapped;
}

/* ib_umem_odp_map_dma_pages() */
int device_fault(struct mm_struct *mm, int va, struct pin_slot *slot)
{
	struct vm_area_struct *vma = find_vma(mm, NULL);
	pte_t *ptep = &mm->pte[va];
	pte_t pte;
	int ret;

	if (!vma)
		return -EFAULT;
	for (;;) {
		if (odp_map(mm, va, slot))
			return 0;
		wait_event(mm->notifiers_count == 0);
		pte = READ_ONCE(*ptep);
		if (!pte_write(pte)) {
			ret = handle_mm_fault(vma, va, true);
			if (ret && ret != VM_FAULT_NOPAGE)
				return -EFAULT;
		}
	}
}

bool device_may_write(struct page *page)
{
	int i;

	for (i = 0; i < NR_MMS; i++)
		if (page->odp_mapped[i])
			return true;
	return false;
}

/* ib_umem_odp_unmap_dma_pages(), umem_mutex held */
static void odp_unmap(struct mm_struct *mm, int va)
{
	struct page *page = mm->page_list[va];

	if (page) {
		page->odp_mapped[idx(mm)] = false;
		device_unmapped(page);
		mm->page_list[va] = NULL;
	}
}

/* ib_umem_notifier_invalidate_range_start() */
void invalidate_start(struct mm_struct *mm, int va)
{
	lock_umem(mm);
	__atomic { mm->notifiers_count++; }
	odp_unmap(mm, va);
	unlock_umem(mm);
}

/* ib_umem_odp_release() */
void device_release(struct mm_struct *mm, int va)
{
	lock_umem(mm);
	odp_unmap(mm, va);
	unlock_umem(mm);
}

/* ib_umem_notifier_invalidate_range_end() */
void invalidate_end(struct mm_struct *mm, int va)
{
	lock_umem(mm);
	__atomic { mm->notifiers_count--; }
	unlock_umem(mm);
}
