#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	list_add(&page->lru, &pinned_pages);
	return true;
}
