/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * The objects, the primitives, and the prototypes of the base kernel (v4.20) and of the hooks.
 *
 * Members marked __ghost belong to the specification: the base writes them, parts must not mention them.
 */

/* ---------------------------------------------------------------- objects */

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

/* ---------------------------------------------------------------- primitives */

static inline int atomic_read(atomic_t *v)
{
	return v->counter;
}

static inline void atomic_set(atomic_t *v, int i)
{
	v->counter = i;
}

static inline void atomic_add(int i, atomic_t *v)
{
	__atomic { v->counter += i; }
}

static inline void atomic_sub(int i, atomic_t *v)
{
	__atomic { v->counter -= i; }
}

static inline void atomic_inc(atomic_t *v)
{
	__atomic { v->counter++; }
}

static inline void atomic_dec(atomic_t *v)
{
	__atomic { v->counter--; }
}

static inline int atomic_add_return(int i, atomic_t *v)
{
	int new;

	__atomic {
		v->counter += i;
		new = v->counter;
	}
	return new;
}

static inline int atomic_sub_return(int i, atomic_t *v)
{
	int new;

	__atomic {
		v->counter -= i;
		new = v->counter;
	}
	return new;
}

static inline bool atomic_sub_and_test(int i, atomic_t *v)
{
	bool zero;

	__atomic {
		v->counter -= i;
		zero = v->counter == 0;
	}
	return zero;
}

static inline bool atomic_dec_and_test(atomic_t *v)
{
	bool zero;

	__atomic {
		v->counter--;
		zero = v->counter == 0;
	}
	return zero;
}

static inline bool atomic_add_unless(atomic_t *v, int a, int u)
{
	bool added;

	__atomic {
		added = v->counter != u;
		if (added)
			v->counter += a;
	}
	return added;
}

static inline bool atomic_inc_not_zero(atomic_t *v)
{
	return atomic_add_unless(v, 1, 0);
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int new)
{
	int was;

	__atomic {
		was = v->counter;
		if (was == old)
			v->counter = new;
	}
	return was;
}

/* -- spinlocks: include/linux/spinlock.h -- */

static inline void spin_lock(spinlock_t *lock)
{
	preempt_disable();
	__atomic {
		await(!lock->locked);
		lock->locked = true;
		lock_acquire(lock);
	}
}

static inline bool spin_trylock(spinlock_t *lock)
{
	bool taken;

	preempt_disable();
	__atomic {
		taken = !lock->locked;
		if (taken) {
			lock->locked = true;
			lock_acquired(lock);
		}
	}
	if (!taken)
		preempt_enable();
	return taken;
}

static inline void spin_unlock(spinlock_t *lock)
{
	__atomic {
		lock->locked = false;
		lock_release(lock);
	}
	preempt_enable();
}

static inline void spin_lock_bh(spinlock_t *lock)
{
	local_bh_disable();
	spin_lock(lock);
}

static inline void spin_unlock_bh(spinlock_t *lock)
{
	spin_unlock(lock);
	local_bh_enable();
}

static inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

