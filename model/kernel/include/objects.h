/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * The objects that contexts share. Members marked __ghost belong to the specification: the base writes them, parts must not
 * mention them.
 */
#include <types.h>

struct mm_struct;
struct vm_area_struct;
struct address_space;
struct page;
struct pin_slot;
struct bio;

/* include/linux/workqueue.h: each DECLARE_WORK() is one, and one kworker */
struct work_struct {
	bool pending;
};

/* include/linux/mm_types.h. Physical page i holds index i % NR_INDEX of the file, or nothing */
struct page {
	bool allocated;			/* not in the page allocator; struct page itself is never freed */
	bool locked;			/* PG_locked */
	bool dirty;			/* PG_dirty */
	bool writeback;			/* PG_writeback */
	bool private;			/* PG_private: buffers attached; one reference */
	bool buffer_dirty;		/* BH_Dirty of the only buffer */
	bool reserved;			/* BH_Delay: a block is reserved for the next write of this page */
	struct address_space *mapping;	/* NULL: not in the page cache (any more) */
	const unsigned index : 2;
	atomic_t _refcount __refcount;	/* cache 1, buffers 1, each pte 1, each get_user_pages() 1, transient ones */
	atomic_t _mapcount __bits(4);	/* number of ptes: 0 when unmapped (the kernel stores one less) */
	struct page_ext;

	__ghost bool cached;		/* in the page cache, and truncate has not begun to take it apart */
	__ghost unsigned mem_newer : HALVES;	/* memory holds data neither on disk nor in a sampled write: a bit for each half */
	__ghost unsigned acked_mem : HALVES;	/* ... data that somebody was told is written, in memory only */
	__ghost bool acked_io;		/* ... in a sampled write that has not completed */
	__ghost unsigned need_mem : HALVES;	/* what the running fsync owes, in memory only */
	__ghost bool need_io;		/* ... in a sampled write */
	__ghost bool notified;		/* page_mkwrite() ran since the page was last cleaned */
	__ghost bool was_notified;	/* REDIRTY: ... before it was cleaned: so it is again if the write is put off */
	__ghost bool decided;		/* "not pinned" was answered under the page lock, and still counts */
	__ghost bool bounced;		/* the write in flight reads a bounce page, not this one */
};

/* include/linux/mm_types.h, and the page table. pte[va] maps index va of the file */
struct mm_struct {
	pte_t pte[NR_INDEX];
	spinlock_t page_table_lock;
	struct rw_semaphore mmap_sem;
	bool unmapped;			/* munmap() took the vma away; zero at the start: it is there */
	struct page *tlb[NR_INDEX];	/* TLB: where the CPU writes without a look at the pte, which is dirty or gone */
	struct mm_ext;
};

/* one shared, writable file mapping per mm: vmas[i] belongs to mms[i] */
struct vm_area_struct {
	const struct mm_struct *vm_mm;
	const struct address_space *vm_mapping;
	struct vma_ext;
};

/* include/linux/fs.h: the file, its page cache and its blocks */
struct address_space {
	struct page *i_pages[NR_INDEX];
	spinlock_t i_pages_lock;	/* xa_lock, taken with interrupts off */
	spinlock_t private_lock;	/* buffers; not safe in interrupts */
	struct rw_semaphore i_mmap_sem;	/* ext4's i_mmap_sem, xfs's MMAPLOCK: faults against truncate */
	bool tag_dirty[NR_INDEX];	/* PAGECACHE_TAG_DIRTY */
	bool tag_towrite[NR_INDEX];	/* PAGECACHE_TAG_TOWRITE */
	bool tag_writeback[NR_INDEX];	/* PAGECACHE_TAG_WRITEBACK */
	bool block[NR_INDEX];		/* the index has a block on disk */
	bool wb_err;			/* a page could not be written; the next fsync() says so */
	unsigned free_blocks : 2;
	struct mapping_ext;
};

/*
 * One entry of a pinner's buffer. A direct I/O request owns slots by number, an RDMA region is one slot.
 */
struct pin_slot {
	struct page *page;		/* what get_user_pages() returned */
	bool dma;			/* the device may write: its mapping is set up */

	__ghost struct page *held;	/* from get_user_pages()'s success to the call of the release */
	__ghost struct page *owed;	/* ... to the return of the release, deferred work included */
	__ghost unsigned dma_mem : HALVES;	/* the device wrote data that no write has sampled */
	__ghost bool dma_io;		/* ... that is in a sampled write */
	__ghost bool watched;		/* held since the running pin query began */
};

/* include/linux/blk_types.h: the write of page i, writes[i]; a second one waits for the first */
struct write_bio {
	enum bio_state state;
	bool frees_old;			/* cow: the block's old place is free once this completes */
};

/* a direct I/O read; its buffer is slots[idx * BIO_VECS] and on */
struct bio {
	enum bio_state state;
	bool bi_list;			/* on bio_dirty_list */
};

/* block/bio.c: bio_dirty_lock */
struct bio_dirty_list {
	spinlock_t lock;
};

struct page pages[NR_PAGES];
struct mm_struct mms[NR_MMS];
struct vm_area_struct vmas[NR_MMS];
struct address_space files[1];
struct pin_slot slots[NR_SLOTS];
struct write_bio writes[NR_PAGES];
struct bio bios[NR_BIOS];
struct bio_dirty_list bio_dirty[1];
