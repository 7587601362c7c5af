/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* Scalar and small value types, and the constants that a scenario may set. */
#include <pinright.h>

/* -- the scenario's constants -- */
#ifndef NR_PAGES
#define NR_PAGES 1		/* physical pages */
#endif
#ifndef NR_INDEX
#define NR_INDEX 1		/* pages of the file; physical page i can only hold index i % NR_INDEX */
#endif
#ifndef NR_MMS
#define NR_MMS 1
#endif
#ifndef NR_SLOTS
#define NR_SLOTS 1		/* entries of all pinners' buffers together */
#endif
#ifndef NR_BIOS
#define NR_BIOS 1		/* direct I/O requests (reads into mapped file pages) */
#endif
#ifndef BIO_VECS
#define BIO_VECS 1		/* pages per direct I/O request; request i owns slots[i * BIO_VECS] and on */
#endif
#ifndef FREE_BLOCKS
#define FREE_BLOCKS 1		/* free blocks at the start, 0..3 */
#endif
#ifndef STABLE_PAGES
#define STABLE_PAGES 0		/* the device checksums: pages must not change under writeback */
#endif
#ifndef COW
#define COW 0			/* every write goes to a new block */
#endif
#ifndef SEM_WRITERS
#define SEM_WRITERS 0		/* somebody takes mmap_sem or i_mmap_sem for write: munmap, truncate, a part */
#endif
#ifndef FS_EXT4
#define FS_EXT4 1		/* 1: a dirty page must have buffers. 0: xfs, it need not */
#endif

#ifndef TLB
#define TLB 0			/* the CPU keeps copies of ptes until they are flushed, and reclaim flushes late */
#endif
#ifndef HALVES
#define HALVES 1		/* parts of a page that devices read and write one after the other: 1 or 2 */
#endif
#ifndef REDIRTY
#define REDIRTY 0		/* the filesystem may put off the flusher's write of a page */
#endif

#define WHOLE_PAGE ((1 << HALVES) - 1)	/* every half: a bit each */

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	bool locked;
} spinlock_t;

/* wraps after two write sections: a reader that sleeps through both is fooled, as it is after 2^31 in the kernel */
typedef struct {
	unsigned sequence : 2 __wraps;
} seqcount_t;

struct rw_semaphore {
	unsigned readers : 3;
	bool writer;
	unsigned queued : 2;	/* writers that wait: new readers wait behind them */
};

struct page;

/* one page table entry; page == NULL is pte_none() */
typedef struct {
	struct page *page;
	bool write;
	bool dirty;
} pte_t;

enum writeback_sync_modes {
	WB_SYNC_NONE,		/* the flusher: may skip */
	WB_SYNC_ALL,		/* fsync: may not */
};

/* what is to be done about a dirty page that writeback found */
enum wb_action {
	WB_WRITE,		/* clean it and write it */
	WB_SKIP,		/* leave it dirty, do not write it now */
	WB_BOUNCE,		/* copy it to a bounce page, write that, leave the page dirty */
};

/* a write bio, or a direct I/O request */
enum bio_state {
	BIO_IDLE,
	BIO_SUBMITTED,		/* the device may work on it */
	BIO_DONE,		/* write: sampled; read: the data is in memory. The interrupt is pending */
	BIO_ENDED,		/* read: the reader was woken, the pages are not all released yet */
};

/* get_user_pages() flags */
#define FOLL_WRITE 1
#define FOLL_LONGTERM 2
#define FOLL_PIN 4		/* later kernels: the caller does not release with put_page(). v4.20 makes no difference */

/* errors; a function that returns int returns 0 or one of these, negated */
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define ETXTBSY 26
#define ENOSPC 28
#define ENOSYS 38

/* handle_mm_fault(), page_mkwrite() */
#define VM_FAULT_LOCKED 0	/* done; page_mkwrite() and filemap_fault(): the page is locked */
#define VM_FAULT_NOPAGE 1	/* the page is gone or somebody else did it: try again */
#define VM_FAULT_OOM 2
#define VM_FAULT_SIGBUS 3	/* no space */
