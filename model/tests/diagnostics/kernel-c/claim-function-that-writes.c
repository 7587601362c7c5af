#include <types.h>
#include <kernel.h>

CLAIM(S77, "a", "b", "c", NEEDS_NOTHING);

bool always_S77(struct page *page)
{
	page->dirty = false;
	return true;
}
