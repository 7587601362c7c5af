#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	spin_lock(&page->dirty);
	return true;
}
