/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* The hooks. Each has a __weak default that does nothing (returns the value given here in brackets). */
#include <objects.h>

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
