#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	page_count(page) = 1;
	return true;
}
