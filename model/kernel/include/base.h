/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/*
 * The base kernel (v4.20): its functions, and those that contexts run. Functions marked (weak) are __weak: a whole proposal
 * may replace them.
 */
#include <objects.h>

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

/* -- kernel/workqueue.c: queued once, whoever asks; any context -- */

static inline void schedule_work(struct work_struct *work)
{
	work->pending = true;
}

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
