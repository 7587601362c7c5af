// SPDX-License-Identifier: GPL-2.0-only
/*
 * W10: reclaim leaves a pinned page, and what the filesystem attached to it, alone
 *
 * Jan Kara, 28 Apr 2023, 20230428124140.30166-1-jack@suse.cz. Merged as commit d824ec2a1546 ("mm: do not reclaim
 * private data from pinned page").
 *
 * Reading: as merged: in shrink_folio_list() only, after try_to_unmap(), so that no new pin can come from a pte.
 */
#include <types.h>
#include <kernel.h>

bool reclaim_policy(struct page *page)
{
	return !decide_pinned(page);
}
