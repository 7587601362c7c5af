// SPDX-License-Identifier: GPL-2.0-only
/* Direct I/O: read(2) of some other file with O_DIRECT, whose buffer is a shared mapping of this file. */
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
		release_slot(&slots[idx(bio) * BIO_VECS + i], false);
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
