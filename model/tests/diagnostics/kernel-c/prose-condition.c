#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	if (page is pinned)
		return false;
	return true;
}
