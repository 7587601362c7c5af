// SPDX-License-Identifier: GPL-2.0-only
/*
 * W9: ->page_mkwrite() before the DMA, and its ENOSPC is get_user_pages()'s error
 *
 * Dave Chinner, 1 Oct 2018, 20181001061127.GQ31060@dastard, and 13 Dec 2018, 20181213005119.GD29416@dastard: the
 * backing store must be allocated before the DMA; "before the DMA it is a recoverable error".
 *
 * Reading: both paths call it last, however the pte was found; it returns with the page dirty and locked. Nothing
 * keeps the page from being cleaned once it is unlocked.
 */
#include <types.h>
#include <kernel.h>

int before_pin(struct page *page)
{
	struct address_space *mapping = page_mapping(page);
	int ret;

	if (!mapping)
		return -EFAULT;
	ret = page_mkwrite(mapping, page);
	if (ret == VM_FAULT_SIGBUS)
		return -ENOSPC;
	if (ret != VM_FAULT_LOCKED)
		return -EFAULT;
	unlock_page(page);
	return 0;
}
