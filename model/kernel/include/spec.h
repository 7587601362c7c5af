/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
/* The specification: mm/spec.c. Base code only. */
#include <objects.h>

/* the compiler writes these two: the members that parts added through struct page_ext, but for those that wrap */
bool page_ext_is_zero(struct page *page);
void page_ext_zero(struct page *page);

bool spec_held(struct page *page);
bool spec_owed(struct page *page);
bool spec_mapped(struct page *page);
void spec_cpu_write(struct page *page);
void spec_device_write(struct page *page, struct pin_slot *slot);
void spec_report(struct pin_slot *slot);
void spec_pinned(struct pin_slot *slot, struct page *page);
void spec_unpin_called(struct pin_slot *slot);
void spec_unpin_returned(struct pin_slot *slot);
void spec_sample(struct page *page, int halves);
void spec_written(struct page *page);
void spec_attach(struct page *page);
void spec_truncated(struct page *page);
void spec_evicted(struct page *page);
void spec_freed(struct page *page);
void spec_cleaned(struct page *page);
void spec_redirtied(struct page *page);
void spec_fsync_called(void);
void spec_fsync_returned(int error);
int spec_references(struct page *page);
int spec_blocks(struct address_space *mapping);
bool bio_dirty_pending(void);	/* block/bio.c */
bool quiescent(void);
