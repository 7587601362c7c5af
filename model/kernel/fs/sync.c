// SPDX-License-Identifier: GPL-2.0-only
/* fsync(2). */
#include <types.h>
#include <kernel.h>

/* fs/sync.c do_fsync(), fs/ext4/fsync.c ext4_sync_file(); no journal */
void fsync(struct address_space *mapping)
{
	int error = filemap_write_and_wait_range(mapping, true);

	__atomic { spec_fsync_returned(error); }
}
