// SPDX-License-Identifier: GPL-2.0-only
/*
 * T4: get_user_pages() as one more mapping: a fake vma in the file's i_mmap tree
 *
 * Jan Kara at LSF/MM 2018; Jerome Glisse, 7 Dec 2018, 20181208022445.GA7024@redhat.com. Rejected by Kara, 10 Dec
 * 2018, 20181210102846.GC29289@quack2.suse.cz: the tree's lock cannot be had where gup_fast runs, and the fake
 * vma cannot be removed in the interrupt that completes the I/O.
 *
 * Reading: a pin inserts a fake vma of one page under i_mmap_rwsem, an interrupt leaves the removal to a work
 * item, and the rmap walk finds the page pinned where it meets one. Fake vmas of the same page differ in nothing,
 * so the tree is a count for each index. With NR_FAKE_VMAS of them there is no memory for another.
 */
#include <types.h>

#ifndef NR_FAKE_VMAS
#define NR_FAKE_VMAS 3
#endif

struct mapping_ext {
	struct rw_semaphore i_mmap_rwsem;
	atomic_t fake_vmas[NR_INDEX] __bits(3);		/* in mapping->i_mmap */
	atomic_t unpins[NR_INDEX] __bits(3);		/* removals left to unpin_work */
};

#include <kernel.h>

static void remove_fake_vma(struct address_space *mapping, int index)
{
	down_write(&mapping->i_mmap_rwsem);
	atomic_dec(&mapping->fake_vmas[index]);
	up_write(&mapping->i_mmap_rwsem);
}

void unpin_fn(struct work_struct *work)
{
	int index;

	for (index = 0; index < NR_INDEX; index++)
		while (atomic_add_unless(&files[0].unpins[index], -1, 0))
			remove_fake_vma(&files[0], index);
}
DECLARE_WORK(unpin_work, unpin_fn);

bool track_pin(struct page *page)
{
	struct address_space *mapping = &files[0];	/* the fake vma's own vm_file->f_mapping */
	bool inserted;

	down_write(&mapping->i_mmap_rwsem);
	inserted = atomic_add_unless(&mapping->fake_vmas[page->index], 1, NR_FAKE_VMAS);
	up_write(&mapping->i_mmap_rwsem);
	return inserted;
}

void untrack_pin(struct page *page)
{
	if (in_interrupt()) {
		atomic_inc(&files[0].unpins[page->index]);
		schedule_work(&unpin_work);
		return;
	}
	remove_fake_vma(&files[0], page->index);
}

/* rmap_walk() meets a fake vma */
bool page_dma_pinned(struct page *page)
{
	bool met;

	down_read(&files[0].i_mmap_rwsem);
	met = atomic_read(&files[0].fake_vmas[page->index]) > 0;
	up_read(&files[0].i_mmap_rwsem);
	return met;
}

bool work_idle(void)
{
	int i;

	for (i = 0; i < NR_INDEX; i++)
		if (files[0].unpins[i].counter > 0)
			return false;
	return !unpin_work.pending;
}

int pin_count(struct address_space *mapping)
{
	int i, n = 0;

	for (i = 0; i < NR_INDEX; i++)
		n += mapping->fake_vmas[i].counter;
	return n;
}

bool pin_flag(struct page *page)
{
	return files[0].fake_vmas[page->index].counter > 0;
}
