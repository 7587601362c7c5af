// SPDX-License-Identifier: GPL-2.0-only
/* The page cache. */
#include <types.h>
#include <kernel.h>

/* mm/filemap.c find_get_entry(): grab, then look at the slot again */
struct page *find_get_page(struct address_space *mapping, int index)
{
	struct page *page;

repeat:
	page = mapping->i_pages[index];
	if (!page)
		return NULL;
	if (!page_cache_get_speculative(page))
		goto repeat;
	if (page != mapping->i_pages[index]) {
		put_page(page);
		goto repeat;
	}
	return page;
}

/* anybody who looks a page up and drops it again: mincore(2), readahead, compaction */
void lookup(struct address_space *mapping, int index)
{
	struct page *page = find_get_page(mapping, index);

	if (page)
		put_page(page);
}

/* mm/filemap.c add_to_page_cache_lru(), __add_to_page_cache_locked(); reading it, which unlocks it, is not modelled */
static void add_to_page_cache_lru(struct page *page, struct address_space *mapping, int index)
{
	bool added;

	/* by alloc_page() */
	lock_acquired("page lock");
	get_page(page);
	page->mapping = mapping;
	spin_lock_irq(&mapping->i_pages_lock);
	__atomic {
		added = mapping->i_pages[index] == NULL;
		if (added) {
			mapping->i_pages[index] = page;
			spec_attach(page);
		}
	}
	spin_unlock_irq(&mapping->i_pages_lock);
	if (!added) {
		page->mapping = NULL;
		put_page(page);
	}
	unlock_page(page);
}

/* mm/filemap.c page_cache_read(): the read itself is not modelled, the page is uptodate at once */
static int page_cache_read(struct address_space *mapping, int index)
{
	struct page *page = alloc_page(index);

	if (!page)
		return -ENOMEM;
	add_to_page_cache_lru(page, mapping, index);
	put_page(page);
	return 0;
}

/*
 * mm/filemap.c filemap_fault(): the page of the index, with a reference, locked; or NULL without memory.
 * The lock is waited for with mmap_sem held (__lock_page_or_retry() may drop it).
 */
struct page *filemap_fault(struct address_space *mapping, int index)
{
	struct page *page;

retry_find:
	page = find_get_page(mapping, index);
	if (!page) {
		if (page_cache_read(mapping, index))
			return NULL;
		goto retry_find;
	}
	lock_page(page);
	if (page->mapping != mapping) {
		unlock_page(page);
		put_page(page);
		goto retry_find;
	}
	return page;
}

/* mm/filemap.c page_cache_delete(), under the i_pages lock: the slot, its tags, then page->mapping */
static void page_cache_delete(struct address_space *mapping, struct page *page)
{
	/* unaccount_page_cache_page(): WARN_ON_ONCE(PageDirty(page)), unwritten data */
	check("S11", !page->dirty);
	/* xas_store(NULL) clears slot and marks in one node update */
	__atomic {
		mapping->i_pages[page->index] = NULL;
		mapping->tag_dirty[page->index] = false;
		mapping->tag_towrite[page->index] = false;
		mapping->tag_writeback[page->index] = false;
	}
	page->mapping = NULL;
	check("S11", !spec_mapped(page));
}

/* mm/filemap.c __delete_from_page_cache(), for a page that is clean */
void delete_clean_from_page_cache(struct address_space *mapping, struct page *page)
{
	page_cache_delete(mapping, page);
	__atomic { spec_evicted(page); }
}

/* mm/filemap.c delete_from_page_cache(): truncate; page lock held */
void delete_from_page_cache(struct address_space *mapping, struct page *page)
{
	spin_lock_irqsave(&mapping->i_pages_lock);
	page_cache_delete(mapping, page);
	spin_unlock_irqrestore(&mapping->i_pages_lock);
	put_page(page);
}

/* mm/filemap.c end_page_writeback(), mm/page-writeback.c test_clear_page_writeback(): truncate waits for us */
__weak void end_page_writeback(struct page *page)
{
	struct address_space *mapping = &files[0];

	spin_lock_irqsave(&mapping->i_pages_lock);
	page->writeback = false;
	mapping->tag_writeback[page->index] = false;
	spin_unlock_irqrestore(&mapping->i_pages_lock);
}

/* mm/filemap.c __filemap_fdatawait_range(): every page tagged writeback */
static void filemap_fdatawait(struct address_space *mapping)
{
	struct page *page;
	int i;

	for (i = 0; i < NR_INDEX; i++) {
		if (!mapping->tag_writeback[i])
			continue;
		page = find_get_page(mapping, i);
		if (!page)
			continue;
		wait_on_page_writeback(page);
		put_page(page);
	}
}

/* mm/filemap.c file_write_and_wait_range(), file_check_and_advance_wb_err() */
int filemap_write_and_wait_range(struct address_space *mapping, bool promise)
{
	bool err;

	tag_pages_for_writeback(mapping, promise);
	write_cache_pages(mapping, WB_SYNC_ALL);
	filemap_fdatawait(mapping);
	__atomic {
		err = mapping->wb_err;
		mapping->wb_err = false;
	}
	return err ? -ENOSPC : 0;
}
