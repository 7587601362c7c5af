#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	page->flags |= 1;
	return true;
}
