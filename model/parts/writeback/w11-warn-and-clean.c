// SPDX-License-Identifier: GPL-2.0-only
/*
 * W11: ext4 warns about a dirty page without buffers, and forgets that it was dirty
 *
 * Theodore Ts'o, 25 Feb 2022, YhlIvw00Y4MkAgxX@mit.edu. Merged as commit cc5095747edf ("ext4: don't BUG if someone
 * dirty pages without asking ext4 first").
 *
 * Reading: as merged, in mpage_prepare_extent_to_map(): folio_clear_dirty(), which leaves the tag in the page cache. The
 * loss of the data is accepted.
 */
#include <types.h>
#include <kernel.h>

bool writepage_no_buffers(struct page *page)
{
	test_clear_page_dirty(page);
	return true;
}
