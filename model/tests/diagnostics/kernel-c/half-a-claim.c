#include <types.h>
#include <kernel.h>

CLAIM(L77, "a", "b", "c", NEEDS_NOTHING);

bool when_L77(struct page *page)
{
	return page->dirty;
}