/* spin_lock_irqsave() and spin_unlock_irqrestore(); the nesting counter makes the flags superfluous: they may be left out */
static inline void spin_lock_irqsave(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irqrestore(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

/* -- kernel/locking/rwsem: a reader waits behind a queued writer -- */

static inline void down_read(struct rw_semaphore *sem)
{
	might_sleep();
	__atomic {
		await(!sem->writer && sem->queued == 0);
		sem->readers++;
		lock_acquire(sem);
	}
}

static inline void up_read(struct rw_semaphore *sem)
{
	__atomic {
		sem->readers--;
		lock_release(sem);
	}
}

static inline void down_write(struct rw_semaphore *sem)
{
	might_sleep();
	__atomic { sem->queued++; }
	__atomic {
		await(!sem->writer && sem->readers == 0);
		sem->writer = true;
		sem->queued--;
		lock_acquire(sem);
	}
}

static inline void up_write(struct rw_semaphore *sem)
{
	__atomic {
		sem->writer = false;
		lock_release(sem);
	}
}

/* the writer goes on as a reader; nobody else can write in between */
static inline void downgrade_write(struct rw_semaphore *sem)
{
	__atomic {
		sem->writer = false;
		sem->readers++;
	}
}

static inline bool down_read_trylock(struct rw_semaphore *sem)
{
	bool taken;

	__atomic {
		taken = !sem->writer && sem->queued == 0;
		if (taken) {
			sem->readers++;
			lock_acquired(sem);
		}
	}
	return taken;
}

static inline bool down_write_trylock(struct rw_semaphore *sem)
{
	bool taken;

	__atomic {
		taken = !sem->writer && sem->queued == 0 && sem->readers == 0;
		if (taken) {
			sem->writer = true;
			lock_acquired(sem);
		}
	}
	return taken;
}

/*
 * A hold that another context may give back: lockdep is told nothing. S14's lock order does not see it; waiting for it
 * is found as a hang. mainline has no trylock of this kind.
 */

static inline void down_read_non_owner(struct rw_semaphore *sem)
{
	might_sleep();
	__atomic {
		await_fair(!sem->writer && sem->queued == 0);
		sem->readers++;
	}
}

static inline bool down_read_trylock_non_owner(struct rw_semaphore *sem)
{
	bool taken;

	__atomic {
		taken = !sem->writer && sem->queued == 0;
		if (taken)
			sem->readers++;
	}
	return taken;
}

static inline void up_read_non_owner(struct rw_semaphore *sem)
{
	__atomic { sem->readers--; }
}

static inline bool rwsem_is_locked(struct rw_semaphore *sem)
{
	bool locked;

	__atomic { locked = sem->writer || sem->readers > 0; }
	return locked;
}

/* -- include/linux/seqlock.h: writers exclude each other by other means -- */

static inline unsigned int read_seqcount_begin(seqcount_t *s)
{
	unsigned int seq;

	/* cpu_relax() until it is even */
	__atomic {
		await((s->sequence & 1) == 0);
		seq = s->sequence;
	}
	smp_rmb();
	return seq;
}

/* does not wait: in the middle of a write section, the retry fails */
static inline unsigned int raw_seqcount_begin(seqcount_t *s)
{
	unsigned int seq = READ_ONCE(s->sequence);

	smp_rmb();
	return seq & ~1;
}

static inline bool read_seqcount_retry(seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return READ_ONCE(s->sequence) != start;
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	s->sequence++;
	smp_wmb();
}

static inline void write_seqcount_end(seqcount_t *s)
{
	smp_wmb();
	s->sequence++;
}

/*
 * down_read() of mmap_sem and i_mmap_sem in faults. Where nobody ever takes one of them for write (SEM_WRITERS 0)
 * readers never wait, and are not counted.
 */

static inline void down_read_fault(struct rw_semaphore *sem)
{
	might_sleep();
	if (SEM_WRITERS)
		down_read(sem);
}

static inline void up_read_fault(struct rw_semaphore *sem)
{
	if (SEM_WRITERS)
		up_read(sem);
}

/* -- kernel/workqueue.c: queued once, whoever asks; any context -- */

static inline void schedule_work(struct work_struct *work)
{
	work->pending = true;
}

/* -- page flags: include/linux/page-flags.h. PG_dirty is written by the functions below only -- */

PAGEFLAG(Writeback, writeback)
PAGEFLAG(Private, private)

static inline bool PageLocked(struct page *page)
{
	return page->locked;
}

static inline bool PageDirty(struct page *page)
{
	return page->dirty;
}

/* include/linux/page-flags.h TestSetPageDirty(), with the claims about each write of PG_dirty */
static inline bool TestSetPageDirty(struct page *page)
{
	bool old;

	__atomic {
		old = page->dirty;
		page->dirty = true;
		check("S1", !FS_EXT4 || !page->cached || page->private);
		check("S2w", !page->cached || page->notified);
		check("S13", page->_refcount.counter > 0);
		witness("S1", FS_EXT4 && page->cached && !old);
		witness("S2w", page->cached && !old);
	}
	return old;
}

static inline bool TestClearPageDirty(struct page *page)
{
	bool old;

	__atomic {
		old = page->dirty;
		page->dirty = false;
	}
	return old;
}

/* -- page lock: include/linux/pagemap.h, mm/filemap.c -- */

static inline void lock_page(struct page *page)
{
	might_sleep();
	__atomic {
		await(!page->locked);
		page->locked = true;
		lock_acquire("page lock");
	}
}

static inline bool trylock_page(struct page *page)
{
	bool taken;

	__atomic {
		taken = !page->locked;
		if (taken) {
			page->locked = true;
			lock_acquired("page lock");
		}
	}
	return taken;
}

/* a decision about pins ends here unless it led to I/O */
static inline void unlock_page(struct page *page)
{
	__atomic {
		page->locked = false;
		lock_release("page lock");
		if (!page->writeback)
			page->decided = false;
	}
}

static inline void wait_on_page_writeback(struct page *page)
{
	might_sleep();
	await_fair(!page->writeback);
}

/* mm/page-writeback.c wait_for_stable_page() */
static inline void wait_for_stable_page(struct page *page)
{
	if (STABLE_PAGES)
		wait_on_page_writeback(page);
}

/* -- reference counts: include/linux/page_ref.h, include/linux/mm.h -- */

static inline int page_count(struct page *page)
{
	return page->_refcount.counter;
}

static inline int page_mapcount(struct page *page)
{
	return page->_mapcount.counter;
}

static inline bool page_mapped(struct page *page)
{
	return page->_mapcount.counter != 0;
}

static inline struct address_space *page_mapping(struct page *page)
{
	return page->mapping;
}

/* -- ptes: a pte is loaded and stored whole -- */

static inline bool pte_none(pte_t pte)
{
	return pte.page == NULL;
}

static inline bool pte_present(pte_t pte)
{
	return pte.page != NULL;
}

static inline bool pte_write(pte_t pte)
{
	return pte.page != NULL && pte.write;
}

/* arch/x86/include/asm/pgtable.h */
static inline bool pte_access_permitted(pte_t pte, bool write)
{
	return write ? pte_write(pte) : pte_present(pte);
}

static inline bool pte_dirty(pte_t pte)
{
	return pte.dirty;
}

static inline struct page *pte_page(pte_t pte)
{
	return pte.page;
}

static inline bool pte_same(pte_t a, pte_t b)
{
	return a.page == b.page && a.write == b.write && a.dirty == b.dirty;
}

/*
 * The TLB: arch/x86/mm/tlb.c. Only copies with the dirty bit matter: with any other the CPU looks at the pte again before it
 * writes. A copy may go at any time. One per mm: its threads run on all CPUs.
 */

static inline void flush_tlb_page(struct mm_struct *mm, int va)
{
	if (TLB)
		mm->tlb[va] = NULL;
}

/* ---------------------------------------------------------------- the base kernel
 * Functions marked (weak) are __weak: a whole proposal may replace them.
 */

/* mm/swap.c, mm/page_alloc.c */
void get_page(struct page *page);		/* (weak) any context; the caller knows of a reference */
bool get_page_unless_zero(struct page *page);	/* (weak) any context */
void put_page(struct page *page);		/* (weak) any context; the last one frees the page */
void put_page_many(struct page *page, int n);	/* drops n references at once; any context */
void __put_page(struct page *page);		/* the count reached zero: frees the page */
bool page_ref_freeze(struct page *page, int count);	/* count -> 0, or false */
void page_ref_unfreeze(struct page *page, int count);
struct page *alloc_page(int index);		/* a free page that can hold index, count 1; or NULL */

/* mm/filemap.c */
struct page *find_get_page(struct address_space *mapping, int index);	/* with a reference, or NULL */
void end_page_writeback(struct page *page);	/* (weak) softirq */
int filemap_write_and_wait_range(struct address_space *mapping, bool promise);	/* ghost promise: fsync() asks */
struct page *filemap_fault(struct address_space *mapping, int index);	/* locked and referenced, or NULL: no memory */
void delete_from_page_cache(struct address_space *mapping, struct page *page);	/* page lock */
void delete_clean_from_page_cache(struct address_space *mapping, struct page *page);	/* i_pages lock */

/* mm/page-writeback.c, fs/buffer.c, fs/iomap.c */
bool set_page_dirty(struct page *page);		/* (weak) page lock, or a pte lock of a pte that maps it. Not from softirq */
bool set_page_dirty_lock(struct page *page);	/* (weak) sleeps */
enum wb_action clear_page_dirty_for_io(struct page *page, enum writeback_sync_modes sync);	/* (weak) page lock */
bool test_clear_page_dirty(struct page *page);	/* clear_page_dirty_for_io()'s last step: was it dirty */
void set_page_writeback(struct page *page);	/* page lock */
bool redirty_page_for_writepage(struct page *page);	/* page lock: the write of a page just cleaned is put off */
void tag_pages_for_writeback(struct address_space *mapping, bool promise);
void write_cache_pages(struct address_space *mapping, enum writeback_sync_modes sync);
bool take_free_block(struct address_space *mapping);	/* false: ENOSPC */
void give_free_block(struct address_space *mapping);
bool __set_page_dirty_buffers(struct address_space *mapping, struct page *page);
void cancel_dirty_page(struct page *page);

/* mm/rmap.c */
int page_mkclean(struct page *page);		/* (weak) page lock; 2 * (ptes met) + (one of them was cleaned) */
int page_mkclean_one(struct page *page, struct vm_area_struct *vma);	/* takes the pte lock. 0: not mapped; 2: met; 3: cleaned; -1: refused */
bool try_to_unmap_one(struct page *page, struct vm_area_struct *vma);	/* takes the pte lock; false: refused */
bool try_to_unmap(struct page *page);		/* (weak) page lock; false: still mapped */

void try_to_unmap_flush(void);			/* what try_to_unmap() left in TLBs goes */
void page_add_file_rmap(struct page *page);	/* pte lock */
void page_remove_rmap(struct page *page);	/* pte lock */
bool remove_mapping(struct address_space *mapping, struct page *page);	/* mm/vmscan.c; page lock, our reference and the cache's are the only ones */

/* mm/memory.c, mm/mmap.c */
struct vm_area_struct *find_vma(struct mm_struct *mm, struct page *page);	/* mmap_sem. The vma of mm, or NULL if it was unmapped; a NULL mm crashes */
int handle_mm_fault(struct vm_area_struct *vma, int va, bool write);	/* mmap_sem */
void unmap_mapping_page(struct address_space *mapping, int index);
void zap_pte(struct mm_struct *mm, int va);	/* takes the pte lock */

/*
 * fs: ->page_mkwrite(), here ext4's and xfs's. Sleeps; takes i_mmap_sem and the page lock. VM_FAULT_LOCKED: a
 * block is reserved, buffers are attached, the page is dirty, stable and locked. VM_FAULT_NOPAGE: not this
 * mapping's page any more. VM_FAULT_SIGBUS: no space.
 */
int page_mkwrite(struct address_space *mapping, struct page *page);
int block_page_mkwrite(struct address_space *mapping, struct page *page);	/* the same without i_mmap_sem */
void writepage(struct page *page, bool bounce, enum writeback_sync_modes sync);	/* (weak) page lock, PG_dirty just cleared (kept for a bounce); unlocks */
bool try_to_release_page(struct page *page);	/* (weak) page lock; drops the buffers of a clean page */
void do_invalidatepage(struct address_space *mapping, struct page *page);	/* truncate: buffers and reservation go; page lock */

/* (weak) writepage found no buffers. The base: BUG. True: give up (the caller unlocks) */
bool writepage_no_buffers(struct page *page);

/* mm/gup.c, mm/util: slot->page is set and 0 returned, or an error is */
int get_user_pages_fast(struct mm_struct *mm, int va, int flags, struct pin_slot *slot);	/* no lock held; sleeps */
int get_user_pages(struct mm_struct *mm, int va, int flags, struct pin_slot *slot);	/* mmap_sem held for read; sleeps */
/* The v4.20 pieces for parts that write their own gup_fast_pte() or follow_page_pte() */
bool page_cache_get_speculative(struct page *page);
struct page *follow_pte(struct mm_struct *mm, int va, int flags);	/* follow_page_pte()'s grab under the pte lock, no tracking */
struct page *gup_pte(struct mm_struct *mm, int va, int flags);	/* gup_pte_range()'s body; interrupts off: a referenced page or NULL */

/* the thread's placeholder: untrack_pin(), put_page(). Any context. (weak) */
void put_user_page(struct page *page);

/* block/bio.c, block/blk-core.c */
void submit_write(struct page *page, bool frees_old, bool bounce);
void bio_dirty_fn(struct work_struct *work);	/* kworker: what bio_check_pages_dirty() left */
void bio_dirty_and_release(struct bio *bio);	/* (weak) bio_dirty_fn()'s body: dirties all pages, then releases all */
void bio_set_pages_dirty(struct bio *bio);	/* task context, before the I/O */
void bio_check_pages_dirty(struct bio *bio);	/* (weak) softirq, entered with BIO_ENDED; owns the bio: bio_release_pages(), now or in bio_dirty_fn() */
void bio_dirty_defer(struct bio *bio);		/* leaves the pages to bio_dirty_fn() */
void bio_release_pages(struct bio *bio, bool dirty);	/* release_bio_slot() for each page, then the bio is idle */
void release_slot(struct pin_slot *slot, bool dirty);	/* release_user_page() with the specification's bookkeeping */

void release_reference(struct pin_slot *slot, bool dirty);	/* the same for what was never counted: put_page() */

/*
 * Is the page pinned? Everybody who acts on the answer asks through this: it carries S6 and S6'.
 * Page lock held. Calls page_dma_pinned().
 */
bool decide_pinned(struct page *page);

/* ---------------------------------------------------------------- what contexts run */

void read_fault(struct mm_struct *mm, int va);	/* a load: maps the page read-only */
void store(struct mm_struct *mm, int va);	/* a CPU store, with its write fault if need be */
void rdma(struct mm_struct *mm, int va, struct pin_slot *slot);		/* pin, DMA, release dirty */
void rdma_long(struct mm_struct *mm, int va, struct pin_slot *slot);	/* the same with FOLL_LONGTERM; may park with DMA on */
void dirty_unlocked(struct mm_struct *mm, int va, struct pin_slot *slot);	/* a driver that dirties without the page lock */
void nic(struct pin_slot *slot);		/* device: writes while slot->dma */
void dio_read(struct mm_struct *mm, int va, struct bio *bio);	/* read(2), O_DIRECT, into mapped file pages; waits */
void disk_read(struct bio *bio);		/* device: a direct I/O read's data arrives */
void dio_write(struct mm_struct *mm, int va, struct bio *bio);	/* write(2), O_DIRECT, from mapped file pages to another file; waits */
void disk_fetch(struct bio *bio);		/* device: it has read a direct I/O write's data */
void dio_write_softirq(struct bio *bio);	/* softirq: its completion */
void dio_softirq(struct bio *bio);		/* softirq: its completion */
void disk_write(struct page *page);		/* device: samples the page of a write */
void write_softirq(struct page *page);		/* softirq: the write's completion */
void flusher(struct address_space *mapping);	/* WB_SYNC_NONE */
void fsync(struct address_space *mapping);	/* at most one context per scenario */
void reclaim(struct page *page);		/* kswapd */
void drop_caches(struct page *page);		/* invalidate_mapping_pages() */
void invalidate_inode_pages2(struct address_space *mapping, int index);	/* write(2), O_DIRECT, to this file: one page of it */
void munmap(struct mm_struct *mm);		/* takes the mapping away, and maps it again */
void truncate(struct address_space *mapping, int index);	/* one page of the file and its block go; not written before */
void punch_hole(struct address_space *mapping, int index);	/* the same, after before_punch() */
int write_before_punch(struct address_space *mapping, int index);
void lookup(struct address_space *mapping, int index);	/* takes a reference and drops it */
void take_block(struct address_space *mapping);	/* another file allocates the last block, and is deleted */

/* ---------------------------------------------------------------- hooks
 * Each has a __weak default that does nothing (returns the value given here in brackets).
 */

/* -- T: tracking -- */
bool track_pin(struct page *page);	/* [true] count a pin; called where the G part says; the caller holds a reference. False: too many, the pin fails */
void untrack_pin(struct page *page);	/* any context; before the reference is dropped */
bool page_dma_pinned(struct page *page);	/* [false] the query; page lock, perhaps a pte lock. Called through decide_pinned() */
int pin_count(struct address_space *mapping);	/* pure, claims only: pins counted for the file */
bool pin_flag(struct page *page);		/* [true pins] pure, claims only: does the tracking say pinned */
bool work_idle(void);				/* [true] pure, claims only: no work item of the part is pending */

/* -- G: get_user_pages() against page_mkclean() -- */
/* the whole interrupts-off section of gup_pte_range(): a referenced and tracked page, or NULL: go slow.
 * The default is v4.20 and G0: grab, re-read the pte, interrupts on, track_pin(). */
struct page *gup_fast_pte(struct mm_struct *mm, int va, int flags);
/* mm/gup.c follow_page_pte(), mmap_sem held: a referenced and tracked page, or NULL: fault it in (the second NULL is -EBUSY).
 * The default is v4.20 and G0: grab under the pte lock, track_pin() after it. */
struct page *follow_page_pte(struct mm_struct *mm, int va, int flags);

/* -- W: writeback policy -- */
/* [0] after the grab in both paths; interrupts on, no spinlock, may sleep; mmap_sem held in the slow path only.
 * An error undoes the grab and is get_user_pages()'s result. */
int before_pin(struct page *page);
/* one page of a buffer is released. dirty: mark it so first. Default: if (dirty) set_page_dirty_lock(page);
 * put_user_page(page). Contexts: task; the kworker of bio_dirty_fn (no mm or any); softirq with !dirty. */
void release_user_page(struct page *page, bool dirty);
/* [release_slot()] one page of a direct I/O's buffer is released; release_reference() if it was not counted */
void release_bio_slot(struct pin_slot *slot, bool dirty);
/* [true] page_mkclean_one(): page lock and pte lock held, before the pte changes; false ends the walk */
bool mkclean_one_policy(struct page *page, struct vm_area_struct *vma);
/* [WB_WRITE] clear_page_dirty_for_io(), after the walk (walked: number of ptes met) and after the ptes' dirt was
 * moved to the page, before PG_dirty is cleared. Page lock only; may sleep. See enum wb_action */
enum wb_action mkclean_policy(struct page *page, int walked, enum writeback_sync_modes sync);
/* [true] try_to_unmap_one(): as mkclean_one_policy(); false: the page stays mapped, reclaim keeps it */
bool unmap_one_policy(struct page *page, struct vm_area_struct *vma);
/* [true] try_to_unmap(), after the walk, page lock only; false: reclaim keeps the page */
bool unmap_policy(struct page *page);
/* [WB_WRITE] write_cache_pages(): page locked, dirty, not under writeback, before clear_page_dirty_for_io().
 * WB_WRITE or WB_SKIP; may sleep */
enum wb_action writeback_policy(struct page *page, enum writeback_sync_modes sync);
/* [true] shrink_page_list(), after try_to_unmap(), page lock, before PG_dirty is looked at; false: keep the page */
bool reclaim_policy(struct page *page);
/* [write_before_punch()] punch_hole(), before i_mmap_sem is taken; may sleep; an error leaves the file alone */
int before_punch(struct address_space *mapping, int index);
/* [false] zap_pte_range(), pte lock, the pte is gone; true: page_remove_rmap() waits for the flush of the TLB */
bool delay_rmap(pte_t pte);
/* [true] invalidate_inode_page(), page locked, clean, unmapped, before the buffers go; false: keep the page */
bool evict_policy(struct page *page);

/* -- A: access -- */
/* [0] before anything else in both get_user_pages() paths; no spinlock; an error is the result */
int may_pin(struct mm_struct *mm, int flags);
/* [0] truncate and punch, i_mmap_sem held for write, before the unmapping; may sleep; an error is the result */
int before_truncate(struct address_space *mapping, int index);
/* mmu notifiers: mkclean, unmap and zap, around the change of mm's pte of va. Page lock perhaps, no spinlock */
void invalidate_start(struct mm_struct *mm, int va);
void invalidate_end(struct mm_struct *mm, int va);
/* [-ENOSYS] hardware with faults of its own, instead of get_user_pages(): mmap_sem held; 0: slot->page may be
 * written while device_may_write(slot->page) */
int device_fault(struct mm_struct *mm, int va, struct pin_slot *slot);
/* the region that device_fault() mapped is deregistered; the device has stopped */
void device_release(struct mm_struct *mm, int va);
/* [set_page_dirty()] the device's mapping of a page that it may have written is gone; page lock or not */
void device_unmapped(struct page *page);
/* [true] judged in one step with the data write: must read members of the page only */
bool device_may_write(struct page *page);

/* ---------------------------------------------------------------- the specification: mm/spec.c. Base code only */

/* the compiler writes these two: the members that parts added through struct page_ext, but for those that wrap */
bool page_ext_is_zero(struct page *page);
void page_ext_zero(struct page *page);

bool spec_held(struct page *page);
bool spec_owed(struct page *page);
bool spec_mapped(struct page *page);
void spec_cpu_write(struct page *page);
void spec_device_write(struct page *page, struct pin_slot *slot);
void spec_report(struct pin_slot *slot);
void spec_pinned(struct pin_slot *slot, struct page *page);
void spec_unpin_called(struct pin_slot *slot);
void spec_unpin_returned(struct pin_slot *slot);
void spec_sample(struct page *page, int halves);
void spec_written(struct page *page);
void spec_attach(struct page *page);
void spec_truncated(struct page *page);
void spec_evicted(struct page *page);
void spec_freed(struct page *page);
void spec_cleaned(struct page *page);
void spec_redirtied(struct page *page);
void spec_fsync_called(void);
void spec_fsync_returned(int error);
int spec_references(struct page *page);
int spec_blocks(struct address_space *mapping);
bool bio_dirty_pending(void);	/* block/bio.c */
bool quiescent(void);
