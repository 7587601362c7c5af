// SPDX-License-Identifier: GPL-2.0-only
/*
 * The specification's side of the base: ghosts and nothing else. No kernel file corresponds to this one.
 * Each function here is called inside __atomic, or is one ghost-only __atomic that joins the step before it.
 */
#include <types.h>
#include <kernel.h>

/* a pin for write is held: get_user_pages() succeeded and nobody called the release */
bool spec_held(struct page *page)
{
	int i;

	for (i = 0; i < NR_SLOTS; i++) {
		if (slots[i].held == page)
			return true;
	}
	return false;
}

/* ... or the release has not returned */
bool spec_owed(struct page *page)
{
	int i;

	for (i = 0; i < NR_SLOTS; i++) {
		if (slots[i].owed == page)
			return true;
	}
	return false;
}

/* some pte maps the page */
bool spec_mapped(struct page *page)
{
	int i;

	for (i = 0; i < NR_MMS; i++) {
		if (mms[i].pte[page->index].page == page)
			return true;
	}
	return false;
}

static bool spec_watched(struct page *page)
{
	int i;

	for (i = 0; i < NR_SLOTS; i++) {
		if (slots[i].watched && slots[i].held == page)
			return true;
	}
	return false;
}

/* half a page of data, or all of it where pages have no halves: which half is the writer's choice */
static int spec_half(void)
{
	if (HALVES == 1)
		return WHOLE_PAGE;
	return 1 << nondet(2);
}

/* memory of the page changes: these halves of it. The caller's __atomic is the write */
static void spec_data_write(struct page *page, int halves)
{
	check("S13", page->allocated);
	check("S2s", !page->cached || page->notified);
	check("S3", !page->cached || page->reserved || (!COW && files[0].block[page->index]) ||
	      (COW && writes[idx(page)].state == BIO_SUBMITTED && !page->bounced));
	check("S4", !STABLE_PAGES || !page->cached || page->bounced || writes[idx(page)].state == BIO_IDLE);
	witness("S2s", page->cached);
	witness("S3", page->cached);
	if (page->cached)
		page->mem_newer |= halves;
}

/* a CPU store retires: user space may rely on it at once */
void spec_cpu_write(struct page *page)
{
	int halves = spec_half();

	spec_data_write(page, halves);
	if (page->cached)
		page->acked_mem |= halves;
}

/* the device writes; nobody was told yet */
void spec_device_write(struct page *page, struct pin_slot *slot)
{
	int halves = spec_half();

	spec_data_write(page, halves);
	if (page->cached)
		slot->dma_mem |= halves;
}

/* somebody is told that the device's data has arrived */
void spec_report(struct pin_slot *slot)
{
	if (slot->dma_mem)
		slot->owed->acked_mem |= slot->dma_mem;
	if (slot->dma_io)
		slot->owed->acked_io = true;
	slot->dma_mem = 0;
	slot->dma_io = false;
}

/* get_user_pages() succeeds */
void spec_pinned(struct pin_slot *slot, struct page *page)
{
	check("S6p", !page->decided);
	slot->held = page;
	slot->owed = page;
}

/* the release is called */
void spec_unpin_called(struct pin_slot *slot)
{
	slot->held = NULL;
	slot->watched = false;
}

/* the release has returned, deferred work included: who released may rely on the data */
void spec_unpin_returned(struct pin_slot *slot)
{
	spec_report(slot);
	witness("L6", true);
	slot->owed = NULL;
}

/* a write takes its copy of these halves of the page */
void spec_sample(struct page *page, int halves)
{
	int i;

	witness("S5", page->mem_newer & halves);
	page->mem_newer &= ~halves;
	if (page->acked_mem & halves)
		page->acked_io = true;
	page->acked_mem &= ~halves;
	if (page->need_mem & halves)
		page->need_io = true;
	page->need_mem &= ~halves;
	for (i = 0; i < NR_SLOTS; i++) {
		if (slots[i].owed == page && (slots[i].dma_mem & halves)) {
			slots[i].dma_io = true;
			slots[i].dma_mem &= ~halves;
		}
	}
}

/* the sampled copy is on disk */
void spec_written(struct page *page)
{
	int i;

	page->acked_io = false;
	page->need_io = false;
	page->decided = false;
	page->bounced = false;
	for (i = 0; i < NR_SLOTS; i++) {
		if (slots[i].owed == page)
			slots[i].dma_io = false;
	}
}

