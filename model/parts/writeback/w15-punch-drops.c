// SPDX-License-Identifier: GPL-2.0-only
/*
 * W15: a hole punch drops dirty pages of ext4 without writing them
 *
 * v6.18 fs/ext4/inode.c ext4_truncate_page_cache_block_range(), which writes for journalled data only; 6.12.117 has it too.
 * fs/xfs/xfs_bmap_util.c xfs_flush_unmap_range() writes as before.
 *
 * Reading: data is not journalled, and a block is a page.
 */
#include <types.h>
#include <kernel.h>

int before_punch(struct address_space *mapping, int index)
{
	if (FS_EXT4)
		return 0;
	return write_before_punch(mapping, index);
}
