// SPDX-License-Identifier: GPL-2.0-only
/*
 * W3b: as W3a, put_user_page(page, dirty) runs ->page_mkwrite(), but never in an interrupt
 *
 * Jerome Glisse, 12 Dec 2018, 20181212215931.GG5037@redhat.com.
 *
 * Reading: the interrupt that completes direct I/O leaves every bio to a kworker, as bio_check_pages_dirty()
 * does for some, and the kworker calls put_user_page(page, true). Where ->page_mkwrite() fails there is nobody to
 * tell: the page stays as it is.
 */
#include <types.h>
#include <kernel.h>

/* what put_user_page(page, true) does before it drops the page; there are no anonymous pages here */
static void mkwrite_and_dirty(struct page *page)
{
	struct address_space *mapping = page_mapping(page);

	if (mapping && page_mkwrite(mapping, page) == VM_FAULT_LOCKED) {
		set_page_dirty(page);
		unlock_page(page);
	}
}

/* put_user_page(page, dirty) */
void release_user_page(struct page *page, bool dirty)
{
	if (dirty)
		mkwrite_and_dirty(page);
	put_user_page(page);
}

/* umem_odp.c calls it where it called set_page_dirty() and put_page() */
void device_unmapped(struct page *page)
{
	mkwrite_and_dirty(page);
}

/* block/bio.c */
void bio_dirty_and_release(struct bio *bio)
{
	bio_release_pages(bio, true);
}

void bio_check_pages_dirty(struct bio *bio)
{
	bio_dirty_defer(bio);
}