/* the page joins the page cache, as it is on disk */
void spec_attach(struct page *page)
{
	page->cached = true;
	page->notified = false;
	page->decided = false;
}

static void spec_forget(struct page *page)
{
	int i;

	page->cached = false;
	page->mem_newer = 0;
	for (i = 0; i < NR_SLOTS; i++) {
		if (slots[i].owed == page) {
			slots[i].dma_mem = 0;
			slots[i].dma_io = false;
		}
	}
}

/* truncate begins to take the page apart: the data is gone because the user said so, nobody is owed it any more */
void spec_truncated(struct page *page)
{
	check("S11", writes[idx(page)].state == BIO_IDLE);
	page->acked_mem = 0;
	page->acked_io = false;
	page->need_mem = 0;
	page->need_io = false;
	spec_forget(page);
}

/* the page leaves the cache because it is clean; need_mem stays: data that was promised and lost */
void spec_evicted(struct page *page)
{
	check("S5", !page->mem_newer);
	check("S17", !spec_held(page));
	spec_forget(page);
}

/* the page goes to the page allocator */
void spec_freed(struct page *page)
{
	check("S13", !spec_held(page));
	witness("S13", true);
	page->acked_mem = 0;
	page->acked_io = false;
	page->notified = false;
	page->decided = false;
}

/* writeback cleans the page: from here on the filesystem expects no write to it */
void spec_cleaned(struct page *page)
{
	if (REDIRTY)
		page->was_notified = page->notified;
	page->notified = false;
}

/* ... but puts the write off: what it was told still counts, and nothing else */
void spec_redirtied(struct page *page)
{
	page->notified = page->was_notified;
}

/* fsync() is called */
void spec_fsync_called(void)
{
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		witness("S10", pages[i].acked_mem);
		pages[i].need_mem = pages[i].acked_mem;
		pages[i].need_io = pages[i].acked_io;
	}
}

/* fsync() returns */
void spec_fsync_returned(int error)
{
	int i;

	witness("L1", true);
	for (i = 0; i < NR_PAGES; i++) {
		check("S10", error != 0 || (!pages[i].need_mem && !pages[i].need_io));
		pages[i].need_mem = 0;
		pages[i].need_io = false;
	}
}

/*
 * Everybody who acts on "is it pinned" asks here. A pin that is held from before the query's first step to its
 * last must be reported (S6); after "no", no pin for write may appear unless it went through page_mkwrite() (S6').
 */
bool decide_pinned(struct page *page)
{
	int i;
	bool pinned;

	__atomic {
		for (i = 0; i < NR_SLOTS; i++)
			slots[i].watched = slots[i].held == page;
	}
	pinned = page_dma_pinned(page);
	__atomic {
		witness("S6", spec_watched(page));
		check("S6", pinned || !spec_watched(page));
		witness("S6p", !pinned);
		if (!pinned)
			page->decided = true;
		for (i = 0; i < NR_SLOTS; i++)
			slots[i].watched = false;
	}
	return pinned;
}

/* nothing is in flight: quiescent_ claims are judged */
bool quiescent(void)
{
	int i;

	for (i = 0; i < NR_PAGES; i++) {
		if (writes[i].state != BIO_IDLE)
			return false;
	}
	for (i = 0; i < NR_BIOS; i++) {
		/* with its work done, it should be over: S18 */
		if (bios[i].state != BIO_IDLE && (bios[i].state != BIO_ENDED || bio_dirty_pending()))
			return false;
	}
	return work_idle();
}

/* a hook of the T axis */
__weak bool work_idle(void)
{
	return true;
}

/* references of the page cache, of buffers and of ptes: v4.20 mm/vmscan.c is_page_cache_freeable() counts the first two */
int spec_references(struct page *page)
{
	int i, n = 0;

	if (files[0].i_pages[page->index] == page)
		n++;
	if (page->private)
		n++;
	for (i = 0; i < NR_MMS; i++) {
		if (mms[i].pte[page->index].page == page)
			n++;
	}
	return n;
}

/* the filesystem's blocks: the file's, those that are reserved for its pages, and the free ones */
int spec_blocks(struct address_space *mapping)
{
	int i, n = mapping->free_blocks;

	for (i = 0; i < NR_INDEX; i++) {
		if (mapping->block[i])
			n++;
	}
	for (i = 0; i < NR_PAGES; i++) {
		if (pages[i].reserved)
			n++;
	}
	return n;
}
