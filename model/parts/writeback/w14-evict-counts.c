// SPDX-License-Identifier: GPL-2.0-only
/*
 * W14: invalidate_mapping_pages() leaves a page alone that has more references than it can explain
 *
 * v6.18 mm/truncate.c mapping_evict_folio(), before filemap_release_folio().
 *
 * Reading: the page cache's reference, the buffers' and the caller's are explained.
 */
#include <types.h>
#include <kernel.h>

bool evict_policy(struct page *page)
{
	int count = page_count(page);

	if (PagePrivate(page))
		return count <= 3;
	return count <= 2;
}
