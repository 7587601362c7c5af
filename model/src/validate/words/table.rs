//! The rows. Sources are of 6.12, as far as nothing else is said.

use super::At::{self, Enter, Leave, LeaveFirst};
use super::When::{self, *};
use super::{Row, Seen, seen};
use crate::validate::recording::{Kernel, Phase};

const fn into(function: &'static str) -> Seen {
    seen(function, Phase::Entry, None)
}

const fn out(function: &'static str) -> Seen {
    seen(function, Phase::Return, None)
}

const fn into61(function: &'static str) -> Seen {
    seen(function, Phase::Entry, Some(Kernel::V6_1))
}

const fn out61(function: &'static str) -> Seen {
    seen(function, Phase::Return, Some(Kernel::V6_1))
}

const fn into612(function: &'static str) -> Seen {
    seen(function, Phase::Entry, Some(Kernel::V6_12))
}

const fn out612(function: &'static str) -> Seen {
    seen(function, Phase::Return, Some(Kernel::V6_12))
}

const fn row(at: At, when: &'static [When], seen: &'static [Seen], source: &'static str) -> Row {
    Row { at, when, seen, source }
}

/// The table: the first row that fits counts.
pub const ROWS: &[Row] = &[
    // -- faults
    row(Enter("handle_mm_fault"), &[], &[into("handle_mm_fault")], "mm/memory.c handle_mm_fault()"),
    row(
        Leave("handle_mm_fault"),
        &[Under("__get_user_pages")],
        &[out("handle_mm_fault"), out("__get_user_pages"), into("__get_user_pages")],
        "mm/gup.c __get_user_pages_locked(): VM_FAULT_COMPLETED dropped mmap_lock, and it begins again",
    ),
    row(Leave("handle_mm_fault"), &[], &[out("handle_mm_fault")], "mm/memory.c handle_mm_fault()"),
    row(Enter("wp_page_shared"), &[], &[into("do_wp_page")], "mm/memory.c do_wp_page(), wp_page_shared() inlined"),
    row(Enter("do_page_mkwrite"), &[], &[into("do_page_mkwrite")], "mm/memory.c do_page_mkwrite()"),
    row(Leave("do_page_mkwrite"), &[], &[out("do_page_mkwrite")], "mm/memory.c do_page_mkwrite()"),
    row(Enter("page_mkwrite"), &[Ext4], &[into("ext4_page_mkwrite")], "fs/ext4/inode.c ext4_page_mkwrite()"),
    row(Leave("page_mkwrite"), &[Ext4], &[out("ext4_page_mkwrite")], "fs/ext4/inode.c ext4_page_mkwrite()"),
    row(
        Enter("block_page_mkwrite"),
        &[Xfs],
        &[into("iomap_page_mkwrite")],
        "fs/iomap/buffered-io.c iomap_page_mkwrite()",
    ),
    row(
        Leave("block_page_mkwrite"),
        &[Xfs],
        &[out("iomap_page_mkwrite")],
        "fs/iomap/buffered-io.c iomap_page_mkwrite()",
    ),
    row(Enter("finish_mkwrite_fault"), &[], &[into("finish_mkwrite_fault")], "mm/memory.c finish_mkwrite_fault()"),
    row(
        Enter("fault_dirty_shared_page"),
        &[Ext4],
        &[
            into("fault_dirty_shared_page"),
            into61("set_page_dirty"),
            into("folio_mark_dirty"),
            into("ext4_dirty_folio"),
            into("block_dirty_folio"),
            out("block_dirty_folio"),
        ],
        "mm/memory.c fault_dirty_shared_page(): the page is dirty already, and nothing changes",
    ),
    row(
        Enter("fault_dirty_shared_page"),
        &[Xfs],
        &[
            into("fault_dirty_shared_page"),
            into61("set_page_dirty"),
            into("folio_mark_dirty"),
            into612("iomap_dirty_folio"),
            into("filemap_dirty_folio"),
        ],
        "mm/memory.c fault_dirty_shared_page(): the page is dirty already, and nothing changes",
    ),
    // -- dirtying. block_page_mkwrite() marks the buffer dirty first, and that the page: its folio_mark_dirty() comes late
    row(
        Enter("set_page_dirty"),
        &[Ext4, Under("block_page_mkwrite")],
        &[],
        "fs/buffer.c block_page_mkwrite(): mark_buffer_dirty() has done it before folio_mark_dirty()",
    ),
    row(Enter("__set_page_dirty_buffers"), &[Ext4, Under("block_page_mkwrite")], &[], "as above"),
    row(Leave("__set_page_dirty_buffers"), &[Ext4, Under("block_page_mkwrite")], &[], "as above"),
    row(
        Leave("set_page_dirty"),
        &[Ext4, Under("block_page_mkwrite"), Unstable],
        &[
            into61("set_page_dirty"),
            into("folio_mark_dirty"),
            into("ext4_dirty_folio"),
            into("block_dirty_folio"),
            out("block_dirty_folio"),
            into("folio_wait_stable"),
            out("folio_wait_stable"),
        ],
        "fs/buffer.c block_page_mkwrite(): folio_mark_dirty(), folio_wait_stable(), which has nothing to wait for",
    ),
    row(
        Leave("set_page_dirty"),
        &[Ext4, Under("block_page_mkwrite"), Stable],
        &[
            into61("set_page_dirty"),
            into("folio_mark_dirty"),
            into("ext4_dirty_folio"),
            into("block_dirty_folio"),
            out("block_dirty_folio"),
        ],
        "fs/buffer.c block_page_mkwrite(): folio_mark_dirty()",
    ),
    row(
        Leave("set_page_dirty"),
        &[Xfs, Under("block_page_mkwrite"), Unstable],
        &[into("folio_wait_stable"), out("folio_wait_stable")],
        "fs/iomap/buffered-io.c iomap_page_mkwrite(): folio_wait_stable() has nothing to wait for",
    ),
    row(
        Enter("set_page_dirty"),
        &[Under("zap_pte")],
        &[into61("set_page_dirty"), into("folio_mark_dirty")],
        "mm/memory.c zap_pte_range(); 6.1 calls set_page_dirty()",
    ),
    row(Enter("set_page_dirty"), &[], &[into("folio_mark_dirty")], "mm/page-writeback.c folio_mark_dirty()"),
    row(
        Enter("__set_page_dirty_buffers"),
        &[Ext4],
        &[into("ext4_dirty_folio"), into("block_dirty_folio")],
        "fs/ext4/inode.c ext4_dirty_folio(), fs/buffer.c block_dirty_folio()",
    ),
    row(Leave("__set_page_dirty_buffers"), &[Ext4], &[out("block_dirty_folio")], "fs/buffer.c block_dirty_folio()"),
    row(
        Enter("__set_page_dirty_buffers"),
        &[Xfs],
        &[into612("iomap_dirty_folio"), into("filemap_dirty_folio")],
        "fs/iomap/buffered-io.c iomap_dirty_folio(), mm/page-writeback.c filemap_dirty_folio()",
    ),
    row(Enter("__set_page_dirty"), &[], &[into("__folio_mark_dirty")], "mm/page-writeback.c __folio_mark_dirty()"),
    // -- waiting
    row(
        Enter("wait_on_page_writeback"),
        &[Under("wait_for_stable_page")],
        &[into("folio_wait_stable"), into("folio_wait_writeback")],
        "mm/page-writeback.c folio_wait_stable()",
    ),
    row(
        Leave("wait_on_page_writeback"),
        &[Under("wait_for_stable_page")],
        &[out("folio_wait_writeback"), out("folio_wait_stable")],
        "mm/page-writeback.c folio_wait_stable()",
    ),
    row(
        Enter("wait_on_page_writeback"),
        &[Under("truncate_inode_pages_range"), Writeback],
        &[into("folio_wait_writeback"), out("folio_wait_writeback")],
        "mm/truncate.c truncate_inode_pages_range(), its second pass",
    ),
    row(
        Enter("wait_on_page_writeback"),
        &[Under("truncate_inode_pages_range")],
        &[],
        "mm/truncate.c truncate_inode_pages_range(): its first pass takes pages that it need not wait for",
    ),
    row(Leave("wait_on_page_writeback"), &[Under("truncate_inode_pages_range")], &[], "as above"),
    row(
        Enter("wait_on_page_writeback"),
        &[],
        &[into("folio_wait_writeback")],
        "mm/page-writeback.c folio_wait_writeback()",
    ),
    row(
        Leave("wait_on_page_writeback"),
        &[],
        &[out("folio_wait_writeback")],
        "mm/page-writeback.c folio_wait_writeback()",
    ),
    // -- writeback
    row(
        Enter("filemap_write_and_wait_range"),
        &[Ext4],
        &[into("ext4_writepages")],
        "fs/ext4/inode.c ext4_writepages(), which tags the pages first",
    ),
    row(
        Enter("write_cache_pages"),
        &[Ext4, Under("flusher")],
        &[into("ext4_writepages")],
        "fs/ext4/inode.c ext4_writepages()",
    ),
    row(Leave("write_cache_pages"), &[Ext4], &[out("ext4_writepages")], "fs/ext4/inode.c ext4_writepages()"),
    row(
        LeaveFirst("PageWriteback"),
        &[Under("write_cache_page"), Into("wait_on_page_writeback")],
        &[],
        "the wait is seen",
    ),
    row(
        LeaveFirst("PageWriteback"),
        &[Under("write_cache_page"), Into("unlock_page")],
        &[],
        "WB_SYNC_NONE passes over it",
    ),
    row(
        LeaveFirst("PageWriteback"),
        &[Ext4, Under("write_cache_page"), Reserved],
        &[
            into("folio_wait_writeback"),
            out("folio_wait_writeback"),
            into("folio_wait_writeback"),
            out("folio_wait_writeback"),
        ],
        "fs/ext4/inode.c ext4_do_writepages(): a page that needs a block is left by the pass without a transaction (do_map 0)",
    ),
    row(
        LeaveFirst("PageWriteback"),
        &[Ext4, Under("write_cache_page")],
        &[into("folio_wait_writeback"), out("folio_wait_writeback")],
        "fs/ext4/inode.c mpage_prepare_extent_to_map(): folio_wait_writeback() without a look",
    ),
    row(
        Enter("clear_page_dirty_for_io"),
        &[],
        &[into("folio_clear_dirty_for_io")],
        "mm/page-writeback.c folio_clear_dirty_for_io()",
    ),
    row(
        Leave("clear_page_dirty_for_io"),
        &[],
        &[out("folio_clear_dirty_for_io")],
        "mm/page-writeback.c folio_clear_dirty_for_io()",
    ),
    row(Enter("page_mkclean"), &[], &[into("folio_mkclean")], "mm/rmap.c folio_mkclean()"),
    row(Leave("page_mkclean"), &[], &[out("folio_mkclean")], "mm/rmap.c folio_mkclean()"),
    row(Enter("page_mkclean_one"), &[], &[into("page_mkclean_one")], "mm/rmap.c page_mkclean_one()"),
    row(
        Enter("set_page_writeback"),
        &[],
        &[into("__folio_start_writeback")],
        "mm/page-writeback.c __folio_start_writeback()",
    ),
    row(
        Leave("set_page_writeback"),
        &[],
        &[out("__folio_start_writeback")],
        "mm/page-writeback.c __folio_start_writeback()",
    ),
    row(
        Enter("end_page_writeback"),
        &[],
        &[into("folio_end_writeback"), into("__folio_end_writeback")],
        "mm/filemap.c folio_end_writeback()",
    ),
    row(
        Leave("end_page_writeback"),
        &[],
        &[out("__folio_end_writeback")],
        "mm/page-writeback.c __folio_end_writeback()",
    ),
    // -- get_user_pages()
    row(
        Enter("get_user_pages_fast"),
        &[],
        &[into61("internal_gup_fast"), into612("gup_fast_fallback")],
        "mm/gup.c gup_fast_fallback(); 6.1: internal_get_user_pages_fast()",
    ),
    row(
        Leave("get_user_pages_fast"),
        &[],
        &[out61("internal_gup_fast"), out612("gup_fast_fallback")],
        "mm/gup.c gup_fast_fallback(); 6.1: internal_get_user_pages_fast()",
    ),
    row(
        Enter("page_cache_get_speculative"),
        &[Under("gup_fast_pte")],
        &[into61("try_grab_folio"), into612("try_grab_folio_fast")],
        "mm/gup.c try_grab_folio_fast(); 6.1: try_grab_folio()",
    ),
    row(
        Leave("page_cache_get_speculative"),
        &[Under("gup_pte")],
        &[out61("try_grab_folio"), out612("try_grab_folio_fast")],
        "mm/gup.c try_grab_folio_fast(); 6.1: try_grab_folio()",
    ),
    row(Leave("page_cache_get_speculative"), &[Under("gup_fast_pte")], &[], "the pin is counted first"),
    row(
        Leave("track_pin"),
        &[Under("gup_fast_pte"), CountsInGrab],
        &[out61("try_grab_folio"), out612("try_grab_folio_fast")],
        "mm/gup.c try_grab_folio_fast(), which counts the pin",
    ),
    row(Enter("__get_user_pages"), &[], &[into("__get_user_pages")], "mm/gup.c __get_user_pages()"),
    row(Leave("__get_user_pages"), &[], &[out("__get_user_pages")], "mm/gup.c __get_user_pages()"),
    row(Enter("follow_page_pte"), &[], &[into("follow_page_pte")], "mm/gup.c follow_page_pte()"),
    row(
        Enter("get_page"),
        &[Under("follow_page_pte")],
        &[into61("try_grab_page"), into612("try_grab_folio")],
        "mm/gup.c try_grab_folio(); 6.1: try_grab_page()",
    ),
    row(
        Leave("get_page"),
        &[Under("follow_pte")],
        &[out61("try_grab_page"), out612("try_grab_folio")],
        "mm/gup.c try_grab_folio(); 6.1: try_grab_page()",
    ),
    row(Leave("get_page"), &[Under("follow_page_pte")], &[], "the pin is counted first"),
    row(
        Leave("track_pin"),
        &[Under("follow_page_pte"), CountsInGrab],
        &[out61("try_grab_page"), out612("try_grab_folio")],
        "mm/gup.c try_grab_folio(), which counts the pin",
    ),
    row(Enter("put_user_page"), &[CountsInGrab], &[into("gup_put_folio")], "mm/gup.c gup_put_folio()"),
    row(Leave("put_user_page"), &[CountsInGrab], &[out("gup_put_folio")], "mm/gup.c gup_put_folio()"),
    row(Enter("put_user_page"), &[], &[into612("gup_put_folio")], "mm/gup.c gup_put_folio(); 6.1: put_page()"),
    row(Leave("put_user_page"), &[], &[out612("gup_put_folio")], "mm/gup.c gup_put_folio(); 6.1: put_page()"),
    // -- direct I/O
    row(
        Enter("bio_set_pages_dirty"),
        &[Under("dio_read")],
        &[into("bio_set_pages_dirty")],
        "block/bio.c bio_set_pages_dirty()",
    ),
    row(Enter("bio_check_pages_dirty"), &[], &[into("bio_check_pages_dirty")], "block/bio.c bio_check_pages_dirty()"),
    row(Enter("bio_dirty_fn"), &[], &[into("bio_dirty_fn")], "block/bio.c bio_dirty_fn()"),
    row(
        Enter("bio_dirty_and_release"),
        &[],
        &[into("__bio_release_pages")],
        "block/bio.c __bio_release_pages(), mark_dirty 1",
    ),
    row(
        Enter("bio_release_pages"),
        &[Under("bio_check_pages_dirty")],
        &[into("__bio_release_pages")],
        "block/bio.c __bio_release_pages(), mark_dirty 0",
    ),
    row(
        Enter("bio_release_pages"),
        &[Under("dio_write_softirq")],
        &[into("__bio_release_pages")],
        "block/bio.c __bio_release_pages(), mark_dirty 0",
    ),
    // -- reclaim
    row(Enter("try_to_unmap"), &[], &[into("try_to_unmap")], "mm/rmap.c try_to_unmap()"),
    row(Leave("try_to_unmap"), &[], &[out("try_to_unmap")], "mm/rmap.c try_to_unmap()"),
    row(Enter("try_to_release_page"), &[], &[into("filemap_release_folio")], "mm/filemap.c filemap_release_folio()"),
    row(Leave("try_to_release_page"), &[], &[out("filemap_release_folio")], "mm/filemap.c filemap_release_folio()"),
    row(
        Enter("try_to_free_buffers"),
        &[Under("do_invalidatepage")],
        &[into("filemap_release_folio"), into("try_to_free_buffers")],
        "fs/buffer.c block_invalidate_folio() calls filemap_release_folio()",
    ),
    row(
        Leave("try_to_free_buffers"),
        &[Under("do_invalidatepage")],
        &[out("try_to_free_buffers"), out("filemap_release_folio")],
        "fs/buffer.c block_invalidate_folio() calls filemap_release_folio()",
    ),
    row(Enter("try_to_free_buffers"), &[], &[into("try_to_free_buffers")], "fs/buffer.c try_to_free_buffers()"),
    row(Leave("try_to_free_buffers"), &[], &[out("try_to_free_buffers")], "fs/buffer.c try_to_free_buffers()"),
    row(
        Enter("cancel_dirty_page"),
        &[Dirty],
        &[into("__folio_cancel_dirty")],
        "include/linux/pagemap.h folio_cancel_dirty(): only a dirty one",
    ),
    row(
        Enter("__remove_mapping"),
        &[Xfs, Under("invalidate_inode_page")],
        &[into("filemap_release_folio"), out("filemap_release_folio"), into("__remove_mapping")],
        "mm/truncate.c mapping_evict_folio(): filemap_release_folio() looks whether there is anything to release",
    ),
    row(Enter("__remove_mapping"), &[], &[into("__remove_mapping")], "mm/vmscan.c __remove_mapping()"),
    row(Leave("__remove_mapping"), &[], &[out("__remove_mapping")], "mm/vmscan.c __remove_mapping()"),
    row(Enter("__put_page"), &[Under("put_page")], &[into("__folio_put")], "mm/swap.c __folio_put()"),
    // -- truncate and invalidate
    row(Enter("invalidate_inode_page"), &[], &[into("mapping_evict_folio")], "mm/truncate.c mapping_evict_folio()"),
    row(Leave("invalidate_inode_page"), &[], &[out("mapping_evict_folio")], "mm/truncate.c mapping_evict_folio()"),
    row(
        Enter("unmap_mapping_page"),
        &[Under("truncate"), Outside("truncate_inode_pages_range")],
        &[into("unmap_mapping_range")],
        "mm/truncate.c truncate_pagecache()",
    ),
    row(
        Leave("unmap_mapping_page"),
        &[Under("truncate"), Outside("truncate_inode_pages_range")],
        &[out("unmap_mapping_range")],
        "mm/truncate.c truncate_pagecache()",
    ),
    row(
        Enter("truncate_inode_pages_range"),
        &[],
        &[into("truncate_inode_pages_range")],
        "mm/truncate.c truncate_inode_pages_range()",
    ),
    row(
        Leave("truncate_inode_pages_range"),
        &[Punches],
        &[out("truncate_inode_pages_range")],
        "mm/truncate.c truncate_pagecache_range()",
    ),
    row(
        Leave("truncate_inode_pages_range"),
        &[],
        &[out("truncate_inode_pages_range"), into("unmap_mapping_range"), out("unmap_mapping_range")],
        "mm/truncate.c truncate_pagecache(): its second unmapping finds nothing",
    ),
    row(
        Enter("delete_from_page_cache"),
        &[Under("truncate")],
        &[into("delete_from_page_cache_batch")],
        "mm/filemap.c delete_from_page_cache_batch()",
    ),
    row(
        Leave("delete_from_page_cache"),
        &[Under("truncate")],
        &[out("delete_from_page_cache_batch")],
        "mm/filemap.c delete_from_page_cache_batch()",
    ),
    row(Enter("find_get_page"), &[Top], &[into("inval2_range")], "mm/truncate.c invalidate_inode_pages2_range()"),
    row(Leave("invalidate_inode_pages2"), &[], &[out("inval2_range")], "mm/truncate.c invalidate_inode_pages2_range()"),
    row(Enter("unmap_mapping_page"), &[Top], &[into("unmap_mapping_pages")], "mm/memory.c unmap_mapping_pages()"),
    row(Leave("unmap_mapping_page"), &[Top], &[out("unmap_mapping_pages")], "mm/memory.c unmap_mapping_pages()"),
    row(
        Enter("delete_clean_from_page_cache"),
        &[Xfs, Under("invalidate_inode_pages2")],
        &[into("filemap_release_folio"), out("filemap_release_folio"), into("__filemap_remove_folio")],
        "mm/truncate.c folio_unmap_invalidate(): filemap_release_folio() looks whether there is anything to release",
    ),
    row(
        Enter("delete_clean_from_page_cache"),
        &[Under("invalidate_inode_pages2")],
        &[into("__filemap_remove_folio")],
        "mm/filemap.c __filemap_remove_folio()",
    ),
    row(
        Leave("delete_clean_from_page_cache"),
        &[Under("invalidate_inode_pages2")],
        &[out("__filemap_remove_folio")],
        "mm/filemap.c __filemap_remove_folio()",
    ),
];
