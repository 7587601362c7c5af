// SPDX-License-Identifier: GPL-2.0-only
/*
 * T4b: as T4, a fake vma in the file's i_mmap tree, removed where the I/O completes
 *
 * Jerome Glisse, 7 Dec 2018, 20181208022445.GA7024@redhat.com; Jan Kara's answer of 10 Dec 2018,
 * 20181210102846.GC29289@quack2.suse.cz, is that this is not allowed in an interrupt.
 *
 * Reading: the pseudo-code as it stands, without the work item that Kara adds. Otherwise as T4.
 */
#include <types.h>

#ifndef NR_FAKE_VMAS
#define NR_FAKE_VMAS 3
#endif

struct mapping_ext {
	struct rw_semaphore i_mmap_rwsem;
	atomic_t fake_vmas[NR_INDEX] __bits(3);		/* in mapping->i_mmap */
};

#include <kernel.h>

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
	struct address_space *mapping = &files[0];

	down_write(&mapping->i_mmap_rwsem);
	atomic_dec(&mapping->fake_vmas[page->index]);
	up_write(&mapping->i_mmap_rwsem);
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
