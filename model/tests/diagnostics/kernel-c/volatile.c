#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	volatile int n = page_count(page);

	return n;
}
