// SPDX-License-Identifier: GPL-2.0-only
/*
 * G0: no rule: a pin is counted at the end of get_user_pages(), and nothing is looked at again
 *
 * John Hubbard, 1 Jul 2018, 20180702005654.20369-6-jhubbard@nvidia.com, and 10 Nov 2018,
 * 20181110085041.10071-7-jhubbard@nvidia.com: pin_page_for_dma() at the end of __get_user_pages() and
 * get_user_pages_fast(). Jan Kara's question what keeps gup_fast out after the check is quoted by Jerome Glisse,
 * 3 Jan 2019, 20190103144405.GC3395@redhat.com.
 *
 * Reading: gup_pte_range()'s own re-check stays between the grab and the count. This is what mm/gup.c does by
 * itself, so there is nothing to replace.
 */
#include <types.h>
#include <kernel.h>
