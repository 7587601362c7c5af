#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	__atomic {
		page->dirty = true;
		page->mapping->tag_dirty[0] = true;
	}
	return true;
}
