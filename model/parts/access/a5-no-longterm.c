// SPDX-License-Identifier: GPL-2.0-only
/*
 * A5: no FOLL_LONGTERM for write on a file mapping whose pages the filesystem tracks
 *
 * Lorenzo Stoakes, 2 May 2023, v6 2/3 and 3/3. Merged as commits 8ac268436e6d and a6e79df92e4a.
 *
 * Reading: every mapping here is of that kind. Pins for a short time are not touched.
 */
#include <types.h>
#include <kernel.h>

/* writable_file_mapping_allowed(), gup_fast_folio_allowed() */
int may_pin(struct mm_struct *mm, int flags)
{
	if (flags & FOLL_LONGTERM)
		return -EFAULT;
	return 0;
}
