// SPDX-License-Identifier: GPL-2.0-only
/* Direct I/O: read(2) or write(2) of some other file with O_DIRECT, whose buffer is a shared mapping of this file. */
#include <types.h>
#include <kernel.h>

/* fs/iomap.c iomap_dio_rw(), iomap_dio_bio_actor(): pin, dirty, submit, wait. va: every page of the buffer */
void dio_read(struct mm_struct *mm, int va, struct bio *bio)
{
	int i;

	/* bio_alloc() */
	wait_event(bio->state == BIO_IDLE);
	for (i = 0; i < BIO_VECS; i++) {
		/* block/bio.c bio_iov_iter_get_pages() */
		if (get_user_pages_fast(mm, va, FOLL_WRITE, &slots[idx(bio) * BIO_VECS + i]))
			goto fail;
	}
	bio_set_pages_dirty(bio);
	bio->state = BIO_SUBMITTED;
	wait_event(bio->state == BIO_ENDED || bio->state == BIO_IDLE);
	return;
fail:
	while (i > 0) {
		i--;
		release_bio_slot(&slots[idx(bio) * BIO_VECS + i], false);
	}
}

/* device: data arrives, perhaps several times, and perhaps before the page is cleaned and the I/O completes */
void disk_read(struct bio *bio)
{
	bool last;
	int i;

	__atomic {
		await(bio->state == BIO_SUBMITTED);
		last = nondet_fair();
		for (i = 0; i < BIO_VECS; i++)
			spec_device_write(slots[idx(bio) * BIO_VECS + i].owed, &slots[idx(bio) * BIO_VECS + i]);
		if (last)
			bio->state = BIO_DONE;
	}
}

/* softirq: fs/iomap.c iomap_dio_bio_end_io(): the reader is woken first */
void dio_softirq(struct bio *bio)
{
	int i;

	__atomic {
		await(bio->state == BIO_DONE);
		bio->state = BIO_ENDED;
		for (i = 0; i < BIO_VECS; i++)
			spec_report(&slots[idx(bio) * BIO_VECS + i]);
	}
	witness("L2", true);
	witness("S14", true);
	bio_check_pages_dirty(bio);
}

/* fs/iomap.c iomap_dio_rw(): the same for write(2). The device reads the pages: nobody dirties them */
void dio_write(struct mm_struct *mm, int va, struct bio *bio)
{
	int i;

	wait_event(bio->state == BIO_IDLE);
	for (i = 0; i < BIO_VECS; i++) {
		if (get_user_pages_fast(mm, va, 0, &slots[idx(bio) * BIO_VECS + i]))
			goto fail;
	}
	bio->state = BIO_SUBMITTED;
	wait_event(bio->state == BIO_ENDED || bio->state == BIO_IDLE);
	return;
fail:
	while (i > 0) {
		i--;
		release_bio_slot(&slots[idx(bio) * BIO_VECS + i], false);
	}
}

/* device: it has read the pages */
void disk_fetch(struct bio *bio)
{
	__atomic {
		await(bio->state == BIO_SUBMITTED);
		bio->state = BIO_DONE;
	}
}

/* softirq: fs/iomap.c iomap_dio_bio_end_io(), without should_dirty: the writer is woken first */
void dio_write_softirq(struct bio *bio)
{
	__atomic {
		await(bio->state == BIO_DONE);
		bio->state = BIO_ENDED;
	}
	witness("L2", true);
	witness("S14", true);
	bio_release_pages(bio, false);
}
