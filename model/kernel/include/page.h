/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* What is done with one page, or one page table entry, at once: flags, the page lock, counts, ptes, the TLB. */
#include <objects.h>

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
		/* mm/filemap.c unlock_page(): VM_BUG_ON_PAGE() */
		check("S14", page->locked);
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

/* -- counts: include/linux/page_ref.h, include/linux/mm.h, mm/util.c -- */

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
