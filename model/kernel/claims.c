// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every claim: its name, its sentence, what follows when it breaks, and where it comes from. Many are carried by
 * check() and witness() in the base; what is judged on whole states stands here. L1 and L5 say that a call returns: they
 * are judged by where contexts stand, fairly scheduled. L2 is about hangs, which the search computes; S0 and most of S14
 * belong to the compiler.
 */
#include <types.h>
#include <kernel.h>

CLAIM(S0, "no crash",
      "an oops or a BUG_ON takes the machine or the file system down",
      "v4.20 fs/ext4/inode.c page_buffers(): BUG_ON(!PagePrivate(page))", NEEDS_NOTHING);
CLAIM_PREMISE(S0, "a page is prepared for a store, or written");

CLAIM(S1, "a dirty page always has its buffers",
      "ext4 runs into BUG_ON(!PagePrivate(page)), later kernels drop the data",
      "J. Kara, 20180103100430.GE4911@quack2.suse.cz", NEEDS_NOTHING);
CLAIM_PREMISE(S1, "a clean page of the cache becomes dirty");

CLAIM(S2w, "the filesystem was asked before a page becomes dirty",
      "a page without preparation reaches writeback: no reservation, no copy-on-write",
      "D. Chinner, 20181213005119.GD29416@dastard", NEEDS_NOTHING);
CLAIM_PREMISE(S2w, "a clean page of the cache becomes dirty");

CLAIM(S2s, "the filesystem was asked before data is written",
      "data lands in a page that the filesystem believes is clean and complete",
      "D. Chinner, 20181001061127.GQ31060@dastard", NEEDS_NOTHING);
CLAIM_PREMISE(S2s, "data is written to a page of the cache");

CLAIM(S3, "no write without a block for it",
      "ENOSPC comes when the data is there already and nobody can be told",
      "D. Chinner, 20181213005119.GD29416@dastard", NEEDS_NOTHING);
CLAIM_PREMISE(S3, "data is written to a page of the cache");

CLAIM(S4, "a page does not change under writeback on storage that checksums it",
      "torn data on disk, wrong parity or checksum",
      "D. Chinner, 20181213005119.GD29416@dastard; J. Kara, 20230209121046.25360-1-jack@suse.cz", NEEDS_STABLE);
CLAIM_PREMISE(S4, "a store has to wait while the disk reads the page");

CLAIM(S4o1, "no write reads a page while a pin for write is held",
      "objective 1 to the letter: the device may write while the disk reads",
      "J. Glisse, 20181212150319.GA3432@redhat.com", NEEDS_PIN);
CLAIM_PREMISE(S4o1, "writeback meets a dirty page that is pinned");

CLAIM(S5, "no data is lost",
      "a clean page in memory differs from the disk, and reclaim drops it",
      "J. Kara, 20181214154321.GF8896@quack2.suse.cz", NEEDS_NOTHING);
CLAIM_PREMISE(S5, "the disk reads a page that is newer than the disk");

CLAIM(S5k, "a pinned page is never clean",
      "nothing tells writeback that the device still writes",
      "J. Kara, 20181214154321.GF8896@quack2.suse.cz", NEEDS_PIN);
CLAIM_PREMISE(S5k, "writeback meets a dirty page that is pinned");

CLAIM(S6, "no pin is missed",
      "somebody acts as if no device could write",
      "Documentation/core-api/pin_user_pages.rst: false negatives are not acceptable", NEEDS_PIN);
CLAIM_PREMISE(S6, "somebody asks whether a page is pinned while a pin is held from before the question to its answer");
CLAIM_HOOK(S6, page_dma_pinned);

CLAIM(S6p, "no pin appears after the answer \"not pinned\"",
      "the page is cleaned and written while a new pin writes to it",
      "J. Glisse, 20190103144405.GC3395@redhat.com; J. Kara, 20190123180230.GN13149@quack2.suse.cz", NEEDS_PIN);
