#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	return page_count(page) > 99999999999999999999;
}
