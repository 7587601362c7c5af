/* SPDX-License-Identifier: GPL-2.0-only */
/* For gcc on a file of the base: `-include ext.h`. The extension structs that no part defines are empty. */
struct page_ext { };
struct vma_ext { };
struct mapping_ext { };
struct mm_ext { };
