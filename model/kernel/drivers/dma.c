// SPDX-License-Identifier: GPL-2.0-only
/* Pinners that keep their pages beyond a system call, their device, and the other user of the storage. */
#include <types.h>
#include <kernel.h>

/*
 * drivers/infiniband/core/umem.c ib_umem_get(), or umem_odp.c: 0: the page is pinned; 1: the device faults it in by
 * itself; or an error.
 */
static int ib_umem_get(struct mm_struct *mm, int va, int flags, struct pin_slot *slot)
{
	int ret;

	down_read_fault(&mm->mmap_sem);
	ret = device_fault(mm, va, slot);
	if (ret == -ENOSYS)
		ret = get_user_pages(mm, va, flags, slot);
	else if (!ret)
		ret = 1;
	up_read_fault(&mm->mmap_sem);
	return ret;
}

/* umem.c ib_umem_release(), umem_odp.c ib_umem_odp_release(); ret is ib_umem_get()'s */
static void ib_umem_release(struct mm_struct *mm, int va, struct pin_slot *slot, int ret)
{
	if (ret == 0) {
		release_slot(slot, true);
		return;
	}
	device_release(mm, va);
	slot->page = NULL;
}

/* register a region, let the device write, deregister */
void rdma(struct mm_struct *mm, int va, struct pin_slot *slot)
{
	int ret = ib_umem_get(mm, va, FOLL_WRITE | FOLL_PIN, slot);

	if (ret < 0) {
		slot->page = NULL;
		return;
	}
	slot->dma = true;
	/* umem.c __ib_umem_release(): dma_unmap, the device has stopped. Its test of PG_dirty is W13's here */
	slot->dma = false;
	ib_umem_release(mm, va, slot, ret);
}

/* a region that may stay registered for ever */
void rdma_long(struct mm_struct *mm, int va, struct pin_slot *slot)
{
	int ret = ib_umem_get(mm, va, FOLL_WRITE | FOLL_PIN | FOLL_LONGTERM, slot);

	if (ret < 0) {
		slot->page = NULL;
		return;
	}
	slot->dma = true;
	if (nondet(2))
		park();
	slot->dma = false;
	ib_umem_release(mm, va, slot, ret);
}

/* a driver that pins with get_user_pages_fast(), and dirties without the page lock when it is done */
void dirty_unlocked(struct mm_struct *mm, int va, struct pin_slot *slot)
{
	if (get_user_pages_fast(mm, va, FOLL_WRITE | FOLL_PIN, slot)) {
		slot->page = NULL;
		return;
	}
	slot->dma = true;
	slot->dma = false;
	set_page_dirty(slot->page);
	release_slot(slot, false);
}

/* device: one data write; what its mapping names now. It may as well never write */
void nic(struct pin_slot *slot)
{
	struct page *page;

	__atomic {
		await(slot->dma);
		unfair();
		page = slot->page;
	}
	__atomic {
		unfair();
		if (device_may_write(page))
			spec_device_write(page, slot);
	}
}

/* another file takes a block and gives it back: for ever, at any time */
void take_block(struct address_space *mapping)
{
	if (take_free_block(mapping))
		give_free_block(mapping);
}

__weak int device_fault(struct mm_struct *mm, int va, struct pin_slot *slot)
{
	return -ENOSYS;
}

__weak void device_release(struct mm_struct *mm, int va)
{
}

/* umem_odp.c ib_umem_odp_unmap_dma_pages(): with or without the page lock */
__weak void device_unmapped(struct page *page)
{
	set_page_dirty(page);
}

__weak bool device_may_write(struct page *page)
{
	return true;
}
