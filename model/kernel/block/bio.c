// SPDX-License-Identifier: GPL-2.0-only
/* Block I/O: writes of page cache pages, and direct I/O reads into mapped ones. */
#include <types.h>
#include <kernel.h>

/* block/blk-core.c submit_bio(): the write of a page. One per page: a second one would wait for the first */
void submit_write(struct page *page, bool frees_old, bool bounce)
{
	struct write_bio *write = &writes[idx(page)];

	check("S4", write->state == BIO_IDLE);
	__atomic {
		await(write->state == BIO_IDLE);
		write->state = BIO_SUBMITTED;
		write->frees_old = frees_old;
		if (bounce) {
			page->bounced = true;
			spec_sample(page, WHOLE_PAGE);
		}
	}
}

/* device: it reads the page, all of it or one half after the other */
void disk_write(struct page *page)
{
	struct write_bio *write = &writes[idx(page)];

	__atomic {
		await(write->state == BIO_SUBMITTED);
		if (HALVES == 1)
			write->state = BIO_DONE;
		if (!page->bounced)
			spec_sample(page, 1);
	}
	if (HALVES == 1)
		return;
	__atomic {
		write->state = BIO_DONE;
		if (!page->bounced)
			spec_sample(page, 2);
	}
}

/* softirq: block/bio.c bio_endio(), fs/buffer.c end_buffer_async_write(), fs/ext4/page-io.c ext4_end_bio() */
void write_softirq(struct page *page)
{
	struct write_bio *write = &writes[idx(page)];
	bool old;

	__atomic {
		await(write->state == BIO_DONE);
		write->state = BIO_IDLE;
		old = write->frees_old;
		write->frees_old = false;
		spec_written(page);
	}
	witness("L2", true);
	witness("S14", in_interrupt());
	if (old)
		give_free_block(&files[0]);
	end_page_writeback(page);
}

/* one page of a buffer goes back: put_page() in v4.20, put_user_page() in the thread */
void release_slot(struct pin_slot *slot, bool dirty)
{
	struct page *page;

	page = slot->page;
	__atomic { spec_unpin_called(slot); }
	release_user_page(page, dirty);
	__atomic {
		slot->page = NULL;
		spec_unpin_returned(slot);
	}
}

/* what every release amounts to in v4.20; the W axis may do otherwise */
__weak void release_user_page(struct page *page, bool dirty)
{
	if (dirty)
		set_page_dirty_lock(page);
	put_user_page(page);
}

/* block/bio.c bio_set_pages_dirty(): before the I/O */
void bio_set_pages_dirty(struct bio *bio)
{
	int i;

	for (i = 0; i < BIO_VECS; i++)
		set_page_dirty_lock(slots[idx(bio) * BIO_VECS + i].page);
}

/* block/bio.c bio_release_pages(), bio_put(); with dirty, each page is dirtied before it is released */
void bio_release_pages(struct bio *bio, bool dirty)
{
	int i;

	for (i = 0; i < BIO_VECS; i++)
		release_bio_slot(&slots[idx(bio) * BIO_VECS + i], dirty);
	bio->state = BIO_IDLE;
}

/* block/bio.c bio_dirty_fn(), the loop's body */
__weak void bio_dirty_and_release(struct bio *bio)
{
	bio_set_pages_dirty(bio);
	bio_release_pages(bio, false);
}

/* block/bio.c bio_dirty_fn(): kworker */
void bio_dirty_fn(struct work_struct *work)
{
	bool listed;
	int i;

	for (i = 0; i < NR_BIOS; i++) {
		spin_lock_irq(&bio_dirty[0].lock);
		__atomic {
			listed = bios[i].bi_list;
			bios[i].bi_list = false;
		}
		spin_unlock_irq(&bio_dirty[0].lock);
		if (listed)
			bio_dirty_and_release(&bios[i]);
	}
}

DECLARE_WORK(bio_dirty_work, bio_dirty_fn);

/* block/bio.c bio_check_pages_dirty(), its last part */
void bio_dirty_defer(struct bio *bio)
{
	spin_lock_irqsave(&bio_dirty[0].lock);
	bio->bi_list = true;
	spin_unlock_irqrestore(&bio_dirty[0].lock);
	schedule_work(&bio_dirty_work);
}

/* block/bio.c bio_check_pages_dirty(): softirq may not dirty pages, so a page that was cleaned goes to the kworker */
__weak void bio_check_pages_dirty(struct bio *bio)
{
	int i;

	for (i = 0; i < BIO_VECS; i++) {
		if (!PageDirty(slots[idx(bio) * BIO_VECS + i].page))
			goto defer;
	}
	bio_release_pages(bio, false);
	return;
defer:
	bio_dirty_defer(bio);
}

/* for the kernels that count the pins of others and not those of direct I/O */
__weak void release_bio_slot(struct pin_slot *slot, bool dirty)
{
	release_slot(slot, dirty);
}

/* as release_slot(), of a reference that no part counted */
void release_reference(struct pin_slot *slot, bool dirty)
{
	struct page *page;

	page = slot->page;
	__atomic { spec_unpin_called(slot); }
	if (dirty)
		set_page_dirty_lock(page);
	put_page(page);
	__atomic {
		slot->page = NULL;
		spec_unpin_returned(slot);
	}
}

/* claims only */
bool bio_dirty_pending(void)
{
	return bio_dirty_work.pending;
}
