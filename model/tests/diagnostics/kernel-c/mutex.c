#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	mutex_lock(&page->mapping->lock);
	return true;
}
