#include <types.h>
#include <kernel.h>

bool track_pin(struct page *page)
{
	put_page(page->mapping);
	return true;
}
