// SPDX-License-Identifier: GPL-2.0-only
/*
 * W16: page_remove_rmap() of a dirty pte waits for the flush of the TLB
 *
 * Linus Torvalds, commit 5df397dec7c4, merged in 6.2; v6.18 mm/memory.c zap_present_folio_ptes(), mm/mmu_gather.c
 * tlb_flush_rmaps(). While a CPU may still store through its TLB, page_mkclean() must find the page mapped: then it waits for
 * the pte lock, which is held until the flush.
 *
 * Reading: as it says.
 */
#include <types.h>
#include <kernel.h>

bool delay_rmap(pte_t pte)
{
	return pte_dirty(pte);
}
