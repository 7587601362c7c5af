#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	if (PageDirty(page))
		return true;
}
