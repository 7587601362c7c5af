#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	n = page_count(page);
	return n > 1;
}
