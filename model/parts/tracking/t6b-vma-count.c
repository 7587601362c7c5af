// SPDX-License-Identifier: GPL-2.0-only
/*
 * T6b: hybrid: the flag in the page, the count in the vma, found by comparing current->mm
 *
 * John Hubbard, 13 Dec 2018, idea credited to Jerome Glisse: 05a68829-6e6d-b766-11b4-99e1ba4bc87b@nvidia.com
 *
 * Reading: "the mappings" are the vmas that map the page, and the appropriate one is current->mm's. Where there
 * is none (a kernel thread, or after munmap()) nothing is counted down.
 */
#include <types.h>

struct page_ext {
	bool dma_pinned;
};
struct vma_ext {
	atomic_t dma_pinned_count __bits(3);
};

#include <kernel.h>

PAGEFLAG(DmaPinned, dma_pinned)

static struct vm_area_struct *pinning_vma(struct page *page)
{
	struct mm_struct *mm = current->mm;

	if (!mm)
		return NULL;
	return find_vma(mm, page);
}

bool track_pin(struct page *page)
{
	struct vm_area_struct *vma = pinning_vma(page);

	if (!vma)
		return false;
	atomic_inc(&vma->dma_pinned_count);
	SetPageDmaPinned(page);
	return true;
}

void untrack_pin(struct page *page)
{
	struct vm_area_struct *vma;

	if (!PageDmaPinned(page))
		return;
	vma = pinning_vma(page);
	if (vma && atomic_dec_and_test(&vma->dma_pinned_count))
		ClearPageDmaPinned(page);
}

bool page_dma_pinned(struct page *page)
{
	return PageDmaPinned(page);
}

int pin_count(struct address_space *mapping)
{
	int i, n = 0;

	for (i = 0; i < NR_MMS; i++)
		n += vmas[i].dma_pinned_count.counter;
	return n;
}

bool pin_flag(struct page *page)
{
	return page->dma_pinned;
}
