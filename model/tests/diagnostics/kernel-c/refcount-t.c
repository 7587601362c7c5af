#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	refcount_inc(&page->count);
	return true;
}