CLAIM_PREMISE(S6p, "the answer is \"not pinned\"");
CLAIM_HOOK(S6p, page_dma_pinned);

CLAIM(S7, "the pin count is the number of pins",
      "a page is called pinned for ever, or a pin is forgotten",
      "J. Kara, review of the July 2018 RFC", NEEDS_PIN);
CLAIM_PREMISE(S7, "a pin is held");
CLAIM_HOOK(S7, pin_count);

CLAIM(S9, "a pinned page keeps its buffers while it is in the cache",
      "the next set_page_dirty() makes a dirty page without buffers",
      "J. Kara, 20230428124140.30166-1-jack@suse.cz (commit d824ec2a1546)", NEEDS_PIN);
CLAIM_PREMISE(S9, "reclaim, drop_caches or a direct write meets a pinned page with buffers");

CLAIM(S10, "fsync that returns 0 has written what was promised",
      "a power failure loses data that fsync had acknowledged",
      "J. Kara, 20181218093017.GB18032@quack2.suse.cz", NEEDS_FSYNC);
CLAIM_PREMISE(S10, "fsync() is called while data that somebody was promised is in memory only");

CLAIM(S11, "truncate leaves nothing behind that touches the file",
      "a device writes to freed blocks, or a detached page is dirtied in the page cache",
      "D. Chinner, aPshzHsqp2Srau5T@dread.disaster.area", NEEDS_TRUNCATE);
CLAIM_PREMISE(S11, "truncate meets a page that is pinned or under writeback, or a page that left the file is dirtied");

CLAIM(S13, "no page is freed while somebody holds it",
      "the device writes to somebody else's memory",
      "CVE-2019-11487; commit 8fde12ca79af", NEEDS_NOTHING);
CLAIM_PREMISE(S13, "a page is freed, or its references are frozen");

CLAIM(S14, "nobody sleeps in atomic context; locks have holders and an order",
      "scheduling while atomic, or a deadlock that needs luck",
      "J. Kara, 20181210102846.GC29289@quack2.suse.cz", NEEDS_NOTHING);
CLAIM_PREMISE(S14, "something runs where sleeping is forbidden");

CLAIM(S15, "every write to a new block was reserved",
      "a copy-on-write filesystem runs out of space in writeback",
      "C. Hellwig, February 2023, reply to 20230209123206.3548-4-jack@suse.cz", NEEDS_COW);
CLAIM_PREMISE(S15, "writeback looks for the block of a page");

CLAIM(S17, "a pinned page leaves the page cache only by truncate",
      "the device and the file's users see different pages",
      "v4.20 mm/vmscan.c __remove_mapping()", NEEDS_PIN);
CLAIM_PREMISE(S17, "reclaim, drop_caches or a direct write meets a pinned page");

CLAIM(S18, "at rest counts and tags agree with what they count",
      "a page or a block leaks; writeback does not find a dirty page, or reclaim cannot take a clean one",
      "v4.20 mm/vmscan.c is_page_cache_freeable(), fs/xfs/xfs_super.c xfs_fs_destroy_inode()",
      NEEDS_NOTHING);
CLAIM_PREMISE(S18, "somebody holds a page by a reference of his own");

CLAIM(L1, "fsync returns",
      "fsync hangs for as long as a pin lives",
      "D. Chinner, 20181001061127.GQ31060@dastard, quoting J. Glisse", NEEDS_FSYNC);
CLAIM_PREMISE(L1, "fsync() returns");

CLAIM(L2, "nobody waits for ever",
      "a deadlock",
      "J. Kara, 20180709194740.rymbt2fzohbdmpye@quack2.suse.cz", NEEDS_NOTHING);
CLAIM_PREMISE(L2, "a page is prepared for a store, or an I/O completes");

CLAIM(L5, "truncate returns",
      "truncate hangs for as long as a pin lives",
      "J. Kara, 20190815130558.GF14313@quack2.suse.cz", NEEDS_TRUNCATE);
CLAIM_PREMISE(L5, "truncate() returns");

