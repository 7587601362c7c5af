#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	return atomic_read(page->count);
}
