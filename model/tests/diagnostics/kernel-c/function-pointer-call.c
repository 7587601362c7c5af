#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	page->mapping->a_ops->set_page_dirty(page);
	return true;
}