CLAIM(L6, "a page without pins is not called pinned",
      "the page is never written or reclaimed again",
      "J. Hubbard, 8492163b-8c50-6ea2-8bc9-8c445495ecb4@nvidia.com, quoting J. Glisse", NEEDS_PIN);
CLAIM_PREMISE(L6, "a release returns");
CLAIM_HOOK(L6, pin_flag);

/* -- judged in every state -- */

bool always_S4o1(struct page *page)
{
	return writes[idx(page)].state == BIO_IDLE || page->bounced || !spec_held(page);
}

bool always_S5(struct page *page)
{
	return !page->mem_newer || page->locked || page->dirty || page->writeback || spec_owed(page);
}

bool always_S5k(struct page *page)
{
	return page->locked || page->dirty || page->writeback || !page->cached || !spec_held(page);
}

bool always_S9(struct page *page)
{
	return !FS_EXT4 || !page->cached || page->private || page->locked || !spec_held(page);
}

/* a tag in the page cache belongs to a page in it */
bool always_S11(struct address_space *mapping)
{
	int i;

	for (i = 0; i < NR_INDEX; i++) {
		if (mapping->tag_dirty[i] && mapping->i_pages[i] == NULL)
			return false;
	}
	return true;
}

bool sometimes_S7(struct page *page)
{
	return spec_held(page);
}

/* -- judged when everybody is idle, parked or done -- */

bool quiescent_S7(struct page *page)
{
	int i, held = 0;

	if (spec_held(page) != pin_flag(page))
		return false;

	for (i = 0; i < NR_SLOTS; i++) {
		if (slots[i].held)
			held++;
	}
	return pin_count(&files[0]) == held;
}

/* every reference has an owner that can be named */
bool quiescent_S18_references(struct page *page)
{
	int extra = page_count(page) - spec_references(page);

	return spec_held(page) ? extra > 0 : extra == 0;
}

/* a page to which nobody refers is the allocator's */
bool quiescent_S18_free(struct page *page)
{
	return page->allocated == (page_count(page) > 0);
}

/*
 * A page that left the cache is mapped nowhere, holds no reservation and has no buffers, which would keep it. Truncate
 * leaves buffers that somebody dirtied behind its back: v4.20 mm/vmscan.c shrink_page_list() expects such pages.
 */
bool quiescent_S18_detached(struct page *page)
{
	if (page->mapping)
		return true;
	if (page_mapped(page) || page->reserved)
		return false;
	return !page->private || page->buffer_dirty;
}

/* every block is the file's, reserved, or free; a scenario's init may move blocks, and loses none */
bool quiescent_S18_blocks(struct address_space *mapping)
{
	return spec_blocks(mapping) == FREE_BLOCKS + NR_INDEX;
}

/* a direct I/O that ended has let its pages go */
bool quiescent_S18_bios(struct bio *bio)
{
	return bio->state == BIO_IDLE;
}

/* nobody holds the page lock, and writeback is over: but a part may keep a pinned page under it */
bool quiescent_S18_locks(struct page *page)
{
	return !page->locked && (!page->writeback || spec_held(page));
}

/*
 * The flusher finds what is dirty. A tag without a dirty page is legal: cancel_dirty_page() leaves it; and truncate may
 * leave a dirty buffer on a page that it took.
 */
bool quiescent_S18_tags(struct page *page)
{
	if (!page->mapping)
		return true;
	if (page->buffer_dirty && !page->dirty)
		return false;
	return !page->dirty || files[0].tag_dirty[page->index];
}

bool sometimes_S18(struct page *page)
{
	return page_count(page) > spec_references(page);
}

/* -- what leads to what, under fair scheduling -- */

/* once each release has returned, the predicate becomes false, or a new pin comes. A release that hangs is L2's */
bool when_L6(struct page *page)
{
	return !spec_owed(page);
}

bool leads_to_L6(struct page *page)
{
	return spec_owed(page) || !pin_flag(page);
}
