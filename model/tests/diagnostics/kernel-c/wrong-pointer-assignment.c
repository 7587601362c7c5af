#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	page->mapping = page;
	return true;
}
