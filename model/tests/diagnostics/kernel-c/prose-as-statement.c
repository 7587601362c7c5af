#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	wait until the page is unpinned;
	return true;
}
